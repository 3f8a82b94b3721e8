/* cgroup/sysctl: writes to host-wide settings. */
#include "bpf/decide.bpf.h"
#include "bpf/sysctl.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* The longest name that has an item of its own; the stack is small. */
enum { NAME_BYTES = 24 };

/* With a stack of its own, given back before the event is sent. */
static __noinline int item_of_name(const char *name, const struct guard_who *w)
{
	return item_of_sysctl(name, w);
}

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
	f.item = (__u8)item_of_name(name, &w);
	f.name = name;
	f.op = FILE_OP_WRITE;
	return f.item == ITEM_NONE || !deny(&f, &w);
}
