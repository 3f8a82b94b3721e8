/* What a rule comes to on a node, and what may be asked of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rule_try.h"

static const struct {
	const char *rule;
	unsigned backends;
	enum rule_state state;
	const char *cause, *detail;
} cases[] = {
	{ "kind: escape, criteria: {items: mount}, action: block", ALL_BACKENDS, RULE_ACTIVE, "",
	  "" },
	{ "kind: escape, criteria: {items: mount}, action: block, enabled: false", ALL_BACKENDS,
	  RULE_INACTIVE, "rule_disabled", "" },
	{ "kind: escape, criteria: {items: mount}, action: block", 0, RULE_INACTIVE,
	  "backend_missing", "nothing sees: mount" },
	{ "kind: escape, criteria: {items: mount}, action: alert", NATIVE, RULE_INACTIVE,
	  "backend_missing", "nothing sees: mount" },
	{ "kind: escape, criteria: {items: [mount, core-pattern]}, action: block", NATIVE,
	  RULE_DEGRADED, "backend_missing", "nothing sees: mount" },
	{ "kind: escape, criteria: {items: [io-uring, core-pattern]}, action: block", NATIVE,
	  RULE_DEGRADED, "action_not_possible", "only told: io-uring" },
	{ "kind: escape, criteria: {items: credential}, action: block", ALL_BACKENDS, RULE_DEGRADED,
	  "action_not_possible", "only told: credential" },
	{ "kind: escape, criteria: {items: {core-pattern: block, mount: pass}}, action: block",
	  NATIVE, RULE_ACTIVE, "", "" },
	{ "kind: drift, criteria: {items: exec-changed}, action: block", BACKEND_TP_KILL,
	  RULE_DEGRADED, "form_not_covered", "a script started by its own name" },
	{ "kind: drift, criteria: {items: exec-changed}, action: block",
	  BACKEND_TP_KILL | BACKEND_FANOTIFY, RULE_ACTIVE, "", "" },
	{ "kind: drift, criteria: {items: exec-changed}, action: alert", BACKEND_TP_KILL,
	  RULE_DEGRADED, "form_not_covered", "a script started by its own name" },
	{ "kind: escape, criteria: {items: setns}, action: alert", NATIVE, RULE_DEGRADED,
	  "form_not_covered", "neither of mounts nor of processes" },
	{ "kind: file, criteria: {directories: /a}, action: block", ALL_BACKENDS, RULE_ACTIVE, "",
	  "" },
	{ "kind: file, criteria: {directories: /a}, action: block", BACKEND_FANOTIFY, RULE_INACTIVE,
	  "backend_missing", "nothing sees: file" },
	{ "kind: file, criteria: {directories: /a, operations: write}, action: block",
	  BACKEND_FANOTIFY, RULE_DEGRADED, "action_not_possible", "only told: file" },
	{ "kind: escape, criteria: {items: all}, action: alert", NATIVE, RULE_DEGRADED,
	  "backend_missing", " more" },
	{ "kind: drift, criteria: {items: exec-changed}, action: block, exceptions: {paths: /x, "
	  "until: 2020-01-01}",
	  BACKEND_BPF_LSM, RULE_ACTIVE, "exception_ended", "exceptions ended 2020-01-01" },
};

static struct rule_set one_rule(const char *rule)
{
	char text[512];
	(void)snprintf(text, sizeof text, "rules: [{name: a, %s}]", rule);
	return rules_of(text);
}

static void the_state_is_what_happens_not_what_is_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rule_set s = one_rule(cases[i].rule);
		struct rule_status t;
		assert_int_equal(rule_status(&s.rule[0], cases[i].backends, &t), 0);
		if (t.state != cases[i].state || strcmp(t.cause, cases[i].cause) != 0 ||
		    strstr(t.detail, cases[i].detail) == NULL)
			fail_msg("%s: %s %s (%s)", cases[i].rule, rule_state_name(t.state), t.cause,
				 t.detail);
		assert_int_equal(t.blocked & t.alerted, 0);
		assert_int_equal((t.blocked | t.alerted) & t.missing, 0);
		rule_set_free(&s);
	}
}

static void the_back_ends_that_hold_a_rule_are_named(void **state)
{
	struct rule_set s =
		one_rule("kind: escape, criteria: {items: core-pattern}, action: block");
	struct rule_status t;
	(void)state;
	(void)rule_status(&s.rule[0], ALL_BACKENDS, &t);
	assert_int_equal(t.backends, BACKEND_BPF_LSM | BACKEND_CGROUP_BPF);
	assert_int_equal(t.blocked, 1ull << ITEM_CORE_PATTERN);
	rule_set_free(&s);
}

static void a_container_without_layers_or_in_haste_is_told(void **state)
{
	struct rule_set s = one_rule("kind: drift, criteria: {items: exec-changed}, action: block");
	struct rule_status t;
	(void)state;
	(void)rule_status_in(&s.rule[0], ALL_BACKENDS, CONTAINER_NO_LAYERS, false, &t);
	assert_int_equal(t.state, RULE_INACTIVE);
	assert_string_equal(t.cause, "no_layers");
	(void)rule_status_in(&s.rule[0], ALL_BACKENDS, 0, true, &t);
	assert_int_equal(t.state, RULE_DEGRADED);
	assert_string_equal(t.cause, "start_gate_timeout");
	rule_set_free(&s);
}

static void every_cause_is_in_the_list(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *code, *meaning;
		size_t k = 0;
		while ((code = rule_cause(k, &meaning)) != NULL &&
		       strcmp(code, cases[i].cause) != 0)
			k++;
		assert_non_null(code);
	}
}

static const struct {
	const char *rule;
	unsigned backends;
	const char *says; /* NULL: may be written */
} asked[] = {
	{ "kind: escape, criteria: {items: mount}, action: block", ALL_BACKENDS, NULL },
	{ "kind: escape, criteria: {items: mount}, action: alert", NATIVE, NULL },
	{ "kind: escape, criteria: {items: mount}, action: block, enabled: false", NATIVE, NULL },
	{ "kind: escape, criteria: {items: mount}, action: block", NATIVE,
	  "can block mount (tp-kill sees programs" },
	{ "kind: escape, criteria: {items: mount}, action: block", NATIVE,
	  "bpf-lsm can: boot with \"bpf\" in lsm=" },
	{ "kind: escape, criteria: {items: mount}, action: block", 0, "none is attached" },
	{ "kind: escape, criteria: {items: {mount: alert, setns: block}}, action: alert", NATIVE,
	  "can block setns" },
	{ "kind: escape, criteria: {items: credential}, action: block", NATIVE, NULL },
	{ "kind: drift, criteria: {items: exec-nameless}, action: block", BACKEND_FANOTIFY,
	  "can block exec-nameless" },
	{ "kind: drift, criteria: {items: exec-nameless}, action: block", BACKEND_TP_KILL, NULL },
	{ "kind: file, criteria: {directories: /a}, action: block", NATIVE, "can block file" },
};

static void a_block_that_no_back_end_can_keep_is_refused_with_the_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		struct rule_set s = one_rule(asked[i].rule);
		struct error err = { 0 };
		int r = rule_enforceable(&s.rule[0], asked[i].backends, &err);
		if ((r == 0) != (asked[i].says == NULL) ||
		    (r < 0 && strstr(err.text, asked[i].says) == NULL))
			fail_msg("%s: %s", asked[i].rule, err.text);
		if (r < 0)
			assert_int_equal(err.code, ERR_UNSUPPORTED);
		rule_set_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_is_what_happens_not_what_is_written),
		cmocka_unit_test(the_back_ends_that_hold_a_rule_are_named),
		cmocka_unit_test(a_container_without_layers_or_in_haste_is_told),
		cmocka_unit_test(every_cause_is_in_the_list),
		cmocka_unit_test(a_block_that_no_back_end_can_keep_is_refused_with_the_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
