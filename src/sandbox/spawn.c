#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_FDS_MAX = 16, CHILD_ARGS_MAX = 16 };

/* The program beside our own executable, or in ../libexec/corten from it. */
static int program_path(const char *program, char out[static PATH_MAX], struct error *err)
{
	static const char *const places[] = { "", "../libexec/corten/" };
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0)
		return error_errno(err, "/proc/self/exe: cannot tell where the programs are");
	self[n] = '\0';
	char *slash = strrchr(self, '/');
	size_t dir = slash == NULL ? 0 : (size_t)(slash - self) + 1;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		int len = snprintf(out, PATH_MAX, "%.*s%s%s", (int)dir, self, places[i], program);
		if (len > 0 && len < PATH_MAX && access(out, X_OK) == 0)
			return 0;
	}
	return error_set(
		err, ERR_NOT_FOUND,
		"%s is not beside %s nor in ../libexec/corten: the installation is not whole",
		program, self);
}

/* Moves the wanted descriptors to their places: first out of the way of all
 * targets, then down. */
static bool place_fds(struct child_fd *fds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fds[i].from = fcntl(fds[i].from, F_DUPFD_CLOEXEC, 64);
		if (fds[i].from < 0)
			return false;
	}
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (dup2(fds[i].from, fds[i].to) < 0)
			return false;
	return true;
}

static bool is_wanted(int fd, const struct child_fd *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i].to == fd)
			return true;
	return fd <= 2;
}

static bool close_others(const struct child_fd *fds, size_t count)
{
	int last = 2;
	for (size_t i = 0; i < count; i++)
		last = fds[i].to > last ? fds[i].to : last;
	for (int fd = 3; fd < last; fd++)
		if (!is_wanted(fd, fds, count))
			(void)close(fd);
	return syscall(SYS_close_range, (unsigned)last + 1, ~0u, 0) == 0;
}

/* In the new process: only async-signal-safe calls from here to exec. */
__attribute__((noreturn)) static void child_exec(const char *path, char *const *argv,
						 struct child_fd *fds, size_t count, pid_t parent)
{
	static char *const no_environment[] = { NULL };
	sigset_t none;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGINT, SIG_IGN); /* the parent decides what ^C ends */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && place_fds(fds, count) &&
	    close_others(fds, count))
		(void)execve(path, argv, no_environment);
	_exit(127);
}

int child_start(const char *program, const char *const *args, const struct child_fd *fds,
		size_t fd_count, struct child *ret, struct error *err)
{
	char path[PATH_MAX];
	char *argv[CHILD_ARGS_MAX + 2] = { (char *)program };
	struct child_fd wanted[CHILD_FDS_MAX];
	size_t n = 0;
	if (program_path(program, path, err) < 0)
		return -1;
	for (; args != NULL && args[n] != NULL; n++) {
		if (n == CHILD_ARGS_MAX)
			return error_set(err, ERR_INTERNAL, "too many arguments for %s", program);
		argv[n + 1] = (char *)args[n];
	}
	if (fd_count > CHILD_FDS_MAX)
		return error_set(err, ERR_INTERNAL, "too many descriptors for %s", program);
	if (fd_count > 0)
		memcpy(wanted, fds, fd_count * sizeof *fds);
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid == 0)
		child_exec(path, argv, wanted, fd_count, parent);
	if (pid < 0)
		return error_errno(err, "cannot start %s", program);
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0) {
		error_errno(err, "cannot watch %s", program);
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		return -1;
	}
	*ret = (struct child){ .pid = pid, .pidfd = pidfd };
	return 0;
}

static int reap(struct child *c, int *ret_status)
{
	int status = 0;
	pid_t r;
	do
		r = waitpid(c->pid, &status, 0);
	while (r < 0 && errno == EINTR);
	(void)close(c->pidfd);
	*c = (struct child){ 0 };
	*ret_status = status;
	return r < 0 ? -1 : 0;
}

int child_wait(struct child *c, int timeout_ms, int *ret_status, struct error *err)
{
	struct pollfd p = { .fd = c->pidfd, .events = POLLIN };
	int n;
	do
		n = poll(&p, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return 0;
	if (n < 0 || reap(c, ret_status) < 0)
		return error_errno(err, "cannot wait for a child process");
	return 1;
}

void child_kill(struct child *c)
{
	int status;
	if (c->pid == 0)
		return;
	(void)kill(c->pid, SIGKILL);
	(void)reap(c, &status);
}

void child_status_text(int status, char *out, size_t n)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		(void)snprintf(out, n, "was stopped at a forbidden system call (SIGSYS)");
	else if (WIFSIGNALED(status))
		(void)snprintf(out, n, "was killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		(void)snprintf(out, n, "could not be started");
	else
		(void)snprintf(out, n, "exited with status %d", WEXITSTATUS(status));
}
