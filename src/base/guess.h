/* The word that was meant: the nearest of those that exist. */
#ifndef CORTEN_BASE_GUESS_H
#define CORTEN_BASE_GUESS_H

#include "base/bytes.h"

/* The candidate that is nearest to a mistyped word so far. */
struct guess {
	struct bytes word;
	struct bytes best; /* empty: none is near enough */
	size_t distance;
};

static inline struct guess guess_of(struct bytes word)
{
	return (struct guess){ .word = word };
}

void guess_try(struct guess *g, struct bytes candidate);

/* " Did you mean PREFIXbest?", or "" when there is no guess. */
enum { GUESS_TEXT = 64 };
void guess_text(const struct guess *g, const char *prefix, char out[static GUESS_TEXT]);

/* Edits (insert, delete, replace, swap of neighbours) that turn a into b;
 * SIZE_MAX when one of them is longer than any of our words. */
size_t guess_distance(struct bytes a, struct bytes b);

#endif
