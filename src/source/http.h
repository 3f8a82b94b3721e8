/* HTTP/1.1 and HTTP/2 exchanges, many at once, on libcurl. An exchange is one
 * request and its reply: redirects, authentication and retries are decisions
 * of the caller. */
#ifndef CORTEN_SOURCE_HTTP_H
#define CORTEN_SOURCE_HTTP_H

#include "base/base.h"
#include "source/identity.h"
#include "source/loop.h"

struct http; /* connections and what is common to them */
struct http_exchange;

struct http_settings {
	struct bytes ca_pem; /* trusted certificates; copied */
	bool insecure_tls;
	unsigned stall_seconds; /* with hardly a byte: the end */
	struct bytes http_proxy, https_proxy, no_proxy; /* empty: none; copied */
};

/* Once a process, before it is locked up: reads OpenSSL's configuration. */
int http_init(struct error *err);

int http_open(struct loop *l, const struct http_settings *s, struct http **ret, struct error *err);
void http_close(struct http *h);

enum http_end {
	HTTP_COMPLETE, /* a whole reply, whatever its status */
	HTTP_STOPPED, /* by on_data */
	HTTP_NO_HOST, /* the name does not resolve */
	HTTP_NO_CONNECTION,
	HTTP_NO_TLS, /* the peer did not end the TLS handshake */
	HTTP_NO_HTTP, /* what came back is not HTTP, or nothing came */
	HTTP_UNTRUSTED, /* the peer's certificate */
	HTTP_STALLED,
	HTTP_BROKEN /* ended early, or broke the protocol */
};

struct http_result {
	enum http_end end;
	unsigned status; /* 0: none arrived */
	const char *text; /* why, for people */
};

enum http_flow { HTTP_TAKEN, HTTP_PAUSE, HTTP_STOP };

struct http_call {
	const char *url;
	const char *authorization; /* header's value, NULL: none */
	const char *accept; /* header's value, NULL: any */
	const char *form; /* POST this as x-www-form-urlencoded; NULL: GET */
	uint64_t from; /* > 0: Range: bytes=from- */
	const char *if_range; /* validator for from, NULL: none */
	const char *unless; /* validator of what is there already, NULL: none */
	bool direct; /* through no proxy */
	struct identity *identity; /* NULL: what all trust, and nobody */
	unsigned seconds; /* for all of it; 0: as long as it moves */
	/* Body bytes; headers are there. With HTTP_PAUSE nothing of them was
	 * taken: they come again after http_resume. */
	enum http_flow (*on_data)(void *ctx, struct http_exchange *x, struct bytes data);
	/* The end, whatever it was; x is gone after it. Not called after
	 * http_cancel. */
	void (*on_done)(void *ctx, struct http_exchange *x, const struct http_result *r);
	void *ctx;
};

/* The strings are copied. */
int http_start(struct http *h, const struct http_call *call, struct http_exchange **ret,
	       struct error *err);
void http_resume(struct http_exchange *x);
void http_cancel(struct http_exchange *x); /* not from within on_data */

unsigned http_status(struct http_exchange *x);
/* The i-th header field of that name, NULL when there is none; good as long
 * as x. */
const char *http_header(struct http_exchange *x, const char *name, size_t i);
uint64_t http_content_length(struct http_exchange *x); /* UINT64_MAX: unknown */
int64_t http_last_modified(struct http_exchange *x); /* 0: unknown */
uint64_t http_retry_after(struct http_exchange *x); /* seconds, 0: not said */
const char *http_redirect(struct http_exchange *x); /* absolute, NULL: none */

#endif
