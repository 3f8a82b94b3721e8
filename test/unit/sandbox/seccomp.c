/* What the system-call filter alone holds back: kernels before 6.12 have no
 * Landlock that keeps signals in. */
#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A sanitizer's own calls need a wider filter: there is nothing to test then. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { STATUS_FILTER = 99, EXIT_SKIPPED = 77 };

/* Runs act in a process with the filter of a profile; its exit status, or 128
 * and the signal that ended it. */
static int locked(enum sandbox_profile profile, int (*act)(pid_t), pid_t about)
{
	struct error err = { 0 };
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || seccomp_enter(profile, &err) < 0)
			_exit(STATUS_FILTER);
		_exit(act(about));
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int signal_process(pid_t pid)
{
	return syscall(SYS_tgkill, pid, pid, SIGKILL) == 0 ? 0 : errno;
}

static int signal_itself(pid_t pid)
{
	(void)pid;
	return raise(SIGTERM) == 0 ? 0 : errno;
}

static int type_into_terminal(pid_t pid)
{
	char c = ' ';
	(void)pid;
	return ioctl(STDIN_FILENO, TIOCSTI, &c) == 0 ? 0 : errno;
}

static void no_other_process_can_be_signalled(void **state)
{
	(void)state;
	for (int p = 0; p < 2; p++) {
		pid_t other = fork();
		int status = 0;
		if (other == 0)
			for (;;)
				(void)pause();
		assert_true(other > 0);
		int how = locked(p == 0 ? SANDBOX_WORKER : SANDBOX_FETCH, signal_process, other);
		bool dead = waitpid(other, &status, WNOHANG) == other;
		if (!dead) {
			(void)kill(other, SIGKILL);
			(void)waitpid(other, &status, 0);
		}
		assert_int_not_equal(how, 0);
		assert_int_not_equal(how, STATUS_FILTER);
	}
}

static void a_process_can_signal_itself(void **state)
{
	(void)state;
	assert_int_equal(locked(SANDBOX_WORKER, signal_itself, 0), 128 + SIGTERM);
}

static void nothing_can_be_typed_into_the_users_terminal(void **state)
{
	(void)state;
	assert_int_equal(locked(SANDBOX_FETCH, type_into_terminal, 0), EPERM);
	assert_int_equal(locked(SANDBOX_WORKER, type_into_terminal, 0), 128 + SIGSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_other_process_can_be_signalled),
		cmocka_unit_test(a_process_can_signal_itself),
		cmocka_unit_test(nothing_can_be_typed_into_the_users_terminal),
	};
	if (SANITIZED) {
		(void)puts("a sanitizer's own calls need a wider filter");
		return EXIT_SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
