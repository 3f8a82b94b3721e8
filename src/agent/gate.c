/* The gate's threads: a runtime that starts is held until its bundle is read and the maps
 * are filled; a program of a container's writable layer until its content was compared
 * with the image's. What they wait for, they wait for without the node's lock. */
#include "agent/node.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* The gate lets go after GATE_MS by itself; who the container is, is found out all the
 * same. */
enum { GATE_MS = 100, LATE_MS = 3000 };

/* --- a runtime starts -------------------------------------------------------- */

/* Most runtimes find the root mounted: it is watched before the first program. */
static void root_watch(struct node *n, struct container *c, pid_t runtime)
{
	struct error err = { 0 };
	char path[8192];
	if (containers_root_mounted(n->containers, c, runtime, &err) != 0 ||
	    (size_t)snprintf(path, sizeof path, "/proc/%d/root%s", (int)runtime, c->root) >=
		    sizeof path)
		return;
	cleanup_close int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0 && exec_gate_watch_root(n->gate, root, &err) != 0)
		log_at(LOG_INFO, "container %s: %s", c->id, err.text);
}

/* With the lock: what was read becomes a container with rules. */
static int start_take(struct node *n, struct container *c, pid_t pid, struct error *err)
{
	if (containers_take(n->containers, c, err) != 0)
		return -1;
	root_watch(n, c, pid);
	if (policies_apply(n, c, err) != 0 || watch_late(n, c, err) != 0)
		return -1;
	watch_start_alerts(n, c);
	return 0;
}

/* Its bundle is read, and its runtime asked, without the lock. */
static void runtime_starts(void *ctx, pid_t pid)
{
	struct node *n = ctx;
	struct error err = { 0 };
	struct container *c = NULL;
	int r = container_read_start(n->start_asker, pid, LATE_MS, &c, &err);
	if (r == 0 && c != NULL) {
		(void)pthread_mutex_lock(&n->lock);
		r = start_take(n, c, pid, &err);
		(void)pthread_mutex_unlock(&n->lock);
	}
	if (r != 0)
		log_at(LOG_WARNING, "a container starts under the node's default: %s", err.text);
	asker_ready(n->start_asker);
}

/* --- a program of a guarded root --------------------------------------------- */

static bool in_upper(const struct container *c, const char *path)
{
	char full[8192];
	struct stat st;
	if (c->upper == NULL || c->upper[0] == '\0')
		return false;
	if ((size_t)snprintf(full, sizeof full, "%s%s", c->upper, path) >= sizeof full)
		return true; /* not knowable by name: looked at by content */
	return lstat(full, &st) == 0;
}

static bool path_of(int fd, char *out, size_t n)
{
	char link[64];
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t got = readlink(link, out, n - 1);
	if (got <= 0 || (size_t)got >= n - 1)
		return false;
	out[got] = '\0';
	return true;
}

static bool kernel_looks_again(const struct node *n)
{
	return (n->backends & (BACKEND_BPF_LSM | BACKEND_TP_KILL)) != 0;
}

/* A name proves nothing: it may change while it is looked up, and a mount gives a file
 * another. So where nobody looks again the layer must have this very file. */
static bool is_changed(const struct node *n, int fd, const struct container *c, const char *path)
{
	if (path[0] == '\0' || in_upper(c, path))
		return true;
	return !kernel_looks_again(n) && c->lower.count > 0 && !container_layer_has(c, fd, path);
}

static enum guard_item item_of(const struct node *n, int fd, const struct container *c,
			       const char *path)
{
	struct statfs fs;
	if (fstatfs(fd, &fs) != 0)
		return ITEM_NONE;
	if (fs.f_type == OVERLAYFS_SUPER_MAGIC)
		return is_changed(n, fd, c, path) ? ITEM_EXEC_CHANGED : ITEM_NONE;
	return fs.f_type == TMPFS_MAGIC ? ITEM_EXEC_TMPFS : ITEM_EXEC_VOLUME;
}

/* A file of the image's layers, run again and again, is asked about once: where the
 * kernel looks at the layer, too, and a name that changed while it was looked up
 * leaves no trace here. */
static void remember(struct node *n, const struct container *c, int fd, const char *path)
{
	char again[4096];
	if ((n->backends & BACKEND_TP_KILL) == 0 || c->upper == NULL || c->upper[0] == '\0' ||
	    !path_of(fd, again, sizeof again) || strcmp(path, again) != 0)
		return;
	(void)exec_gate_remember(n->gate, fd);
}

/* The runtime is about to run the container's first program: all is mounted, and none of
 * its own has run. */
static void settle(struct node *n, struct container *c, pid_t pid)
{
	struct error err = { 0 };
	if (watch_process(n, c, pid, &err) != 0)
		log_at(LOG_WARNING, "container %s is not wholly guarded: %s", c->id, err.text);
}

/* Whether a rule about programs does at least this. */
static bool has_rules(const struct guard_policy *p, enum guard_action least)
{
	for (unsigned i = ITEM_EXEC_CHANGED; i <= ITEM_EXEC_COPY; i++)
		if (p->action[i] >= least)
			return true;
	return false;
}

/* A program that is about to run: what is known of it, step by step. */
struct asked {
	pid_t pid;
	int fd;
	uint32_t container;
	enum guard_item item;
	bool compare; /* its content has to be looked at */
	struct verdict_job job;
	struct guard_verdict verdict;
	char path[4096];
};

/* With the lock; false: it may run. */
static bool program_look(struct node *n, struct asked *a)
{
	struct error err = { 0 };
	struct container *c = containers_of_pid(n->containers, a->pid);
	if (c == NULL)
		return false;
	settle(n, c, a->pid);
	/* Where no rule is about programs none is looked at, and none waits for it. */
	const struct guarded *g = node_guarded(n, c->number, false, NULL);
	if (g == NULL || g->policy == 0 || !has_rules(&n->slot[g->policy].policy, GUARD_ALERT))
		return false;
	if (!path_of(a->fd, a->path, sizeof a->path))
		a->path[0] = '\0'; /* too deep for a name */
	a->container = c->number;
	a->item = item_of(n, a->fd, c, a->path);
	if (a->item == ITEM_NONE)
		remember(n, c, a->fd, a->path);
	a->compare =
		a->item == ITEM_EXEC_CHANGED && verdict_begin(n->containers, c, &a->job, &err) == 0;
	return a->item != ITEM_NONE;
}

/* With the lock: the kernel is told what the file is, so that it asks no more. */
static void verdict_tell(struct node *n, const struct container *c, const struct guarded *g,
			 struct asked *a)
{
	struct guard_file_id id = { .dev = c->root_dev };
	struct error err = { 0 };
	const struct rule *r = policies_rule(n, g, ITEM_EXEC_CHANGED);
	if (a->verdict.kind == VERDICT_FOREIGN && r != NULL && rule_path_excepted(r, a->path))
		a->verdict.kind = VERDICT_ALLOWED;
	if ((c->flags & CONTAINER_VOLATILE_UPPER) == 0 && files_inode(a->fd, &id.ino) &&
	    enforcer_verdict(n->enforcer, &id, &a->verdict, &err) != 0)
		log_at(LOG_WARNING, "%s: %s", c->id, err.text);
}

/* With the lock. A container that has ended meanwhile has no rules to break. */
static bool program_allowed(struct node *n, struct asked *a)
{
	struct container *c = containers_by_number(n->containers, a->container);
	const struct guarded *g = c == NULL ? NULL : node_guarded(n, c->number, false, NULL);
	if (g == NULL)
		return true;
	if (a->compare) {
		verdict_tell(n, c, g, a);
		if (a->verdict.kind == VERDICT_IMAGE || a->verdict.kind == VERDICT_ALLOWED)
			return true;
		if (a->verdict.kind == VERDICT_COPY)
			a->item = ITEM_EXEC_COPY;
	}
	const struct rule *r = policies_rule(n, g, a->item);
	if (r != NULL && rule_path_excepted(r, a->path))
		return true;
	bool block = n->slot[g->policy].policy.action[a->item] == GUARD_BLOCK &&
		     (n->backends & BACKEND_FANOTIFY) != 0;
	if (block)
		events_blocked(n, a->item, c, a->pid, a->path);
	return !block;
}

/* Content is compared without the lock: an image's programs take long to gather, and
 * a disk long to read. */
static bool program_starts(void *ctx, pid_t pid, int fd)
{
	struct node *n = ctx;
	struct asked a = { .pid = pid, .fd = fd };
	struct error err = { 0 };
	(void)pthread_mutex_lock(&n->lock);
	bool asked = program_look(n, &a);
	(void)pthread_mutex_unlock(&n->lock);
	if (!asked)
		return true;
	a.verdict.kind = VERDICT_FOREIGN;
	if (a.compare && verdict_judge(&a.job, fd, a.path, &a.verdict, &err) != 0)
		a.verdict = (struct guard_verdict){ .kind = VERDICT_FOREIGN };
	(void)pthread_mutex_lock(&n->lock);
	bool allowed = program_allowed(n, &a);
	if (a.compare)
		verdict_end(n->containers, &a.job);
	(void)pthread_mutex_unlock(&n->lock);
	return allowed;
}

/* --- set-up ------------------------------------------------------------------ */

void gate_strictness(struct node *n)
{
	bool blocks = n->starting; /* rules that are not known yet */
	if (n->gate == NULL)
		return;
	for (uint32_t i = 1; i < GUARD_POLICIES && !blocks; i++)
		blocks = n->slot[i].users > 0 && has_rules(&n->slot[i].policy, GUARD_BLOCK);
	exec_gate_deny_late(n->gate, blocks && !kernel_looks_again(n));
}

int gate_start(struct node *n, struct error *err)
{
	struct exec_gate_events e = { .runtime = runtime_starts,
				      .program = program_starts,
				      .ctx = n };
	if (asker_new(&n->start_asker, err) != 0 || exec_gate_new(&e, GATE_MS, &n->gate, err) != 0)
		return -1;
	gate_strictness(n);
	size_t count = 0;
	if (exec_gate_watch_runtimes(n->gate, &count, err) != 0)
		return -1;
	if (count == 0)
		log_at(LOG_INFO, "no container runtime is installed yet");
	return 0;
}

static int open_in(const struct container *c, const char *path)
{
	char full[8192];
	if ((size_t)snprintf(full, sizeof full, "/proc/%d/root%s", (int)c->pid, path) >=
	    sizeof full)
		return -1;
	return open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Volumes and memory: a mount that has gone, or is a file, has nothing to watch. */
static void mounts_watch(struct node *n, const struct container *c)
{
	for (size_t i = 0; i < c->mount_count; i++) {
		const struct container_mount *m = &c->mount[i];
		bool holds_programs = strcmp(m->type, "bind") == 0 ||
				      strcmp(m->type, "tmpfs") == 0 || m->type[0] == '\0';
		cleanup_close int fd = holds_programs ? open_in(c, m->destination) : -1;
		struct error err = { 0 };
		if (fd >= 0 && exec_gate_watch_mount(n->gate, fd, &err) != 0)
			log_at(LOG_INFO, "container %s: %s: %s", c->id, m->destination, err.text);
	}
}

int gate_watch(struct node *n, const struct container *c, struct error *err)
{
	if (c->pid <= 0)
		return 0;
	cleanup_close int root = open_in(c, "/");
	if (root < 0)
		return errno == ENOENT ? 0 : error_errno(err, "cannot open the container's root");
	mounts_watch(n, c);
	return exec_gate_watch_root(n->gate, root, err);
}

int gate_run(struct node *n, enum exec_gate_kind kind, struct error *err)
{
	struct pollfd p = { .fd = exec_gate_fd(n->gate, kind), .events = POLLIN };
	for (;;) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return error_errno(err, "cannot wait for programs to start");
		if (exec_gate_serve(n->gate, kind, err) != 0)
			return -1;
	}
}
