/* feeds.conf: what it may say, and which line is to blame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/db.h"

static int parse(struct feed_list *l, const char *text, struct error *err)
{
	return feed_list_parse(l, bytes_str(text), "feeds.conf", err);
}

static void a_line_is_a_name_and_an_address(void **state)
{
	cleanup_feed_list struct feed_list l = { 0 };
	struct error err = { 0 };
	(void)state;
	assert_int_equal(parse(&l,
			       "# a remark\n\n  debian\thttps://example.org/a  \r\n"
			       "kev http://127.0.0.1:8080/kev.json",
			       &err),
			 0);
	assert_int_equal(l.count, 2);
	assert_string_equal(l.places[0].name, "debian");
	assert_string_equal(l.places[0].url, "https://example.org/a");
	assert_string_equal(l.places[1].url, "http://127.0.0.1:8080/kev.json");
}

static void a_year_in_braces_stands_for_every_year_since(void **state)
{
	cleanup_feed_list struct feed_list l = { 0 };
	struct error err = { 0 };
	(void)state;
	assert_int_equal(setenv("SOURCE_DATE_EPOCH", "1700000000", 1), 0); /* 2023 */
	assert_int_equal(parse(&l, "nvd https://example.org/cve-{2021-}.json.gz\n", &err), 0);
	assert_int_equal(unsetenv("SOURCE_DATE_EPOCH"), 0);
	assert_int_equal(l.count, 3);
	assert_string_equal(l.places[0].url, "https://example.org/cve-2021.json.gz");
	assert_string_equal(l.places[2].url, "https://example.org/cve-2023.json.gz");
}

static void a_wrong_line_is_named(void **state)
{
	static const char *const texts[] = {
		"debian",
		"debian ftp://example.org/",
		"debian file:///etc/passwd",
		"Debian https://example.org/",
		"../x https://example.org/",
		"debian https://example.org/ json",
		"https://example.org/",
	};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		cleanup_feed_list struct feed_list l = { 0 };
		cleanup_buf struct buf b = buf_max(KIB);
		struct error err = { 0 };
		assert_int_equal(buf_printf(&b, &err, "# first\n%s\n", texts[i]), 0);
		assert_int_equal(feed_list_parse(&l, buf_view(&b), "feeds.conf", &err), -1);
		assert_int_equal(err.code, ERR_MALFORMED);
		assert_non_null(strstr(err.text, "feeds.conf, line 2"));
	}
}

static void the_built_in_list_is_a_list(void **state)
{
	cleanup_feed_list struct feed_list l = { 0 };
	struct error err = { 0 };
	(void)state;
	assert_int_equal(setenv("XDG_CONFIG_HOME", "/nonexistent", 1), 0);
	if (feed_list_default(&l, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(l.count > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_a_name_and_an_address),
		cmocka_unit_test(a_year_in_braces_stands_for_every_year_since),
		cmocka_unit_test(a_wrong_line_is_named),
		cmocka_unit_test(the_built_in_list_is_a_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
