/* vercmp: one comparison per ecosystem, over hostile text: bounded time, no
 * allocation, no recursion. */
#ifndef CORTEN_VERCMP_H
#define CORTEN_VERCMP_H

#include "base/base.h"

/* doc/vercmp.md has what each reads and refuses, and its oracle. */
enum vercmp_scheme {
	VERCMP_DPKG, /* Debian Policy 5.6.12; deb-version(7) */
	VERCMP_RPM, /* [epoch:]version[-release]; rpm-version(7) */
	VERCMP_APK, /* apk-package(5); doc/vercmp.md says where apk-tools 2.14 differs */
	VERCMP_NPM, /* SemVer 2.0.0 as node-semver reads it in its loose mode */
	VERCMP_PYPI, /* PEP 440 */
	VERCMP_MAVEN, /* ComparableVersion of Maven 3.8 and newer */
	VERCMP_GEM, /* Gem::Version; the platform suffix is cut off by the caller */
	VERCMP_COMPOSER, /* composer/semver's normal form, compared as PHP's version_compare */
	VERCMP_NUGET, /* NuGetVersion: SemVer 2.0.0 of one to four numbers, without case */
	VERCMP_GO, /* golang.org/x/mod/semver, with or without "v"; "go1.21.3" */
	VERCMP_CARGO, /* SemVer 2.0.0, nothing else */
	VERCMP_SEMVER, /* SemVer 2.0.0 after an optional "v"; "1" and "1.2" are read too */
	VERCMP_PUB, /* SemVer 2.0.0 whose build metadata counts, as pub_semver */
	VERCMP_CRAN, /* R's package_version: numbers between '.' and '-' */
	VERCMP_GENERIC, /* products: 1.1.1w, 8u392-b08, 17.0.9+9, 9.0.0-M1 */
	VERCMP_SCHEMES
};

/* "dpkg", "rpm", "apk", "npm" …; NULL out of range. */
const char *vercmp_scheme_name(enum vercmp_scheme scheme);

/* Compares a and b: *ret is <0, 0 or >0. Returns false, *ret untouched, when
 * one of them is no version of this scheme: the caller degrades that one row
 * and goes on. An RPM epoch that is missing counts as 0, an RPM release that
 * is missing is older than any (rpmverCmp). For apk a difference in front of
 * what cannot be read decides, as in apk-tools: 1.0.2zk is newer than 1.0.2u,
 * but cannot be compared with 1.0.2zl. All others need two whole versions. */
bool vercmp(enum vercmp_scheme scheme, struct bytes a, struct bytes b, int *ret);

/* True when text is a version of this scheme from end to end. */
bool vercmp_valid(enum vercmp_scheme scheme, struct bytes text);

/* A version to be compared with many, read once by the schemes that gain by it: a
 * package has one version and its facts have thousands. */
struct vercmp_deb {
	struct bytes epoch; /* digits; empty counts as 0 */
	struct bytes upstream;
	struct bytes revision; /* empty compares equal to "0" */
};

enum { VERCMP_SEMVER_NUMBERS = 4 };
struct vercmp_semver {
	struct bytes number[VERCMP_SEMVER_NUMBERS];
	struct bytes pre; /* identifiers between dots; empty: a release */
	struct bytes pre_number; /* one identifier more: 2 of go1.21rc2 */
	struct bytes build;
};

struct vercmp_prepared {
	enum vercmp_scheme scheme;
	struct bytes text;
	union {
		struct vercmp_deb deb;
		struct vercmp_semver semver;
	} read;
};

/* False when text is no version (vercmp_valid). It must stay as long as *ret. */
bool vercmp_prepare(enum vercmp_scheme scheme, struct bytes text, struct vercmp_prepared *ret);
/* As vercmp, with the prepared version as a. */
bool vercmp_with(const struct vercmp_prepared *a, struct bytes b, int *ret);

#endif
