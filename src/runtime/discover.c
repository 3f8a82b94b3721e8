/* All containers that run now: from the state folders of the runtimes, the tree of
 * control groups, and the processes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "runtime/mounts.h"
#include "runtime/name.h"
#include "runtime/proc.h"
#include "runtime/table.h"

enum { STATE_MS = 6000, TREE_DEPTH = 32, TREE_FOLDERS_MAX = 262144 };

/* --- state folders ---------------------------------------------------------------------------- */

/* Folders whose folders are containers; '*' stands for one name. */
static const struct {
	const char *folder, *file;
	enum container_runtime runtime;
} states[] = {
	{ "/run/runc", "state.json", RUNTIME_OCI },
	{ "/run/crun", "status", RUNTIME_OCI },
	{ "/run/containerd/runc/*", "state.json", RUNTIME_CONTAINERD },
	{ "/run/docker/runtime-runc/*", "state.json", RUNTIME_DOCKER },
	{ "/run/k3s/containerd/runc/*", "state.json", RUNTIME_CRI_CONTAINERD },
};

static bool runs_in(pid_t pid, const struct container *c)
{
	cleanup_buf struct buf text = buf_max(64 * KIB);
	struct bytes path;
	return pid > 0 && proc_read(pid, "cgroup", &text) &&
	       cgroup_text_path(buf_view(&text), &path) &&
	       (c->cgroup_path[0] == '\0' || path_within(path, bytes_str(c->cgroup_path)));
}

/* One container that a runtime keeps. A state whose process is gone is old. */
static void take_state(struct containers *t, int dir, const char *id, const char *file,
		       const char *space, enum container_runtime runtime)
{
	char path[LIMIT_PATH_BYTES];
	struct error ignored = { 0 };
	struct bytes name = bytes_str(id);
	if (!container_id_is_safe(name) || table_by_id(t, name, true) != NULL ||
	    table_by_id(t, name, false) != NULL)
		return;
	struct entry *e = table_add(t, &ignored);
	if (e == NULL)
		return;
	(void)snprintf(path, sizeof path, "%s/%s", id, file);
	e->c.id = entry_text(e, name);
	e->c.runtime = runtime;
	e->space = entry_text(e, bytes_str(space));
	bool read = entry_read_state(e, dir, path, STATE_MS, &ignored) == 0;
	if (!read || !runs_in(e->c.pid, &e->c)) {
		t->unread += !read && faccessat(dir, path, F_OK, 0) == 0;
		table_remove(t, e);
		return;
	}
	e->c.known = IDENTITY_CGROUP; /* until its bundle is read */
}

static void take_folder(struct containers *t, const char *folder, const char *file,
			const char *space, enum container_runtime runtime)
{
	struct dirent *d;
	cleanup_closedir DIR *dir = opendir(folder);
	while (dir != NULL && (d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.')
			take_state(t, dirfd(dir), d->d_name, file, space, runtime);
}

static void take_states(struct containers *t)
{
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		char path[LIMIT_PATH_BYTES];
		struct dirent *d;
		struct bytes folder = bytes_str(states[i].folder);
		if (!bytes_ends_with(folder, BYTES_LIT("/*"))) {
			take_folder(t, states[i].folder, states[i].file, "", states[i].runtime);
			continue;
		}
		int n = (int)folder.n - 2;
		(void)snprintf(path, sizeof path, "%.*s", n, states[i].folder);
		cleanup_closedir DIR *dir = opendir(path);
		while (dir != NULL && (d = readdir(dir)) != NULL) {
			if (d->d_name[0] == '.')
				continue;
			(void)snprintf(path, sizeof path, "%.*s/%s", n, states[i].folder,
				       d->d_name);
			take_folder(t, path, states[i].file, d->d_name, states[i].runtime);
		}
	}
}

/* --- the tree ------------------------------------------------------------------------------------ */

/* Depth first, without recursion: who makes control groups chooses how deep. */
struct walk {
	struct containers *t;
	DIR *open[TREE_DEPTH];
	size_t length[TREE_DEPTH]; /* of the path, without the name */
	size_t depth;
	char path[LIMIT_PATH_BYTES]; /* below the hierarchy's root */
	size_t folders;
};

static int enter(struct walk *w, int parent, const char *name, struct error *err)
{
	struct container *ignored;
	struct stat st;
	size_t n = strlen(w->path);
	cleanup_close int fd =
		openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || w->depth == TREE_DEPTH ||
	    n + strlen(name) + 2 > sizeof w->path)
		return 0; /* gone meanwhile, or deeper than any runtime goes */
	if (w->folders++ == TREE_FOLDERS_MAX)
		return error_set(err, ERR_LIMIT, "more than %d control groups", TREE_FOLDERS_MAX);
	(void)snprintf(w->path + n, sizeof w->path - n, "/%s", name);
	if (containers_cgroup_new(w->t, st.st_ino, w->path, &ignored, err) < 0)
		return -1;
	DIR *dir = fdopendir(fd);
	if (dir == NULL) {
		w->path[n] = '\0';
		return 0;
	}
	(void)fd_take(&fd);
	w->open[w->depth] = dir;
	w->length[w->depth++] = n;
	return 0;
}

static void leave(struct walk *w)
{
	(void)closedir(w->open[--w->depth]);
	w->path[w->length[w->depth]] = '\0';
}

static int walk_tree(struct walk *w, struct error *err)
{
	while (w->depth > 0) {
		DIR *dir = w->open[w->depth - 1];
		struct dirent *d = readdir(dir);
		if (d == NULL)
			leave(w);
		else if (d->d_type == DT_DIR && d->d_name[0] != '.' &&
			 enter(w, dirfd(dir), d->d_name, err) < 0)
			return -1;
	}
	return 0;
}

static int take_tree(struct containers *t, const char *mount, struct error *err)
{
	struct walk w = { .t = t };
	w.open[0] = opendir(mount);
	if (w.open[0] == NULL)
		return error_errno(err, "control groups at %s", mount);
	w.depth = 1;
	int r = walk_tree(&w, err);
	while (w.depth > 0)
		leave(&w);
	return r;
}

/* --- processes ------------------------------------------------------------------------------------- */

/* Where no unified hierarchy shows a container, its processes do. */
static struct entry *entry_of_text(struct containers *t, struct bytes path)
{
	struct cgroup_name name;
	struct entry *e = table_by_path(t, path);
	if (e != NULL || !cgroup_name_parse(path, &name))
		return e;
	e = table_by_id(t, name.id, false);
	if (e == NULL)
		e = table_by_id(t, name.id, true);
	if (e != NULL)
		return e;
	e = table_add(t, NULL);
	if (e == NULL)
		return NULL;
	e->c.id = entry_text(e, name.id);
	e->c.runtime = name.runtime;
	e->c.cgroup_path = entry_text(e, name.path);
	return e;
}

/* The first process is the oldest that has the container's mounts. */
static void take_process(struct containers *t, pid_t pid)
{
	cleanup_buf struct buf text = buf_max(64 * KIB);
	struct bytes path;
	pid_t parent;
	uint64_t start, other = UINT64_MAX;
	bool same;
	if (!proc_read(pid, "cgroup", &text) || !cgroup_text_path(buf_view(&text), &path))
		return;
	struct entry *e = entry_of_text(t, path);
	if (e == NULL || !proc_same_namespace(pid, getpid(), "mnt", &same) || same ||
	    !proc_stat(pid, &parent, &start))
		return;
	if (e->c.pid != 0 && e->c.pid != pid && proc_stat(e->c.pid, &parent, &other) &&
	    other <= start && runs_in(e->c.pid, &e->c))
		return;
	e->c.pid = pid;
}

/* Without a control group that is seen to go, the process tells. */
static void drop_ended(struct containers *t)
{
	for (size_t i = t->count; i-- > 0;) {
		struct entry *e = t->entries[i];
		if (e->c.cgroup == 0 && e->c.pid != 0 && !runs_in(e->c.pid, &e->c))
			table_remove(t, e);
	}
}

static int take_processes(struct containers *t, struct error *err)
{
	pid_t pid;
	drop_ended(t);
	cleanup_closedir DIR *proc = opendir("/proc");
	if (proc == NULL)
		return error_errno(err, "/proc");
	while ((pid = proc_next(proc)) != 0)
		take_process(t, pid);
	return 0;
}

/* What each is; a container that ended meanwhile is told by its control group's end. */
static void look_at_all(struct containers *t)
{
	for (size_t i = 0; i < t->count; i++) {
		struct entry *e = t->entries[i];
		struct error ignored = { 0 };
		if (e->c.pid != 0 && e->c.root_dev == 0)
			(void)containers_process(t, &e->c, e->c.pid, &ignored);
		if (e->c.known == IDENTITY_CGROUP)
			(void)entry_find_bundle(e, STATE_MS, &ignored);
		if (e->c.image[0] == '\0')
			(void)entry_ask(e, STATE_MS, false, &ignored);
	}
}

size_t containers_unread(const struct containers *t)
{
	return t->unread;
}

int containers_discover(struct containers *t, struct error *err)
{
	cleanup_arena struct arena arena = arena_max(64 * KIB);
	cleanup_buf struct buf mounts = buf_max(MOUNTINFO_BYTES_MAX);
	char *mount = NULL;
	if (!proc_read(getpid(), "mountinfo", &mounts) ||
	    mountinfo_cgroup2(buf_view(&mounts), &arena, &mount, err) < 0)
		return error_set(err, ERR_IO, "/proc/self/mountinfo cannot be read");
	t->unread = 0;
	take_states(t);
	if (mount[0] != '\0' && take_tree(t, mount, err) < 0)
		return -1;
	if (take_processes(t, err) < 0)
		return -1;
	look_at_all(t);
	config_pool_fill(&t->asker.pool);
	return 0;
}
