/* Paths, text for terminals, times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"

static void check_clean(const char *in, const char *out)
{
	uint8_t buf[256];
	struct bytes clean = bytes_of(buf, path_clean(bytes_str(in), buf));
	assert_true(bytes_equal(clean, bytes_str(out)));
}

static void a_path_is_relative_and_never_leaves_the_root(void **state)
{
	(void)state;
	check_clean("/etc/passwd", "etc/passwd");
	check_clean("./usr//lib/./x", "usr/lib/x");
	check_clean("../../etc/shadow", "etc/shadow");
	check_clean("a/b/../../../c", "c");
	check_clean("a/..", "");
	check_clean("/", "");
	check_clean("", "");
	check_clean("dir/", "dir");
	check_clean("...", "...");
}

static void a_path_lies_within_whole_components_only(void **state)
{
	(void)state;
	assert_true(path_within(BYTES_LIT("var/lib"), BYTES_LIT("var")));
	assert_true(path_within(BYTES_LIT("var"), BYTES_LIT("var")));
	assert_true(path_within(BYTES_LIT("var"), BYTES_LIT("")));
	assert_false(path_within(BYTES_LIT("variable"), BYTES_LIT("var")));
	assert_true(bytes_equal(path_dir(BYTES_LIT("a/b/c")), BYTES_LIT("a/b")));
	assert_int_equal(path_dir(BYTES_LIT("a")).n, 0);
	assert_true(bytes_equal(path_base(BYTES_LIT("a/b/c")), BYTES_LIT("c")));
}

static void check_escape(const char *in, size_t n, const char *out)
{
	cleanup_buf struct buf b = buf_max(1024);
	assert_int_equal(text_escape(&b, bytes_of(in, n), NULL), 0);
	assert_string_equal(buf_cstr(&b, NULL), out);
}

static void what_an_image_says_cannot_drive_a_terminal(void **state)
{
	(void)state;
	check_escape("plain \xc3\xa9", 8, "plain \xc3\xa9");
	check_escape("\x1b[31m", 5, "\\x1b[31m");
	check_escape("a\0b", 3, "a\\x00b");
	check_escape("\xc2\x9b"
		     "1m",
		     4, "\\u{9b}1m"); /* C1 control */
	check_escape("\xe2\x80\xae"
		     "x",
		     4, "\\u{202e}x"); /* right-to-left override */
	check_escape("\xff\xc3", 2, "\\xff\\xc3");
}

static void overlong_forms_and_surrogates_are_not_utf8(void **state)
{
	(void)state;
	assert_true(utf8_valid(BYTES_LIT("\xf0\x9f\x98\x80")));
	assert_false(utf8_valid(BYTES_LIT("\xc0\xaf")));
	assert_false(utf8_valid(BYTES_LIT("\xed\xa0\x80")));
	assert_false(utf8_valid(BYTES_LIT("\xf4\x90\x80\x80")));
	assert_false(utf8_valid(BYTES_LIT("\xe2\x82")));
}

static void columns_count_what_a_terminal_shows(void **state)
{
	(void)state;
	assert_int_equal(text_columns(BYTES_LIT("abc")), 3);
	assert_int_equal(text_columns(BYTES_LIT("\xe6\xbc\xa2")), 2);
	assert_int_equal(text_columns(BYTES_LIT("e\xcc\x81")), 1);
}

static void check_time(const char *text, int64_t seconds)
{
	int64_t got = -1;
	assert_true(rfc3339_parse(bytes_str(text), &got));
	assert_true(got == seconds);
}

static void times_are_read_with_zones_and_fractions(void **state)
{
	(void)state;
	int64_t t;
	char text[RFC3339_TEXT];
	check_time("1970-01-01", 0);
	check_time("1970-01-02T00:00:00Z", 86400);
	check_time("2026-11-22T13:52:00.123456Z", 1795355520);
	check_time("2026-11-22T15:52:00+02:00", 1795355520);
	assert_false(rfc3339_parse(BYTES_LIT("2026-13-01"), &t));
	assert_false(rfc3339_parse(BYTES_LIT("2026-11-22T25:00:00Z"), &t));
	assert_false(rfc3339_parse(BYTES_LIT("yesterday"), &t));
	rfc3339_text(1795355520, text);
	assert_string_equal(text, "2026-11-22T13:52:00Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_relative_and_never_leaves_the_root),
		cmocka_unit_test(a_path_lies_within_whole_components_only),
		cmocka_unit_test(what_an_image_says_cannot_drive_a_terminal),
		cmocka_unit_test(overlong_forms_and_surrogates_are_not_utf8),
		cmocka_unit_test(columns_count_what_a_terminal_shows),
		cmocka_unit_test(times_are_read_with_zones_and_fractions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
