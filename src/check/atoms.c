/* Windows of literals in a table of bits, and literals behind it. */
#include <endian.h>
#include <stdlib.h>

#include "check/atoms.h"

enum {
	WIDE = 4, /* bytes of a window, and of a short literal's */
	PAIR = 2,
	STEP = 4, /* windows looked up together */
	FILTER_LEAST_BITS = 15,
	FILTER_MOST_BITS = 21, /* 256 KiB of bits: fits the second cache */
	FILTER_ROOM_BITS = 5, /* bits a literal: 1 << 5, so that few places are looked at in vain */
	PAIR_BITS = 15,
	HEADS_MOST_BITS = 16,
	NONE = 0xffffffff
};

/* A literal as the table of windows leads to it. */
struct entry {
	uint32_t key; /* its window */
	uint32_t next; /* with the same hash; NONE: the last */
	uint32_t text; /* offset in atoms.texts */
	uint8_t n;
	uint8_t window; /* offset of the window in it */
	bool any_case; /* then its text is small letters */
};

struct index {
	unsigned filter_shift, head_shift; /* the upper bits of a window's hash are the place */
	uint64_t *filter;
	uint32_t *heads; /* entry numbers */
};

struct atoms {
	struct arena arena;
	struct entry *entries; /* by the literals' numbers */
	uint8_t *texts;
	size_t count, longest;
	struct index wide, pair;
	bool has_pairs;
};

/* Letters of both cases are one here, and so are a few pairs of other characters that
 * differ in the same bit: the comparison knows better. */
static inline uint64_t fold(uint64_t v)
{
	return v | (v & UINT64_C(0x4040404040404040)) >> 1;
}

static inline uint32_t hash_window(uint32_t key)
{
	return key * UINT32_C(0x9e3779b1);
}

static inline uint64_t load64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return le64toh(v);
}

static inline uint32_t window_at(const uint8_t *p, unsigned width)
{
	uint32_t v = 0;
	for (unsigned i = 0; i < width; i++)
		v |= (uint32_t)p[i] << 8 * i;
	return (uint32_t)fold(v);
}

static inline unsigned filter_has(const struct index *x, uint32_t key)
{
	uint32_t hash = hash_window(key) >> x->filter_shift;
	return (unsigned)(x->filter[hash / 64] >> hash % 64) & 1;
}

static uint8_t small_letter(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* --- building --------------------------------------------------------------------------- */

static bool index_make(struct atoms *a, struct index *x, unsigned bits)
{
	unsigned head_bits = bits < HEADS_MOST_BITS ? bits : HEADS_MOST_BITS;
	x->filter_shift = 32 - bits;
	x->head_shift = 32 - head_bits;
	x->filter = arena_array(&a->arena, ((size_t)1 << bits) / 64, sizeof *x->filter);
	x->heads = arena_array(&a->arena, (size_t)1 << head_bits, sizeof *x->heads);
	if (x->filter == NULL || x->heads == NULL)
		return false;
	memset(x->heads, 0xff, sizeof *x->heads << head_bits);
	return true;
}

static inline uint32_t *index_head(const struct index *x, uint32_t key)
{
	return &x->heads[hash_window(key) >> x->head_shift];
}

/* How often a byte is seen, roughly: blanks, zeros and the letters of English most. */
static unsigned byte_weight(uint8_t c)
{
	static const char often[] = "\t\n\r etaoinsrl";
	if (c == 0 || c == 0xff)
		return 4;
	if (memchr(often, small_letter(c), sizeof often - 1) != NULL)
		return 3;
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? 2 : 1;
}

/* What a window costs at search: literals already there, and how often it may be seen. */
static unsigned window_cost(const struct atoms *a, const struct index *x, const uint8_t *p,
			    unsigned width)
{
	enum { MOST_COUNTED = 16, A_SHARER = 8, ONE_BYTE_ONLY = 40 };
	unsigned cost = 0, sharers = 0;
	uint32_t key = window_at(p, width);
	bool same = true;
	for (uint32_t i = *index_head(x, key); i != NONE && sharers < MOST_COUNTED;
	     i = a->entries[i].next)
		sharers += a->entries[i].key == key;
	for (unsigned i = 0; i < width; i++) {
		cost += byte_weight(p[i]);
		same &= p[i] == p[0];
	}
	return cost + sharers * A_SHARER + (same ? ONE_BYTE_ONLY : 0);
}

static void put_entry(struct atoms *a, uint32_t number)
{
	struct entry *e = &a->entries[number];
	const uint8_t *p = a->texts + e->text;
	unsigned width = e->n < WIDE ? PAIR : WIDE, best = UINT32_MAX;
	struct index *x = e->n < WIDE ? &a->pair : &a->wide;
	for (unsigned i = 0; i + width <= e->n; i++) {
		unsigned cost = window_cost(a, x, p + i, width);
		if (cost < best) {
			best = cost;
			e->window = (uint8_t)i;
		}
	}
	e->key = window_at(p + e->window, width);
	uint32_t hash = hash_window(e->key) >> x->filter_shift, *head = index_head(x, e->key);
	x->filter[hash / 64] |= UINT64_C(1) << hash % 64;
	e->next = *head;
	*head = number;
}

/* Keeps the text: in small letters when cases are one, in which case alone they are
 * compared so. */
static void keep_text(struct atoms *a, struct entry *e, const struct atom *from, uint32_t *used)
{
	e->text = *used;
	e->n = (uint8_t)from->text.n;
	e->any_case = from->any_case;
	for (size_t i = 0; i < from->text.n; i++)
		a->texts[*used + i] =
			from->any_case ? small_letter(from->text.p[i]) : from->text.p[i];
	*used += e->n;
}

static unsigned filter_bits(size_t n)
{
	unsigned bits = FILTER_LEAST_BITS;
	while (bits < FILTER_MOST_BITS && (size_t)1 << (bits - FILTER_ROOM_BITS) < n)
		bits++;
	return bits;
}

static int check_list(const struct atom *list, size_t n, size_t *ret_bytes, struct error *err)
{
	size_t bytes = 0;
	if (n > LIMIT_ATOMS)
		return error_set(err, ERR_LIMIT, "%zu literals to look for are more than %d", n,
				 LIMIT_ATOMS);
	for (size_t i = 0; i < n; i++) {
		size_t len = list[i].text.n;
		if (len < LIMIT_ATOM_LEAST || len > LIMIT_ATOM_BYTES)
			return error_set(err, ERR_LIMIT,
					 "literal %zu has %zu bytes: it must have %d to %d", i, len,
					 LIMIT_ATOM_LEAST, LIMIT_ATOM_BYTES);
		bytes += len;
	}
	*ret_bytes = bytes;
	return 0;
}

static bool build(struct atoms *a, const struct atom *list, size_t n, size_t bytes)
{
	uint32_t used = 0;
	a->entries = arena_array(&a->arena, n + 1, sizeof *a->entries);
	a->texts = arena_alloc(&a->arena, bytes + 1);
	for (size_t i = 0; i < n; i++)
		a->has_pairs |= list[i].text.n < WIDE;
	if (a->entries == NULL || a->texts == NULL || !index_make(a, &a->wide, filter_bits(n)) ||
	    (a->has_pairs && !index_make(a, &a->pair, PAIR_BITS)))
		return false;
	for (; a->count < n; a->count++) {
		struct entry *e = &a->entries[a->count];
		keep_text(a, e, &list[a->count], &used);
		if (e->n > a->longest)
			a->longest = e->n;
		put_entry(a, (uint32_t)a->count);
	}
	return true;
}

int atoms_build(const struct atom *list, size_t n, struct atoms **ret, struct error *err)
{
	size_t bytes;
	if (check_list(list, n, &bytes, err) < 0)
		return -1;
	struct atoms *a = calloc(1, sizeof *a);
	if (a == NULL)
		return error_set(err, ERR_MEMORY, "no memory for literals");
	a->arena = arena_max(LIMIT_ATOMS_MEMORY);
	if (!build(a, list, n, bytes)) {
		atoms_free(a);
		return error_set(err, ERR_LIMIT, "%zu literals need more than %llu MiB", n,
				 (unsigned long long)(LIMIT_ATOMS_MEMORY / MIB));
	}
	*ret = a;
	return 0;
}

void atoms_free(struct atoms *a)
{
	if (a == NULL)
		return;
	arena_free(&a->arena);
	free(a);
}

size_t atoms_count(const struct atoms *a)
{
	return a->count;
}

size_t atoms_memory(const struct atoms *a)
{
	return a->arena.used + sizeof *a;
}

/* --- searching ---------------------------------------------------------------------------- */

struct search {
	const struct atoms *a;
	struct bytes text;
	atoms_hit_fn *hit;
	void *ctx;
	uint64_t base; /* added to offsets that are told */
};

static bool entry_is_at(const struct search *s, const struct entry *e, size_t start)
{
	const uint8_t *have = s->text.p + start, *want = s->a->texts + e->text;
	if (!e->any_case)
		return memcmp(have, want, e->n) == 0;
	for (size_t i = 0; i < e->n; i++)
		if (small_letter(have[i]) != want[i])
			return false;
	return true;
}

/* A bit was set for the window at this place. */
static bool look_at(const struct search *s, const struct index *x, uint32_t key, size_t at)
{
	for (uint32_t i = *index_head(x, key); i != NONE; i = s->a->entries[i].next) {
		const struct entry *e = &s->a->entries[i];
		if (e->key != key || e->window > at)
			continue;
		size_t start = at - e->window;
		if (e->n > s->text.n - start || !entry_is_at(s, e, start))
			continue;
		if (!s->hit(s->ctx, i, s->base + start + e->n))
			return false;
	}
	return true;
}

/* What is left at the end, too short for STEP windows at once. */
static bool search_tail(const struct search *s, size_t at)
{
	for (; at + PAIR <= s->text.n; at++) {
		const uint8_t *p = s->text.p + at;
		if (at + WIDE <= s->text.n && !look_at(s, &s->a->wide, window_at(p, WIDE), at))
			return false;
		if (s->a->has_pairs && !look_at(s, &s->a->pair, window_at(p, PAIR), at))
			return false;
	}
	return true;
}

/* The windows of one step whose bits are set: bit i of wide and of pairs. */
static bool look_step(const struct search *s, uint64_t v, size_t at, unsigned wide, unsigned pairs)
{
	for (; wide != 0; wide &= wide - 1) {
		unsigned i = (unsigned)__builtin_ctz(wide);
		if (!look_at(s, &s->a->wide, (uint32_t)(v >> 8 * i), at + i))
			return false;
	}
	for (; pairs != 0; pairs &= pairs - 1) {
		unsigned i = (unsigned)__builtin_ctz(pairs);
		if (!look_at(s, &s->a->pair, (uint16_t)(v >> 8 * i), at + i))
			return false;
	}
	return true;
}

/* Made twice, so that the loop without short literals does not ask for them. */
static inline __attribute__((always_inline)) bool search_all(const struct search *s, bool has_pairs)
{
	const struct index *wide = &s->a->wide, *pair = &s->a->pair;
	size_t at = 0, n = s->text.n;
	for (; n - at >= sizeof(uint64_t); at += STEP) {
		uint64_t v = fold(load64(s->text.p + at));
		unsigned wides = 0, pairs = 0;
		for (unsigned i = 0; i < STEP; i++) {
			wides |= filter_has(wide, (uint32_t)(v >> 8 * i)) << i;
			if (has_pairs)
				pairs |= filter_has(pair, (uint16_t)(v >> 8 * i)) << i;
		}
		if ((wides | pairs) != 0 && !look_step(s, v, at, wides, pairs))
			return false;
	}
	return search_tail(s, at);
}

static bool search_from(const struct atoms *a, struct bytes text, uint64_t base, atoms_hit_fn *hit,
			void *ctx)
{
	struct search s = { .a = a, .text = text, .hit = hit, .ctx = ctx, .base = base };
	if (text.n < PAIR)
		return true;
	return a->has_pairs ? search_all(&s, true) : search_all(&s, false);
}

bool atoms_search(const struct atoms *a, struct bytes text, atoms_hit_fn *hit, void *ctx)
{
	return search_from(a, text, 0, hit, ctx);
}

static bool set_seen(void *ctx, uint32_t atom, uint64_t end)
{
	uint64_t *seen = ctx;
	(void)end;
	seen[atom / 64] |= UINT64_C(1) << atom % 64;
	return true;
}

void atoms_seen(const struct atoms *a, struct bytes text, uint64_t *seen)
{
	(void)atoms_search(a, text, set_seen, seen);
}

/* --- pieces ------------------------------------------------------------------------------- */

struct crossing {
	const struct atoms *a;
	uint64_t edge; /* where the new piece begins */
	atoms_hit_fn *hit;
	void *ctx;
};

/* What lies in the old bytes alone was told, and what lies in the new ones will be. */
static bool told_if_crossing(void *ctx, uint32_t atom, uint64_t end)
{
	const struct crossing *c = ctx;
	bool crosses = end > c->edge && end - c->a->entries[atom].n < c->edge;
	return !crosses || c->hit(c->ctx, atom, end);
}

static bool search_edge(const struct atoms_stream *s, struct bytes piece, atoms_hit_fn *hit,
			void *ctx)
{
	uint8_t join[2 * LIMIT_ATOM_BYTES];
	size_t head = piece.n < s->atoms->longest ? piece.n : s->atoms->longest;
	struct crossing c = { .a = s->atoms, .edge = s->at, .hit = hit, .ctx = ctx };
	if (s->carried == 0 || head == 0)
		return true;
	memcpy(join, s->carry, s->carried);
	memcpy(join + s->carried, piece.p, head);
	return search_from(s->atoms, bytes_of(join, s->carried + head), s->at - s->carried,
			   told_if_crossing, &c);
}

/* The last bytes so far, one fewer than the longest literal has. */
static void keep_end(struct atoms_stream *s, struct bytes piece)
{
	size_t keep = s->atoms->longest == 0 ? 0 : s->atoms->longest - 1;
	if (piece.n >= keep) {
		if (keep > 0)
			memcpy(s->carry, piece.p + piece.n - keep, keep);
		s->carried = keep;
		return;
	}
	size_t old = s->carried < keep - piece.n ? s->carried : keep - piece.n;
	memmove(s->carry, s->carry + s->carried - old, old);
	if (piece.n > 0)
		memcpy(s->carry + old, piece.p, piece.n);
	s->carried = old + piece.n;
}

bool atoms_stream_feed(struct atoms_stream *s, struct bytes piece, atoms_hit_fn *hit, void *ctx)
{
	if (!search_edge(s, piece, hit, ctx) || !search_from(s->atoms, piece, s->at, hit, ctx))
		return false;
	keep_end(s, piece);
	s->at += piece.n;
	return true;
}
