#include "enforce/protocol.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

union one_descriptor {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int packet_send(int sock, const void *p, size_t n, int fd, struct error *err)
{
	union one_descriptor control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)p, n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	if (fd >= 0) {
		m.msg_control = control.space;
		m.msg_controllen = sizeof control.space;
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	ssize_t sent;
	do
		sent = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return error_errno(err, "cannot send to the other role");
	return 0;
}

/* The descriptor that came along, -1 for none. Two cannot come: the space is for
 * one, and the kernel closes the rest. */
static int descriptor_of(struct msghdr *m)
{
	int fd = -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof fd))
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

int packet_receive(int sock, void *p, size_t n, int *ret_fd, struct error *err)
{
	union one_descriptor control = { 0 };
	struct iovec iov = { p, n };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.space,
			    .msg_controllen = sizeof control.space };
	ssize_t got;
	do
		got = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_errno(err, "cannot receive from the other role");
	cleanup_close int fd = descriptor_of(&m);
	if (got == 0)
		return 0;
	if ((size_t)got != n || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return error_set(err, ERR_PROTOCOL, "the other role sent %zd bytes instead of %zu",
				 got, n);
	*ret_fd = fd_take(&fd);
	return 1;
}
