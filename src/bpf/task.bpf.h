/* task: what the programs ask of the current task, by reads that every kind of
 * program may do. */
#ifndef CORTEN_BPF_TASK_H
#define CORTEN_BPF_TASK_H

#include "bpf/counters.bpf.h"

static __always_inline struct task_struct *task_current(void)
{
	return (void *)bpf_get_current_task();
}

static __always_inline __u32 task_mntns(struct task_struct *t)
{
	return READ(t, nsproxy, mnt_ns, ns.inum);
}

/* The file system of the task's root. Taken at a container's first own exec, when
 * the runtime has just set it, by pivot_root or chroot. */
static __always_inline struct super_block *task_root(struct task_struct *t)
{
	return READ(t, fs, root.mnt, mnt_sb);
}

static __always_inline __u32 task_ns_pid(struct task_struct *t)
{
	struct pid *pid = READ(t, group_leader, thread_pid);
	__u32 level = READ(pid, level), nr = 0;
	unsigned long at = bpf_core_field_offset(struct pid, numbers) +
			   (unsigned long)level * bpf_core_type_size(struct upid);

	bpf_probe_read_kernel(&nr, sizeof(nr), (void *)pid + at);
	return nr;
}

static __always_inline __u64 cred_permitted(const struct cred *c)
{
	__u64 caps = 0;

	bpf_core_read(&caps, sizeof(caps), &c->cap_permitted);
	return caps;
}

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	struct kernfs_node___from_6_15 *now = (void *)kn;

	if (bpf_core_field_exists(now->__parent))
		return READ(now, __parent);
	return READ(kn, parent);
}

/* Whether the cgroup of kn is the one named by id, or below it. */
static __always_inline bool cgroup_below(struct kernfs_node *kn, __u64 id)
{
	for (int i = 0; i < 24 && kn; i++) {
		if (READ(kn, id) == id)
			return true;
		kn = kernfs_parent(kn);
	}
	return false;
}

static __always_inline struct kernfs_node *task_cgroup(struct task_struct *t)
{
	return READ(t, cgroups, dfl_cgrp, kn);
}

/* System calls by which a hook that serves many tells which it is. Their number
 * is the kernel's own record of how it was entered, not an argument. */
enum syscall_kind {
	SYSCALL_OTHER,
	SYSCALL_EXEC,
	SYSCALL_MOUNT, /* of the new mount calls, those that no other hook sees */
	SYSCALL_SETNS,
	SYSCALL_HANDLE,
	SYSCALL_KEY,
	SYSCALL_PORT,
	SYSCALL_BPF,
	SYSCALL_PERF,
	SYSCALL_KEXEC,
	SYSCALL_MODULE,
	SYSCALL_MKNOD,
	SYSCALL_IO_URING,
	SYSCALL_MOUNT_HOOKED, /* mount, umount2, pivot_root, move_mount: have hooks */
};

#if defined(__TARGET_ARCH_x86)
/* arch/x86/entry/syscalls/syscall_32.tbl, where the numbers differ. */
static __always_inline enum syscall_kind syscall_kind_32(unsigned long number)
{
	switch (number) {
	case 11: /* execve */
	case 358: /* execveat */
		return SYSCALL_EXEC;
	case 21: /* mount */
	case 22: /* umount */
	case 52: /* umount2 */
	case 217: /* pivot_root */
		return SYSCALL_MOUNT_HOOKED;
	case 346:
		return SYSCALL_SETNS;
	case 342:
		return SYSCALL_HANDLE;
	case 286: /* add_key */
	case 287: /* request_key */
	case 288: /* keyctl */
		return SYSCALL_KEY;
	case 101: /* ioperm */
	case 110: /* iopl */
		return SYSCALL_PORT;
	}
	return SYSCALL_OTHER;
}

static __always_inline enum syscall_kind syscall_kind(void)
{
	struct task_struct *t = bpf_get_current_task_btf();
	struct pt_regs *regs = (void *)bpf_task_pt_regs(t);

	if ((READ(t, thread_info.status) & 2) && READ(regs, orig_ax) < 424) /* TS_COMPAT */
		return syscall_kind_32(READ(regs, orig_ax));
	switch (READ(regs, orig_ax)) {
	case 59: /* execve */
	case 322: /* execveat */
		return SYSCALL_EXEC;
	case 428: /* open_tree */
	case 430: /* fsopen */
	case 433: /* fspick */
	case 442: /* mount_setattr */
		return SYSCALL_MOUNT;
	case 155: /* pivot_root */
	case 165: /* mount */
	case 166: /* umount2 */
	case 429: /* move_mount */
	case 431: /* fsconfig */
	case 432: /* fsmount */
		return SYSCALL_MOUNT_HOOKED;
	case 308:
		return SYSCALL_SETNS;
	case 304:
		return SYSCALL_HANDLE;
	case 248: /* add_key */
	case 249: /* request_key */
	case 250: /* keyctl */
		return SYSCALL_KEY;
	case 172: /* iopl */
	case 173: /* ioperm */
		return SYSCALL_PORT;
	case 321:
		return SYSCALL_BPF;
	case 298:
		return SYSCALL_PERF;
	case 246: /* kexec_load */
	case 320: /* kexec_file_load */
		return SYSCALL_KEXEC;
	case 175: /* init_module */
	case 176: /* delete_module */
	case 313: /* finit_module */
		return SYSCALL_MODULE;
	case 133: /* mknod */
	case 259: /* mknodat */
		return SYSCALL_MKNOD;
	case 425: /* io_uring_setup */
		return SYSCALL_IO_URING;
	}
	return SYSCALL_OTHER;
}
#elif defined(__TARGET_ARCH_arm64)
static __always_inline enum syscall_kind syscall_kind(void)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());

	switch (READ(regs, syscallno)) {
	case 221: /* execve */
	case 281: /* execveat */
		return SYSCALL_EXEC;
	case 428: /* open_tree */
	case 430: /* fsopen */
	case 433: /* fspick */
	case 442: /* mount_setattr */
		return SYSCALL_MOUNT;
	case 41: /* pivot_root */
	case 40: /* mount */
	case 39: /* umount2 */
	case 429: /* move_mount */
	case 431: /* fsconfig */
	case 432: /* fsmount */
		return SYSCALL_MOUNT_HOOKED;
	case 268:
		return SYSCALL_SETNS;
	case 265:
		return SYSCALL_HANDLE;
	case 217: /* add_key */
	case 218: /* request_key */
	case 219: /* keyctl */
		return SYSCALL_KEY;
	case 280:
		return SYSCALL_BPF;
	case 241:
		return SYSCALL_PERF;
	case 104: /* kexec_load */
	case 294: /* kexec_file_load */
		return SYSCALL_KEXEC;
	case 105: /* init_module */
	case 106: /* delete_module */
	case 273: /* finit_module */
		return SYSCALL_MODULE;
	case 33: /* mknodat */
		return SYSCALL_MKNOD;
	case 425: /* io_uring_setup */
		return SYSCALL_IO_URING;
	}
	return SYSCALL_OTHER;
}
#endif

#endif
