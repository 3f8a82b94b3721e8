#include "source/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { NAMES_MAX = 8 };

/* Paths, those of links with ">" in front; behind: the one that is told, or NULL. */
static const struct row {
	const char *names[NAMES_MAX];
	const char *behind;
} rows[] = {
	{ { NULL }, NULL },
	{ { "a", "a/b", "a/b/c" }, NULL },
	{ { ">a", "a-b/c", "a.d", "ab/c" }, NULL },
	{ { ">a", "a/b" }, "a/b" },
	{ { "z", "a/b", ">a", "a!", "a-" }, "a/b" },
	{ { ">a", "a!", "a/b/c/d" }, "a/b/c/d" },
	{ { "a/b/c/d", "a/b/x", ">a/b/c" }, "a/b/c/d" },
	{ { "a", ">a", "a", "a/x" }, "a/x" },
	{ { "id/json", ">id/layer.tar", "layer/layer.tar" }, NULL },
};

static void members_behind_a_link_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct archive_name names[NAMES_MAX];
		struct error err = { 0 };
		size_t n = 0;
		for (; n < NAMES_MAX && rows[i].names[n] != NULL; n++) {
			bool is_link = rows[i].names[n][0] == '>';
			names[n] = (struct archive_name){ rows[i].names[n] + is_link, is_link };
		}
		int r = archive_check_names(names, n, &err);
		if (rows[i].behind == NULL) {
			assert_int_equal(r, 0);
			continue;
		}
		char text[128];
		(void)snprintf(text, sizeof text, "%s lies behind a link of the archive",
			       rows[i].behind);
		assert_int_equal(r, -1);
		assert_string_equal(err.text, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_behind_a_link_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
