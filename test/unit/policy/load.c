/* What policies are understood, and what is told of those that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/internal.h"

#define RULE "rules:\n- name: a\n  action: block\n  criteria: "

static void a_whole_policy_is_read(void **state)
{
	(void)state;
	static const char text[] =
		"version: 1\nname: shop\ndescription: d\nrules:\n"
		"- {name: b, priority: 7, action: alert, enabled: false, description: x,\n"
		"   scope: {images: a, repositories: [b, c], labels: {k: v}, clusters: c,\n"
		"           namespaces: n, apps: a},\n"
		"   criteria: {families: [vulnerability], severities: [high], kev: false, epss: "
		"0.5,\n"
		"              age: 30d, packages: openssl, statuses: fixed, priorities: [asap]},\n"
		"   exceptions: [{ids: X, reason: r, author: a, until: 2026-12-31}]}\n"
		"- {name: a, action: block, criteria: {licences: MIT}}\n"
		"exceptions:\n- {paths: 'a/**', reason: r, author: a, until: "
		"'2026-12-31T10:00:00Z'}\n";
	struct policy *p = NULL;
	struct error err = { 0 };
	if (policy_parse(bytes_str(text), "p.yaml", &p, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(policy_rule_count(p), 2);
	assert_int_equal(policy_exception_count(p), 2);
	assert_string_equal(p->rules[0]->pub.name, "b"); /* the smaller priority */
	assert_int_equal(p->rules[0]->pub.priority, 7);
	assert_int_equal(p->rules[0]->pub.line, 5);
	assert_false(p->rules[0]->pub.enabled);
	assert_int_equal(p->rules[0]->criteria.age, 30);
	assert_int_equal(p->rules[0]->criteria.kev, ANSWER_NO);
	assert_int_equal(p->rules[0]->scope.repositories.count, 2);
	assert_int_equal(p->rules[1]->criteria.subject, POLICY_PACKAGE);
	/* The last day counts whole; a time counts as it is. */
	int64_t day = 0;
	(void)rfc3339_parse(BYTES_LIT("2027-01-01"), &day);
	assert_int_equal(p->rules[0]->exceptions[0].pub.ends, day);
	assert_int_equal(p->exceptions[0].pub.ends, day - 14 * 3600);
	policy_free(p);
}

/* Each is refused, and the message holds this. */
static const struct {
	const char *text, *says;
} refused[] = {
	{ "rules:\n- {name: a, action: pass, criteria: {any: true}, action: block}\n",
	  "\"action\" is there twice" },
	{ "", "p.yaml" },
	{ "[", "p.yaml" },
	{ "- a", "must be a map" },
	{ "a: 1", "has no key \"a\"" },
	{ "name: x", "needs the key \"rules\"" },
	{ "rules: 1", "must be a list" },
	{ "rules: [1]", "must be a map" },
	{ "rules: [{}]", "needs the key \"name\"" },
	{ "rules:\n- name: a\n  action: block\n", "needs the key \"criteria\"" },
	{ "rules:\n- name: a\n  criteria: {kev: true}\n", "needs the key \"action\"" },
	{ "version: 2\nrules: []", "version 1" },
	{ RULE "{}", "must not be empty" },
	{ RULE "[]", "must be a map" },
	{ RULE "{kev: maybe}", "true or false" },
	{ RULE "{kev: 1}", "true or false" },
	{ RULE "{epss: 2}", "0 to 1" },
	{ RULE "{epss: .nan}", "0 to 1" },
	{ RULE "{epss: -1}", "0 to 1" },
	{ RULE "{age: -3}", "number of days" },
	{ RULE "{age: 3 weeks}", "number of days" },
	{ RULE "{age: 999999}", "number of days" },
	{ RULE "{severities: []}", "list of words" },
	{ RULE "{severities: {a: b}}", "list of words" },
	{ RULE "{severities: [[high]]}", "there is no" },
	{ RULE "{statuses: not-affected}", "there is no" },
	{ RULE "{ids: []}", "not empty" },
	{ RULE "{ids: {a: b}}", "a text or a list" },
	{ RULE "{ids: ['']}", "must be a text" },
	{ RULE "{ids: [\"a\\0b\"]}", "NUL" },
	{ RULE "{incomplete: false}", "true or a list" },
	{ RULE "{kev: true, image_age: 3}", "one thing" },
	{ RULE "{families: x, licences: MIT}", "one thing" },
	{ RULE "{kev: true}\n  priority: 1.5", "1 to 1000" },
	{ RULE "{kev: true}\n  priority: x", "1 to 1000" },
	{ RULE "{kev: true}\n  scope: x", "must be a map" },
	{ RULE "{kev: true}\n  scope: {labels: x}", "must be a map" },
	{ "exceptions: [{hashes: d41d8cd98f00b204e9800998ecf8427e, reason: r, author: a, until: "
	  "2099-01-01}]",
	  "md5:" },
	{ RULE "{severity: high}", "Did you mean severities?" },
	{ RULE "{kev: true}\n  scope: {image: x}", "Did you mean images?" },
	{ RULE "{kev: true}\n  exceptions: x", "must be a list" },
	{ RULE "{kev: true}\n  exceptions: [{ids: x, author: a, until: 2026-01-01}]",
	  "\"reason\"" },
	{ RULE "{kev: true}\n  exceptions: [{ids: x, reason: a, until: 2026-01-01}]",
	  "\"author\"" },
	{ RULE "{kev: true}\n  exceptions: [{ids: x, reason: a, author: a, until: 2026-02-30}]",
	  "must be a date" },
	{ RULE "{kev: true}\n  exceptions: [{reason: a, author: a, until: 2026-02-03}]", "about" },
	{ RULE "{kev: true}\n- {name: a, criteria: {kev: true}, action: pass}", "too" },
};

static void what_cannot_be_understood_is_refused_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct policy *p = NULL;
		struct error err = { 0 };
		if (policy_parse(bytes_str(refused[i].text), "p.yaml", &p, &err) == 0)
			fail_msg("taken: %s", refused[i].text);
		if (err.code != ERR_USAGE || strstr(err.text, refused[i].says) == NULL)
			fail_msg("%s: %s", refused[i].text, err.text);
		if (strncmp(err.text, "p.yaml", 6) != 0)
			fail_msg("no file in: %s", err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_policy_is_read),
		cmocka_unit_test(what_cannot_be_understood_is_refused_with_its_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
