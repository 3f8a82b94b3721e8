/* The package URL of an image (purl-spec, type "oci"). */
#ifndef CORTEN_REPORT_PURL_OCI_H
#define CORTEN_REPORT_PURL_OCI_H

#include "report/report.h"

/* pkg:oci/api@sha256%3A…?arch=amd64&repository_url=host/shop/api&tag=1.4 into
 * out; false when the image has no name or no manifest digest. */
bool purl_oci_write(const struct scan_result *r, struct buf *out);

#endif
