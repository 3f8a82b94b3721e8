/* The schemes of application packages: what their specifications and reference
 * implementations say, row by row. test/oracle/vercmp_peer.py asks the reference
 * implementations themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "vercmp/vercmp.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct row {
	const char *a;
	char sign; /* '<', '=', '>', or '?' when the pair is refused */
	const char *b;
};

static char sign_of(int order)
{
	return order < 0 ? '<' : order > 0 ? '>' : '=';
}

/* Also as a version that was prepared, which must give the same. */
static char compare(enum vercmp_scheme scheme, const char *a, const char *b)
{
	struct vercmp_prepared p;
	int order = 0, with = 0;
	bool answered = vercmp(scheme, bytes_str(a), bytes_str(b), &order);
	if (vercmp_prepare(scheme, bytes_str(a), &p)) {
		assert_int_equal(vercmp_with(&p, bytes_str(b), &with), answered);
		assert_int_equal(sign_of(with), sign_of(order));
	}
	return answered ? sign_of(order) : '?';
}

static char mirrored(char sign)
{
	return sign == '<' ? '>' : sign == '>' ? '<' : sign;
}

static void check_rows(enum vercmp_scheme scheme, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char forth = compare(scheme, rows[i].a, rows[i].b);
		char back = compare(scheme, rows[i].b, rows[i].a);
		if (forth != rows[i].sign || back != mirrored(rows[i].sign))
			fail_msg("%s: %s %c %s, but got %c (and %c the other way)",
				 vercmp_scheme_name(scheme), rows[i].a, rows[i].sign, rows[i].b,
				 forth, back);
	}
}

static void check_refused(enum vercmp_scheme scheme, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (vercmp_valid(scheme, bytes_str(texts[i])) ||
		    compare(scheme, texts[i], texts[i]) != '?')
			fail_msg("%s passes as a version of %s", texts[i],
				 vercmp_scheme_name(scheme));
	}
}

/* semver.org, clause 11 */
static const struct row semver_rows[] = {
	{ "1.0.0", '<', "2.0.0" },
	{ "2.0.0", '<', "2.1.0" },
	{ "2.1.0", '<', "2.1.1" },
	{ "1.9.0", '<', "1.10.0" },
	{ "1.0.0-alpha", '<', "1.0.0-alpha.1" },
	{ "1.0.0-alpha.1", '<', "1.0.0-alpha.beta" },
	{ "1.0.0-alpha.beta", '<', "1.0.0-beta" },
	{ "1.0.0-beta", '<', "1.0.0-beta.2" },
	{ "1.0.0-beta.2", '<', "1.0.0-beta.11" },
	{ "1.0.0-beta.11", '<', "1.0.0-rc.1" },
	{ "1.0.0-rc.1", '<', "1.0.0" },
	{ "1.0.0-0.3.7", '<', "1.0.0-x.7.z.92" },
	{ "1.0.0-rc.99999999999999999999998", '<', "1.0.0-rc.99999999999999999999999" },
};

static void the_precedence_of_semver_holds_where_semver_is_the_rule(void **state)
{
	static const enum vercmp_scheme schemes[] = { VERCMP_NPM,   VERCMP_NUGET,  VERCMP_GO,
						      VERCMP_CARGO, VERCMP_SEMVER, VERCMP_PUB };
	(void)state;
	for (size_t i = 0; i < COUNT(schemes); i++)
		check_rows(schemes[i], semver_rows, COUNT(semver_rows));
}

static void build_metadata_counts_for_pub_only(void **state)
{
	static const enum vercmp_scheme schemes[] = { VERCMP_NPM, VERCMP_NUGET, VERCMP_GO,
						      VERCMP_CARGO, VERCMP_SEMVER };
	static const struct row equal[] = { { "1.0.0+20130313144700", '=', "1.0.0" },
					    { "1.0.0-beta+exp.sha.5114f85", '=', "1.0.0-beta" } };
	static const struct row counts[] = { { "1.0.0", '<', "1.0.0+1" },
					     { "1.0.0+2", '<', "1.0.0+10" },
					     { "1.0.0+10", '<', "1.0.0+a" },
					     { "1.0.0+1", '<', "1.0.1-0" } };
	(void)state;
	for (size_t i = 0; i < COUNT(schemes); i++)
		check_rows(schemes[i], equal, COUNT(equal));
	check_rows(VERCMP_PUB, counts, COUNT(counts));
}

static void npm_versions_are_read_loosely(void **state)
{
	static const struct row rows[] = {
		{ "v1.2.3", '=', "1.2.3" },
		{ "=1.2.3", '=', "1.2.3" },
		{ " = v1.2.3 ", '=', "1.2.3" },
		{ "01.002.3", '=', "1.2.3" },
		{ "1.2.3beta", '=', "1.2.3-beta" },
		{ "1.2.3-01", '=', "1.2.3-1" },
		{ "1.2.3--", '=', "1.2.3-" },
		{ "4.17.20", '<', "4.17.21" },
		{ "2", '=', "2.0.0" },
		{ "1.2", '<', "1.2.1" },
		{ "3.0.0-rc.1", '>', "2.99.0" },
		{ "0.0.1-security", '<', "0.0.1" },
	};
	static const char *const refused[] = { "",        "x",          "1.2.3.4", "1.2.33.4",
					       "latest",  "1.2.",       "1.2.3-.", "1.2.3+",
					       "1.2.3 4", "^1.2.3",     "1.x",     "1..2",
					       "-1.2.3",  "1.2.3-a..b", "1.2.3_4", "V1.2.3",
					       "1.2-beta" };
	(void)state;
	check_rows(VERCMP_NPM, rows, COUNT(rows));
	check_refused(VERCMP_NPM, refused, COUNT(refused));
}

/* PEP 440, "Summary of permitted suffixes and relative ordering" and appendix B */
static void python_versions_follow_pep_440(void **state)
{
	static const struct row rows[] = {
		{ "1.dev0", '<', "1.0.dev456" },
		{ "1.0.dev456", '<', "1.0a1" },
		{ "1.0a1", '<', "1.0a2.dev456" },
		{ "1.0a2.dev456", '<', "1.0a12.dev456" },
		{ "1.0a12.dev456", '<', "1.0a12" },
		{ "1.0a12", '<', "1.0b1.dev456" },
		{ "1.0b1.dev456", '<', "1.0b2" },
		{ "1.0b2", '<', "1.0b2.post345.dev456" },
		{ "1.0b2.post345.dev456", '<', "1.0b2.post345" },
		{ "1.0b2.post345", '<', "1.0rc1.dev456" },
		{ "1.0rc1.dev456", '<', "1.0rc1" },
		{ "1.0rc1", '<', "1.0" },
		{ "1.0", '<', "1.0+abc.5" },
		{ "1.0+abc.5", '<', "1.0+abc.7" },
		{ "1.0+abc.7", '<', "1.0+5" },
		{ "1.0+5", '<', "1.0.post456.dev34" },
		{ "1.0.post456.dev34", '<', "1.0.post456" },
		{ "1.0.post456", '<', "1.0.15" },
		{ "1.0.15", '<', "1.1.dev1" },
		{ "1!0.1", '>', "2024.1" },
		{ "3.0", '=', "3.0.0" },
		{ "3.0", '<', "3.0.10" },
		{ "v1.0-ALPHA.1", '=', "1.0a1" },
		{ "1.0_c2", '=', "1.0rc2" },
		{ "1.0-preview", '=', "1.0rc0" },
		{ "1.0-3", '=', "1.0.post3" },
		{ "1.0.rev3", '=', "1.0-r3" },
		{ "1.0a.", '=', "1.0a0" },
		{ " 1.0\n", '=', "1.0" },
		{ "1.0+A_b-C", '=', "1.0+a.b.c" },
		{ "2024.99999999999999999999999", '<', "2024.100000000000000000000000" },
	};
	static const char *const refused[] = { "",         "1.0-x", "1.0+",  "1.0++a",
					       "1.0+a..b", "1..0",  "!1.0",  "french toast",
					       "1.0a1b1",  "1.0.",  "1.0 1", "1.0.dev1.post1",
					       "2004d",    "1!" };
	(void)state;
	check_rows(VERCMP_PYPI, rows, COUNT(rows));
	check_refused(VERCMP_PYPI, refused, COUNT(refused));
}

/* maven.apache.org, "POM Reference", Version Order Specification */
static void maven_versions_follow_its_order(void **state)
{
	static const struct row rows[] = {
		{ "1", '=', "1.0" },
		{ "1", '=', "1-ga" },
		{ "1.0.0", '=', "1.0-FINAL" },
		{ "1.ga.1", '<', "1.1" },
		{ "1-1.foo-bar1baz-.1", '=', "1-1.foo-bar-1-baz-0.1" },
		{ "1-snapshot", '<', "1" },
		{ "1-alpha-1", '<', "1-beta-1" },
		{ "1.0-m1", '=', "1.0-milestone-1" },
		{ "1.0-cr1", '=', "1.0-rc1" },
		{ "1.0-rc1", '<', "1.0-SNAPSHOT" },
		{ "1-sp", '>', "1" },
		{ "1-sp", '<', "1-foo" },
		{ "1-foo2", '<', "1-foo10" },
		{ "1-1", '<', "1.1" },
		{ "1.foo", '=', "1-foo" },
		{ "1-foo", '<', "1-1" },
		{ "1a1", '=', "1-alpha-1" },
		{ "9.0.0.M1", '<', "9.0.0" },
		{ "5.3.18.RELEASE", '=', "5.3.18" },
		{ "12.2.0.jre8", '<', "12.2.0.jre11" },
		{ "31.1-jre", '>', "31.1" },
		{ "31.1-android", '<', "31.1-jre" },
		{ "2.14.1", '<', "2.15.0" },
		{ "1087.v16065d268466", '<', "1088.v0a1b2c3d4e5f" },
		{ "1.0.RC1", '<', "1.0" },
		{ "2.0.0.Final", '=', "2.0.0" },
		{ "r09", '>', "r08" },
		{ "1-0.1", '>', "1" },
		{ "1.0.0.1", '>', "1.0" },
		{ "1.99999999999999999999999", '<', "1.100000000000000000000000" },
		{ "20030203.000129", '>', "1.2" },
	};
	static const char *const refused[] = { "",    "1.0 1", "${project.version}", "[1.0,2.0)",
					       "1,2", "1.0\n", "1.0\xc3\xa4" };
	(void)state;
	check_rows(VERCMP_MAVEN, rows, COUNT(rows));
	check_refused(VERCMP_MAVEN, refused, COUNT(refused));
}

static void gem_versions_follow_gem_version(void **state)
{
	static const struct row rows[] = {
		{ "1.0", '=', "1" },
		{ "1.0.0.a", '=', "1.a" },
		{ "1.0.a.0", '=', "1.a" },
		{ "1.0.a10", '>', "1.0.a9" },
		{ "1.8.2.a", '<', "1.8.2" },
		{ "1.8.2.b", '>', "1.8.2.a" },
		{ "1.8.2.a.9", '<', "1.8.2.a.10" },
		{ "0.beta.1", '<', "0.0.beta.2" },
		{ "1-1", '=', "1.pre.1" },
		{ "1.0-alpha", '<', "1.0" },
		{ "7.0.0.rc1", '<', "7.0.0" },
		{ "2.2.1.0", '=', "2.2.1" },
		{ "5.6.4", '>', "5.6.4.pre" },
		{ "1.0.0.0.1", '>', "1" },
		{ "1.A", '<', "1.a" },
	};
	static const char *const refused[] = { "",     "a",     "1.",    "1..2", "1a",
					       "1.0-", "1.0_1", "1.2 3", "v1",   "1.0+1" };
	(void)state;
	check_rows(VERCMP_GEM, rows, COUNT(rows));
	check_refused(VERCMP_GEM, refused, COUNT(refused));
}

static void composer_versions_are_normalised_first(void **state)
{
	static const struct row rows[] = {
		{ "v1.2", '=', "1.2.0.0" },          { "1.0.0-alpha2", '<', "1.0.0-beta1" },
		{ "1.0.0b1", '<', "1.0.0RC1" },      { "1.0.0-RC1", '<', "1.0.0" },
		{ "1.0.0", '<', "1.0.0-p1" },        { "1.0.0-pl2", '=', "1.0.0-patch2" },
		{ "1.0.0-dev", '<', "1.0.0-alpha" }, { "1.0.0-beta1-dev", '<', "1.0.0-beta1" },
		{ "1.0.0-stable", '=', "1.0.0" },    { "1.0@dev", '=', "1.0.0" },
		{ "1.0.0+build.1", '=', "1.0.0" },   { "2.x-dev", '>', "2.9999.1" },
		{ "2.1.x-dev", '<', "2.x-dev" },     { "2.3.*-dev", '=', "2.3.x-dev" },
		{ "20240101", '>', "1.0.0" },        { "2024.01.02", '<', "2024.1.3" },
		{ "2010-01-02", '<', "2010-01-03" }, { "4.4.49", '<', "4.4.50" },
		{ "6.0.0-BETA3", '<', "6.0.0" },
	};
	static const char *const refused[] = { "",       "dev-main",  "master",  "1.0.0-foo",
					       "a.b",    "1.2.3.4.5", "1 - 2",   "^1.0",
					       "2012-1", "1.x",       "dev-1.0", "1.0+" };
	(void)state;
	check_rows(VERCMP_COMPOSER, rows, COUNT(rows));
	check_refused(VERCMP_COMPOSER, refused, COUNT(refused));
}

/* learn.microsoft.com/nuget, "Package versioning" */
static void nuget_versions_have_four_numbers_and_no_case(void **state)
{
	static const struct row rows[] = {
		{ "1.0.0.0", '=', "1.0.0" },
		{ "1", '=', "1.0" },
		{ "1.0.01.0", '=', "1.0.1" },
		{ "1.0.0.1", '>', "1.0.0" },
		{ "1.0.1-Alpha", '=', "1.0.1-alpha" },
		{ "1.0.1-ALPHA.2", '<', "1.0.1-beta" },
		{ "1.0.1-zzz", '>', "1.0.1-rc.10" },
		{ "1.0.1-rc.2", '<', "1.0.1-rc.10" },
		{ "1.0-rc1", '<', "1.0" },
		{ "13.0.1", '<', "13.0.2" },
		{ " 1.0.0 ", '=', "1.0.0" },
	};
	static const char *const refused[] = { "",           "1.0.0.0.0",  "v1.0", "1.0.0-",
					       "1.0.*",      "1.0.0-a..b", "a",    "1.",
					       "$(Version)", "[1.0]" };
	(void)state;
	check_rows(VERCMP_NUGET, rows, COUNT(rows));
	check_refused(VERCMP_NUGET, refused, COUNT(refused));
}

static void go_versions_are_semver_with_a_v_and_releases_of_go(void **state)
{
	static const struct row rows[] = {
		{ "v1.2.3", '=', "1.2.3" },
		{ "v1", '=', "v1.0.0" },
		{ "v0.0.0-20191109021931-daa7c04131f5", '<', "v0.0.0-20210101000000-000000000000" },
		{ "v0.0.0-20991109021931-daa7c04131f5", '<', "v0.0.1" },
		{ "v1.2.4-0.20191109021931-daa7c04131f5", '>', "v1.2.3" },
		{ "v2.0.0+incompatible", '=', "v2.0.0" },
		{ "v1.2.3+dirty", '=', "v1.2.3" },
		{ "go1.21.3", '=', "1.21.3" },
		{ "go1.24", '=', "1.24.0" },
		{ "go1.21rc2", '=', "1.21.0-rc.2" },
		{ "go1.21rc2", '<', "go1.21rc10" },
		{ "1.21rc2", '=', "go1.21rc2" },
		{ "1.22beta1", '<', "1.22.0" },
		{ "go1.21beta1", '<', "go1.21rc1" },
		{ "go1.21rc1", '>', "1.21.0-0" },
		{ "go1.21rc4", '<', "go1.21.0" },
		{ "go1.19.8-fips", '=', "1.19.8" },
		{ "go1.20.3 X:boringcrypto", '=', "1.20.3" },
	};
	static const char *const refused[] = { "",
					       "(devel)",
					       "vv1.0.0",
					       "v01.0.0",
					       "v1.0.0-01",
					       "v1.2-pre",
					       "devel go1.22-9c5b33a",
					       "go",
					       "go1.21foo1",
					       "go1.21rc",
					       "1.21foo1",
					       "1.21rc",
					       "v1.21rc2",
					       "v1.2.3.4",
					       "v1.0.0-",
					       "latest" };
	(void)state;
	check_rows(VERCMP_GO, rows, COUNT(rows));
	check_refused(VERCMP_GO, refused, COUNT(refused));
}

static void cargo_takes_semver_to_the_letter(void **state)
{
	static const char *const refused[] = { "",         "1",        "1.2",    "v1.2.3",
					       "01.2.3",   "1.2.3-01", "1.2.3-", "1.2.3+",
					       "1.2.3.4",  "=1.2.3",   " 1.2.3", "1.2.3-a..b",
					       "1.2.3-a_b" };
	static const struct row rows[] = { { "1.2.3-0a", '>', "1.2.3-99" },
					   { "0.8.5", '<', "0.8.10" } };
	(void)state;
	check_rows(VERCMP_CARGO, rows, COUNT(rows));
	check_refused(VERCMP_CARGO, refused, COUNT(refused));
}

static void r_versions_are_numbers_between_dots_and_hyphens(void **state)
{
	static const struct row rows[] = { { "1.2-3", '=', "1.2.3" },
					   { "1.0", '<', "1.0.0" },
					   { "0.9-10", '>', "0.9-2" },
					   { "4.01", '=', "4.1" } };
	static const char *const refused[] = { "", "1", "1.", "1..2", "1.a", "1.0 ", "1.0_1" };
	(void)state;
	check_rows(VERCMP_CRAN, rows, COUNT(rows));
	check_refused(VERCMP_CRAN, refused, COUNT(refused));
}

static void products_are_compared_as_their_makers_count(void **state)
{
	static const struct row rows[] = {
		{ "1.25.3", '>', "1.9.15" },
		{ "7.2.4", '<', "7.2.10" },
		{ "7.0", '=', "7.0.0" },
		{ "v18.17.1", '=', "18.17.1" },
		{ "1.1.1w", '>', "1.1.1" },
		{ "1.1.1b", '>', "1.1.1a" },
		{ "1.0.2zk", '>', "1.0.2u" },
		{ "1.1.1w", '<', "3.0.11" },
		{ "1.0.2k-fips", '>', "1.0.2k" },
		{ "3.0.0-alpha1", '<', "3.0.0" },
		{ "8u392", '<', "8u392-b08" },
		{ "8u392-b08", '<', "8u402" },
		{ "1.8.0_392-b08", '=', "8u392-b08" },
		{ "1.8.0_9", '<', "8u20" },
		{ "8u392", '<', "11.0.21" },
		{ "17.0.9+9", '>', "17.0.9" },
		{ "17.0.9+9", '<', "17.0.10+7" },
		{ "17.0.9+9-LTS", '=', "17.0.9+9" },
		{ "22-ea+36", '<', "22" },
		{ "9.0.84", '<', "9.0.100" },
		{ "9.0.0.M1", '<', "9.0.0" },
		{ "10.1.0-M14", '<', "10.1.0-M20" },
		{ "8.0.35", '<', "8.0.36" },
		{ "8.0.35-27", '>', "8.0.35" },
		{ "10.11.6-MariaDB", '>', "10.11.6" },
		{ "10.11.6-MariaDB", '<', "10.11.7" },
		{ "3.12.0a1", '<', "3.12.0b1" },
		{ "3.12.0rc1", '<', "3.12.0" },
		{ "9.3p1", '>', "9.3" },
		{ "8.3.0RC6", '<', "8.3.0" },
		{ "5.0.0.Final", '=', "5.0.0" },
		{ "2.0-SNAPSHOT", '<', "2.0-alpha" },
	};
	static const char *const refused[] = { "", "unknown", "a1", ".1", "1 2", "1.0\x01", "-1" };
	(void)state;
	check_rows(VERCMP_GENERIC, rows, COUNT(rows));
	check_refused(VERCMP_GENERIC, refused, COUNT(refused));
}

/* Runs that a careless reader would look through again and again. Counted is time
 * of the processor: others may be using it. */
static void long_runs_take_linear_time(void **state)
{
	enum { SIZE = 1 << 17 };
	static const char *const units[] = { "0.", "0-", "1-", "a1", "a.", "0", "-", "1!", "a-" };
	cleanup_free char *text = malloc(SIZE + 3);
	(void)state;
	assert_non_null(text);
	clock_t start = clock();
	for (size_t u = 0; u < COUNT(units); u++) {
		text[0] = '1';
		text[1] = '.';
		for (size_t i = 2; i < SIZE; i++)
			text[i] = units[u][i % strlen(units[u])];
		text[SIZE] = '1';
		for (int s = 0; s < VERCMP_SCHEMES; s++) {
			int order = 0;
			struct bytes v = bytes_of(text, SIZE + 1);
			if (vercmp((enum vercmp_scheme)s, v, v, &order))
				assert_int_equal(order, 0);
		}
	}
	assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_precedence_of_semver_holds_where_semver_is_the_rule),
		cmocka_unit_test(build_metadata_counts_for_pub_only),
		cmocka_unit_test(npm_versions_are_read_loosely),
		cmocka_unit_test(python_versions_follow_pep_440),
		cmocka_unit_test(maven_versions_follow_its_order),
		cmocka_unit_test(gem_versions_follow_gem_version),
		cmocka_unit_test(composer_versions_are_normalised_first),
		cmocka_unit_test(nuget_versions_have_four_numbers_and_no_case),
		cmocka_unit_test(go_versions_are_semver_with_a_v_and_releases_of_go),
		cmocka_unit_test(cargo_takes_semver_to_the_letter),
		cmocka_unit_test(r_versions_are_numbers_between_dots_and_hyphens),
		cmocka_unit_test(products_are_compared_as_their_makers_count),
		cmocka_unit_test(long_runs_take_linear_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
