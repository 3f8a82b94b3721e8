#include <stdlib.h>

#include "git/internal.h"

enum { SLOTS_FIRST = 1024 };

int ids_init(struct ids *t, unsigned size, struct error *err)
{
	*t = (struct ids){ .size = size, .key = hash_random_key(), .n = 1 };
	t->slots = calloc(SLOTS_FIRST, sizeof *t->slots);
	if (t->slots == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a repository");
	t->slot_count = SLOTS_FIRST;
	return 0;
}

void ids_free(struct ids *t)
{
	free(t->bytes);
	free(t->rows);
	free(t->slots);
	*t = (struct ids){ 0 };
}

/* Where the id is, or the empty slot where it would be. */
static uint32_t *slot_of(const struct ids *t, uint32_t *slots, uint32_t count, const uint8_t *id)
{
	uint32_t at = (uint32_t)hash_bytes(t->key, bytes_of(id, t->size)) & (count - 1);
	while (slots[at] != 0 && memcmp(ids_bytes(t, slots[at]), id, t->size) != 0)
		at = (at + 1) & (count - 1);
	return &slots[at];
}

static int grow_slots(struct ids *t, struct error *err)
{
	uint32_t count = t->slot_count * 2;
	uint32_t *slots = calloc(count, sizeof *slots);
	if (slots == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %u objects", t->n);
	for (uint32_t row = 1; row < t->n; row++)
		*slot_of(t, slots, count, ids_bytes(t, row)) = row;
	free(t->slots);
	t->slots = slots;
	t->slot_count = count;
	return 0;
}

static int grow_rows(struct ids *t, struct error *err)
{
	uint32_t cap = t->cap == 0 ? SLOTS_FIRST : t->cap + t->cap / 2;
	uint8_t *bytes = reallocarray(t->bytes, cap, t->size);
	if (bytes != NULL)
		t->bytes = bytes;
	struct id_row *rows = bytes == NULL ? NULL : reallocarray(t->rows, cap, sizeof *rows);
	if (rows == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %u objects", t->n);
	t->rows = rows;
	t->cap = cap;
	return 0;
}

uint32_t ids_get(const struct ids *t, const uint8_t *id)
{
	return *slot_of(t, t->slots, t->slot_count, id);
}

uint32_t ids_put(struct ids *t, const uint8_t *id, struct error *err)
{
	uint32_t *slot = slot_of(t, t->slots, t->slot_count, id);
	if (*slot != 0)
		return *slot;
	if (t->n > LIMIT_GIT_OBJECTS) {
		(void)error_set(err, ERR_LIMIT, "more than %d objects in one repository",
				LIMIT_GIT_OBJECTS);
		return 0;
	}
	if (t->n >= t->slot_count / 2) {
		if (grow_slots(t, err) < 0)
			return 0;
		slot = slot_of(t, t->slots, t->slot_count, id);
	}
	if (t->n >= t->cap && grow_rows(t, err) < 0)
		return 0;
	memcpy(t->bytes + (size_t)t->n * t->size, id, t->size);
	t->rows[t->n] = (struct id_row){ 0 };
	*slot = t->n;
	return t->n++;
}
