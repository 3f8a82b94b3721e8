/* Sockets: raw ones, the runtime's ports, clouds' metadata. */
#include "bpf/address.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define AF_PACKET 17
#define AF_ALG 38
#define AF_VSOCK 40
#define SOCK_RAW 3

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct msghdr {
	void *msg_name;
	int msg_namelen;
};
#pragma clang attribute pop

SEC("lsm/socket_create")
int BPF_PROG(guard_socket_create, int family, int type, int protocol, int kernel)
{
	struct guard_fact f = LSM_FACT(ITEM_RAW_SOCKET);
	struct guard_who w = {};
	bool raw = (family == AF_INET || family == AF_INET6) && (type & 0xf) == SOCK_RAW;

	if (kernel || !(raw || family == AF_PACKET || family == AF_ALG || family == AF_VSOCK))
		return 0;
	f.family = (__u16)family;
	f.protocol = (__u16)protocol;
	return who_current(&w) && deny(&f, &w) ? -EPERM : 0;
}

struct guard_sockaddr {
	__u16 family;
	__u16 port;
	__u32 v4; /* IPv6: flow */
	__u8 v6[16];
};

static __always_inline int connect_denied(struct socket *sock, void *address, int n)
{
	struct guard_fact f = LSM_FACT(ITEM_NONE);
	struct guard_sockaddr a = {};
	struct guard_who w = {};

	if (n < 8 || !who_current(&w))
		return 0;
	bpf_probe_read_kernel(&a, n < (int)sizeof(a) ? 8 : sizeof(a), address);
	if (a.family == AF_INET)
		address_v4(&f, a.v4);
	else if (a.family == AF_INET6)
		__builtin_memcpy(f.address, a.v6, sizeof(a.v6));
	else
		return 0;
	f.family = a.family;
	f.port = bpf_ntohs(a.port);
	f.protocol = READ(sock, sk, sk_protocol);
	f.item = (__u8)item_of_address(&f);
	return f.item != ITEM_NONE && deny(&f, &w) ? -EPERM : 0;
}

SEC("lsm/socket_connect")
int BPF_PROG(guard_socket_connect, struct socket *sock, struct sockaddr *address, int n)
{
	return connect_denied(sock, address, n) ? -EPERM : 0;
}

/* Datagrams name where they go; TCP Fast Open connects by sending. */
SEC("lsm/socket_sendmsg")
int BPF_PROG(guard_socket_sendmsg, struct socket *sock, struct msghdr *message)
{
	if (!message->msg_name)
		return 0;
	return connect_denied(sock, message->msg_name, message->msg_namelen) ? -EPERM : 0;
}
