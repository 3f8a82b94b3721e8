/* Runs a container whose first program is `attack`, guards it, and tries each
 * attack under four policies: none, alert and block of its own item, and block of
 * all others. Prints ITEM[/FORM] POLICY WHAT-HAPPENED EVENTS, tabs between.
 *
 * guard_try BACKENDS CGROUP ATTACKS COMMAND...
 * BACKENDS: enum guard_backend, or-ed; CGROUP: the container's path below the root
 * of cgroup v2; ATTACKS: a file of names; COMMAND: starts the container. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "bpf/bpf.h"
#include "bpf/system_calls.h"
#include "rule/rule.h"

enum { LINE_MOST = 256, EVENTS_MOST = 512, ANSWER_MS = 60000 };

enum mode { MODE_NONE, MODE_ALERT, MODE_BLOCK, MODE_OTHERS, MODES };

static const char *const mode_names[MODES] = { "none", "alert", "block", "others" };

struct
try {
	struct guard_bpf *guard;
	struct ring_buffer *ring;
	struct guard_bpf_options options;
	pid_t child; /* of COMMAND */
	long container; /* the container's first process, as the host numbers it */
	FILE *to, *from;
	char events[EVENTS_MOST]; /* of the attack that is tried */
	bool verbose;
};

static void stop(const struct error *err)
{
	fprintf(stderr, "guard_try: %s\n", err->text);
	exit(1);
}

static const char *const outcome_names[] = { "observed", "alerted", "blocked", "killed", "failed" };

static int take_event(void *ctx, void *data, size_t n)
{
	struct try *t = ctx;
	const struct guard_event *e = data;
	const struct rule_item *item = rule_item_of((enum guard_item)e->item);
	char one[64];
	size_t used = strlen(t->events);

	if (n < sizeof(*e) + e->path_bytes + e->args_bytes)
		fprintf(stderr, "guard_try: a record of %zu bytes is too short\n", n);
	if (t->verbose)
		fprintf(stderr,
			"event %u item %u %s origin %u dev %u ino %llu path %.*s comm %s trunc %u "
			"container %u\n",
			e->type, e->item, outcome_names[e->outcome], e->object.origin,
			e->object.dev, (unsigned long long)e->object.ino, (int)e->path_bytes,
			(const char *)data + sizeof(*e), e->comm, e->truncated, e->container);
	if (e->type != EVENT_ITEM || e->container != 1)
		return 0;
	snprintf(one, sizeof(one), "%s:%s", item != NULL ? item->name : "?",
		 outcome_names[e->outcome]);
	if (strstr(t->events, one) == NULL && used + strlen(one) + 2 < sizeof(t->events))
		snprintf(t->events + used, sizeof(t->events) - used, "%s%s", used > 0 ? "," : "",
			 one);
	return 0;
}

static void read_answer(struct try *t, char line[LINE_MOST])
{
	struct pollfd p = { .fd = fileno(t->from), .events = POLLIN };

	if (poll(&p, 1, ANSWER_MS) != 1 || fgets(line, LINE_MOST, t->from) == NULL) {
		fprintf(stderr, "guard_try: the container does not answer\n");
		kill(t->child, SIGKILL);
		exit(1);
	}
	line[strcspn(line, "\n")] = '\0';
}

static void start_container(struct try *t, char **command)
{
	int to[2], from[2];
	char line[LINE_MOST];

	if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
		exit(1);
	t->child = fork();
	if (t->child == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		execvp(command[0], command);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	t->to = fdopen(to[1], "w");
	t->from = fdopen(from[0], "r");
	do
		read_answer(t, line);
	while (strncmp(line, "ready ", 6) != 0);
	t->container = strtol(line + 6, NULL, 10);
}

/* Which operation of a file rule "file/OP/FORM" tries. */
static uint32_t file_op(const char *name)
{
	static const char *const ops[] = { "create", "write", "truncate", "rename",
					   "unlink", "link",  "chmod",    "chown",
					   "xattr",  "mount", "read" };
	const char *op = strchr(name, '/');

	for (uint32_t i = 0; op != NULL && i < sizeof(ops) / sizeof(ops[0]); i++) {
		size_t n = strlen(ops[i]);

		if (strncmp(op + 1, ops[i], n) == 0 && (op[n + 1] == '\0' || op[n + 1] == '/'))
			return UINT32_C(1) << i;
	}
	return 0;
}

static enum guard_item item_of(const char *name)
{
	char item[LINE_MOST];
	const struct rule_item *found;

	snprintf(item, sizeof(item), "%.*s", (int)strcspn(name, "/"), name);
	found = rule_item_by_name(item);
	return found != NULL ? found->item : ITEM_NONE;
}

static void set_file_rule(struct try *t, const char *name, enum mode mode)
{
	struct guard_file_rule r = { .ops = file_op(name),
				     .rule = ITEM_FILE + 1,
				     .item = ITEM_FILE };
	struct error err;

	r.action = mode == MODE_ALERT ? GUARD_ALERT : GUARD_BLOCK;
	if (mode == MODE_OTHERS)
		r.ops = (FILE_OP_ALL_CHANGES | FILE_OP_READ) & ~r.ops;
	if (mode == MODE_OTHERS && (r.ops & FILE_OP_READ) != 0)
		r.ops &= ~(uint32_t)FILE_OP_READ; /* whoever changes looks first */
	if (guard_bpf_file_rule_set(t->guard, 0, &r, &err) != 0)
		stop(&err);
}

static void set_policy(struct try *t, const char *name, enum mode mode)
{
	enum guard_item own = item_of(name);
	struct guard_policy p = { 0 };
	struct error err;

	for (unsigned i = 0; i < GUARD_ITEMS; i++) {
		p.rule[i] = (uint16_t)(i + 1);
		if (mode == MODE_OTHERS && i != own && i != ITEM_NONE)
			p.action[i] = GUARD_BLOCK;
	}
	if (own != ITEM_NONE && (mode == MODE_ALERT || mode == MODE_BLOCK))
		p.action[own] = mode == MODE_ALERT ? GUARD_ALERT : GUARD_BLOCK;
	if (own == ITEM_FILE)
		p.action[ITEM_MOUNT] = GUARD_PASS;
	if (mode != MODE_NONE && (own == ITEM_FILE || mode == MODE_OTHERS)) {
		p.file_rules = 1;
		set_file_rule(t, name, mode);
	}
	if (guard_bpf_policy_set(t->guard, 1, &p, &err) != 0)
		stop(&err);
}

static void try_one(struct try *t, const char *name, enum mode mode)
{
	char line[LINE_MOST];

	set_policy(t, name, mode);
	(void)ring_buffer__consume(t->ring);
	t->events[0] = '\0';
	fprintf(t->to, "%s\n", name);
	fflush(t->to);
	read_answer(t, line);
	(void)ring_buffer__consume(t->ring);
	printf("%s\t%s\t%s\t%s\n", name, mode_names[mode], line, t->events);
	fflush(stdout);
}

static int open_inside(const struct try *t, const char *path)
{
	char name[LINE_MOST];

	snprintf(name, sizeof(name), "/proc/%ld/root%s", t->container, path);
	return open(name, O_PATH | O_CLOEXEC);
}

static uint32_t kernel_dev(dev_t d)
{
	return major(d) << 20 | minor(d);
}

/* What an agent prepares in a container: protected files, interpreters, sockets of
 * the runtime. The descriptors stay open: the kernel forgets with the inode. */
static void prepare(struct try *t)
{
	struct guard_protect file = { .below = 1, .self = 1 }, socket = { .self = 2 },
			     runtime = { .self = 4 };
	struct guard_file_rule r = { .item = ITEM_RUNTIME_SOCKET, .rule = ITEM_RUNTIME_SOCKET + 1 };
	struct guard_file_id shell = { 0 };
	struct stat root, sh;
	struct error err;
	int at = open_inside(t, "/protected"), sock = open_inside(t, "/vol/docker.sock");
	int program = open_inside(t, "/vol/runc");

	(void)guard_bpf_file_rule_set(t->guard, 1, &r, &err);
	r.item = ITEM_RUNTIME_WRITE;
	(void)guard_bpf_file_rule_set(t->guard, 2, &r, &err);
	if (program >= 0)
		(void)guard_bpf_protect(t->guard, program, &runtime, &err);
	if (at >= 0)
		(void)guard_bpf_protect(t->guard, at, &file, &err);
	if (sock >= 0)
		(void)guard_bpf_protect(t->guard, sock, &socket, &err);
	at = open_inside(t, "/");
	sock = open_inside(t, "/bin/sh");
	if (at < 0 || sock < 0 || fstat(at, &root) != 0 || fstat(sock, &sh) != 0)
		return;
	shell.dev = kernel_dev(root.st_dev);
	shell.ino = sh.st_ino;
	(void)guard_bpf_interpreter_set(t->guard, &shell, true, &err);
}

static uint32_t namespace_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (uint32_t)st.st_ino : 0;
}

static void open_guard(struct try *t, unsigned backends, const char *cgroup)
{
	struct guard_container c = { .id = 1, .policy = 1 };
	struct guard_bpf_options o = { .backends = backends, .ring_bytes = 1 << 20 };
	struct error err;

	o.pin_dir = getenv("GUARD_TRY_PINS");
	o.settings.host_mntns = namespace_of("/proc/self/ns/mnt");
	o.settings.host_pidns = namespace_of("/proc/self/ns/pid");
	o.settings.host_userns = namespace_of("/proc/self/ns/user");
	o.settings.events = t->verbose ? 1U << EVENT_EXEC : 0;
	t->options = o;
	if (guard_bpf_open(&o, &t->guard, &err) != 0 ||
	    guard_bpf_expect(t->guard, guard_cgroup_key(cgroup), &c, &err) != 0)
		stop(&err);
	t->ring = ring_buffer__new(guard_bpf_ring_fd(t->guard), take_event, t, NULL);
	if (t->ring == NULL)
		exit(1);
	printf("# backends %u of %u\n", guard_bpf_backends(t->guard, NULL), backends);
	fflush(stdout);
}

/* Which items' programs are not attached, and why. */
static void tell_missing(const struct try *t, unsigned backends)
{
	size_t n;
	const struct rule_item *items = rule_items(&n);
	char cause[256];

	for (unsigned backend = 1; backend <= BACKEND_CGROUP_BPF; backend <<= 1) {
		for (size_t i = 0; (backends & backend) != 0 && i < n; i++) {
			if (!guard_bpf_item(t->guard, items[i].item, (enum guard_backend)backend,
					    cause, sizeof(cause)) &&
			    strncmp(cause, "no program", 10) != 0)
				printf("# %s on %u: %s\n", items[i].name, backend, cause);
		}
	}
}

static void try_all(struct try *t, const char *list)
{
	FILE *f = fopen(list, "re");
	char name[LINE_MOST];

	while (f != NULL && fgets(name, sizeof(name), f) != NULL) {
		name[strcspn(name, "\n")] = '\0';
		for (enum mode m = MODE_NONE; m < MODES; m++) {
			if (item_of(name) != ITEM_NONE || m == MODE_NONE || m == MODE_OTHERS)
				try_one(t, name, m);
		}
	}
	if (f != NULL)
		fclose(f);
}

static void tell_stats(struct try *t)
{
	struct guard_stats s;
	struct error err;

	if (guard_bpf_stats(t->guard, &s, &err) != 0)
		stop(&err);
	printf("# produced %llu lost %llu blocked %llu killed %llu alerted %llu kill_failed %llu "
	       "map_full %llu\n# failed helpers",
	       (unsigned long long)s.produced, (unsigned long long)s.lost,
	       (unsigned long long)s.blocked, (unsigned long long)s.killed,
	       (unsigned long long)s.alerted, (unsigned long long)s.kill_failed,
	       (unsigned long long)s.map_full);
	for (int i = 0; i < 9; i++)
		printf(" %llu", (unsigned long long)s.helper_failed[i]);
	printf("\n");
}

/* What the verifier looked at and what runs, of each program. */
static void tell_programs(void)
{
	uint32_t id = 0;

	while (bpf_prog_get_next_id(id, &id) == 0) {
		struct bpf_prog_info info = { 0 };
		uint32_t n = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &n) == 0 &&
		    strncmp(info.name, "guard_", 6) == 0)
			printf("# program %s instructions %u verified %u\n", info.name,
			       info.xlated_prog_len / 8, info.verified_insns);
		if (fd >= 0)
			(void)close(fd);
	}
}

static void ask_pinned(struct try *t, const char *when)
{
	char line[LINE_MOST];

	fprintf(t->to, "exec-changed\n");
	fflush(t->to);
	read_answer(t, line);
	printf("# pins: %s: %s\n", when, line);
	fflush(stdout);
}

static void reopen(struct try *t, const char *when)
{
	struct error err;
	bool adopted;

	if (guard_bpf_open(&t->options, &t->guard, &err) != 0)
		stop(&err);
	(void)guard_bpf_backends(t->guard, &adopted);
	printf("# pins: %s: %s\n", when, adopted ? "adopted" : "replaced");
}

/* Makes the pinned links look like another version's. */
static void age_links(const char *pin_dir)
{
	char folder[LINE_MOST], from[2 * LINE_MOST], to[2 * LINE_MOST];
	DIR *d;
	const struct dirent *e;

	snprintf(folder, sizeof(folder), "%s/abi-%d", pin_dir, GUARD_ABI);
	snprintf(to, sizeof(to), "%s/0000000000000000", folder);
	d = opendir(folder);
	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(from, sizeof(from), "%s/%s", folder, e->d_name);
		if (strlen(e->d_name) == 16 && rename(from, to) != 0)
			perror(from);
	}
	if (d != NULL)
		closedir(d);
}

/* The agent dies, comes again, is followed by another version, is removed. */
static void try_pins(struct try *t)
{
	struct error err;

	ring_buffer__free(t->ring);
	t->ring = NULL;
	set_policy(t, "exec-changed", MODE_BLOCK);
	guard_bpf_close(t->guard);
	t->guard = NULL;
	ask_pinned(t, "closed");
	reopen(t, "opened again");
	ask_pinned(t, "opened again");
	guard_bpf_close(t->guard);
	t->guard = NULL;
	age_links(t->options.pin_dir);
	reopen(t, "opened by another version");
	ask_pinned(t, "opened by another version");
	guard_bpf_close(t->guard);
	t->guard = NULL;
	if (guard_bpf_remove(t->options.pin_dir, &err) != 0)
		stop(&err);
	ask_pinned(t, "removed");
}

int main(int argc, char **argv)
{
	struct try t = { .verbose = getenv("GUARD_TRY_VERBOSE") != NULL };
	unsigned backends;

	if (argc < 5) {
		fprintf(stderr, "usage: guard_try BACKENDS CGROUP ATTACKS COMMAND...\n");
		return 2;
	}
	backends = (unsigned)strtoul(argv[1], NULL, 10);
	open_guard(&t, backends, argv[2]);
	tell_missing(&t, backends);
	fflush(stdout);
	start_container(&t, argv + 4);
	prepare(&t);
	try_all(&t, argv[3]);
	tell_stats(&t);
	tell_programs();
	if (t.options.pin_dir != NULL)
		try_pins(&t);
	fclose(t.to);
	waitpid(t.child, NULL, 0);
	ring_buffer__free(t.ring);
	guard_bpf_close(t.guard);
	return 0;
}
