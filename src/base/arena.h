/* An arena per scan, per request, per batch: many small allocations, one
 * release. It has a cap, because what fills it is often an attacker's choice. */
#ifndef CORTEN_BASE_ARENA_H
#define CORTEN_BASE_ARENA_H

#include "base/bytes.h"

struct arena_block;

struct arena {
	struct arena_block *blocks;
	size_t used; /* bytes handed out */
	size_t max; /* never hands out more */
};

static inline struct arena arena_max(size_t max)
{
	return (struct arena){ .max = max };
}

void arena_free(struct arena *a);
#define cleanup_arena __attribute__((cleanup(arena_free)))

/* Zeroed, aligned to 16; NULL over the cap or without memory. */
void *arena_alloc(struct arena *a, size_t size);

/* count * size without overflow, as arena_alloc. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* A C string of b; NULL over the cap, or when b has a NUL byte in it. */
char *arena_cstr(struct arena *a, struct bytes b);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A set of strings in an arena, each stored once. */
struct intern {
	struct arena *arena;
	const char **slots;
	size_t cap, n;
	uint64_t key;
};

void intern_init(struct intern *t, struct arena *arena);
void intern_free(struct intern *t);

/* The one copy of b as a C string; NULL as arena_cstr. Equal strings give the
 * same pointer for one table. */
const char *intern_bytes(struct intern *t, struct bytes b);

#endif
