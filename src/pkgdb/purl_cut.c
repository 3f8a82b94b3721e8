#include "pkgdb/purl_internal.h"

/* --- text ------------------------------------------------------------------------- */

struct bytes purl_cut_last(struct bytes *b, uint8_t c)
{
	const uint8_t *at = b->n == 0 ? NULL : memrchr(b->p, c, b->n);
	if (at == NULL)
		return bytes_of(NULL, 0);
	size_t i = (size_t)(at - b->p);
	struct bytes behind = bytes_sub(*b, i + 1, b->n);
	*b = bytes_sub(*b, 0, i);
	return behind;
}

static struct bytes strip_slashes(struct bytes b)
{
	while (b.n > 0 && b.p[0] == '/')
		b = bytes_sub(b, 1, b.n);
	while (b.n > 0 && b.p[b.n - 1] == '/')
		b.n--;
	return b;
}

uint8_t purl_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

bool purl_same_word(struct bytes a, const char *b)
{
	size_t i = 0;
	while (i < a.n && b[i] != '\0' && purl_lower(a.p[i]) == (uint8_t)b[i])
		i++;
	return i == a.n && b[i] == '\0';
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = purl_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int purl_next_char(struct bytes *rest)
{
	if (rest->n == 0)
		return -1;
	int c = rest->p[0];
	size_t used = 1;
	if (c == '%' && rest->n >= 3 && hex_digit(rest->p[1]) >= 0 && hex_digit(rest->p[2]) >= 0) {
		c = hex_digit(rest->p[1]) * 16 + hex_digit(rest->p[2]);
		used = 3;
	}
	*rest = bytes_sub(*rest, used, rest->n);
	return c;
}

/* --- parts -------------------------------------------------------------------------- */

/* The '@' of a scope that is not encoded ("pkg:npm/@babel/core") begins a segment
 * that a slash ends; it is none of a version. */
static struct bytes cut_version(struct bytes *rest)
{
	const uint8_t *at = rest->n == 0 ? NULL : memrchr(rest->p, '@', rest->n);
	if (at != NULL && (at == rest->p || at[-1] == '/') &&
	    memchr(at, '/', rest->n - (size_t)(at - rest->p)) != NULL)
		return bytes_of(NULL, 0);
	return purl_cut_last(rest, '@');
}

bool purl_cut(struct bytes purl, struct purl_cut *ret)
{
	struct purl_cut p = { 0 };
	struct bytes scheme, rest = purl;
	if (purl.n > PURL_MAX || !bytes_next_field(&rest, ':', &scheme) ||
	    !purl_same_word(scheme, "pkg"))
		return false;
	(void)purl_cut_last(&rest, '#');
	p.qualifiers = purl_cut_last(&rest, '?');
	rest = strip_slashes(rest);
	(void)bytes_next_field(&rest, '/', &p.type);
	p.version = cut_version(&rest);
	rest = strip_slashes(rest);
	p.name = purl_cut_last(&rest, '/');
	if (p.name.n == 0) { /* no namespace */
		p.name = rest;
		rest = bytes_of(NULL, 0);
	}
	p.namespace = strip_slashes(rest);
	*ret = p;
	return p.name.n > 0 && p.type.n > 0;
}

bool purl_type(struct bytes type, enum pkg_type *ret)
{
	for (int t = 0; t < PKG_TYPES; t++)
		if (purl_same_word(type, pkg_type_name((enum pkg_type)t))) {
			*ret = (enum pkg_type)t;
			return true;
		}
	return false;
}

struct bytes purl_qualifier(struct bytes qualifiers, const char *key)
{
	struct bytes pair, name;
	while (bytes_next_field(&qualifiers, '&', &pair))
		if (bytes_next_field(&pair, '=', &name) && purl_same_word(name, key))
			return pair;
	return bytes_of(NULL, 0);
}

const char *purl_os_id(struct bytes namespace)
{
	static const char *const names[][2] = {
		{ "redhat", "rhel" },
		{ "amazon", "amzn" },
		{ "oracle", "ol" },
		{ "oraclelinux", "ol" },
		{ "alma", "almalinux" },
		{ "cbl-mariner", "mariner" },
		{ "suse", "sles" },
		{ "opensuse.leap", "opensuse-leap" },
		{ "opensuse.tumbleweed", "opensuse-tumbleweed" },
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bytes_equal(namespace, bytes_str(names[i][0])))
			return names[i][1];
	return NULL;
}
