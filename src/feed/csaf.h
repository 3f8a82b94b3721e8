/* CSAF 2.0 as csaf_read.c collects it and csaf.c makes facts of it. */
#ifndef CORTEN_FEED_CSAF_H
#define CORTEN_FEED_CSAF_H

#include "feed/import.h"

/* What a product id stands for: a product with a CPE, a package with a purl, or
 * the one in the other. */
struct csaf_product {
	struct bytes id, cpe, purl;
	const struct csaf_product *package, *platform;
};

/* What one vulnerability says of a product id. */
struct csaf_status {
	struct bytes product;
	enum finding_status status;
	enum severity severity;
	struct bytes advisory; /* "RHSA-2024:1234" */
	bool no_fix, deferred;
	struct csaf_status *next;
};

struct csaf {
	struct import *im;
	struct json_reader *r;
	struct arena arena; /* of the whole document */
	struct map products; /* id -> struct csaf_product */
	struct bytes publisher, id, initial, date; /* initial: of the document */
	bool has_tree;
	/* of the vulnerability under way */
	struct bytes cve, released;
	enum severity severity; /* of all its products that have none of their own */
	struct map statuses; /* product id -> struct csaf_status */
	struct csaf_status *first, **last;
};

/* Reads the document; csaf_send is called for each vulnerability. */
void csaf_read(struct csaf *c);
bool csaf_send(struct csaf *c);
const struct csaf_product *csaf_product(const struct csaf *c, struct bytes id);

#endif
