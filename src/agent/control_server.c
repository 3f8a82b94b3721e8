#include "agent/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS_MAX = 32, OUT_MAX = 8 << 20 };

struct client {
	int fd; /* -1: free */
	bool follows;
	bool closing; /* when all is written */
	struct ucred peer;
	struct channel in;
	struct buf out;
	size_t written;
};

struct control_server {
	int listener, epoll;
	control_answer *answer;
	void *ctx;
	uint64_t lost;
	struct client client[CLIENTS_MAX];
};

static int listener_open(const char *run_dir, struct error *err)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int n = snprintf(a.sun_path, sizeof a.sun_path, "%s/agent.sock", run_dir);
	if (n < 0 || (size_t)n >= sizeof a.sun_path)
		return error_set(err, ERR_USAGE, "%s is too long for a socket's path", run_dir);
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_errno(err, "cannot make a socket");
	/* The priv role lets one agent run at a time: what is there is left over. */
	(void)unlink(a.sun_path);
	if (bind(fd, (const struct sockaddr *)&a, sizeof a) != 0 || chmod(a.sun_path, 0600) != 0 ||
	    listen(fd, CLIENTS_MAX) != 0)
		return error_errno(err, "cannot listen at %s", a.sun_path);
	return fd_take(&fd);
}

static int watch(struct control_server *s, int fd, uint32_t events, uint64_t which, int op)
{
	struct epoll_event e = { .events = events, .data = { .u64 = which } };
	return epoll_ctl(s->epoll, op, fd, &e);
}

int control_server_new(const char *run_dir, control_answer *answer, void *ctx,
		       struct control_server **ret, struct error *err)
{
	struct control_server *s = calloc(1, sizeof *s);
	if (s == NULL)
		return error_set(err, ERR_MEMORY, "no memory");
	s->answer = answer;
	s->ctx = ctx;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		s->client[i].fd = -1;
	s->listener = listener_open(run_dir, err);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->listener < 0 || s->epoll < 0 ||
	    watch(s, s->listener, EPOLLIN, CLIENTS_MAX, EPOLL_CTL_ADD) != 0) {
		if (s->listener >= 0)
			error_errno(err, "cannot watch the control socket");
		control_server_free(s);
		return -1;
	}
	*ret = s;
	return 0;
}

static void client_close(struct client *c)
{
	if (c->fd < 0)
		return;
	(void)close(c->fd);
	channel_free(&c->in);
	buf_free(&c->out);
	*c = (struct client){ .fd = -1 };
}

void control_server_free(struct control_server *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		client_close(&s->client[i]);
	if (s->listener >= 0)
		(void)close(s->listener);
	if (s->epoll >= 0)
		(void)close(s->epoll);
	free(s);
}

int control_server_fd(const struct control_server *s)
{
	return s->epoll;
}

uint64_t control_lost(const struct control_server *s)
{
	return s->lost;
}

/* Only root may command the guard. */
static bool peer_is_root(int fd, struct ucred *ret)
{
	socklen_t n = sizeof *ret;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ret, &n) == 0 && ret->uid == 0;
}

void control_peer(const struct control_server *s, int client, struct ucred *ret)
{
	*ret = s->client[client].peer;
}

static void client_accept(struct control_server *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	struct ucred peer;
	size_t i = 0;
	while (i < CLIENTS_MAX && s->client[i].fd >= 0)
		i++;
	if (i == CLIENTS_MAX || !peer_is_root(fd, &peer) ||
	    watch(s, fd, EPOLLIN, i, EPOLL_CTL_ADD) != 0) {
		(void)close(fd);
		return;
	}
	struct client *c = &s->client[i];
	c->fd = fd;
	c->peer = peer;
	channel_init(&c->in, fd);
	c->out = buf_max(OUT_MAX);
}

static bool put_frame(struct client *c, struct msg *m)
{
	return frame_encode(m, &c->out, NULL) == 0;
}

/* Writes what it can; false when the client is gone. */
static bool client_write(struct control_server *s, struct client *c)
{
	while (c->written < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + c->written, c->out.n - c->written, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			(void)watch(s, c->fd, EPOLLIN | EPOLLOUT, (uint64_t)(c - s->client),
				    EPOLL_CTL_MOD);
			return true;
		}
		if (n < 0)
			return false;
		c->written += (size_t)n;
	}
	c->out.n = c->written = 0;
	(void)watch(s, c->fd, EPOLLIN, (uint64_t)(c - s->client), EPOLL_CTL_MOD);
	return !c->closing;
}

void control_line(struct control_server *s, int client, struct bytes line)
{
	struct client *c = &s->client[client];
	cleanup_msg struct msg m = { 0 };
	msg_begin(&m, CONTROL_LINE);
	msg_put_bytes(&m, line);
	if (!put_frame(c, &m))
		s->lost++;
}

void control_follow(struct control_server *s, int client)
{
	s->client[client].follows = true;
}

bool control_has_followers(const struct control_server *s)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->client[i].fd >= 0 && s->client[i].follows)
			return true;
	return false;
}

void control_publish(struct control_server *s, struct bytes line)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &s->client[i];
		if (c->fd < 0 || !c->follows)
			continue;
		control_line(s, (int)i, line);
		if (!client_write(s, c))
			client_close(c);
	}
}

static void done(struct client *c, int result, const struct error *why)
{
	cleanup_msg struct msg m = { 0 };
	msg_begin(&m, CONTROL_DONE);
	msg_put_u32(&m, result == 0 ? ERR_NONE : why->code);
	msg_put_str(&m, result == 0 ? "" : why->text);
	(void)put_frame(c, &m);
	c->closing = true;
}

/* Reads the words of a request: strings that end in NUL live in words_text. */
static int words_read(struct msg_reader *r, struct buf *text, const char *words[CONTROL_WORDS],
		      size_t *ret_count, struct error *err)
{
	size_t count = msg_get_u32(r), at[CONTROL_WORDS];
	if (r->type != CONTROL_REQUEST || count == 0 || count > CONTROL_WORDS)
		return error_set(err, ERR_PROTOCOL, "not a request");
	for (size_t i = 0; i < count; i++) {
		struct bytes word = msg_get_bytes(r);
		at[i] = text->n;
		if (memchr(word.p, 0, word.n) != NULL ||
		    buf_append(text, word.p, word.n, err) != 0 || buf_append(text, "", 1, err) != 0)
			return error_set(err, ERR_PROTOCOL, "not a request");
	}
	for (size_t i = 0; i < count; i++)
		words[i] = (const char *)text->p + at[i];
	*ret_count = count;
	return msg_finish(r, err);
}

static void request_answer(struct control_server *s, struct client *c, struct msg_reader *r)
{
	struct error why = { 0 };
	const char *words[CONTROL_WORDS];
	size_t count = 0;
	cleanup_buf struct buf text = buf_max(1 << 20);
	int result = words_read(r, &text, words, &count, &why);
	if (result == 0)
		result = s->answer(s->ctx, s, (int)(c - s->client), words, count, &why);
	if (result != 0 || !c->follows)
		done(c, result, &why);
}

static void client_serve(struct control_server *s, struct client *c)
{
	struct error err = { 0 };
	struct msg_reader r;
	if (c->out.n == 0 && !c->closing && !c->follows) {
		int n = channel_pump(&c->in, &err);
		if (n > 0)
			n = channel_next(&c->in, &r, &err);
		else if (n == 0)
			n = -1; /* gone */
		if (n < 0) {
			client_close(c);
			return;
		}
		if (n == 1)
			request_answer(s, c, &r);
	} else if (c->follows) {
		char byte;
		if (recv(c->fd, &byte, 1, MSG_DONTWAIT) == 0) {
			client_close(c);
			return;
		}
	}
	if (!client_write(s, c))
		client_close(c);
}

int control_server_serve(struct control_server *s, struct error *err)
{
	struct epoll_event e[CLIENTS_MAX];
	int n = epoll_wait(s->epoll, e, CLIENTS_MAX, 0);
	if (n < 0)
		return errno == EINTR ? 0 : error_errno(err, "cannot wait for requests");
	for (int i = 0; i < n; i++) {
		if (e[i].data.u64 == CLIENTS_MAX)
			client_accept(s);
		else if (s->client[e[i].data.u64].fd >= 0)
			client_serve(s, &s->client[e[i].data.u64]);
	}
	return 0;
}
