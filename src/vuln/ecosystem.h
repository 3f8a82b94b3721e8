/* Which advisories are valid for an operating system or a type of application
 * packages, and how packages are named and compared in them. doc/matching.md has
 * the table with its sources. */
#ifndef CORTEN_VULN_ECOSYSTEM_H
#define CORTEN_VULN_ECOSYSTEM_H

#include "vuln/vuln.h"

enum { ECOSYSTEM_KEY = 64, ECOSYSTEM_KEYS = 2 };

struct os_ecosystem {
	/* The first one that the database has is used; "": no more. */
	char keys[ECOSYSTEM_KEYS][ECOSYSTEM_KEY];
	char pro[ECOSYSTEM_KEY]; /* "ubuntu-pro:22.04"; else "" */
	bool pro_in_force; /* the image has Ubuntu Pro's updates */
	enum pkg_type type;
	enum vercmp_scheme scheme;
	bool by_source; /* source name and version; else binary name and version */
	bool loses_epochs; /* its advisories tell versions without their epochs */
	const char *vendors; /* '|'-separated parts of VENDOR, lower case; NULL: any */
};

/* False when no published advisories are valid for the system. */
bool os_ecosystem_of(const struct os_identity *os, struct os_ecosystem *ret);

/* Of application packages; always the same, whatever the system. */
struct os_ecosystem app_ecosystem_of(enum pkg_type type);

/* The type whose application packages this ecosystem has; PKG_TYPES: none, it is
 * that of a distribution. */
enum pkg_type app_type_of(struct bytes ecosystem);

/* Built by somebody else than the distribution. */
bool os_third_party(const struct os_ecosystem *eco, const struct package *p);

#endif
