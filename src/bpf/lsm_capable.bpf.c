/* lsm/capable: called when a task's capabilities would do. It is the only hook of
 * some system calls; their items are decided here and are not the ceiling's. */
#include "bpf/decide.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define CAP_DAC_READ_SEARCH 2
#define CAP_SYS_RAWIO 17
#define CAP_SYS_PTRACE 19
#define CAP_SYS_ADMIN 21
#define CAP_OPT_NOAUDIT 2

/* What runtimes give by default (moby profiles, containerd's defaults): CHOWN,
 * DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE,
 * NET_RAW, SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP. */
#define CEILING                                                                                    \
	(1ULL << 0 | 1ULL << 1 | 1ULL << 3 | 1ULL << 4 | 1ULL << 5 | 1ULL << 6 | 1ULL << 7 |       \
	 1ULL << 8 | 1ULL << 10 | 1ULL << 13 | 1ULL << 18 | 1ULL << 27 | 1ULL << 29 | 1ULL << 31)

static __always_inline enum guard_item item_of_ceiling(int cap, int options,
						       struct user_namespace *ns)
{
	const struct guard_settings *set = guard_settings_get();

	/* ptrace and raw memory have items of their own; who only asks gets no event. */
	if (CEILING >> cap & 1 || cap == CAP_SYS_PTRACE || cap == CAP_SYS_RAWIO ||
	    (options & CAP_OPT_NOAUDIT))
		return ITEM_NONE;
	return set && READ(ns, ns.inum) == set->host_userns ? ITEM_CAPABILITY : ITEM_NONE;
}

static __always_inline enum guard_item item_of_capability(int cap, int options,
							  struct user_namespace *ns)
{
	switch (syscall_kind()) {
	case SYSCALL_MOUNT:
		return cap == CAP_SYS_ADMIN ? ITEM_MOUNT : ITEM_NONE;
	case SYSCALL_SETNS:
		return cap == CAP_SYS_ADMIN ? ITEM_SETNS : ITEM_NONE;
	case SYSCALL_HANDLE:
		return ITEM_FILE_HANDLE;
	case SYSCALL_PORT:
		return ITEM_RAW_MEMORY;
	case SYSCALL_OTHER:
		return item_of_ceiling(cap & 63, options, ns);
	default:
		return ITEM_NONE; /* has a hook */
	}
}

/* File systems do their own work under their mounter's credentials: that is not the
 * task's. */
SEC("lsm/capable")
int BPF_PROG(guard_capable, const struct cred *cred, struct user_namespace *ns, int cap,
	     unsigned int options)
{
	struct guard_fact f = LSM_FACT(ITEM_NONE);
	struct guard_who w = {};

	if (!who_current(&w) || READ(task_current(), real_cred) != cred)
		return 0;
	f.item = (__u8)item_of_capability(cap, (int)options, ns);
	f.op = (__u32)cap;
	return f.item != ITEM_NONE && deny(&f, &w) ? -EPERM : 0;
}
