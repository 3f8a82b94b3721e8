/* cgroup/sysctl: writes to host-wide settings. */
#include "bpf/decide.bpf.h"
#include "bpf/sysctl.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* The longest name that has an item of its own; the stack is small. */
enum { NAME_BYTES = 24 };

SEC("cgroup/sysctl")
int guard_sysctl(struct bpf_sysctl *ctx)
{
	struct guard_fact f = { .backend = BACKEND_CGROUP_BPF };
	struct guard_who w = {};
	char name[NAME_BYTES] = {};

	if (!ctx->write || !who_by_cgroup(&w))
		return 1;
	/* A name that is cut is told by its beginning by the comparisons below. */
	f.cut = bpf_sysctl_get_name(ctx, name, sizeof(name), 0) < 0;
	f.item = item_of_sysctl(name, &w);
	f.name = name;
	f.op = FILE_OP_WRITE;
	return f.item == ITEM_NONE || !deny(&f, &w);
}
