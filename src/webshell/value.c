/* Values, tables, made strings. */
#include <sys/mman.h>

#include "webshell/value.h"

enum { TRACE_DEPTH_MOST = 12 };

/* --- strings ------------------------------------------------------------------------- */

/* Pages that were never written cost nothing. */
int heap_open(struct heap *h, size_t max, struct error *err)
{
	void *p = mmap(NULL, max, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return error_set(err, ERR_MEMORY, "no memory for strings of web pages");
	*h = (struct heap){ .p = p, .max = max };
	return 0;
}

void heap_close(struct heap *h)
{
	if (h->p != NULL)
		(void)munmap(h->p, h->max);
	h->p = NULL;
}

uint8_t *heap_room(struct heap *h, size_t n)
{
	return h->max - h->used < n ? NULL : h->p + h->used;
}

struct bytes heap_keep(struct heap *h, const uint8_t *p, size_t n)
{
	h->used = (size_t)(p - h->p) + n;
	return bytes_of(p, n);
}

bool heap_copy(struct heap *h, struct bytes a, struct bytes *ret)
{
	uint8_t *p = heap_room(h, a.n);
	if (p == NULL)
		return false;
	if (a.n > 0)
		memcpy(p, a.p, a.n);
	*ret = heap_keep(h, p, a.n);
	return true;
}

bool heap_join(struct heap *h, struct bytes a, struct bytes b, struct bytes *ret)
{
	if (a.n == 0 || b.n == 0) {
		*ret = a.n == 0 ? b : a;
		return true;
	}
	bool on_top = a.p + a.n == h->p + h->used;
	size_t need = b.n + (on_top ? 0 : a.n);
	uint8_t *p = heap_room(h, need);
	if (p == NULL)
		return false;
	if (!on_top) {
		memcpy(p, a.p, a.n);
		p += a.n;
	}
	memmove(p, b.p, b.n);
	h->used += need;
	*ret = on_top ? bytes_of(a.p, a.n + b.n) : bytes_of(p - a.n, a.n + b.n);
	return true;
}

struct bytes heap_lower(struct heap *h, struct bytes a)
{
	size_t i = 0;
	while (i < a.n && !(a.p[i] >= 'A' && a.p[i] <= 'Z'))
		i++;
	uint8_t *p = i == a.n ? NULL : heap_room(h, a.n);
	if (p == NULL)
		return a;
	for (i = 0; i < a.n; i++)
		p[i] = a.p[i] >= 'A' && a.p[i] <= 'Z' ? a.p[i] | 0x20 : a.p[i];
	return heap_keep(h, p, a.n);
}

/* --- values ----------------------------------------------------------------------------- */

struct value value_text(struct bytes text)
{
	return (struct value){ .kind = VALUE_STRING, .text = text };
}

struct value value_number(int64_t n)
{
	return (struct value){ .kind = VALUE_NUMBER, .number = n };
}

bool value_as_text(struct heap *h, const struct value *v, struct bytes *ret)
{
	char digits[24];
	if (v->kind == VALUE_STRING || (v->kind == VALUE_UNKNOWN && v->text.n > 0))
		*ret = v->text;
	else if (v->kind == VALUE_ARRAY)
		*ret = BYTES_LIT("Array");
	else if (v->kind != VALUE_NUMBER)
		return false;
	if (v->kind != VALUE_NUMBER)
		return true;
	int n = snprintf(digits, sizeof digits, "%lld", (long long)v->number);
	return heap_copy(h, bytes_of(digits, (size_t)n), ret);
}

bool value_as_number(const struct value *v, int64_t *ret)
{
	if (v->kind == VALUE_NUMBER) {
		*ret = v->number;
		return true;
	}
	if (v->kind != VALUE_STRING)
		return false;
	size_t i = 0;
	int64_t n = 0;
	bool minus = v->text.n > 0 && v->text.p[0] == '-';
	for (i = minus; i < v->text.n && i < 18 && v->text.p[i] >= '0' && v->text.p[i] <= '9'; i++)
		n = n * 10 + (v->text.p[i] - '0');
	*ret = minus ? -n : n;
	return true;
}

struct value value_origin(const struct value *v)
{
	return (struct value){ .taint = v->taint, .trace = v->trace, .at = v->at };
}

struct value value_meet(const struct value *a, const struct value *b)
{
	struct value v = a->kind != VALUE_UNKNOWN || b->kind == VALUE_UNKNOWN ? *a : *b;
	v.taint = a->taint | b->taint;
	v.trace = (a->taint & TAINT_INPUT) != 0 || b->trace == NULL ? a->trace : b->trace;
	if (v.trace == NULL)
		v.trace = b->trace;
	v.path = a->path.n > 0 ? a->path : b->path;
	v.ref = NULL;
	v.base = NULL;
	v.key = NULL;
	return v;
}

/* --- tables ------------------------------------------------------------------------------- */

struct array *array_new(struct arena *arena)
{
	return arena_alloc(arena, sizeof(struct array));
}

static bool grow(struct arena *arena, struct array *a)
{
	size_t cap = a->cap == 0 ? 8 : a->cap * 2;
	struct element *list = arena_array(arena, cap, sizeof *list);
	if (list == NULL)
		return false;
	if (a->count > 0)
		memcpy(list, a->list, a->count * sizeof *list);
	a->list = list;
	a->cap = cap;
	return true;
}

struct value *array_get(struct array *a, const struct value *key)
{
	if (key->kind == VALUE_NUMBER && a->named == 0 && key->number >= 0 &&
	    (uint64_t)key->number < a->count)
		if (a->list[key->number].number == key->number)
			return &a->list[key->number].v;
	size_t most = a->count < ARRAY_NAMED_MOST ? a->count : ARRAY_NAMED_MOST;
	for (size_t i = 0; i < most; i++) {
		const struct element *e = &a->list[i];
		if (key->kind == VALUE_NUMBER && e->key.p == NULL && e->number == key->number)
			return &a->list[i].v;
		if (key->kind == VALUE_STRING && e->key.p != NULL && bytes_equal(e->key, key->text))
			return &a->list[i].v;
	}
	return NULL;
}

struct value *array_put(struct arena *arena, struct array *a, const struct value *key,
			const struct value *v)
{
	struct value *old = key == NULL ? NULL : array_get(a, key);
	if (old != NULL) {
		*old = *v;
		return old;
	}
	bool named = key != NULL && key->kind == VALUE_STRING;
	bool known = key == NULL || named || key->kind == VALUE_NUMBER;
	if (!known || a->count >= ARRAY_MOST || (named && a->count >= ARRAY_NAMED_MOST) ||
	    (a->count == a->cap && !grow(arena, a))) {
		a->rest = value_meet(&a->rest, v);
		if (!known) {
			a->rest.taint |= key->taint;
			if (a->rest.trace == NULL)
				a->rest.trace = key->trace;
		}
		return NULL;
	}
	struct element *e = &a->list[a->count++];
	e->v = *v;
	if (named) {
		e->key = key->text.p == NULL ? BYTES_LIT("") : key->text;
		a->named++;
	} else {
		e->number = key == NULL ? a->next : key->number;
		if (e->number != (int64_t)a->count - 1)
			a->named++;
		a->next = e->number < INT32_MAX ? e->number + 1 : a->next;
	}
	return &e->v;
}

struct value array_any(const struct array *a)
{
	struct value v = a->rest;
	size_t most = a->count < ARRAY_NAMED_MOST ? a->count : ARRAY_NAMED_MOST, short_ones = 0;
	for (size_t i = 0; i < most; i++) {
		const struct value *e = &a->list[i].v;
		v = value_meet(&v, e);
		short_ones += e->kind == VALUE_STRING && e->text.n <= PIECE_MOST;
	}
	v = value_origin(&v);
	if (short_ones >= PIECES_LEAST && short_ones == a->count)
		v.taint |= TAINT_PIECE | TAINT_BUILT;
	return v;
}

/* --- the way -------------------------------------------------------------------------------- */

const struct trace *trace_add(struct arena *arena, const struct trace *prev, struct bytes word)
{
	if (prev != NULL && (prev->depth >= TRACE_DEPTH_MOST || bytes_equal(prev->word, word)))
		return prev;
	struct trace *t = arena_alloc(arena, sizeof *t);
	if (t == NULL)
		return prev;
	t->prev = prev;
	t->word = word;
	t->depth = prev == NULL ? 1 : prev->depth + 1;
	return t;
}
