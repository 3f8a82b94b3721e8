/* The parent's side: starts the worker, checks what it says. */
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/config.h"
#include "sandbox/sandbox.h"

static int start(const char *job, int fd, struct child *child, int *ret_sock, struct error *err)
{
	int pair[2];
	const char *args[] = { job, NULL };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "cannot start corten-worker");
	struct child_fd fds[] = { { fd, CONFIG_INPUT_FD }, { pair[1], CONFIG_CHANNEL_FD } };
	int r = child_start("corten-worker", args, fds, 2, child, err);
	(void)close(pair[1]);
	if (r < 0)
		(void)close(pair[0]);
	else
		*ret_sock = pair[0];
	return r;
}

/* The worker's own words: its code if it is one of ours, its text made clean. */
static int hear_failed(struct msg_reader *m, struct error *err)
{
	cleanup_buf struct buf text = buf_max((size_t)4 * ERROR_TEXT_MAX);
	char name[64] = "";
	struct bytes code = msg_get_bytes(m), said = bytes_sub(msg_get_bytes(m), 0, ERROR_TEXT_MAX);
	if (msg_finish(m, err) < 0 || text_escape(&text, said, err) < 0)
		return -1;
	if (code.n < sizeof name)
		memcpy(name, code.p, code.n);
	enum error_code known = error_code_from_name(name);
	return error_set(err, known == ERR_CODES || known == ERR_NONE ? ERR_PROTOCOL : known,
			 "%.*s", (int)text.n, (const char *)text.p);
}

/* What is left of the time; a worker that dribbles gets no more of it. */
static int left_ms(uint64_t deadline)
{
	uint64_t now = clock_monotonic_ns();
	return now >= deadline ? 0 : (int)((deadline - now + 999999) / 1000000);
}

static int hear(struct channel *ch, uint64_t deadline, config_fact_fn *take, void *ctx,
		struct error *err)
{
	struct msg_reader m;
	struct config_fact f;
	size_t facts = 0;
	int got;
	while ((got = channel_get(ch, left_ms(deadline), &m, err)) > 0) {
		if (m.type == CONFIG_MSG_FAILED)
			return hear_failed(&m, err);
		if (m.type == CONFIG_MSG_DONE)
			return msg_finish(&m, err);
		if (m.type != CONFIG_MSG_FACT || facts++ == CONFIG_FACTS_MAX)
			return error_set(err, ERR_PROTOCOL, "corten-worker talks nonsense");
		if (config_get_fact(&m, &f, err) < 0 || take(ctx, &f, err) < 0)
			return -1;
	}
	return got < 0 ? -1 : error_set(err, ERR_WORKER_DIED, "corten-worker ended without a word");
}

int config_hear(const char *job, int fd, const char *name, int timeout_ms, config_fact_fn *take,
		void *ctx, struct error *err)
{
	uint64_t deadline = clock_monotonic_ns() + (uint64_t)timeout_ms * 1000000;
	struct child child = { 0 };
	struct channel ch;
	int sock = -1;
	if (start(job, fd, &child, &sock, err) < 0)
		return error_wrap(err, "%s", name);
	channel_init(&ch, sock);
	int r = hear(&ch, deadline, take, ctx, err);
	channel_free(&ch);
	(void)close(sock);
	child_kill(&child);
	return r < 0 ? error_wrap(err, "%s", name) : 0;
}
