/* Which distribution an image is. os-release(5), and the older files where
 * there is none: etc/alpine-release, etc/debian_version, etc/redhat-release,
 * etc/centos-release, etc/system-release, etc/lsb-release …; and for Ubuntu the
 * files that show that extended security maintenance is in force. */
#ifndef CORTEN_PKGDB_OSRELEASE_H
#define CORTEN_PKGDB_OSRELEASE_H

#include "base/base.h"

struct os_facts {
	struct bytes id; /* "debian"; lower case; empty: the file tells `extended` only */
	struct bytes version_id; /* "12", "22.04"; may be empty (sid, wolfi, Tumbleweed) */
	struct bytes name; /* PRETTY_NAME, else NAME VERSION */
	/* VERSION_CODENAME or what VERSION says in brackets: "bookworm", "LTS-SP3";
	 * "edge" for Alpine's, whose VERSION_ID is that of the release to come */
	struct bytes codename;
	struct bytes id_like;
	struct bytes extended; /* Ubuntu: "esm-apps,esm-infra" when this is known from the file */
	unsigned rank; /* smaller is more trustworthy: os-release 1, older files more */
};

/* path (one that pkgdb_classify calls PKGDB_OS_RELEASE) decides how text (the
 * whole file) is read. Returns false when the file tells nothing. Views point
 * into scratch, whose content the call replaces, or to constants. scratch must
 * be able to hold three times the file and 1 KiB. The older files give the same
 * id and version_id as the distribution's os-release does. */
bool os_release_parse(struct bytes path, struct bytes text, struct buf *scratch,
		      struct os_facts *ret);

/* Joins what several files of one image say: `all` starts zeroed and gets the
 * facts of the best rank, and `extended` of all. Views are borrowed. */
void os_facts_add(struct os_facts *all, const struct os_facts *one);

#endif
