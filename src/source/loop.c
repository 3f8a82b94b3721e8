#include "source/loop.h"

#include <errno.h>
#include <limits.h>

int loop_init(struct loop *l, struct error *err)
{
	*l = (struct loop){ .epoll = epoll_create1(EPOLL_CLOEXEC) };
	return l->epoll < 0 ? error_errno(err, "epoll") : 0;
}

void loop_close(struct loop *l)
{
	if (l->epoll >= 0)
		(void)close(l->epoll);
	*l = (struct loop){ .epoll = -1 };
}

int loop_watch(struct loop *l, struct loop_watch *w, uint32_t events, struct error *err)
{
	struct epoll_event e = { .events = events, .data.ptr = w };
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, w->fd, &e) < 0)
		return error_errno(err, "epoll");
	return 0;
}

void loop_change(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = w };
	(void)epoll_ctl(l->epoll, EPOLL_CTL_MOD, w->fd, &e);
}

void loop_unwatch(struct loop *l, struct loop_watch *w)
{
	(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
}

void loop_timer_add(struct loop *l, struct loop_timer *t)
{
	t->next = l->timers;
	l->timers = t;
}

void loop_timer_remove(struct loop *l, struct loop_timer *t)
{
	for (struct loop_timer **at = &l->timers; *at != NULL; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			return;
		}
}

/* The timer that is due next, NULL when none is set. */
static struct loop_timer *first_timer(const struct loop *l)
{
	struct loop_timer *first = NULL;
	for (struct loop_timer *t = l->timers; t != NULL; t = t->next)
		if (t->at != 0 && (first == NULL || t->at < first->at))
			first = t;
	return first;
}

static int wait_ms(const struct loop_timer *t)
{
	if (t == NULL)
		return -1;
	uint64_t now = clock_monotonic_ns();
	if (t->at <= now)
		return 0;
	uint64_t ms = (t->at - now + 999999) / 1000000;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

int loop_once(struct loop *l, struct error *err)
{
	struct epoll_event e;
	struct loop_timer *timer = first_timer(l);
	int ms = wait_ms(timer);
	if (ms == 0) {
		timer->at = 0;
		timer->fire(timer);
	}
	/* One event at a time: what a callback frees can have no second event
	 * waiting in a batch. epoll hands ready descriptors out in turn. */
	int n = epoll_wait(l->epoll, &e, 1, ms);
	if (n < 0)
		return errno == EINTR ? 0 : error_errno(err, "epoll");
	if (n == 1) {
		struct loop_watch *w = e.data.ptr;
		w->ready(w, e.events);
	}
	return 0;
}
