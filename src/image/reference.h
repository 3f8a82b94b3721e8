/* Image references: "debian", "ghcr.io/a/b:1", "localhost:5000/x@sha256:…"
 * (OCI distribution-spec 1.1; Docker's defaults for short names). */
#ifndef CORTEN_IMAGE_REFERENCE_H
#define CORTEN_IMAGE_REFERENCE_H

#include "base/base.h"

struct image_reference {
	char host[256]; /* "registry-1.docker.io", "localhost:5000" */
	char repository[256]; /* "library/debian" */
	char tag[129]; /* "latest" when neither tag nor digest is given; else as given or "" */
	bool has_digest;
	struct digest digest;
	char familiar[800]; /* as people write it: "debian:12", "ghcr.io/a/b:1" */
};

/* ERR_USAGE naming the part that is wrong. */
int image_reference_parse(const char *text, struct image_reference *ret, struct error *err);

#endif
