/* cgroup/connect and cgroup/sendmsg: the runtime's ports, clouds' metadata. */
#include "bpf/address.bpf.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline int connection(struct guard_fact *f, struct bpf_sock_addr *ctx, __u32 type)
{
	struct guard_who w = {};

	f->backend = BACKEND_CGROUP_BPF;
	f->port = bpf_ntohs((__u16)ctx->user_port);
	f->protocol = (__u16)ctx->protocol;
	f->family = (__u16)ctx->family;
	f->item = item_of_address(f);
	if ((f->item == ITEM_NONE && !type) || !who_by_cgroup(&w))
		return 1;
	if (f->item != ITEM_NONE && deny(f, &w))
		return 0;
	if (type)
		network_tell(f, &w, type);
	return 1;
}

static __always_inline int connection4(struct bpf_sock_addr *ctx, __u32 type)
{
	struct guard_fact f = {};

	address_v4(&f, ctx->user_ip4);
	return connection(&f, ctx, type);
}

static __always_inline int connection6(struct bpf_sock_addr *ctx, __u32 type)
{
	struct guard_fact f = {};
	__u32 word[4] = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] };

	__builtin_memcpy(f.address, word, sizeof(word));
	return connection(&f, ctx, type);
}

SEC("cgroup/connect4")
int guard_connect4(struct bpf_sock_addr *ctx)
{
	return connection4(ctx, EVENT_CONNECT);
}

SEC("cgroup/connect6")
int guard_connect6(struct bpf_sock_addr *ctx)
{
	return connection6(ctx, EVENT_CONNECT);
}

SEC("cgroup/sendmsg4")
int guard_sendmsg4(struct bpf_sock_addr *ctx)
{
	return connection4(ctx, 0);
}

SEC("cgroup/sendmsg6")
int guard_sendmsg6(struct bpf_sock_addr *ctx)
{
	return connection6(ctx, 0);
}
