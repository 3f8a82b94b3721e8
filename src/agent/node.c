#include "agent/node.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BEAT_FD = 4, BEAT_MS = 1000 };

void node_beat(struct node *n)
{
	uint64_t now = clock_monotonic_ns() / 1000000;
	if (now < n->beat_next)
		return;
	n->beat_next = now + BEAT_MS;
	(void)!write(BEAT_FD, "", 1); /* a full pipe is as good */
}

uint64_t now_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct guarded *node_guarded(struct node *n, uint32_t number, bool make, struct error *err)
{
	for (size_t i = 0; i < n->guarded_count; i++)
		if (n->guarded[i].number == number)
			return &n->guarded[i];
	if (!make)
		return NULL;
	if (n->guarded_count == n->guarded_cap) {
		size_t cap = n->guarded_cap == 0 ? 64 : n->guarded_cap * 2;
		struct guarded *more = reallocarray(n->guarded, cap, sizeof *more);
		if (more == NULL) {
			error_set(err, ERR_MEMORY, "no memory for another container");
			return NULL;
		}
		n->guarded = more;
		n->guarded_cap = cap;
	}
	struct guarded *g = &n->guarded[n->guarded_count++];
	*g = (struct guarded){ .number = number };
	return g;
}

void node_guarded_drop(struct node *n, uint32_t number)
{
	struct guarded *g = node_guarded(n, number, false, NULL);
	if (g == NULL)
		return;
	policies_release(n, g);
	marks_release(&n->marks, number);
	free(g->verify);
	*g = n->guarded[--n->guarded_count];
}
