/* KEV, EPSS, NVD and Corten's own tables; telling formats apart; garbage. */
#include "capture.h"

/* clang-format off */
static void entries_of_kev_need_a_cve_and_a_day(void **state)
{
	(void)state;
	assert_says("{'catalogVersion':'2025.01.01','vulnerabilities':["
		    "{'cveID':'CVE-2024-0001','dateAdded':'2024-01-02','dueDate':'2024-02-03',"
		    "'knownRansomwareCampaignUse':'Known'},"
		    "{'cveID':'CVE-2024-0002'},{'cveID':'no','dateAdded':'2024-01-02'},"
		    "{'cveID':'CVE-2024-0003','dateAdded':'soon'},7],"
		    "'dateReleased':'2025-01-01T01:02:03.5Z'}",
		    "source cisa-kev -\n"
		    "detail CVE-2024-0001 unknown -1.0 - -1 -1 2024-01-02 2024-02-03 ransomware -\n"
		    "skipped CVE-2024-0002: an entry without a CVE or the day it was added\n"
		    "skipped no: an entry without a CVE or the day it was added\n"
		    "skipped CVE-2024-0003: a date in it is no date\n"
		    "skipped feed: an entry without a CVE or the day it was added\n"
		    "source cisa-kev 2025-01-01T01:02:03Z\n");
}

static void lines_of_epss_need_a_cve_and_two_numbers(void **state)
{
	(void)state;
	assert_says("cve,epss,percentile\r\n"
		    "CVE-2024-0001,0.5,1\r\n"
		    "CVE-2024-0002,1.5,0.1\n"
		    "CVE-2024-0003,nan,0.1\n"
		    "CVE-2024-0004,0.1\n"
		    "UBUNTU-CVE-2024-0005,0.1,0.1\n"
		    "\n"
		    "CVE-2024-0006,0.1,0.2,0.3",
		    "source epss -\n"
		    "detail CVE-2024-0001 unknown -1.0 - 0.5 1 - - - -\n"
		    "skipped CVE-2024-0002: a line without a CVE and two numbers between 0 and 1\n"
		    "skipped CVE-2024-0003: a line without a CVE and two numbers between 0 and 1\n"
		    "skipped CVE-2024-0004: a line without a CVE and two numbers between 0 and 1\n"
		    "skipped UBUNTU-CVE-2024-0005: a line without a CVE and two numbers between 0 and "
		    "1\n"
		    "detail CVE-2024-0006 unknown -1.0 - 0.1 0.2 - - - -\n");
}

#define METRIC(type, score, severity)                                                     \
	"{'type':'" type "','cvssData':{'baseScore':" score ",'vectorString':'V" score "'," \
	"'baseSeverity':'" severity "'}}"

static void nvd_gives_its_own_rating_in_the_newest_version(void **state)
{
	(void)state;
	assert_says("{'format':'NVD_CVE','resultsPerPage':1,'vulnerabilities':["
		    "{'cve':{'id':'CVE-2024-0001','vulnStatus':'Analyzed','metrics':{"
		    "'cvssMetricV40':[" METRIC("Secondary", "9.3", "CRITICAL") "],"
		    "'cvssMetricV31':[" METRIC("Secondary", "5.0", "MEDIUM") ","
		    METRIC("Primary", "7.5", "HIGH") "],"
		    "'cvssMetricV2':[{'type':'Primary','baseSeverity':'LOW',"
		    "'cvssData':{'baseScore':2.1,'vectorString':'V2'}}]}}},"
		    "{'cve':{'id':'CVE-2024-0002','metrics':{"
		    "'cvssMetricV40':[" METRIC("Secondary", "9.3", "CRITICAL") "],"
		    "'cvssMetricV31':[" METRIC("Secondary", "5.0", "MEDIUM") "]}}},"
		    "{'cve':{'id':'CVE-2024-0003','vulnStatus':'Rejected','metrics':{}}},"
		    "{'cve':{'id':'CVE-2024-0004','vulnStatus':'Received','metrics':{}}},"
		    "{'cve':{'id':'CVE-2024-0005','metrics':{'cvssMetricV2':[{'type':'Primary',"
		    "'cvssData':{'baseScore':7.2}}]}}},"
		    "{'cve':{'id':'CVE-2024-0006','metrics':{'cvssMetricV31':["
		    METRIC("Primary", "1e9", "HIGH") "]}}},{'cve':{'metrics':{}}},{},7]}",
		    "source nvd -\n"
		    "detail CVE-2024-0001 high 7.5 V7.5 -1 -1 - - - -\n"
		    "detail CVE-2024-0002 critical 9.3 V9.3 -1 -1 - - - -\n"
		    "skipped CVE-2024-0003: it was rejected\n"
		    "detail CVE-2024-0005 high 7.2 - -1 -1 - - - -\n"
		    "skipped CVE-2024-0006: its severity is none\n"
		    "skipped feed: an entry without a CVE\n");
}

static void nvd_is_read_in_each_of_its_forms(void **state)
{
	(void)state;
	static const char *const forms[] = {
		"{'id':'CVE-2024-0001','sourceIdentifier':'x','lastModified':'2024-01-02T03:04:05.6',"
		"'metrics':{'cvssMetricV31':[" METRIC("Primary", "7.5", "HIGH") "]}}",
		"{'cve':{'id':'CVE-2024-0001','lastModified':'2024-01-02T03:04:05.6',"
		"'metrics':{'cvssMetricV31':[" METRIC("Primary", "7.5", "HIGH") "]}}}",
		"{'feed_name':'x','cve_items':[{'id':'CVE-2024-0001',"
		"'lastModified':'2024-01-02T03:04:05.6',"
		"'metrics':{'cvssMetricV31':[" METRIC("Primary", "7.5", "HIGH") "]}}]}",
	};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		assert_says(forms[i], "source nvd -\n"
				      "detail CVE-2024-0001 high 7.5 V7.5 -1 -1 - - - -\n"
				      "source nvd 2024-01-02T03:04:05Z\n");
}

static void own_tables_hold_facts_and_details(void **state)
{
	(void)state;
	assert_says("#corten-facts\t1\n"
		    "#source\tdebian\thttps://deb.debian.org/\t2026-11-20\n"
		    "# a remark\n"
		    "#columns\tecosystem\tpackage\tid\tfixed\tstatus\tseverity\n"
		    "debian:12\tzlib\tCVE-2024-0001,CVE-2024-0002\t1.2-3\n"
		    "debian:12\tzlib\tCVE-2024-0003\t\twill-not-fix\thigh\n"
		    "debian:12\tzlib\tCVE-2024-0004\n"
		    "debian:12\tzlib\tCVE-2024-0005\t\tperhaps\n"
		    "debian:12\tzlib\tCVE-2024-0006\t1\tfixed\tlow\tx\n"
		    "Debian:12\tzlib\tCVE-2024-0007\t1\n"
		    "#source\tkev\thttps://example.org/\t2025-01-01\n"
		    "#columns\tid\tkev_added\tkev_due\tkev_ransomware\n"
		    "CVE-2024-0001\t2024-01-02\t2024-02-03\tyes\n"
		    "CVE-2024-0002\t2024-01-02\n",
		    "source debian 2026-11-20T00:00:00Z\n"
		    "fact debian:12 zlib CVE-2024-0001 - - 1.2-3 - fixed unknown - -\n"
		    "fact debian:12 zlib CVE-2024-0002 - - 1.2-3 - fixed unknown - -\n"
		    "fact debian:12 zlib CVE-2024-0003 - - - - will-not-fix high - -\n"
		    "fact debian:12 zlib CVE-2024-0004 - - - - affected unknown - -\n"
		    "skipped CVE-2024-0005: no such status\n"
		    "skipped debian:12\\x09zlib\\x09CVE-2024-0006\\x091\\x09fixed\\x09low\\x09x: a row "
		    "with more columns than there are\n"
		    "skipped CVE-2024-0007: its ecosystem is no proper name\n"
		    "source kev 2025-01-01T00:00:00Z\n"
		    "detail CVE-2024-0001 unknown -1.0 - -1 -1 2024-01-02 2024-02-03 ransomware -\n"
		    "detail CVE-2024-0002 unknown -1.0 - -1 -1 2024-01-02 - - -\n");
}
/* clang-format on */

static void each_format_is_told_by_its_content(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum feed_format want;
	} rows[] = {
		{ "PK\3\4", FEED_ZIP },
		{ "PK\5\6", FEED_ZIP },
		{ "#corten-facts\t1\n", FEED_FACTS },
		{ "#model_version:v1,score_date:x\n", FEED_EPSS },
		{ "cve,epss,percentile\n", FEED_EPSS },
		{ "{\"id\":\"X\",\"modified\":\"\"}", FEED_OSV },
		{ "{\"id\":\"X\",\"details\":\"a very long text that the prefix cu", FEED_OSV },
		{ "{\"database_specific\":{\"a\":[{}]},\"id\":\"X\"}", FEED_OSV },
		{ "[{\"id\":\"X\",\"affected\":[]}]", FEED_OSV },
		{ "[]", FEED_OSV },
		{ "{\"vulns\":[]}", FEED_OSV },
		{ " \n{\"zlib\":{\"CVE-2024-0001\":{}}}", FEED_DEBIAN },
		{ "{\"a\":{\"TEMP-0-0\":{}}}", FEED_DEBIAN },
		{ "{\"packages\":[]}", FEED_SECDB },
		{ "{\"title\":\"x\",\"catalogVersion\":\"1\"}", FEED_KEV },
		{ "{\"resultsPerPage\":1}", FEED_NVD },
		{ "{\"id\":\"CVE-2024-0001\",\"vulnStatus\":\"x\"}", FEED_NVD },
		{ "", FEED_UNKNOWN },
		{ "{}", FEED_UNKNOWN },
		{ "{\"a\":1}", FEED_UNKNOWN },
		{ "hello", FEED_UNKNOWN },
		{ "root:x:0:0:root:/root:/bin/bash\n", FEED_UNKNOWN },
		{ "<html>", FEED_UNKNOWN },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (feed_detect(bytes_str(rows[i].text)) != rows[i].want)
			fail_msg("%s is not %s", rows[i].text, feed_format_name(rows[i].want));
}

static void what_is_no_feed_is_an_error_that_names_file_and_offset(void **state)
{
	(void)state;
	static const char broken[] = "{\"id\":\"X\",\"modified\":\"\",\"affected\":[{]}";
	static const char cut[] = "{\"zlib\":{\"CVE-2024-0001\":{\"releases\":{\"sid\":{";
	static const char gzip[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03 not gzip";
	static const char columns[] = "#corten-facts\t1\n#columns\tecosystem\tcolour\n";
	static const char early[] = "#corten-facts\t1\ndebian:12\tzlib\n";
	assert_refused(BYTES_LIT(""), ERR_MALFORMED, "offset 0");
	assert_refused(BYTES_LIT("hello"), ERR_MALFORMED, "offset 0");
	assert_refused(BYTES_LIT(broken), ERR_MALFORMED, "offset 37");
	assert_refused(BYTES_LIT(cut), ERR_TRUNCATED, "offset 45");
	assert_refused(BYTES_LIT(gzip), ERR_MALFORMED, "");
	assert_refused(BYTES_LIT(columns), ERR_MALFORMED,
		       "before offset 42: no such column: colour");
	assert_refused(BYTES_LIT(early), ERR_MALFORMED, "a row before #columns");
	assert_refused(BYTES_LIT("PK\3\4"), ERR_UNSUPPORTED, "a zip must be a file");
}

static void a_line_without_an_end_is_an_error(void **state)
{
	(void)state;
	cleanup_buf struct buf text = buf_max(MIB);
	struct error err;
	assert_int_equal(buf_append_str(&text, "#model_version:", &err), 0);
	while (text.n < 200000)
		assert_int_equal(buf_append_str(&text, "xxxxxxxxxxxxxxxx", &err), 0);
	assert_refused(buf_view(&text), ERR_LIMIT, "a line is longer");
}

static void a_sink_that_refuses_ends_the_import(void **state)
{
	(void)state;
	struct capture c = { .refuse_after = 2 };
	assert_int_equal(
		capture_bytes(&c,
			      BYTES_LIT("{\"a\":{\"CVE-2024-0001\":{\"releases\":{"
					"\"sid\":{\"status\":\"open\"},\"forky\":{"
					"\"status\":\"open\"},\"trixie\":{\"status\":"
					"\"open\"},\"bookworm\":{\"status\":\"open\"}}}}}"),
			      "feed", NULL),
		-1);
	assert_int_equal(c.err.code, ERR_MEMORY);
	assert_string_equal(c.err.text, "feed: the sink is full");
	capture_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_of_kev_need_a_cve_and_a_day),
		cmocka_unit_test(lines_of_epss_need_a_cve_and_two_numbers),
		cmocka_unit_test(nvd_gives_its_own_rating_in_the_newest_version),
		cmocka_unit_test(nvd_is_read_in_each_of_its_forms),
		cmocka_unit_test(own_tables_hold_facts_and_details),
		cmocka_unit_test(each_format_is_told_by_its_content),
		cmocka_unit_test(what_is_no_feed_is_an_error_that_names_file_and_offset),
		cmocka_unit_test(a_line_without_an_end_is_an_error),
		cmocka_unit_test(a_sink_that_refuses_ends_the_import),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
