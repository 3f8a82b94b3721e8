/* What a locked process may do, tried call by call: each try is a process of its
 * own that locks itself in and then makes one call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/sandbox.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { DONE = 0, REFUSED = 77, LOCK_FAILED = 99 };

/* Makes one call: its result, -1 with errno when it was refused. */
typedef long attempt_fn(void);

static int locked(enum sandbox_profile profile, attempt_fn *attempt)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		struct error err = { 0 };
		if (sandbox_enter(profile, NULL, NULL, &err) < 0)
			_exit(LOCK_FAILED);
		long r = attempt();
		_exit(r != -1 ? DONE : REFUSED);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static bool is_allowed(enum sandbox_profile profile, attempt_fn *attempt)
{
	int status = locked(profile, attempt);
	return WIFEXITED(status) && WEXITSTATUS(status) == DONE;
}

/* A parser that tries is killed; sanitizers need a filter that only refuses. */
static bool is_forbidden(enum sandbox_profile profile, attempt_fn *attempt)
{
	int status = locked(profile, attempt);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS && profile == SANDBOX_WORKER;
	return WEXITSTATUS(status) == REFUSED && (SANITIZED || profile == SANDBOX_FETCH);
}

#define worker_may_not(attempt) assert_true(is_forbidden(SANDBOX_WORKER, attempt))
#define worker_may(attempt) assert_true(is_allowed(SANDBOX_WORKER, attempt))
#define fetch_may_not(attempt) assert_true(is_forbidden(SANDBOX_FETCH, attempt))
#define fetch_may(attempt) assert_true(is_allowed(SANDBOX_FETCH, attempt))

/* --- the calls --------------------------------------------------------------------- */

static long open_passwd(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
}

static long open_passwd_old(void)
{
	return syscall(SYS_open, "/etc/passwd", O_RDONLY, 0);
}

static long open_resolv_conf(void)
{
	long fd = syscall(SYS_openat, AT_FDCWD, "/etc/resolv.conf", O_RDONLY, 0);
	return fd < 0 && errno == ENOENT ? DONE : fd;
}

static long open_root(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY, 0);
}

static long open_own_memory(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR, 0);
}

static long make_file(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/tmp/corten-sandbox-test", O_WRONLY | O_CREAT, 0600);
}

static long make_unnamed_file(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/tmp", O_RDWR | O_TMPFILE, 0600);
}

static long make_memory_file(void)
{
	return syscall(SYS_memfd_create, "x", 0);
}

static long remove_file(void)
{
	return syscall(SYS_unlinkat, AT_FDCWD, "/tmp/corten-sandbox-test", 0);
}

static long connect_somewhere(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(9),
				 .sin_addr = { htonl(INADDR_LOOPBACK) } };
	long fd = syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	long r = connect((int)fd, (struct sockaddr *)&a, sizeof a);
	return r < 0 && errno == ECONNREFUSED ? DONE : r;
}

static long make_unix_socket(void)
{
	return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}

static long make_raw_socket(void)
{
	return syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, (int[2]){ 0 });
}

static long execute(void)
{
	static char *const argv[] = { "true", NULL }, *const envp[] = { NULL };
	return syscall(SYS_execve, "/bin/true", argv, envp);
}

static long execute_at(void)
{
	static char *const argv[] = { "true", NULL }, *const envp[] = { NULL };
	return syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, envp, 0);
}

static long make_process(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0)
		_exit(0);
	return pid;
}

static long signal_parent(void)
{
	return syscall(SYS_kill, getppid(), 0);
}

static long trace_parent(void)
{
	return syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), NULL, NULL);
}

static long map_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	return p == MAP_FAILED ? -1 : DONE;
}

static long make_memory_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? DONE : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static long leave_namespace(void)
{
	return syscall(SYS_unshare, CLONE_NEWUSER);
}

static long make_ring(void)
{
	return syscall(SYS_io_uring_setup, 4, (char[256]){ 0 });
}

static long load_program(void)
{
	return syscall(SYS_bpf, 0, (char[128]){ 0 }, 128);
}

static long raise_limit(void)
{
	return syscall(SYS_prlimit64, 0, 7, (uint64_t[2]){ 10000, 10000 }, NULL);
}

static long change_user(void)
{
	return syscall(SYS_setuid, 0);
}

static long drive_terminal(void)
{
	return syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, "x");
}

/* --- what parsing needs --------------------------------------------------------------- */

static char mark;

static void *thread_main(void *arg)
{
	(void)arg;
	return &mark;
}

static long use_thread(void)
{
	pthread_t t;
	void *result = NULL;
	if (pthread_create(&t, NULL, thread_main, NULL) != 0 || pthread_join(t, &result) != 0)
		return -1;
	return result == &mark ? DONE : -1;
}

static long use_memory(void)
{
	for (size_t n = 64; n < 64 * MIB; n *= 4) {
		char *p = malloc(n);
		if (p == NULL)
			return -1;
		memset(p, 1, n);
		char *more = realloc(p, n + n);
		free(more != NULL ? more : p);
		if (more == NULL)
			return -1;
	}
	return DONE;
}

static int pipe_ends[2];

static long use_descriptors(void)
{
	char c = 0;
	struct stat st;
	if (write(pipe_ends[1], "x", 1) != 1 || read(pipe_ends[0], &c, 1) != 1 || c != 'x')
		return -1;
	return fstat(pipe_ends[0], &st);
}

static long look_at_clock(void)
{
	return clock_monotonic_ns() > 0 && hash_random_key() != 0 ? DONE : -1;
}

static long take_all_memory(void)
{
	void *volatile p = malloc(4 * GIB);
	return p == NULL ? DONE : -1;
}

static int temp_fd;

static long write_far(void)
{
	(void)signal(SIGXFSZ, SIG_IGN);
	return pwrite(temp_fd, "x", 1, (off_t)(LIMIT_FILE_TEMP + 1)) < 0 && errno == EFBIG ? DONE
											   : -1;
}

/* --- tests ------------------------------------------------------------------------------ */

static void a_worker_opens_no_file(void **state)
{
	(void)state;
	worker_may_not(open_passwd);
	worker_may_not(open_passwd_old);
	worker_may_not(open_root);
	worker_may_not(open_own_memory);
	worker_may_not(make_file);
	worker_may_not(make_unnamed_file);
	worker_may_not(make_memory_file);
	worker_may_not(remove_file);
	assert_int_not_equal(access("/tmp/corten-sandbox-test", F_OK), 0);
}

static void a_worker_has_no_network(void **state)
{
	(void)state;
	worker_may_not(connect_somewhere);
	worker_may_not(make_unix_socket);
	worker_may_not(make_raw_socket);
}

static void a_worker_starts_and_touches_no_process(void **state)
{
	(void)state;
	worker_may_not(execute);
	worker_may_not(execute_at);
	if (!SANITIZED) { /* what a sanitizer itself needs */
		worker_may_not(make_process);
		worker_may_not(signal_parent);
		worker_may_not(trace_parent);
	}
}

static void a_worker_runs_no_code_of_its_own_making(void **state)
{
	(void)state;
	if (SANITIZED) {
		print_message("a sanitizer maps as it likes\n");
		skip();
	}
	worker_may_not(map_code);
	worker_may_not(make_memory_code);
}

static void a_worker_gains_no_privilege(void **state)
{
	(void)state;
	worker_may_not(leave_namespace);
	worker_may_not(make_ring);
	worker_may_not(load_program);
	worker_may_not(change_user);
	if (!SANITIZED) {
		worker_may_not(raise_limit);
		worker_may_not(drive_terminal);
	}
}

static void a_worker_has_what_parsing_needs(void **state)
{
	(void)state;
	assert_int_equal(pipe(pipe_ends), 0);
	worker_may(use_descriptors);
	worker_may(use_memory);
	worker_may(use_thread);
	worker_may(look_at_clock);
	(void)close(pipe_ends[0]);
	(void)close(pipe_ends[1]);
}

static void a_worker_has_an_end_of_memory_and_of_disk(void **state)
{
	(void)state;
	char path[] = "/tmp/corten-sandbox-XXXXXX";
	if (SANITIZED) {
		print_message("a sanitizer's shadow memory allows no limit\n");
		skip();
	}
	worker_may(take_all_memory);
	temp_fd = mkstemp(path);
	assert_true(temp_fd >= 0);
	(void)unlink(path);
	worker_may(write_far);
	(void)close(temp_fd);
}

static void a_fetcher_reaches_the_network_and_reads_its_settings(void **state)
{
	(void)state;
	fetch_may(connect_somewhere);
	fetch_may(open_resolv_conf);
	fetch_may(use_thread);
}

static void a_fetcher_reads_nothing_else_writes_nothing_and_starts_nothing(void **state)
{
	(void)state;
	fetch_may_not(open_passwd);
	fetch_may_not(open_root);
	fetch_may_not(make_file);
	fetch_may_not(make_unnamed_file);
	fetch_may_not(remove_file);
	fetch_may_not(execute);
	fetch_may_not(leave_namespace);
	fetch_may_not(load_program);
	fetch_may_not(change_user);
	if (!SANITIZED)
		fetch_may_not(trace_parent);
}

/* --- children ----------------------------------------------------------------------------- */

/* This program as a child, told by its argument what to do. */
static const char *own_name;

static int child_report(void)
{
	extern char **environ;
	unsigned open_fds = 0;
	for (int fd = 0; fd < 256; fd++)
		open_fds |= fcntl(fd, F_GETFD) >= 0 ? (fd < 31 ? 1u << fd : 1u << 31) : 0;
	if (environ != NULL && environ[0] != NULL)
		open_fds |= 1u << 30;
	return write(4, &open_fds, sizeof open_fds) == (ssize_t)sizeof open_fds ? 0 : 1;
}

static void start(const char *what, struct child *c, int out)
{
	const char *args[] = { what, NULL };
	const struct child_fd fds[] = { { out, 4 } };
	struct error err = { 0 };
	assert_int_equal(child_start(own_name, args, fds, 1, c, &err), 0);
}

static void a_child_has_no_environment_and_only_the_descriptors_it_was_given(void **state)
{
	(void)state;
	struct child c;
	int ends[2], status;
	unsigned open_fds = 0;
	int stray = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(setenv("SECRET", "x", 1), 0);
	start("report", &c, ends[1]);
	assert_int_equal(read(ends[0], &open_fds, sizeof open_fds), sizeof open_fds);
	assert_int_equal(child_wait(&c, -1, &status, NULL), 1);
	assert_int_equal(status, 0);
	assert_int_equal(open_fds, 1u << 0 | 1u << 1 | 1u << 2 | 1u << 4);
	(void)close(stray);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void a_child_is_waited_for_only_so_long_and_killed(void **state)
{
	(void)state;
	struct child c;
	int status;
	start("sleep", &c, 2);
	assert_int_equal(child_wait(&c, 20, &status, NULL), 0);
	pid_t pid = c.pid;
	child_kill(&c);
	assert_int_equal(c.pid, 0);
	assert_int_equal(kill(pid, 0), -1);
	child_kill(&c); /* no-op */
}

/* The end of a pipe that only the grandchild holds tells of its death. */
static void a_child_dies_with_its_parent(void **state)
{
	(void)state;
	int ends[2], status;
	char c;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t between = fork();
	if (between == 0) {
		struct child sleeper;
		start("sleep", &sleeper, ends[1]);
		_exit(0);
	}
	(void)close(ends[1]);
	assert_int_equal(waitpid(between, &status, 0), between);
	assert_int_equal(read(ends[0], &c, 1), 0);
	(void)close(ends[0]);
}

static void how_a_child_ended_is_told_in_words(void **state)
{
	(void)state;
	char text[128];
	child_status_text(SIGSYS, text, sizeof text);
	assert_non_null(strstr(text, "SIGSYS"));
	child_status_text(SIGKILL, text, sizeof text);
	assert_string_equal(text, "was killed by SIGKILL");
	child_status_text(3 << 8, text, sizeof text);
	assert_string_equal(text, "exited with status 3");
	child_status_text(127 << 8, text, sizeof text);
	assert_string_equal(text, "could not be started");
}

static void a_program_that_is_not_there_is_named(void **state)
{
	(void)state;
	struct child c = { 0 };
	struct error err = { 0 };
	assert_int_equal(child_start("corten-nothing", NULL, NULL, 0, &c, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "corten-nothing"));
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "report") == 0)
		return child_report();
	if (argc == 2 && strcmp(argv[1], "sleep") == 0)
		return (int)sleep(600);
	const char *slash = strrchr(argv[0], '/');
	own_name = slash == NULL ? argv[0] : slash + 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_opens_no_file),
		cmocka_unit_test(a_worker_has_no_network),
		cmocka_unit_test(a_worker_starts_and_touches_no_process),
		cmocka_unit_test(a_worker_runs_no_code_of_its_own_making),
		cmocka_unit_test(a_worker_gains_no_privilege),
		cmocka_unit_test(a_worker_has_what_parsing_needs),
		cmocka_unit_test(a_worker_has_an_end_of_memory_and_of_disk),
		cmocka_unit_test(a_fetcher_reaches_the_network_and_reads_its_settings),
		cmocka_unit_test(a_fetcher_reads_nothing_else_writes_nothing_and_starts_nothing),
		cmocka_unit_test(a_child_has_no_environment_and_only_the_descriptors_it_was_given),
		cmocka_unit_test(a_child_is_waited_for_only_so_long_and_killed),
		cmocka_unit_test(a_child_dies_with_its_parent),
		cmocka_unit_test(how_a_child_ended_is_told_in_words),
		cmocka_unit_test(a_program_that_is_not_there_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
