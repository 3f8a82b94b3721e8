/* Comparing package URLs, part by part and decoded. */
#include "pkgdb/purl.h"
#include "sbom/sbom.h"

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
	char id[32];
	size_t n = 0;
	int c;
	if (decoded_equal(a, b, f))
		return true;
	while ((c = purl_next_char(&a)) >= 0 && n < sizeof id)
		id[n++] = (char)folded(c, f);
	const char *os_id = c >= 0 ? NULL : purl_os_id(bytes_of(id, n));
	return os_id != NULL && decoded_equal(b, bytes_str(os_id), f);
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
