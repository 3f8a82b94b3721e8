/* One thing to get, from the client's message to its result: attempts,
 * authentication, redirects, resuming, the digest, the pipe to the reader. */
#ifndef CORTEN_SOURCE_REQUEST_H
#define CORTEN_SOURCE_REQUEST_H

#include "source/http.h"
#include "source/protocol.h"
#include "source/registry.h"
#include "source/sink.h"
#include "source/url.h"

struct request;

/* What all requests of the process share. */
struct fetcher {
	struct loop loop;
	struct http *http;
	struct error broken; /* why nothing can be got at all; code 0: fine */
	bool plain_http;
	unsigned attempts;
	struct registry *registries;
	struct request *requests;
	void (*head)(struct fetcher *f, const struct request *r, uint64_t total);
	/* r is freed after it. */
	void (*done)(struct fetcher *f, const struct request *r);
};

struct request {
	/* what is wanted */
	struct fetcher *f;
	uint64_t id;
	enum fetch_kind kind;
	struct registry *registry; /* NULL for FETCH_URL */
	char *repository, *target;
	uint64_t size; /* FETCH_SIZE_UNKNOWN, or exactly this */
	uint64_t max;
	bool has_digest;
	struct digest digest;

	/* what has come */
	struct sink sink;
	struct sha256 *sum;
	uint64_t received; /* of the body, in order, without gaps */
	struct buf body; /* a manifest, until it is whole */
	char media_type[256];
	char validator[256]; /* ETag or Last-Modified for If-Range */
	bool unchanged; /* the version that the client has is the current one */
	int64_t modified;
	bool head_told;

	/* the attempt that runs */
	struct http_exchange *x; /* NULL: none */
	struct loop_timer timer; /* until the next one */
	char *url; /* where this hop goes */
	struct origin first, here; /* of the attempt, of this hop */
	unsigned hops;
	bool foreign; /* a redirect led away: no authorization any more */
	bool used_tls; /* scheme of this attempt */
	bool reply_checked; /* its first body bytes were looked at */
	uint64_t skip; /* bytes to pass over that we already have */
	struct buf refusal; /* body of a reply that is not the content */
	struct error stop; /* why on_data stopped it */
	bool paused;

	/* over the attempts */
	unsigned failures; /* since the last progress */
	unsigned attempts;
	uint64_t progress_mark;
	unsigned asked_auth; /* times that a 401 was answered */
	bool auth_sent, token_fresh;
	unsigned token_step;

	bool finished; /* only the pipe's rest is left to write */
	struct error result; /* code 0: all is well */
	struct request *next;
};

/* Takes over pipe. A request that cannot even begin ends through f->done like
 * any other. -1 only without memory. */
int request_start(struct fetcher *f, const struct request *wanted, int pipe, struct error *err);
void request_free(struct request *r);

/* --- between the files of this half --- */

/* request.c */
void request_attempt(struct request *r);
/* Ends r with r->result, or once the pipe took all that is pending. r may be
 * freed on return. */
void request_finish(struct request *r);
/* "registry:5000/app", or the address without its query: what messages name. */
void request_name(const struct request *r, char out[static 512]);
void request_fail(struct request *r, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Tries again after a while, or ends with this error when it was tried enough. */
void request_retry(struct request *r, uint64_t retry_after, enum error_code code, const char *fmt,
		   ...) __attribute__((format(printf, 4, 5)));
/* A connection that failed: other scheme, another attempt, or the end. */
void request_broken(struct request *r, const struct http_result *result);
/* A reply that refuses: another attempt, or the end. */
void request_refused(struct request *r, struct http_exchange *x, unsigned status);
/* Body of a reply that is not the content: kept for its message. */
enum http_flow request_keep_refusal(struct request *r, struct bytes data);

/* transfer.c: the request itself */
void transfer_start(struct request *r);
void transfer_hop(struct request *r);

/* authorize.c */
void authorize_answer(struct request *r, struct http_exchange *x);
void authorize_get_token(struct request *r);

#endif
