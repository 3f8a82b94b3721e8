/* The client side of corten-fetch: the one program that speaks to the network.
 * The parent keeps credentials and files; corten-fetch gets what it needs by
 * descriptor and message, and hands content back through pipes. The parent
 * never sees a byte of HTTP. A struct fetch is for one thread at a time; the
 * process must ignore SIGPIPE. */
#ifndef CORTEN_SOURCE_FETCH_H
#define CORTEN_SOURCE_FETCH_H

#include "base/base.h"
#include "image/reference.h"

/* Everything is copied. Proxies come from the environment (https_proxy,
 * http_proxy, no_proxy and their capitals); loopback is never proxied. */
struct fetch_options {
	const char *username; /* NULL: look into the Docker configuration and its helpers */
	const char *password;
	const char *ca_file; /* PEM, trusted besides the system's; NULL: none */
	bool plain_http; /* allowed for every host; loopback is always tried both ways */
	bool insecure_tls; /* do not check certificates: loud */
	unsigned stall_seconds; /* without a byte; 0: 30 */
	unsigned attempts; /* of one transfer without progress; 0: 5 */
};

struct fetch;

/* Starts corten-fetch. o may be NULL: all defaults. */
int fetch_start(const struct fetch_options *o, struct fetch **ret, struct error *err);
/* Ends it with all that is open; NULL is allowed. */
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

/* A blob as a stream: *ret_fd is the read end of a pipe, the caller's to close.
 * Up to 64 may be open at once. Broken transfers are resumed inside (Range),
 * 429 and 5xx retried with back-off; the digest is summed while it streams.
 * size is what the manifest says. */
int fetch_blob_open(struct fetch *f, const struct image_reference *ref, const struct digest *digest,
		    uint64_t size, int *ret_fd, uint64_t *ret_id, struct error *err);

/* After the pipe's end, or after its read end was closed: how the transfer
 * ended. ERR_DIGEST when content and digest disagree, ERR_TRUNCATED when it
 * ended early for good, ERR_CANCELLED when the reader gave up. Closes nothing.
 * Must be called once for each open; waits for ever while the pipe is open and
 * not read. */
int fetch_blob_result(struct fetch *f, uint64_t id, struct error *err);

/* A blob whole into memory, checked: configs. */
int fetch_blob(struct fetch *f, const struct image_reference *ref, const struct digest *digest,
	       uint64_t max, struct buf *ret, struct error *err);

/* --- container runtimes; source/runtime.h asks with these --------------------------- */

/* enum fetch_kind, from FETCH_DOCKER_ARCHIVE on. */
struct fetch_question {
	int kind;
	const char *space; /* containerd's namespace, or "" */
	const char *target;
	uint64_t size; /* of content; UINT64_MAX: not known */
	uint64_t max;
	int fd; /* a connection, or a file; borrowed */
};

/* The answer whole: frames of enum runtime_answer, or content. */
int fetch_ask(struct fetch *f, const struct fetch_question *q, struct buf *ret, struct error *err);

/* The answer as a stream, as fetch_blob_open; fetch_blob_result tells its end. */
int fetch_ask_open(struct fetch *f, const struct fetch_question *q, int *ret_fd, uint64_t *ret_id,
		   struct error *err);

/* For a stream that somebody turns into another: `finish` is called once, when the
 * transfer's result is asked for or the fetch stopped; its error counts before the
 * transfer's own. */
void fetch_finish_with(struct fetch *f, uint64_t id, int (*finish)(void *ctx, struct error *err),
		       void *ctx);

/* Which version of an address somebody has. */
struct fetch_version {
	int64_t modified; /* Last-Modified in seconds, 0 unknown */
	char validator[256]; /* ETag, or Last-Modified as it was written; "": none */
};

/* A plain GET, https (http for loopback), redirects followed, to out_fd: feeds
 * for `corten db update`. 1 when the version in *version is still the current one:
 * then nothing was written; else 0 and *version is what came.
 * progress (may be NULL) is called with bytes so far and expected (0 unknown).
 * What comes compressed is written as it is. A transfer that cannot be resumed
 * begins again: out_fd should be a file. At most 4 GiB. */
int fetch_url(struct fetch *f, const char *url, int out_fd, struct fetch_version *version,
	      void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
	      struct error *err);

#endif
