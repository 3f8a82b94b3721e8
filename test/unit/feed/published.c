/* Files as their publishers wrote them; test/data/README.md names their origin. */
#include "capture.h"

#include <fcntl.h>

static void read_file(const char *name, struct buf *ret)
{
	char path[4096];
	struct error err = { 0 };
	const char *data = getenv("CORTEN_TEST_DATA");
	assert_non_null(data);
	(void)snprintf(path, sizeof path, "%s/feed/%s", data, name);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fd_read_all(fd, ret, &err) < 0)
		fail_msg("%s: cannot be read", path);
}

static void assert_file_says(const char *name, enum feed_format format, const char *want)
{
	cleanup_buf struct buf text = buf_max(MIB);
	struct capture c = { 0 };
	read_file(name, &text);
	assert_int_equal(feed_detect(buf_view(&text)), format);
	if (capture_bytes(&c, buf_view(&text), name, NULL) < 0)
		fail_msg("%s", c.err.text);
	assert_string_equal(capture_text(&c), want);
	capture_free(&c);
}

static void an_osv_record_of_almalinux(void **state)
{
	(void)state;
	assert_file_says("osv-almalinux.json", FEED_OSV,
			 "source almalinux -\n"
			 "fact almalinux:8 grafana CVE-2021-44716 ALSA-2022:0001 - 7.5.9-5.el8_5 - "
			 "fixed high - -\n"
			 "detail CVE-2021-44716 unknown -1.0 - -1 -1 - - - - 2022-01-03\n"
			 "source almalinux 2022-01-07T20:56:35Z\n");
}

static void a_withdrawn_osv_record_of_bellsoft(void **state)
{
	(void)state;
	assert_file_says("osv-bellsoft-withdrawn.json", FEED_OSV,
			 "skipped BELL-CVE-2024-26750: it was withdrawn\n");
}

static void an_osv_record_of_bitnami(void **state)
{
	(void)state;
	assert_file_says("osv-bitnami.json", FEED_OSV,
			 "source bitnami -\n"
			 "fact generic nginx CVE-2021-23017 BIT-nginx-2021-23017 0.6.18 1.20.1 - "
			 "fixed high - -\n"
			 "detail CVE-2021-23017 high 7.7 "
			 "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:L -1 -1 - - - - 2024-03-06\n"
			 "detail CVE-2021-23017 unknown -1.0 - -1 -1 - - - BIT-nginx-2021-23017\n"
			 "source bitnami 2025-04-03T14:40:37Z\n");
}

static void an_osv_record_of_cran_in_yaml(void **state)
{
	(void)state;
	assert_file_says(
		"osv-yaml-cran.yaml", FEED_OSV_YAML,
		"source r-consortium -\n"
		"fact cran readxl CVE-2021-27836 RSEC-2023-2 1.4.1 1.4.2 - fixed unknown - "
		"-\n"
		"detail CVE-2021-27836 unknown -1.0 - -1 -1 - - - - 2023-07-13\n"
		"detail CVE-2021-27836 unknown -1.0 - -1 -1 - - - RSEC-2023-2\n"
		"source r-consortium 2025-05-16T00:12:44Z\n");
}

static void two_advisories_of_rustsec(void **state)
{
	(void)state;
	assert_file_says(
		"rustsec-onering.md", FEED_RUSTSEC,
		"source rustsec -\n"
		"fact cargo onering RUSTSEC-2026-0175 - 1.4.1 - 1.4.1 affected unknown - -\n"
		"detail RUSTSEC-2026-0175 unknown -1.0 - -1 -1 - - - - 2026-06-10\n"
		"source rustsec 2026-06-10T00:00:00Z\n");
	assert_file_says("rustsec-notice.md", FEED_RUSTSEC,
			 "skipped RUSTSEC-2025-0052: a notice about a package, of no "
			 "vulnerability\n");
}

static void an_advisory_of_friends_of_php(void **state)
{
	(void)state;
	assert_file_says(
		"php-symfony.yaml", FEED_PHP,
		"source friendsofphp -\n"
		"fact composer symfony/mime CVE-2019-18888 - 4.3.0 4.3.8 - fixed unknown - "
		"-\n"
		"detail CVE-2019-18888 unknown -1.0 - -1 -1 - - - - 2019-11-13\n");
}

static void notices_of_rocky_in_updateinfo(void **state)
{
	(void)state;
	assert_file_says(
		"updateinfo-rocky.xml", FEED_UPDATEINFO,
		"skipped RLBA-2021:2580: a bug fix or enhancement that names no vulnerability\n"
		"source rocky -\n"
		"fact rocky:8 lz4 CVE-2021-3520 RLSA-2021:2575 - 1.8.3-3.el8_4 - fixed medium - -\n"
		"detail CVE-2021-3520 unknown -1.0 - -1 -1 - - - - 2021-07-22\n"
		"fact rocky:8 kernel CVE-2021-3609 RLSA-2021:3057 - 4.18.0-305.12.1.el8_4 - fixed "
		"high - -\n"
		"fact rocky:8 kernel CVE-2021-22555 RLSA-2021:3057 - 4.18.0-305.12.1.el8_4 - fixed "
		"high - -\n"
		"fact rocky:8 kernel CVE-2021-22543 RLSA-2021:3057 - 4.18.0-305.12.1.el8_4 - fixed "
		"high - -\n"
		"detail CVE-2021-3609 unknown -1.0 - -1 -1 - - - - 2021-08-12\n"
		"detail CVE-2021-22555 unknown -1.0 - -1 -1 - - - - 2021-08-12\n"
		"detail CVE-2021-22543 unknown -1.0 - -1 -1 - - - - 2021-08-12\n"
		"skipped RLSA-2019:1972: a package in it does not say its release\n"
		"skipped RLSA-2019:1972: a package in it does not say its release\n"
		"source rocky 2021-08-10T00:00:00Z\n");
}

static void the_debian_tracker(void **state)
{
	(void)state;
	struct capture c = { 0 };
	cleanup_buf struct buf text = buf_max(MIB);
	static const char *const lines[] = {
		"fact debian:9 prototypejs CVE-2008-7220 - - 1.6.0.2-1 - fixed high - -\n",
		"fact debian:sid prototypejs CVE-2007-2383 - - - - not-affected negligible - -\n",
		"fact debian:10 txt2man CVE-2013-1444 - - 1.5.5-4.1 - fixed low - -\n",
		"fact debian:8 backupninja CVE-2005-3111 - - 0.8-2 - fixed medium - -\n",
		"fact debian:12 chromium CVE-2022-0456 - - 98.0.4758.80-1 - fixed unknown - -\n",
		"fact debian:11 chromium CVE-2022-0456 - - 98.0.4758.80-1~deb11u1 - fixed",
		"fact debian:10 chromium CVE-2022-0456 - - - - end-of-life unknown - -\n",
	};
	read_file("debian-tracker.json", &text);
	assert_int_equal(feed_detect(buf_view(&text)), FEED_DEBIAN);
	assert_int_equal(capture_bytes(&c, buf_view(&text), "debian", NULL), 0);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (strstr(capture_text(&c), lines[i]) == NULL)
			fail_msg("missing: %s", lines[i]);
	assert_int_equal(c.stats.records, 6);
	assert_int_equal(c.stats.facts, 21);
	assert_int_equal(c.stats.skipped, 0);
	capture_free(&c);
}

static void the_secdb_of_wolfi(void **state)
{
	(void)state;
	struct capture c = { 0 };
	cleanup_buf struct buf text = buf_max(MIB);
	read_file("secdb-wolfi.json", &text);
	assert_int_equal(feed_detect(buf_view(&text)), FEED_SECDB);
	assert_int_equal(capture_bytes(&c, buf_view(&text), "secdb", NULL), 0);
	assert_non_null(strstr(capture_text(&c), "source wolfi -\n"
						 "fact wolfi binutils CVE-2022-38126 - - 2.39-r1 - "
						 "fixed unknown - -\n"));
	assert_non_null(strstr(capture_text(&c), "fact wolfi coreutils CVE-2016-2781 - - - - "
						 "not-affected unknown - -\n"));
	assert_int_equal(c.stats.facts, 50);
	assert_int_equal(c.stats.skipped, 0);
	capture_free(&c);
}

static void the_kev_catalogue(void **state)
{
	(void)state;
	assert_file_says("kev.json", FEED_KEV,
			 "source cisa-kev 2025-02-19T14:08:44Z\n"
			 "detail CVE-2025-0108 unknown -1.0 - -1 -1 2025-02-18 2025-03-11 - -\n"
			 "detail CVE-2024-53704 unknown -1.0 - -1 -1 2025-02-18 2025-03-11 - -\n"
			 "detail CVE-2024-57727 unknown -1.0 - -1 -1 2025-02-13 2025-03-06 - -\n");
}

static void the_epss_scores(void **state)
{
	(void)state;
	assert_file_says("epss.csv", FEED_EPSS,
			 "source epss 2025-02-20T00:00:00Z\n"
			 "detail CVE-1999-0001 unknown -1.0 - 0.00383 0.73075 - - - -\n"
			 "detail CVE-1999-0002 unknown -1.0 - 0.01328 0.85996 - - - -\n"
			 "detail CVE-1999-0003 unknown -1.0 - 0.04409 0.9244 - - - -\n"
			 "detail CVE-1999-0004 unknown -1.0 - 0.00917 0.82963 - - - -\n"
			 "detail CVE-1999-0005 unknown -1.0 - 0.91963 0.99214 - - - -\n");
}

static void a_page_of_nvd(void **state)
{
	(void)state;
	assert_file_says("nvd.json", FEED_NVD,
			 "source nvd 2023-01-03T21:56:15Z\n"
			 "detail CVE-2022-1576 medium 6.5 "
			 "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:H/A:N -1 -1 - - - - 2022-07-11\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_osv_record_of_almalinux),
		cmocka_unit_test(a_withdrawn_osv_record_of_bellsoft),
		cmocka_unit_test(an_osv_record_of_bitnami),
		cmocka_unit_test(an_osv_record_of_cran_in_yaml),
		cmocka_unit_test(two_advisories_of_rustsec),
		cmocka_unit_test(an_advisory_of_friends_of_php),
		cmocka_unit_test(notices_of_rocky_in_updateinfo),
		cmocka_unit_test(the_debian_tracker),
		cmocka_unit_test(the_secdb_of_wolfi),
		cmocka_unit_test(the_kev_catalogue),
		cmocka_unit_test(the_epss_scores),
		cmocka_unit_test(a_page_of_nvd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
