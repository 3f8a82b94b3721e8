/* What records are taken from the ring, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "event_try.h"

static void a_record_is_read_as_it_was_written(void **state)
{
	uint8_t record[EVENT_RECORD_MOST];
	struct event e;
	struct error err = { 0 };
	(void)state;
	size_t n = event_try_exec(42, 7, record);
	assert_int_equal(event_decode(bytes_of(record, n), &e, &err), 0);
	assert_int_equal(e.kernel.tgid, 42);
	assert_true(bytes_equal(e.path, BYTES_LIT("/usr/lib/postgresql/15/bin/postgres")));
	assert_true(bytes_starts_with(e.args, BYTES_LIT("postgres\0-D\0/var")));
	assert_true(bytes_ends_with(e.args, BYTES_LIT("postgresql.conf")));
	assert_string_equal(e.kernel.comm, "postgres");
}

#define SET(member, value)                                                                         \
	{                                                                                          \
#member, offsetof(struct guard_event, member),                                     \
			sizeof(((struct guard_event *)0)->member), (value)                         \
	}

/* A number that cannot be: the record is refused. */
static const struct {
	const char *name;
	size_t at, size;
	uint64_t value;
} bad[] = {
	SET(abi, 0),
	SET(abi, GUARD_ABI + 1),
	SET(type, 0),
	SET(type, EVENT_AGENT + 1),
	SET(type, UINT16_MAX),
	SET(outcome, OUTCOME_RESTORED + 1),
	SET(item, GUARD_ITEMS),
	SET(item, UINT8_MAX),
	SET(cpu, EVENT_CPUS),
	SET(cpu, UINT32_MAX),
	SET(object.origin, ORIGIN_COPY + 1),
	SET(path_bytes, GUARD_PATH + 1),
	SET(path_bytes, UINT16_MAX),
	SET(path_bytes, 500),
	SET(args_bytes, GUARD_ARGS + 1),
	SET(args_bytes, 700),
	SET(truncated, 4),
};

static void numbers_out_of_range_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		static uint8_t record[3 * UINT16_MAX];
		struct event e = { .path = BYTES_LIT("untouched") };
		struct error err = { 0 };
		size_t n = event_try_exec(1, 1, record);
		memcpy(record + bad[i].at, &bad[i].value, bad[i].size); /* little endian */
		if (bad[i].value > GUARD_PATH)
			n = sizeof record; /* it is not too short, only too much */
		if (event_decode(bytes_of(record, n), &e, &err) == 0)
			fail_msg("%s = %llu is taken", bad[i].name,
				 (unsigned long long)bad[i].value);
		assert_int_equal(err.code, ERR_MALFORMED);
		assert_true(bytes_equal(e.path, BYTES_LIT("untouched")));
	}
}

static void a_record_that_ends_too_early_is_refused_at_every_length(void **state)
{
	uint8_t record[EVENT_RECORD_MOST];
	struct event e;
	struct error err = { 0 };
	(void)state;
	size_t n = event_try_exec(1, 1, record);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(event_decode(bytes_of(record, i), &e, &err), -1);
}

static void names_without_an_end_get_one(void **state)
{
	uint8_t record[EVENT_RECORD_MOST];
	struct event e;
	struct error err = { 0 };
	(void)state;
	size_t n = event_try_exec(1, 1, record);
	memset(record + offsetof(struct guard_event, comm), 'x', 32);
	assert_int_equal(event_decode(bytes_of(record, n), &e, &err), 0);
	assert_string_equal(e.kernel.comm, "xxxxxxxxxxxxxxx");
	assert_string_equal(e.kernel.parent_comm, "xxxxxxxxxxxxxxx");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_read_as_it_was_written),
		cmocka_unit_test(numbers_out_of_range_are_refused),
		cmocka_unit_test(a_record_that_ends_too_early_is_refused_at_every_length),
		cmocka_unit_test(names_without_an_end_get_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
