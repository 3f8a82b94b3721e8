/* Freezing, killing and cutting off whole containers by their cgroup (Linux
 * Documentation/admin-guide/cgroup-v2.rst, "Core Interface Files"). */
#include "enforce/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* A cgroup of the v2 hierarchy, and not its root: only the root has no cgroup.type. */
static int cgroup_check(int cgroup, struct error *err)
{
	struct statfs fs;
	if (fstatfs(cgroup, &fs) != 0)
		return error_errno(err, "cannot look at the container's cgroup");
	if (fs.f_type != CGROUP2_SUPER_MAGIC)
		return error_set(err, ERR_USAGE, "this is no folder of the cgroup v2 hierarchy");
	struct stat st;
	if (fstatat(cgroup, "cgroup.type", &st, AT_SYMLINK_NOFOLLOW) != 0)
		return error_set(err, ERR_USAGE, "the root of the cgroups holds the whole node");
	return 0;
}

static int file_write(int cgroup, const char *name, const char *text, struct error *err)
{
	cleanup_close int fd = openat(cgroup, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return error_errno(err, "cannot open %s of the container's cgroup", name);
	if (fd_write_full(fd, text, strlen(text)) != 0)
		return error_errno(err, "cannot write %s of the container's cgroup", name);
	return 0;
}

/* Kernels before 5.14 have no cgroup.kill: frozen first, nothing can fork away. */
static int kill_one_by_one(int cgroup, struct error *err)
{
	if (file_write(cgroup, "cgroup.freeze", "1", err) != 0)
		return -1;
	cleanup_close int fd = openat(cgroup, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	cleanup_fclose FILE *f = fd < 0 ? NULL : fdopen(fd_take(&fd), "re");
	if (f == NULL)
		return error_errno(err, "cannot list the container's processes");
	char line[32];
	while (fgets(line, sizeof line, f) != NULL) {
		pid_t pid = (pid_t)strtol(line, NULL, 10);
		if (pid > 1 && kill(pid, SIGKILL) != 0 && errno != ESRCH)
			return error_errno(err, "cannot kill process %d", pid);
	}
	return file_write(cgroup, "cgroup.freeze", "0", err);
}

static int network_join(const char *pin_dir, int cgroup, struct error *err)
{
	struct stat st;
	if (fstat(cgroup, &st) != 0)
		return error_errno(err, "cannot look at the container's cgroup");
	return guard_join(pin_dir, st.st_ino, err);
}

int cgroup_do(const char *pin_dir, int cgroup, enum container_stop what, struct error *err)
{
	if (cgroup_check(cgroup, err) != 0)
		return -1;
	switch (what) {
	case CONTAINER_FREEZE:
		return file_write(cgroup, "cgroup.freeze", "1", err);
	case CONTAINER_THAW:
		return file_write(cgroup, "cgroup.freeze", "0", err);
	case CONTAINER_KILL:
		if (faccessat(cgroup, "cgroup.kill", W_OK, 0) != 0)
			return kill_one_by_one(cgroup, err);
		return file_write(cgroup, "cgroup.kill", "1", err);
	case CONTAINER_CUT:
		return guard_cut(pin_dir, cgroup, err);
	case CONTAINER_JOIN:
		return network_join(pin_dir, cgroup, err);
	}
	return error_set(err, ERR_PROTOCOL, "no such operation on a container");
}
