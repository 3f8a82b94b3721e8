/* cgroup/bind: what a container offers. */
#include "bpf/address.bpf.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline void bind_tell(struct guard_fact *f, struct bpf_sock_addr *ctx)
{
	struct guard_who w = {};

	f->port = bpf_ntohs((__u16)ctx->user_port);
	f->protocol = (__u16)ctx->protocol;
	f->family = (__u16)ctx->family;
	if (event_wanted(EVENT_BIND) && who_by_cgroup(&w))
		network_tell(f, &w, EVENT_BIND);
}

SEC("cgroup/bind4")
int guard_bind4(struct bpf_sock_addr *ctx)
{
	struct guard_fact f = {};

	address_v4(&f, ctx->user_ip4);
	bind_tell(&f, ctx);
	return 1;
}

SEC("cgroup/bind6")
int guard_bind6(struct bpf_sock_addr *ctx)
{
	struct guard_fact f = {};
	__u32 word[4] = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] };

	__builtin_memcpy(f.address, word, sizeof(word));
	bind_tell(&f, ctx);
	return 1;
}
