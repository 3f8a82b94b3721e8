/* iter/task: labels tasks that ran before the guard, with all their threads. */
#include "bpf/creds.bpf.h"
#include "bpf/origin.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct bpf_iter_meta;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};
#pragma clang attribute pop

static __always_inline void start_of(__u64 cgroup, struct task_struct *t)
{
	struct super_block *root = task_root(t);
	struct guard_start start = {};

	start.root_dev = READ(root, s_dev);
	if (READ(root, s_magic) != MAGIC_OVERLAY)
		start.flags = CONTAINER_NO_LAYERS;
	/* Another task of the container may have been first. */
	bpf_map_update_elem(&started, &cgroup, &start, BPF_NOEXIST);
}

/* What its program is: it was run before anybody looked, or by an earlier agent's time. */
static __always_inline void program_of(struct guard_label *l, struct task_struct *t)
{
	struct inode *inode = READ(t, mm, exe_file, f_inode);
	struct guard_who w = {};

	who_of_label(&w, l);
	if (inode)
		label_program(l, &w, inode, origin_of(inode, &w));
}

SEC("iter/task")
int guard_relabel(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	struct guard_label *from, *l;
	struct guard_creds *c;
	__u32 tgid;

	if (!t)
		return 0;
	tgid = (__u32)READ(t, tgid);
	from = bpf_map_lookup_elem(&relabel, &tgid);
	if (!from)
		return 0;
	l = bpf_task_storage_get(&labels, t, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	c = bpf_task_storage_get(&creds, t, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!l || !c) {
		COUNT_FAILED(HELPER_TASK_STORAGE);
		return 0;
	}
	l->container = from->container;
	l->policy = from->policy;
	l->cgroup = from->cgroup;
	__sync_fetch_and_or(&l->flags, from->flags);
	creds_note(c, t);
	start_of(l->cgroup, t);
	program_of(l, t);
	return 0;
}
