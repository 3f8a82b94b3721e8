#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The rights of newer kernels, which older headers do not name
 * (Documentation/userspace-api/landlock.rst). */
#define RIGHTS_ABI_1 ((UINT64_C(1) << 13) - 1)
#define RIGHT_REFER (UINT64_C(1) << 13)
#define RIGHT_TRUNCATE (UINT64_C(1) << 14)
#define RIGHT_IOCTL_DEV (UINT64_C(1) << 15)
#define NET_BIND_AND_CONNECT_TCP UINT64_C(3)
#define SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS UINT64_C(3)

/* struct landlock_ruleset_attr as of ABI 6; older kernels take a shorter one. */
struct ruleset_attr {
	uint64_t fs, net, scoped;
};

static struct ruleset_attr attr_for(long abi, bool network)
{
	struct ruleset_attr a = { .fs = RIGHTS_ABI_1 };
	if (abi >= 2)
		a.fs |= RIGHT_REFER;
	if (abi >= 3)
		a.fs |= RIGHT_TRUNCATE;
	if (abi >= 4 && !network)
		a.net = NET_BIND_AND_CONNECT_TCP;
	if (abi >= 5)
		a.fs |= RIGHT_IOCTL_DEV;
	if (abi >= 6)
		a.scoped = SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS;
	return a;
}

static size_t attr_size(long abi)
{
	return abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
}

/* A path that does not exist needs no rule. */
static int allow_read(int ruleset, const char *path, struct error *err)
{
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return 0;
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
		.parent_fd = fd,
	};
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
		return 0;
	/* A file takes no right that is for directories. */
	rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
		return 0;
	return error_errno(err, "%s: Landlock rule", path);
}

int landlock_enter(const char *const *const *read_lists, bool network, bool *ret_missing,
		   struct error *err)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	*ret_missing = abi <= 0;
	if (abi <= 0)
		return 0;
	struct ruleset_attr attr = attr_for(abi, network);
	cleanup_close int ruleset =
		(int)syscall(SYS_landlock_create_ruleset, &attr, attr_size(abi), 0);
	if (ruleset < 0)
		return error_errno(err, "Landlock");
	for (; *read_lists != NULL; read_lists++)
		for (const char *const *path = *read_lists; *path != NULL; path++)
			if (allow_read(ruleset, *path, err) < 0)
				return -1;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		return error_errno(err, "Landlock");
	return 0;
}
