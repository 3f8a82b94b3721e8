/* The evaluation: its order, its exceptions, several policies, and how fast it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "policy/internal.h"

enum { NOW = 1800000000, MEMORY = 256 * 1024 * 1024 };

static struct policy *policy_of(const char *text)
{
	struct policy *p = NULL;
	struct error err = { 0 };
	if (policy_parse(bytes_str(text), "p.yaml", &p, &err) < 0)
		fail_msg("%s", err.text);
	return p;
}

static struct package openssl = { .type = PKG_DEB,
				  .purl = "pkg:deb/debian/openssl@1",
				  .name = "openssl",
				  .version = "1",
				  .arch = "amd64",
				  .source_name = "openssl",
				  .source_version = "1",
				  .license = "Apache-2.0",
				  .path = "var/lib/dpkg/status",
				  .layer = LAYER_NONE };

static struct finding finding_of(const char *id, enum severity severity)
{
	return (struct finding){ .id = id,
				 .family = "vulnerability",
				 .class = "os",
				 .rule = id,
				 .severity = severity,
				 .package = &openssl,
				 .path = openssl.path,
				 .layer = LAYER_NONE,
				 .cvss_score = -1,
				 .epss = -1,
				 .epss_percentile = -1 };
}

struct judged {
	struct arena arena;
	struct policy_verdict verdict;
};

static struct judged judge_facts(const struct policy_use *uses, size_t n,
				 const struct scan_result *r, const struct policy_facts *facts)
{
	struct judged j = { .arena = arena_max(MEMORY) };
	struct error err = { 0 };
	if (policy_evaluate(uses, n, r, facts, &j.arena, &j.verdict, &err) < 0)
		fail_msg("%s", err.text);
	return j;
}

static struct judged judge(const struct policy_use *uses, size_t n, const struct scan_result *r)
{
	struct policy_facts facts = { .repository = "docker.io/library/app",
				      .familiar = "app",
				      .now = NOW };
	return judge_facts(uses, n, r, &facts);
}

static enum policy_action action_of(const char *text, const struct scan_result *r)
{
	struct policy *p = policy_of(text);
	struct policy_use use = { .policy = p };
	struct judged j = judge(&use, 1, r);
	enum policy_action a = j.verdict.action;
	arena_free(&j.arena);
	policy_free(p);
	return a;
}

/* Four rules that all match, in every order in which they may stand. */
static void the_order_in_the_file_does_not_matter(void **state)
{
	(void)state;
	static const char *const rules[] = {
		"- {name: d, priority: 5, action: pass, criteria: {kev: false}}\n",
		"- {name: c, priority: 5, action: alert, criteria: {kev: false}}\n",
		"- {name: b, priority: 5, action: alert, criteria: {kev: false}}\n",
		"- {name: a, priority: 6, action: block, criteria: {kev: false}}\n",
	};
	struct finding f = finding_of("CVE-1", SEVERITY_HIGH);
	struct scan_result r = { .findings = &f, .finding_count = 1 };
	for (unsigned k = 0; k < 24; k++) {
		char text[1024] = "rules:\n";
		unsigned left = 0xf, rest = k;
		for (unsigned n = 4; n > 0; n--) {
			unsigned pick = rest % n, i = 0;
			rest /= n;
			for (;; i++)
				if ((left >> i & 1) != 0 && pick-- == 0)
					break;
			left &= ~(1u << i);
			size_t at = strlen(text);
			(void)snprintf(text + at, sizeof text - at, "%s", rules[i]);
		}
		struct policy *p = policy_of(text);
		struct policy_use use = { .policy = p };
		struct judged j = judge(&use, 1, &r);
		assert_int_equal(j.verdict.action, POLICY_ALERT);
		assert_string_equal(j.verdict.decisions[0].rule->name, "b");
		arena_free(&j.arena);
		policy_free(p);
	}
}

static void no_match_means_pass(void **state)
{
	(void)state;
	struct finding f = finding_of("CVE-1", SEVERITY_LOW);
	struct scan_result r = { .findings = &f, .finding_count = 1 };
	assert_int_equal(action_of("rules: []", &r), POLICY_PASS);
	assert_int_equal(
		action_of("rules: [{name: a, action: block, criteria: {severities: high}}]", &r),
		POLICY_PASS);
}

static void a_further_policy_can_only_tighten(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"rules: [{name: a, priority: 1, action: pass, criteria: {families: '*'}}]",
		"rules: [{name: a, priority: 1, action: alert, criteria: {families: '*'}}]",
		"rules: [{name: a, priority: 1, action: block, criteria: {families: '*'}}]",
		"rules: []",
		"exceptions: [{ids: '*', reason: r, author: a, until: 2099-01-01}]",
	};
	struct finding f = finding_of("CVE-1", SEVERITY_LOW);
	struct scan_incomplete missing = { "image", ERR_IO, "x" };
	struct scan_result r = {
		.findings = &f, .finding_count = 1, .incomplete = &missing, .incomplete_count = 1
	};
	for (size_t a = 0; a < 4; a++) {
		struct policy *given = policy_of(texts[a]);
		struct policy_use alone = { .policy = given };
		struct judged before = judge(&alone, 1, &r);
		for (size_t b = 0; b < 5; b++) {
			struct policy *project = policy_of(texts[b]);
			struct policy_use both[] = { alone,
						     { .policy = project, .project = true } };
			struct judged after = judge(both, 2, &r);
			assert_true(after.verdict.action >= before.verdict.action);
			assert_true(after.verdict.open_count >= before.verdict.open_count);
			arena_free(&after.arena);
			policy_free(project);
		}
		arena_free(&before.arena);
		policy_free(given);
	}
}

static void an_exception_ends_with_its_last_second(void **state)
{
	(void)state;
	struct finding f = finding_of("CVE-1", SEVERITY_LOW);
	struct scan_result r = { .findings = &f, .finding_count = 1 };
	for (int64_t left = -1; left <= 1; left++) {
		char until[RFC3339_TEXT], text[512];
		rfc3339_text(NOW + left, until);
		(void)snprintf(text, sizeof text,
			       "rules: [{name: a, action: block, criteria: {families: '*'}}]\n"
			       "exceptions: [{ids: CVE-1, reason: r, author: a, until: '%s'}]\n",
			       until);
		assert_int_equal(action_of(text, &r), left > 0 ? POLICY_PASS : POLICY_BLOCK);
	}
}

static void what_is_missing_is_open_until_a_rule_speaks(void **state)
{
	(void)state;
	struct scan_incomplete missing[] = { { "a", ERR_IO, "x" }, { "b", ERR_LIMIT, "y" } };
	struct scan_result r = { .incomplete = missing, .incomplete_count = 2 };
	struct policy *p =
		policy_of("rules: [{name: a, action: pass, criteria: {incomplete: io}}]");
	struct policy_use use = { .policy = p };
	struct judged j = judge(&use, 1, &r);
	assert_int_equal(j.verdict.action, POLICY_PASS);
	assert_int_equal(j.verdict.open_count, 1);
	assert_ptr_equal(j.verdict.open[0], &missing[1]);
	arena_free(&j.arena);
	policy_free(p);
}

/* The layer that brought a secret may be one below those that were read. */
static void a_part_decides_only_what_the_rest_cannot_change(void **state)
{
	(void)state;
	static const struct {
		const char *exception;
		enum policy_action part, whole;
	} rows[] = {
		{ "ids: other", POLICY_BLOCK, POLICY_BLOCK },
		{ "ids: CVE-1", POLICY_PASS, POLICY_PASS },
		{ "hashes: 'sha256:0*'", POLICY_PASS, POLICY_BLOCK },
		{ "hashes: 'sha256:0*', ids: other", POLICY_BLOCK, POLICY_BLOCK },
		{ "hashes: "
		  "'0000000000000000000000000000000000000000000000000000000000000000'",
		  POLICY_BLOCK, POLICY_BLOCK },
		/* the path of a system's package */
		{ "paths: 'opt/**'", POLICY_PASS, POLICY_BLOCK },
	};
	struct finding f = finding_of("CVE-1", SEVERITY_HIGH);
	struct scan_incomplete missing = { "layers", ERR_CANCELLED, "x" };
	struct scan_result r = {
		.findings = &f, .finding_count = 1, .incomplete = &missing, .incomplete_count = 1
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[512];
		(void)snprintf(text, sizeof text,
			       "rules: [{name: a, action: block, criteria: {families: '*'}}]\n"
			       "exceptions: [{%s, reason: r, author: a, until: 2099-01-01}]\n",
			       rows[i].exception);
		struct policy *p = policy_of(text);
		struct policy_use use = { .policy = p };
		for (int part = 0; part < 2; part++) {
			struct judged j = judge_facts(
				&use, 1, &r,
				&(struct policy_facts){ .now = NOW, .part = part == 1 });
			assert_int_equal(j.verdict.action, part ? rows[i].part : rows[i].whole);
			assert_int_equal(j.verdict.open_count, part ? 0 : 1);
			arena_free(&j.arena);
		}
		policy_free(p);
	}
}

static void an_age_counts_from_the_day_of_publication_else_from_the_year(void **state)
{
	(void)state;
	enum { TODAY = NOW / 86400 }; /* 2027-01-15 */
	static const struct {
		const char *id;
		uint32_t published;
		const char *kev;
		enum policy_action action;
		const char *why; /* NULL: passes */
	} rows[] = {
		{ "CVE-2027-1", 0, NULL, POLICY_PASS, NULL },
		{ "CVE-2026-1", 0, NULL, POLICY_BLOCK, "since 2026-01-01 (the year of its id)" },
		{ "CVE-2026-1", TODAY - 29, NULL, POLICY_PASS, NULL },
		{ "CVE-2026-1", TODAY - 30, NULL, POLICY_BLOCK,
		  "known for 30 days, since 2026-12-16 (published)" },
		{ "GHSA-1", TODAY - 30, NULL, POLICY_BLOCK, "(published)" },
		{ "GHSA-1", 0, NULL, POLICY_BLOCK, "cannot be told" },
		{ "CVE-2026-1", TODAY - 2, "2026-12-01", POLICY_BLOCK,
		  "since 2026-12-01 (known to be exploited)" },
	};
	struct policy *p = policy_of("rules: [{name: a, action: block, criteria: {age: 30d}}]");
	struct policy_use use = { .policy = p };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct finding f = finding_of(rows[i].id, SEVERITY_HIGH);
		struct scan_result r = { .findings = &f, .finding_count = 1 };
		f.published = rows[i].published;
		f.kev_added = rows[i].kev;
		struct judged j = judge(&use, 1, &r);
		assert_int_equal(j.verdict.action, rows[i].action);
		if (rows[i].why != NULL)
			assert_non_null(strstr(j.verdict.decisions[0].why, rows[i].why));
		arena_free(&j.arena);
	}
	policy_free(p);
}

static void an_exception_counts_a_finding_once(void **state)
{
	(void)state;
	struct finding f = finding_of("CVE-1", SEVERITY_LOW);
	struct scan_result r = { .findings = &f, .finding_count = 1 };
	struct policy *p =
		policy_of("rules:\n- {name: a, action: block, criteria: {families: '*'}}\n"
			  "- {name: b, action: block, criteria: {severities: low}}\n"
			  "exceptions: [{ids: CVE-1, reason: r, author: a, until: 2099-01-01}]\n");
	struct policy_use use = { .policy = p };
	struct judged j = judge(&use, 1, &r);
	assert_int_equal(j.verdict.action, POLICY_PASS);
	assert_int_equal(j.verdict.excuse_count, 1);
	assert_int_equal(j.verdict.excuses[0].count, 1);
	arena_free(&j.arena);
	policy_free(p);
}

/* Admission asks while somebody waits: 20,000 findings and 100 rules within a second,
 * also on a slow machine (measured: some 60 ms). */
/* Reports list what an exception let pass apart, with whose word it was. */
static void what_is_excused_alone_is_taken_away(void **state)
{
	(void)state;
	struct finding list[] = { finding_of("CVE-1", SEVERITY_HIGH),
				  finding_of("CVE-2", SEVERITY_HIGH),
				  finding_of("CVE-3", SEVERITY_LOW) };
	struct scan_vex before = { .file = "a.vex.json", .format = "OpenVEX", .author = "" };
	struct scan_result r = { .arena = arena_max(MEMORY),
				 .findings = list,
				 .finding_count = 3,
				 .vex = &before,
				 .vex_count = 1 };
	struct error err = { 0 };
	struct policy *p = policy_of(
		"rules:\n"
		"- {name: a, action: block, criteria: {severities: high}}\n"
		"exceptions:\n"
		"- {ids: CVE-2, reason: old, author: you, until: 2020-01-01}\n"
		"- {ids: [CVE-2, CVE-3], reason: known, author: me, until: 2030-01-01}\n");
	struct policy_use use = { .policy = p };
	struct policy_facts facts = { .now = NOW };
	struct judged j = judge_facts(&use, 1, &r, &facts);
	assert_int_equal(policy_suppress(&use, 1, &j.verdict, &facts, &r, &err), 0);
	assert_int_equal(r.finding_count, 2);
	assert_string_equal(r.findings[0].id, "CVE-1");
	assert_string_equal(r.findings[1].id, "CVE-3"); /* no rule was about it */
	assert_int_equal(r.suppressed_count, 1);
	assert_string_equal(r.suppressed[0].finding.id, "CVE-2");
	assert_int_equal(r.suppressed[0].by, SCAN_BY_EXCEPTION);
	assert_string_equal(r.suppressed[0].reason, "known");
	assert_string_equal(r.suppressed[0].author, "me");
	assert_string_equal(r.suppressed[0].until, "2030-01-01");
	assert_string_equal(r.suppressed[0].file, "p.yaml");
	assert_int_equal(r.suppressed[0].line, 5);
	assert_int_equal(r.vex_count, 2);
	assert_string_equal(r.vex[0].file, "a.vex.json");
	assert_string_equal(r.vex[1].file, "p.yaml");
	assert_int_equal(r.vex[1].statements, 1);
	assert_int_equal(r.vex[1].removed, 1);
	arena_free(&r.arena);
	arena_free(&j.arena);
	policy_free(p);
}

/* Another policy's rule, which the exception does not know, still decides. */
static void what_another_policy_blocks_stays_a_finding(void **state)
{
	(void)state;
	struct finding f = finding_of("CVE-1", SEVERITY_HIGH);
	struct scan_result r = { .arena = arena_max(MEMORY), .findings = &f, .finding_count = 1 };
	struct error err = { 0 };
	static const char rule[] = "rules:\n- {name: a, action: block, criteria: {kev: false}}\n";
	char text[512];
	(void)snprintf(text, sizeof text,
		       "%sexceptions:\n- {ids: CVE-1, reason: r, author: a, until: 2030-01-01}\n",
		       rule);
	struct policy *p = policy_of(text), *q = policy_of(rule);
	struct policy_use uses[] = { { .policy = p }, { .policy = q } };
	struct policy_facts facts = { .now = NOW };
	struct judged j = judge_facts(uses, 2, &r, &facts);
	assert_int_equal(policy_suppress(uses, 2, &j.verdict, &facts, &r, &err), 0);
	assert_int_equal(r.finding_count, 1);
	assert_int_equal(r.suppressed_count, 0);
	assert_int_equal(r.vex_count, 0);
	arena_free(&r.arena);
	arena_free(&j.arena);
	policy_free(q);
	policy_free(p);
}

static void many_findings_and_rules_take_little_time(void **state)
{
	(void)state;
	enum { FINDINGS = 20000, RULES = 100 };
	struct finding *list = calloc(FINDINGS, sizeof *list);
	cleanup_buf struct buf text = buf_max(1 << 20);
	assert_non_null(list);
	for (size_t i = 0; i < FINDINGS; i++)
		list[i] = finding_of("CVE-2024-12345", SEVERITY_LOW);
	assert_int_equal(buf_append_str(&text, "rules:\n", NULL), 0);
	for (int i = 0; i < RULES; i++)
		assert_int_equal(
			buf_printf(&text, NULL,
				   "- {name: r%d, action: block, criteria: {ids: 'CVE-*-%d', "
				   "packages: '*ss*x'}}\n",
				   i, i),
			0);
	struct scan_result r = { .findings = list, .finding_count = FINDINGS };
	struct policy *p = policy_of(buf_cstr(&text, NULL));
	struct policy_use use = { .policy = p };
	uint64_t before = clock_monotonic_ns();
	struct judged j = judge(&use, 1, &r);
	uint64_t ms = (clock_monotonic_ns() - before) / 1000000;
	print_message("%d findings, %d rules: %llu ms\n", FINDINGS, RULES, (unsigned long long)ms);
	assert_int_equal(j.verdict.action, POLICY_PASS);
	arena_free(&j.arena);
	policy_free(p);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_in_the_file_does_not_matter),
		cmocka_unit_test(no_match_means_pass),
		cmocka_unit_test(a_further_policy_can_only_tighten),
		cmocka_unit_test(an_exception_ends_with_its_last_second),
		cmocka_unit_test(what_is_missing_is_open_until_a_rule_speaks),
		cmocka_unit_test(a_part_decides_only_what_the_rest_cannot_change),
		cmocka_unit_test(an_age_counts_from_the_day_of_publication_else_from_the_year),
		cmocka_unit_test(an_exception_counts_a_finding_once),
		cmocka_unit_test(what_is_excused_alone_is_taken_away),
		cmocka_unit_test(what_another_policy_blocks_stays_a_finding),
		cmocka_unit_test(many_findings_and_rules_take_little_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
