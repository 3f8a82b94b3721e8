#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/base.h"
#include "rule/rule.h"

static const struct {
	const char *pattern, *text;
	bool name, path; /* as a name, as a path */
} cases[] = {
	{ "", "", true, true },
	{ "", "a", false, false },
	{ "a", "a", true, true },
	{ "a", "b", false, false },
	{ "a", "ab", false, false },
	{ "?", "a", true, true },
	{ "?", "", false, false },
	{ "?", "/", true, false },
	{ "*", "", true, true },
	{ "*", "a/b", true, false },
	{ "**", "a/b", true, true },
	{ "***", "a/b", true, true },
	{ "/a/*", "/a/b", true, true },
	{ "/a/*", "/a/b/c", true, false },
	{ "/a/**", "/a/b/c", true, true },
	{ "/a/**", "/a", false, false },
	{ "/**/c", "/a/b/c", true, true },
	{ "/**/*.so", "/a/b/c.so", true, true },
	{ "/**/*.so", "/a/b/c.so/d", false, false },
	{ "/a/*/c/**/e", "/a/b/c/d/d/e", true, true },
	{ "/a/*/c", "/a/b/b/c", true, false },
	{ "*a*b*c*", "xaxbxcx", true, true },
	{ "*a*b*c*", "xaxcxbx", false, false },
	{ "a*b", "aXbXb", true, true },
	{ "prod-*", "prod-", true, true },
	{ "prod-*", "dev-1", false, false },
	{ "*.example/**", "r.example/a/b", true, true },
};

static void names_and_paths_match_as_documented(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (rule_glob(cases[i].pattern, cases[i].text, false) != cases[i].name)
			fail_msg("name: %s on %s", cases[i].pattern, cases[i].text);
		if (rule_glob(cases[i].pattern, cases[i].text, true) != cases[i].path)
			fail_msg("path: %s on %s", cases[i].pattern, cases[i].text);
	}
}

/* Slow and plainly right: what a pattern means, by definition. */
static bool plain_glob(const char *p, const char *t, bool path)
{
	if (*p == '\0')
		return *t == '\0';
	if (*p == '*') {
		size_t run = strspn(p, "*");
		for (;; t++) {
			if (plain_glob(p + run, t, path))
				return true;
			if (*t == '\0' || (path && run == 1 && *t == '/'))
				return false;
		}
	}
	if (*t == '\0' || (*p != *t && !(*p == '?' && !(path && *t == '/'))))
		return false;
	return plain_glob(p + 1, t + 1, path);
}

static void random_word(unsigned *seed, const char *letters, char *out, size_t most)
{
	size_t n = (size_t)rand_r(seed) % most;
	for (size_t i = 0; i < n; i++)
		out[i] = letters[(size_t)rand_r(seed) % strlen(letters)];
	out[n] = '\0';
}

static void random_patterns_match_as_the_definition_says(void **state)
{
	unsigned seed = 1;
	(void)state;
	for (int i = 0; i < 200000; i++) {
		char pattern[10], text[10];
		random_word(&seed, "ab/*?**", pattern, sizeof pattern);
		random_word(&seed, "ab/", text, sizeof text);
		for (int path = 0; path < 2; path++)
			if (rule_glob(pattern, text, path) != plain_glob(pattern, text, path))
				fail_msg("%s on %s, path %d", pattern, text, path);
	}
}

static void a_pattern_of_many_stars_takes_no_time(void **state)
{
	char pattern[400], text[4000];
	(void)state;
	for (size_t i = 0; i + 2 < sizeof pattern; i += 2)
		memcpy(pattern + i, "*a", 3);
	pattern[sizeof pattern - 2] = 'b';
	pattern[sizeof pattern - 1] = '\0';
	memset(text, 'a', sizeof text);
	text[sizeof text - 1] = '\0';
	uint64_t start = clock_monotonic_ns();
	assert_false(rule_glob(pattern, text, true));
	assert_true(clock_monotonic_ns() - start < 1000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_paths_match_as_documented),
		cmocka_unit_test(random_patterns_match_as_the_definition_says),
		cmocka_unit_test(a_pattern_of_many_stars_takes_no_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
