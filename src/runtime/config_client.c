/* The parent's side: starts workers, checks what they say. A start of a container waits
 * for its answer, and on a busy node a new process needs long to begin: some workers
 * are started ahead, locked in and waiting for their document. Each reads one, so
 * that what one container's creator wrote tells nothing of another's. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/config.h"

/* --- workers --------------------------------------------------------------------------------- */

/* Its end of the connection is both descriptors: it reads to the end, then tells. */
static int start(struct config_worker *w, struct error *err)
{
	int pair[2];
	const char *args[] = { "container", NULL };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "cannot start corten-worker");
	struct child_fd fds[] = { { pair[1], CONFIG_INPUT_FD }, { pair[1], CONFIG_CHANNEL_FD } };
	int r = child_start("corten-worker", args, fds, 2, &w->child, err);
	(void)close(pair[1]);
	if (r < 0)
		(void)close(pair[0]);
	else
		w->sock = pair[0];
	return r;
}

static void end(struct config_worker *w)
{
	if (w->child.pid == 0)
		return;
	(void)close(w->sock);
	child_kill(&w->child);
}

void config_pool_fill(struct config_pool *pool)
{
	struct error ignored = { 0 };
	for (size_t i = 0; i < CONFIG_SPARES; i++)
		if (pool->spare[i].child.pid == 0)
			(void)start(&pool->spare[i], &ignored);
}

void config_pool_empty(struct config_pool *pool)
{
	for (size_t i = 0; i < CONFIG_SPARES; i++)
		end(&pool->spare[i]);
}

/* One that waits and has not ended meanwhile, else a new one. */
static int take_worker(struct config_pool *pool, struct config_worker *ret, struct error *err)
{
	for (size_t i = 0; i < CONFIG_SPARES; i++) {
		struct config_worker *spare = &pool->spare[i];
		struct pollfd p = { .fd = spare->child.pidfd, .events = POLLIN };
		if (spare->child.pid == 0)
			continue;
		if (poll(&p, 1, 0) == 0) {
			*ret = *spare;
			*spare = (struct config_worker){ 0 };
			return 0;
		}
		end(spare);
	}
	return start(ret, err);
}

/* --- the document ------------------------------------------------------------------------------- */

/* What is left of the time; a worker that dribbles gets no more of it. */
static int left_ms(uint64_t deadline)
{
	uint64_t now = clock_monotonic_ns();
	return now >= deadline ? 0 : (int)((deadline - now + 999999) / 1000000);
}

static int send_all(int sock, struct bytes b, uint64_t deadline, struct error *err)
{
	while (b.n > 0) {
		struct pollfd p = { .fd = sock, .events = POLLOUT };
		ssize_t n = send(sock, b.p, b.n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0) {
			b = bytes_sub(b, (size_t)n, b.n);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return error_set(err, ERR_WORKER_DIED, "corten-worker has ended");
		if (poll(&p, 1, left_ms(deadline)) == 0)
			return error_set(err, ERR_WORKER_TIMEOUT, "corten-worker reads too slowly");
	}
	return 0;
}

/* Its bytes are handed on, not looked at. */
static int hand_over(int sock, enum config_document what, int fd, uint64_t deadline,
		     struct error *err)
{
	cleanup_buf struct buf text = buf_max(CONFIG_BYTES_MAX);
	uint8_t first = (uint8_t)what;
	if (buf_append(&text, &first, 1, err) < 0 || fd_read_all(fd, &text, err) < 0 ||
	    send_all(sock, buf_view(&text), deadline, err) < 0)
		return -1;
	return shutdown(sock, SHUT_WR) < 0 ? error_errno(err, "corten-worker") : 0;
}

/* --- its words -------------------------------------------------------------------------------------- */

static int hear(struct channel *ch, uint64_t deadline, config_fact_fn *take, void *ctx,
		struct error *err)
{
	struct msg_reader m;
	struct config_fact f;
	size_t facts = 0;
	int got;
	while ((got = channel_get(ch, left_ms(deadline), &m, err)) > 0) {
		if (m.type == CONFIG_MSG_FAILED)
			return msg_take_error(&m, err);
		if (m.type == CONFIG_MSG_DONE)
			return msg_finish(&m, err);
		if (m.type != CONFIG_MSG_FACT || facts++ == CONFIG_FACTS_MAX)
			return error_set(err, ERR_PROTOCOL, "corten-worker talks nonsense");
		if (config_get_fact(&m, &f, err) < 0 || take(ctx, &f, err) < 0)
			return -1;
	}
	return got < 0 ? -1 : error_set(err, ERR_WORKER_DIED, "corten-worker ended without a word");
}

int config_hear(struct config_pool *pool, enum config_document what, int fd, const char *name,
		int timeout_ms, config_fact_fn *take, void *ctx, struct error *err)
{
	uint64_t deadline = clock_monotonic_ns() + (uint64_t)timeout_ms * 1000000;
	struct config_worker w = { 0 };
	struct channel ch;
	if (take_worker(pool, &w, err) < 0)
		return error_wrap(err, "%s", name);
	channel_init(&ch, w.sock);
	int r = hand_over(w.sock, what, fd, deadline, err);
	if (r == 0)
		r = hear(&ch, deadline, take, ctx, err);
	channel_free(&ch);
	end(&w);
	return r < 0 ? error_wrap(err, "%s", name) : 0;
}
