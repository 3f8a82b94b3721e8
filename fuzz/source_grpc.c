/* What a daemon sends back on a gRPC connection: a call ends once, with a status, and
 * hands on nothing that was not sent. */
#include <stdlib.h>
#include <sys/socket.h>

#include "source/grpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct call {
	struct grpc *g;
	size_t bytes;
	unsigned ends;
};

static bool on_message(void *ctx, struct bytes message)
{
	struct call *c = ctx;
	c->bytes += message.n;
	return true;
}

static void on_done(void *ctx, int status, const char *text)
{
	struct call *c = ctx;
	if (status < GRPC_BROKEN || status > 999 || text == NULL)
		abort();
	c->ends++;
	grpc_free(c->g);
	c->g = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int pair[2];
	struct loop loop;
	struct error err = { 0 };
	struct call c = { 0 };
	if (size > 64 * KIB)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 ||
	    loop_init(&loop, &err) < 0)
		abort();
	struct grpc_call call = { .fd = pair[0],
				  .path = "/a.B/C",
				  .space = "",
				  .request = BYTES_LIT("\x0a\x01x"),
				  .stall_seconds = 5,
				  .on_message = on_message,
				  .on_done = on_done,
				  .ctx = &c };
	if (grpc_start(&loop, &call, &c.g, &err) < 0 || fd_write_full(pair[1], data, size) < 0 ||
	    shutdown(pair[1], SHUT_WR) < 0)
		abort();
	while (c.ends == 0)
		if (loop_once(&loop, &err) < 0)
			abort();
	if (c.ends != 1 || c.bytes > size)
		abort();
	grpc_free(c.g);
	loop_close(&loop);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return 0;
}
