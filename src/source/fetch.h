/* The client side of corten-fetch: the one program that speaks to the network.
 * The parent keeps credentials and files; corten-fetch gets what it needs by
 * descriptor and message, and hands content back through pipes. */
#ifndef CORTEN_SOURCE_FETCH_H
#define CORTEN_SOURCE_FETCH_H

#include "base/base.h"
#include "image/reference.h"

struct fetch_options {
	const char *username; /* NULL: look into the Docker configuration and its helpers */
	const char *password;
	const char *ca_file; /* PEM; NULL: the system's */
	bool plain_http; /* allowed for every host; loopback is always tried both ways */
	bool insecure_tls; /* do not check certificates: loud */
};

struct fetch;

/* Starts corten-fetch. */
int fetch_start(const struct fetch_options *o, struct fetch **ret, struct error *err);
void fetch_stop(struct fetch *f);

struct fetch_document {
	struct buf body; /* caller sets its max and frees it */
	char media_type[256]; /* Content-Type without parameters */
	struct digest digest; /* SHA-256 of body, computed here */
};

/* The manifest or index that ref names. A digest in ref is checked against the
 * body (ERR_DIGEST). ERR_AUTH, ERR_NOT_FOUND, ERR_NETWORK, ERR_TLS name host
 * and what the server said. */
int fetch_manifest(struct fetch *f, const struct image_reference *ref, struct fetch_document *ret,
		   struct error *err);

/* A blob as a stream: *ret_fd is the read end of a pipe. Several may be open
 * at once (at least 4). Broken transfers are resumed inside (Range), 429 and
 * 5xx retried with back-off; the digest is summed while it streams. */
int fetch_blob_open(struct fetch *f, const struct image_reference *ref, const struct digest *digest,
		    uint64_t size, int *ret_fd, uint64_t *ret_id, struct error *err);

/* After the pipe's end (or when the reader gave up): how the transfer ended.
 * ERR_DIGEST when content and digest disagree, ERR_TRUNCATED when it ended
 * early for good. Closes nothing. Must be called once for each open. */
int fetch_blob_result(struct fetch *f, uint64_t id, struct error *err);

/* A blob whole into memory, checked: configs. */
int fetch_blob(struct fetch *f, const struct image_reference *ref, const struct digest *digest,
	       uint64_t max, struct buf *ret, struct error *err);

/* A plain GET, https (http for loopback), redirects followed, to out_fd: feeds
 * for `corten db update`. *ret_modified is Last-Modified in seconds, 0 unknown.
 * progress (may be NULL) is called with bytes so far and expected (0 unknown). */
int fetch_url(struct fetch *f, const char *url, int out_fd, int64_t *ret_modified,
	      void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
	      struct error *err);

#endif
