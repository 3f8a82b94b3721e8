/* Hashing for tables (keyed, so that an attacker cannot choose collisions) and
 * a map from byte strings to numbers. */
#ifndef CORTEN_BASE_HASH_H
#define CORTEN_BASE_HASH_H

#include "base/bytes.h"

/* SipHash-1-3 (Aumasson, Bernstein 2012) of b under a key made from `key`. */
uint64_t hash_bytes(uint64_t key, struct bytes b);

/* From getrandom(2). */
uint64_t hash_random_key(void);

/* Map: byte string -> uint64_t. Keys are borrowed: they must outlive the map. */
struct map {
	struct map_slot *slots;
	size_t cap, n;
	uint64_t key;
};

void map_init(struct map *m);
void map_free(struct map *m);
/* The value's place for key, made (0) when new; NULL without memory.
 * ret_new (may be NULL) tells whether it was made. */
uint64_t *map_put(struct map *m, struct bytes key, bool *ret_new);
/* NULL when absent. */
uint64_t *map_get(const struct map *m, struct bytes key);

#endif
