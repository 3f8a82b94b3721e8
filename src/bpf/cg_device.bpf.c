/* cgroup/dev: devices, opened, mounted or made. */
#include "bpf/decide.bpf.h"
#include "bpf/device.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("cgroup/dev")
int guard_device(struct bpf_cgroup_dev_ctx *ctx)
{
	struct guard_fact f = { .backend = BACKEND_CGROUP_BPF };
	struct guard_who w = {};
	bool block = (ctx->access_type & 0xffff) == BPF_DEVCG_DEV_BLOCK;

	if (ctx->access_type >> 16 & BPF_DEVCG_ACC_MKNOD)
		f.item = ITEM_MKNOD;
	else
		f.item = item_of_device(block, ctx->major, ctx->minor);
	if (f.item == ITEM_NONE || !who_by_cgroup(&w))
		return 1;
	f.op = ctx->major << 20 | ctx->minor;
	return !deny(&f, &w);
}
