/* Drives the room runtime without a kernel program: what runs is found, starts are
 * held by the gate, control groups are seen by inotify(7), programs of the containers
 * are asked about. Prints one line, with tabs, for each thing that it learns; on
 * standard input "list" prints the table, the end stops it.
 *
 *   container|start|known  NUMBER ID NAME IMAGE DIGEST APP POD NAMESPACE RUNTIME KNOWN FLAGS
 *                          DEVICE LAYERS UPPER CGROUP LABELS
 *   risk     NUMBER ITEM TEXT
 *   exec     ID PID PATH VERDICT
 *   cgroup   ID NUMBER PATH
 *   error    TEXT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "runtime/mounts.h"
#include "runtime/proc.h"
#include "runtime/runtime.h"

enum { GATE_MS = 100, ASK_MS = 2000, WATCHES = 65536 };

struct watched {
	char *path; /* below the hierarchy's root; "" is the root */
	uint64_t cgroup;
};

struct tool {
	struct containers *t;
	struct exec_gate *gate;
	int inotify;
	char *mount; /* of the unified hierarchy, "" */
	struct watched watched[WATCHES]; /* by watch descriptor */
	int delay_ms; /* what a callback takes, for a test of the deadline */
};

/* --- output ------------------------------------------------------------------------------ */

static void print_error(const char *what, const struct error *err)
{
	(void)printf("error\t%s: %s\n", what, err->text);
}

static void print_container(const char *word, const struct container *c)
{
	(void)printf("%s\t%u\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%u\t%u\t%zu\t%s\t%s\t", word,
		     c->number, c->id, c->name, c->image, c->image_digest, c->app, c->pod,
		     c->namespace, (int)c->runtime, (int)c->known, c->flags, c->root_dev,
		     c->lower.count, c->upper, c->cgroup_path);
	for (char **l = c->labels; l != NULL && *l != NULL; l++)
		(void)printf("%s%s", l == c->labels ? "" : ",", *l);
	(void)printf("\n");
}

static void print_risks(const struct container *c)
{
	for (size_t i = 0; i < c->risk_count; i++)
		(void)printf("risk\t%u\t%d\t%s\n", c->number, (int)c->risk[i].item,
			     c->risk[i].what);
}

static void list(struct tool *tool)
{
	size_t i = 0;
	const struct container *c;
	while ((c = containers_next(tool->t, &i)) != NULL) {
		print_container("container", c);
		print_risks(c);
	}
	(void)printf("end\t%" PRIu64 "\n", exec_gate_timeouts(tool->gate));
}

/* --- the gate ------------------------------------------------------------------------------ */

/* The root is mounted before the runtime is called: its first program is asked about. */
static void watch_root(struct tool *tool, const struct container *c)
{
	struct error err = { 0 };
	cleanup_close int root = open(c->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || exec_gate_watch_root(tool->gate, root, &err) < 0)
		print_error("root", &err);
}

static void runtime_starts(void *ctx, pid_t pid)
{
	struct tool *tool = ctx;
	struct error err = { 0 };
	struct container *c = NULL;
	uint64_t before = clock_monotonic_ns();
	(void)poll(NULL, 0, tool->delay_ms);
	if (containers_runtime_starts(tool->t, pid, GATE_MS, &c, &err) < 0)
		print_error("start", &err);
	if (c == NULL)
		return;
	print_container("start", c);
	print_risks(c);
	watch_root(tool, c);
	(void)printf("took\t%u\t%" PRIu64 "\n", c->number, (clock_monotonic_ns() - before) / 1000);
}

static bool program_runs(void *ctx, pid_t pid, int fd)
{
	static const char *const verdicts[] = { "unknown", "image", "copy", "foreign", "allowed" };
	struct tool *tool = ctx;
	struct error err = { 0 };
	struct guard_verdict v = { 0 };
	char link[64], path[PATH_MAX] = "";
	struct container *c = containers_of_pid(tool->t, pid);
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = '\0';
	if (c != NULL && c->root_dev == 0 && containers_process(tool->t, c, pid, &err) < 0)
		print_error("process", &err);
	if (c != NULL && container_verdict(tool->t, c, fd, path, &v, &err) < 0)
		print_error("verdict", &err);
	(void)printf("exec\t%s\t%d\t%s\t%s\n", c == NULL ? "" : c->id, (int)pid, path,
		     verdicts[v.kind]);
	return true;
}

/* --- control groups ---------------------------------------------------------------------------- */

static void found_cgroup(struct tool *tool, const char *path, uint64_t number)
{
	struct container *c = NULL;
	struct error err = { 0 };
	if (containers_cgroup_new(tool->t, number, path, &c, &err) < 0)
		print_error("cgroup", &err);
	if (c == NULL)
		return;
	(void)printf("cgroup\t%s\t%" PRIu64 "\t%s\n", c->id, number, path);
	if (c->known == IDENTITY_CGROUP && containers_ask_runtime(tool->t, c, ASK_MS, &err) < 0)
		print_error("ask", &err);
	else
		print_container("known", c);
}

/* A folder and, without recursion, those that were made in it before it was watched:
 * a queue of paths. */
static void watch_tree(struct tool *tool, const char *first)
{
	cleanup_buf struct buf queue = buf_max(16 * MIB);
	struct error err = { 0 };
	char full[PATH_MAX];
	(void)buf_append(&queue, first, strlen(first) + 1, &err);
	for (size_t at = 0; at < queue.n; at += strlen((const char *)queue.p + at) + 1) {
		struct stat st;
		struct dirent *d;
		char path[PATH_MAX];
		(void)snprintf(path, sizeof path, "%s", (const char *)queue.p + at);
		(void)snprintf(full, sizeof full, "%s%s", tool->mount, path);
		int wd = inotify_add_watch(tool->inotify, full, IN_CREATE | IN_DELETE | IN_ONLYDIR);
		if (wd < 0 || wd >= WATCHES || stat(full, &st) < 0)
			continue;
		if (tool->watched[wd].path != NULL)
			continue;
		tool->watched[wd] = (struct watched){ strdup(path), st.st_ino };
		if (path[0] != '\0')
			found_cgroup(tool, path, st.st_ino);
		cleanup_closedir DIR *dir = opendir(full);
		while (dir != NULL && (d = readdir(dir)) != NULL)
			if (d->d_type == DT_DIR && d->d_name[0] != '.' &&
			    (size_t)snprintf(full, sizeof full, "%s/%s", path, d->d_name) <
				    sizeof full)
				(void)buf_append(&queue, full, strlen(full) + 1, &err);
	}
}

static void gone_cgroup(struct tool *tool, const char *path)
{
	for (size_t i = 0; i < WATCHES; i++) {
		struct watched *w = &tool->watched[i];
		if (w->path == NULL || strcmp(w->path, path) != 0)
			continue;
		containers_cgroup_gone(tool->t, w->cgroup);
		free(w->path);
		w->path = NULL;
	}
}

static void take_inotify(struct tool *tool)
{
	_Alignas(struct inotify_event) char block[64 * 1024];
	ssize_t n = read(tool->inotify, block, sizeof block);
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *e = (const void *)(block + at);
		at += (ssize_t)sizeof *e + (ssize_t)e->len;
		struct watched *w = e->wd >= 0 && e->wd < WATCHES ? &tool->watched[e->wd] : NULL;
		char path[PATH_MAX];
		if (w == NULL || w->path == NULL || (e->mask & IN_ISDIR) == 0)
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", w->path, e->name);
		if ((e->mask & IN_DELETE) != 0)
			gone_cgroup(tool, path);
		else
			watch_tree(tool, path);
	}
}

/* --- the loop -------------------------------------------------------------------------------------- */

/* false at the end. */
static bool take_command(struct tool *tool)
{
	char block[4096];
	ssize_t n = read(STDIN_FILENO, block, sizeof block);
	for (ssize_t i = 0; i < n; i++)
		if (block[i] == '\n')
			list(tool);
	return n > 0;
}

static void loop(struct tool *tool)
{
	struct error err = { 0 };
	for (;;) {
		struct pollfd p[] = {
			{ .fd = STDIN_FILENO, .events = POLLIN },
			{ .fd = exec_gate_fd(tool->gate, GATE_STARTS), .events = POLLIN },
			{ .fd = exec_gate_fd(tool->gate, GATE_PROGRAMS), .events = POLLIN },
			{ .fd = tool->inotify, .events = POLLIN }
		};
		(void)fflush(stdout);
		if (poll(p, 4, -1) < 0 && errno != EINTR)
			return;
		if ((p[1].revents | p[2].revents) != 0 &&
		    (exec_gate_serve(tool->gate, GATE_STARTS, &err) < 0 ||
		     exec_gate_serve(tool->gate, GATE_PROGRAMS, &err) < 0))
			print_error("gate", &err);
		if (p[3].revents != 0)
			take_inotify(tool);
		if (p[0].revents != 0 && !take_command(tool))
			return;
	}
}

static int prepare(struct tool *tool, struct arena *arena, struct error *err)
{
	struct exec_gate_events events = { .runtime = runtime_starts,
					   .program = program_runs,
					   .ctx = tool };
	cleanup_buf struct buf mounts = buf_max(MOUNTINFO_BYTES_MAX);
	size_t runtimes;
	if (!proc_read(getpid(), "mountinfo", &mounts) ||
	    mountinfo_cgroup2(buf_view(&mounts), arena, &tool->mount, err) < 0)
		return error_set(err, ERR_IO, "no mounts");
	tool->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (tool->inotify < 0)
		return error_errno(err, "inotify");
	if (containers_new(&tool->t, err) < 0 ||
	    exec_gate_new(&events, GATE_MS, &tool->gate, err) < 0 ||
	    exec_gate_watch_runtimes(tool->gate, &runtimes, err) < 0)
		return -1;
	(void)printf("runtimes\t%zu\t%d\n", runtimes, exec_gate_realtime(tool->gate));
	if (containers_discover(tool->t, err) < 0)
		return -1;
	if (tool->mount[0] != '\0')
		watch_tree(tool, "");
	return 0;
}

int main(int argc, char **argv)
{
	static struct tool tool;
	cleanup_arena struct arena arena = arena_max(1 * MIB);
	struct error err = { 0 };
	uint64_t ms = 0;
	size_t i = 0;
	(void)signal(SIGPIPE, SIG_IGN);
	if (argc > 1 && bytes_to_u64(bytes_str(argv[1]), &ms) && ms < 10000)
		tool.delay_ms = (int)ms;
	if (prepare(&tool, &arena, &err) < 0) {
		(void)fprintf(stderr, "guard_identity: %s\n", err.text);
		return 1;
	}
	for (struct container *c; (c = containers_next(tool.t, &i)) != NULL;)
		if (c->root[0] != '\0')
			watch_root(&tool, c);
	list(&tool);
	loop(&tool);
	exec_gate_free(tool.gate);
	containers_free(tool.t);
	(void)close(tool.inotify);
	for (size_t n = 0; n < WATCHES; n++)
		free(tool.watched[n].path);
	return 0;
}
