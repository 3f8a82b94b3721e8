#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/base.h"
#include "format/json.h"

static struct json_reader *over(const char *text)
{
	struct json_reader *r = json_open_bytes(bytes_str(text));
	assert_non_null(r);
	return r;
}

static void assert_text(struct bytes b, const char *want)
{
	assert_true(bytes_equal(b, bytes_str(want)));
}

static enum error_code code_of(struct bytes text)
{
	struct error err = { 0 };
	struct json_reader *r = json_open_bytes(text);
	assert_non_null(r);
	json_skip(r);
	if (json_finish(r, &err) == 0)
		err.code = ERR_NONE;
	json_close(r);
	return err.code;
}

static void members_come_in_order_and_unknown_ones_are_skipped(void **state)
{
	(void)state;
	struct json_reader *r = over(" {\"id\": \"CVE-2024-1\", \"deep\": [{\"x\":[1,[2]]}, null],"
				     "\"n\":-12,\"ok\":true,\"f\":7.5}\n");
	struct bytes key, id = { 0 };
	int64_t n = 0;
	double f = 0;
	bool ok = false;
	assert_true(json_enter_object(r));
	while (json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("id"))) {
			assert_true(json_get_string(r, &id));
			assert_text(id, "CVE-2024-1");
		} else if (bytes_equal(key, BYTES_LIT("n"))) {
			assert_true(json_get_i64(r, &n));
		} else if (bytes_equal(key, BYTES_LIT("f"))) {
			assert_true(json_get_double(r, &f));
		} else if (bytes_equal(key, BYTES_LIT("ok"))) {
			assert_true(json_get_bool(r, &ok));
		} else {
			json_skip(r);
		}
	}
	assert_int_equal(n, -12);
	assert_true(ok);
	assert_true(f == 7.5);
	assert_int_equal(json_finish(r, NULL), 0);
	json_close(r);
}

static void a_value_of_another_kind_is_skipped_and_told(void **state)
{
	(void)state;
	struct json_reader *r = over("[1,\"a\",{\"b\":[]},1.5,9223372036854775808,"
				     "-9223372036854775808,true]");
	struct bytes b;
	int64_t n = 7;
	bool v;
	assert_true(json_enter_array(r));
	assert_true(json_next_item(r) && !json_get_string(r, &b));
	assert_true(json_next_item(r) && !json_get_i64(r, &n));
	assert_true(json_next_item(r) && !json_enter_array(r));
	assert_true(json_next_item(r) && !json_get_i64(r, &n));
	assert_true(json_next_item(r) && !json_get_i64(r, &n));
	assert_int_equal(n, 7);
	assert_true(json_next_item(r) && json_get_i64(r, &n));
	assert_true(n == INT64_MIN);
	assert_true(json_next_item(r) && json_get_bool(r, &v) && v);
	assert_false(json_next_item(r));
	assert_int_equal(json_finish(r, NULL), 0);
	json_close(r);
}

static void a_value_left_standing_is_skipped(void **state)
{
	(void)state;
	struct json_reader *r = over("{\"a\":[1,2],\"b\":3}");
	struct bytes key;
	assert_true(json_enter_object(r));
	assert_true(json_next_key(r, &key));
	assert_true(json_next_key(r, &key));
	assert_text(key, "b");
	assert_int_equal(json_finish(r, NULL), 0);
	json_close(r);
}

static void finish_reads_the_rest_before_it_says_whole(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct json_reader *r = over("{\"a\":[1,{\"b\":tru}]}");
	struct bytes key;
	assert_true(json_enter_object(r) && json_next_key(r, &key) && json_enter_array(r));
	assert_int_equal(json_finish(r, &err), -1);
	assert_int_equal(err.code, ERR_MALFORMED);
	assert_non_null(strstr(err.text, "offset 16"));
	json_close(r);
}

static void strings_are_decoded_to_valid_utf8(void **state)
{
	(void)state;
	static const struct {
		const char *json, *want;
	} rows[] = {
		{ "\"\"", "" },
		{ "\"plain\"", "plain" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"\\u0041\\u00e9\\u4e2d\"", "A\xc3\xa9\xe4\xb8\xad" },
		{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
		{ "\"\\ud83dA\"", "\xef\xbf\xbd"
				  "A" },
		{ "\"\\ud83d\\n\"", "\xef\xbf\xbd\n" },
		{ "\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80" },
		{ "\"\\ude00\"", "\xef\xbf\xbd" },
		{ "\"\xc3\xa9\"", "\xc3\xa9" },
		{ "\"a\xff"
		  "b\"",
		  "a\xef\xbf\xbd"
		  "b" },
		{ "\"\xe2\x82\"", "\xef\xbf\xbd" },
		{ "\"\xc0\xaf\"", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\"\xed\xa0\x80\"", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct json_reader *r = over(rows[i].json);
		struct bytes b;
		assert_true(json_get_string(r, &b));
		assert_text(b, rows[i].want);
		assert_int_equal(json_finish(r, NULL), 0);
		json_close(r);
	}
}

static void what_breaks_the_grammar_is_an_error(void **state)
{
	(void)state;
	static const char *const malformed[] = {
		"[1,]",  "{\"a\":1,}", "{,}",      "[,]", "{\"a\"}",   "{\"a\" 1}",   "{1:2}",
		"[1 2]", "01",         "-",        "1.",  ".5",        "1e",          "+1",
		"0x1",   "NaN",        "Infinity", "'a'", "True",      "truex",       "1 1",
		"{}{}",  "[}",         "{]",       "]",   "\"\\x41\"", "\"\\u12g4\"", "\"a\nb\"",
		"/**/1", "\xef\xbb[]", "[1]]",
	};
	static const char *const truncated[] = { "",      "  ",      "[",       "{",        "[1",
						 "[1,",   "{\"a\"",  "{\"a\":", "{\"a\":1", "\"abc",
						 "\"a\\", "\"\\u00", "tru",     "{\"a\":1," };
	for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
		if (code_of(bytes_str(malformed[i])) != ERR_MALFORMED)
			fail_msg("%s is not malformed", malformed[i]);
	for (size_t i = 0; i < sizeof truncated / sizeof *truncated; i++)
		if (code_of(bytes_str(truncated[i])) != ERR_TRUNCATED)
			fail_msg("%s is not truncated", truncated[i]);
	assert_int_equal(code_of(BYTES_LIT("1\0")), ERR_MALFORMED);
	assert_int_equal(code_of(BYTES_LIT("\"\\\0\"")), ERR_MALFORMED);
}

static void depth_is_limited_however_it_is_read(void **state)
{
	(void)state;
	char text[2 * (LIMIT_JSON_DEPTH + 1)];
	size_t half = LIMIT_JSON_DEPTH;
	memset(text, '[', half);
	memset(text + half, ']', half);
	assert_int_equal(code_of(bytes_of(text, 2 * half)), ERR_NONE);
	half++;
	memset(text, '[', half);
	memset(text + half, ']', half);
	assert_int_equal(code_of(bytes_of(text, 2 * half)), ERR_LIMIT);

	struct json_reader *r = json_open_bytes(bytes_of(text, 2 * half));
	assert_non_null(r);
	unsigned depth = 0;
	for (bool in = json_enter_array(r); in; in = json_next_item(r) && json_enter_array(r))
		depth++;
	assert_int_equal(depth, LIMIT_JSON_DEPTH);
	assert_true(json_failed(r));
	json_close(r);
}

static void a_string_over_the_limit_is_an_error_when_it_is_wanted(void **state)
{
	(void)state;
	size_t n = LIMIT_JSON_STRING + 3;
	char *text = malloc(n);
	assert_non_null(text);
	memset(text, 'x', n);
	text[0] = text[n - 1] = '"';
	struct error err = { 0 };
	struct bytes b;
	assert_int_equal(code_of(bytes_of(text, n)), ERR_NONE); /* skipped: costs nothing */
	struct json_reader *r = json_open_bytes(bytes_of(text, n));
	assert_non_null(r);
	assert_false(json_get_string(r, &b));
	assert_int_equal(json_finish(r, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	json_close(r);
	free(text);
}

static void a_byte_order_mark_is_passed_over(void **state)
{
	(void)state;
	assert_int_equal(code_of(BYTES_LIT("\xef\xbb\xbf{}")), ERR_NONE);
	assert_int_equal(code_of(BYTES_LIT("\xef\xbb\xbf\xef\xbb\xbf{}")), ERR_MALFORMED);
}

/* A stream that gives a few bytes at a time, and fails at a place. */
struct drip {
	struct bytes rest;
	size_t piece, fail_at, given;
};

static ssize_t drip_read(void *ctx, void *p, size_t n, struct error *err)
{
	struct drip *d = ctx;
	if (d->given >= d->fail_at)
		return error_set(err, ERR_IO, "the disk is gone");
	size_t take = d->piece < n ? d->piece : n;
	take = take < d->rest.n ? take : d->rest.n;
	if (take > 0)
		memcpy(p, d->rest.p, take);
	d->rest = bytes_sub(d->rest, take, d->rest.n);
	d->given += take;
	return (ssize_t)take;
}

static void a_stream_reads_as_memory_does_whatever_its_pieces(void **state)
{
	(void)state;
	static const char text[] = "{\"a\\u00e9\xc3\xa9\": [-12.5e3, \"x\\ud83d\\ude00y\", tr\x75"
				   "e], \"b\": 9007199254740993}";
	for (size_t piece = 1; piece < sizeof text; piece++) {
		struct drip d = { BYTES_LIT(text), piece, SIZE_MAX, 0 };
		struct json_reader *r = json_open_stream(drip_read, &d);
		struct bytes b = { 0 };
		int64_t n = 0;
		double f = 0;
		bool v = false;
		assert_non_null(r);
		assert_true(json_enter_object(r) && json_next_key(r, &b));
		assert_text(b, "a\xc3\xa9\xc3\xa9");
		assert_true(json_enter_array(r) && json_next_item(r) && json_get_double(r, &f));
		assert_true(f == -12500.0);
		assert_true(json_next_item(r) && json_get_string(r, &b));
		assert_text(b, "x\xf0\x9f\x98\x80y");
		assert_true(json_next_item(r) && json_get_bool(r, &v) && v);
		assert_false(json_next_item(r));
		assert_true(json_next_key(r, &b));
		assert_text(b, "b");
		assert_true(json_get_i64(r, &n));
		assert_true(n == 9007199254740993);
		assert_false(json_next_key(r, &b));
		assert_int_equal(json_finish(r, NULL), 0);
		assert_int_equal(json_offset(r), sizeof text - 1);
		json_close(r);
	}
}

static void an_error_of_the_stream_is_the_error_of_the_reader(void **state)
{
	(void)state;
	struct drip d = { BYTES_LIT("[1,2,3,4,5,6]"), 3, 6, 0 };
	struct json_reader *r = json_open_stream(drip_read, &d);
	struct error err = { 0 };
	assert_non_null(r);
	json_skip(r);
	assert_int_equal(json_finish(r, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	assert_string_equal(err.text, "the disk is gone");
	json_close(r);
}

static void nothing_more_is_said_after_the_first_error(void **state)
{
	(void)state;
	struct json_reader *r = over("[1,x,2]");
	struct bytes b;
	int64_t n;
	assert_true(json_enter_array(r) && json_next_item(r) && json_get_i64(r, &n));
	assert_true(json_next_item(r));
	assert_false(json_get_i64(r, &n));
	assert_true(json_failed(r));
	assert_false(json_next_item(r));
	assert_false(json_get_string(r, &b));
	assert_false(json_enter_object(r));
	assert_int_equal(json_peek(r), JSON_NONE);
	json_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_come_in_order_and_unknown_ones_are_skipped),
		cmocka_unit_test(a_value_of_another_kind_is_skipped_and_told),
		cmocka_unit_test(a_value_left_standing_is_skipped),
		cmocka_unit_test(finish_reads_the_rest_before_it_says_whole),
		cmocka_unit_test(strings_are_decoded_to_valid_utf8),
		cmocka_unit_test(what_breaks_the_grammar_is_an_error),
		cmocka_unit_test(depth_is_limited_however_it_is_read),
		cmocka_unit_test(a_string_over_the_limit_is_an_error_when_it_is_wanted),
		cmocka_unit_test(a_byte_order_mark_is_passed_over),
		cmocka_unit_test(a_stream_reads_as_memory_does_whatever_its_pieces),
		cmocka_unit_test(an_error_of_the_stream_is_the_error_of_the_reader),
		cmocka_unit_test(nothing_more_is_said_after_the_first_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
