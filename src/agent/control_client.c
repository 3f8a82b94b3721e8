#include "agent/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int agent_connect(const char *run_dir, struct error *err)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int n = snprintf(a.sun_path, sizeof a.sun_path, "%s/agent.sock", run_dir);
	if (n < 0 || (size_t)n >= sizeof a.sun_path)
		return error_set(err, ERR_USAGE, "%s is too long for a socket's path", run_dir);
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_errno(err, "cannot make a socket");
	if (connect(fd, (const struct sockaddr *)&a, sizeof a) == 0)
		return fd_take(&fd);
	if (errno == ENOENT || errno == ECONNREFUSED)
		return error_set(err, ERR_NOT_FOUND,
				 "no agent answers at %s; start it with \"systemctl start "
				 "corten-agent\" or, by hand, \"corten-agent\"",
				 a.sun_path);
	return error_errno(err, "cannot talk to the agent at %s", a.sun_path);
}

static int request_send(struct channel *ch, const char *const *words, size_t count,
			struct error *err)
{
	cleanup_msg struct msg m = { 0 };
	msg_begin(&m, CONTROL_REQUEST);
	msg_put_u32(&m, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		msg_put_str(&m, words[i]);
	return channel_put(ch, &m, err) == 0 ? channel_flush(ch, err) : -1;
}

/* The outcome of a CONTROL_DONE frame. */
static int outcome(struct msg_reader *r, struct error *err)
{
	uint32_t code = msg_get_u32(r);
	struct bytes text = msg_get_bytes(r);
	if (msg_finish(r, err) != 0)
		return -1;
	if (code == ERR_NONE)
		return 0;
	return error_set(err, code < ERR_CODES ? (enum error_code)code : ERR_PROTOCOL, "%.*s",
			 (int)text.n, (const char *)text.p);
}

static int answers_read(struct channel *ch, bool (*f)(void *ctx, struct bytes line), void *ctx,
			struct error *err)
{
	struct msg_reader r;
	int n;
	while ((n = channel_get(ch, -1, &r, err)) == 1) {
		if (r.type == CONTROL_DONE)
			return outcome(&r, err);
		if (r.type != CONTROL_LINE)
			return error_set(err, ERR_PROTOCOL, "the agent sent nonsense");
		struct bytes line = msg_get_bytes(&r);
		if (msg_finish(&r, err) != 0)
			return -1;
		if (!f(ctx, line))
			return 0;
	}
	return n == 0 ? error_set(err, ERR_TRUNCATED, "the agent ended before its answer did") : -1;
}

int control_ask(const char *run_dir, const char *const *words, size_t count,
		bool (*f)(void *ctx, struct bytes line), void *ctx, struct error *err)
{
	cleanup_close int fd = agent_connect(run_dir, err);
	if (fd < 0)
		return -1;
	struct channel ch;
	channel_init(&ch, fd);
	int r = request_send(&ch, words, count, err);
	if (r == 0)
		r = answers_read(&ch, f, ctx, err);
	channel_free(&ch);
	return r;
}
