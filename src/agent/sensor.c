/* The sensor role: one loop over the kernel's ring, the control socket, the
 * folder of rules and a clock; the gate has a thread of its own. */
#include "agent/node.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "agent/privilege.h"
#include "runtime/proc.h"

enum { PROCESSES_MOST = 65536, ALERTS_MOST = 100000, DRAIN_MS = 20, TICK_MS = 1000, MINUTE = 60 };
/* A changed program waits until its time tells (verdict.c): others are looked at meanwhile. */
enum { PROGRAM_THREADS = 8 };
enum waiting { WAIT_RING, WAIT_CONTROL, WAIT_RULES, WAIT_CLOCK };

struct loop {
	struct node n;
	int epoll, rules, clock;
	uint64_t tick_next; /* ms, CLOCK_MONOTONIC */
	uint64_t ticks, day;
};

/* --- set-up ------------------------------------------------------------------ */

static int state_open(struct node *n, struct error *err)
{
	char path[4096];
	(void)snprintf(path, sizeof path, "%s/events", n->options->state_dir);
	if (fd_make_dirs(path, 0700, err) != 0 ||
	    event_log_open(path, n->options->log_bytes, &n->log, err) != 0)
		return -1;
	(void)snprintf(path, sizeof path, "%s/alerts", n->options->state_dir);
	if (fd_make_dirs(path, 0700, err) != 0)
		return -1;
	return alerts_open(path, ALERTS_MOST, &n->alerts, err);
}

static uint32_t namespace_of_host(const char *kind)
{
	uint64_t inode = 0;
	return proc_node_namespace(kind, &inode) ? (uint32_t)inode : 0;
}

static void settings_fill(struct node *n)
{
	n->settings = (struct guard_settings){
		.host_mntns = namespace_of_host("mnt"),
		.host_pidns = namespace_of_host("pid"),
		.host_userns = namespace_of_host("user"),
		.backend = n->options->backends,
		.events = 1u << EVENT_EXEC | 1u << EVENT_EXIT | 1u << EVENT_ITEM |
			  1u << EVENT_CGROUP_NEW | 1u << EVENT_CGROUP_GONE | 1u << EVENT_NAMESPACE |
			  1u << EVENT_CREDENTIAL | 1u << EVENT_CONNECT,
		.ring_wake_bytes = 1 << 20,
		.agent_tgid = (uint32_t)getpid(),
	};
}

static int ring_open(struct node *n, struct error *err)
{
	int fd;
	if (enforcer_ring(n->enforcer, &fd, err) != 0)
		return -1;
	return event_source_ring(fd, GUARD_RING_BYTES, &n->ring, err);
}

/* --- marks ------------------------------------------------------------------------ */

static int on_protect(void *ctx, int inode, const struct guard_protect *p, struct error *err)
{
	const struct node *n = ctx;
	return enforcer_protect(n->enforcer, inode, p, err);
}

static int on_program(void *ctx, enum program_kind kind, const struct guard_file_id *id,
		      uint64_t bits, struct error *err)
{
	const struct node *n = ctx;
	return kind == PROGRAM_TRUSTED ? enforcer_trusted(n->enforcer, id, bits, err)
				       : enforcer_interpreter(n->enforcer, id, bits != 0, err);
}

/* --- the node -------------------------------------------------------------------- */

/* A program that this kernel refuses guards nothing, whatever its back-end does elsewhere. */
static int lacks_find(struct node *n, struct error *err)
{
	static const enum guard_backend kernel[] = { BACKEND_BPF_LSM, BACKEND_TP_KILL,
						     BACKEND_CGROUP_BPF };
	for (size_t b = 0; b < sizeof kernel / sizeof kernel[0]; b++) {
		uint64_t lost = 0;
		char told[256] = "";
		for (unsigned i = 0; (n->backends & kernel[b]) != 0 && i < GUARD_ITEMS; i++) {
			char cause[256];
			bool attached;
			enum guard_item item = (enum guard_item)i;
			if (rule_guarantee(item, kernel[b]) == GUARD_PASS)
				continue;
			if (enforcer_item(n->enforcer, item, kernel[b], &attached, cause,
					  sizeof cause, err) != 0)
				return -1;
			if (attached || cause[0] == '\0')
				continue;
			lost |= UINT64_C(1) << i;
			if (strcmp(cause, told) != 0)
				log_at(LOG_WARNING, "%s: %s", rule_item_of(item)->name, cause);
			(void)snprintf(told, sizeof told, "%s", cause);
		}
		rule_lacks(kernel[b], lost);
	}
	return 0;
}

static int node_open(struct node *n, int sock, struct error *err)
{
	(void)pthread_mutex_init(&n->lock, NULL);
	(void)pthread_cond_init(&n->asked, NULL);
	syslog_open(&n->syslog, n->options->syslog);
	n->started = now_ns();
	(void)snprintf(n->name, sizeof n->name, "%s", n->options->node);
	n->slot = calloc(GUARD_POLICIES, sizeof *n->slot);
	if (n->slot == NULL)
		return error_set(err, ERR_MEMORY, "no memory");
	n->marks.to =
		(struct mark_events){ .protect = on_protect, .program = on_program, .ctx = n };
	settings_fill(n);
	if (n->settings.host_mntns == 0)
		return error_set(err, ERR_PERMISSION,
				 "cannot tell the node's mount namespace (/proc/1/ns/mnt): a "
				 "container's programs could not be told from the runtime's");
	if (enforcer_new(sock, &n->enforcer, err) != 0 ||
	    enforcer_status(n->enforcer, &n->status, err) != 0)
		return -1;
	n->backends =
		(n->status.backends | BACKEND_FANOTIFY | BACKEND_RUNTIME) & n->options->backends;
	if (lacks_find(n, err) != 0 || containers_new(&n->containers, err) != 0 ||
	    process_table_new(PROCESSES_MOST, &n->processes, err) != 0)
		return -1;
	return state_open(n, err);
}

/* A refused set of rules does not keep the agent from starting: it tells. */
static void rules_load(struct node *n)
{
	struct error err = { 0 };
	if (policies_reload(n, &err) != 0)
		log_at(LOG_ERROR, "the rules are not in force: %s", err.text);
}

static int gate_open(struct node *n)
{
	struct error err = { 0 };
	if ((n->backends & BACKEND_FANOTIFY) == 0)
		return 0;
	if (gate_start(n, &err) == 0)
		return 0;
	n->backends &= ~(unsigned)BACKEND_FANOTIFY;
	log_at(LOG_WARNING, "no start gate: %s", err.text);
	return 0;
}

static void gate_serve(struct node *n, enum exec_gate_kind kind)
{
	struct error err = { 0 };
	if (gate_run(n, kind, &err) != 0)
		log_at(LOG_ERROR, "the start gate has ended: %s", err.text);
	(void)pthread_mutex_lock(&n->lock);
	n->backends &= ~(unsigned)BACKEND_FANOTIFY;
	(void)pthread_mutex_unlock(&n->lock);
}

static void *starts_thread(void *p)
{
	gate_serve(p, GATE_STARTS);
	return NULL;
}

static void *programs_thread(void *p)
{
	gate_serve(p, GATE_PROGRAMS);
	return NULL;
}

static void *asking_thread(void *p)
{
	struct node *n = p;
	struct asker *a;
	struct error err = { 0 };
	if (asker_new(&a, &err) == 0)
		watch_ask(n, a);
	log_at(LOG_ERROR, "runtimes are not asked: %s", err.text);
	return NULL;
}

static int threads_start(struct node *n, struct error *err)
{
	pthread_t t;
	bool started = pthread_create(&t, NULL, asking_thread, n) == 0;
	if (started && n->gate != NULL)
		started = pthread_create(&t, NULL, starts_thread, n) == 0;
	for (int i = 0; i < PROGRAM_THREADS && started && n->gate != NULL; i++)
		started = pthread_create(&t, NULL, programs_thread, n) == 0;
	return started ? 0 : error_set(err, ERR_MEMORY, "cannot start a thread");
}

/* --- the loop ---------------------------------------------------------------- */

static int wait_for(struct loop *l, int fd, enum waiting what, struct error *err)
{
	struct epoll_event e = { .events = EPOLLIN, .data = { .u32 = what } };
	if (fd < 0 || epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) != 0)
		return error_errno(err, "cannot watch a descriptor");
	return 0;
}

static int clock_open(struct error *err)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct itimerspec every = { .it_interval = { .tv_nsec = DRAIN_MS * 1000000 },
				    .it_value = { .tv_nsec = DRAIN_MS * 1000000 } };
	if (fd < 0 || timerfd_settime(fd, 0, &every, NULL) != 0)
		return error_errno(err, "cannot make a timer");
	return fd;
}

static int rules_watch(const char *folder)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd >= 0)
		(void)inotify_add_watch(fd, folder,
					IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE);
	return fd;
}

static int loop_open(struct loop *l, struct error *err)
{
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->clock = clock_open(err);
	l->rules = rules_watch(l->n.options->rules_dir);
	if (l->epoll < 0 || l->clock < 0)
		return -1;
	if (wait_for(l, event_source_fd(l->n.ring), WAIT_RING, err) != 0 ||
	    wait_for(l, control_server_fd(l->n.control), WAIT_CONTROL, err) != 0 ||
	    wait_for(l, l->clock, WAIT_CLOCK, err) != 0 ||
	    wait_for(l, l->rules, WAIT_RULES, err) != 0)
		return -1;
	return 0;
}

static void drop_input(int fd)
{
	char skip[4096];
	while (read(fd, skip, sizeof skip) > 0)
		;
}

/* Every minute: sockets and programs that were made anew; exceptions that ended with
 * the day. */
static void minute(struct loop *l)
{
	struct error err = { 0 };
	uint64_t day = now_ns() / 1000000000u / 86400;
	if (day != l->day && l->day != 0)
		rules_load(&l->n);
	else if (host_mark(&l->n, &err) != 0)
		log_at(LOG_WARNING, "%s", err.text);
	l->day = day;
}

/* Told when it grows, not every second. */
static void alerts_lost(struct node *n)
{
	uint64_t damaged = alerts_damaged(n->alerts), dropped = alerts_dropped(n->alerts);
	if (damaged > n->alerts_damaged)
		log_at(LOG_WARNING, "%llu damaged lines of alerts were passed over",
		       (unsigned long long)damaged);
	if (dropped > n->alerts_dropped)
		log_at(LOG_WARNING, "%llu alerts had no room and are not kept",
		       (unsigned long long)dropped);
	n->alerts_damaged = damaged;
	n->alerts_dropped = dropped;
}

/* Every second: what may wait that long. */
static int tick(struct loop *l, struct error *err)
{
	struct node *n = &l->n;
	restore_step(n);
	/* By the clock: under load a round takes longer than the timer's step. */
	uint64_t now = clock_monotonic_ns() / 1000000;
	if (now < l->tick_next)
		return 0;
	l->tick_next = now + TICK_MS;
	bool whole_minute = ++l->ticks % MINUTE == 0;
	restore_fit(n);
	/* A runtime that was upgraded is another file of the same name. */
	size_t count;
	if (n->gate != NULL && whole_minute && exec_gate_watch_runtimes(n->gate, &count, err) != 0)
		log_at(LOG_WARNING, "%s", err->text);
	if (whole_minute)
		minute(l);
	if (event_log_flush(n->log, err) != 0)
		log_at(LOG_WARNING, "%s", err->text);
	if (alerts_flush(n->alerts, err) != 0)
		log_at(LOG_WARNING, "%s", err->text);
	alerts_lost(n);
	return 0;
}

static int ready(struct loop *l, enum waiting what, struct error *err)
{
	switch (what) {
	case WAIT_CONTROL:
		return control_server_serve(l->n.control, err);
	case WAIT_RULES:
		drop_input(l->rules);
		rules_load(&l->n);
		return 0;
	case WAIT_CLOCK:
		drop_input(l->clock);
		if (events_drain(&l->n, err) != 0)
			return -1;
		return tick(l, err);
	case WAIT_RING:
		return events_drain(&l->n, err);
	}
	return 0;
}

static int loop_run(struct loop *l, struct error *err)
{
	struct epoll_event e[8];
	for (;;) {
		int n = epoll_wait(l->epoll, e, 8, -1);
		if (n < 0 && errno != EINTR)
			return error_errno(err, "cannot wait for events");
		(void)pthread_mutex_lock(&l->n.lock);
		int r = 0;
		node_beat(&l->n);
		for (int i = 0; i < n && r == 0; i++)
			r = ready(l, (enum waiting)e[i].data.u32, err);
		(void)pthread_mutex_unlock(&l->n.lock);
		if (r != 0)
			return -1;
	}
}

/* Who is not found now loses what an earlier agent's rules held for him: on a busy machine
 * a second look finds him. */
static int discover_all(struct node *n, struct error *err)
{
	enum { LOOKS = 3 };
	for (int i = 0; i < LOOKS; i++, node_beat(n)) {
		if (watch_discover(n, err) != 0)
			return -1;
		if (containers_unread(n->containers) == 0)
			return 0;
	}
	log_at(LOG_WARNING,
	       "%zu containers are not known: what their runtime keeps of them cannot be read",
	       containers_unread(n->containers));
	return 0;
}

int agent_sensor(const struct agent_options *o, int sock, struct error *err)
{
	(void)signal(SIGPIPE, SIG_IGN);
	/* Before the first thread: each would keep what it was born with. */
	if (privilege_keep(PRIVILEGE_SENSOR, err) != 0)
		return -1;
	struct loop *l = calloc(1, sizeof *l);
	if (l == NULL)
		return error_set(err, ERR_MEMORY, "no memory");
	struct node *n = &l->n;
	n->options = o;
	if (node_open(n, sock, err) != 0 || ring_open(n, err) != 0 || gate_open(n) != 0 ||
	    control_server_new(o->run_dir, commands_answer, n, &n->control, err) != 0 ||
	    loop_open(l, err) != 0)
		return -1;
	policies_inherited(n);
	rules_load(n);
	if (discover_all(n, err) != 0)
		return -1;
	policies_inherited_end(n);
	/* What an earlier agent left in the ring is told, but not this one's to count. */
	if (events_drain(n, err) != 0 || enforcer_status(n->enforcer, &n->status, err) != 0)
		return -1;
	n->before = n->status.stats;
	n->events = 0;
	return threads_start(n, err) == 0 ? loop_run(l, err) : -1;
}
