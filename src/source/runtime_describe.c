/* What a runtime says of one container, for who cannot wait: within a time, whatever
 * the daemon does. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "source/runtime_internal.h"

/* connect(2) to a daemon that takes no calls would wait, too. */
static int connect_now(const struct runtime *rt, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", rt->socket);
	if (fd < 0)
		return error_errno(err, "socket");
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return error_errno(err, "cannot connect to %s", rt->socket);
	return fd_take(&fd);
}

static int left_ms(uint64_t deadline)
{
	uint64_t now = clock_monotonic_ns();
	return now >= deadline ? 0 : (int)((deadline - now + 999999) / 1000000);
}

static int read_until(int fd, uint64_t deadline, struct buf *out, struct error *err)
{
	uint8_t piece[16 * 1024];
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int ready = poll(&p, 1, left_ms(deadline));
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready == 0)
			return error_set(err, ERR_WORKER_TIMEOUT, "no answer in time");
		ssize_t n = ready < 0 ? -1 : read(fd, piece, sizeof piece);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? error_errno(err, "the answer of a runtime") : 0;
		if (buf_append(out, piece, (size_t)n, err) < 0)
			return -1;
	}
}

static int ask(struct fetch *f, const struct runtime *rt, enum fetch_kind kind, const char *space,
	       const char *target, uint64_t deadline, struct buf *ret, struct error *err)
{
	uint64_t id;
	int answer = -1;
	if (runtime_check_name(target, err) < 0)
		return -1;
	cleanup_close int fd = connect_now(rt, err);
	if (fd < 0)
		return -1;
	struct fetch_question q = { .kind = (int)kind,
				    .space = space,
				    .target = target,
				    .size = FETCH_SIZE_UNKNOWN,
				    .max = ret->max,
				    .fd = fd };
	if (fetch_ask_open(f, &q, &answer, &id, err) < 0)
		return -1;
	int r = read_until(answer, deadline, ret, err);
	(void)close(answer);
	return r < 0 ? -1 : fetch_blob_result(f, id, err);
}

static void tell_labels(struct buf *answer, runtime_label_fn *label, void *ctx)
{
	struct cursor c = cursor_of(buf_view(answer));
	struct msg_reader m;
	while (runtime_next(&c, RUNTIME_LABEL, &m)) {
		struct bytes key = msg_get_bytes(&m), value = msg_get_bytes(&m);
		if (msg_finish(&m, NULL) == 0)
			label(ctx, key, value);
	}
}

/* The digest of its image's manifest or index; "" when it is gone meanwhile. */
static void add_digest(struct fetch *f, const struct runtime *rt, const char *space,
		       uint64_t deadline, struct runtime_container *c)
{
	cleanup_buf struct buf answer = buf_max(RUNTIME_REPLY_MAX);
	struct error ignored = { 0 };
	struct digest digest;
	struct msg_reader m;
	if (c->image[0] == '\0' ||
	    ask(f, rt, FETCH_CONTAINERD_IMAGE, space, c->image, deadline, &answer, &ignored) < 0)
		return;
	struct cursor at = cursor_of(buf_view(&answer));
	if (!runtime_next(&at, RUNTIME_IMAGE, &m))
		return;
	msg_get_digest(&m, &digest);
	digest_text(&digest, c->image_id);
}

int runtime_container_describe(struct fetch *f, const struct runtime *rt, const char *space,
			       const char *id, int timeout_ms, struct runtime_container *ret,
			       runtime_label_fn *label, void *ctx, struct error *err)
{
	uint64_t deadline = clock_monotonic_ns() + (uint64_t)timeout_ms * 1000000;
	cleanup_buf struct buf answer = buf_max(RUNTIME_REPLY_MAX);
	struct runtime_container c;
	bool containerd = rt->kind == SOURCE_CONTAINERD || rt->kind == SOURCE_CRI;
	enum fetch_kind kind = containerd ? FETCH_CONTAINERD_CONTAINER : FETCH_DOCKER_CONTAINER;
	if (ask(f, rt, kind, space, id, deadline, &answer, err) < 0)
		return error_wrap(err, "%s at %s", runtime_name(rt->kind), rt->socket);
	struct cursor at = cursor_of(buf_view(&answer));
	if (!runtime_container_next(&at, &c))
		return error_set(err, ERR_PROTOCOL, "%s: no word of %s", rt->socket, id);
	c.runtime = rt->kind;
	tell_labels(&answer, label, ctx);
	if (containerd)
		add_digest(f, rt, space, deadline, &c);
	*ret = c;
	return 0;
}
