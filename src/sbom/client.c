/* The parent's side: starts the worker, checks what it says, keeps it. */
#include "sbom/client.h"

#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/sandbox.h"

enum { SILENCE_MS = 120 * 1000 };

static int start(const char *job, int fd, struct child *child, int *ret_sock, struct error *err)
{
	int pair[2];
	const char *args[] = { job, NULL };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "cannot start corten-worker");
	struct child_fd fds[] = { { fd, SBOM_INPUT_FD }, { pair[1], SBOM_CHANNEL_FD } };
	int r = child_start("corten-worker", args, fds, 2, child, err);
	(void)close(pair[1]);
	if (r < 0)
		(void)close(pair[0]);
	else
		*ret_sock = pair[0];
	return r;
}

static int hear(struct channel *ch, sbom_hear_fn *take, void *ctx, struct error *err)
{
	struct msg_reader m;
	int got;
	while ((got = channel_get(ch, SILENCE_MS, &m, err)) > 0) {
		if (m.type == SBOM_MSG_FAILED)
			return msg_take_error(&m, err);
		if (take(ctx, &m, err) < 0)
			return -1;
		if (m.type == SBOM_MSG_DONE)
			return 0;
	}
	return got < 0 ? -1
		       : error_set(err, ERR_WORKER_DIED,
				   "corten-worker ended while it read the document");
}

int sbom_hear_document(const char *job, int fd, const char *name, sbom_hear_fn *take, void *ctx,
		       struct error *err)
{
	struct child child = { 0 };
	struct channel ch;
	int sock = -1;
	if (start(job, fd, &child, &sock, err) < 0)
		return -1;
	channel_init(&ch, sock);
	int r = hear(&ch, take, ctx, err);
	channel_free(&ch);
	(void)close(sock);
	child_kill(&child);
	return r < 0 ? error_wrap(err, "%s", name) : 0;
}
