/* Changes of one rule keep what else people wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rule_try.h"

#define A "kind: drift, action: alert, criteria: {items: all}"
#define HEAD "# ours\nversion: 1\nrules:\n"
#define ONE "- name: one # first\n  kind: drift\n  action: alert\n  criteria:\n    items: all\n"
#define TWO                                                                                        \
	"# about two\n- name: two\n  kind: drift\n  enabled: true # yes\n  action: alert\n"        \
	"  criteria: {items: all}\n"

static const struct {
	const char *text, *name;
	enum rule_change change;
	const char *becomes;
} cases[] = {
	{ HEAD ONE TWO, "one", RULE_DISABLE,
	  HEAD "- name: one # first\n  enabled: false\n  kind: drift\n  action: alert\n"
	       "  criteria:\n    items: all\n" TWO },
	{ HEAD ONE TWO, "two", RULE_DISABLE,
	  HEAD ONE "# about two\n- name: two\n  kind: drift\n  enabled: false # yes\n"
		   "  action: alert\n  criteria: {items: all}\n" },
	{ HEAD ONE TWO, "one", RULE_DELETE, HEAD TWO },
	{ HEAD ONE TWO, "two", RULE_DELETE, HEAD ONE "# about two\n" },
	{ HEAD TWO, "two", RULE_DELETE, HEAD "# about two\n" },
	{ HEAD TWO, "two", RULE_ENABLE,
	  HEAD "# about two\n- name: two\n  kind: drift\n  enabled: true # yes\n"
	       "  action: alert\n  criteria: {items: all}\n" },
	{ "rules:\n  - enabled: false\n    name: x\n    kind: drift\n    action: pass\n"
	  "    criteria: {items: all}",
	  "x", RULE_ENABLE,
	  "rules:\n  - enabled: true\n    name: x\n    kind: drift\n    action: pass\n"
	  "    criteria: {items: all}" },
	{ "rules:\n- {name: x, " A "}\n- {name: y, " A "}\n", "x", RULE_DELETE,
	  "rules:\n- {name: y, " A "}\n" },
};

static void comments_and_order_stay(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct error err = { 0 };
		bool anew = true;
		cleanup_buf struct buf out = buf_max(MIB);
		if (rule_edit(bytes_str(cases[i].text), "e.yaml", cases[i].name, cases[i].change,
			      &out, &anew, &err) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(buf_cstr(&out, &err), cases[i].becomes);
		assert_false(anew);
	}
}

static void what_cannot_be_changed_in_place_is_written_anew(void **state)
{
	static const char text[] = "rules: [{name: x, " A "}, {name: y, priority: 3, " A "}]\n";
	(void)state;
	for (enum rule_change c = RULE_DISABLE; c <= RULE_DELETE; c++) {
		struct error err = { 0 };
		bool anew = false;
		cleanup_buf struct buf out = buf_max(MIB);
		assert_int_equal(rule_edit(bytes_str(text), "e.yaml", "x", c, &out, &anew, &err),
				 0);
		assert_true(anew);
		struct rule_set s = rules_of(buf_cstr(&out, &err));
		assert_int_equal(s.count, c == RULE_DELETE ? 1 : 2);
		assert_string_equal(s.rule[0].name, "y");
		assert_true(s.rule[0].enabled);
		assert_true(c == RULE_DELETE || !s.rule[1].enabled);
		rule_set_free(&s);
	}
}

static void a_rule_that_is_not_there_is_told(void **state)
{
	struct error err = { 0 };
	bool anew;
	cleanup_buf struct buf out = buf_max(MIB);
	(void)state;
	assert_int_equal(
		rule_edit(bytes_str(HEAD ONE), "e.yaml", "on", RULE_DELETE, &out, &anew, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void an_exception_is_added_to_its_rule_alone(void **state)
{
	static const char text[] = HEAD ONE "# remark\n" TWO;
	static const char *const words[] = { "/opt/a", "/opt/\"b\"" };
	struct error err = { 0 };
	bool anew = true;
	cleanup_buf struct buf out = buf_max(MIB), again = buf_max(MIB);
	(void)state;
	assert_int_equal(rule_except(bytes_str(text), "e.yaml", "one", RULE_EXCEPT_PATH, words[0],
				     &out, &anew, &err),
			 0);
	assert_false(anew);
	assert_non_null(strstr(buf_cstr(&out, &err), "# remark\n"));
	assert_int_equal(rule_except(buf_view(&out), "e.yaml", "one", RULE_EXCEPT_PATH, words[1],
				     &again, &anew, &err),
			 0);
	struct rule_set s = rules_of(buf_cstr(&again, &err));
	for (size_t i = 0; i < s.count; i++) {
		bool one = strcmp(s.rule[i].name, "one") == 0;
		assert_int_equal(s.rule[i].exceptions.paths.count, one ? 2 : 0);
		for (size_t k = 0; one && k < 2; k++)
			assert_string_equal(s.rule[i].exceptions.paths.value[k], words[k]);
	}
	rule_set_free(&s);
}

static void an_exception_that_is_there_or_means_nothing_is_refused(void **state)
{
	struct error err = { 0 };
	bool anew;
	cleanup_buf struct buf out = buf_max(MIB), again = buf_max(MIB);
	(void)state;
	assert_int_equal(rule_except(bytes_str(HEAD ONE), "e.yaml", "one", RULE_EXCEPT_PATH, "/a",
				     &out, &anew, &err),
			 0);
	assert_int_equal(rule_except(buf_view(&out), "e.yaml", "one", RULE_EXCEPT_PATH, "/a",
				     &again, &anew, &err),
			 -1);
	assert_int_equal(err.code, ERR_USAGE);
	assert_int_equal(rule_except(buf_view(&out), "e.yaml", "none", RULE_EXCEPT_PATH, "/a",
				     &again, &anew, &err),
			 -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_and_order_stay),
		cmocka_unit_test(what_cannot_be_changed_in_place_is_written_anew),
		cmocka_unit_test(a_rule_that_is_not_there_is_told),
		cmocka_unit_test(an_exception_is_added_to_its_rule_alone),
		cmocka_unit_test(an_exception_that_is_there_or_means_nothing_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
