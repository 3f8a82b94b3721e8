/* The schemes of distributions against their own tools' tables (test/data/vercmp), and
 * the corners that the tables leave out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <time.h>

#include "vercmp/vercmp.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char sign_of(int order)
{
	return order < 0 ? '<' : order > 0 ? '>' : '=';
}

static char mirrored(char sign)
{
	return sign == '<' ? '>' : sign == '>' ? '<' : '=';
}

/* '?' when it is refused. Also as a version that was prepared, which must give the
 * same. */
static char compare(enum vercmp_scheme scheme, struct bytes a, struct bytes b)
{
	struct vercmp_prepared p;
	int order = 0, with = 0;
	bool answered = vercmp(scheme, a, b, &order);
	assert_int_equal(vercmp_prepare(scheme, a, &p), vercmp_valid(scheme, a));
	if (vercmp_valid(scheme, a)) {
		assert_int_equal(vercmp_with(&p, b, &with), answered);
		assert_int_equal(sign_of(with), sign_of(order));
	}
	return answered ? sign_of(order) : '?';
}

static void expect(enum vercmp_scheme scheme, struct bytes a, char sign, struct bytes b)
{
	char forth = compare(scheme, a, b), back = compare(scheme, b, a);
	if (forth != sign || back != (sign == '?' ? '?' : mirrored(sign)))
		fail_msg("%s: %.*s %c %.*s, but got %c (and %c the other way)",
			 vercmp_scheme_name(scheme), (int)a.n, (const char *)a.p, sign, (int)b.n,
			 (const char *)b.p, forth, back);
}

/* Reads test/data/vercmp/NAME.tsv: a TAB sign TAB b. Returns the rows. */
static size_t check_table(enum vercmp_scheme scheme)
{
	struct error err = { 0 };
	cleanup_buf struct buf path = buf_max(LIMIT_PATH_BYTES);
	cleanup_buf struct buf text = buf_max(MIB);
	struct bytes rest, line, a, sign;
	size_t rows = 0;

	assert_non_null(getenv("CORTEN_TEST_DATA"));
	assert_int_equal(buf_printf(&path, &err, "%s/vercmp/%s.tsv", getenv("CORTEN_TEST_DATA"),
				    vercmp_scheme_name(scheme)),
			 0);
	cleanup_close int fd = fd_open_read(AT_FDCWD, buf_cstr(&path, &err), &err);
	assert_true(fd >= 0);
	assert_int_equal(fd_read_all(fd, &text, &err), 0);
	rest = buf_view(&text);
	while (bytes_next_field(&rest, '\n', &line)) {
		if (line.n == 0 || line.p[0] == '#')
			continue;
		assert_true(bytes_next_field(&line, '\t', &a));
		assert_true(bytes_next_field(&line, '\t', &sign));
		assert_int_equal(sign.n, 1);
		expect(scheme, a, (char)sign.p[0], line);
		rows++;
	}
	return rows;
}

static void the_table_of_dpkg_holds(void **state)
{
	(void)state;
	assert_true(check_table(VERCMP_DPKG) >= 50);
}

static void the_table_of_rpm_holds(void **state)
{
	(void)state;
	assert_true(check_table(VERCMP_RPM) >= 90);
}

static void the_table_of_apk_holds(void **state)
{
	(void)state;
	assert_true(check_table(VERCMP_APK) >= 700);
}

struct row {
	const char *a;
	char sign;
	const char *b;
};

static void check_rows(enum vercmp_scheme scheme, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		expect(scheme, bytes_str(rows[i].a), rows[i].sign, bytes_str(rows[i].b));
}

static void an_epoch_is_a_number_and_counts_first(void **state)
{
	static const struct row deb[] = {
		{ "2:9.0", '>', "8.3" },     { "10:1", '>', "9:1" },
		{ "0:1.0-1", '=', "1.0-1" }, { "01:1", '=', "1:1" },
		{ "1:1", '<', "2:0" },       { "2147483647:1", '>', "2147483646:1" },
	};
	static const struct row rpm[] = {
		{ "2:9.0-1", '>', "8.3-1" },
		{ "10:1-1", '>', "9:1-1" },
		{ "0:1.0-1", '=', "1.0-1" },
		{ ":1.0-1", '=', "1.0-1" },
		{ "99999999999999999999999:1-1", '>', "99999999999999999999998:9-1" },
	};
	(void)state;
	check_rows(VERCMP_DPKG, deb, COUNT(deb));
	check_rows(VERCMP_RPM, rpm, COUNT(rpm));
}

/* A backport X~debNu1 sorts below X: the release's own fixed version must be
 * used, never unstable's. */
static void a_debian_backport_sorts_below_its_origin(void **state)
{
	static const struct row rows[] = {
		{ "2.9.14+dfsg-1.3~deb12u6", '<', "2.9.14+dfsg-1.3" },
		{ "2.9.14+dfsg-1.3~deb12u5", '<', "2.9.14+dfsg-1.3~deb12u6" },
		{ "5.2.15-2+b13", '>', "5.2.15-2" },
		{ "1:9.18.28-1~deb12u2", '<', "1:9.18.33-1~deb12u2" },
		{ "1.0.2g-1ubuntu4.20+esm3", '>', "1.0.2g-1ubuntu4.20" },
		{ "1.0-1ubuntu0.1~esm2", '<', "1.0-1ubuntu0.1" },
	};
	(void)state;
	check_rows(VERCMP_DPKG, rows, COUNT(rows));
}

static void what_dpkg_warns_of_is_compared_and_what_it_refuses_is_not(void **state)
{
	static const struct row rows[] = {
		{ "v1.2.3", '<', "v1.2.4" },
		{ "abc3-0", '<', "abc4-0" },
		{ "1.0_2", '>', "1.0" },
		{ "1.0/1", '>', "1.0+1" },
		{ "", '?', "1" },
		{ ":1.0", '?', "1.0" },
		{ "1:", '?', "1" },
		{ "1.0-", '?', "1.0" },
		{ "-0", '?', "0" },
		{ "0:-0", '?', "0" },
		{ "a:1", '?', "1" },
		{ "-1:1", '?', "1" },
		{ "+1:1", '?', "1" },
		{ "2147483648:1", '?', "1" },
		{ "1 0", '?', "1" },
		{ "1.0\n", '?', "1.0" },
		{ "1.0\x7f", '?', "1.0" },
		{ "1.0\xc3\xa4", '?', "1.0" },
	};
	(void)state;
	check_rows(VERCMP_DPKG, rows, COUNT(rows));
}

static void rpm_operators_sort_around_the_end(void **state)
{
	static const struct row rows[] = {
		{ "1.0~rc1-1", '<', "1.0-1" },
		{ "1.0^git1-1", '>', "1.0-1" },
		{ "1.0^git1-1", '<', "1.0.1-1" },
		{ "1.0~rc1^git1-1", '>', "1.0~rc1-1" },
		{ "1.0^git1~pre-1", '<', "1.0^git1-1" },
		{ "1.0~^1-1", '<', "1.0-1" },
		{ "1.0~~-1", '<', "1.0~-1" },
		{ "1.0^^-1", '>', "1.0^-1" },
	};
	(void)state;
	check_rows(VERCMP_RPM, rows, COUNT(rows));
}

static void a_label_without_release_is_older_than_the_same_with_one(void **state)
{
	static const struct row rows[] = {
		{ "1.0", '<', "1.0-0" },
		{ "1.0", '=', "0:1.0" },
		{ "1.0-1.el8_9", '>', "1.0-1.el8" },
		{ "1.0-2.el7", '<', "1.0-10.el7" },
		{ "a-b-c-1", '=', "a.b.c-1" },
		{ "1.0-1.\xce\xb1", '=', "1.0-1" },
	};
	(void)state;
	check_rows(VERCMP_RPM, rows, COUNT(rows));
}

static void what_is_no_rpm_label_is_refused(void **state)
{
	static const struct row rows[] = {
		{ "", '?', "1-1" },        { "1:", '?', "1-1" },    { "1.0-", '?', "1.0" },
		{ "-1", '?', "1" },        { "1 0-1", '?', "1-1" }, { "1.0-1\n", '?', "1.0-1" },
		{ "1.0\t-1", '?', "1-1" },
	};
	(void)state;
	check_rows(VERCMP_RPM, rows, COUNT(rows));
}

static void apk_kinds_follow_their_order(void **state)
{
	static const struct row rows[] = {
		{ "1.0_alpha", '<', "1.0_beta" },
		{ "1.0_beta9", '<', "1.0_pre" },
		{ "1.0_pre", '<', "1.0_rc1" },
		{ "1.0_rc9", '<', "1.0" },
		{ "1.0", '<', "1.0_cvs" },
		{ "1.0_cvs", '<', "1.0_svn" },
		{ "1.0_svn", '<', "1.0_git2024" },
		{ "1.0_git2024", '<', "1.0_hg" },
		{ "1.0_hg", '<', "1.0_p1" },
		{ "1.0_p1", '<', "1.0a" },
		{ "1.0a", '<', "1.0.0" },
		{ "1.0-r9", '<', "1.0_p1-r0" },
		{ "1.0-r9", '<', "1.0-r10" },
		{ "1.0", '<', "1.0-r0" },
		{ "1.0_rc", '<', "1.0_rc1" },
		{ "1.1.1w-r1", '>', "1.1.1w-r0" },
		{ "1.1.1a", '<', "1.1.1w" },
		{ "1.0_p1_rc1", '<', "1.0_p1" },
		{ "1.0~ab12-r0", '>', "1.0~ab12" },
		{ "1.0~ab12", '>', "1.0-r3" },
		{ "1.0_git1~0abc-r0", '<', "1.0_git1~0abd-r0" },
	};
	(void)state;
	check_rows(VERCMP_APK, rows, COUNT(rows));
}

static void an_apk_number_with_a_leading_zero_is_a_fraction(void **state)
{
	static const struct row rows[] = {
		{ "1.01", '<', "1.1" },
		{ "1.001", '<', "1.01" },
		{ "1.010", '<', "1.02" },
		{ "8.2.0015", '<', "8.2.002" },
		{ "1.0~1234", '<', "1.0~2345" },
		{ "1.0~1234-r1", '<', "1.0~2345-r0" },
		{ "1.0~1234-r1", '>', "1.0~1234-r0" },
		{ "1.0", '<', "1.00" },
		{ "01.1", '=', "1.1" },
		{ "1.1_p01", '=', "1.1_p1" },
		{ "8.2.0", '<', "8.2.001" },
		{ "1.1-r01", '=', "1.1-r1" },
		{ "1.99999999999999999999999", '<', "1.100000000000000000000000" },
	};
	(void)state;
	check_rows(VERCMP_APK, rows, COUNT(rows));
}

/* As apk-tools itself answers (its table has 23_foo > 4_beta). */
static void an_apk_difference_in_front_of_the_unreadable_part_decides(void **state)
{
	static const struct row rows[] = {
		{ "1.0.2zk", '>', "1.0.2u-r0" }, { "1.0.2zk-r0", '<', "1.0.3" },
		{ "1.0.2zk", '?', "1.0.2zl" },   { "1.0.2zk", '?', "1.0.2z" },
		{ "1.0.2zk", '?', "1.0.2zk" },
	};
	(void)state;
	check_rows(VERCMP_APK, rows, COUNT(rows));
}

static void what_is_no_apk_version_is_told(void **state)
{
	static const char *const texts[] = {
		"",         "a",          ".1",        "_pre1",       "-r1",
		"1.",       "1..2",       "0.1bc",     "0.1a1",       "0.1a.1",
		"0.1_",     "0.1_foobar", "0.1_pre2~", "0.1_pre2~1g", "0.1-r",
		"0.1-r2.1", "0.1-r2-r3",  "0.1-pre1",  "0.1-r2_pre1", "0.1__alpha",
		"1.0.2zk",  "1.0 ",       "1.0\n",     "1:1.0",       "1.0A",
		"1.0~AB",   "0.1_prefix", "1.0-r-0",   "v1.0",        "1.0+1",
	};
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct bytes text = bytes_str(texts[i]);
		if (vercmp_valid(VERCMP_APK, text))
			fail_msg("%s passes as an apk version", texts[i]);
		assert_int_equal(compare(VERCMP_APK, text, text), '?');
	}
}

/* At every place of longer and shorter texts. */
static void only_visible_ascii_passes(void **state)
{
	char text[20];
	(void)state;
	for (size_t n = 1; n < sizeof text; n++) {
		for (size_t at = 0; at < n; at++) {
			for (unsigned c = 0; c < 256; c++) {
				memset(text, '1', sizeof text);
				text[at] = (char)c;
				bool visible = c > ' ' && c < 0x7f;
				bool valid = vercmp_valid(VERCMP_DPKG, bytes_of(text, n));
				if (valid && !visible)
					fail_msg("byte %u at %zu of %zu passes", c, at, n);
				if (!valid && visible && c != ':' && c != '-')
					fail_msg("byte %u at %zu of %zu is refused", c, at, n);
			}
		}
	}
}

static void a_nul_byte_is_no_end(void **state)
{
	(void)state;
	for (int s = 0; s < VERCMP_SCHEMES; s++) {
		enum vercmp_scheme scheme = (enum vercmp_scheme)s;
		assert_false(vercmp_valid(scheme, BYTES_LIT("1.0\0-1")));
		assert_int_equal(compare(scheme, BYTES_LIT("1.0\0-1"), BYTES_LIT("1.0")), '?');
	}
}

static void a_refused_comparison_leaves_the_result_alone(void **state)
{
	int order = 42;
	(void)state;
	assert_false(vercmp(VERCMP_DPKG, BYTES_LIT("1:"), BYTES_LIT("1"), &order));
	assert_false(vercmp(VERCMP_RPM, BYTES_LIT("1"), BYTES_LIT(""), &order));
	assert_false(vercmp(VERCMP_APK, BYTES_LIT("x"), BYTES_LIT("1"), &order));
	assert_false(vercmp(VERCMP_SCHEMES, BYTES_LIT("1"), BYTES_LIT("1"), &order));
	assert_int_equal(order, 42);
	assert_null(vercmp_scheme_name(VERCMP_SCHEMES));
}

/* Half a megabyte that differs in its last byte, in one pass. */
static void a_huge_version_is_compared_in_linear_time(void **state)
{
	enum { SIZE = 1 << 19 };
	cleanup_free uint8_t *a = malloc(SIZE), *b = malloc(SIZE);
	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	memset(a, '1', SIZE);
	for (size_t i = 1; i < SIZE - 2; i += 2)
		a[i] = '.';
	memcpy(b, a, SIZE);
	b[SIZE - 1] = '2';
	clock_t start = clock();
	for (int s = 0; s < VERCMP_SCHEMES; s++) {
		enum vercmp_scheme scheme = (enum vercmp_scheme)s;
		bool any = vercmp_valid(scheme, bytes_of(a, SIZE)); /* of any number of numbers */
		expect(scheme, bytes_of(a, SIZE), any ? '<' : '?', bytes_of(b, SIZE));
	}
	assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_of_dpkg_holds),
		cmocka_unit_test(the_table_of_rpm_holds),
		cmocka_unit_test(the_table_of_apk_holds),
		cmocka_unit_test(an_epoch_is_a_number_and_counts_first),
		cmocka_unit_test(a_debian_backport_sorts_below_its_origin),
		cmocka_unit_test(what_dpkg_warns_of_is_compared_and_what_it_refuses_is_not),
		cmocka_unit_test(rpm_operators_sort_around_the_end),
		cmocka_unit_test(a_label_without_release_is_older_than_the_same_with_one),
		cmocka_unit_test(what_is_no_rpm_label_is_refused),
		cmocka_unit_test(apk_kinds_follow_their_order),
		cmocka_unit_test(an_apk_number_with_a_leading_zero_is_a_fraction),
		cmocka_unit_test(an_apk_difference_in_front_of_the_unreadable_part_decides),
		cmocka_unit_test(what_is_no_apk_version_is_told),
		cmocka_unit_test(only_visible_ascii_passes),
		cmocka_unit_test(a_nul_byte_is_no_end),
		cmocka_unit_test(a_refused_comparison_leaves_the_result_alone),
		cmocka_unit_test(a_huge_version_is_compared_in_linear_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
