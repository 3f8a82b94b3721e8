/* sandbox: what a process may still do, and starting and watching the ones
 * that read hostile bytes. */
#ifndef CORTEN_SANDBOX_H
#define CORTEN_SANDBOX_H

#include <sys/types.h>

#include "base/base.h"

enum sandbox_profile {
	/* Parses hostile bytes: no path at all (Landlock without a rule), no
	 * socket, no exec; reads and writes the descriptors it has, uses
	 * memory and threads, ends. */
	SANDBOX_WORKER,
	/* Speaks to the network: reads the resolver's and the CA files
	 * (Landlock), opens TCP and UDP sockets, no exec, no file written. */
	SANDBOX_FETCH
};

struct sandbox_limits {
	uint64_t memory; /* RLIMIT_AS beyond what is mapped now; 0: LIMIT_WORKER_MEMORY */
	uint64_t cpu_seconds; /* RLIMIT_CPU; 0: none */
	const char *const *read_paths; /* SANDBOX_FETCH: readable besides the defaults; NULL */
};

/* Locks this process into a profile, for good. Call before the first hostile
 * byte, and before threads are started. Landlock that the kernel lacks is
 * tolerated (seccomp still stands) and told through ret_degraded; a seccomp
 * filter that cannot be installed is an error. */
int sandbox_enter(enum sandbox_profile profile, const struct sandbox_limits *limits,
		  bool *ret_degraded, struct error *err);

/* A child process. */
struct child {
	pid_t pid; /* 0: none */
	int pidfd;
};

/* Descriptors that a child gets: `from` becomes number `to`. */
struct child_fd {
	int from, to;
};

/* Starts one of our programs ("corten-worker") with an empty environment and
 * no descriptors but 2 (standard error) and those given; 0 and 1 are /dev/null
 * unless given. argv[0] is set by the call; args is NULL-terminated. The
 * program is looked for beside the running one, then in ../libexec/corten. It
 * dies with its parent. */
int child_start(const char *program, const char *const *args, const struct child_fd *fds,
		size_t fd_count, struct child *ret, struct error *err);

/* Waits at most timeout_ms (-1: for ever): 1 with the wait status, 0 when it
 * still runs, -1. */
int child_wait(struct child *c, int timeout_ms, int *ret_status, struct error *err);

/* SIGKILL, then reaps. No-op for a child that is not there. */
void child_kill(struct child *c);

/* "was killed by SIGSYS (system call not allowed)", "exited with status 1". */
void child_status_text(int status, char *out, size_t n);

#endif
