/* Others' statements (VEX) applied to a result: what a vendor says that a product is
 * not affected by, or has fixed, is no finding. */
#ifndef CORTEN_POLICY_VEX_H
#define CORTEN_POLICY_VEX_H

#include "sbom/sbom.h"
#include "scan/result.h"

struct vex_outcome {
	const char *file, *format, *author;
	size_t statements, unusable; /* in the document; unusable: without a package URL */
	size_t removed; /* findings that its statements took away */
	size_t investigated; /* findings that stay, and are said to be looked into */
};

/* Takes findings away. Of several statements about one finding the newest counts; of
 * equally old ones that of the later file, then the later in its file. name: what the
 * image is called, NULL: as the result says. outcomes: one a document. */
void vex_apply(struct scan_result *r, const char *name, const struct vex *documents, size_t count,
	       struct vex_outcome *outcomes);

#endif
