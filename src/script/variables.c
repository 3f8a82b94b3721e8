/* Variables of a shell script: the last plain value of each, as many as fit. */
#include <stdlib.h>

#include "script/internal.h"

enum { SLOTS = 512, VARIABLES_MOST = 256, VALUE_MOST = 2048, POOL = 128 * 1024 };

struct slot {
	struct bytes name, value; /* of the pool; name empty: free */
};

struct variables {
	struct slot slots[SLOTS];
	size_t n, used;
	uint64_t key;
	uint8_t pool[POOL];
};

struct variables *variables_new(void)
{
	struct variables *v = calloc(1, sizeof *v);
	if (v != NULL)
		v->key = hash_random_key();
	return v;
}

void variables_free(struct variables *v)
{
	free(v);
}

void variables_clear(struct variables *v)
{
	if (v->n > 0)
		memset(v->slots, 0, sizeof v->slots);
	v->n = v->used = 0;
}

static size_t slot_of(const struct variables *v, struct bytes name)
{
	size_t i = hash_bytes(v->key, name) % SLOTS;
	while (v->slots[i].name.n > 0 && !bytes_equal(v->slots[i].name, name))
		i = (i + 1) % SLOTS;
	return i;
}

static bool keep(struct variables *v, struct bytes b, struct bytes *ret)
{
	if (b.n > POOL - v->used)
		return false;
	if (b.n > 0)
		memcpy(v->pool + v->used, b.p, b.n);
	*ret = bytes_of(v->pool + v->used, b.n);
	v->used += b.n;
	return true;
}

void variables_set(struct variables *v, struct bytes name, struct bytes value)
{
	if (name.n == 0 || value.n > VALUE_MOST)
		return;
	struct slot *s = &v->slots[slot_of(v, name)];
	struct bytes kept;
	bool known = s->name.n > 0;
	if ((known && bytes_equal(s->value, value)) || (!known && v->n == VARIABLES_MOST) ||
	    !keep(v, value, &kept) || (!known && !keep(v, name, &s->name)))
		return;
	s->value = kept;
	v->n += !known;
}

bool variables_get(const struct variables *v, struct bytes name, struct bytes *ret)
{
	const struct slot *s = &v->slots[slot_of(v, name)];
	if (name.n == 0 || s->name.n == 0 || s->value.n == 0)
		return false; /* an empty one may be set by who calls the script */
	*ret = s->value;
	return true;
}
