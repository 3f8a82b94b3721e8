/* Other tasks, namespaces, cgroups. */
#include "bpf/decide.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define PTRACE_MODE_NOAUDIT 4
#define CLONE_INTO_CGROUP 0x200000000ULL

/* By label, not by namespace: a container that shares the host's processes is still
 * another one. */
SEC("lsm/ptrace_access_check")
int BPF_PROG(guard_ptrace, struct task_struct *child, unsigned int mode)
{
	struct guard_label *l = label_current(), *other;
	struct guard_fact f = LSM_FACT(ITEM_PTRACE, .op = mode);
	struct guard_who w = {};

	if (!l)
		return 0;
	other = bpf_task_storage_get(&labels, child, NULL, 0);
	if (other && other->cgroup == l->cgroup)
		return 0;
	who_of_label(&w, l);
	/* ps asks without being told no: it sees less, and nobody hears of it. */
	if (mode & PTRACE_MODE_NOAUDIT)
		return action_of(&w, ITEM_PTRACE) == GUARD_BLOCK ? -EPERM : 0;
	f.address[0] = 0;
	return deny(&f, &w) ? -EPERM : 0;
}

SEC("lsm/userns_create")
int BPF_PROG(guard_userns, const struct cred *cred)
{
	struct guard_fact f = LSM_FACT(ITEM_USER_NAMESPACE);
	struct guard_who w = {};

	return who_current(&w) && deny(&f, &w) ? -EPERM : 0;
}

/* Where the child shall be is not told here, only that it shall be elsewhere. */
SEC("lsm/task_alloc")
int BPF_PROG(guard_task_alloc, struct task_struct *task, unsigned long flags)
{
	struct guard_fact f = LSM_FACT(ITEM_CGROUP_LEAVE);
	struct guard_who w = {};

	if (!(flags & CLONE_INTO_CGROUP) || !who_current(&w))
		return 0;
	return deny(&f, &w) ? -EPERM : 0;
}
