/* Secrets of command lines are not kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sensor/internal.h"

/* '|' stands for the NUL between arguments. */
static const struct {
	const char *args, *masked;
} cases[] = {
	{ "", "" },
	{ "ls|-l", "ls|-l" },
	{ "mysql|--password=abc|db", "mysql|--password=***|db" },
	{ "mysql|--password|abc|db", "mysql|--password|***|db" },
	{ "x|--password|--verbose", "x|--password|***" },
	{ "env|DB_PASSWORD=abc|run", "env|DB_PASSWORD=***|run" },
	{ "env|DB_PASSWORD=", "env|DB_PASSWORD=***" },
	{ "x|--API-KEY=1=2", "x|--API-KEY=***" },
	{ "x|-token|abc", "x|-token|***" },
	{ "curl|https://me:pw@h/x?y", "curl|https://me:***@h/x?y" },
	{ "curl|https://me:p@w@h/", "curl|https://me:***@h/" },
	{ "curl|https://h:80/a@b", "curl|https://h:80/a@b" },
	{ "curl|https://me@h/", "curl|https://me@h/" },
	{ "git|clone|ssh://u:p@h/r.git|d", "git|clone|ssh://u:***@h/r.git|d" },
	{ "cat|password", "cat|password" },
	{ "cat|/etc/passwd", "cat|/etc/passwd" },
	{ "sh|-c|echo a=b", "sh|-c|echo a=b" },
	{ "://|a", "://|a" },
	{ "a://:@", "a://:@" },
	{ "a://:b@", "a://:***@" },
};

static void what_names_give_away_is_masked_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char args[256];
		bool masked;
		struct error err = { 0 };
		cleanup_buf struct buf out = buf_max(4096);
		size_t n = strlen(cases[i].args);
		memcpy(args, cases[i].args, n);
		for (size_t k = 0; k < n; k++)
			args[k] = args[k] == '|' ? '\0' : args[k];
		assert_int_equal(args_mask(bytes_of(args, n), '|', &out, &masked, &err), 0);
		if (strcmp(buf_cstr(&out, &err), cases[i].masked) != 0)
			fail_msg("%s becomes %s", cases[i].args, (char *)out.p);
		assert_int_equal(masked, strcmp(cases[i].args, cases[i].masked) != 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_names_give_away_is_masked_and_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
