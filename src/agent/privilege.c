#include "agent/privilege.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const uint64_t kept[] = {
	[PRIVILEGE_PRIV] = 1ull << CAP_KILL,
	[PRIVILEGE_ENFORCE] = 1ull << CAP_BPF | 1ull << CAP_PERFMON | 1ull << CAP_SYS_ADMIN |
			      1ull << CAP_NET_ADMIN | 1ull << CAP_KILL | 1ull << CAP_SYS_RESOURCE |
			      1ull << CAP_DAC_OVERRIDE | 1ull << CAP_CHOWN | 1ull << CAP_FOWNER,
	/* SYS_ADMIN: fanotify marks on containers that are still to come. */
	[PRIVILEGE_SENSOR] = 1ull << CAP_DAC_READ_SEARCH | 1ull << CAP_SYS_PTRACE |
			     1ull << CAP_SYS_ADMIN | 1ull << CAP_SYS_NICE,
};

static int bounding_drop(uint64_t keep, struct error *err)
{
	for (int cap = 0; cap < 64; cap++) {
		if ((keep >> cap & 1) != 0 || prctl(PR_CAPBSET_READ, cap) != 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap) != 0)
			return error_errno(err, "cannot give up capability %d", cap);
	}
	return 0;
}

/* What the process has of them: a container's root has less than the node's. What
 * then cannot be done says so itself. */
static int permitted_get(uint64_t *ret, struct error *err)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };
	if (syscall(SYS_capget, &h, d) != 0)
		return error_errno(err, "cannot tell which capabilities there are");
	*ret = d[0].permitted | (uint64_t)d[1].permitted << 32;
	return 0;
}

int privilege_keep(enum privilege_role role, struct error *err)
{
	uint64_t have;
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };
	if (permitted_get(&have, err) != 0)
		return -1;
	uint64_t keep = kept[role] & have;
	/* The roles that priv starts need what it has: it only lays it down. */
	bool parent = role == PRIVILEGE_PRIV;
	for (unsigned i = 0; i < 2; i++)
		d[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(keep >> (32 * i)),
			.permitted = (uint32_t)((parent ? have : keep) >> (32 * i)),
		};
	if (!parent && bounding_drop(keep, err) != 0)
		return -1;
	if (syscall(SYS_capset, &h, d) != 0)
		return error_errno(err, "cannot give up capabilities");
	if (!parent && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_errno(err, "cannot give up new privileges");
	return 0;
}
