/* cgroup/sock_create: raw sockets. It is asked for AF_INET and AF_INET6 alone. */
#include "bpf/decide.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define SOCK_RAW 3

SEC("cgroup/sock_create")
int guard_sock_create(struct bpf_sock *ctx)
{
	struct guard_fact f = { .item = ITEM_RAW_SOCKET, .backend = BACKEND_CGROUP_BPF };
	struct guard_who w = {};

	if (ctx->type != SOCK_RAW || !who_by_cgroup(&w))
		return 1;
	f.family = (__u16)ctx->family;
	f.protocol = (__u16)ctx->protocol;
	return !deny(&f, &w);
}
