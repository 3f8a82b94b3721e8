#include "image/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct row {
	const char *wanted, *os, *arch, *variant;
	enum platform_fit fit;
} rows[] = {
	{ "linux/amd64", "linux", "amd64", "", PLATFORM_SAME },
	{ "linux/amd64", "linux", "amd64", "v1", PLATFORM_SAME },
	{ "linux/amd64", "linux", "amd64", "v3", PLATFORM_VARIANT },
	{ "linux/amd64", "Linux", "x86_64", "", PLATFORM_SAME },
	{ "linux/amd64", "", "AMD64", "", PLATFORM_SAME },
	{ "linux/amd64", "linux", "386", "", PLATFORM_OTHER },
	{ "linux/amd64", "windows", "amd64", "", PLATFORM_OTHER },
	{ "linux/amd64", "unknown", "unknown", "", PLATFORM_OTHER },
	{ "linux/amd64", "", "", "", PLATFORM_OTHER },
	{ "linux/amd64/v3", "linux", "amd64", "", PLATFORM_OTHER },
	{ "linux/arm64", "linux", "aarch64", "", PLATFORM_SAME },
	{ "linux/arm64", "linux", "arm64", "8", PLATFORM_SAME },
	{ "linux/arm64/v8", "linux", "arm64", "", PLATFORM_SAME },
	{ "linux/arm64/v7", "linux", "arm64", "v8", PLATFORM_OTHER },
	{ "linux/arm", "linux", "arm", "v7", PLATFORM_SAME },
	{ "linux/arm", "linux", "arm", "v6", PLATFORM_VARIANT },
	{ "linux/arm/v6", "linux", "armel", "", PLATFORM_SAME },
	{ "linux/s390x", "linux", "s390x", "", PLATFORM_SAME },
	{ "linux", "linux", "amd64", "", PLATFORM_OTHER },
	{ "", "linux", "amd64", "", PLATFORM_OTHER },
};

static void platforms_fit_as_runtimes_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		struct platform wanted = platform_parse(r->wanted);
		struct platform has =
			platform_of(bytes_str(r->os), bytes_str(r->arch), bytes_str(r->variant));
		enum platform_fit fit = platform_fit(&wanted, &has);
		if (fit != r->fit)
			fail_msg("%s and %s/%s/%s: %d instead of %d", r->wanted, r->os, r->arch,
				 r->variant, (int)fit, (int)r->fit);
	}
}

static void this_machine_is_a_linux(void **state)
{
	(void)state;
	struct platform own = platform_own();
	assert_string_equal(own.os, "linux");
	assert_true(own.arch[0] != '\0');
	assert_false(own.has_variant);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(platforms_fit_as_runtimes_say),
		cmocka_unit_test(this_machine_is_a_linux),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
