#include "sbom/purl.h"

enum { PURL_BYTES_MAX = SBOM_STRING_MAX };

/* --- cutting ------------------------------------------------------------------- */

/* Cuts *b at the last c; what was behind it is returned, empty without a c. */
static struct bytes cut_last(struct bytes *b, uint8_t c)
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

bool purl_cut(struct bytes purl, struct purl_cut *ret)
{
	struct purl_cut p = { 0 };
	struct bytes rest = purl;
	if (purl.n > PURL_BYTES_MAX || !bytes_starts_with(purl, BYTES_LIT("pkg:")))
		return false;
	rest = bytes_sub(rest, 4, rest.n);
	(void)cut_last(&rest, '#');
	p.qualifiers = cut_last(&rest, '?');
	rest = strip_slashes(rest);
	(void)bytes_next_field(&rest, '/', &p.type);
	/* An npm scope may stand there as it is: "@scope/name" has no version. */
	const uint8_t *at = rest.n == 0 ? NULL : memrchr(rest.p, '@', rest.n);
	if (at != NULL && at > rest.p && at[-1] != '/')
		p.version = cut_last(&rest, '@');
	p.name = cut_last(&rest, '/');
	if (p.name.n == 0) { /* no namespace */
		p.name = rest;
		rest = bytes_of(NULL, 0);
	}
	p.namespace = strip_slashes(rest);
	*ret = p;
	return p.name.n > 0 && p.type.n > 0;
}

/* --- decoding --------------------------------------------------------------------- */

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
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

static int lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* How a type's names are compared (purl-spec, types). */
enum folding { FOLD_NOTHING, FOLD_CASE, FOLD_PYPI };

static int folded(int c, enum folding f)
{
	if (f == FOLD_PYPI && (c == '_' || c == '.'))
		return '-';
	return f == FOLD_NOTHING ? c : lower(c);
}

static bool decoded_equal(struct bytes a, struct bytes b, enum folding f)
{
	for (;;) {
		int x = purl_next_char(&a), y = purl_next_char(&b);
		if (folded(x, f) != folded(y, f))
			return false;
		if (x < 0)
			return true;
	}
}

static enum folding folding_of(struct bytes type)
{
	static const char *const any_case[] = {
		"deb", "apk", "composer", "github", "oci", "nuget"
	};
	if (bytes_equal(type, BYTES_LIT("pypi")))
		return FOLD_PYPI;
	for (size_t i = 0; i < sizeof any_case / sizeof any_case[0]; i++)
		if (bytes_equal(type, bytes_str(any_case[i])))
			return FOLD_CASE;
	return FOLD_NOTHING;
}

bool purl_type(struct bytes type, enum pkg_type *ret)
{
	for (int t = 0; t < PKG_TYPES; t++)
		if (decoded_equal(type, bytes_str(pkg_type_name((enum pkg_type)t)), FOLD_CASE)) {
			*ret = (enum pkg_type)t;
			return true;
		}
	return false;
}

struct bytes purl_qualifier(struct bytes qualifiers, const char *key)
{
	struct bytes pair, name;
	while (bytes_next_field(&qualifiers, '&', &pair))
		if (bytes_next_field(&pair, '=', &name) &&
		    decoded_equal(name, bytes_str(key), FOLD_CASE))
			return pair;
	return bytes_of(NULL, 0);
}

/* --- comparing ---------------------------------------------------------------------- */

/* Everything that wanted says beyond the name; skip: a qualifier seen to already. */
static bool qualifiers_hold(struct bytes wanted, struct bytes has, const char *skip)
{
	struct bytes pair, key;
	while (bytes_next_field(&wanted, '&', &pair)) {
		char name[64];
		if (bytes_index(pair, '=') <= 0 || !bytes_next_field(&pair, '=', &key) ||
		    key.n >= sizeof name)
			return false;
		memcpy(name, key.p, key.n);
		name[key.n] = '\0';
		if (skip != NULL && strcmp(name, skip) == 0)
			continue;
		if (!decoded_equal(pair, purl_qualifier(has, name), FOLD_NOTHING))
			return false;
	}
	return true;
}

/* Distributions that other writers call otherwise than os-release(5) does. */
static bool same_namespace(struct bytes a, struct bytes b, enum folding f)
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
	if (decoded_equal(a, b, f))
		return true;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (decoded_equal(a, bytes_str(names[i][0]), f) &&
		    decoded_equal(b, bytes_str(names[i][1]), f))
			return true;
	return false;
}

static bool same_name(const struct purl_cut *wanted, const struct purl_cut *p)
{
	enum folding f = folding_of(wanted->type);
	return decoded_equal(wanted->type, p->type, FOLD_CASE) &&
	       same_namespace(wanted->namespace, p->namespace, f) &&
	       decoded_equal(wanted->name, p->name, f);
}

bool purl_covers(struct bytes wanted, struct bytes purl)
{
	struct purl_cut w, p;
	if (!purl_cut(wanted, &w) || !purl_cut(purl, &p) || !same_name(&w, &p))
		return false;
	if (w.version.n > 0 && !decoded_equal(w.version, p.version, FOLD_NOTHING))
		return false;
	return qualifiers_hold(w.qualifiers, p.qualifiers, NULL);
}

bool purl_covers_source(struct bytes wanted, const struct package *p)
{
	struct purl_cut w, has;
	if (!purl_cut(wanted, &w) || !purl_cut(bytes_str(p->purl), &has) ||
	    !bytes_equal(purl_qualifier(w.qualifiers, "arch"), BYTES_LIT("source")) ||
	    p->source_name == NULL || p->source_name[0] == '\0')
		return false;
	return decoded_equal(w.type, has.type, FOLD_CASE) &&
	       same_namespace(w.namespace, has.namespace, FOLD_CASE) &&
	       decoded_equal(w.name, bytes_str(p->source_name), FOLD_NOTHING) &&
	       (w.version.n == 0 ||
		decoded_equal(w.version, bytes_str(p->source_version), FOLD_NOTHING)) &&
	       qualifiers_hold(w.qualifiers, has.qualifiers, "arch");
}

bool purl_is_image(struct bytes purl)
{
	struct purl_cut p;
	return purl_cut(purl, &p) && decoded_equal(p.type, BYTES_LIT("oci"), FOLD_CASE);
}
