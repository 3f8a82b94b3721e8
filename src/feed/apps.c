#include "feed/apps.h"

#include <ctype.h>

/* OSV schema 1.7.5, "Defined ecosystems", and package-url's types. Bitnami's are
 * products under their upstream names, as any product's advisories are. */
const char *app_key(struct bytes osv)
{
	static const struct {
		const char *osv, *key;
	} keys[] = {
		{ "Bioconductor", "bioconductor" },
		{ "Bitnami", "generic" },
		{ "ConanCenter", "conan" },
		{ "CRAN", "cran" },
		{ "crates.io", "cargo" },
		{ "GitHub Actions", "githubactions" },
		{ "Go", "golang" },
		{ "Hackage", "hackage" },
		{ "Hex", "hex" },
		{ "Julia", "julia" },
		{ "Maven", "maven" },
		{ "npm", "npm" },
		{ "NuGet", "nuget" },
		{ "opam", "opam" },
		{ "Packagist", "composer" },
		{ "Pub", "pub" },
		{ "PyPI", "pypi" },
		{ "RubyGems", "gem" },
		{ "SwiftURL", "swift" },
		{ "WordPress", "wordpress" },
	};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (bytes_equal(osv, bytes_str(keys[i].osv)))
			return keys[i].key;
	return NULL;
}

/* PEP 503: lower case, and any run of - _ . is one -. */
static size_t pypi_name(uint8_t *p, size_t n)
{
	size_t to = 0;
	for (size_t i = 0; i < n; i++) {
		bool mark = p[i] == '-' || p[i] == '_' || p[i] == '.';
		if (mark && to > 0 && p[to - 1] == '-')
			continue;
		p[to++] = mark ? '-' : (uint8_t)tolower(p[i]);
	}
	return to;
}

/* Packagist and NuGet do not tell cases apart; purls of Swift have no scheme and
 * no ".git", where advisories may have. */
struct bytes app_name(struct import *im, const char *key, struct bytes name)
{
	if (strcmp(key, "swift") == 0) {
		if (bytes_starts_with(name, BYTES_LIT("https://")))
			name = bytes_sub(name, 8, name.n);
		if (bytes_ends_with(name, BYTES_LIT(".git")))
			name.n -= 4;
		return name;
	}
	bool pypi = strcmp(key, "pypi") == 0;
	if (!pypi && strcmp(key, "composer") != 0 && strcmp(key, "nuget") != 0)
		return name;
	struct bytes copy = record_copy(im, name);
	uint8_t *p = (uint8_t *)copy.p;
	if (pypi)
		return bytes_of(p, pypi_name(p, copy.n));
	for (size_t i = 0; i < copy.n; i++)
		p[i] = (uint8_t)tolower(p[i]);
	return copy;
}

struct bytes app_publisher(struct bytes id)
{
	static const struct {
		const char *front, *publisher;
	} publishers[] = {
		{ "BIT-", "bitnami" },
		{ "DRUPAL-", "drupal" },
		{ "DSA-CONTRIB-", "drupal" },
		{ "DSA-CORE-", "drupal" },
		{ "EEF-", "erlef" },
		{ "GHSA-", "github" },
		{ "GO-", "golang" },
		{ "HSEC-", "haskell" },
		{ "MAL-", "malicious-packages" },
		{ "PYSEC-", "pypa" },
		{ "RSEC-", "r-consortium" },
		{ "RUSTSEC-", "rustsec" },
	};
	for (size_t i = 0; i < sizeof publishers / sizeof *publishers; i++)
		if (bytes_starts_with(id, bytes_str(publishers[i].front)))
			return bytes_str(publishers[i].publisher);
	return BYTES_LIT("");
}
