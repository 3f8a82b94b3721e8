/* exec_gate from the inside: shared by gate.c (answers) and watch.c (marks). */
#ifndef CORTEN_RUNTIME_GATE_H
#define CORTEN_RUNTIME_GATE_H

#include <pthread.h>
#include <sys/stat.h>

#include "runtime/runtime.h"

enum {
	GATE_PENDING = 256, /* asked and not answered; more are let go, and counted */
	GATE_RUNTIMES = 128 /* programs watched as runtimes */
};

enum question_state {
	QUESTION_FREE,
	QUESTION_WAITS, /* for exec_gate_serve */
	QUESTION_SERVED, /* a callback is at it */
	QUESTION_LATE /* the same, and it was let go meanwhile */
};

struct question {
	enum question_state state;
	bool runtime;
	int fd;
	pid_t pid;
	uint64_t deadline; /* clock_monotonic_ns */
	uint64_t order;
};

struct exec_gate {
	struct exec_gate_events events;
	int group; /* fanotify's */
	int wake; /* eventfd: exec_gate_serve has something to do */
	int stop; /* eventfd: the thread shall end */
	int timeout_ms;
	pid_t own;
	pthread_t thread;
	bool running, realtime;
	pthread_mutex_t lock; /* for all below */
	struct question question[GATE_PENDING];
	uint64_t order, timeouts;
	struct {
		dev_t dev;
		ino_t ino;
	} runtimes[GATE_RUNTIMES];
	size_t runtime_count;
};

#endif
