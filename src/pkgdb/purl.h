/* A package URL cut at its separators (ECMA-427, purl-spec): from the right, as
 * the specification says, because names may hold what separates further left. The
 * parts are still percent-encoded. For who needs its parts as they are written;
 * what they mean is purl_parse's (pkgdb.h). */
#ifndef CORTEN_PKGDB_PURL_H
#define CORTEN_PKGDB_PURL_H

#include "pkgdb/pkgdb.h"

enum { PURL_MAX = 64 * 1024 };

struct purl_cut {
	struct bytes type, namespace, name, version, qualifiers;
};

/* False for what is no package URL, or is longer than PURL_MAX. A subpath is
 * passed over. */
bool purl_cut(struct bytes purl, struct purl_cut *ret);

/* The type, whatever its case; false when Corten knows no such packages. */
bool purl_type(struct bytes type, enum pkg_type *ret);

/* The next character of *rest decoded; -1 at its end. A '%' that two digits do not
 * follow is itself. */
int purl_next_char(struct bytes *rest);

/* The value of a qualifier, whatever the case of its key, still encoded; empty
 * when absent. */
struct bytes purl_qualifier(struct bytes qualifiers, const char *key);

/* The os-release ID of what other writers call a distribution ("redhat": "rhel");
 * NULL for every other namespace, which is the ID itself. */
const char *purl_os_id(struct bytes namespace);

#endif
