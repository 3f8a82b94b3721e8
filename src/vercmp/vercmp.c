#include "vercmp/vercmp.h"

#include "vercmp/scheme.h"

static const struct scheme {
	const char *name;
	bool (*compare)(struct bytes a, struct bytes b, int *ret);
	bool (*valid)(struct bytes text);
	/* NULL: reading it again costs little beside the comparison */
	bool (*prepare)(struct bytes text, struct vercmp_prepared *ret);
	bool (*with)(const struct vercmp_prepared *a, struct bytes b, int *ret);
} schemes[VERCMP_SCHEMES] = {
	[VERCMP_DPKG] = { "dpkg", vercmp_dpkg, vercmp_dpkg_valid, vercmp_dpkg_prepare,
			  vercmp_dpkg_with },
	[VERCMP_RPM] = { "rpm", vercmp_rpm, vercmp_rpm_valid, NULL, NULL },
	[VERCMP_APK] = { "apk", vercmp_apk, vercmp_apk_valid, NULL, NULL },
	[VERCMP_NPM] = { "npm", vercmp_npm, vercmp_npm_valid, vercmp_npm_prepare, vercmp_npm_with },
	[VERCMP_PYPI] = { "pypi", vercmp_pypi, vercmp_pypi_valid, NULL, NULL },
	[VERCMP_MAVEN] = { "maven", vercmp_maven, vercmp_maven_valid, NULL, NULL },
	[VERCMP_GEM] = { "gem", vercmp_gem, vercmp_gem_valid, NULL, NULL },
	[VERCMP_COMPOSER] = { "composer", vercmp_composer, vercmp_composer_valid, NULL, NULL },
	[VERCMP_NUGET] = { "nuget", vercmp_nuget, vercmp_nuget_valid, NULL, NULL },
	[VERCMP_GO] = { "go", vercmp_go, vercmp_go_valid, NULL, NULL },
	[VERCMP_CARGO] = { "cargo", vercmp_cargo, vercmp_cargo_valid, NULL, NULL },
	[VERCMP_SEMVER] = { "semver", vercmp_semver, vercmp_semver_valid, NULL, NULL },
	[VERCMP_PUB] = { "pub", vercmp_pub, vercmp_pub_valid, NULL, NULL },
	[VERCMP_CRAN] = { "cran", vercmp_cran, vercmp_cran_valid, NULL, NULL },
	[VERCMP_GENERIC] = { "generic", vercmp_generic, vercmp_generic_valid, NULL, NULL },
};

const char *vercmp_scheme_name(enum vercmp_scheme scheme)
{
	return (unsigned)scheme < VERCMP_SCHEMES ? schemes[scheme].name : NULL;
}

bool vercmp(enum vercmp_scheme scheme, struct bytes a, struct bytes b, int *ret)
{
	return (unsigned)scheme < VERCMP_SCHEMES && schemes[scheme].compare(a, b, ret);
}

bool vercmp_valid(enum vercmp_scheme scheme, struct bytes text)
{
	return (unsigned)scheme < VERCMP_SCHEMES && schemes[scheme].valid(text);
}

bool vercmp_prepare(enum vercmp_scheme scheme, struct bytes text, struct vercmp_prepared *ret)
{
	if ((unsigned)scheme >= VERCMP_SCHEMES)
		return false;
	ret->scheme = scheme;
	ret->text = text;
	return schemes[scheme].prepare == NULL ? schemes[scheme].valid(text)
					       : schemes[scheme].prepare(text, ret);
}

bool vercmp_with(const struct vercmp_prepared *a, struct bytes b, int *ret)
{
	const struct scheme *s = &schemes[a->scheme];
	return s->with == NULL ? s->compare(a->text, b, ret) : s->with(a, b, ret);
}

/* --- what the schemes share -------------------------------------------------- */

static struct bytes cut(struct bytes *rest, size_t n)
{
	struct bytes front = bytes_sub(*rest, 0, n);
	*rest = bytes_sub(*rest, n, rest->n);
	return front;
}

struct bytes vercmp_take_letters(struct bytes *rest)
{
	size_t n = 0;
	while (n < rest->n && is_letter(rest->p[n]))
		n++;
	return cut(rest, n);
}

bool vercmp_take_word(struct bytes *rest, const char *word)
{
	struct bytes w = bytes_str(word);
	if (rest->n < w.n || vercmp_folded(bytes_sub(*rest, 0, w.n), w) != 0)
		return false;
	(void)cut(rest, w.n);
	return true;
}

static int lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

int vercmp_folded(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	for (size_t i = 0; i < n; i++) {
		int order = lower(a.p[i]) - lower(b.p[i]);
		if (order != 0)
			return order;
	}
	return (a.n > b.n) - (a.n < b.n);
}

int vercmp_word_index(struct bytes text, const char *const *words, int count)
{
	for (int i = 0; i < count; i++) {
		if (vercmp_folded(text, bytes_str(words[i])) == 0)
			return i;
	}
	return -1;
}
