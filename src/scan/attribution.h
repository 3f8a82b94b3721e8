/* Which layer brought a package: package databases are rewritten whole, so a
 * package of the visible one may stand in older states of it in lower layers. */
#ifndef CORTEN_SCAN_ATTRIBUTION_H
#define CORTEN_SCAN_ATTRIBUTION_H

#include "scan/facts.h"
#include "vuln/vuln.h"

/* A file with content in one layer. */
struct place {
	const char *path; /* of the store's strings: equal paths are one pointer */
	uint32_t layer, content;
};

struct attribution {
	const struct layer_facts *const *layers;
	struct place *places; /* by path, then layer */
	size_t n;
};

/* layers: lowest first; an entry may be NULL. */
int attribution_init(struct attribution *a, const struct layer_facts *const *layers,
		     size_t layer_count, struct error *err);
void attribution_free(struct attribution *a);

/* Packages of the database at path (of the store's strings) as `layer` has it:
 * each gets the lowest layer from which on it was always there. */
int attribute_packages(const struct attribution *a, const char *path, struct package *packages,
		       size_t n, uint32_t layer, struct error *err);

#endif
