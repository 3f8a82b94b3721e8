/* Waiting for many descriptors and times at once (epoll). */
#ifndef CORTEN_SOURCE_LOOP_H
#define CORTEN_SOURCE_LOOP_H

#include <sys/epoll.h>

#include "base/base.h"

/* Embedded in what waits; called with the EPOLL… bits that came true. */
struct loop_watch {
	int fd;
	void (*ready)(struct loop_watch *w, uint32_t events);
};

struct loop_timer {
	uint64_t at; /* clock_monotonic_ns; 0: not set */
	void (*fire)(struct loop_timer *t);
	struct loop_timer *next;
};

struct loop {
	int epoll;
	struct loop_timer *timers; /* few: one a request */
};

int loop_init(struct loop *l, struct error *err);
void loop_close(struct loop *l);

/* EPOLLERR and EPOLLHUP are always told, with events 0 too. */
int loop_watch(struct loop *l, struct loop_watch *w, uint32_t events, struct error *err);
void loop_change(struct loop *l, struct loop_watch *w, uint32_t events);
/* w may be freed afterwards, even from within a callback. */
void loop_unwatch(struct loop *l, struct loop_watch *w);

void loop_timer_add(struct loop *l, struct loop_timer *t);
void loop_timer_remove(struct loop *l, struct loop_timer *t);

/* Waits for the next event or time and calls what belongs to it. */
int loop_once(struct loop *l, struct error *err);

#endif
