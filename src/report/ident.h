/* Names that are the same for the same content, in every run. */
#ifndef CORTEN_REPORT_IDENT_H
#define CORTEN_REPORT_IDENT_H

#include "report/report.h"

/* The layer's diff-id as text; NULL when there is none (rootfs targets). */
const char *ident_layer(const struct scan_result *r, uint32_t layer, char out[static DIGEST_TEXT]);

/* What the target is called: its name, else the reference as it was given. */
const char *ident_target(const struct scan_result *r);

/* The image's digest as text: of the manifest, else of the config; NULL. */
const char *ident_digest(const struct scan_result *r, char out[static DIGEST_TEXT]);

enum { DAY_TEXT = sizeof "2022-03-03" };
/* The day on which the world was told, as "2022-03-03"; NULL: no source says. */
const char *ident_published(const struct finding *f, char out[static DAY_TEXT]);

enum { UUID_TEXT = 37 };
/* A UUID from the content that a document of this kind tells (RFC 9562 section
 * 5.8: version 8, from SHA-256): another package, finding or database gives
 * another UUID, another time does not. */
void ident_uuid(const struct scan_result *r, const char *kind, char out[static UUID_TEXT]);

/* Where the public tells more of an id: the advisory's page, else that of the
 * registry that gave the id; NULL. The string is in buf. */
const char *ident_url(const struct finding *f, struct buf *buf);

#endif
