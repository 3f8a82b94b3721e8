/* A package URL cut at its separators (ECMA-427, purl-spec): from the right, as
 * the specification says. The parts are still percent-encoded. */
#ifndef CORTEN_SBOM_PURL_H
#define CORTEN_SBOM_PURL_H

#include "sbom/sbom.h"

struct purl_cut {
	struct bytes type, namespace, name, version, qualifiers;
};

/* False for what is no package URL. A subpath is passed over. */
bool purl_cut(struct bytes purl, struct purl_cut *ret);

/* The type, whatever its case; false when Corten knows no such packages. */
bool purl_type(struct bytes type, enum pkg_type *ret);

/* The next character of *rest decoded; -1 at its end. A '%' that two digits do not
 * follow is itself. */
int purl_next_char(struct bytes *rest);

/* The value of a qualifier, still encoded; empty when absent. */
struct bytes purl_qualifier(struct bytes qualifiers, const char *key);

#endif
