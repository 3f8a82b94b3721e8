#include "ipc/ipc.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHANNEL_READ = 64 * 1024, CHANNEL_WRITE = 64 * 1024, FRAME_HEADER = 8 };

void channel_init(struct channel *ch, int fd)
{
	*ch = (struct channel){ .fd = fd,
				.in = buf_max(2 * (LIMIT_FRAME_BYTES + CHANNEL_READ)),
				.out = buf_max(2 * (LIMIT_FRAME_BYTES + CHANNEL_WRITE)) };
}

void channel_free(struct channel *ch)
{
	buf_free(&ch->in);
	buf_free(&ch->out);
	ch->consumed = 0;
}

int channel_flush(struct channel *ch, struct error *err)
{
	if (ch->out.n > 0 && fd_write_full(ch->fd, ch->out.p, ch->out.n) < 0)
		return error_errno(err, "cannot write to the peer");
	ch->out.n = 0;
	return 0;
}

int channel_put(struct channel *ch, struct msg *m, struct error *err)
{
	if (frame_encode(m, &ch->out, err) < 0)
		return -1;
	return ch->out.n >= CHANNEL_WRITE ? channel_flush(ch, err) : 0;
}

/* Waits for input; 0, or -1 with ERR_WORKER_TIMEOUT. */
static int wait_readable(int fd, int timeout_ms, struct error *err)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	for (;;) {
		int n = poll(&p, 1, timeout_ms);
		if (n > 0)
			return 0;
		if (n == 0)
			return error_set(err, ERR_WORKER_TIMEOUT, "no answer within %d s",
					 timeout_ms / 1000);
		if (errno != EINTR)
			return error_errno(err, "poll");
	}
}

/* Reads more: 1, 0 at the end, -1. */
static int channel_fill(struct channel *ch, struct error *err)
{
	if (ch->consumed > 0) {
		memmove(ch->in.p, ch->in.p + ch->consumed, ch->in.n - ch->consumed);
		ch->in.n -= ch->consumed;
		ch->consumed = 0;
	}
	if (buf_reserve(&ch->in, CHANNEL_READ, err) < 0)
		return -1;
	ssize_t n;
	do
		n = read(ch->fd, ch->in.p + ch->in.n, CHANNEL_READ);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == ECONNRESET)
		return 0;
	if (n < 0)
		return error_errno(err, "cannot read from the peer");
	ch->in.n += (size_t)n;
	return n > 0;
}

int channel_next(struct channel *ch, struct msg_reader *ret, struct error *err)
{
	struct cursor c = cursor_of(bytes_sub(buf_view(&ch->in), ch->consumed, ch->in.n));
	struct error partial = { 0 };
	int got = frame_decode(&c, ret, &partial);
	if (got > 0)
		ch->consumed += c.at;
	if (got < 0 && partial.code == ERR_TRUNCATED)
		return 0;
	if (got < 0)
		*err = partial;
	return got;
}

int channel_pump(struct channel *ch, struct error *err)
{
	int more = channel_fill(ch, err);
	if (more == 0 && ch->in.n > ch->consumed)
		return error_set(err, ERR_TRUNCATED, "the stream ends inside a frame");
	return more;
}

int channel_get(struct channel *ch, int timeout_ms, struct msg_reader *ret, struct error *err)
{
	for (;;) {
		int got = channel_next(ch, ret, err);
		if (got != 0)
			return got;
		if (timeout_ms >= 0 && wait_readable(ch->fd, timeout_ms, err) < 0)
			return -1;
		int more = channel_pump(ch, err);
		if (more <= 0)
			return more;
	}
}

union fd_control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int))];
};

int fd_send(int sock, int fd, struct error *err)
{
	char byte = 'F';
	union fd_control control = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.space,
			    .msg_controllen = sizeof control.space };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	ssize_t n;
	do
		n = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : error_errno(err, "cannot send a descriptor");
}

int fd_receive(int sock, int *ret_fd, struct error *err)
{
	char byte = 0;
	union fd_control control = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.space,
			    .msg_controllen = sizeof control.space };
	ssize_t n;
	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "cannot receive a descriptor");
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (n != 1 || byte != 'F' || c == NULL || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(int)))
		return error_set(err, ERR_PROTOCOL, "the peer sent no descriptor");
	memcpy(ret_fd, CMSG_DATA(c), sizeof *ret_fd);
	return 0;
}
