/* The words of findings are stable, and so is the key of a finding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "finding/finding.h"

static void every_severity_is_read_back_from_its_name(void **state)
{
	(void)state;
	for (int i = 0; i < SEVERITIES; i++) {
		enum severity s = SEVERITIES;
		assert_true(severity_parse(bytes_str(severity_name((enum severity)i)), &s));
		assert_int_equal(s, i);
	}
}

static void every_status_is_read_back_from_its_name(void **state)
{
	(void)state;
	for (int i = 0; i < STATUSES; i++) {
		enum finding_status s = STATUSES;
		struct bytes name = bytes_str(finding_status_name((enum finding_status)i));
		assert_true(finding_status_parse(name, &s));
		assert_int_equal(s, i);
	}
}

static void the_names_are_those_of_the_published_schema(void **state)
{
	(void)state;
	assert_string_equal(severity_name(SEVERITY_CRITICAL), "critical");
	assert_string_equal(severity_name(SEVERITY_NEGLIGIBLE), "negligible");
	assert_string_equal(finding_status_name(STATUS_WILL_NOT_FIX), "will-not-fix");
	assert_string_equal(finding_status_name(STATUS_END_OF_LIFE), "end-of-life");
	assert_string_equal(priority_name(PRIORITY_ASAP), "asap");
	assert_string_equal(priority_name(PRIORITY_LATER), "later");
	assert_string_equal(priority_name(PRIORITY_NNTF), "nntf");
}

static void other_words_are_refused_and_change_nothing(void **state)
{
	static const char *const words[] = { "", "HIGH", "high ", "hig", "criticality", "none" };
	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		enum severity severity = SEVERITY_LOW;
		enum finding_status status = STATUS_DEFERRED;
		assert_false(severity_parse(bytes_str(words[i]), &severity));
		assert_false(finding_status_parse(bytes_str(words[i]), &status));
		assert_int_equal(severity, SEVERITY_LOW);
		assert_int_equal(status, STATUS_DEFERRED);
	}
}

static void a_value_out_of_range_still_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(severity_name((enum severity)99), "unknown");
	assert_string_equal(finding_status_name((enum finding_status)99), "affected");
	assert_string_equal(priority_name((enum priority)99), "later");
}

static struct package package_sample(void)
{
	return (struct package){ .type = PKG_DEB, .name = "libc6", .version = "2.36-9" };
}

static struct finding finding_sample(const struct package *p)
{
	return (struct finding){
		.id = "CVE-2023-4911",
		.family = "vulnerability",
		.rule = "CVE-2023-4911",
		.package = p,
	};
}

static void the_fingerprint_outlives_version_layer_severity_and_database(void **state)
{
	struct package p = package_sample(), q = package_sample();
	struct finding a = finding_sample(&p), b = finding_sample(&q);
	(void)state;

	q.version = "2.36-9+deb12u3";
	q.path = "var/lib/dpkg/status";
	b.path = "var/lib/dpkg/status";
	b.layer = 7;
	b.severity = SEVERITY_HIGH;
	b.fixed_version = "2.36-9+deb12u4";
	b.advisory.snapshot = "2026-11-22";
	finding_fingerprint(&a);
	finding_fingerprint(&b);
	assert_string_equal(a.fingerprint, b.fingerprint);
	assert_int_equal(strlen(a.fingerprint), 64);
}

static void another_package_rule_or_type_is_another_fingerprint(void **state)
{
	struct package p = package_sample(), q = package_sample(), r = package_sample();
	struct finding a = finding_sample(&p), b = finding_sample(&q), c = finding_sample(&r),
		       d = finding_sample(&p);
	(void)state;

	q.name = "libc-bin";
	r.type = PKG_RPM;
	d.rule = "CVE-2023-4912";
	finding_fingerprint(&a);
	finding_fingerprint(&b);
	finding_fingerprint(&c);
	finding_fingerprint(&d);
	assert_string_not_equal(a.fingerprint, b.fingerprint);
	assert_string_not_equal(a.fingerprint, c.fingerprint);
	assert_string_not_equal(a.fingerprint, d.fingerprint);
}

static void a_letter_that_moves_to_the_next_field_changes_the_fingerprint(void **state)
{
	struct finding a = finding_sample(NULL), b = finding_sample(NULL);
	(void)state;
	a.family = "secret";
	a.rule = "skey";
	b.family = "secrets";
	b.rule = "key";
	finding_fingerprint(&a);
	finding_fingerprint(&b);
	assert_string_not_equal(a.fingerprint, b.fingerprint);
}

static void a_finding_about_a_file_is_known_by_its_path(void **state)
{
	struct finding a = finding_sample(NULL), b = finding_sample(NULL);
	(void)state;
	a.path = "app/.env";
	b.path = "app/.env.old";
	finding_fingerprint(&a);
	finding_fingerprint(&b);
	assert_string_not_equal(a.fingerprint, b.fingerprint);
}

/* Users keep these in ignore files: the key may not change from one release
 * to the next. The value was computed with Python's hashlib. */
static void the_fingerprint_is_the_documented_sum(void **state)
{
	struct package p = package_sample();
	struct finding f = finding_sample(&p);
	(void)state;
	finding_fingerprint(&f);
	assert_string_equal(f.fingerprint,
			    "0e0569d839fc64d4ce2ecde2ae809c905622f8ad066bbd8b3ef6cb38f0f9a53e");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_severity_is_read_back_from_its_name),
		cmocka_unit_test(every_status_is_read_back_from_its_name),
		cmocka_unit_test(the_names_are_those_of_the_published_schema),
		cmocka_unit_test(other_words_are_refused_and_change_nothing),
		cmocka_unit_test(a_value_out_of_range_still_has_a_name),
		cmocka_unit_test(the_fingerprint_outlives_version_layer_severity_and_database),
		cmocka_unit_test(another_package_rule_or_type_is_another_fingerprint),
		cmocka_unit_test(a_letter_that_moves_to_the_next_field_changes_the_fingerprint),
		cmocka_unit_test(a_finding_about_a_file_is_known_by_its_path),
		cmocka_unit_test(the_fingerprint_is_the_documented_sum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
