/* Application packages from the facts of their ecosystems to findings. */
#include "match.h"

static struct package app(enum pkg_type type, const char *name, const char *version,
			  const char *path)
{
	struct package p = deb(name, version, "", "");
	p.type = type;
	p.arch = "";
	p.path = path;
	return p;
}

static const struct row facts[] = {
	{ "npm", "lodash", "CVE-2021-23337", "4.17.21", .advisory = "GHSA-35jh-r3h4-6jhm",
	  .severity = SEVERITY_HIGH },
	{ "npm", "lodash", "CVE-2019-10744", "4.17.12", .severity = SEVERITY_CRITICAL },
	{ "npm", "minimist", "CVE-2021-44906", "0.2.4" },
	{ "npm", "minimist", "CVE-2021-44906", "1.2.6", .introduced = "1.0.0" },
	{ "npm", "event-stream", "GHSA-mh6f-8j2x-4483", NULL, .introduced = "3.3.6",
	  .last_affected = "3.3.6" },
	{ "npm", "evil", "MAL-2026-1", NULL, .status = STATUS_AFFECTED },
	{ "npm", "odd", "CVE-2026-1001", "1.0.x" },
	{ "npm", "odd", "CVE-2026-1002", "2.0.0" },
	{ "pypi", "Flask_SQLAlchemy", "CVE-2026-1003", "3.0.10" },
	{ "maven", "org.apache.logging.log4j:log4j-core", "CVE-2021-44228", "2.15.0",
	  .introduced = "2.13.0" },
	{ "golang", "stdlib", "CVE-2023-39325", "1.20.10", .introduced = "" },
	{ "golang", "stdlib", "CVE-2023-39325", "1.21.3", .introduced = "1.21.0-0" },
	{ "golang", "github.com/Masterminds/goutils", "CVE-2021-4238", "1.1.1" },
	{ "composer", "Symfony/http-kernel", "CVE-2022-24894", "4.4.50", .introduced = "2.0.0" },
	{ "nuget", "Newtonsoft.Json", "CVE-2024-21907", "13.0.1" },
	{ "gem", "rack", "CVE-2024-25126", "2.2.8.1", .introduced = "0.4" },
	{ "cargo", "time", "CVE-2020-26235", "0.2.23", .introduced = "0.1.0" },
	{ "debian:12", "lodash", "CVE-2000-1", "9" },
};

static const struct os_identity unknown = { .id = NULL };

static void every_ecosystem_is_matched_by_its_own_rules_without_a_system(void **state)
{
	static const struct {
		enum pkg_type type;
		const char *name, *version, *id, *fixed;
	} rows[] = {
		{ PKG_NPM, "lodash", "4.17.20", "CVE-2021-23337", "4.17.21" },
		{ PKG_NPM, "lodash", "4.17.21-rc.1", "CVE-2021-23337", "4.17.21" },
		{ PKG_NPM, "lodash", "4.17.21", NULL, NULL },
		{ PKG_NPM, "Lodash", "4.17.20", NULL, NULL },
		{ PKG_NPM, "minimist", "0.2.3", "CVE-2021-44906", "0.2.4" },
		{ PKG_NPM, "minimist", "0.2.4", NULL, NULL },
		{ PKG_NPM, "minimist", "1.2.5", "CVE-2021-44906", "1.2.6" },
		{ PKG_NPM, "event-stream", "3.3.6", "GHSA-mh6f-8j2x-4483", NULL },
		{ PKG_NPM, "event-stream", "3.3.5", NULL, NULL },
		{ PKG_NPM, "event-stream", "3.3.7", NULL, NULL },
		{ PKG_NPM, "evil", "99.0.0", "MAL-2026-1", NULL },
		{ PKG_PYPI, "flask.sqlalchemy", "3.0", "CVE-2026-1003", "3.0.10" },
		{ PKG_PYPI, "FLASK-sqlAlchemy", "3.0.10", NULL, NULL },
		{ PKG_MAVEN, "org.apache.logging.log4j:log4j-core", "2.14.1", "CVE-2021-44228",
		  "2.15.0" },
		{ PKG_MAVEN, "org.apache.logging.log4j:log4j-core", "2.12.4", NULL, NULL },
		{ PKG_MAVEN, "org.apache.logging.log4j:log4j-core", "2.15.0-rc1", "CVE-2021-44228",
		  "2.15.0" },
		{ PKG_GOLANG, "stdlib", "go1.20.9", "CVE-2023-39325", "1.20.10" },
		{ PKG_GOLANG, "stdlib", "go1.21rc4", "CVE-2023-39325", "1.21.3" },
		{ PKG_GOLANG, "stdlib", "go1.21.3", NULL, NULL },
		{ PKG_GOLANG, "github.com/masterminds/goutils",
		  "v1.1.1-0.20210101000000-000000000000", "CVE-2021-4238", "1.1.1" },
		{ PKG_COMPOSER, "symfony/http-kernel", "v4.4.49", "CVE-2022-24894", "4.4.50" },
		{ PKG_NUGET, "newtonsoft.json", "12.0.3", "CVE-2024-21907", "13.0.1" },
		{ PKG_GEM, "rack", "2.2.8", "CVE-2024-25126", "2.2.8.1" },
		{ PKG_GEM, "rack", "2.2.8.1", NULL, NULL },
		{ PKG_CARGO, "time", "0.1.45", "CVE-2020-26235", "0.2.23" },
		{ PKG_CARGO, "time", "0.2.23", NULL, NULL },
	};
	struct vulndb *db = MAKE_DB(facts);
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct package p = app(rows[i].type, rows[i].name, rows[i].version, "x");
		cleanup_found struct found found;
		match_all(db, i % 2 == 0 ? &unknown : NULL, &p, 1, &found);
		if (found.count != (rows[i].id != NULL))
			fail_msg("%s %s: %zu findings", rows[i].name, rows[i].version, found.count);
		if (found.count == 0)
			continue;
		assert_string_equal(found.findings[0].id, rows[i].id);
		assert_string_equal(found.findings[0].rule, rows[i].id);
		assert_string_equal(found.findings[0].class, "app");
		if (rows[i].fixed == NULL)
			assert_null(found.findings[0].fixed_version);
		else
			assert_string_equal(found.findings[0].fixed_version, rows[i].fixed);
		assert_false(found.stats.no_advisories);
	}
	vulndb_close(db);
}

static void a_finding_says_the_range_and_what_to_change(void **state)
{
	struct vulndb *db = MAKE_DB(facts);
	struct package p = app(PKG_NPM, "lodash", "4.17.20", "app/package-lock.json");
	cleanup_found struct found found;
	(void)state;
	p.line = 17;
	match_all(db, &debian_12, &p, 1, &found);
	assert_int_equal(found.count, 1);
	const struct finding *f = &found.findings[0];
	assert_string_equal(f->reason, "lodash 4.17.20 is in the range >= 0 < 4.17.21");
	assert_string_equal(f->evidence, "lodash 4.17.20 (npm) in app/package-lock.json, line 17");
	assert_string_equal(f->fix, "set lodash to 4.17.21 or newer in app/package-lock.json");
	assert_string_equal(f->advisory.id, "GHSA-35jh-r3h4-6jhm");
	assert_string_equal(f->advisory.url, "https://github.com/advisories/GHSA-35jh-r3h4-6jhm");
	assert_int_equal(f->status, STATUS_FIXED);
	assert_int_equal(f->line, 17);
	vulndb_close(db);
}

static void what_has_no_fix_says_so_and_names_no_version(void **state)
{
	struct vulndb *db = MAKE_DB(facts);
	const struct package p[] = { app(PKG_NPM, "evil", "1.0.0", "a/package-lock.json"),
				     app(PKG_NPM, "event-stream", "3.3.6", "b") };
	cleanup_found struct found found;
	(void)state;
	match_all(db, NULL, p, 2, &found);
	assert_int_equal(found.count, 2);
	assert_null(found.findings[0].fix);
	assert_int_equal(found.findings[0].status, STATUS_AFFECTED);
	assert_true(
		bytes_starts_with(bytes_str(found.findings[0].advice), BYTES_LIT("No fix yet.")));
	assert_string_equal(found.findings[0].reason,
			    "evil 1.0.0 is in the range >= 0, which has no fixed version");
	assert_string_equal(found.findings[1].reason,
			    "event-stream 3.3.6 is in the range >= 3.3.6 <= 3.3.6");
	vulndb_close(db);
}

static void the_fix_names_the_file_that_decides(void **state)
{
	static const struct {
		enum pkg_type type;
		const char *name, *version, *path, *fix;
	} rows[] = {
		{ PKG_NPM, "lodash", "4.17.20",
		  "srv/app/node_modules/a/node_modules/lodash/package.json",
		  "set lodash to 4.17.21 or newer in srv/app/package.json" },
		{ PKG_NPM, "lodash", "4.17.20", "yarn.lock",
		  "set lodash to 4.17.21 or newer in yarn.lock" },
		{ PKG_NPM, "lodash", "4.17.20", "", "set lodash to 4.17.21 or newer" },
		{ PKG_GOLANG, "stdlib", "go1.21.0", "usr/bin/tool",
		  "build usr/bin/tool with Go 1.21.3 or newer" },
		{ PKG_GOLANG, "github.com/Masterminds/goutils", "v1.1.0", "usr/bin/tool",
		  "set github.com/Masterminds/goutils to 1.1.1 or newer and build usr/bin/tool "
		  "again" },
		{ PKG_GOLANG, "github.com/Masterminds/goutils", "v1.1.0", "src/go.mod",
		  "set github.com/Masterminds/goutils to 1.1.1 or newer in src/go.mod" },
		{ PKG_MAVEN, "org.apache.logging.log4j:log4j-core", "2.14.1",
		  "opt/a.war!/WEB-INF/lib/log4j-core-2.14.1.jar",
		  "set org.apache.logging.log4j:log4j-core to 2.15.0 or newer and build opt/a.war "
		  "again" },
		{ PKG_COMPOSER, "symfony/http-kernel", "v4.4.49",
		  "www/vendor/composer/installed.json",
		  "set symfony/http-kernel to 4.4.50 or newer in www/composer.json" },
		{ PKG_PYPI, "Flask-SQLAlchemy", "3.0",
		  "usr/lib/python3/dist-packages/Flask_SQLAlchemy-3.0.dist-info/METADATA",
		  "install Flask-SQLAlchemy 3.0.10 or newer instead of the one in "
		  "usr/lib/python3/dist-packages/Flask_SQLAlchemy-3.0.dist-info/METADATA" },
	};
	struct vulndb *db = MAKE_DB(facts);
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct package p =
			app(rows[i].type, rows[i].name, rows[i].version, rows[i].path);
		cleanup_found struct found found;
		match_all(db, NULL, &p, 1, &found);
		assert_int_equal(found.count, 1);
		assert_string_equal(found.findings[0].fix, rows[i].fix);
	}
	vulndb_close(db);
}

static void an_unreadable_bound_or_version_degrades_its_row_only(void **state)
{
	struct vulndb *db = MAKE_DB(facts);
	const struct package p[] = { app(PKG_NPM, "odd", "1.5.0", "x"),
				     app(PKG_NPM, "lodash", "workspace:*", "x"),
				     app(PKG_NPM, "minimist", "1.2.5", "x") };
	cleanup_found struct found found;
	(void)state;
	match_all(db, NULL, p, 3, &found);
	assert_int_equal(found.count, 2);
	assert_non_null(found_id(&found, "CVE-2026-1002"));
	assert_non_null(found_id(&found, "CVE-2021-44906"));
	assert_int_equal(found.degraded, 2);
	assert_int_equal(found.stats.unparsable, 2);
	assert_string_equal(found.why, "lodash: the package's version \"workspace:*\" is no npm "
				       "version; not compared");
	vulndb_close(db);
}

static void what_was_not_matched_is_counted(void **state)
{
	struct vulndb *db = MAKE_DB(facts);
	const struct package p[] = { app(PKG_NPM, "lodash", "", "x"),
				     app(PKG_HEX, "plug", "1.0.0", "x"),
				     app(PKG_NPM, "lodash", "4.17.21", "x") };
	cleanup_found struct found found;
	(void)state;
	match_all(db, NULL, p, 3, &found);
	assert_int_equal(found.count, 0);
	assert_int_equal(found.stats.unversioned, 1);
	assert_int_equal(found.stats.packages, 1);
	assert_int_equal(found.stats.types_without_advisories, 1u << PKG_HEX);
	assert_false(found.stats.no_advisories);
	vulndb_close(db);
}

static void packages_of_a_system_that_cannot_be_told_are_not_matched(void **state)
{
	struct vulndb *db = MAKE_DB(facts);
	const struct package p[] = { deb("lodash", "1", NULL, NULL),
				     app(PKG_NPM, "lodash", "4.17.20", "x") };
	cleanup_found struct found found, both;
	(void)state;
	match_all(db, NULL, p, 2, &found);
	assert_int_equal(found.count, 1);
	assert_true(found.stats.no_advisories);
	match_all(db, &debian_12, p, 2, &both);
	assert_int_equal(both.count, 2);
	assert_string_equal(both.findings[0].class, "os");
	assert_string_equal(both.findings[1].class, "app");
	vulndb_close(db);
}

static void a_development_dependency_is_less_urgent(void **state)
{
	struct vulndb *db = MAKE_DB(facts);
	struct package p[] = { app(PKG_NPM, "lodash", "4.17.11", "x"),
			       app(PKG_NPM, "lodash", "4.17.11", "y") };
	cleanup_found struct found found;
	(void)state;
	p[1].dev = true;
	match_all(db, NULL, p, 2, &found);
	assert_int_equal(found.count, 4);
	assert_int_equal(found.findings[0].priority, PRIORITY_ASAP);
	assert_int_equal(found.findings[2].priority, PRIORITY_LATER);
	assert_true(vuln_package_unexposed(&p[1]));
	assert_string_equal(found.findings[2].evidence,
			    "lodash 4.17.11 (npm, for development only) in y");
	vulndb_close(db);
}

static void names_of_system_packages_mean_nothing_for_applications(void **state)
{
	const struct package p[] = { app(PKG_NPM, "foo-dev", "1", "x"),
				     app(PKG_NPM, "linux-libc-dev", "1", "x"),
				     app(PKG_NPM, "apk-tools", "1", "x") };
	(void)state;
	assert_false(vuln_package_unexposed(&p[0]));
	assert_false(vuln_package_kernel_headers(&p[1]));
	assert_string_equal(vuln_package_tool(&debian_12, p, 3), "");
}

static void two_copies_have_two_fingerprints_that_outlive_an_update(void **state)
{
	static const char *const paths[] = { "a/yarn.lock", "b/yarn.lock", "lib/lodash-4.17.11.x",
					     "lib/lodash-4.17.12.x" };
	static const char *const versions[] = { "4.17.11", "4.17.11", "4.17.11", "4.17.12" };
	struct vulndb *db = MAKE_DB(facts);
	char prints[4][65];
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct package p = app(PKG_NPM, "lodash", versions[i], paths[i]);
		cleanup_found struct found found;
		match_all(db, NULL, &p, 1, &found);
		memcpy(prints[i], found_id(&found, "CVE-2021-23337")->fingerprint, 65);
	}
	assert_string_not_equal(prints[0], prints[1]);
	assert_string_equal(prints[2], prints[3]);
	vulndb_close(db);
}

/* --- one vulnerability, several names ------------------------------------------------- */

static struct vulndb *db_of_aliases(bool backwards)
{
	static const struct row rows[] = {
		{ "pypi", "jinja2", "GHSA-h5c8-rqwp-cp95", "3.1.3", .severity = SEVERITY_MEDIUM },
		{ "pypi", "jinja2", "PYSEC-2024-1", "3.1.3" },
		{ "pypi", "jinja2", "CVE-2024-22195", "3.1.3" },
		{ "cargo", "rust-x", "RUSTSEC-2024-1", "1.0.0" },
		{ "cargo", "rust-x", "GHSA-aaaa-bbbb-cccc", "1.0.0" },
		{ "npm", "bundle", "GHSA-9999-9999-9999", "2.0.0" },
	};
	static const struct {
		const char *id, *alias;
	} aliases[] = {
		{ "CVE-2024-22195", "GHSA-h5c8-rqwp-cp95" },
		{ "PYSEC-2024-1", "GHSA-h5c8-rqwp-cp95" },
		{ "RUSTSEC-2024-1", "GHSA-aaaa-bbbb-cccc" },
		{ "CVE-2024-1001", "GHSA-9999-9999-9999" },
		{ "CVE-2024-1002", "GHSA-9999-9999-9999" },
	};
	const size_t n = sizeof rows / sizeof *rows, m = sizeof aliases / sizeof *aliases;
	struct vulndb_builder *b = vulndb_builder_new();
	struct vuln_fact_sink s = vulndb_builder_sink(b);
	sink_source(&s, "osv", "2026-11-20");
	for (size_t i = 0; i < n; i++)
		sink_rows(&s, &rows[backwards ? n - 1 - i : i], 1);
	for (size_t i = 0; i < m; i++)
		sink_detail(&s,
			    (struct vuln_detail){
				    .id = bytes_str(aliases[backwards ? m - 1 - i : i].id),
				    .alias = bytes_str(aliases[backwards ? m - 1 - i : i].alias),
				    NO_DETAIL });
	sink_detail(&s, (struct vuln_detail){ .id = BYTES_LIT("PYSEC-2024-1"),
					      .cvss_score = 5.4,
					      .cvss_vector = BYTES_LIT("CVSS:3.1/AV:N"),
					      .epss = -1.0,
					      .epss_percentile = -1.0 });
	struct vulndb *db = write_and_open(b);
	vulndb_builder_free(b);
	return db;
}

static void ids_that_are_aliases_are_one_finding(void **state)
{
	const struct package p[] = { app(PKG_PYPI, "Jinja2", "3.1.2", "x"),
				     app(PKG_CARGO, "rust-x", "0.9.0", "x"),
				     app(PKG_NPM, "bundle", "1.0.0", "x") };
	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		struct vulndb *db = db_of_aliases(backwards == 1);
		cleanup_found struct found found;
		match_all(db, NULL, p, 3, &found);
		assert_int_equal(found.count, 3);
		const struct finding *f = &found.findings[0];
		assert_string_equal(f->id, "CVE-2024-22195");
		assert_int_equal(f->alias_count, 2);
		assert_string_equal(f->aliases[0], "GHSA-h5c8-rqwp-cp95");
		assert_string_equal(f->aliases[1], "PYSEC-2024-1");
		assert_true(f->cvss_score > 5.3 && f->cvss_score < 5.5);
		assert_int_equal(f->severity, SEVERITY_MEDIUM);
		assert_string_equal(found.findings[1].id, "GHSA-aaaa-bbbb-cccc");
		assert_string_equal(found.findings[1].aliases[0], "RUSTSEC-2024-1");
		assert_string_equal(found.findings[2].id, "GHSA-9999-9999-9999");
		vulndb_close(db);
	}
}

static void a_name_has_one_spelling(void **state)
{
	static const struct {
		enum pkg_type type;
		const char *name, *same;
	} rows[] = {
		{ PKG_PYPI, "Foo__bar.-Baz", "foo-bar-baz" },
		{ PKG_PYPI, "-x-", "-x-" },
		{ PKG_NPM, "@Scope/Name_X", "@Scope/Name_X" },
		{ PKG_COMPOSER, "Vendor/Name", "vendor/name" },
		{ PKG_NUGET, "A.B", "a.b" },
		{ PKG_GOLANG, "github.com/A/b", "github.com/a/b" },
		{ PKG_MAVEN, "G:A_b", "G:A_b" },
	};
	char room[VULN_NAME_ROOM], longer[VULN_NAME_ROOM + 2];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bytes n = vuln_package_name(rows[i].type, bytes_str(rows[i].name), room);
		assert_true(bytes_equal(n, bytes_str(rows[i].same)));
	}
	memset(longer, 'A', sizeof longer);
	struct bytes n = vuln_package_name(PKG_PYPI, bytes_of(longer, sizeof longer), room);
	assert_ptr_equal(n.p, longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_ecosystem_is_matched_by_its_own_rules_without_a_system),
		cmocka_unit_test(a_finding_says_the_range_and_what_to_change),
		cmocka_unit_test(what_has_no_fix_says_so_and_names_no_version),
		cmocka_unit_test(the_fix_names_the_file_that_decides),
		cmocka_unit_test(an_unreadable_bound_or_version_degrades_its_row_only),
		cmocka_unit_test(what_was_not_matched_is_counted),
		cmocka_unit_test(packages_of_a_system_that_cannot_be_told_are_not_matched),
		cmocka_unit_test(a_development_dependency_is_less_urgent),
		cmocka_unit_test(names_of_system_packages_mean_nothing_for_applications),
		cmocka_unit_test(two_copies_have_two_fingerprints_that_outlive_an_update),
		cmocka_unit_test(ids_that_are_aliases_are_one_finding),
		cmocka_unit_test(a_name_has_one_spelling),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
