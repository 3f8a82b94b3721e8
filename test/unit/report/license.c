/* SPDX licence expressions: what is let through is valid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/spdx_license.h"

static void expressions_of_known_licences_are_valid(void **state)
{
	(void)state;
	static const char *const good[] = {
		"MIT",
		"0BSD",
		"libtiff",
		"GPL-2.0-only AND LGPL-2.1-or-later",
		"(MIT OR Apache-2.0) AND BSD-3-Clause",
		"GPL-3.0-or-later WITH GCC-exception-3.1",
		"((MIT))",
		"Apache-2.0+",
		" MIT ",
	};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		if (!spdx_license_valid(good[i]))
			fail_msg("%s", good[i]);
	}
}

static void anything_else_is_not(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		" ",
		"GPLv2+",
		"MIT MIT",
		"MIT AND",
		"AND MIT",
		"(MIT",
		"MIT)",
		"()",
		"MIT and ISC",
		"GPL",
		"BSD",
		"MIT WITH MIT",
		"MIT WITH",
		"MIT, ISC",
		"mit",
		"+",
		"MIT/ISC",
		"MIT\nOR ISC",
		"Public Domain",
		") MIT (",
		"MIT OR OR ISC",
		"<b>MIT</b>",
		"MIT WITH (GCC-exception-3.1)",
		"LicenseRef-x",
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (spdx_license_valid(bad[i]))
			fail_msg("%s", bad[i]);
	}
	assert_false(spdx_license_valid(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_of_known_licences_are_valid),
		cmocka_unit_test(anything_else_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
