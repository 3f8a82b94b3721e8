/* exec_gate from the inside: shared by gate.c (answers) and watch.c (marks). */
#ifndef CORTEN_RUNTIME_GATE_H
#define CORTEN_RUNTIME_GATE_H

#include <pthread.h>
#include <sys/stat.h>

#include "runtime/runtime.h"

enum {
	GATE_PENDING = 256, /* asked and not answered; more are let go, and counted */
	GATE_RUNTIMES = 128, /* programs watched as runtimes */
	GATE_KNOWN = 1024 /* programs that are let go unasked; a power of two */
};

enum question_state {
	QUESTION_FREE,
	QUESTION_WAITS, /* for exec_gate_serve */
	QUESTION_SERVED, /* a callback is at it */
	QUESTION_LATE /* the same, and it was let go meanwhile */
};

struct question {
	enum question_state state;
	enum exec_gate_kind kind;
	int fd;
	pid_t pid;
	uint64_t deadline; /* clock_monotonic_ns */
	bool answered; /* a start that was let go: it is still to be told */
	uint64_t order;
};

/* A file as it was when it was looked at. */
struct known_program {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec ctime;
};

struct exec_gate {
	struct exec_gate_events events;
	int group; /* fanotify's */
	int wake[GATE_KINDS]; /* eventfd: exec_gate_serve has something to do */
	int stop; /* eventfd: the thread shall end */
	int timeout_ms;
	pid_t own;
	pthread_t thread;
	bool running, realtime;
	pthread_mutex_t lock; /* for all below */
	struct question question[GATE_PENDING];
	uint64_t order, timeouts;
	bool denies_late; /* programs, not runtimes */
	struct {
		dev_t dev;
		ino_t ino;
	} runtimes[GATE_RUNTIMES];
	size_t runtime_count;
	struct known_program known[GATE_KNOWN]; /* by inode; another one takes its place */
};

#endif
