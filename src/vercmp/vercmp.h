/* vercmp: one comparison per ecosystem, over hostile text: bounded time, no
 * allocation, no recursion. */
#ifndef CORTEN_VERCMP_H
#define CORTEN_VERCMP_H

#include "base/base.h"

enum vercmp_scheme {
	VERCMP_DPKG, /* Debian Policy 5.6.12; deb-version(7) */
	VERCMP_RPM, /* [epoch:]version[-release]; rpm-version(7) */
	VERCMP_APK, /* apk-package(5); doc/vercmp.md says where apk-tools 2.14 differs */
	VERCMP_SCHEMES
};

/* "dpkg", "rpm", "apk"; NULL out of range. */
const char *vercmp_scheme_name(enum vercmp_scheme scheme);

/* Compares a and b: *ret is <0, 0 or >0. Returns false, *ret untouched, when
 * one of them is no version of this scheme: the caller degrades that one row
 * and goes on. An RPM epoch that is missing counts as 0, an RPM release that
 * is missing is older than any (rpmverCmp). For apk a difference in front of
 * what cannot be read decides, as in apk-tools: 1.0.2zk is newer than 1.0.2u,
 * but cannot be compared with 1.0.2zl. */
bool vercmp(enum vercmp_scheme scheme, struct bytes a, struct bytes b, int *ret);

/* True when text is a version of this scheme from end to end. */
bool vercmp_valid(enum vercmp_scheme scheme, struct bytes text);

#endif
