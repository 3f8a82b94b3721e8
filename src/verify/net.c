/* Sockets: raw ones, the runtime's, where it leads out. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "verify/attack.h"

/* Nobody listens: all that is asked is whether it was let through. */
static int passed(int result)
{
	if (result >= 0)
		return ATTACK_HAPPENED;
	return errno == EPERM || errno == EACCES ? -errno : ATTACK_HAPPENED;
}

static int make(int family, int type, int protocol)
{
	return passed(socket(family, type, protocol));
}

static int packet(void)
{
	return make(AF_PACKET, SOCK_RAW, 0);
}

static int vsock(void)
{
	return make(AF_VSOCK, SOCK_STREAM, 0);
}

static int crypto(void)
{
	return make(AF_ALG, SOCK_SEQPACKET, 0);
}

static int raw_internet(void)
{
	return make(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int connect_to(const char *address, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (s < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1)
		return -errno;
	return passed(connect(s, (struct sockaddr *)&to, sizeof(to)));
}

static int connect_mapped(const char *address, uint16_t port)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int s = socket(AF_INET6, SOCK_STREAM, 0);

	if (s < 0)
		return attack_absent("no IPv6 here");
	if (inet_pton(AF_INET6, address, &to.sin6_addr) != 1)
		return -EINVAL;
	return passed(connect(s, (struct sockaddr *)&to, sizeof(to)));
}

static int docker_port(void)
{
	return connect_to("127.0.0.1", 2375);
}

static int kubelet_port_mapped(void)
{
	return connect_mapped("::ffff:127.0.0.1", 10250);
}

static int metadata(void)
{
	return connect_to("169.254.169.254", 80);
}

static int metadata_datagram(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(53) };
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	if (s < 0 || inet_pton(AF_INET, "169.254.169.254", &to.sin_addr) != 1)
		return -errno;
	return passed((int)sendto(s, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)));
}

static int metadata_fast_open(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(80) };
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (s < 0 || inet_pton(AF_INET, "169.254.169.254", &to.sin_addr) != 1)
		return -errno;
	return passed((int)sendto(s, "x", 1, MSG_FASTOPEN | MSG_DONTWAIT, (struct sockaddr *)&to,
				  sizeof(to)));
}

static socklen_t unix_address(struct sockaddr_un *a, const char *name, size_t n)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(a->sun_path, name, n);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

static int listen_unix(const char *name, size_t n)
{
	struct sockaddr_un a;
	socklen_t length = unix_address(&a, name, n);
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	if (s < 0 || bind(s, (struct sockaddr *)&a, length) != 0 || listen(s, 100) != 0)
		return -errno;
	return 0;
}

static int connect_unix(const char *name, size_t n)
{
	struct sockaddr_un a;
	socklen_t length = unix_address(&a, name, n);
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	return connect(s, (struct sockaddr *)&a, length) == 0 ? ATTACK_HAPPENED : -errno;
}

#define RUNTIME_SOCKET "/vol/docker.sock"

int attack_listen(void)
{
	(void)unlink(RUNTIME_SOCKET);
	return listen_unix(RUNTIME_SOCKET, sizeof(RUNTIME_SOCKET));
}

int attack_connect(const char *path)
{
	if (access(path, F_OK) != 0 || strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return attack_absent("no such socket here");
	return connect_unix(path, strlen(path) + 1);
}

static int runtime_socket(void)
{
	return connect_unix(RUNTIME_SOCKET, sizeof(RUNTIME_SOCKET));
}

static int other_socket(void)
{
	const char *name = fresh_name("/vol");
	int failed = listen_unix(name, strlen(name) + 1);

	return failed ? failed : connect_unix(name, strlen(name) + 1);
}

static int shim_socket(void)
{
	static const char name[] = "\0/containerd-shim/attack.sock";
	int failed = listen_unix(name, sizeof(name) - 1);

	return failed ? failed : connect_unix(name, sizeof(name) - 1);
}

const struct attack attacks_net[] = {
	{ "raw-socket", packet },
	{ "raw-socket/vsock", vsock },
	{ "raw-socket/crypto", crypto },
	{ "raw-socket/inet", raw_internet },
	{ "runtime-port", docker_port },
	{ "runtime-port/mapped", kubelet_port_mapped },
	{ "metadata", metadata },
	{ "metadata/datagram", metadata_datagram },
	{ "metadata/fast-open", metadata_fast_open },
	{ "runtime-socket", runtime_socket },
	{ "other-socket", other_socket },
	{ "shim-socket", shim_socket },
	{ NULL, NULL },
};
