#include "base/hash.h"

#include <stdlib.h>
#include <sys/random.h>

struct map_slot {
	struct bytes key; /* p == NULL: free */
	uint64_t value;
};

static inline uint64_t rotl(uint64_t v, int n)
{
	return v << n | v >> (64 - n);
}

#define SIP_ROUND(a, b, c, d)                                                                      \
	do {                                                                                       \
		a += b;                                                                            \
		b = rotl(b, 13);                                                                   \
		b ^= a;                                                                            \
		a = rotl(a, 32);                                                                   \
		c += d;                                                                            \
		d = rotl(d, 16);                                                                   \
		d ^= c;                                                                            \
		a += d;                                                                            \
		d = rotl(d, 21);                                                                   \
		d ^= a;                                                                            \
		c += b;                                                                            \
		b = rotl(b, 17);                                                                   \
		b ^= c;                                                                            \
		c = rotl(c, 32);                                                                   \
	} while (0)

uint64_t hash_bytes(uint64_t key, struct bytes in)
{
	uint64_t k1 = key * 0x9e3779b97f4a7c15u + 1;
	uint64_t a = key ^ 0x736f6d6570736575u, b = k1 ^ 0x646f72616e646f6du;
	uint64_t c = key ^ 0x6c7967656e657261u, d = k1 ^ 0x7465646279746573u;
	size_t i = 0;
	for (; i + 8 <= in.n; i += 8) {
		uint64_t m;
		memcpy(&m, in.p + i, 8);
		d ^= m;
		SIP_ROUND(a, b, c, d);
		a ^= m;
	}
	uint64_t last = (uint64_t)in.n << 56;
	if (in.n > i)
		memcpy(&last, in.p + i, in.n - i);
	last = (last & 0x00ffffffffffffffu) | (uint64_t)in.n << 56;
	d ^= last;
	SIP_ROUND(a, b, c, d);
	a ^= last;
	c ^= 0xff;
	for (int r = 0; r < 3; r++)
		SIP_ROUND(a, b, c, d);
	return a ^ b ^ c ^ d;
}

uint64_t hash_random_key(void)
{
	uint64_t key = 0;
	if (getrandom(&key, sizeof key, 0) != (ssize_t)sizeof key)
		abort();
	return key;
}

void map_init(struct map *m)
{
	*m = (struct map){ .key = hash_random_key() };
}

void map_free(struct map *m)
{
	free(m->slots);
	m->slots = NULL;
	m->cap = m->n = 0;
}

static struct map_slot *map_slot(const struct map *m, struct bytes key)
{
	size_t mask = m->cap - 1;
	size_t i = (size_t)hash_bytes(m->key, key) & mask;
	while (m->slots[i].key.p != NULL && !bytes_equal(m->slots[i].key, key))
		i = (i + 1) & mask;
	return &m->slots[i];
}

static bool map_grow(struct map *m)
{
	struct map bigger = *m;
	bigger.cap = m->cap == 0 ? 64 : m->cap * 2;
	bigger.slots = calloc(bigger.cap, sizeof *bigger.slots);
	if (bigger.slots == NULL)
		return false;
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].key.p != NULL)
			*map_slot(&bigger, m->slots[i].key) = m->slots[i];
	free(m->slots);
	*m = bigger;
	return true;
}

uint64_t *map_put(struct map *m, struct bytes key, bool *ret_new)
{
	if (key.p == NULL)
		key.p = (const uint8_t *)"";
	if (m->n * 2 >= m->cap && !map_grow(m))
		return NULL;
	struct map_slot *s = map_slot(m, key);
	bool fresh = s->key.p == NULL;
	if (fresh) {
		s->key = key;
		m->n++;
	}
	if (ret_new != NULL)
		*ret_new = fresh;
	return &s->value;
}

uint64_t *map_get(const struct map *m, struct bytes key)
{
	if (m->cap == 0)
		return NULL;
	struct map_slot *s = map_slot(m, key);
	return s->key.p == NULL ? NULL : &s->value;
}
