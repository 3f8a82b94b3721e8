#include "vuln/vuln.h"

/* Conan's packages are C and C++ libraries with their makers' versions (openssl
 * 1.1.1w), conda's are of every kind; both have schemes of their own, which agree
 * with the generic one on what is published. CocoaPods compares with RubyGems' class. */
static const enum vercmp_scheme schemes[PKG_TYPES] = {
	[PKG_DEB] = VERCMP_DPKG,          [PKG_RPM] = VERCMP_RPM,
	[PKG_APK] = VERCMP_APK,           [PKG_NPM] = VERCMP_NPM,
	[PKG_PYPI] = VERCMP_PYPI,         [PKG_MAVEN] = VERCMP_MAVEN,
	[PKG_GOLANG] = VERCMP_GO,         [PKG_CARGO] = VERCMP_CARGO,
	[PKG_GEM] = VERCMP_GEM,           [PKG_COMPOSER] = VERCMP_COMPOSER,
	[PKG_NUGET] = VERCMP_NUGET,       [PKG_CONAN] = VERCMP_GENERIC,
	[PKG_SWIFT] = VERCMP_SEMVER,      [PKG_COCOAPODS] = VERCMP_GEM,
	[PKG_PUB] = VERCMP_PUB,           [PKG_HEX] = VERCMP_SEMVER,
	[PKG_CRAN] = VERCMP_CRAN,         [PKG_CONDA] = VERCMP_GENERIC,
	[PKG_WORDPRESS] = VERCMP_GENERIC, [PKG_GENERIC] = VERCMP_GENERIC,
};

enum vercmp_scheme vuln_version_scheme(enum pkg_type type)
{
	return (unsigned)type < PKG_TYPES ? schemes[type] : VERCMP_GENERIC;
}
