#include "source/get.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "source/http1.h"

enum { GET_READ = 64 * 1024 };

struct get {
	struct loop_watch watch;
	struct loop *loop;
	struct loop_timer stall;
	struct get_call call;
	struct buf request;
	size_t sent;
	struct http1 reply;
	bool watching, paused;
};

static bool take_body(void *ctx, struct bytes piece)
{
	struct get *g = ctx;
	return g->call.on_data(g->call.ctx, g->reply.status, piece);
}

static void finish(struct get *g, const struct error *failure)
{
	g->call.on_done(g->call.ctx, g->reply.status, failure);
}

static void stall_begin(struct get *g)
{
	g->stall.at = clock_monotonic_ns() + (uint64_t)g->call.stall_seconds * 1000000000;
}

static int broken(struct error *err)
{
	return error_set(err, ERR_NETWORK, "the connection broke (%s)", strerror(errno));
}

static int write_request(struct get *g, struct error *err)
{
	struct bytes rest = bytes_sub(buf_view(&g->request), g->sent, g->request.n);
	ssize_t n = send(g->call.fd, rest.p, rest.n, MSG_NOSIGNAL);
	if (n < 0 && errno != EINTR && errno != EAGAIN)
		return broken(err);
	g->sent += n > 0 ? (size_t)n : 0;
	if (g->sent == g->request.n)
		loop_change(g->loop, &g->watch, EPOLLIN);
	return 0;
}

/* 1 when the reply is whole. */
static int read_reply(struct get *g, struct error *err)
{
	uint8_t piece[GET_READ];
	ssize_t n = recv(g->call.fd, piece, sizeof piece, 0);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : broken(err);
	if (n == 0)
		return http1_end(&g->reply, err) < 0 ? -1 : 1;
	stall_begin(g);
	if (http1_feed(&g->reply, bytes_of(piece, (size_t)n), err) < 0)
		return -1;
	return g->reply.state == HTTP1_DONE;
}

static void socket_ready(struct loop_watch *w, uint32_t events)
{
	struct get *g = (struct get *)w;
	struct error failure = { 0 };
	int r = 0;
	if (g->sent < g->request.n)
		r = write_request(g, &failure);
	else if ((events & ~(uint32_t)EPOLLOUT) != 0)
		r = read_reply(g, &failure);
	if (r != 0)
		finish(g, &failure);
}

static void stall_fired(struct loop_timer *t)
{
	struct get *g = (struct get *)((char *)t - offsetof(struct get, stall));
	struct error failure = { 0 };
	if (g->paused) {
		stall_begin(g);
		return;
	}
	error_set(&failure, ERR_NETWORK, "it does not answer any more");
	finish(g, &failure);
}

void get_pause(struct get *g)
{
	g->paused = true;
	if (g->watching)
		loop_unwatch(g->loop, &g->watch);
	g->watching = false;
}

void get_resume(struct get *g)
{
	g->paused = false;
	stall_begin(g);
	g->watching = loop_watch(g->loop, &g->watch, EPOLLIN, NULL) == 0;
}

static int open_connection(struct get *g, struct error *err)
{
	int flags = fcntl(g->call.fd, F_GETFL);
	if (flags < 0 || fcntl(g->call.fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return error_errno(err, "the connection");
	if (loop_watch(g->loop, &g->watch, EPOLLIN | EPOLLOUT, err) < 0)
		return -1;
	g->watching = true;
	stall_begin(g);
	return 0;
}

int get_start(struct loop *l, const struct get_call *call, struct get **ret, struct error *err)
{
	struct get *g = calloc(1, sizeof *g);
	if (g == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a question");
	*g = (struct get){ .watch = { .fd = call->fd, .ready = socket_ready },
			   .loop = l,
			   .stall = { .fire = stall_fired },
			   .call = *call,
			   .request = buf_max(64 * KIB) };
	http1_init(&g->reply, take_body, g);
	loop_timer_add(l, &g->stall);
	if (buf_printf(&g->request, err,
		       "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: corten/%s\r\n"
		       "Accept: */*\r\nConnection: close\r\n\r\n",
		       call->path, CORTEN_VERSION) < 0 ||
	    open_connection(g, err) < 0) {
		get_free(g);
		return -1;
	}
	g->call.path = NULL; /* the caller's */
	*ret = g;
	return 0;
}

void get_free(struct get *g)
{
	if (g == NULL)
		return;
	if (g->watching)
		loop_unwatch(g->loop, &g->watch);
	loop_timer_remove(g->loop, &g->stall);
	http1_free(&g->reply);
	buf_free(&g->request);
	free(g);
}
