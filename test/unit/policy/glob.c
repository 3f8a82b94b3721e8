/* Globs and licence expressions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/internal.h"

static void a_star_stays_within_one_part(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *text;
		bool matches;
	} rows[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "a", "a", true },
		{ "*", "", true },
		{ "*", "abc", true },
		{ "*", "a/b", false },
		{ "**", "a/b", true },
		{ "**", "", true },
		{ "a*c", "abbc", true },
		{ "a*c", "abbd", false },
		{ "a*c", "a/c", false },
		{ "a**c", "a/b/c", true },
		{ "*/b", "a/b", true },
		{ "*/b", "a/a/b", false },
		{ "**/b", "a/a/b", true },
		{ "*a*/b", "xa/ya/b", false },
		{ "**a*/b", "xa/ya/b", true },
		{ "CVE-2024-*", "CVE-2024-1", true },
		{ "CVE-2024-*", "CVE-2023-1", false },
		{ "a?c", "abc", true },
		{ "a?c", "a/c", false },
		{ "a?", "a", false },
		{ "registry.example.org/*/api", "registry.example.org/shop/api", true },
		{ "registry.example.org/*/api", "registry.example.org/shop/x/api", false },
		{ "[ab]", "a", false },
		{ "\\*", "*", false },
		{ "***", "a/b", true },
		{ "*ab*ab*", "abxab", true },
		{ "**/x/**/y", "a/x/b/c/y", true },
		{ "**/x/*/y", "a/x/b/c/x/d/y", true },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (policy_glob(rows[i].pattern, rows[i].text) != rows[i].matches)
			fail_msg("%s, %s", rows[i].pattern, rows[i].text);
}

static void many_stars_cost_little(void **state)
{
	(void)state;
	char pattern[2001], text[4001];
	for (size_t i = 0; i < 2000; i += 2) {
		pattern[i] = '*';
		pattern[i + 1] = 'a';
	}
	pattern[2000] = '\0';
	memset(text, 'a', 4000);
	text[3999] = 'b';
	text[4000] = '\0';
	assert_false(policy_glob(pattern, text));
}

static void a_licence_is_hit_whatever_one_chooses(void **state)
{
	(void)state;
	static const struct {
		const char *glob, *licence;
		bool hit;
	} rows[] = {
		{ "GPL-*", "GPL-3.0-only", true },
		{ "GPL-*", "MIT", false },
		{ "GPL-*", "MIT OR GPL-3.0-only", false },
		{ "GPL-*", "MIT AND GPL-3.0-only", true },
		{ "GPL-*", "GPL-2.0-only OR GPL-3.0-only", true },
		{ "GPL-*", "MIT OR (BSD-2-Clause AND GPL-3.0-only)", false },
		{ "GPL-*", "GPL-2.0-only AND (MIT OR Apache-2.0)", true },
		{ "GPL-*", "GPL-2.0-only WITH Classpath-exception-2.0", true },
		{ "Classpath*", "GPL-2.0-only WITH Classpath-exception-2.0", false },
		{ "GPL-*", "GPL-2+ and MIT", true },
		{ "GPL-*", "GPL-2+ or Artistic", false },
		{ "GPL-*", "MIT GPL-2", true },
		{ "GPL-*", "(GPL-2", true },
		{ "GPL-*", ")))((", false },
		{ "MIT", "", false },
		{ "none", "", true },
		{ "none", NULL, true },
		{ "none", "MIT", false },
		{ "GPL-*", "AND OR", false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct globs g = { &rows[i].glob, 1 };
		if (licence_hit(&g, rows[i].licence) != rows[i].hit)
			fail_msg("%s, %s", rows[i].glob, rows[i].licence);
	}
}

static void a_licence_of_any_depth_is_read_in_bounds(void **state)
{
	(void)state;
	char text[4096];
	const char *glob = "GPL-*";
	struct globs g = { &glob, 1 };
	for (size_t i = 0; i < sizeof text - 1; i++)
		text[i] = "(A OR "[i % 6];
	text[sizeof text - 1] = '\0';
	assert_false(licence_hit(&g, text));
	memset(text, 'x', sizeof text - 1);
	assert_false(licence_hit(&g, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_star_stays_within_one_part),
		cmocka_unit_test(many_stars_cost_little),
		cmocka_unit_test(a_licence_is_hit_whatever_one_chooses),
		cmocka_unit_test(a_licence_of_any_depth_is_read_in_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
