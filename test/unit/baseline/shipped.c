/* The rules that come with the programs: their samples, their texts, their fixes. */
#include "baseline_try.h"

enum { ITEMS_AT_LEAST = 280, STEPS_MAX = 12 };

static int note_sample(void *ctx, const struct check_sample *s, bool passed, struct error *err)
{
	const struct check_rules *r = ctx;
	struct check_rule_info info;
	(void)err;
	check_rule_info(r, s->rule, &info);
	if (!passed)
		fail_msg("%s: its %s sample %u: %s", info.id, s->fires ? "firing" : "silent",
			 s->number, s->text);
	return 0;
}

static void each_rule_fires_for_its_bad_samples_and_is_silent_for_the_good(void **state)
{
	struct error err = { 0 };
	(void)state;
	struct check_rules *r = rules_shipped();
	if (check_rules_test(r, CHECK_BASELINE, SIZE_MAX, baseline_try, note_sample, r, &err) < 0)
		fail_msg("%s", err.text);
	check_rules_free(r);
}

static void each_rule_has_texts_and_samples(void **state)
{
	struct check_rule_info info;
	size_t items = 0;
	(void)state;
	struct check_rules *r = rules_shipped();
	for (size_t i = 0; i < check_rules_count(r); i++) {
		check_rule_info(r, i, &info);
		if (info.family != CHECK_BASELINE)
			continue;
		items++;
		if (info.description[0] == '\0' || info.advice[0] == '\0')
			fail_msg("%s has no description or advice", info.id);
		if (info.fire.n == 0 || info.silent.n == 0)
			fail_msg("%s has no firing or no silent sample", info.id);
	}
	assert_true(items >= ITEMS_AT_LEAST);
	check_rules_free(r);
}

struct mending {
	struct check_rules *rules;
	size_t fixes, samples;
};

/* Applies what is told until nothing is. */
static void mend(struct mending *m, const struct check_set *set, const struct check_sample *s,
		 const struct check_rule_info *info)
{
	struct arena arena = arena_max(64 * 1024 * 1024);
	const char *text = s->text;
	for (unsigned step = 0;; step++) {
		struct looked l;
		look(&l, set, s->path, s->mode, text);
		if (l.n == 0 || l.list[0].fix.n == 0) {
			if (l.n > 0 && step > 0)
				fail_msg("%s: only some are mended: %s", info->id, text);
			looked_free(&l);
			break;
		}
		const char *next = apply_fix(&arena, s->path, text, &l.list[0]);
		if (next == NULL || step == STEPS_MAX)
			fail_msg("%s: %s does not mend:\n%s", info->id,
				 arena_cstr(&arena, l.list[0].fix), text);
		text = next;
		m->fixes++;
		looked_free(&l);
	}
	m->samples++;
	arena_free(&arena);
}

static struct mending *mending;

static int mend_try(const struct check_set *set, const struct check_sample *s, bool *ret_fired,
		    struct error *err)
{
	struct check_rule_info info;
	check_rule_info(mending->rules, s->rule, &info);
	if (s->fires)
		mend(mending, set, s, &info);
	return baseline_try(set, s, ret_fired, err);
}

static void what_is_told_to_mend_a_sample_makes_it_pass(void **state)
{
	struct error err = { 0 };
	(void)state;
	struct mending m = { .rules = rules_shipped() };
	mending = &m;
	if (check_rules_test(m.rules, CHECK_BASELINE, SIZE_MAX, mend_try, note_sample, m.rules,
			     &err) < 0)
		fail_msg("%s", err.text);
	print_message("%zu fixes over %zu firing samples\n", m.fixes, m.samples);
	assert_true(m.fixes > 0);
	check_rules_free(m.rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_fires_for_its_bad_samples_and_is_silent_for_the_good),
		cmocka_unit_test(each_rule_has_texts_and_samples),
		cmocka_unit_test(what_is_told_to_mend_a_sample_makes_it_pass),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
