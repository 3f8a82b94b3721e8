/* The start gate on programs of this test's own. Callers are other processes' children:
 * those of this process are let go unasked. */
#include "runtime/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { MS = 1000000 };

static char folder[64], program[96];

static void copy_program(const char *to)
{
	cleanup_buf struct buf content = buf_max(16 * MIB);
	cleanup_close int from = open("/bin/true", O_RDONLY | O_CLOEXEC);
	assert_true(from >= 0);
	assert_int_equal(fd_read_all(from, &content, NULL), 0);
	cleanup_close int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	assert_int_equal(fd_write_full(fd, content.p, content.n), 0);
}

/* Runs path from a grandchild; what execve(2) said: 0, or errno. */
static int run_elsewhere(const char *path, uint64_t *ret_ns)
{
	uint64_t before = clock_monotonic_ns();
	int status;
	pid_t child = fork();
	if (child == 0) {
		pid_t pid = fork();
		if (pid == 0) {
			char *const argv[] = { (char *)(uintptr_t)path, NULL };
			(void)execv(path, argv);
			_exit(errno);
		}
		if (waitpid(pid, &status, 0) != pid)
			_exit(255);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 254);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (ret_ns != NULL)
		*ret_ns = clock_monotonic_ns() - before;
	return WEXITSTATUS(status);
}

/* What is told, and by whom it is served. */
struct scene {
	struct exec_gate *gate;
	pthread_t loop;
	int end[2];
	unsigned runtimes, programs;
	bool deny;
	const char *runs; /* by the callback itself */
};

static void on_runtime(void *ctx, pid_t pid)
{
	struct scene *s = ctx;
	s->runtimes++;
	assert_true(pid > 0);
	if (s->runs == NULL)
		return;
	pid_t own = fork();
	if (own == 0) {
		char *const argv[] = { (char *)(uintptr_t)s->runs, NULL };
		(void)execv(s->runs, argv);
		_exit(1);
	}
	int status;
	assert_int_equal(waitpid(own, &status, 0), own);
	assert_int_equal(status, 0);
}

static bool on_program(void *ctx, pid_t pid, int fd)
{
	struct scene *s = ctx;
	s->programs++;
	return pid > 0 && fd >= 0 && !s->deny;
}

static void *serve(void *ctx)
{
	struct scene *s = ctx;
	for (;;) {
		struct pollfd p[] = {
			{ .fd = exec_gate_fd(s->gate, GATE_STARTS), .events = POLLIN },
			{ .fd = exec_gate_fd(s->gate, GATE_PROGRAMS), .events = POLLIN },
			{ .fd = s->end[0], .events = POLLIN }
		};
		(void)poll(p, 3, -1);
		if (p[2].revents != 0)
			return NULL;
		(void)exec_gate_serve(s->gate, GATE_STARTS, NULL);
		(void)exec_gate_serve(s->gate, GATE_PROGRAMS, NULL);
	}
}

static void begin(struct scene *s, int timeout_ms, bool served)
{
	struct exec_gate_events e = { .runtime = on_runtime, .program = on_program, .ctx = s };
	struct error err = { 0 };
	s->end[0] = s->end[1] = -1;
	if (exec_gate_new(&e, timeout_ms, &s->gate, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(exec_gate_watch_runtime(s->gate, program, &err), 0);
	if (!served)
		return;
	assert_int_equal(pipe2(s->end, O_CLOEXEC), 0);
	assert_int_equal(pthread_create(&s->loop, NULL, serve, s), 0);
}

static void end(struct scene *s)
{
	if (s->end[1] >= 0) {
		(void)close(s->end[1]);
		assert_int_equal(pthread_join(s->loop, NULL), 0);
		(void)close(s->end[0]);
	}
	exec_gate_free(s->gate);
}

static void a_runtime_is_told_and_goes_on(void **state)
{
	struct scene s = { 0 };
	(void)state;
	begin(&s, 5000, true);
	for (int i = 0; i < 20; i++)
		assert_int_equal(run_elsewhere(program, NULL), 0);
	assert_int_equal(run_elsewhere("/bin/true", NULL), 0); /* nobody's business */
	assert_int_equal(exec_gate_timeouts(s.gate), 0);
	end(&s);
	assert_int_equal(s.runtimes, 20);
	assert_int_equal(s.programs, 0);
}

static void who_is_not_answered_goes_on_is_counted_and_told_late(void **state)
{
	struct scene s = { 0 };
	uint64_t ns;
	(void)state;
	begin(&s, 100, false);
	assert_int_equal(run_elsewhere(program, &ns), 0);
	assert_true(ns >= (uint64_t)100 * MS);
	assert_int_equal(exec_gate_timeouts(s.gate), 1);
	assert_int_equal(exec_gate_serve(s.gate, GATE_STARTS, NULL), 0);
	assert_int_equal(s.runtimes, 1);
	assert_int_equal(exec_gate_serve(s.gate, GATE_STARTS, NULL), 0);
	assert_int_equal(s.runtimes, 1);
	assert_int_equal(exec_gate_timeouts(s.gate), 1);
	end(&s);
}

static void own_children_are_never_held(void **state)
{
	struct scene s = { .runs = program };
	uint64_t ns;
	(void)state;
	begin(&s, 60000, true);
	assert_int_equal(run_elsewhere(program, &ns), 0);
	assert_true(ns < (uint64_t)30000 * MS);
	assert_int_equal(exec_gate_timeouts(s.gate), 0);
	end(&s);
	assert_int_equal(s.runtimes, 1);
}

/* Waits inside of execve(2) when the gate ends. */
static void the_end_lets_everybody_go(void **state)
{
	struct scene s = { 0 };
	int status;
	(void)state;
	begin(&s, 60000, false);
	pid_t child = fork();
	if (child == 0) {
		int code = run_elsewhere(program, NULL);
		_exit(code);
	}
	struct pollfd p = { .fd = exec_gate_fd(s.gate, GATE_STARTS), .events = POLLIN };
	assert_int_equal(poll(&p, 1, 30000), 1);
	end(&s);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void many_at_once_are_all_answered(void **state)
{
	enum { MANY = 40 };
	struct scene s = { 0 };
	pid_t child[MANY];
	int status;
	(void)state;
	begin(&s, 20000, true);
	for (int i = 0; i < MANY; i++) {
		child[i] = fork();
		if (child[i] == 0)
			_exit(run_elsewhere(program, NULL));
	}
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(waitpid(child[i], &status, 0), child[i]);
		assert_int_equal(status, 0);
	}
	end(&s);
	assert_int_equal(s.runtimes, MANY);
}

/* A file system of its own, with one program. */
static void root_make(char mount_point[static 96], char inside[static 128])
{
	(void)snprintf(mount_point, 96, "%s/root", folder);
	(void)snprintf(inside, 128, "%s/true", mount_point);
	assert_int_equal(mkdir(mount_point, 0755), 0);
	assert_int_equal(mount("none", mount_point, "tmpfs", 0, NULL), 0);
	copy_program(inside);
}

static void root_watch(struct scene *s, const char *mount_point)
{
	struct error err = { 0 };
	cleanup_close int root = open(mount_point, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(exec_gate_watch_root(s->gate, root, &err), 0);
}

static void root_remove(const char *mount_point)
{
	assert_int_equal(umount2(mount_point, MNT_DETACH), 0);
	assert_int_equal(rmdir(mount_point), 0);
}

static void programs_of_a_root_can_be_denied(void **state)
{
	struct scene s = { .deny = true };
	char mount_point[96], inside[128];
	(void)state;
	root_make(mount_point, inside);
	begin(&s, 5000, true);
	root_watch(&s, mount_point);
	assert_int_equal(run_elsewhere(inside, NULL), EPERM);
	assert_int_equal(run_elsewhere("/bin/true", NULL), 0);
	s.deny = false;
	assert_int_equal(run_elsewhere(inside, NULL), 0);
	end(&s);
	assert_int_equal(s.programs, 2);
	root_remove(mount_point);
}

static void a_program_that_nobody_answers_for_is_denied_where_that_is_asked(void **state)
{
	struct scene s = { 0 };
	char mount_point[96], inside[128];
	uint64_t ns;
	(void)state;
	root_make(mount_point, inside);
	begin(&s, 100, false);
	root_watch(&s, mount_point);
	assert_int_equal(run_elsewhere(inside, &ns), 0);
	assert_true(ns >= (uint64_t)PROGRAM_DEADLINE_MS * MS);
	exec_gate_deny_late(s.gate, true);
	assert_int_equal(run_elsewhere(inside, NULL), EPERM);
	assert_int_equal(run_elsewhere(program, NULL), 0); /* a runtime never is */
	exec_gate_deny_late(s.gate, false);
	assert_int_equal(run_elsewhere(inside, NULL), 0);
	assert_int_equal(exec_gate_timeouts(s.gate), 4);
	end(&s);
	root_remove(mount_point);
}

static void the_nodes_own_file_system_is_no_root(void **state)
{
	struct scene s = { 0 };
	struct error err = { 0 };
	cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	(void)state;
	begin(&s, 1000, false);
	assert_int_equal(exec_gate_watch_root(s.gate, root, &err), -1);
	assert_int_equal(err.code, ERR_UNSUPPORTED);
	end(&s);
}

static void what_is_no_program_is_no_runtime(void **state)
{
	struct scene s = { 0 };
	struct error err = { 0 };
	(void)state;
	begin(&s, 1000, false);
	assert_int_equal(exec_gate_watch_runtime(s.gate, "/no/such/runc", &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(exec_gate_watch_runtime(s.gate, "/dev/null", &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	end(&s);
	exec_gate_free(NULL);
}

static int make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof folder, "/var/tmp/corten-gate-XXXXXX");
	if (mkdtemp(folder) == NULL || unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	(void)snprintf(program, sizeof program, "%s/runc", folder);
	copy_program(program);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	(void)unlink(program);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_runtime_is_told_and_goes_on),
		cmocka_unit_test(who_is_not_answered_goes_on_is_counted_and_told_late),
		cmocka_unit_test(own_children_are_never_held),
		cmocka_unit_test(the_end_lets_everybody_go),
		cmocka_unit_test(many_at_once_are_all_answered),
		cmocka_unit_test(programs_of_a_root_can_be_denied),
		cmocka_unit_test(a_program_that_nobody_answers_for_is_denied_where_that_is_asked),
		cmocka_unit_test(the_nodes_own_file_system_is_no_root),
		cmocka_unit_test(what_is_no_program_is_no_runtime),
	};
	if (geteuid() != 0) {
		(void)printf("fanotify's permission events need root\n");
		return 77; /* meson: skipped */
	}
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
