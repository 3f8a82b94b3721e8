/* An HTTP/1.1 reply (RFC 9112) that comes piece by piece: what the daemons of a
 * machine answer on their sockets. Strangers' servers are libcurl's affair (http.h),
 * which cannot be handed a connection that somebody else made: the one of Debian 12
 * connects it again. */
#ifndef CORTEN_SOURCE_HTTP1_H
#define CORTEN_SOURCE_HTTP1_H

#include "base/base.h"

enum { HTTP1_HEAD_MAX = 64 * 1024, HTTP1_LINE_MAX = 4096 };

enum http1_state {
	HTTP1_HEAD,
	HTTP1_LENGTH, /* a body of known length */
	HTTP1_TO_END, /* a body that ends with the connection */
	HTTP1_CHUNK_SIZE,
	HTTP1_CHUNK,
	HTTP1_CHUNK_END,
	HTTP1_TRAILER,
	HTTP1_DONE
};

struct http1 {
	enum http1_state state;
	unsigned status; /* known once the head is there; else 0 */
	uint64_t left; /* of the body, or of the chunk */
	size_t trailer; /* bytes of it so far */
	struct buf text; /* of the head, or of a line */
	/* A piece of the body; false stops. */
	bool (*body)(void *ctx, struct bytes piece);
	void *ctx;
};

void http1_init(struct http1 *h, bool (*body)(void *ctx, struct bytes piece), void *ctx);
void http1_free(struct http1 *h);

/* 0, or -1: ERR_PROTOCOL for what is not HTTP, ERR_CANCELLED when body stopped it.
 * What follows the reply's end is left aside. */
int http1_feed(struct http1 *h, struct bytes piece, struct error *err);
/* The connection has ended: ERR_TRUNCATED when the reply has not. */
int http1_end(struct http1 *h, struct error *err);

#endif
