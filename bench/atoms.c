/* How fast literals are looked for: reads text from standard input, then looks through it
 * on one core for sets of made-up literals (half of any case), most of which are nowhere.
 *
 * usage: atoms < TEXT */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "check/atoms.h"

#define TEXT_MOST (256 * MIB)
enum { LENGTH_MOST = 16, ROUNDS = 3 };

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static uint64_t cpu_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static bool count_hit(void *ctx, uint32_t atom, uint64_t end)
{
	(void)atom;
	(void)end;
	++*(uint64_t *)ctx;
	return true;
}

static void measure(struct bytes text, size_t n, const char *letters)
{
	struct error err = { 0 };
	struct atoms *a = NULL;
	uint32_t state = 1;
	uint8_t *pool = calloc(n, LENGTH_MOST);
	struct atom *list = calloc(n, sizeof *list);
	for (size_t i = 0; pool != NULL && list != NULL && i < n; i++) {
		size_t length = 4 + next_random(&state) % (LENGTH_MOST - 4);
		for (size_t k = 0; k < length; k++)
			pool[i * LENGTH_MOST + k] =
				(uint8_t)letters[next_random(&state) % strlen(letters)];
		list[i] = (struct atom){ bytes_of(pool + i * LENGTH_MOST, length), i % 2 == 0 };
	}
	uint64_t start = cpu_ns(), hits = 0;
	if (pool == NULL || list == NULL || atoms_build(list, n, &a, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		exit(EXIT_FAILURE);
	}
	double build = (double)(cpu_ns() - start) / 1e6;
	start = cpu_ns();
	for (unsigned i = 0; i < ROUNDS; i++)
		(void)atoms_search(a, text, count_hit, &hits);
	double ns = (double)(cpu_ns() - start) / ROUNDS;
	(void)printf("literals\t%zu\tbuild ms\t%.1f\tKiB\t%zu\thits\t%llu\tMB/s\t%.0f\n", n, build,
		     atoms_memory(a) / KIB, (unsigned long long)hits / ROUNDS,
		     (double)text.n * 1000 / ns);
	atoms_free(a);
	free(list);
	free(pool);
}

int main(void)
{
	static const size_t counts[] = { 100, 2000, 50000 };
	struct buf text = buf_max(TEXT_MOST);
	struct error err = { 0 };
	if (fd_read_all(STDIN_FILENO, &text, &err) < 0 || text.n == 0) {
		(void)fprintf(stderr, "usage: atoms < TEXT (%s)\n", err.text);
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		measure(buf_view(&text), counts[i], "etaoinshrdlucmfwypvbgkqjxz_/.-$( ");
	buf_free(&text);
	return EXIT_SUCCESS;
}
