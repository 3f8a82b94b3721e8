/* Lines of the log: read as they were written, and nothing else is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "alert/internal.h"

static char empty[] = "", rule[] = "r \"x\"", item[] = "mount", object[] = "/a\n/\xe2\x80\xae",
	    event[] = "{\"a\":[1,2]}", outcome[] = "blocked";

static struct alert sample(void)
{
	size_t count;
	const struct alert_member *members = alert_members(&count);
	struct alert a = { .id = "0123456789abcdef",
			   .state = ALERT_IGNORED,
			   .count = 3,
			   .first = 1795377600000000001,
			   .last = 1795377600000000002 };
	for (size_t i = 0; i < count; i++)
		*alert_member_of(&a, &members[i]) = empty;
	a.rule = rule;
	a.item = item;
	a.object = object;
	a.event = event;
	a.outcome = outcome;
	return a;
}

static struct bytes line_of_sample(struct buf *out, bool whole)
{
	struct error err = { 0 };
	struct alert a = sample();
	assert_int_equal(record_put(&a, whole, out, &err), 0);
	assert_int_equal(out->p[out->n - 1], '\n');
	return bytes_of(out->p, out->n - 1);
}

static void a_whole_record_is_read_as_it_was_written(void **state)
{
	cleanup_buf struct buf out = buf_max(MIB);
	struct alert a, was = sample();
	size_t count;
	const struct alert_member *members = alert_members(&count);
	(void)state;
	assert_true(record_get(line_of_sample(&out, true), &a));
	assert_string_equal(a.id, was.id);
	assert_true(a.state == was.state && a.count == was.count && a.first == was.first &&
		    a.last == was.last);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(*alert_member_of(&a, &members[i]),
				    *alert_member_of(&was, &members[i]));
	alert_clear(&a);
}

static void a_record_of_an_occurrence_has_only_what_it_changes(void **state)
{
	cleanup_buf struct buf out = buf_max(MIB);
	struct alert a;
	(void)state;
	assert_true(record_get(line_of_sample(&out, false), &a));
	assert_null(a.rule);
	assert_null(a.event);
	assert_string_equal(a.outcome, "blocked");
	assert_int_equal(a.count, 3);
	alert_clear(&a);
}

static void no_flipped_bit_and_no_cut_is_believed(void **state)
{
	cleanup_buf struct buf out = buf_max(MIB);
	struct bytes line = line_of_sample(&out, true);
	struct alert a;
	(void)state;
	for (size_t i = 0; i < line.n; i++) {
		assert_false(record_get(bytes_of(line.p, i), &a));
		for (int bit = 0; bit < 8; bit++) {
			out.p[i] ^= (uint8_t)(1 << bit);
			assert_false(record_get(line, &a));
			out.p[i] ^= (uint8_t)(1 << bit);
		}
	}
}

/* With a right sum, and no record of ours. */
static const char *const foreign[] = {
	"",
	"{}",
	"[]",
	"1",
	"{\"id\":\"x\"}",
	"{\"id\":\"0123456789ABCDEF\"}",
	"{\"id\":\"0123456789abcdef\",\"count\":-1}",
	"{\"id\":\"0123456789abcdef\",\"count\":\"1\"}",
	"{\"id\":\"0123456789abcdef\",\"state\":\"done\"}",
	"{\"id\":\"0123456789abcdef\",\"rule\":1}",
	"{\"id\":\"0123456789abcdef\",\"rule\":\"a\",\"rule\":\"b\"}",
	"{\"id\":\"0123456789abcdef\",\"rule\":\"a\\u0000b\"}",
	"{\"id\":\"0123456789abcdef\",\"event\":\"no json\"}",
	"{\"id\":\"0123456789abcdef\",\"tree\":\"[\"}",
	"{\"id\":\"0123456789abcdef\"} x",
};

static void a_record_that_is_none_of_ours_is_refused_whatever_its_sum(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
		char line[512];
		struct alert a;
		(void)snprintf(
			line, sizeof line, "%016llx %s",
			(unsigned long long)hash_bytes(0x636f7274656e, bytes_str(foreign[i])),
			foreign[i]);
		if (record_get(bytes_str(line), &a))
			fail_msg("taken: %s", foreign[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_record_is_read_as_it_was_written),
		cmocka_unit_test(a_record_of_an_occurrence_has_only_what_it_changes),
		cmocka_unit_test(no_flipped_bit_and_no_cut_is_believed),
		cmocka_unit_test(a_record_that_is_none_of_ours_is_refused_whatever_its_sum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
