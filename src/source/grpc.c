#include "source/grpc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#include <nghttp2/nghttp2.h>

enum {
	GRPC_PREFIX = 5, /* flag of compression, length: big endian */
	GRPC_MESSAGE_MAX = 8 * 1024 * 1024, /* content comes in pieces of 1 MiB */
	GRPC_WINDOW = 4 * 1024 * 1024,
	GRPC_READ = 64 * 1024,
	GRPC_HEADERS_MAX = 200,
};

struct grpc {
	struct loop_watch watch;
	struct loop *loop;
	struct loop_timer stall;
	struct grpc_call call;
	nghttp2_session *session;
	struct buf request; /* with its prefix */
	size_t sent; /* of request */
	struct buf out; /* of HTTP/2, not yet written */
	struct buf in; /* a reply message that is not yet whole */
	bool watching, paused;
	unsigned headers;
	bool closed; /* the stream has ended */
	bool refused; /* by on_message */
	int http_status, status;
	char text[256];
};

/* --- what nghttp2 tells --- */

static ssize_t read_request(nghttp2_session *s, int32_t stream, uint8_t *p, size_t n,
			    uint32_t *flags, nghttp2_data_source *source, void *ctx)
{
	struct grpc *g = ctx;
	(void)s, (void)stream, (void)source;
	struct bytes rest = bytes_sub(buf_view(&g->request), g->sent, g->request.n);
	n = n < rest.n ? n : rest.n;
	memcpy(p, rest.p, n);
	g->sent += n;
	if (g->sent == g->request.n)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static void broken(struct grpc *g, const char *why)
{
	g->status = GRPC_BROKEN;
	(void)snprintf(g->text, sizeof g->text, "%s", why);
	g->closed = true;
}

/* grpc-message is percent-encoded (PROTOCOL-HTTP2.md, "Responses"); it ends in a
 * message for people, who can read it as it is. */
static int on_header(nghttp2_session *s, const nghttp2_frame *frame, const uint8_t *name, size_t n,
		     const uint8_t *value, size_t value_n, uint8_t flags, void *ctx)
{
	struct grpc *g = ctx;
	struct bytes key = bytes_of(name, n), text = bytes_of(value, value_n);
	uint64_t number;
	(void)s, (void)frame, (void)flags;
	if (++g->headers > GRPC_HEADERS_MAX)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	if (bytes_equal(key, BYTES_LIT(":status")) && bytes_to_u64(text, &number) && number < 1000)
		g->http_status = (int)number;
	if (bytes_equal(key, BYTES_LIT("grpc-status")) && bytes_to_u64(text, &number) &&
	    number < 1000)
		g->status = (int)number;
	if (bytes_equal(key, BYTES_LIT("grpc-message")))
		(void)snprintf(g->text, sizeof g->text, "%.*s", text.n > 200 ? 200 : (int)text.n,
			       (const char *)text.p);
	return 0;
}

/* Hands on the messages that are whole; what begins another stays. */
static int take_messages(struct grpc *g)
{
	size_t at = 0;
	while (g->in.n - at >= GRPC_PREFIX) {
		struct cursor c = cursor_of(bytes_sub(buf_view(&g->in), at, g->in.n));
		uint8_t compressed = cursor_u8(&c);
		uint32_t n = cursor_be32(&c);
		if (compressed != 0 || n > GRPC_MESSAGE_MAX)
			return -1;
		if (n > cursor_left(&c))
			break;
		if (!g->call.on_message(g->call.ctx, cursor_take(&c, n))) {
			g->refused = true;
			return -1;
		}
		at += GRPC_PREFIX + (size_t)n;
	}
	if (at > 0)
		memmove(g->in.p, g->in.p + at, g->in.n - at);
	g->in.n -= at;
	return 0;
}

static int on_data(nghttp2_session *s, uint8_t flags, int32_t stream, const uint8_t *p, size_t n,
		   void *ctx)
{
	struct grpc *g = ctx;
	(void)s, (void)flags, (void)stream;
	if (g->http_status != 200)
		return 0;
	if (buf_append(&g->in, p, n, NULL) < 0 || take_messages(g) < 0)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	return 0;
}

static int on_close(nghttp2_session *s, int32_t stream, uint32_t code, void *ctx)
{
	struct grpc *g = ctx;
	(void)s, (void)stream;
	g->closed = true;
	if (g->status == GRPC_BROKEN && g->text[0] == '\0' && code != NGHTTP2_NO_ERROR)
		(void)snprintf(g->text, sizeof g->text, "%s", nghttp2_http2_strerror(code));
	if (g->status == GRPC_OK && g->in.n > 0)
		broken(g, "the last message is cut off");
	return 0;
}

/* --- the connection --- */

static void finish(struct grpc *g)
{
	if (g->status == GRPC_BROKEN && g->text[0] == '\0')
		(void)snprintf(g->text, sizeof g->text,
			       g->http_status != 0 && g->http_status != 200
				       ? "HTTP status %d"
				       : "the connection ended early",
			       g->http_status);
	g->call.on_done(g->call.ctx, g->status, g->text);
}

static int fill_out(struct grpc *g)
{
	const uint8_t *p;
	ssize_t n;
	while (g->out.n < GRPC_READ && (n = nghttp2_session_mem_send(g->session, &p)) != 0)
		if (n < 0 || buf_append(&g->out, p, (size_t)n, NULL) < 0)
			return -1;
	return 0;
}

/* Writes what goes and watches for what is left. */
static int write_out(struct grpc *g)
{
	for (;;) {
		if (fill_out(g) < 0)
			return -1;
		if (g->out.n == 0)
			break;
		ssize_t n = send(g->call.fd, g->out.p, g->out.n, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return -1;
		memmove(g->out.p, g->out.p + n, g->out.n - (size_t)n);
		g->out.n -= (size_t)n;
	}
	if (g->watching)
		loop_change(g->loop, &g->watch, g->out.n > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
	return 0;
}

static void stall_begin(struct grpc *g)
{
	g->stall.at = clock_monotonic_ns() + (uint64_t)g->call.stall_seconds * 1000000000;
}

static int read_in(struct grpc *g)
{
	uint8_t piece[GRPC_READ];
	ssize_t n = recv(g->call.fd, piece, sizeof piece, 0);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	if (n == 0)
		return -1;
	stall_begin(g);
	ssize_t used = nghttp2_session_mem_recv(g->session, piece, (size_t)n);
	if (used >= 0)
		return 0;
	if (!g->closed)
		broken(g,
		       g->refused ? "the answer is not understood" : nghttp2_strerror((int)used));
	return 0;
}

static void socket_ready(struct loop_watch *w, uint32_t events)
{
	struct grpc *g = (struct grpc *)w;
	int r = 0;
	if ((events & ~(uint32_t)EPOLLOUT) != 0)
		r = read_in(g);
	if (r == 0 && !g->closed)
		r = write_out(g);
	if (r < 0 || g->closed)
		finish(g);
}

static void stall_fired(struct loop_timer *t)
{
	struct grpc *g = (struct grpc *)((char *)t - offsetof(struct grpc, stall));
	if (g->paused) {
		stall_begin(g);
		return;
	}
	broken(g, "it does not answer any more");
	finish(g);
}

void grpc_pause(struct grpc *g)
{
	g->paused = true;
	if (g->watching)
		loop_unwatch(g->loop, &g->watch);
	g->watching = false;
}

void grpc_resume(struct grpc *g)
{
	g->paused = false;
	stall_begin(g);
	g->watching = loop_watch(g->loop, &g->watch, EPOLLIN | EPOLLOUT, NULL) == 0;
}

/* --- beginning and end --- */

static int put_prefixed(struct grpc *g, struct bytes request, struct error *err)
{
	uint8_t prefix[GRPC_PREFIX] = { 0, (uint8_t)(request.n >> 24), (uint8_t)(request.n >> 16),
					(uint8_t)(request.n >> 8), (uint8_t)request.n };
	g->request = buf_max(64 * KIB);
	if (buf_append(&g->request, prefix, sizeof prefix, err) < 0)
		return -1;
	return buf_append(&g->request, request.p, request.n, err);
}

static nghttp2_nv header(const char *name, const char *value)
{
	return (nghttp2_nv){ .name = (uint8_t *)name,
			     .value = (uint8_t *)value,
			     .namelen = strlen(name),
			     .valuelen = strlen(value),
			     .flags = NGHTTP2_NV_FLAG_NONE };
}

static int submit(struct grpc *g)
{
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, GRPC_WINDOW },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, GRPC_READ },
	};
	nghttp2_nv headers[] = {
		header(":method", "POST"),
		header(":scheme", "http"),
		header(":path", g->call.path),
		header(":authority", "localhost"),
		header("te", "trailers"),
		header("content-type", "application/grpc"),
		header("user-agent", "corten/" CORTEN_VERSION),
		header("containerd-namespace", g->call.space),
	};
	size_t count = sizeof headers / sizeof headers[0] - (g->call.space[0] == '\0');
	nghttp2_data_provider body = { .read_callback = read_request };
	if (nghttp2_submit_settings(g->session, NGHTTP2_FLAG_NONE, settings,
				    sizeof settings / sizeof settings[0]) != 0 ||
	    nghttp2_session_set_local_window_size(g->session, NGHTTP2_FLAG_NONE, 0, GRPC_WINDOW) !=
		    0)
		return -1;
	return nghttp2_submit_request(g->session, NULL, headers, count, &body, g);
}

static int open_session(struct grpc *g, struct error *err)
{
	nghttp2_session_callbacks *callbacks;
	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		return error_set(err, ERR_MEMORY, "no memory for HTTP/2");
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	int r = nghttp2_session_client_new(&g->session, callbacks, g);
	nghttp2_session_callbacks_del(callbacks);
	if (r != 0 || submit(g) < 0)
		return error_set(err, ERR_MEMORY, "no memory for HTTP/2");
	return 0;
}

static int open_connection(struct grpc *g, struct error *err)
{
	int flags = fcntl(g->call.fd, F_GETFL);
	if (flags < 0 || fcntl(g->call.fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return error_errno(err, "the connection");
	if (loop_watch(g->loop, &g->watch, EPOLLIN, err) < 0)
		return -1;
	g->watching = true;
	stall_begin(g);
	if (write_out(g) < 0)
		return error_set(err, ERR_NETWORK, "the connection broke (%s)", strerror(errno));
	return 0;
}

int grpc_start(struct loop *l, const struct grpc_call *call, struct grpc **ret, struct error *err)
{
	struct grpc *g = calloc(1, sizeof *g);
	if (g == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a call");
	*g = (struct grpc){ .watch = { .fd = call->fd, .ready = socket_ready },
			    .loop = l,
			    .stall = { .fire = stall_fired },
			    .call = *call,
			    .out = buf_max(1 * MIB),
			    .in = buf_max(GRPC_MESSAGE_MAX + 1 * MIB),
			    .status = GRPC_BROKEN };
	loop_timer_add(l, &g->stall);
	if (put_prefixed(g, call->request, err) < 0 || open_session(g, err) < 0 ||
	    open_connection(g, err) < 0) {
		grpc_free(g);
		return -1;
	}
	/* They are the caller's; nothing reads them any more. */
	g->call.request = bytes_of(NULL, 0);
	g->call.path = g->call.space = NULL;
	*ret = g;
	return 0;
}

void grpc_free(struct grpc *g)
{
	if (g == NULL)
		return;
	if (g->watching)
		loop_unwatch(g->loop, &g->watch);
	loop_timer_remove(g->loop, &g->stall);
	nghttp2_session_del(g->session);
	buf_free(&g->request);
	buf_free(&g->out);
	buf_free(&g->in);
	free(g);
}
