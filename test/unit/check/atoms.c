/* Every literal is found at every place where a naive search finds it, and nowhere else,
 * in a whole text and in pieces of any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "check/atoms.h"

enum { LITERALS_MOST = 400, TEXT_MOST = 4096 };

/* Places as a sum that does not depend on their order. */
struct places {
	uint64_t n, sum;
};

static void add_place(struct places *p, uint32_t atom, uint64_t end)
{
	uint64_t v = ((uint64_t)atom << 40) + end;
	v *= UINT64_C(0x9e3779b97f4a7c15);
	p->n++;
	p->sum += v ^ v >> 29;
}

static bool on_hit(void *ctx, uint32_t atom, uint64_t end)
{
	add_place(ctx, atom, end);
	return true;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool is_at(const struct atom *a, const uint8_t *p)
{
	for (size_t i = 0; i < a->text.n; i++)
		if (a->any_case ? lower(p[i]) != lower(a->text.p[i]) : p[i] != a->text.p[i])
			return false;
	return true;
}

static struct places naive(const struct atom *list, size_t n, struct bytes text)
{
	struct places p = { 0 };
	for (size_t i = 0; i < n; i++)
		for (size_t at = 0; at + list[i].text.n <= text.n; at++)
			if (is_at(&list[i], text.p + at))
				add_place(&p, (uint32_t)i, at + list[i].text.n);
	return p;
}

/* The same numbers in every run. */
static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static struct atoms *built(const struct atom *list, size_t n)
{
	struct error err = { 0 };
	struct atoms *a = NULL;
	if (atoms_build(list, n, &a, &err) < 0)
		fail_msg("%s", err.text);
	return a;
}

static struct places whole(const struct atoms *a, struct bytes text)
{
	struct places p = { 0 };
	assert_true(atoms_search(a, text, on_hit, &p));
	return p;
}

static struct places in_pieces(const struct atoms *a, struct bytes text, uint32_t *state,
			       uint32_t most)
{
	struct places p = { 0 };
	struct atoms_stream s;
	atoms_stream_begin(&s, a);
	for (size_t at = 0; at < text.n;) {
		size_t n = next_random(state) % (most + 1);
		struct bytes piece = bytes_sub(text, at, at + n);
		assert_true(atoms_stream_feed(&s, piece, on_hit, &p));
		at += piece.n;
	}
	return p;
}

static void assert_same(struct places x, struct places y)
{
	assert_int_equal(x.n, y.n);
	assert_true(x.sum == y.sum);
}

/* Texts over few letters, so that literals are found often and overlap. */
static void fill(uint8_t *p, size_t n, const char *letters, uint32_t *state)
{
	size_t count = strlen(letters);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)letters[next_random(state) % count];
}

static void try_random(uint32_t seed, const char *letters, size_t least, size_t most, size_t n)
{
	static uint8_t text[TEXT_MOST], pool[LITERALS_MOST * LIMIT_ATOM_BYTES];
	struct atom list[LITERALS_MOST];
	uint32_t state = seed;
	fill(text, sizeof text, letters, &state);
	fill(pool, sizeof pool, letters, &state);
	for (size_t i = 0; i < n; i++) {
		size_t len = least + next_random(&state) % (most - least + 1);
		list[i].text = bytes_of(pool + i * LIMIT_ATOM_BYTES, len);
		list[i].any_case = next_random(&state) % 2 == 0;
	}
	struct atoms *a = built(list, n);
	struct bytes all = bytes_of(text, sizeof text - next_random(&state) % 9);
	struct places want = naive(list, n, all);
	assert_same(whole(a, all), want);
	assert_same(in_pieces(a, all, &state, 5), want);
	assert_same(in_pieces(a, all, &state, 70), want);
	assert_same(in_pieces(a, all, &state, 1000), want);
	atoms_free(a);
}

static void random_texts_give_what_a_naive_search_gives(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 20; seed++) {
		try_random(seed, "aAbB", 2, 8, 200);
		try_random(seed, "ab", 4, 64, 100);
		try_random(seed, "xyzXYZ@`[{", 2, 3, 30);
		try_random(seed, "curlWGET |/-\n", 4, 6, LITERALS_MOST);
		try_random(seed, "\x01\xc1\xe1\x7f", 3, 5, 60);
	}
}

static void cases_are_those_of_letters_only(void **state)
{
	(void)state;
	const struct atom list[] = {
		{ BYTES_LIT("Eval("), false },
		{ BYTES_LIT("Eval("), true },
		{ BYTES_LIT("[x]@"), true },
		{ BYTES_LIT("\xc4\xd6\xdc!"), true },
	};
	struct atoms *a = built(list, 4);
	uint64_t seen = 0;
	atoms_seen(a, BYTES_LIT("eVAL( {X}` \xe4\xf6\xfc!"), &seen);
	assert_int_equal(seen, 2);
	atoms_seen(a, BYTES_LIT("Eval([X]@\xc4\xd6\xdc!"), &seen);
	assert_int_equal(seen, 15);
	atoms_free(a);
}

static void a_literal_at_either_end_is_found(void **state)
{
	(void)state;
	const struct atom list[] = { { BYTES_LIT("first"), false },
				     { BYTES_LIT("st"), false },
				     { BYTES_LIT("lst"), false },
				     { BYTES_LIT("fi"), true } };
	struct atoms *a = built(list, 4);
	for (size_t pad = 0; pad < 20; pad++) {
		char text[64] = "first";
		memset(text + 5, '.', pad);
		memcpy(text + 5 + pad, "first", 5);
		struct places p = whole(a, bytes_of(text, 10 + pad));
		assert_int_equal(p.n, 6);
	}
	assert_int_equal(whole(a, BYTES_LIT("")).n, 0);
	assert_int_equal(whole(a, BYTES_LIT("s")).n, 0);
	assert_int_equal(whole(a, BYTES_LIT("st")).n, 1);
	atoms_free(a);
}

static void no_literals_find_nothing(void **state)
{
	(void)state;
	struct atoms *a = built(NULL, 0);
	struct atoms_stream s;
	struct places p = { 0 };
	atoms_stream_begin(&s, a);
	assert_true(atoms_stream_feed(&s, BYTES_LIT("some text"), on_hit, &p));
	assert_true(atoms_stream_feed(&s, BYTES_LIT("more of it"), on_hit, &p));
	assert_int_equal(p.n, 0);
	assert_int_equal(atoms_count(a), 0);
	atoms_free(a);
}

static void a_literal_of_no_allowed_length_is_refused(void **state)
{
	(void)state;
	uint8_t many[LIMIT_ATOM_BYTES + 1] = { 0 };
	struct error err = { 0 };
	struct atoms *a = NULL;
	const struct atom one = { BYTES_LIT("x"), false };
	const struct atom long_one = { bytes_of(many, sizeof many), false };
	assert_int_equal(atoms_build(&one, 1, &a, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(atoms_build(&long_one, 1, &a, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_null(a);
}

static bool stop_at_second(void *ctx, uint32_t atom, uint64_t end)
{
	(void)atom;
	(void)end;
	return ++*(unsigned *)ctx < 2;
}

static void a_search_ends_when_the_callback_says_so(void **state)
{
	(void)state;
	const struct atom list[] = { { BYTES_LIT("aaaa"), false } };
	struct atoms *a = built(list, 1);
	unsigned n = 0;
	assert_false(atoms_search(a, BYTES_LIT("aaaaaaaaaaaaaaaaaaaa"), stop_at_second, &n));
	assert_int_equal(n, 2);
	atoms_free(a);
}

static void fifty_thousand_literals_need_little_memory(void **state)
{
	(void)state;
	enum { MANY = 50000, LENGTH = 8 };
	uint8_t *pool = calloc(MANY, LENGTH);
	struct atom *list = calloc(MANY, sizeof *list);
	uint32_t random = 7;
	assert_non_null(pool);
	assert_non_null(list);
	for (size_t i = 0; i < (size_t)MANY * LENGTH; i++)
		pool[i] = (uint8_t)next_random(&random);
	for (size_t i = 0; i < MANY; i++)
		list[i] = (struct atom){ bytes_of(pool + i * LENGTH, LENGTH), i % 2 == 0 };
	struct atoms *a = built(list, MANY);
	assert_true(atoms_memory(a) < 4 * MIB);
	struct places p = whole(a, bytes_of(pool, (size_t)MANY * LENGTH));
	assert_true(p.n >= MANY);
	atoms_free(a);
	free(list);
	free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_texts_give_what_a_naive_search_gives),
		cmocka_unit_test(cases_are_those_of_letters_only),
		cmocka_unit_test(a_literal_at_either_end_is_found),
		cmocka_unit_test(no_literals_find_nothing),
		cmocka_unit_test(a_literal_of_no_allowed_length_is_refused),
		cmocka_unit_test(a_search_ends_when_the_callback_says_so),
		cmocka_unit_test(fifty_thousand_literals_need_little_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
