/* raw_tp/io_uring_create: what goes through a ring is seen by no system call. */
#include "bpf/decide.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("raw_tp/io_uring_create")
int guard_io_uring(struct bpf_raw_tracepoint_args *ctx)
{
	struct guard_fact f = { .item = ITEM_IO_URING, .backend = BACKEND_TP_KILL };
	struct guard_who w = {};

	if (who_current(&w))
		observe(&f, &w);
	return 0;
}
