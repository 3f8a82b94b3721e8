#include "source/sink.h"

#include <errno.h>
#include <fcntl.h>

static void sink_ready(struct loop_watch *w, uint32_t events);

int sink_open(struct sink *s, struct loop *l, int fd, void (*changed)(struct sink *s),
	      struct error *err)
{
	*s = (struct sink){
		.watch = { .fd = fd, .ready = sink_ready },
		.loop = l,
		.pending = buf_max(2 * LIMIT_MANIFEST_BYTES),
		.changed = changed,
	};
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		error_errno(err, "the pipe to the reader");
		sink_close(s);
		return -1;
	}
	/* Nothing to wait for yet but the reader's end. */
	return loop_watch(l, &s->watch, 0, err);
}

void sink_close(struct sink *s)
{
	if (s->watch.fd < 0)
		return;
	loop_unwatch(s->loop, &s->watch);
	(void)close(s->watch.fd);
	s->watch.fd = -1;
	buf_free(&s->pending);
}

/* Writes what goes; the number of bytes. */
static size_t write_some(struct sink *s, struct bytes b)
{
	size_t done = 0;
	while (done < b.n) {
		ssize_t n = write(s->watch.fd, b.p + done, b.n - done);
		if (n > 0) {
			done += (size_t)n;
		} else if (errno != EINTR) {
			s->gone = errno != EAGAIN;
			break;
		}
	}
	return done;
}

bool sink_write(struct sink *s, struct bytes b)
{
	size_t done = sink_is_full(s) ? 0 : write_some(s, b);
	if (s->gone)
		return false;
	if (done == b.n)
		return true;
	if (buf_append(&s->pending, b.p + done, b.n - done, NULL) < 0)
		return false;
	loop_change(s->loop, &s->watch, EPOLLOUT);
	return true;
}

static void sink_ready(struct loop_watch *w, uint32_t events)
{
	struct sink *s = (struct sink *)w;
	struct bytes rest = bytes_sub(buf_view(&s->pending), s->written, s->pending.n);
	if ((events & (EPOLLERR | EPOLLHUP)) != 0)
		s->gone = true;
	else
		s->written += write_some(s, rest);
	if (!s->gone && s->written < s->pending.n)
		return;
	s->pending.n = s->written = 0;
	loop_change(s->loop, w, 0);
	s->changed(s);
}
