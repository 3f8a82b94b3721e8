/* Finding a container that runs, and its root directory. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "source/runtime_internal.h"

enum { CONTAINERS_TEXT = 300, MOUNTINFO_MAX = 4 * 1024 * 1024 };

static bool read_container(struct msg_reader *m, struct runtime_container *ret)
{
	struct runtime_container c = { 0 };
	runtime_text(msg_get_bytes(m), c.id, sizeof c.id);
	runtime_text(msg_get_bytes(m), c.name, sizeof c.name);
	runtime_text(msg_get_bytes(m), c.image, sizeof c.image);
	runtime_text(msg_get_bytes(m), c.image_id, sizeof c.image_id);
	runtime_text(msg_get_bytes(m), c.state, sizeof c.state);
	c.pid = msg_get_u64(m);
	*ret = c;
	return msg_finish(m, NULL) == 0;
}

bool runtime_container_next(struct cursor *answer, struct runtime_container *ret)
{
	struct msg_reader m;
	return runtime_next(answer, RUNTIME_CONTAINER, &m) && read_container(&m, ret);
}

/* Names of what runs, for a container that is not there. */
static void list_containers(struct buf *answer, char *list)
{
	struct cursor c = cursor_of(buf_view(answer));
	struct runtime_container one;
	while (runtime_container_next(&c, &one))
		if (!runtime_list_add(list, CONTAINERS_TEXT,
				      bytes_str(one.name[0] != '\0' ? one.name : one.id)))
			break;
}

/* --- docker and podman ---------------------------------------------------------------------- */

static int docker_find(struct fetch *f, const struct runtime *rt, const char *name,
		       struct runtime_container *ret, char *list, struct error *err)
{
	cleanup_buf struct buf answer = buf_max(RUNTIME_REPLY_MAX);
	int r = runtime_ask(f, rt, FETCH_DOCKER_CONTAINER, "", name, &answer, err);
	struct cursor c = cursor_of(buf_view(&answer));
	if (r == 0 && runtime_container_next(&c, ret)) {
		ret->runtime = rt->kind;
		return 0;
	}
	if (r == 0)
		return error_set(err, ERR_PROTOCOL, "%s: no word of %s", rt->socket, name);
	if (err->code == ERR_NOT_FOUND &&
	    runtime_ask(f, rt, FETCH_DOCKER_CONTAINERS, "", "", &answer, NULL) == 0)
		list_containers(&answer, list);
	return -1;
}

/* --- containerd ------------------------------------------------------------------------------ */

static bool is_hex_part(const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		if (!isxdigit((unsigned char)*p))
			return false;
	return strlen(name) >= 4;
}

/* By id or name, else by the beginning of an id that no other has. */
static int choose(struct buf *answer, const char *name, struct runtime_container *ret,
		  struct error *err)
{
	struct cursor c = cursor_of(buf_view(answer));
	struct runtime_container one;
	size_t found = 0;
	while (runtime_container_next(&c, &one)) {
		if (strcmp(one.id, name) == 0) {
			*ret = one;
			return 0;
		}
		if (strcmp(one.name, name) != 0 &&
		    !(is_hex_part(name) && strncmp(one.id, name, strlen(name)) == 0))
			continue;
		found++;
		*ret = one;
	}
	if (found > 1)
		return error_set(err, ERR_USAGE, "%zu containers are called %s; give the id", found,
				 name);
	return found == 1 ? 0 : error_set(err, ERR_NOT_FOUND, "no container %s", name);
}

static int add_task(struct fetch *f, const struct runtime *rt, const char *space,
		    struct runtime_container *c, struct error *err)
{
	cleanup_buf struct buf answer = buf_max(RUNTIME_REPLY_MAX);
	struct runtime_container task;
	if (runtime_ask(f, rt, FETCH_CONTAINERD_TASK, space, c->id, &answer, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		(void)snprintf(c->state, sizeof c->state, "stopped"); /* it has no task */
		return 0;
	}
	struct cursor at = cursor_of(buf_view(&answer));
	if (!runtime_container_next(&at, &task))
		return error_set(err, ERR_PROTOCOL, "%s: no word of %s", rt->socket, c->id);
	(void)snprintf(c->state, sizeof c->state, "%s", task.state);
	c->pid = task.pid;
	return 0;
}

static int containerd_find(struct fetch *f, const struct runtime *rt, const char *name,
			   struct runtime_container *ret, char *list, struct error *err)
{
	for (size_t i = 0; i < RUNTIME_SPACES && rt->spaces[i][0] != '\0'; i++) {
		cleanup_buf struct buf answer = buf_max(RUNTIME_REPLY_MAX);
		if (runtime_ask(f, rt, FETCH_CONTAINERD_CONTAINERS, rt->spaces[i], "", &answer,
				err) < 0)
			return -1;
		if (choose(&answer, name, ret, err) == 0) {
			ret->runtime = rt->kind;
			return add_task(f, rt, rt->spaces[i], ret, err);
		}
		if (err->code != ERR_NOT_FOUND)
			return -1;
		list_containers(&answer, list);
	}
	return -1;
}

/* --- all of them ------------------------------------------------------------------------------ */

/* Asks every runtime that is here. What stopped one of them is the reason only when
 * no other knows the container. */
static int find(struct fetch *f, const char *name, struct runtime_container *ret, struct error *err)
{
	static const enum source_kind kinds[] = { SOURCE_DOCKER, SOURCE_PODMAN, SOURCE_CONTAINERD };
	char list[CONTAINERS_TEXT] = "";
	struct error first = { 0 }, why = { 0 };
	bool any = false;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct runtime rt;
		error_clear(&why);
		if (runtime_find(kinds[i], &rt, &why) == 0) {
			if (access(rt.socket, F_OK) < 0 && errno == ENOENT)
				continue;
			any = true;
			int r = kinds[i] == SOURCE_CONTAINERD
					? containerd_find(f, &rt, name, ret, list, &why)
					: docker_find(f, &rt, name, ret, list, &why);
			if (r == 0)
				return 0;
		}
		if (why.code != ERR_NOT_FOUND && first.code == ERR_NONE)
			first = why;
	}
	if (first.code != ERR_NONE) {
		*err = first;
		return -1;
	}
	if (!any)
		return error_set(err, ERR_NOT_FOUND,
				 "no socket of docker, podman or containerd is here; DOCKER_HOST, "
				 "CONTAINER_HOST and CONTAINERD_ADDRESS name others");
	return error_set(err, ERR_NOT_FOUND, "no container %s; there are: %s", name,
			 list[0] == '\0' ? "none" : list);
}

/* --- its root ---------------------------------------------------------------------------------- */

/* Without overlayfs, and when it cannot be read, there is none. */
static void find_overlay(int proc, struct overlay *ret)
{
	cleanup_buf struct buf text = buf_max(MOUNTINFO_MAX);
	cleanup_close int fd = openat(proc, "mountinfo", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fd_read_all(fd, &text, NULL) == 0)
		overlay_open(buf_view(&text), ret);
}

/* The number means another process where the runtime has its own PID namespace, or we
 * have: what is not surely the container is not scanned in its name. */
static int check_process(int proc, const struct runtime_container *c, struct error *err)
{
	cleanup_buf struct buf text = buf_max(MOUNTINFO_MAX);
	cleanup_close int fd = openat(proc, "cgroup", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fd_read_all(fd, &text, NULL) < 0)
		return error_errno(err, "container %s: its control groups", c->id);
	if (runtime_in_cgroup(buf_view(&text), c->id))
		return 0;
	return error_set(err, ERR_UNSUPPORTED,
			 "process %llu is not in a control group of container %s: corten must run "
			 "where the runtime runs (same PID namespace), else scan its image, %s",
			 (unsigned long long)c->pid, c->id, c->image);
}

/* A runtime's own first stages run in the control group with the node's mounts still
 * before them: their root is the node's. */
static int check_mounts(int proc, const struct runtime_container *c, struct error *err)
{
	struct stat own, other;
	if (stat("/proc/self/ns/mnt", &own) < 0 || fstatat(proc, "ns/mnt", &other, 0) < 0)
		return error_errno(err, "container %s: its mounts", c->id);
	if (own.st_dev != other.st_dev || own.st_ino != other.st_ino)
		return 0;
	return error_set(err, ERR_NOT_FOUND,
			 "container %s: process %llu has the node's mounts: it starts still", c->id,
			 (unsigned long long)c->pid);
}

static int check_group(int proc, const struct runtime_container *c, const char *cgroup,
		       struct error *err)
{
	cleanup_buf struct buf text = buf_max(MOUNTINFO_MAX);
	cleanup_close int fd = openat(proc, "cgroup", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fd_read_all(fd, &text, NULL) < 0)
		return error_errno(err, "container %s: its control groups", c->id);
	struct bytes rest = buf_view(&text), line, number, controllers;
	while (bytes_next_field(&rest, '\n', &line))
		if (bytes_next_field(&line, ':', &number) &&
		    bytes_next_field(&line, ':', &controllers) && cgroup[0] == '/' &&
		    cgroup[1] != '\0' && path_within(line, bytes_str(cgroup)))
			return 0;
	return error_set(err, ERR_NOT_FOUND, "container %s: process %llu is not in it any more",
			 c->id, (unsigned long long)c->pid);
}

static int open_process_root(int proc, const struct runtime_container *c, struct error *err)
{
	int root = openat(proc, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 && (errno == EACCES || errno == EPERM))
		return error_set(err, ERR_PERMISSION,
				 "container %s: its root directory is for root and its owner",
				 c->id);
	return root < 0 ? error_errno(err, "container %s: its root directory", c->id) : root;
}

static int open_process(const struct runtime_container *c, struct error *err)
{
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/%llu", (unsigned long long)c->pid);
	int proc = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return proc < 0 ? error_errno(err, "container %s: its process %s", c->id, path) : proc;
}

/* What is checked is what the root is taken of: descriptors of /proc/PID stay that
 * process's. */
int runtime_container_known(const struct runtime_container *c, const char *cgroup, int *ret_root,
			    struct overlay *ret_overlay, struct error *err)
{
	cleanup_close int proc = open_process(c, err);
	if (proc < 0 || check_group(proc, c, cgroup, err) < 0 || check_mounts(proc, c, err) < 0)
		return -1;
	int root = open_process_root(proc, c, err);
	if (root < 0)
		return -1;
	find_overlay(proc, ret_overlay);
	*ret_root = root;
	return 0;
}

/* The root through its first process. Descriptors of /proc/PID stay that
 * process's: when the runtime still names the number afterwards, the process was
 * the container's all the time. */
static int open_root(const struct runtime_container *c, int *ret_proc, struct error *err)
{
	cleanup_close int proc = open_process(c, err);
	if (proc < 0 || check_process(proc, c, err) < 0)
		return -1;
	int root = open_process_root(proc, c, err);
	if (root >= 0)
		*ret_proc = fd_take(&proc);
	return root;
}

int runtime_container_open(struct fetch *f, const char *name, struct runtime_container *ret,
			   int *ret_root, struct overlay *ret_overlay, struct error *err)
{
	struct runtime_container c, again;
	struct overlay overlay = OVERLAY_NONE;
	int proc = -1;
	if (find(f, name, &c, err) < 0)
		return -1;
	if (c.pid == 0)
		return error_set(err, ERR_NOT_FOUND,
				 "container %s does not run (%s); scan its image, %s", name,
				 c.state[0] == '\0' ? "no process" : c.state,
				 c.image[0] == '\0' ? "instead" : c.image);
	cleanup_close int root = open_root(&c, &proc, err);
	if (root < 0)
		return -1;
	find_overlay(proc, &overlay);
	(void)close(proc);
	int r = find(f, c.id, &again, err);
	if (r == 0 && again.pid != c.pid)
		r = error_set(err, ERR_CHANGED, "container %s was started anew meanwhile", name);
	if (r < 0) {
		overlay_close(&overlay);
		return -1;
	}
	*ret = c;
	*ret_root = fd_take(&root);
	*ret_overlay = overlay;
	return 0;
}
