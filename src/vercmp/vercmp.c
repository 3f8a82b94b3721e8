#include "vercmp/vercmp.h"

#include "vercmp/scheme.h"

static const struct scheme {
	const char *name;
	bool (*compare)(struct bytes a, struct bytes b, int *ret);
	bool (*valid)(struct bytes text);
} schemes[VERCMP_SCHEMES] = {
	[VERCMP_DPKG] = { "dpkg", vercmp_dpkg, vercmp_dpkg_valid },
	[VERCMP_RPM] = { "rpm", vercmp_rpm, vercmp_rpm_valid },
	[VERCMP_APK] = { "apk", vercmp_apk, vercmp_apk_valid },
	[VERCMP_NPM] = { "npm", vercmp_npm, vercmp_npm_valid },
	[VERCMP_PYPI] = { "pypi", vercmp_pypi, vercmp_pypi_valid },
	[VERCMP_MAVEN] = { "maven", vercmp_maven, vercmp_maven_valid },
	[VERCMP_GEM] = { "gem", vercmp_gem, vercmp_gem_valid },
	[VERCMP_COMPOSER] = { "composer", vercmp_composer, vercmp_composer_valid },
	[VERCMP_NUGET] = { "nuget", vercmp_nuget, vercmp_nuget_valid },
	[VERCMP_GO] = { "go", vercmp_go, vercmp_go_valid },
	[VERCMP_CARGO] = { "cargo", vercmp_cargo, vercmp_cargo_valid },
	[VERCMP_SEMVER] = { "semver", vercmp_semver, vercmp_semver_valid },
	[VERCMP_PUB] = { "pub", vercmp_pub, vercmp_pub_valid },
	[VERCMP_CRAN] = { "cran", vercmp_cran, vercmp_cran_valid },
	[VERCMP_GENERIC] = { "generic", vercmp_generic, vercmp_generic_valid },
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
