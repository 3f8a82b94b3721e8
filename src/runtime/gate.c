/* The start gate and the resolver: fanotify(7), permission events.
 *
 * Who is asked holds a process in the kernel, so what is asked must always be
 * answered: the thread here does nothing but read, answer and look at the clock. It
 * never calls a callback, never waits for a file or a lock that is held for long, and
 * lets go at once what this process or a child of it runs, because that may be what
 * a callback is waiting for. Should it end, the group is closed, and the kernel lets
 * everybody go. */
#include "runtime/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>

#include "runtime/proc.h"

enum { KNOWN_AGE_S = 2 };

/* --- answers -------------------------------------------------------------------------------------- */

static void answer(const struct exec_gate *g, int fd, bool allow)
{
	struct fanotify_response r = { .fd = fd, .response = allow ? FAN_ALLOW : FAN_DENY };
	ssize_t n;
	do
		n = write(g->group, &r, sizeof r);
	while (n < 0 && errno == EINTR);
}

static void answer_and_close(const struct exec_gate *g, int fd, bool allow)
{
	answer(g, fd, allow);
	(void)close(fd);
}

/* --- the thread: questions -------------------------------------------------------------------------- */

static bool is_ours(const struct exec_gate *g, pid_t pid)
{
	pid_t parent;
	uint64_t start;
	return pid == g->own || (proc_stat(pid, &parent, &start) && parent == g->own);
}

/* --- the thread: what need not be asked ------------------------------------------------------------- */

static struct known_program known_of(const struct stat *st)
{
	return (struct known_program){
		.dev = st->st_dev, .ino = st->st_ino, .size = st->st_size, .ctime = st->st_ctim
	};
}

static bool known_same(const struct known_program *a, const struct known_program *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->ctime.tv_sec == b->ctime.tv_sec && a->ctime.tv_nsec == b->ctime.tv_nsec;
}

static bool is_known(struct exec_gate *g, int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return false;
	struct known_program k = known_of(&st);
	(void)pthread_mutex_lock(&g->lock);
	bool same = known_same(&g->known[st.st_ino % GATE_KNOWN], &k);
	(void)pthread_mutex_unlock(&g->lock);
	return same;
}

/* A change in this very moment could leave no trace in the time of change: only what
 * has been as it is for a while is remembered. */
bool exec_gate_remember(struct exec_gate *g, int fd)
{
	struct stat st;
	struct timespec now = { 0 };
	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (fstat(fd, &st) < 0 || st.st_ctim.tv_sec > now.tv_sec - KNOWN_AGE_S)
		return false;
	(void)pthread_mutex_lock(&g->lock);
	g->known[st.st_ino % GATE_KNOWN] = known_of(&st);
	(void)pthread_mutex_unlock(&g->lock);
	return true;
}

/* --- the thread: questions -------------------------------------------------------------------------- */

/* With the lock. */
static bool is_runtime(const struct exec_gate *g, int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return false;
	for (size_t i = 0; i < g->runtime_count; i++)
		if (g->runtimes[i].ino == st.st_ino && g->runtimes[i].dev == st.st_dev)
			return true;
	return false;
}

/* With the lock. */
static bool late_answer(const struct exec_gate *g, enum exec_gate_kind kind)
{
	return kind == GATE_STARTS || !g->denies_late;
}

/* With the lock. false: nobody is to be asked, or there is no room; *ret_answer then. */
static bool enqueue(struct exec_gate *g, const struct fanotify_event_metadata *m,
		    enum exec_gate_kind *ret_kind, bool *ret_answer)
{
	enum exec_gate_kind kind = is_runtime(g, m->fd) ? GATE_STARTS : GATE_PROGRAMS;
	uint64_t ms = (uint64_t)(kind == GATE_STARTS ? g->timeout_ms : PROGRAM_DEADLINE_MS);
	*ret_kind = kind;
	*ret_answer = true;
	if (kind == GATE_STARTS ? g->events.runtime == NULL : g->events.program == NULL)
		return false;
	*ret_answer = late_answer(g, kind);
	for (size_t i = 0; i < GATE_PENDING; i++) {
		struct question *q = &g->question[i];
		if (q->state != QUESTION_FREE)
			continue;
		*q = (struct question){ .state = QUESTION_WAITS,
					.kind = kind,
					.fd = m->fd,
					.pid = m->pid,
					.deadline = clock_monotonic_ns() + ms * 1000000,
					.order = g->order++ };
		return true;
	}
	g->timeouts++;
	return false;
}

static void take_event(struct exec_gate *g, const struct fanotify_event_metadata *m)
{
	if (m->fd < 0)
		return; /* of an overflow, which an unlimited queue has not */
	if ((m->mask & FAN_OPEN_EXEC_PERM) == 0) {
		(void)close(m->fd);
		return;
	}
	if (is_known(g, m->fd) || is_ours(g, m->pid)) {
		answer_and_close(g, m->fd, true);
		return;
	}
	bool allow;
	(void)pthread_mutex_lock(&g->lock);
	enum exec_gate_kind kind;
	bool waits = enqueue(g, m, &kind, &allow);
	(void)pthread_mutex_unlock(&g->lock);
	if (waits)
		(void)eventfd_write(g->wake[kind], 1);
	else
		answer_and_close(g, m->fd, allow);
}

/* false when the group is of no use any more. */
static bool take_events(struct exec_gate *g)
{
	_Alignas(struct fanotify_event_metadata) uint8_t block[16 * 1024];
	ssize_t n = read(g->group, block, sizeof block);
	if (n < 0)
		return errno != EBADF && errno != EINVAL && errno != EFAULT;
	const struct fanotify_event_metadata *m = (const void *)block;
	for (; FAN_EVENT_OK(m, n); m = FAN_EVENT_NEXT(m, n)) {
		if (m->vers != FANOTIFY_METADATA_VERSION)
			return false;
		take_event(g, m);
	}
	return true;
}

/* --- the thread: the clock ---------------------------------------------------------------------------- */

/* With the lock. */
static void let_go(struct exec_gate *g, struct question *q)
{
	g->timeouts++;
	answer(g, q->fd, late_answer(g, q->kind));
	if (q->state == QUESTION_SERVED) {
		q->state = QUESTION_LATE; /* who serves it closes it */
		return;
	}
	if (q->kind == GATE_STARTS) { /* its container is known late, and not never */
		q->answered = true;
		q->deadline = UINT64_MAX;
		return;
	}
	(void)close(q->fd);
	q->state = QUESTION_FREE;
}

/* Lets go what is due; milliseconds until the next is, -1: there is none. */
static int watch_clock(struct exec_gate *g)
{
	uint64_t now = clock_monotonic_ns(), next = UINT64_MAX;
	(void)pthread_mutex_lock(&g->lock);
	for (size_t i = 0; i < GATE_PENDING; i++) {
		struct question *q = &g->question[i];
		if (q->state != QUESTION_WAITS && q->state != QUESTION_SERVED)
			continue;
		if (q->deadline <= now)
			let_go(g, q);
		else if (q->deadline < next)
			next = q->deadline;
	}
	(void)pthread_mutex_unlock(&g->lock);
	return next == UINT64_MAX ? -1 : (int)((next - now + 999999) / 1000000);
}

static void *run(void *ctx)
{
	struct exec_gate *g = ctx;
	for (;;) {
		struct pollfd p[] = { { .fd = g->group, .events = POLLIN },
				      { .fd = g->stop, .events = POLLIN } };
		int ready = poll(p, 2, watch_clock(g));
		if (ready < 0 && errno != EINTR)
			break;
		if (ready <= 0)
			continue;
		if (p[1].revents != 0 || (p[0].revents != 0 && !take_events(g)))
			break;
	}
	return NULL;
}

/* On a busy node an ordinary thread answers up to 150 us later. */
static void set_realtime(struct exec_gate *g)
{
	struct sched_param param = { .sched_priority = 1 };
	g->realtime =
		pthread_setschedparam(g->thread, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) == 0;
}

/* --- the other side: callbacks ------------------------------------------------------------------------ */

static struct question *oldest(struct exec_gate *g, enum exec_gate_kind kind)
{
	struct question *found = NULL;
	for (size_t i = 0; i < GATE_PENDING; i++) {
		struct question *q = &g->question[i];
		if (q->state == QUESTION_WAITS && q->kind == kind &&
		    (found == NULL || q->order < found->order))
			found = q;
	}
	return found;
}

static bool ask_callback(const struct exec_gate *g, const struct question *q)
{
	if (q->kind == GATE_PROGRAMS)
		return g->events.program(g->events.ctx, q->pid, q->fd);
	g->events.runtime(g->events.ctx, q->pid);
	return true;
}

/* One question; false when none waits. */
static bool serve_one(struct exec_gate *g, enum exec_gate_kind kind)
{
	struct question copy;
	(void)pthread_mutex_lock(&g->lock);
	struct question *q = oldest(g, kind);
	if (q != NULL) {
		q->state = q->answered ? QUESTION_LATE : QUESTION_SERVED;
		copy = *q;
	}
	(void)pthread_mutex_unlock(&g->lock);
	if (q == NULL)
		return false;
	bool allow = ask_callback(g, &copy);
	(void)pthread_mutex_lock(&g->lock);
	if (q->state == QUESTION_SERVED)
		answer(g, q->fd, allow);
	(void)close(q->fd);
	q->state = QUESTION_FREE;
	(void)pthread_mutex_unlock(&g->lock);
	return true;
}

int exec_gate_serve(struct exec_gate *g, enum exec_gate_kind kind, struct error *err)
{
	eventfd_t count;
	if (eventfd_read(g->wake[kind], &count) < 0 && errno != EAGAIN)
		return error_errno(err, "the start gate");
	while (serve_one(g, kind))
		;
	return 0;
}

int exec_gate_fd(const struct exec_gate *g, enum exec_gate_kind kind)
{
	return g->wake[kind];
}

uint64_t exec_gate_timeouts(const struct exec_gate *g)
{
	struct exec_gate *open = (struct exec_gate *)(uintptr_t)g;
	(void)pthread_mutex_lock(&open->lock);
	uint64_t n = g->timeouts;
	(void)pthread_mutex_unlock(&open->lock);
	return n;
}

void exec_gate_deny_late(struct exec_gate *g, bool deny)
{
	(void)pthread_mutex_lock(&g->lock);
	g->denies_late = deny;
	(void)pthread_mutex_unlock(&g->lock);
}

bool exec_gate_realtime(const struct exec_gate *g)
{
	return g->realtime;
}

/* --- beginning and end ----------------------------------------------------------------------------------- */

void exec_gate_free(struct exec_gate *g)
{
	if (g == NULL)
		return;
	if (g->running) {
		(void)eventfd_write(g->stop, 1);
		(void)pthread_join(g->thread, NULL);
	}
	for (size_t i = 0; i < GATE_PENDING; i++)
		if (g->question[i].state != QUESTION_FREE)
			answer_and_close(g, g->question[i].fd, true);
	(void)close(g->group);
	for (size_t i = 0; i < GATE_KINDS; i++)
		if (g->wake[i] >= 0)
			(void)close(g->wake[i]);
	if (g->stop >= 0)
		(void)close(g->stop);
	(void)pthread_mutex_destroy(&g->lock);
	free(g);
}

static void init_lock(struct exec_gate *g)
{
	pthread_mutexattr_t how;
	(void)pthread_mutexattr_init(&how);
	(void)pthread_mutexattr_setprotocol(&how, PTHREAD_PRIO_INHERIT);
	(void)pthread_mutex_init(&g->lock, &how);
	(void)pthread_mutexattr_destroy(&how);
}

/* Signals are the loop's. */
static int start_thread(struct exec_gate *g)
{
	sigset_t all, before;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int r = pthread_create(&g->thread, NULL, run, g);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

int exec_gate_adopt(int group, const struct exec_gate_events *e, int timeout_ms,
		    struct exec_gate **ret, struct error *err)
{
	struct exec_gate *g = calloc(1, sizeof *g);
	if (g == NULL) {
		(void)close(group);
		return error_set(err, ERR_MEMORY, "no memory for the start gate");
	}
	g->events = *e;
	g->group = group;
	g->timeout_ms = timeout_ms;
	g->own = getpid();
	for (size_t i = 0; i < GATE_KINDS; i++)
		g->wake[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	g->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	init_lock(g);
	int r = g->wake[GATE_STARTS] < 0 || g->wake[GATE_PROGRAMS] < 0 || g->stop < 0
			? errno
			: start_thread(g);
	if (r != 0) {
		errno = r;
		error_errno(err, "cannot start the start gate");
		exec_gate_free(g);
		return -1;
	}
	g->running = true;
	set_realtime(g);
	*ret = g;
	return 0;
}

int exec_gate_new(const struct exec_gate_events *e, int timeout_ms, struct exec_gate **ret,
		  struct error *err)
{
	int group = fanotify_init(FAN_CLASS_CONTENT | FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS |
					  FAN_NONBLOCK | FAN_CLOEXEC,
				  O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NONBLOCK);
	if (group < 0)
		return error_errno(err, "the kernel gives no fanotify group (CAP_SYS_ADMIN and "
					"CONFIG_FANOTIFY_ACCESS_PERMISSIONS are needed)");
	return exec_gate_adopt(group, e, timeout_ms, ret, err);
}
