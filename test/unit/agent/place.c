/* Where a new set's file rules go beside the old one's. */
#include "agent/node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct file_rules rules_of(unsigned base, size_t count, uint32_t ops)
{
	struct file_rules f = { .base = base, .count = count };
	for (size_t i = 0; i < count; i++)
		f.rule[i] = (struct guard_file_rule){ .ops = ops, .rule = (uint16_t)(i + 1) };
	return f;
}

static bool overlap(const struct file_rules *a, const struct file_rules *b)
{
	return a->base < b->base + b->count && b->base < a->base + a->count;
}

static void other_rules_go_to_bits_that_nobody_looks_at(void **state)
{
	struct file_rules old = rules_of(0, 0, 1);
	(void)state;
	srand(1);
	for (uint32_t i = 0; i < 10000; i++) {
		struct file_rules fresh = rules_of(0, (size_t)rand() % 32, i + 2);
		assert_true(policies_place(&old, &fresh));
		assert_false(overlap(&old, &fresh));
		assert_true(fresh.base + fresh.count <= RULE_FILES_MOST);
		old = fresh;
	}
}

static void the_same_rules_stay_where_they_are_under_new_numbers(void **state)
{
	struct file_rules old = rules_of(17, 40, 3), fresh = rules_of(0, 40, 3);
	(void)state;
	for (size_t i = 0; i < fresh.count; i++)
		fresh.rule[i].rule = (uint16_t)(i + 9);
	assert_true(policies_place(&old, &fresh));
	assert_int_equal(fresh.base, 17);
}

static void that_there_is_no_room_for_both_is_told(void **state)
{
	struct file_rules old = rules_of(0, 32, 1), fresh = rules_of(0, 31, 2);
	(void)state;
	assert_false(policies_place(&old, &fresh));
	assert_int_equal(fresh.base, 0);
	fresh.count = 30;
	assert_true(policies_place(&old, &fresh));
	assert_int_equal(fresh.base, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_rules_go_to_bits_that_nobody_looks_at),
		cmocka_unit_test(the_same_rules_stay_where_they_are_under_new_numbers),
		cmocka_unit_test(that_there_is_no_room_for_both_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
