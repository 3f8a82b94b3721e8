/* Which distribution an image is. os-release(5), and the older files where
 * there is none: etc/alpine-release, etc/debian_version, etc/redhat-release,
 * etc/centos-release, etc/system-release, etc/lsb-release … */
#ifndef CORTEN_PKGDB_OSRELEASE_H
#define CORTEN_PKGDB_OSRELEASE_H

#include "base/base.h"

struct os_facts {
	struct bytes id; /* "debian"; lower case */
	struct bytes version_id; /* "12", "22.04"; may be empty (sid, wolfi, Tumbleweed) */
	struct bytes name; /* PRETTY_NAME, else NAME VERSION */
	struct bytes codename; /* VERSION_CODENAME or what VERSION says in brackets */
	struct bytes id_like;
	struct bytes extended; /* Ubuntu: "esm-apps,esm-infra" when this is known from the file */
	unsigned rank; /* smaller is more trustworthy: os-release 1, older files 2 … */
};

/* path decides how text (the whole file) is read. Returns false when the file
 * tells nothing. Views point into scratch, whose content the call replaces. */
bool os_release_parse(struct bytes path, struct bytes text, struct buf *scratch,
		      struct os_facts *ret);

#endif
