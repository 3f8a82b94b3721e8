/* What the gate is asked about: the runtimes' programs, the containers' roots. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/fanotify.h>

#include "runtime/gate.h"
#include "runtime/proc.h"

enum { TEXT_MAX = 1024 * 1024 };

/* --- one --------------------------------------------------------------------------------------------- */

/* With the lock: true when it was new. */
static bool remember(struct exec_gate *g, const struct stat *st)
{
	for (size_t i = 0; i < g->runtime_count; i++)
		if (g->runtimes[i].ino == st->st_ino && g->runtimes[i].dev == st->st_dev)
			return false;
	/* An upgrade made another file: the oldest goes. */
	if (g->runtime_count == GATE_RUNTIMES)
		memmove(&g->runtimes[0], &g->runtimes[1],
			(--g->runtime_count) * sizeof g->runtimes[0]);
	g->runtimes[g->runtime_count].dev = st->st_dev;
	g->runtimes[g->runtime_count++].ino = st->st_ino;
	return true;
}

int exec_gate_watch_runtime(struct exec_gate *g, const char *program, struct error *err)
{
	struct stat st;
	cleanup_close int fd = open(program, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, "runtime %s", program);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_USAGE, "runtime %s is no program", program);
	/* Known before the first question about it. */
	(void)pthread_mutex_lock(&g->lock);
	(void)remember(g, &st);
	(void)pthread_mutex_unlock(&g->lock);
	if (fanotify_mark(g->group, FAN_MARK_ADD, FAN_OPEN_EXEC_PERM, fd, NULL) < 0)
		return error_errno(err, "runtime %s cannot be watched", program);
	return 0;
}

static bool same_device(const struct stat *root, const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && st.st_dev == root->st_dev;
}

/* A root that is a folder of the node's own file system (containerd's snapshotter
 * "native", podman's "vfs"): the mark would ask about every program of the node. */
int exec_gate_watch_root(struct exec_gate *g, int root, struct error *err)
{
	struct stat st;
	if (fstat(root, &st) < 0)
		return error_errno(err, "a container's root");
	if (same_device(&st, "/") || same_device(&st, "/proc/self/exe"))
		return error_set(err, ERR_UNSUPPORTED,
				 "the container's root is no file system of its own: its programs "
				 "cannot be told from the node's");
	if (fanotify_mark(g->group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC_PERM, root,
			  ".") < 0)
		return error_errno(err, "a container's root cannot be watched");
	return 0;
}

int exec_gate_watch_mount(struct exec_gate *g, int mount, struct error *err)
{
	if (fanotify_mark(g->group, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN_EXEC_PERM, mount, ".") <
	    0)
		return error_errno(err, "a container's mount cannot be watched");
	return 0;
}

/* --- all runtimes -------------------------------------------------------------------------------------- */

static const char *const names[] = { "runc",        "crun",
				     "docker-runc", "youki",
				     "runsc",       "kata-runtime",
				     "crun-wasm",   "nvidia-container-runtime" };

static const char *const folders =
	"/usr/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin:/bin:/sbin:/usr/libexec/crio:"
	"/usr/lib/cri-o-runc/sbin:/usr/lib/podman:/opt/containerd/bin:"
	"/var/lib/rancher/k3s/data/current/bin:/opt/bin";

static const char *const configurations[] = { "/etc/docker/daemon.json",
					      "/etc/containerd/config.toml", "/etc/crio/crio.conf",
					      "/etc/containers/containers.conf",
					      "/usr/share/containers/containers.conf" };

static const char *const daemons[] = { "dockerd", "containerd", "crio", "podman", "cri-dockerd" };

static void try_program(struct exec_gate *g, const char *path)
{
	if (path[0] == '/' && access(path, X_OK) == 0)
		(void)exec_gate_watch_runtime(g, path, NULL);
}

static void try_folders(struct exec_gate *g, struct bytes list)
{
	char path[LIMIT_PATH_BYTES];
	struct bytes folder;
	while (bytes_next_field(&list, ':', &folder))
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
			(void)snprintf(path, sizeof path, "%.*s/%s", (int)folder.n,
				       (const char *)folder.p, names[i]);
			try_program(g, path);
		}
}

static bool is_runtime_name(struct bytes path)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (bytes_equal(path_base(path), bytes_str(names[i])))
			return true;
	return false;
}

/* Words of a configuration that are absolute paths of programs called like a runtime. */
static void try_configuration(struct exec_gate *g, const char *file)
{
	cleanup_buf struct buf text = buf_max(TEXT_MAX);
	cleanup_close int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fd_read_all(fd, &text, NULL) < 0)
		return;
	for (size_t i = 0; i < text.n;) {
		char path[LIMIT_PATH_BYTES];
		size_t n = 0;
		while (i + n < text.n && memchr(" \t\r\n\"'=,[]{}", text.p[i + n], 12) == NULL)
			n++;
		struct bytes word = bytes_of(text.p + i, n);
		i += n + 1;
		if (n == 0 || word.p[0] != '/' || n >= sizeof path || !is_runtime_name(word))
			continue;
		(void)snprintf(path, sizeof path, "%.*s", (int)n, (const char *)word.p);
		try_program(g, path);
	}
}

/* Where a daemon would find a runtime that it calls by its name alone. */
static void try_daemon(struct exec_gate *g, pid_t pid)
{
	cleanup_buf struct buf comm = buf_max(64), environment = buf_max(TEXT_MAX);
	struct bytes rest, variable;
	bool daemon = false;
	if (!proc_read(pid, "comm", &comm))
		return;
	for (size_t i = 0; i < sizeof daemons / sizeof daemons[0]; i++)
		daemon = daemon || bytes_equal(bytes_trim(buf_view(&comm)), bytes_str(daemons[i]));
	if (!daemon || !proc_read(pid, "environ", &environment))
		return;
	rest = buf_view(&environment);
	while (bytes_next_field(&rest, '\0', &variable))
		if (bytes_starts_with(variable, BYTES_LIT("PATH=")))
			try_folders(g, bytes_sub(variable, strlen("PATH="), variable.n));
}

int exec_gate_watch_runtimes(struct exec_gate *g, size_t *ret_count, struct error *err)
{
	pid_t pid;
	const char *path = getenv("PATH");
	cleanup_closedir DIR *proc = opendir("/proc");
	if (proc == NULL)
		return error_errno(err, "/proc");
	try_folders(g, bytes_str(folders));
	try_folders(g, bytes_str(path == NULL ? "" : path));
	for (size_t i = 0; i < sizeof configurations / sizeof configurations[0]; i++)
		try_configuration(g, configurations[i]);
	while ((pid = proc_next(proc)) != 0)
		try_daemon(g, pid);
	(void)pthread_mutex_lock(&g->lock);
	*ret_count = g->runtime_count;
	(void)pthread_mutex_unlock(&g->lock);
	return 0;
}
