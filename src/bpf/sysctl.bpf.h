/* sysctl: which item a write to a setting below /proc/sys is, by its name there
 * ("kernel/core_pattern"). */
#ifndef CORTEN_BPF_SYSCTL_H
#define CORTEN_BPF_SYSCTL_H

#include "bpf/label.bpf.h"
#include "bpf/text.bpf.h"

enum { SYSCTL_NAME = 40 };

/* What each IPC, UTS, PID or user namespace has of its own. */
static __always_inline bool sysctl_is_namespaced(const char *n)
{
	if (TEXT_BEGINS(n, "kernel/"))
		return TEXT_BEGINS(n + 7, "shm") || TEXT_BEGINS(n + 7, "msg") ||
		       TEXT_IS(n + 7, "sem") || TEXT_IS(n + 7, "hostname") ||
		       TEXT_IS(n + 7, "domainname") || TEXT_IS(n + 7, "ns_last_pid");
	return TEXT_BEGINS(n, "fs/mqueue/") || TEXT_BEGINS(n, "user/");
}

static __always_inline enum guard_item item_of_sysctl(const char *n, const struct guard_who *w)
{
	if (TEXT_IS(n, "kernel/core_pattern") || TEXT_IS(n, "kernel/core_pipe_limit"))
		return ITEM_CORE_PATTERN;
	if (TEXT_IS(n, "kernel/modprobe") || TEXT_IS(n, "kernel/hotplug") ||
	    TEXT_IS(n, "kernel/poweroff_cmd"))
		return ITEM_MODPROBE;
	if (TEXT_IS(n, "kernel/sysrq"))
		return ITEM_SYSRQ;
	if (TEXT_BEGINS(n, "fs/binfmt_misc/"))
		return ITEM_BINFMT_MISC;
	if (TEXT_BEGINS(n, "net/"))
		return w->flags & CONTAINER_HOST_NET ? ITEM_PROC_SYS : ITEM_NONE;
	return sysctl_is_namespaced(n) ? ITEM_NONE : ITEM_PROC_SYS;
}

#endif
