#include "format/protobuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* The examples of the specification (protobuf.dev, "Encoding"). */
static void the_specifications_examples_are_read(void **state)
{
	(void)state;
	struct cursor c = cursor_of(BYTES_LIT("\x08\x96\x01\x12\x07testing\x1a\x03\x08\x96\x01"));
	struct protobuf_field f;
	assert_true(protobuf_next(&c, &f));
	assert_int_equal(f.number, 1);
	assert_int_equal(f.wire, PROTOBUF_VARINT);
	assert_int_equal(f.value, 150);
	assert_true(protobuf_next(&c, &f));
	assert_int_equal(f.number, 2);
	assert_true(bytes_equal(f.bytes, BYTES_LIT("testing")));
	assert_true(protobuf_next(&c, &f));
	assert_int_equal(f.number, 3);
	struct cursor inner = cursor_of(f.bytes);
	assert_true(protobuf_next(&inner, &f));
	assert_int_equal(f.value, 150);
	assert_false(protobuf_next(&inner, &f));
	assert_false(inner.failed);
	assert_false(protobuf_next(&c, &f));
	assert_false(c.failed);
}

static void numbers_of_all_kinds_are_read(void **state)
{
	(void)state;
	const struct {
		struct bytes message;
		uint64_t value;
	} samples[] = {
		{ BYTES_LIT("\x08\x00"), 0 },
		{ BYTES_LIT("\x08\x7f"), 127 },
		{ BYTES_LIT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), UINT64_MAX },
		{ BYTES_LIT("\x08\x80\x80\x00"), 0 }, /* longer than it need be is allowed */
		{ BYTES_LIT("\x0d\x01\x02\x03\x04"), 0x04030201 },
		{ BYTES_LIT("\x09\x01\x02\x03\x04\x05\x06\x07\x08"), 0x0807060504030201 },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct cursor c = cursor_of(samples[i].message);
		struct protobuf_field f;
		assert_true(protobuf_next(&c, &f));
		assert_true(f.value == samples[i].value);
		assert_false(protobuf_next(&c, &f));
		assert_false(c.failed);
	}
}

static void damaged_messages_are_refused(void **state)
{
	(void)state;
	const struct bytes samples[] = {
		BYTES_LIT("\x08"), /* no value */
		BYTES_LIT("\x80"), /* half a key */
		BYTES_LIT("\x00\x00"), /* field 0 */
		BYTES_LIT("\x12\x05"
			  "abc"), /* shorter than it says */
		BYTES_LIT("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
			  "abc"),
		BYTES_LIT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), /* 65 bits */
		BYTES_LIT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), /* 11 bytes */
		BYTES_LIT("\x0b\x0c"), /* a group */
		BYTES_LIT("\x0e\x00"), /* kind 6 */
		BYTES_LIT("\x0d\x01\x02\x03"),
		BYTES_LIT("\x09\x01\x02\x03\x04"),
		BYTES_LIT("\x88\x80\x80\x80\x80\x01\x00"), /* a number over 29 bits */
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct cursor c = cursor_of(samples[i]);
		struct protobuf_field f;
		if (protobuf_next(&c, &f) || !c.failed)
			fail_msg("sample %zu", i);
		struct bytes found;
		assert_false(protobuf_find(samples[i], 1, &found));
	}
}

static void the_last_of_several_fields_counts(void **state)
{
	(void)state;
	struct bytes found;
	assert_true(protobuf_find(BYTES_LIT("\x0a\x01"
					    "a\x10\x01\x0a\x02"
					    "bc"),
				  1, &found));
	assert_true(bytes_equal(found, BYTES_LIT("bc")));
	assert_true(protobuf_find(BYTES_LIT("\x08\x01"), 1, &found)); /* of another kind */
	assert_int_equal(found.n, 0);
}

static void what_is_written_is_read_again(void **state)
{
	(void)state;
	cleanup_buf struct buf out = buf_max(4096);
	static const uint8_t long_text[300];
	struct protobuf_field f;
	assert_int_equal(protobuf_put_bytes(&out, 1, bytes_of(long_text, 300), NULL), 0);
	assert_int_equal(protobuf_put_bytes(&out, 2, bytes_of(NULL, 0), NULL), 0);
	assert_int_equal(protobuf_put_varint(&out, 536870911, UINT64_MAX, NULL), 0);
	struct cursor c = cursor_of(buf_view(&out));
	assert_true(protobuf_next(&c, &f));
	assert_int_equal(f.bytes.n, 300);
	assert_true(protobuf_next(&c, &f));
	assert_int_equal(f.number, 536870911);
	assert_true(f.value == UINT64_MAX);
	assert_false(protobuf_next(&c, &f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_specifications_examples_are_read),
		cmocka_unit_test(numbers_of_all_kinds_are_read),
		cmocka_unit_test(damaged_messages_are_refused),
		cmocka_unit_test(the_last_of_several_fields_counts),
		cmocka_unit_test(what_is_written_is_read_again),
	};
	return cmocka_run_group_tests_name("protobuf", tests, NULL, NULL);
}
