/* A container's first process: where its files lie. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "runtime/mounts.h"
#include "runtime/proc.h"
#include "runtime/table.h"

/* --- layers with relative names ------------------------------------------------------------- */

static bool is_folder(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A folder above `from`, so many steps up, and the layer in it. */
static char *try_above(struct arena *arena, const char *from, unsigned steps, const char *name)
{
	struct bytes dir = bytes_str(from);
	if (from[0] != '/')
		return NULL;
	while (steps-- > 0)
		dir = path_dir(dir);
	if (dir.n == 0)
		return NULL;
	char *path = arena_printf(arena, "%.*s/%s", (int)dir.n, (const char *)dir.p, name);
	return path != NULL && is_folder(path) ? path : NULL;
}

/* Docker, containers-storage ("l/SHORT" beside the layers) and containerd ("1/fs")
 * change to the folder of all layers when their names are too long for one page: it
 * is above the bundle's root, or above the writable layer. */
static char *resolve(struct entry *e, const char *upper, const char *mounted, const char *name)
{
	enum { STEPS = 4 };
	const char *const from[] = { e->c.root, upper, mounted };
	for (size_t i = 0; i < sizeof from / sizeof from[0]; i++)
		for (unsigned steps = 1; steps < STEPS; steps++) {
			char *path = try_above(&e->arena, from[i], steps, name);
			if (path != NULL)
				return path;
		}
	return NULL;
}

/* false when a layer cannot be found. */
static bool resolve_layers(struct entry *e, struct mount_root *r, const char *mounted)
{
	for (size_t i = 0; i < r->lower_count; i++) {
		if (r->lower[i][0] == '/')
			continue;
		char *path = resolve(e, r->upper, mounted, r->lower[i]);
		if (path == NULL)
			return false;
		r->lower[i] = path;
	}
	if (r->upper[0] != '\0' && r->upper[0] != '/') {
		char *path = resolve(e, "", mounted, r->upper);
		if (path == NULL)
			return false;
		r->upper = path;
	}
	return true;
}

/* --- the process ------------------------------------------------------------------------------ */

/* A store into memory that no disk stands behind changes no time. */
static bool is_volatile(const char *path)
{
	struct statfs fs;
	if (path[0] == '\0' || statfs(path, &fs) < 0)
		return false;
	return (unsigned long)fs.f_type == TMPFS_MAGIC || (unsigned long)fs.f_type == RAMFS_MAGIC;
}

static void set_flags(struct container *c, const struct mount_root *r, pid_t pid)
{
	bool same;
	c->flags &= ~(uint32_t)(CONTAINER_NO_LAYERS | CONTAINER_VOLATILE_UPPER);
	if (c->lower.count == 0)
		c->flags |= CONTAINER_NO_LAYERS;
	if (is_volatile(c->upper) || strcmp(r->type, "tmpfs") == 0 || strcmp(r->type, "ramfs") == 0)
		c->flags |= CONTAINER_VOLATILE_UPPER;
	if (proc_in_node_namespace(pid, "pid", &same))
		c->flags = same ? c->flags | CONTAINER_HOST_PID
				: c->flags & ~(uint32_t)CONTAINER_HOST_PID;
	if (proc_in_node_namespace(pid, "net", &same))
		c->flags = same ? c->flags | CONTAINER_HOST_NET
				: c->flags & ~(uint32_t)CONTAINER_HOST_NET;
}

static int no_process(const struct container *c, pid_t pid, struct error *err)
{
	return error_set(err, ERR_NOT_FOUND, "container %s: process %d has ended", c->id, (int)pid);
}

/* runc's and crun's first stages run in the container's control group with the
 * node's mounts still before them. */
static int check_inside(const struct container *c, pid_t pid, struct error *err)
{
	bool same;
	if (!proc_same_namespace(pid, getpid(), "mnt", &same))
		return no_process(c, pid, err);
	return same ? error_set(err, ERR_NOT_FOUND,
				"container %s: process %d has the node's mounts still", c->id,
				(int)pid)
		    : 0;
}

static void set_root(struct entry *e, const struct mount_root *r, char **ret_mounted)
{
	cleanup_buf struct buf text = buf_max(MOUNTINFO_BYTES_MAX);
	char *place;
	*ret_mounted = e->c.root;
	if (!proc_read(getpid(), "mountinfo", &text) ||
	    mountinfo_place(buf_view(&text), r->dev, &e->arena, &place, NULL) < 0)
		return;
	*ret_mounted = place;
	if (e->c.root[0] == '\0')
		e->c.root = place;
}

/* Device, layers and what follows from them. */
static void root_take(struct containers *t, struct entry *e, struct mount_root *r, pid_t pid)
{
	struct container *c = &e->c;
	char *mounted;
	set_root(e, r, &mounted);
	programs_release(t, e);
	c->root_dev = r->dev;
	bool whole = resolve_layers(e, r, mounted);
	c->lower = whole ? (struct rule_list){ r->lower, r->lower_count } : (struct rule_list){ 0 };
	c->upper = r->upper;
	set_flags(c, r, pid);
}

int containers_root_mounted(struct containers *t, struct container *c, pid_t runtime,
			    struct error *err)
{
	struct entry *e = table_of(c);
	struct mount_root r;
	cleanup_buf struct buf text = buf_max(MOUNTINFO_BYTES_MAX);
	uint32_t namespaces = c->flags & (CONTAINER_HOST_PID | CONTAINER_HOST_NET);
	if (c->root[0] == '\0' || !proc_read(runtime, "mountinfo", &text))
		return error_set(err, ERR_NOT_FOUND, "container %s: its root is not known yet",
				 c->id);
	if (mountinfo_at(buf_view(&text), c->root, &e->arena, &r, err) < 0)
		return error_wrap(err, "container %s", c->id);
	root_take(t, e, &r, runtime);
	/* The runtime's own namespaces say nothing of the container's. */
	c->flags = (c->flags & ~(uint32_t)(CONTAINER_HOST_PID | CONTAINER_HOST_NET)) | namespaces;
	return 0;
}

int containers_process(struct containers *t, struct container *c, pid_t pid, struct error *err)
{
	struct entry *e = table_of(c);
	struct mount_root r;
	cleanup_buf struct buf text = buf_max(MOUNTINFO_BYTES_MAX);
	if (check_inside(c, pid, err) < 0)
		return -1;
	if (!proc_read(pid, "mountinfo", &text))
		return no_process(c, pid, err);
	if (mountinfo_root(buf_view(&text), &e->arena, &r, err) < 0)
		return error_wrap(err, "container %s: mounts of process %d", c->id, (int)pid);
	root_take(t, e, &r, pid);
	c->pid = pid;
	c->started = proc_started(pid);
	return 0;
}
