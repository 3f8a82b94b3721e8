/* Escaping: what goes in cannot leave its place in the text around it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/escape.h"

static char *written(void (*escape)(FILE *out, const char *s), const char *s)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	assert_non_null(out);
	escape(out, s);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void expect(void (*escape)(FILE *out, const char *s), const char *in, const char *want)
{
	cleanup_free char *got = written(escape, in);
	assert_string_equal(got, want);
}

static void markup_keeps_text_and_escapes_what_is_markup(void **state)
{
	(void)state;
	expect(escape_markup, NULL, "");
	expect(escape_markup, "plain text, 100%", "plain text, 100%");
	expect(escape_markup, "\xe6\xbc\xa2\xe5\xad\x97 \xc3\xa9",
	       "\xe6\xbc\xa2\xe5\xad\x97 \xc3\xa9");
	expect(escape_markup, "<a href=\"x\" b='y'>&amp;]]>",
	       "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;]]&gt;");
}

static void markup_has_no_character_that_xml_forbids(void **state)
{
	(void)state;
	expect(escape_markup, "\x01\x1b[0m\x7f", "\\x01\\x1b[0m\\x7f");
	expect(escape_markup, "a\nb\tc\r", "a\\x0ab\\x09c\\x0d");
	expect(escape_markup, "\xef\xbf\xbe\xef\xbf\xbf", "\xef\xbf\xbd\xef\xbf\xbd");
	expect(escape_markup, "\xed\xa0\x80\xff", "\\xed\\xa0\\x80\\xff");
	expect(escape_markup, "\xc2\x9b\xe2\x80\xae", "\\u{9b}\\u{202e}");
}

static void a_csv_field_is_quoted_and_its_quotes_doubled(void **state)
{
	(void)state;
	expect(escape_csv, NULL, "\"\"");
	expect(escape_csv, "a,b;c", "\"a,b;c\"");
	expect(escape_csv, "say \"hi\"", "\"say \"\"hi\"\"\"");
	expect(escape_csv, "two\r\nlines", "\"two\\x0d\\x0alines\"");
}

static void a_csv_field_is_no_formula(void **state)
{
	(void)state;
	static const char *const starts[] = {
		"=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r"
	};
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		char in[32];
		(void)snprintf(in, sizeof in, "%sSUM(A1)", starts[i]);
		cleanup_free char *got = written(escape_csv, in);
		assert_memory_equal(got, "\"'", 2);
	}
	expect(escape_csv, "1.0-1=x", "\"1.0-1=x\"");
}

static void a_uri_holds_only_what_a_uri_may(void **state)
{
	(void)state;
	static const struct {
		const char *in, *keep, *want;
	} rows[] = {
		{ "var/lib/dpkg/status", "/", "var/lib/dpkg/status" },
		{ "a b?c#d%zz", "/", "a%20b%3Fc%23d%25zz" },
		{ "\x1b\xff", "/", "%1B%FF" },
		{ "https://x/a%20b?q=1%", ":/?=%", "https://x/a%20b?q=1%25" },
		{ "", "/", "" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cleanup_buf struct buf out = buf_max(1024);
		assert_int_equal(escape_uri(&out, rows[i].in, rows[i].keep, NULL), 0);
		assert_string_equal(buf_cstr(&out, NULL), rows[i].want);
	}
}

static void a_uri_over_the_cap_is_an_error(void **state)
{
	(void)state;
	cleanup_buf struct buf out = buf_max(8);
	struct error err = { 0 };
	assert_int_equal(escape_uri(&out, "          ", "/", &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
}

/* Bytes that are likely to hit something, from a fixed start. */
static void fill(char *s, size_t n, uint32_t *seed)
{
	static const char likely[] =
		"\x01\x1b\x9b\xc2\x80\xe2\xae\xef\xbf\xbe\xed\xa0<>&\"'=,\r\n\t]%/ a";
	for (size_t i = 0; i < n; i++) {
		*seed = *seed * 1664525u + 1013904223u;
		unsigned r = *seed >> 16;
		s[i] = (char)(r % 4 == 0 ? 1 + r % 255
					 : (unsigned char)likely[r % (sizeof likely - 1)]);
	}
	s[n] = '\0';
}

static void check_harmless(const char *text, const char *forbidden)
{
	struct bytes b = bytes_str(text);
	for (uint32_t point; b.n > 0;) {
		size_t n = utf8_length(b, &point);
		assert_true(n > 0);
		assert_true(point >= 0x20 && (point < 0x7f || point > 0x9f));
		assert_true(point != 0xfffe && point != 0xffff);
		assert_true(point >= 0x80 || strchr(forbidden, (int)point) == NULL);
		b = bytes_sub(b, n, b.n);
	}
}

static void whatever_goes_in_stays_in_its_place(void **state)
{
	(void)state;
	uint32_t seed = 1;
	char in[64];
	for (unsigned i = 0; i < 20000; i++) {
		fill(in, i % sizeof in, &seed);
		cleanup_free char *markup = written(escape_markup, in);
		check_harmless(markup, "<>\"'");
		cleanup_free char *csv = written(escape_csv, in);
		check_harmless(csv, "");
		size_t n = strlen(csv), quotes = 0;
		for (size_t k = 1; k + 1 < n; k++)
			quotes += csv[k] == '"';
		assert_true(n >= 2 && csv[0] == '"' && csv[n - 1] == '"' && quotes % 2 == 0);
		cleanup_buf struct buf uri = buf_max(1024);
		assert_int_equal(escape_uri(&uri, in, "/", NULL), 0);
		check_harmless(buf_cstr(&uri, NULL), "<>\"'#?&= \\[]");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markup_keeps_text_and_escapes_what_is_markup),
		cmocka_unit_test(markup_has_no_character_that_xml_forbids),
		cmocka_unit_test(a_csv_field_is_quoted_and_its_quotes_doubled),
		cmocka_unit_test(a_csv_field_is_no_formula),
		cmocka_unit_test(a_uri_holds_only_what_a_uri_may),
		cmocka_unit_test(a_uri_over_the_cap_is_an_error),
		cmocka_unit_test(whatever_goes_in_stays_in_its_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
