/* raw_tp/inet_sock_set_state: a socket that begins to listen. */
#include "bpf/address.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define TCP_LISTEN 10

SEC("raw_tp/inet_sock_set_state")
int guard_listen(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (void *)ctx->args[0];
	struct guard_fact f = {};
	struct guard_who w = {};

	if (ctx->args[2] != TCP_LISTEN || !event_wanted(EVENT_LISTEN) || !who_current(&w))
		return 0;
	f.port = READ(sk, __sk_common.skc_num);
	f.family = READ(sk, __sk_common.skc_family);
	f.protocol = READ(sk, sk_protocol);
	network_tell(&f, &w, EVENT_LISTEN);
	return 0;
}
