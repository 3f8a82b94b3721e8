#include "enforce/protocol.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

union descriptors {
	char space[CMSG_SPACE(PACKET_FDS * sizeof(int))];
	struct cmsghdr align;
};

int packet_send(int sock, const void *p, size_t n, const int fd[static PACKET_FDS],
		struct error *err)
{
	union descriptors control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)p, n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	size_t count = fd[0] < 0 ? 0 : fd[1] < 0 ? 1 : 2;
	if (count > 0) {
		m.msg_control = control.space;
		m.msg_controllen = CMSG_SPACE(count * sizeof fd[0]);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof fd[0]);
		memcpy(CMSG_DATA(c), fd, count * sizeof fd[0]);
	}
	ssize_t sent;
	do
		sent = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return error_errno(err, "cannot send to the other role");
	return 0;
}

/* The descriptors that came along. More cannot: the space is for two, and the kernel
 * closes the rest. */
static void descriptors_of(struct msghdr *m, int ret[static PACKET_FDS])
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	ret[0] = ret[1] = -1;
	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return;
	for (size_t i = 0; i < PACKET_FDS && c->cmsg_len >= CMSG_LEN((i + 1) * sizeof ret[0]); i++)
		memcpy(&ret[i], CMSG_DATA(c) + i * sizeof ret[0], sizeof ret[0]);
}

int packet_receive(int sock, void *p, size_t n, int ret_fd[static PACKET_FDS], struct error *err)
{
	union descriptors control = { 0 };
	struct iovec iov = { p, n };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.space,
			    .msg_controllen = sizeof control.space };
	ssize_t got;
	int fd[PACKET_FDS];
	do
		got = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_errno(err, "cannot receive from the other role");
	descriptors_of(&m, fd);
	cleanup_close int first = fd[0], second = fd[1];
	if (got == 0)
		return 0;
	if ((size_t)got != n || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return error_set(err, ERR_PROTOCOL, "the other role sent %zd bytes instead of %zu",
				 got, n);
	ret_fd[0] = fd_take(&first);
	ret_fd[1] = fd_take(&second);
	return 1;
}
