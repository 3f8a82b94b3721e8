/* A load for bench/guard.py, inside a container: short programs, or datagram sockets
 * that are connected, each an event of the guard.
 *
 * guard_load: ends at once. guard_load exec|connect COUNT RATE: so many, at most RATE a
 * second (0: as fast as it can); prints the seconds it took. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BILLION = 1000000000, PACES = 100 }; /* sleeps a second */

static long long now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * BILLION + t.tv_nsec;
}

/* Until `done` of the work may be done. */
static void pace(long long begin, long done, long rate)
{
	long long until = begin + (long long)done * BILLION / rate;
	struct timespec t = { .tv_sec = until / BILLION, .tv_nsec = until % BILLION };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static int run_one(const char *self)
{
	char *const args[] = { (char *)(size_t)self, NULL }, *const env[] = { NULL };
	pid_t pid;
	int status;

	if (posix_spawn(&pid, self, NULL, NULL, args, env) != 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int connect_one(int fd)
{
	static const struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = 0x0900 };
	struct sockaddr_in here = to;

	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(fd, (const struct sockaddr *)&here, sizeof(here));
}

int main(int argc, char **argv)
{
	long count, rate;
	long long begin;
	int fd, failed = 0, programs;

	if (argc != 4)
		return argc == 1 ? 0 : 2;
	programs = strcmp(argv[1], "exec") == 0;
	count = strtol(argv[2], NULL, 10);
	rate = strtol(argv[3], NULL, 10);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	begin = now();
	for (long i = 0; i < count && !failed; i++) {
		failed = programs ? run_one(argv[0]) : connect_one(fd);
		if (rate > 0 && i % (rate / PACES + 1) == 0)
			pace(begin, i, rate);
	}
	if (failed)
		perror(argv[1]);
	printf("%.6f\n", (double)(now() - begin) / BILLION);
	return failed != 0;
}
