#include "sensor/internal.h"

enum { WINDOW = 64 };

/* Moves the window so that it begins k later; what falls out unseen is lost. */
static uint64_t slide(struct gap *g, uint64_t k)
{
	uint64_t in_window = k < WINDOW ? k : WINDOW;
	uint64_t out = in_window == WINDOW ? UINT64_MAX : ((uint64_t)1 << in_window) - 1;
	uint64_t lost = k - (uint64_t)__builtin_popcountll(g->seen & out);
	g->seen = in_window == WINDOW ? 0 : g->seen >> in_window;
	g->base += k;
	return lost;
}

uint64_t gap_see(struct gap *g, uint64_t sequence, bool *ret_late)
{
	uint64_t lost = 0;
	*ret_late = false;
	if (!g->known)
		*g = (struct gap){ .base = sequence, .known = true };
	if (sequence < g->base) {
		*ret_late = true;
		return 0;
	}
	if (sequence - g->base >= WINDOW)
		lost = slide(g, sequence - g->base - (WINDOW - 1));
	g->seen |= (uint64_t)1 << (sequence - g->base);
	while ((g->seen & 1) != 0) {
		g->seen >>= 1;
		g->base++;
	}
	return lost;
}

uint64_t gap_settle(struct gap *g)
{
	if (g->seen == 0)
		return 0;
	return slide(g, WINDOW - (uint64_t)__builtin_clzll(g->seen));
}
