/* xz, as repositories of openEuler, Oracle and Rocky compress their metadata. */
#ifndef CORTEN_FEED_XZ_H
#define CORTEN_FEED_XZ_H

#include "feed/feed.h"

struct xz_stream;

bool xz_is(struct bytes beginning);
/* NULL without memory. */
struct xz_stream *xz_new(feed_read_fn *read, void *ctx);
void xz_free(struct xz_stream *x);
/* Up to n bytes; 0 at the end; -1: ERR_MALFORMED, ERR_TRUNCATED, ERR_LIMIT. */
ssize_t xz_read(struct xz_stream *x, void *p, size_t n, struct error *err);

#endif
