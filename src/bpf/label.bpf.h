/* label: who a task is. A label sticks to a task from the container's first own
 * exec on and is inherited at fork; leaving the cgroup does not take it off. */
#ifndef CORTEN_BPF_LABEL_H
#define CORTEN_BPF_LABEL_H

#include "bpf/event.bpf.h"

/* What a decision needs to know of the one who acts. */
struct guard_who {
	__u64 cgroup;
	__u32 container, policy;
	__u32 flags; /* enum guard_container_flag */
	__u32 label; /* enum guard_label_flag */
	__u32 root_dev;
	__u32 zero;
};

enum { CGROUP_LEVELS = 12 };

/* The outermost guarded cgroup around the current task: a container started
 * inside a container is that container's. */
static __noinline __u64 label_find(void)
{
	for (int level = 1; level < CGROUP_LEVELS; level++) {
		__u64 id = bpf_get_current_ancestor_cgroup_id(level);

		if (!id)
			return 0;
		if (bpf_map_lookup_elem(&containers, &id))
			return id;
	}
	return 0;
}

static __always_inline bool who_of_cgroup(struct guard_who *w, __u64 cgroup, __u32 policy)
{
	struct guard_container *c = bpf_map_lookup_elem(&containers, &cgroup);
	struct guard_start *start = bpf_map_lookup_elem(&started, &cgroup);

	w->cgroup = cgroup;
	w->policy = policy;
	if (c) {
		w->container = c->id;
		w->policy = c->policy;
		w->flags = c->flags;
		w->root_dev = c->root_dev;
	}
	if (start) {
		w->flags |= start->flags;
		if (!w->root_dev)
			w->root_dev = start->root_dev;
	}
	return c != NULL;
}

static __always_inline void who_of_label(struct guard_who *w, const struct guard_label *l)
{
	if (!who_of_cgroup(w, l->cgroup, l->policy))
		w->container = l->container;
	w->label = l->flags;
}

static __always_inline bool task_is_agent(void)
{
	const struct guard_settings *set = guard_settings_get();

	return set && set->agent_tgid &&
	       set->agent_tgid == (__u32)(bpf_get_current_pid_tgid() >> 32);
}

static __always_inline struct guard_label *label_current(void)
{
	return bpf_task_storage_get(&labels, bpf_get_current_task_btf(), NULL, 0);
}

/* The current task, if it is labelled: for the hooks of escapes. */
static __always_inline bool who_current(struct guard_who *w)
{
	struct guard_label *l = label_current();

	if (!l)
		return false;
	who_of_label(w, l);
	return true;
}

/* The same, or the node itself, if it has rules: for the hooks of files. */
static __always_inline bool who_current_or_host(struct guard_who *w)
{
	if (who_current(w))
		return true;
	if (!who_of_cgroup(w, 0, 0))
		return false;
	w->label = LABEL_FROM_IMAGE; /* of the node's programs the inode alone tells */
	return !task_is_agent();
}

/* The runtime's own stages run in the container's cgroup, some of them already in
 * its namespaces; its programs come from the host's mount namespace or a memfd. A
 * task is the container's from its first exec there on. */
static __always_inline bool in_own_mounts(void)
{
	const struct guard_settings *set = guard_settings_get();

	return set && task_mntns(task_current()) != set->host_mntns;
}

/* Who the task will be after the exec that goes on now. */
static __always_inline bool who_at_exec(struct guard_who *w)
{
	__u64 cgroup;

	if (who_current(w))
		return true;
	if (!in_own_mounts())
		return false;
	cgroup = label_find();
	if (!cgroup)
		return false;
	who_of_cgroup(w, cgroup, 0);
	if (!w->root_dev)
		w->root_dev = READ(task_root(task_current()), s_dev);
	return true;
}

/* For programs of cgroups, which cannot read the storage of tasks: the container
 * counts from its first own exec on. */
static __always_inline bool who_by_cgroup(struct guard_who *w)
{
	__u32 tgid = (__u32)READ(task_current(), tgid);
	__u64 *stray = bpf_map_lookup_elem(&strays, &tgid), cgroup;

	if (stray)
		return who_of_cgroup(w, *stray, 0);
	if (!in_own_mounts())
		return false;
	cgroup = label_find();
	if (!cgroup || !bpf_map_lookup_elem(&started, &cgroup))
		return false;
	return who_of_cgroup(w, cgroup, 0);
}

#endif
