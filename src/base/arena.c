#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/checked.h"
#include "base/hash.h"

enum { ARENA_BLOCK = 64 * 1024, ARENA_ALIGN = 16 };

struct arena_block {
	struct arena_block *next;
	size_t n, cap;
	_Alignas(ARENA_ALIGN) uint8_t data[];
};

void arena_free(struct arena *a)
{
	while (a->blocks != NULL) {
		struct arena_block *b = a->blocks;
		a->blocks = b->next;
		free(b);
	}
	a->used = 0;
}

static struct arena_block *block_for(struct arena *a, size_t size)
{
	struct arena_block *b = a->blocks;
	if (b != NULL && size <= b->cap - b->n)
		return b;
	size_t cap = size > ARENA_BLOCK ? size : ARENA_BLOCK;
	struct arena_block *fresh = calloc(1, sizeof *fresh + cap);
	if (fresh == NULL)
		return NULL;
	fresh->cap = cap;
	/* A block made for one large thing goes behind the one still filling. */
	if (b != NULL && size > ARENA_BLOCK) {
		fresh->next = b->next;
		b->next = fresh;
	} else {
		fresh->next = b;
		a->blocks = fresh;
	}
	return fresh;
}

static void *alloc_aligned(struct arena *a, size_t size, size_t align)
{
	size_t padded;
	if (checked_add(size, align - 1, &padded))
		return NULL;
	padded &= ~(align - 1);
	if (padded > a->max - a->used)
		return NULL;
	struct arena_block *b = block_for(a, padded + align);
	if (b == NULL)
		return NULL;
	b->n = (b->n + align - 1) & ~(align - 1);
	void *p = b->data + b->n;
	b->n += padded;
	a->used += padded;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return alloc_aligned(a, size, ARENA_ALIGN);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t total;
	if (checked_mul(count, size, &total))
		return NULL;
	return arena_alloc(a, total);
}

char *arena_cstr(struct arena *a, struct bytes b)
{
	if (bytes_index(b, 0) >= 0)
		return NULL;
	char *s = alloc_aligned(a, b.n + 1, 1);
	if (s == NULL)
		return NULL;
	if (b.n > 0)
		memcpy(s, b.p, b.n);
	s[b.n] = '\0';
	return s;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	char room[256]; /* most texts fit, and need no second run */
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(room, sizeof room, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	char *s = alloc_aligned(a, (size_t)n + 1, 1);
	if (s == NULL || (size_t)n < sizeof room)
		return s == NULL ? NULL : memcpy(s, room, (size_t)n + 1);
	va_start(ap, fmt);
	(void)vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

void intern_init(struct intern *t, struct arena *arena)
{
	*t = (struct intern){ .arena = arena, .key = hash_random_key() };
}

void intern_free(struct intern *t)
{
	free(t->slots);
	t->slots = NULL;
	t->cap = t->n = 0;
}

static size_t slot_of(const struct intern *t, struct bytes b)
{
	size_t mask = t->cap - 1;
	size_t i = (size_t)hash_bytes(t->key, b) & mask;
	while (t->slots[i] != NULL && !bytes_equal(bytes_str(t->slots[i]), b))
		i = (i + 1) & mask;
	return i;
}

static bool intern_grow(struct intern *t)
{
	struct intern bigger = *t;
	bigger.cap = t->cap == 0 ? 1024 : t->cap * 2;
	bigger.slots = calloc(bigger.cap, sizeof *bigger.slots);
	if (bigger.slots == NULL)
		return false;
	for (size_t i = 0; i < t->cap; i++)
		if (t->slots[i] != NULL)
			bigger.slots[slot_of(&bigger, bytes_str(t->slots[i]))] = t->slots[i];
	free(t->slots);
	t->slots = bigger.slots;
	t->cap = bigger.cap;
	return true;
}

const char *intern_bytes(struct intern *t, struct bytes b)
{
	if (bytes_index(b, 0) >= 0)
		return NULL;
	if (t->n * 2 >= t->cap && !intern_grow(t))
		return NULL;
	size_t i = slot_of(t, b);
	if (t->slots[i] == NULL) {
		t->slots[i] = arena_cstr(t->arena, b);
		if (t->slots[i] != NULL)
			t->n++;
	}
	return t->slots[i];
}
