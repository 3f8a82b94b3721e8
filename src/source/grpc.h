/* gRPC over HTTP/2 without TLS (grpc/grpc, doc/PROTOCOL-HTTP2.md), as the daemons of
 * a machine speak it on their sockets: one call a connection, one request message,
 * any number of replies. HTTP/2 itself is libnghttp2's. */
#ifndef CORTEN_SOURCE_GRPC_H
#define CORTEN_SOURCE_GRPC_H

#include "base/base.h"
#include "source/loop.h"

/* Status of a call: the numbers that are told apart (doc/statuscodes.md). */
enum grpc_status {
	GRPC_BROKEN = -1, /* the connection ended or talked nonsense */
	GRPC_OK = 0,
	GRPC_NOT_FOUND = 5,
	GRPC_PERMISSION_DENIED = 7,
	GRPC_UNIMPLEMENTED = 12,
	GRPC_UNAUTHENTICATED = 16
};

struct grpc;

struct grpc_call {
	int fd; /* connected; borrowed */
	const char *path; /* "/package.Service/Method" */
	const char *space; /* containerd's namespace; "": none */
	struct bytes request; /* copied */
	unsigned stall_seconds; /* without a byte: the end */
	/* One reply; false ends the call. */
	bool (*on_message)(void *ctx, struct bytes message);
	/* The end, once; text is for people. The call may be freed in it. */
	void (*on_done)(void *ctx, int status, const char *text);
	void *ctx;
};

int grpc_start(struct loop *l, const struct grpc_call *call, struct grpc **ret, struct error *err);
/* Reads nothing until grpc_resume; for on_message, when its reader is full. */
void grpc_pause(struct grpc *g);
void grpc_resume(struct grpc *g);
void grpc_free(struct grpc *g); /* NULL is allowed */

#endif
