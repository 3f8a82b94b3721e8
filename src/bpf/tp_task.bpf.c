/* tp_btf/task_newtask, raw_tp/sched_process_exit: the label is inherited, by
 * threads and io_uring's workers, too, and ends with its task. */
#include "bpf/creds.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define CLONE_THREAD 0x10000

static __always_inline void stray_inherit(struct task_struct *child, __u64 cgroup)
{
	__u32 parent = (__u32)(bpf_get_current_pid_tgid() >> 32), tgid = (__u32)READ(child, tgid);

	if (bpf_map_lookup_elem(&strays, &parent) &&
	    bpf_map_update_elem(&strays, &tgid, &cgroup, BPF_ANY))
		COUNT(map_full);
}

static __always_inline void creds_inherit(struct task_struct *child)
{
	struct guard_creds *from =
		bpf_task_storage_get(&creds, bpf_get_current_task_btf(), NULL, 0);
	struct guard_creds *to;

	if (!from)
		return;
	to = bpf_task_storage_get(&creds, child, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (to)
		*to = *from;
	else
		COUNT_FAILED(HELPER_TASK_STORAGE);
}

/* A child may be made in another cgroup (CLONE_INTO_CGROUP). */
static __always_inline void cgroup_check(struct task_struct *child, const struct guard_who *w)
{
	struct guard_fact f = { .item = ITEM_CGROUP_LEAVE,
				.backend = BACKEND_TP_KILL,
				.task = child };
	__u32 tgid = (__u32)READ(child, tgid);
	__u64 cgroup = w->cgroup;

	if (!cgroup || cgroup_below(task_cgroup(child), cgroup) ||
	    bpf_map_lookup_elem(&strays, &tgid))
		return;
	if (bpf_map_update_elem(&strays, &tgid, &cgroup, BPF_ANY))
		COUNT(map_full);
	observe(&f, w);
}

static __always_inline void fork_tell(struct task_struct *child, const struct guard_who *w)
{
	struct guard_fact f = { .type = EVENT_FORK, .item = ITEM_NONE, .task = child };

	f.cgroup = w->cgroup;
	f.container = w->container;
	event_send(&f);
}

SEC("tp_btf/task_newtask")
int BPF_PROG(guard_newtask, struct task_struct *child, unsigned long flags)
{
	struct guard_label *l = label_current(), *own;
	struct guard_who w = {};

	if (!l)
		return 0;
	own = bpf_task_storage_get(&labels, child, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!own) {
		COUNT_FAILED(HELPER_TASK_STORAGE);
		return 0;
	}
	*own = *l;
	who_of_label(&w, l);
	creds_check(l, &w, false);
	creds_inherit(child);
	if (flags & CLONE_THREAD)
		return 0;
	stray_inherit(child, l->cgroup);
	cgroup_check(child, &w);
	if (event_wanted(EVENT_FORK))
		fork_tell(child, &w);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int guard_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct guard_label *l = label_current();
	struct task_struct *t = task_current();
	struct guard_fact f = { .type = EVENT_EXIT, .item = ITEM_NONE };
	struct guard_who w = {};
	__u32 tgid;

	if (!l)
		return 0;
	who_of_label(&w, l);
	creds_check(l, &w, false);
	if (READ(t, signal, live.counter) > 0)
		return 0;
	tgid = (__u32)READ(t, tgid);
	bpf_map_delete_elem(&strays, &tgid);
	f.cgroup = w.cgroup;
	f.container = w.container;
	if (event_wanted(EVENT_EXIT))
		event_send(&f);
	return 0;
}
