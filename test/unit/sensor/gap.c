/* What is lost is counted, once, whatever the order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sensor/internal.h"

static uint64_t lost_of(const uint64_t *sequence, size_t n, uint64_t *ret_late)
{
	struct gap g = { 0 };
	uint64_t lost = 0;
	*ret_late = 0;
	for (size_t i = 0; i < n; i++) {
		bool late;
		lost += gap_see(&g, sequence[i], &late);
		*ret_late += late;
	}
	return lost + gap_settle(&g);
}

#define NUMBERS(...) (const uint64_t[]){ __VA_ARGS__ }, sizeof((uint64_t[]){ __VA_ARGS__ }) / 8

static void gaps_are_counted(void **state)
{
	uint64_t late;
	(void)state;
	assert_int_equal(lost_of(NUMBERS(0, 1, 2, 3), &late), 0);
	assert_int_equal(lost_of(NUMBERS(7, 8, 9), &late), 0); /* the first seen is the beginning */
	assert_int_equal(lost_of(NUMBERS(0, 2), &late), 1);
	assert_int_equal(lost_of(NUMBERS(0, 10, 20), &late), 18);
	assert_int_equal(lost_of(NUMBERS(0, 1000000), &late), 999999);
	assert_int_equal(lost_of(NUMBERS(0, UINT64_MAX - 1), &late), UINT64_MAX - 2);
}

static void numbers_a_little_out_of_order_are_not_lost(void **state)
{
	uint64_t late;
	(void)state;
	assert_int_equal(lost_of(NUMBERS(0, 2, 1, 3), &late), 0);
	assert_int_equal(late, 0);
	assert_int_equal(lost_of(NUMBERS(0, 5, 4, 3, 2, 1, 6), &late), 0);
	assert_int_equal(lost_of(NUMBERS(0, 63, 1), &late), 61);
	/* Too late: counted as lost, and told to be late. */
	assert_int_equal(lost_of(NUMBERS(0, 100, 1), &late), 99);
	assert_int_equal(late, 1);
}

static void a_settled_gap_stays_settled(void **state)
{
	struct gap g = { 0 };
	bool late;
	(void)state;
	assert_int_equal(gap_see(&g, 5, &late), 0);
	assert_int_equal(gap_see(&g, 8, &late), 0);
	assert_int_equal(gap_settle(&g), 2);
	assert_int_equal(gap_settle(&g), 0);
	assert_int_equal(gap_see(&g, 6, &late), 0);
	assert_true(late);
	assert_int_equal(gap_see(&g, 9, &late), 0);
	assert_false(late);
}

/* Random loss and random disorder within the window: what is delivered and what is
 * lost are together what there was. */
static void delivered_and_lost_are_what_was_produced(void **state)
{
	unsigned seed = 7;
	(void)state;
	for (int round = 0; round < 200; round++) {
		uint64_t sent[2000];
		size_t n = 0;
		for (uint64_t i = 0; i < 2000; i++)
			if (i == 0 || i == 1999 || rand_r(&seed) % 10 != 0)
				sent[n++] = i;
		for (size_t i = 1; i + 9 < n; i += 8) {
			size_t j = i + (size_t)rand_r(&seed) % 8, k = i + (size_t)rand_r(&seed) % 8;
			uint64_t swap = sent[j];
			sent[j] = sent[k];
			sent[k] = swap;
		}
		uint64_t late;
		assert_int_equal(lost_of(sent, n, &late) + n, 2000);
		assert_int_equal(late, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gaps_are_counted),
		cmocka_unit_test(numbers_a_little_out_of_order_are_not_lost),
		cmocka_unit_test(a_settled_gap_stays_settled),
		cmocka_unit_test(delivered_and_lost_are_what_was_produced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
