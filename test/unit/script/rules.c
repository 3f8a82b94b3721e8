/* The rules that are shipped: each fires at its firing samples and is silent at the others,
 * alone and in the company of all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "script/script.h"

static struct check_rules *load(void)
{
	struct error err = { 0 };
	struct check_rules *rules = NULL;
	cleanup_buf struct buf dir = buf_max(4 * KIB);
	/* test/data lies beside the rules. */
	(void)buf_printf(&dir, NULL, "%s/../../rules", getenv("CORTEN_TEST_DATA"));
	const char *path = buf_cstr(&dir, NULL);
	struct check_rule_options o = { .dirs = &path, .dir_count = 1 };
	if (check_rules_load(&o, &rules, &err) < 0)
		fail_msg("%s", err.text);
	return rules;
}

struct count {
	const struct check_rules *rules;
	unsigned tried, failed;
};

static int told(void *ctx, const struct check_sample *s, bool passed, struct error *err)
{
	struct count *c = ctx;
	struct check_rule_info info;
	(void)err;
	check_rule_info(c->rules, s->rule, &info);
	if (strcmp(info.engine, "script") != 0)
		return 0;
	c->tried++;
	c->failed += !passed;
	if (!passed)
		(void)fprintf(stderr, "%s: %s sample %u: %s\n", info.id,
			      s->fires ? "firing" : "silent", s->number, s->text);
	return 0;
}

/* Rules of other engines have no samples here. */
static int try_ours(const struct check_set *set, const struct check_sample *s, bool *ret_fired,
		    struct error *err)
{
	*ret_fired = s->fires;
	if (check_set_count(set) == 1 && strcmp(check_set_entry(set, 0)->engine, "script") != 0)
		return 0;
	return script_try(set, s, ret_fired, err);
}

static void every_sample_does_what_its_rule_says(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct check_rules *rules = load();
	struct count c = { .rules = rules };
	if (check_rules_test(rules, CHECK_MALWARE, SIZE_MAX, try_ours, told, &c, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(c.failed, 0);
	assert_true(c.tried >= 120);
	check_rules_free(rules);
}

static void every_rule_has_samples_and_texts(void **state)
{
	(void)state;
	struct check_rules *rules = load();
	for (size_t i = 0; i < check_rules_count(rules); i++) {
		struct check_rule_info r;
		check_rule_info(rules, i, &r);
		if (strcmp(r.engine, "script") != 0)
			continue;
		if (r.fire.n == 0 || r.silent.n == 0 || r.description[0] == '\0' ||
		    r.advice[0] == '\0' || r.references.n == 0)
			fail_msg("%s lacks a sample or a text", r.id);
	}
	check_rules_free(rules);
}

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	(void)err;
	(void)m;
	++*(unsigned *)ctx;
	return 0;
}

/* What is silent for one rule is silent for all of them. */
static void silent_samples_are_silent_for_all_rules(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct check_rules *rules = load();
	struct check_set *set = NULL;
	struct script_engine *e = NULL;
	int fd = -1;
	unsigned wrong = 0;
	assert_int_equal(check_rules_send(rules, 1U << CHECK_MALWARE, &fd, &err), 0);
	assert_int_equal(check_set_open(fd, &set, &err), 0);
	if (script_open(set, &e, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < check_rules_count(rules); i++) {
		struct check_rule_info r;
		check_rule_info(rules, i, &r);
		for (size_t s = 0; strcmp(r.engine, "script") == 0 && s < r.silent.n; s++) {
			unsigned n = 0;
			struct check_sink sink = { .match = on_match, .ctx = &n };
			assert_int_equal(script_check(e, bytes_str(r.test_path),
						      bytes_str(r.silent.p[s]), &sink, &err),
					 0);
			if (n > 0)
				(void)fprintf(stderr, "%s: %s\n", r.id, r.silent.p[s]);
			wrong += n;
		}
	}
	assert_int_equal(wrong, 0);
	script_close(e);
	check_set_close(set);
	(void)close(fd);
	check_rules_free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_does_what_its_rule_says),
		cmocka_unit_test(every_rule_has_samples_and_texts),
		cmocka_unit_test(silent_samples_are_silent_for_all_rules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
