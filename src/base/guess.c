#include "base/guess.h"

#include <stdio.h>

/* Longer than every word of ours: a longer one is no slip of the hand. */
enum { WORD_MAX = 40 };

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/* Optimal string alignment (Damerau 1964, Levenshtein 1966), three rows of the
 * matrix at a time. */
size_t guess_distance(struct bytes a, struct bytes b)
{
	size_t rows[3][WORD_MAX + 1];
	if (a.n > WORD_MAX || b.n > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i - 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t replace = above[j - 1] + (a.p[i - 1] != b.p[j - 1]);
			row[j] = min3(replace, above[j] + 1, row[j - 1] + 1);
			bool swapped = i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
				       a.p[i - 2] == b.p[j - 1];
			if (swapped && rows[(i - 2) % 3][j - 2] + 1 < row[j])
				row[j] = rows[(i - 2) % 3][j - 2] + 1;
		}
	}
	return rows[a.n % 3][b.n];
}

/* A third of the letters may be wrong; of a short word, one. */
static size_t tolerance(struct bytes word)
{
	return word.n >= 3 ? word.n / 3 : 1;
}

void guess_try(struct guess *g, struct bytes candidate)
{
	size_t distance = guess_distance(g->word, candidate);
	if (distance > tolerance(g->word) || distance >= candidate.n ||
	    (g->best.n > 0 && distance >= g->distance))
		return;
	g->best = candidate;
	g->distance = distance;
}

void guess_text(const struct guess *g, const char *prefix, char out[static GUESS_TEXT])
{
	out[0] = '\0';
	if (g->best.n > 0)
		(void)snprintf(out, GUESS_TEXT, " Did you mean %s%.*s?", prefix, (int)g->best.n,
			       (const char *)g->best.p);
}
