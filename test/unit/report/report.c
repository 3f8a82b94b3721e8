/* Formats by name, filters, groups, names, and what a broken stream does. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/group.h"
#include "report/ident.h"
#include "report/purl_oci.h"
#include "report/report.h"
#include "report/summary.h"
#include "report/update.h"
#include "report_sample.h"

static const struct report_options everything = { .layer = LAYER_NONE, .tool_version = "0.1.0" };

static struct scan_result sample(const char *name)
{
	struct scan_result r;
	assert_true(report_sample(name, &r));
	return r;
}

/* --- formats ---------------------------------------------------------------- */

static void every_format_has_a_name_that_leads_back_to_it(void **state)
{
	(void)state;
	for (int i = 0; i < REPORT_FORMATS; i++) {
		enum report_format f = REPORT_FORMATS;
		assert_true(report_format_parse(
			bytes_str(report_format_name((enum report_format)i)), &f));
		assert_int_equal(f, i);
	}
	enum report_format untouched = REPORT_CSV;
	assert_false(report_format_parse(BYTES_LIT("yaml"), &untouched));
	assert_false(report_format_parse(BYTES_LIT(""), &untouched));
	assert_int_equal(untouched, REPORT_CSV);
}

static void a_files_ending_tells_its_format(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		enum report_format want;
	} rows[] = {
		{ "out.json", REPORT_JSON },        { "out.sarif", REPORT_SARIF },
		{ "a/b.sarif.json", REPORT_SARIF }, { "x.cdx.json", REPORT_CYCLONEDX },
		{ "bom.json", REPORT_CYCLONEDX },   { "x.spdx.json", REPORT_SPDX },
		{ "junit.xml", REPORT_JUNIT },      { "x.csv", REPORT_CSV },
		{ "x.html", REPORT_HTML },          { "x.txt", REPORT_TABLE },
	};
	enum report_format f;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_true(report_format_of_file(rows[i].path, &f));
		assert_int_equal(f, rows[i].want);
	}
	assert_false(report_format_of_file("report", &f));
	assert_false(report_format_of_file("json", &f));
}

static void a_stream_that_fails_is_an_io_error(void **state)
{
	(void)state;
	struct scan_result r = sample("full");
	for (int i = 0; i < REPORT_FORMATS; i++) {
		struct error err = { 0 };
		cleanup_fclose FILE *full = fopen("/dev/full", "w");
		assert_non_null(full);
		assert_int_equal(report_write((enum report_format)i, &r, &everything, full, &err),
				 -1);
		assert_int_equal(err.code, ERR_IO);
		assert_int_equal(err.os, ENOSPC);
	}
	arena_free(&r.arena);
}

/* --- filter ------------------------------------------------------------------ */

static size_t shown(const struct scan_result *r, const struct report_options *o)
{
	struct summary s;
	summary_of(r, o, &s);
	return s.shown;
}

static void a_filter_lets_through_what_all_its_parts_name(void **state)
{
	(void)state;
	struct scan_result r = sample("full");
	struct report_options o = everything;
	assert_int_equal(shown(&r, &o), r.finding_count);
	o.severities[SEVERITY_CRITICAL] = o.severities[SEVERITY_LOW] = true;
	assert_int_equal(shown(&r, &o), 3 + 2);
	o.only_fixed = true;
	assert_int_equal(shown(&r, &o), 2 + 2);
	o.layer = 0;
	assert_int_equal(shown(&r, &o), 0);
	o.layer = 1;
	assert_int_equal(shown(&r, &o), 4);
	arena_free(&r.arena);
}

static void none_known_needs_packages_that_were_compared(void **state)
{
	(void)state;
	static const struct {
		const char *sample;
		enum verdict want;
	} rows[] = {
		{ "clean", VERDICT_NONE_KNOWN },
		{ "nothing", VERDICT_NO_PACKAGES },
		{ "unchecked", VERDICT_NO_DATABASE },
		{ "incomplete", VERDICT_INCOMPLETE },
		{ "full", VERDICT_FOUND },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct scan_result r = sample(rows[i].sample);
		assert_int_equal(summary_verdict(&r), rows[i].want);
		r.finding_count = 0;
		struct scan_incomplete entry = { "layer", ERR_LIMIT, "too big" };
		r.incomplete = &entry;
		r.incomplete_count = 1;
		assert_int_equal(summary_verdict(&r), VERDICT_INCOMPLETE);
		arena_free(&r.arena);
	}
}

/* --- groups -------------------------------------------------------------------- */

static void one_issue_names_all_binary_packages_of_its_source(void **state)
{
	(void)state;
	struct scan_result r = sample("full");
	struct grouping g;
	assert_int_equal(group_make(&r, &everything, 1u << FOLD_NONE, &g, NULL), 0);
	assert_int_equal(g.count, 4);
	assert_string_equal(group_name(group_lead(&g.groups[0])), "curl");
	assert_string_equal(group_name(group_lead(&g.groups[1])), "zlib");
	assert_string_equal(group_name(group_lead(&g.groups[2])), "glibc");
	assert_string_equal(group_name(group_lead(&g.groups[3])), "openssl");
	assert_int_equal(g.groups[0].issues[0].count, 2);
	assert_string_equal(g.groups[0].issues[0].findings[0]->package->name, "curl");
	assert_string_equal(g.groups[0].issues[0].findings[1]->package->name, "libcurl4");
	assert_null(group_fixed(&g.groups[1]));
	assert_string_equal(group_fixed(&g.groups[3]), "3.0.13-1~deb12u1");
	group_free(&g);
	arena_free(&r.arena);
}

static void every_finding_is_in_exactly_one_fold(void **state)
{
	(void)state;
	for (size_t s = 0; report_samples[s] != NULL; s++) {
		struct scan_result r = sample(report_samples[s]);
		size_t n = 0;
		for (unsigned fold = 0; fold < FOLDS; fold++) {
			struct grouping g;
			assert_int_equal(group_make(&r, &everything, 1u << fold, &g, NULL), 0);
			n += g.findings;
			group_free(&g);
		}
		assert_int_equal(n, r.finding_count);
		arena_free(&r.arena);
	}
}

static void kernel_headers_are_known_by_name(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum fold want;
	} rows[] = {
		{ "linux-libc-dev", FOLD_HEADERS },
		{ "linux-libc-dev-arm64-cross", FOLD_HEADERS },
		{ "linux-headers-6.1.0-9-amd64", FOLD_HEADERS },
		{ "linux-headers", FOLD_HEADERS },
		{ "kernel-headers", FOLD_HEADERS },
		{ "kernel-devel", FOLD_HEADERS },
		{ "kernel-default-devel", FOLD_HEADERS },
		{ "kernel-uek-devel", FOLD_HEADERS },
		{ "linux-image-6.1.0-9-amd64", FOLD_NONE },
		{ "kernel", FOLD_NONE },
		{ "kernel-core", FOLD_NONE },
		{ "libc6-dev", FOLD_NONE },
		{ "linux-api-headers2", FOLD_NONE },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct package p = { .name = rows[i].name };
		struct finding f = { .package = &p, .severity = SEVERITY_HIGH };
		if (group_fold(&everything, &f) != rows[i].want)
			fail_msg("%s", rows[i].name);
	}
}

static void a_severity_that_is_asked_for_is_not_folded(void **state)
{
	(void)state;
	struct package p = { .name = "tar" };
	struct finding f = { .package = &p, .severity = SEVERITY_NEGLIGIBLE };
	struct report_options o = everything;
	assert_int_equal(group_fold(&o, &f), FOLD_MINOR);
	o.severities[SEVERITY_NEGLIGIBLE] = true;
	assert_int_equal(group_fold(&o, &f), FOLD_NONE);
}

static void a_result_without_findings_has_no_group(void **state)
{
	(void)state;
	struct scan_result r = sample("clean");
	struct grouping g;
	assert_int_equal(group_make(&r, &everything, FOLD_ALL_PACKAGES, &g, NULL), 0);
	assert_int_equal(g.count, 0);
	group_free(&g);
	arena_free(&r.arena);
}

/* --- update ---------------------------------------------------------------------- */

static void the_update_names_each_package_once(void **state)
{
	(void)state;
	struct scan_result r = sample("full");
	struct update u;
	assert_int_equal(update_make(&r, &everything, &u, NULL), 0);
	assert_int_equal(u.packages, 7);
	assert_int_equal(u.findings, 13);
	assert_non_null(u.command);
	const char *first = strstr(u.command, " curl");
	assert_non_null(first);
	assert_null(strstr(first + 1, " curl"));
	assert_null(strstr(u.command, "zlib1g")); /* has no fix */
	update_free(&u);
	arena_free(&r.arena);
}

static void a_package_name_never_becomes_shell_code(void **state)
{
	(void)state;
	static const char *const names[] = { "$(reboot)", "--force", "a;b", "a b", "",    "-x",
					     "a\nb",      "`id`",    "é",   "a&b", "../x" };
	struct package p = { .version = "1" };
	struct finding f = { .package = &p, .fixed_version = "2" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		p.name = names[i];
		assert_false(update_mends(&f));
	}
	p.name = "libstdc++6";
	assert_true(update_mends(&f));
	f.fixed_version = NULL;
	assert_false(update_mends(&f));
}

/* --- names ------------------------------------------------------------------------ */

static void the_same_content_has_the_same_uuid(void **state)
{
	(void)state;
	char a[UUID_TEXT], b[UUID_TEXT];
	struct scan_result r = sample("full"), s = sample("full");
	ident_uuid(&r, "spdx", a);
	ident_uuid(&s, "spdx", b);
	assert_string_equal(a, b);
	assert_int_equal(strlen(a), 36);
	assert_int_equal(a[14], '8');
	assert_non_null(strchr("89ab", a[19]));
	ident_uuid(&r, "cyclonedx", b);
	assert_string_not_equal(a, b);
	s.findings[0].severity = SEVERITY_LOW;
	ident_uuid(&s, "spdx", b);
	assert_string_not_equal(a, b);
	arena_free(&r.arena);
	arena_free(&s.arena);
}

static void only_a_web_address_becomes_a_link(void **state)
{
	(void)state;
	static const struct {
		const char *id, *url, *want;
	} rows[] = {
		{ "CVE-2024-1", "https://x.example/a b\"", "https://x.example/a%20b%22" },
		{ "CVE-2024-1", "javascript:alert(1)",
		  "https://www.cve.org/CVERecord?id=CVE-2024-1" },
		{ "CVE-2024-1", NULL, "https://www.cve.org/CVERecord?id=CVE-2024-1" },
		{ "CVE-<b>", "", "https://www.cve.org/CVERecord?id=CVE-%3Cb%3E" },
		{ "GHSA-1", "data:text/html,x", "https://github.com/advisories/GHSA-1" },
		{ "ALSA-2024:1", "", NULL },
	};
	cleanup_buf struct buf buf = buf_max(4096);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct finding f = { .id = rows[i].id, .advisory = { .url = rows[i].url } };
		const char *got = ident_url(&f, &buf);
		if (rows[i].want == NULL)
			assert_null(got);
		else
			assert_string_equal(got, rows[i].want);
	}
}

static void a_layer_out_of_range_is_none(void **state)
{
	(void)state;
	char text[DIGEST_TEXT];
	struct scan_result r = sample("full");
	assert_non_null(ident_layer(&r, 2, text));
	assert_null(ident_layer(&r, 3, text));
	assert_null(ident_layer(&r, LAYER_NONE, text));
	r.layers[0].diff_id = (struct digest){ 0 };
	assert_null(ident_layer(&r, 0, text));
	arena_free(&r.arena);
}

static void an_image_has_the_purl_of_its_repository(void **state)
{
	(void)state;
	static const struct {
		const char *name, *platform, *want_after_digest;
	} rows[] = {
		{ "registry.example:5000/shop/API:1.4", "linux/amd64",
		  "?arch=amd64&repository_url=registry.example%3A5000/shop/API&tag=1.4" },
		{ "debian", "linux/arm64/v8", "?arch=arm64&repository_url=debian" },
		{ "debian:12@sha256:00", NULL, "?repository_url=debian&tag=12" },
	};
	cleanup_buf struct buf out = buf_max(4096);
	struct scan_result r = { .has_digest = true };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		r.name = rows[i].name;
		r.platform = rows[i].platform;
		assert_true(purl_oci_write(&r, &out));
		const char *got = buf_cstr(&out, NULL);
		assert_memory_equal(got, "pkg:oci/", 8);
		assert_string_equal(strchr(got, '?'), rows[i].want_after_digest);
	}
	r.name = "";
	assert_false(purl_oci_write(&r, &out));
	r.name = "debian";
	r.has_digest = false;
	assert_false(purl_oci_write(&r, &out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_has_a_name_that_leads_back_to_it),
		cmocka_unit_test(a_files_ending_tells_its_format),
		cmocka_unit_test(a_stream_that_fails_is_an_io_error),
		cmocka_unit_test(a_filter_lets_through_what_all_its_parts_name),
		cmocka_unit_test(none_known_needs_packages_that_were_compared),
		cmocka_unit_test(one_issue_names_all_binary_packages_of_its_source),
		cmocka_unit_test(every_finding_is_in_exactly_one_fold),
		cmocka_unit_test(kernel_headers_are_known_by_name),
		cmocka_unit_test(a_severity_that_is_asked_for_is_not_folded),
		cmocka_unit_test(a_result_without_findings_has_no_group),
		cmocka_unit_test(the_update_names_each_package_once),
		cmocka_unit_test(a_package_name_never_becomes_shell_code),
		cmocka_unit_test(the_same_content_has_the_same_uuid),
		cmocka_unit_test(only_a_web_address_becomes_a_link),
		cmocka_unit_test(a_layer_out_of_range_is_none),
		cmocka_unit_test(an_image_has_the_purl_of_its_repository),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
