/* What a statement is about, gathered before it is told: the members of a JSON
 * object come in any order. */
#ifndef CORTEN_SBOM_VEX_EMIT_H
#define CORTEN_SBOM_VEX_EMIT_H

#include "sbom/read.h"

/* Why something is so: a word of the format's list, a sentence. */
struct vex_why {
	struct bytes justification, detail;
};

struct vex_product {
	struct bytes product, part;
	struct vex_why why; /* empty: that of the statement */
	struct vex_product *next;
};

struct vex_id {
	struct bytes id;
	struct vex_id *next;
};

struct vex_draft {
	struct document *d; /* whose arena holds all of it */
	struct vex_id *ids;
	struct vex_product *products;
	struct bytes time;
	struct vex_why why; /* of the statement */
	struct vex_why next_why; /* of the products to come, where they have their own */
	enum vex_status status;
	bool has_status;
};

void vex_draft_begin(struct vex_draft *v, struct document *d);
/* Empty ones are left out. */
void vex_draft_id(struct vex_draft *v, struct bytes id);
/* product: a purl; others are left out. */
void vex_draft_product(struct vex_draft *v, struct bytes product, struct bytes part);
/* A statement for each id and product; with none of either it is unusable. */
int vex_draft_end(struct vex_draft *v, struct vex_sink *sink, struct error *err);

/* False for a word that is none of the three formats'. */
bool vex_status_parse(struct bytes word, enum vex_status *ret);

#endif
