/* The rules of kind build that come with Corten: their samples, and that a fix mends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "buildstep/buildstep.h"

enum { LEAST_RULES = 100, TEXT_MAX = 64 * 1024, ROUNDS = 12 };

static struct check_rules *shipped(void)
{
	char dir[4096];
	const char *data = getenv("CORTEN_TEST_DATA");
	const char *dirs[] = { dir };
	struct check_rule_options o = { .dirs = dirs, .dir_count = 1 };
	struct check_rules *r = NULL;
	struct error err = { 0 };
	assert_non_null(data);
	(void)snprintf(dir, sizeof dir, "%s/../../rules", data);
	if (check_rules_load(&o, &r, &err) < 0)
		fail_msg("%s", err.text);
	return r;
}

/* --- samples ---------------------------------------------------------------------------- */

struct counted {
	const struct check_rules *rules;
	unsigned fire, silent, failed;
};

static int count(void *ctx, const struct check_sample *s, bool passed, struct error *err)
{
	struct counted *c = ctx;
	struct check_rule_info info;
	(void)err;
	*(s->fires ? &c->fire : &c->silent) += 1;
	if (passed)
		return 0;
	check_rule_info(c->rules, s->rule, &info);
	print_error("%s: %s sample %u is not so\n", info.id, s->fires ? "firing" : "silent",
		    s->number);
	c->failed++;
	return 0;
}

static void every_sample_does_what_it_should(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct counted c = { .rules = shipped() };
	struct check_rules *r = shipped();
	if (check_rules_test(r, CHECK_BUILD, SIZE_MAX, buildstep_try, count, &c, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(c.failed, 0);
	print_message("%u firing, %u silent samples\n", c.fire, c.silent);
	assert_true(c.fire >= LEAST_RULES && c.silent >= LEAST_RULES);
	check_rules_free(r);
	check_rules_free((struct check_rules *)(uintptr_t)c.rules);
}

static void every_rule_has_samples_texts_and_a_reference_or_a_reason(void **state)
{
	(void)state;
	struct check_rules *r = shipped();
	size_t build = 0;
	for (size_t i = 0; i < check_rules_count(r); i++) {
		struct check_rule_info info;
		check_rule_info(r, i, &info);
		if (info.family != CHECK_BUILD)
			continue;
		build++;
		if (info.fire.n == 0 || info.silent.n == 0 || info.advice[0] == '\0' ||
		    info.description[0] == '\0')
			fail_msg("%s lacks a sample or a text", info.id);
	}
	assert_true(build >= LEAST_RULES);
	check_rules_free(r);
}

/* --- fixes ------------------------------------------------------------------------------- */

struct seen {
	unsigned matches, fixes;
	char fix[CHECK_FIX_MAX + 1]; /* of the last one that has one */
};

static int see(void *ctx, const struct check_match *m, struct error *err)
{
	struct seen *s = ctx;
	(void)err;
	s->matches++;
	if (m->fix.n > 0) {
		s->fixes++;
		memcpy(s->fix, m->fix.p, m->fix.n);
		s->fix[m->fix.n] = '\0';
	}
	return 0;
}

static int see_limit(void *ctx, struct bytes path, const char *what, struct error *err)
{
	(void)ctx;
	(void)path;
	(void)err;
	fail_msg("limit: %s", what);
	return 0;
}

/* Lines of a text, one after the other. */
static bool next_line(const char **rest, struct bytes *ret)
{
	const char *end = strchr(*rest, '\n');
	if (**rest == '\0')
		return false;
	size_t n = end == NULL ? strlen(*rest) : (size_t)(end - *rest);
	*ret = bytes_of(*rest, n);
	*rest += n + (end != NULL);
	return true;
}

/* Applies a diff of one hunk, strictly: what it says is there has to be there. */
static void apply(const char *diff, char text[TEXT_MAX])
{
	static char out[TEXT_MAX];
	unsigned from = 0, old_n = 0, to = 0, new_n = 0, line = 1;
	struct bytes d, t;
	const char *old = text;
	size_t n = 0;
	out[0] = '\0';
	assert_true(next_line(&diff, &d) && bytes_starts_with(d, BYTES_LIT("--- ")));
	assert_true(next_line(&diff, &d) && bytes_starts_with(d, BYTES_LIT("+++ ")));
	assert_int_equal(sscanf(diff, "@@ -%u,%u +%u,%u @@", &from, &old_n, &to, &new_n), 4);
	assert_true(next_line(&diff, &d));
	from += old_n == 0;
	for (; line < from && next_line(&old, &t); line++)
		n += (size_t)snprintf(out + n, TEXT_MAX - n, "%.*s\n", (int)t.n, (const char *)t.p);
	while (next_line(&diff, &d)) {
		if (d.p[0] == '\\')
			continue;
		struct bytes body = bytes_sub(d, 1, d.n);
		if (d.p[0] != '+') {
			assert_true(next_line(&old, &t));
			assert_true(bytes_equal(t, body));
			old_n--;
		}
		if (d.p[0] != '-') {
			n += (size_t)snprintf(out + n, TEXT_MAX - n, "%.*s\n", (int)body.n,
					      (const char *)body.p);
			new_n--;
		}
	}
	assert_int_equal(old_n, 0);
	assert_int_equal(new_n, 0);
	(void)snprintf(out + n, TEXT_MAX - n, "%s", old);
	memcpy(text, out, TEXT_MAX);
}

static struct seen look(const struct check_set *set, const char *text)
{
	struct seen s = { 0 };
	struct error err = { 0 };
	struct buildstep_engine *e = NULL;
	struct check_sink sink = { see, see_limit, &s };
	struct buildstep_file f = { .path = BYTES_LIT("Dockerfile"), .text = bytes_str(text) };
	assert_int_equal(buildstep_open(set, &e, &err), 0);
	assert_int_equal(buildstep_dockerfile(e, &f, &sink, &err), 0);
	buildstep_close(e);
	return s;
}

/* As often as it finds one; in the end the rule has nothing to say. */
static bool mends(const struct check_set *set, const char *sample)
{
	static char text[TEXT_MAX];
	(void)snprintf(text, sizeof text, "%s", sample);
	struct seen s = look(set, text);
	if (s.fixes == 0)
		return false;
	for (int round = 0; round < ROUNDS && s.fixes > 0; round++) {
		apply(s.fix, text);
		s = look(set, text);
	}
	if (s.matches > 0)
		print_error("still fires:\n%s---\n%s---\n%s", sample, text, s.fix);
	return s.matches == 0;
}

static struct check_set *set_of(const char *id)
{
	char dir[4096];
	const char *dirs[] = { dir }, *all[] = { "*" }, *one[] = { id };
	struct check_rule_options o = { .dirs = dirs,
					.dir_count = 1,
					.disable = all,
					.disable_count = 1,
					.enable = one,
					.enable_count = 1 };
	struct check_rules *r = NULL;
	struct check_set *set = NULL;
	struct error err = { 0 };
	cleanup_close int fd = -1;
	(void)snprintf(dir, sizeof dir, "%s/../../rules", getenv("CORTEN_TEST_DATA"));
	if (check_rules_load(&o, &r, &err) < 0 ||
	    check_rules_send(r, 1u << CHECK_BUILD, &fd, &err) < 0 ||
	    check_set_open(fd, &set, &err) < 0)
		fail_msg("%s", err.text);
	check_rules_free(r);
	return set;
}

static void a_fix_ends_what_the_rule_says(void **state)
{
	(void)state;
	struct check_rules *r = shipped();
	unsigned mended = 0, rules = 0;
	for (size_t i = 0; i < check_rules_count(r); i++) {
		struct check_rule_info info;
		unsigned before = mended;
		check_rule_info(r, i, &info);
		if (info.family != CHECK_BUILD || strcmp(info.engine, "package") == 0)
			continue;
		struct check_set *set = set_of(info.id);
		for (size_t k = 0; k < info.fire.n; k++) {
			const char *sample = info.fire.p[k];
			if (strncmp(sample, "history", 7) == 0)
				continue;
			if (look(set, sample).fixes == 0)
				continue;
			if (!mends(set, sample))
				fail_msg("%s: the fix of sample %zu does not mend", info.id, k + 1);
			mended++;
		}
		check_set_close(set);
		rules += mended > before;
	}
	print_message("%u samples of %u rules mended by their fix\n", mended, rules);
	assert_true(rules >= 40);
	check_rules_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_does_what_it_should),
		cmocka_unit_test(every_rule_has_samples_texts_and_a_reference_or_a_reason),
		cmocka_unit_test(a_fix_ends_what_the_rule_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
