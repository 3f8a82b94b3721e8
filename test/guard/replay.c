/* A runtime that makes a known mistake.
 *
 * replay start CGROUP ROOT MISTAKE PROGRAM   runs PROGRAM as a container's first one:
 *     none; closed: a folder of the host is open, and is closed by the exec;
 *     folder: the working directory is outside; descriptor: a folder outside is left open
 *     (CVE-2024-21626, both) */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH = 512 };

static void stop(const char *what)
{
	fprintf(stderr, "replay: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void join(const char *cgroup)
{
	char path[PATH], pid[16];
	int n = snprintf(pid, sizeof(pid), "%d", (int)getpid()), fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, pid, (size_t)n) != n)
		stop(path);
	close(fd);
}

static void change_root(const char *root)
{
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount(root, root, NULL, MS_BIND | MS_REC, NULL) != 0 || chdir(root) != 0 ||
	    syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 ||
	    chdir("/") != 0 || mount("proc", "/proc", "proc", 0, NULL) != 0)
		stop(root);
}

static void run(char *program, char *first, char *second)
{
	char *const argv[] = { program, first, second, NULL }, *const envp[] = { NULL };

	execve(program, argv, envp);
	printf("refused %s\n", strerror(errno));
	exit(errno == EPERM ? 126 : 127);
}

static int start(char **words)
{
	const char *mistake = words[2];
	int kept = strcmp(mistake, "descriptor") == 0 ? 0 : O_CLOEXEC,
	    outside = open("/", O_RDONLY | O_DIRECTORY | kept);

	join(words[0]);
	change_root(words[1]);
	if (strcmp(mistake, "none") == 0)
		close(outside);
	if (strcmp(mistake, "folder") == 0 && fchdir(outside) != 0)
		stop("its folder");
	run(words[3], words[4], words[4] != NULL ? words[5] : NULL);
	return 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "start") == 0 && argc >= 6)
		return start(argv + 2);
	fprintf(stderr, "usage: replay start ...\n");
	return 2;
}
