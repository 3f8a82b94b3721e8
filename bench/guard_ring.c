/* How many events the ring takes and its reader gets through: connections of datagram
 * sockets in a cgroup of its own, where alone the programs of cgroups are attached.
 *
 * guard_ring CGROUP2 LOAD SECONDS: CGROUP2 is where cgroup v2 is mounted, LOAD the
 * program guard_load. Prints, a name and a number a line: delivered, lost, produced,
 * failed, seconds,
 * reader_cpu_s, load_cpu_s. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bpf/bpf.h"
#include "sensor/sensor.h"

enum { LOOK_NS = 2000000 };

struct bench {
	char folder[256];
	struct guard_bpf *guard;
	struct event_source *source;
	pid_t load;
	double seconds; /* that it took */
	double reader, load_cpu; /* of a processor */
};

static double clock_of(clockid_t which)
{
	struct timespec t;

	(void)clock_gettime(which, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t namespace_of(const char *kind)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", kind);
	return stat(path, &st) == 0 ? (uint32_t)st.st_ino : 0;
}

static int guard_it(struct bench *b, struct error *err)
{
	struct guard_bpf_options o = { .backends = BACKEND_TP_KILL | BACKEND_CGROUP_BPF,
				       .cgroup_root = b->folder };
	struct guard_container c = { .id = 1, .policy = 1 };
	struct stat st;

	o.settings.host_mntns = namespace_of("mnt");
	o.settings.host_pidns = namespace_of("pid");
	o.settings.host_userns = namespace_of("user");
	o.settings.events = 1U << EVENT_CONNECT;
	o.settings.ring_wake_bytes = 1 << 20;
	if (mkdir(b->folder, 0755) != 0 || stat(b->folder, &st) != 0)
		return error_errno(err, "%s", b->folder);
	if (guard_bpf_open(&o, &b->guard, err) != 0 ||
	    guard_bpf_container_set(b->guard, st.st_ino, &c, err) != 0)
		return -1;
	return event_source_ring(guard_bpf_ring_fd(b->guard), GUARD_RING_BYTES, &b->source, err);
}

/* In the cgroup and in mounts of its own: to the guard it is a container. */
static void be_load(const struct bench *b, const char *load)
{
	char path[300], count[] = "1000000000";
	char *args[] = { (char *)(uintptr_t)load, (char *)(uintptr_t) "connect", count,
			 (char *)(uintptr_t) "0", NULL };
	int fd;

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", b->folder);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1 || unshare(CLONE_NEWNS) != 0)
		_exit(126);
	(void)execv(load, args);
	_exit(127);
}

/* What waits, and for as long as something does. */
static int drain(struct bench *b, struct error *err)
{
	struct event e;
	double begin = clock_of(CLOCK_THREAD_CPUTIME_ID);
	int r;

	while ((r = event_source_next(b->source, &e, err)) == 1)
		;
	b->reader += clock_of(CLOCK_THREAD_CPUTIME_ID) - begin;
	return r;
}

static int read_for(struct bench *b, double seconds, struct error *err)
{
	struct timespec wait = { .tv_nsec = LOOK_NS };
	struct rusage u = { 0 };
	double begin = clock_of(CLOCK_MONOTONIC);

	while (clock_of(CLOCK_MONOTONIC) - begin < seconds) {
		if (drain(b, err) < 0)
			return -1;
		(void)nanosleep(&wait, NULL);
	}
	(void)kill(b->load, SIGKILL);
	(void)wait4(b->load, NULL, 0, &u);
	b->load_cpu = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
		      (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
	b->seconds = clock_of(CLOCK_MONOTONIC) - begin;
	return drain(b, err);
}

static int tell(struct bench *b, struct error *err)
{
	struct guard_stats s;
	struct event_counts c;

	if (guard_bpf_stats(b->guard, &s, err) != 0)
		return -1;
	event_source_counted(b->source, &c);
	(void)printf("delivered %llu\nlost %llu\nproduced %llu\nfailed %llu\nseconds %.6f\n"
		     "reader_cpu_s %.6f\nload_cpu_s %.6f\n",
		     (unsigned long long)c.delivered, (unsigned long long)c.lost,
		     (unsigned long long)s.produced, (unsigned long long)s.lost, b->seconds,
		     b->reader, b->load_cpu);
	return 0;
}

int main(int argc, char **argv)
{
	struct bench b = { 0 };
	struct error err = { 0 };
	int r;

	if (argc != 4)
		return 2;
	(void)snprintf(b.folder, sizeof(b.folder), "%s/corten-bench-%d", argv[1], (int)getpid());
	r = guard_it(&b, &err);
	if (r == 0) {
		b.load = fork();
		if (b.load == 0)
			be_load(&b, argv[2]);
		r = read_for(&b, strtod(argv[3], NULL), &err);
	}
	if (r == 0)
		r = tell(&b, &err);
	event_source_free(b.source);
	guard_bpf_close(b.guard);
	(void)rmdir(b.folder);
	if (r != 0)
		(void)fprintf(stderr, "guard_ring: %s\n", err.text);
	return r != 0;
}
