/* A document's own names of products and their package URLs. */
#ifndef CORTEN_SBOM_REFS_H
#define CORTEN_SBOM_REFS_H

#include "sbom/read.h"

enum { REFS_MEMORY = 256 * 1024 * 1024 };

struct ref {
	struct bytes purl; /* empty: none told */
	struct bytes part, product; /* CSAF relationships: names of a part and its whole */
};

struct refs {
	struct map map;
	struct arena arena;
};

void refs_init(struct refs *r);
void refs_free(struct refs *r);
/* The place for a name, made when it is new; NULL without memory. */
struct ref *refs_put(struct refs *r, struct bytes name);
const struct ref *refs_get(const struct refs *r, struct bytes name);
struct bytes refs_copy(struct refs *r, struct bytes b);

#endif
