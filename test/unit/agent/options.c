/* The command line of corten-agent: what it does not understand, it does not start with. */
#include "agent/agent.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static int status_of(const char *one, const char *two)
{
	char *words[] = { (char *)(uintptr_t) "corten-agent", (char *)(uintptr_t)one,
			  (char *)(uintptr_t)two, NULL };
	optind = 0; /* getopt(3): begins anew */
	return agent_main(two == NULL ? 2 : 3, words);
}

static void what_is_not_understood_is_wrong_usage(void **state)
{
	static const char *const lines[][2] = {
		{ "--back", NULL },
		{ "--none", NULL },
		{ "word", NULL },
		{ "--backends=bpf-lsm,no-such", NULL },
		{ "--backends=bpf-lsm", "word" },
		{ "--role=nobody", NULL },
		{ "--syslog=", NULL },
		{ "--node", NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		if (status_of(lines[i][0], lines[i][1]) != 2)
			fail_msg("%s is taken", lines[i][0]);
}

static void help_and_version_are_no_start(void **state)
{
	(void)state;
	assert_int_equal(status_of("--help", NULL), 0);
	assert_int_equal(status_of("--version", NULL), 0);
	/* What stands before is looked at all the same. */
	assert_int_equal(status_of("--backends=none", "--help"), 2);
}

static void without_options_all_stands_where_the_manual_says(void **state)
{
	struct agent_options o;
	(void)state;
	agent_options_init(&o);
	assert_string_equal(o.run_dir, "/run/corten");
	assert_string_equal(o.state_dir, "/var/lib/corten");
	assert_string_equal(o.rules_dir, "/etc/corten/rules.d");
	assert_string_equal(o.pin_dir, "/sys/fs/bpf/corten");
	assert_int_equal(o.backends, 31);
	assert_null(o.syslog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_understood_is_wrong_usage),
		cmocka_unit_test(help_and_version_are_no_start),
		cmocka_unit_test(without_options_all_stands_where_the_manual_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
