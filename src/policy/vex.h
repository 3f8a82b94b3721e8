/* Others' statements (VEX) applied to a result: what a vendor says that a product is
 * not affected by, or has fixed, is no finding. */
#ifndef CORTEN_POLICY_VEX_H
#define CORTEN_POLICY_VEX_H

#include "sbom/sbom.h"
#include "scan/result.h"

/* Takes findings away, to the result's `suppressed`. Of several statements about one finding the newest counts; of
 * equally old ones that of the later file, then the later in its file. name: what the
 * image is called, NULL: as the result says. outcomes: one a document; the result
 * points to them. */
void vex_apply(struct scan_result *r, const char *name, const struct vex *documents, size_t count,
	       struct scan_vex *outcomes);

#endif
