/* Documents of a container: its bundle, and what its runtime keeps of it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "runtime/name.h"
#include "runtime/proc.h"
#include "runtime/table.h"

/* A regular file, not a pipe that would hold us. */
static int open_document(int dirfd, const char *path, struct error *err)
{
	struct stat st;
	cleanup_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_MALFORMED, "%s is no file", path);
	return fd_take(&fd);
}

int entry_read_state(struct entry *e, int dirfd, const char *path, int timeout_ms,
		     struct error *err)
{
	cleanup_close int fd = open_document(dirfd, path, err);
	if (fd < 0 || config_hear(&e->asker->pool, CONFIG_STATE, fd, path, timeout_ms, entry_take,
				  e, err) < 0)
		return -1;
	e->c.known = IDENTITY_RUNTIME;
	container_name_app(e);
	return 0;
}

/* DATA/overlay2/ID/merged and DATA/containers/ID/config.v2.json have the same DATA,
 * wherever the daemon was told to keep it. */
int entry_read_docker(struct entry *e, int timeout_ms, struct error *err)
{
	enum { ABOVE_ROOT = 3 };
	char path[LIMIT_PATH_BYTES];
	struct bytes data = bytes_str(e->c.root);
	for (int i = 0; i < ABOVE_ROOT; i++)
		data = path_dir(data);
	const struct bytes tries[] = { data, BYTES_LIT("/var/lib/docker") };
	if (!container_id_is_long(bytes_str(e->c.id)))
		return 0;
	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
		int n = snprintf(path, sizeof path, "%.*s/containers/%s/config.v2.json",
				 (int)tries[i].n, (const char *)tries[i].p, e->c.id);
		if (tries[i].n == 0 || n < 0 || (size_t)n >= sizeof path || access(path, F_OK) < 0)
			continue;
		if (entry_read_state(e, AT_FDCWD, path, timeout_ms, err) < 0)
			return -1;
		if (e->c.runtime == RUNTIME_UNKNOWN || e->c.runtime == RUNTIME_OCI)
			e->c.runtime = RUNTIME_DOCKER;
		return 1;
	}
	return 0;
}

int entry_read_bundle(struct entry *e, int bundle, const char *path, int timeout_ms,
		      struct error *err)
{
	if (path[0] != '\0')
		e->c.bundle = entry_text(e, bytes_str(path));
	e->c.mount_count = e->c.risk_count = 0; /* read anew, not twice */
	e->start = (struct container_start){ .cwd = e->c.bundle };
	cleanup_close int fd = open_document(bundle, "config.json", err);
	if (fd < 0)
		return error_wrap(err, "bundle %s", path);
	if (config_hear(&e->asker->pool, CONFIG_BUNDLE, fd, path, timeout_ms, entry_take, e, err) <
	    0)
		return -1;
	/* CRI-O alone repeats the labels there. */
	if (e->c.known == IDENTITY_CGROUP)
		e->c.known = e->c.runtime == RUNTIME_CRIO && e->c.image[0] != '\0'
				     ? IDENTITY_RUNTIME
				     : IDENTITY_BUNDLE;
	e->c.flags &= ~(uint32_t)CONTAINER_PROVISIONAL;
	container_judge(e);
	return 0;
}

/* --- where bundles are ------------------------------------------------------------------------ */

/* containerd's shims (v2) keep STATE/io.containerd.runtime.v2.task/NAMESPACE/ID, podman
 * and CRI-O STORE/overlay-containers/ID/userdata. */
static const struct {
	const char *folder;
	bool namespaces; /* a folder for each namespace stands between */
	const char *behind;
} bundles[] = {
	{ "/run/containerd/io.containerd.runtime.v2.task", true, "" },
	{ "/run/docker/containerd/daemon/io.containerd.runtime.v2.task", true, "" },
	{ "/run/k3s/containerd/io.containerd.runtime.v2.task", true, "" },
	{ "/run/containers/storage/overlay-containers", false, "/userdata" },
	{ "/var/lib/containers/storage/overlay-containers", false, "/userdata" },
};

static bool try_bundle(struct entry *e, const char *path, int timeout_ms, struct error *err)
{
	cleanup_close int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir >= 0 && faccessat(dir, "config.json", F_OK, 0) == 0 &&
	       entry_read_bundle(e, dir, path, timeout_ms, err) == 0;
}

static bool try_namespaces(struct entry *e, const char *folder, int timeout_ms, struct error *err)
{
	char path[LIMIT_PATH_BYTES];
	struct dirent *d;
	cleanup_closedir DIR *dir = opendir(folder);
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof path, "%s/%s/%s", folder, d->d_name, e->c.id);
		if (!try_bundle(e, path, timeout_ms, err))
			continue;
		e->space = entry_text(e, bytes_str(d->d_name));
		return true;
	}
	return false;
}

/* Shims run in the bundle of what they started, wherever the daemon keeps it. */
static bool try_parent(struct entry *e, int timeout_ms, struct error *err)
{
	char link[64], path[LIMIT_PATH_BYTES];
	pid_t parent;
	uint64_t start;
	if (e->c.pid == 0 || !proc_stat(e->c.pid, &parent, &start) || parent <= 1)
		return false;
	(void)snprintf(link, sizeof link, "/proc/%d/cwd", (int)parent);
	ssize_t n = readlink(link, path, sizeof path - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	if (!bytes_equal(path_base(bytes_str(path)), bytes_str(e->c.id)) ||
	    !try_bundle(e, path, timeout_ms, err))
		return false;
	e->space = entry_text(e, path_base(path_dir(bytes_str(path))));
	return true;
}

int entry_find_bundle(struct entry *e, int timeout_ms, struct error *err)
{
	char path[LIMIT_PATH_BYTES];
	if (!container_id_is_safe(bytes_str(e->c.id)))
		return error_set(err, ERR_NOT_FOUND, "container without an id");
	if (e->c.bundle[0] != '\0' && try_bundle(e, e->c.bundle, timeout_ms, err))
		return 0;
	for (size_t i = 0; i < sizeof bundles / sizeof bundles[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s%s", bundles[i].folder, e->c.id,
			       bundles[i].behind);
		if (bundles[i].namespaces ? try_namespaces(e, bundles[i].folder, timeout_ms, err)
					  : try_bundle(e, path, timeout_ms, err))
			return 0;
	}
	if (try_parent(e, timeout_ms, err))
		return 0;
	return error_set(err, ERR_NOT_FOUND,
			 "container %s: its bundle is not where runtimes keep it", e->c.id);
}

/* --- a start ------------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	enum container_runtime runtime;
} spaces[] = {
	{ "moby", RUNTIME_DOCKER },
	{ "k8s.io", RUNTIME_CRI_CONTAINERD },
};

/* containerd's bundles: the folder above is its namespace. */
static void name_by_bundle(struct entry *e)
{
	struct bytes above = path_dir(bytes_str(e->c.bundle));
	if (!bytes_equal(path_base(path_dir(above)), BYTES_LIT("io.containerd.runtime.v2.task")))
		return;
	e->space = entry_text(e, path_base(above));
	if (e->c.runtime == RUNTIME_UNKNOWN)
		e->c.runtime = RUNTIME_CONTAINERD;
	for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++)
		if (strcmp(e->space, spaces[i].name) == 0)
			e->c.runtime = spaces[i].runtime;
}

/* The bundle's folder is called by the id, but for podman's "userdata". */
static void name_by_folder(struct entry *e)
{
	struct bytes path = bytes_str(e->c.bundle), last = path_base(path);
	struct cgroup_name name;
	if (e->c.id[0] != '\0')
		return;
	if (bytes_equal(last, BYTES_LIT("userdata")))
		last = path_base(path_dir(path));
	if (cgroup_name_parse(bytes_str(e->c.cgroup_path), &name))
		last = name.id;
	e->c.id = entry_text(e, last);
}

/* What is not in the bundle: from files of the runtime, or, where there are none,
 * from the runtime. */
static void complete(struct entry *e, uint64_t deadline)
{
	struct error ignored = { 0 };
	name_by_bundle(e);
	name_by_folder(e);
	if (e->c.runtime == RUNTIME_UNKNOWN)
		e->c.runtime = RUNTIME_OCI;
	uint64_t now = clock_monotonic_ns();
	if (e->c.known != IDENTITY_RUNTIME && e->c.runtime != RUNTIME_OCI && now < deadline)
		(void)entry_ask(e, (int)((deadline - now) / 1000000) + 1, true, &ignored);
	container_name_app(e);
}

/* A start of that id that never came. */
static void drop_older(struct containers *t, const struct entry *e)
{
	for (size_t i = t->count; i-- > 0;) {
		struct entry *old = t->entries[i];
		if (old != e && old->c.cgroup == 0 && old->c.pid == 0 &&
		    strcmp(old->c.id, e->c.id) == 0)
			table_remove(t, old);
	}
}

int entry_start(struct asker *a, const struct container_call *call, int bundle, const char *path,
		int timeout_ms, struct entry **ret, struct error *err)
{
	uint64_t deadline = clock_monotonic_ns() + (uint64_t)timeout_ms * 1000000;
	struct entry *e = entry_new(a, err);
	if (e == NULL)
		return -1;
	e->c.id = entry_text(e, bytes_str(call->id));
	if (entry_read_bundle(e, bundle, path, timeout_ms, err) < 0) {
		entry_free(e);
		return -1;
	}
	complete(e, deadline);
	*ret = e;
	return 0;
}

int containers_take(struct containers *t, struct container *c, struct error *err)
{
	struct entry *e = table_of(c);
	if (table_put(t, e, err) < 0)
		return -1;
	drop_older(t, e);
	return 0;
}

int containers_add_bundle(struct containers *t, int bundle, const char *path, int timeout_ms,
			  struct container **ret, struct error *err)
{
	struct container_call call = { 0 };
	struct entry *e;
	if (entry_start(&t->asker, &call, bundle, path, timeout_ms, &e, err) < 0 ||
	    containers_take(t, &e->c, err) < 0)
		return -1;
	config_pool_fill(&t->asker.pool);
	*ret = &e->c;
	return 0;
}
