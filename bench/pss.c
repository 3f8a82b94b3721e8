/* Runs a command and samples the memory of it and of all its descendants: the sum
 * of PSS (proc(5), smaps_rollup) every 5 ms, so that shared pages count once.
 *
 * usage: pss FILE COMMAND [ARGUMENT...]
 * Writes to FILE: seconds, CPU seconds, the largest sum in KiB, samples, and ends
 * with the command's exit status. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "base/base.h"

enum { SAMPLE_NS = 5 * 1000 * 1000, PIDS_MAX = 1024 };

/* The text of a small file of /proc; empty when the process is gone. */
static struct bytes read_proc(pid_t pid, const char *name, char *out, size_t size)
{
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? fd_read_full(fd, out, size) : 0;
	return bytes_of(out, n > 0 ? (size_t)n : 0);
}

/* Every thread can have children of its own. */
static size_t add_children(pid_t pid, pid_t *pids, size_t count)
{
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	cleanup_closedir DIR *tasks = opendir(path);
	if (tasks == NULL)
		return count;
	for (struct dirent *e; (e = readdir(tasks)) != NULL;) {
		char name[300], text[8192];
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof name, "task/%s/children", e->d_name);
		struct bytes rest = read_proc(pid, name, text, sizeof text), field;
		while (bytes_next_field(&rest, ' ', &field)) {
			uint64_t child;
			if (count < PIDS_MAX && bytes_to_u64(bytes_trim(field), &child))
				pids[count++] = (pid_t)child;
		}
	}
	return count;
}

static uint64_t pss_kib(pid_t pid)
{
	char text[4096];
	struct bytes rest = read_proc(pid, "smaps_rollup", text, sizeof text), line;
	while (bytes_next_field(&rest, '\n', &line)) {
		uint64_t kib;
		if (!bytes_starts_with(line, BYTES_LIT("Pss:")))
			continue;
		line = bytes_trim(bytes_sub(line, 4, line.n));
		if (bytes_ends_with(line, BYTES_LIT(" kB")) &&
		    bytes_to_u64(bytes_sub(line, 0, line.n - 3), &kib))
			return kib;
	}
	return 0;
}

/* The sum over root and all below it, breadth first. */
static uint64_t tree_kib(pid_t root)
{
	pid_t pids[PIDS_MAX] = { root };
	size_t count = 1;
	uint64_t sum = 0;
	for (size_t i = 0; i < count; i++) {
		sum += pss_kib(pids[i]);
		count = add_children(pids[i], pids, count);
	}
	return sum;
}

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		(void)fprintf(stderr, "usage: pss FILE COMMAND [ARGUMENT...]\n");
		return EXIT_FAILURE;
	}
	uint64_t started = clock_monotonic_ns(), most = 0;
	unsigned samples = 0;
	pid_t child = fork();
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (child < 0)
		return EXIT_FAILURE;
	int status;
	struct timespec next;
	(void)clock_gettime(CLOCK_MONOTONIC, &next);
	while (waitpid(child, &status, WNOHANG) == 0) {
		uint64_t sum = tree_kib(child);
		most = sum > most ? sum : most;
		samples++;
		next.tv_nsec += SAMPLE_NS;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	double wall = (double)(clock_monotonic_ns() - started) / 1e9;
	struct rusage usage;
	(void)getrusage(RUSAGE_CHILDREN, &usage);
	cleanup_fclose FILE *out = fopen(argv[1], "we");
	if (out == NULL)
		return EXIT_FAILURE;
	(void)fprintf(out, "%.4f\t%.4f\t%ju\t%u\n", wall,
		      seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), (uintmax_t)most,
		      samples);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
