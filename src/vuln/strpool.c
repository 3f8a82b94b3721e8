#include "vuln/strpool.h"

/* Longer text is no name, version or CVSS vector but a broken feed. */
enum { STRING_MAX = 4096 };

void strpool_init(struct strpool *p)
{
	*p = (struct strpool){ .text = buf_max(UINT32_MAX - STRING_MAX), .key = hash_random_key() };
}

void strpool_free(struct strpool *p)
{
	buf_free(&p->text);
	free(p->offsets);
	free(p->slots);
	*p = (struct strpool){ 0 };
}

const char *strpool_get(const struct strpool *p, uint32_t number)
{
	return number < p->n ? (const char *)p->text.p + p->offsets[number] : "";
}

static uint32_t *slot_of(const struct strpool *p, struct bytes b)
{
	size_t mask = p->slot_count - 1;
	size_t i = (size_t)hash_bytes(p->key, b) & mask;
	while (p->slots[i] != 0 && !bytes_equal(bytes_str(strpool_get(p, p->slots[i] - 1)), b))
		i = (i + 1) & mask;
	return &p->slots[i];
}

static int grow_slots(struct strpool *p, struct error *err)
{
	struct strpool bigger = *p;
	bigger.slot_count = 4096;
	while (bigger.slot_count <= p->n * 2)
		bigger.slot_count *= 2;
	bigger.slots = calloc(bigger.slot_count, sizeof *bigger.slots);
	if (bigger.slots == NULL)
		return error_set(err, ERR_MEMORY, "no memory for strings");
	for (size_t i = 0; i < p->n; i++)
		*slot_of(&bigger, bytes_str(strpool_get(p, (uint32_t)i))) = (uint32_t)i + 1;
	free(p->slots);
	*p = bigger;
	return 0;
}

static int grow_offsets(struct strpool *p, struct error *err)
{
	size_t cap = p->cap == 0 ? 4096 : p->cap * 2;
	uint32_t *offsets = reallocarray(p->offsets, cap, sizeof *offsets);
	if (offsets == NULL)
		return error_set(err, ERR_MEMORY, "no memory for strings");
	p->offsets = offsets;
	p->cap = cap;
	return 0;
}

static int append(struct strpool *p, struct bytes b, struct error *err)
{
	if (p->n >= UINT32_MAX - 1)
		return error_set(err, ERR_LIMIT, "too many different strings");
	if (p->n == p->cap && grow_offsets(p, err) < 0)
		return -1;
	if (buf_reserve(&p->text, b.n + 1, err) < 0)
		return -1;
	p->offsets[p->n++] = (uint32_t)p->text.n;
	/* Neither can fail: the room is reserved. */
	(void)buf_append(&p->text, b.p, b.n, NULL);
	(void)buf_append(&p->text, "", 1, NULL);
	return 0;
}

bool strpool_takes(struct bytes b)
{
	return b.n <= STRING_MAX && bytes_index(b, 0) < 0;
}

int strpool_put(struct strpool *p, struct bytes b, uint32_t *ret, struct error *err)
{
	if (!strpool_takes(b))
		return error_set(err, ERR_MALFORMED, "a text of %zu bytes is no name or version",
				 b.n);
	if (p->n == 0 && append(p, bytes_str(""), err) < 0)
		return -1;
	if (p->n * 2 >= p->slot_count && grow_slots(p, err) < 0)
		return -1;
	uint32_t *slot = slot_of(p, b);
	if (*slot == 0) {
		if (append(p, b, err) < 0)
			return -1;
		*slot = (uint32_t)p->n;
	}
	*ret = *slot - 1;
	return 0;
}

static int by_text(const void *a, const void *b, void *pool)
{
	return strcmp(strpool_get(pool, *(const uint32_t *)a),
		      strpool_get(pool, *(const uint32_t *)b));
}

static uint32_t *renumber(struct strpool *p, const uint32_t *order)
{
	uint32_t *number = calloc(p->n + 1, sizeof *number);
	uint32_t *offsets = calloc(p->n + 1, sizeof *offsets);
	if (number == NULL || offsets == NULL) {
		free(number);
		free(offsets);
		return NULL;
	}
	for (size_t i = 0; i < p->n; i++) {
		number[order[i]] = (uint32_t)i;
		offsets[i] = p->offsets[order[i]];
	}
	free(p->offsets);
	p->offsets = offsets;
	p->cap = p->n + 1;
	/* The table speaks of the old numbers; the next put makes it again. */
	free(p->slots);
	p->slots = NULL;
	p->slot_count = 0;
	return number;
}

uint32_t *strpool_sort(struct strpool *p, struct error *err)
{
	cleanup_free uint32_t *order = calloc(p->n + 1, sizeof *order);
	uint32_t *number = NULL;
	if (order != NULL) {
		for (size_t i = 0; i < p->n; i++)
			order[i] = (uint32_t)i;
		qsort_r(order, p->n, sizeof *order, by_text, p);
		number = renumber(p, order);
	}
	if (number == NULL)
		(void)error_set(err, ERR_MEMORY, "no memory to sort strings");
	return number;
}
