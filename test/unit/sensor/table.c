/* Ancestry: never a wrong parent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>

#include <cmocka.h>

#include "sensor/sensor.h"

static struct event of(enum guard_event_type type, uint32_t tgid, uint64_t start, uint32_t ppid,
		       uint64_t parent_start, const char *exe)
{
	return (struct event){ .kernel = { .type = (uint16_t)type,
					   .tgid = tgid,
					   .start_time = start,
					   .ppid = ppid,
					   .parent_start_time = parent_start,
					   .comm = "c" },
			       .path = bytes_str(exe),
			       .args = BYTES_LIT("a\0--token=x") };
}

static struct process_table *table(size_t most)
{
	struct process_table *t = NULL;
	struct error err = { 0 };
	assert_int_equal(process_table_new(most, &t, &err), 0);
	return t;
}

static void see(struct process_table *t, struct event e)
{
	struct error err = { 0 };
	assert_int_equal(process_table_see(t, &e, &err), 0);
}

static size_t ancestry(struct process_table *t, uint32_t tgid, uint64_t start,
		       const struct process **ret, size_t most)
{
	struct event e = of(EVENT_FILE, tgid, start, 0, 0, "");
	return process_table_ancestry(t, &e, ret, most);
}

static void the_ancestry_goes_from_the_process_upwards(void **state)
{
	struct process_table *t = table(10);
	const struct process *p[8];
	(void)state;
	see(t, of(EVENT_EXEC, 1, 10, 0, 0, "/sbin/init"));
	see(t, of(EVENT_FORK, 5, 50, 1, 10, ""));
	see(t, of(EVENT_FORK, 6, 60, 5, 50, ""));
	see(t, of(EVENT_EXEC, 6, 60, 5, 50, "/bin/sh"));
	assert_int_equal(ancestry(t, 6, 60, p, 8), 3);
	assert_string_equal(p[0]->exe, "/bin/sh");
	assert_string_equal(p[0]->args, "a --token=***");
	assert_string_equal(p[1]->exe, "/sbin/init"); /* until it executes another */
	assert_int_equal(p[2]->tgid, 1);
	assert_int_equal(ancestry(t, 6, 60, p, 2), 2);
	process_table_free(t);
}

static void a_number_that_is_used_again_gives_no_wrong_parent(void **state)
{
	struct process_table *t = table(10);
	const struct process *p[8];
	(void)state;
	see(t, of(EVENT_EXEC, 5, 50, 0, 0, "/old"));
	see(t, of(EVENT_EXEC, 5, 90, 0, 0, "/new"));
	see(t, of(EVENT_EXEC, 6, 95, 5, 90, "/child"));
	see(t, of(EVENT_EXEC, 7, 60, 5, 50, "/elder"));
	see(t, of(EVENT_EXEC, 8, 99, 5, 70, "/orphan"));
	assert_int_equal(ancestry(t, 6, 95, p, 8), 2);
	assert_string_equal(p[1]->exe, "/new");
	assert_int_equal(ancestry(t, 7, 60, p, 8), 2);
	assert_string_equal(p[1]->exe, "/old");
	assert_int_equal(ancestry(t, 8, 99, p, 8), 1);
	assert_int_equal(ancestry(t, 9, 1, p, 8), 0);
	assert_int_equal(ancestry(t, 5, 0, p, 8), 0);
	process_table_free(t);
}

static void thousands_of_one_number_are_told_apart(void **state)
{
	struct process_table *t = table(3000);
	const struct process *p[8];
	(void)state;
	for (uint64_t start = 1; start <= 3000; start++) {
		char exe[16];
		(void)snprintf(exe, sizeof exe, "/%u", (unsigned)start);
		see(t, of(EVENT_EXEC, 5, start, 0, 0, exe));
	}
	for (uint64_t start = 1; start <= 3000; start++) {
		char exe[16];
		(void)snprintf(exe, sizeof exe, "/%u", (unsigned)start);
		assert_int_equal(ancestry(t, 5, start, p, 8), 1);
		assert_string_equal(p[0]->exe, exe);
		assert_int_equal(ancestry(t, 5, start + 3000, p, 8), 0);
	}
	process_table_free(t);
}

static void the_table_is_bounded_and_forgets_the_longest_unused(void **state)
{
	struct process_table *t = table(4);
	const struct process *p[8];
	(void)state;
	for (uint32_t i = 1; i <= 4; i++)
		see(t, of(EVENT_EXEC, i, i, 0, 0, "/x"));
	assert_int_equal(ancestry(t, 1, 1, p, 8), 1); /* used */
	see(t, of(EVENT_EXEC, 5, 5, 1, 1, "/y"));
	assert_int_equal(ancestry(t, 2, 2, p, 8), 0);
	assert_int_equal(ancestry(t, 5, 5, p, 8), 2);
	for (uint32_t i = 10; i < 10000; i++)
		see(t, of(EVENT_EXEC, i, i, i - 1, i - 1, "/z"));
	assert_int_equal(ancestry(t, 9999, 9999, p, 8), 4);
	assert_int_equal(ancestry(t, 5, 5, p, 8), 0);
	process_table_free(t);
}

static void a_ring_of_parents_ends(void **state)
{
	struct process_table *t = table(4);
	const struct process *p[8];
	(void)state;
	see(t, of(EVENT_EXEC, 1, 7, 1, 7, "/self"));
	see(t, of(EVENT_EXEC, 2, 8, 3, 9, "/a"));
	see(t, of(EVENT_EXEC, 3, 9, 2, 8, "/b"));
	assert_int_equal(ancestry(t, 1, 7, p, 8), 1);
	assert_int_equal(ancestry(t, 3, 9, p, 8), 2);
	assert_int_equal(ancestry(t, 2, 8, p, 8), 1);
	process_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ancestry_goes_from_the_process_upwards),
		cmocka_unit_test(a_number_that_is_used_again_gives_no_wrong_parent),
		cmocka_unit_test(thousands_of_one_number_are_told_apart),
		cmocka_unit_test(the_table_is_bounded_and_forgets_the_longest_unused),
		cmocka_unit_test(a_ring_of_parents_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
