/* Records rebuilt from published ones, without their prose, and hostile ones. */
#include "capture.h"

/* clang-format off */
#define PACKAGE(name, eco) "'package':{'ecosystem':'" eco "','name':'" name "'}"
#define EVENTS(events) "'ranges':[{'type':'ECOSYSTEM','events':[" events "]}]"
#define FIXED_IN(name, eco, fixed) \
	"{" PACKAGE(name, eco) "," EVENTS("{'introduced':'0'},{'fixed':'" fixed "'}") "}"

static void a_record_of_ubuntu_has_its_priority_and_its_releases(void **state)
{
	(void)state;
	assert_says(
		"{'schema_version':'1.6.3','id':'UBUNTU-CVE-2010-5298',"
		"'upstream':['CVE-2010-5298'],'modified':'2014-04-14T00:00:00Z',"
		"'severity':[{'type':'Ubuntu','score':'low'}],'affected':["
		"{'package':{'ecosystem':'Ubuntu:14.04:LTS','name':'openssl','purl':"
		"'pkg:deb/ubuntu/openssl@1.0.1f-1ubuntu2.1?arch=src?distro=trusty'},"
		EVENTS("{'introduced':'0'},{'fixed':'1.0.1f-1ubuntu2.1'}") ","
		"'versions':['1.0.1e-3ubuntu1'],'ecosystem_specific':{'binaries':["
		"{'openssl':'1.0.1f-1ubuntu2.1'}],'availability':'No subscription required'}},"
		"{" PACKAGE("openssl", "Ubuntu:Pro:16.04:LTS") "," EVENTS("{'introduced':'0'}") ","
		"'ecosystem_specific':{'ubuntu_priority':'negligible'}}]}",
		"source ubuntu -\n"
		"fact ubuntu:14.04 openssl CVE-2010-5298 UBUNTU-CVE-2010-5298 - 1.0.1f-1ubuntu2.1 - "
		"fixed low - -\n"
		"fact ubuntu-pro:16.04 openssl CVE-2010-5298 UBUNTU-CVE-2010-5298 - - - affected "
		"negligible - -\n"
		"source ubuntu 2014-04-14T00:00:00Z\n");
}

static void an_advisory_names_each_vulnerability_it_mends(void **state)
{
	(void)state;
	assert_says("{'id':'USN-1-1','upstream':['CVE-2024-0001','UBUNTU-CVE-2024-0001',"
		    "'CVE-2024-0002'],'related':['CVE-1999-0001'],"
		    "'affected':[" FIXED_IN("x", "Ubuntu:24.10", "1") "]}",
		    "source ubuntu -\n"
		    "fact ubuntu:24.10 x CVE-2024-0001 USN-1-1 - 1 - fixed unknown - -\n"
		    "fact ubuntu:24.10 x CVE-2024-0002 USN-1-1 - 1 - fixed unknown - -\n");
}

static void related_counts_only_where_a_distribution_says_it(void **state)
{
	(void)state;
	assert_says("{'id':'RLSA-2024:1','related':['CVE-2018-12699'],"
		    "'summary':'Low: binutils security update','affected':["
		    FIXED_IN("binutils", "Rocky Linux:8", "0:2.30-125.el8_10") "]}",
		    "source rocky -\n"
		    "fact rocky:8 binutils CVE-2018-12699 RLSA-2024:1 - 0:2.30-125.el8_10 - fixed "
		    "low - -\n");
	assert_says("{'id':'GHSA-aaaa-bbbb-cccc','related':['CVE-2018-12699'],"
		    "'affected':[" FIXED_IN("left-pad", "npm", "1.3.0") "]}",
		    "source github -\n"
		    "fact npm left-pad GHSA-aaaa-bbbb-cccc - - 1.3.0 - fixed unknown - -\n");
}

static void the_score_of_one_vulnerability_is_a_detail_of_it(void **state)
{
	(void)state;
	assert_says("{'id':'GHSA-aaaa-bbbb-cccc','aliases':['CVE-2024-0001'],'severity':["
		    "{'type':'CVSS_V3','score':'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'}],"
		    "'database_specific':{'severity':'MODERATE'},"
		    "'affected':[" FIXED_IN("x", "npm", "2") "]}",
		    "source github -\n"
		    "fact npm x CVE-2024-0001 GHSA-aaaa-bbbb-cccc - 2 - fixed medium - -\n"
		    "detail CVE-2024-0001 critical 9.8 "
		    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H -1 -1 - - - -\n"
		    "detail CVE-2024-0001 unknown -1.0 - -1 -1 - - - GHSA-aaaa-bbbb-cccc\n");
}

static void the_score_of_a_bundle_is_nobodys_detail(void **state)
{
	(void)state;
	assert_says("{'id':'RHSA-2025:1','upstream':['CVE-2024-0001','CVE-2024-0002'],"
		    "'severity':[{'type':'CVSS_V3',"
		    "'score':'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N'}],'affected':["
		    FIXED_IN("gcc", "Red Hat:rhel_els:7", "0:4.8.5-45.el7_9") "]}",
		    "source redhat -\n"
		    "fact redhat:7 gcc CVE-2024-0001 RHSA-2025:1 - 0:4.8.5-45.el7_9 - fixed medium "
		    "- -\n"
		    "fact redhat:7 gcc CVE-2024-0002 RHSA-2025:1 - 0:4.8.5-45.el7_9 - fixed medium "
		    "- -\n");
}

static void red_hats_rating_and_module_are_read(void **state)
{
	(void)state;
	assert_says("{'id':'RHSA-2024:2','upstream':['CVE-2024-0001'],'affected':[{'package':{"
		    "'ecosystem':'Red Hat:enterprise_linux:8::appstream','name':'nodejs',"
		    "'purl':'pkg:rpm/redhat/nodejs?arch=x86_64&rpmmod=nodejs%3A18'},"
		    EVENTS("{'introduced':'0'},{'fixed':'1:18.1-1.module+el8'}") "},"
		    FIXED_IN("nodejs-debuginfo", "Red Hat:enterprise_linux:8::appstream", "1") ","
		    FIXED_IN("oc", "Red Hat:openshift:4.14::el9", "1") ","
		    FIXED_IN("oc2", "Red Hat:openshift:4.14::el9", "1") "],"
		    "'references':[{'type':'ARTICLE','url':"
		    "'https://access.redhat.com/security/updates/classification/#important'}]}",
		    "source redhat -\n"
		    "fact redhat:8 nodejs CVE-2024-0001 RHSA-2024:2 - 1:18.1-1.module+el8 - fixed "
		    "high nodejs:18 x86_64\n"
		    "skipped RHSA-2024:2: a product of Red Hat that is not the operating system\n");
}

static void ranges_become_spans(void **state)
{
	(void)state;
	assert_says("{'id':'CVE-2024-0001','affected':[{" PACKAGE("x", "PyPI") ",'ranges':["
		    "{'type':'GIT','repo':'r','events':[{'introduced':'0'},{'fixed':'abc'}]},"
		    "{'type':'ECOSYSTEM','events':[{'introduced':'0'},{'fixed':'1.2'},"
		    "{'introduced':'2.0'},{'last_affected':'2.5'},{'introduced':'3'}]},"
		    "{'events':[{'fixed':'7'},{'introduced':'6'},{'limit':'9'},{'fixed':'99'}],"
		    "'type':'SEMVER'}]}]}",
		    "source pypi -\n"
		    "fact pypi x CVE-2024-0001 - - 1.2 - fixed unknown - -\n"
		    "fact pypi x CVE-2024-0001 - 2.0 - 2.5 affected unknown - -\n"
		    "fact pypi x CVE-2024-0001 - 3 - - affected unknown - -\n"
		    "fact pypi x CVE-2024-0001 - 6 7 - fixed unknown - -\n");
}

static void debians_words_are_understood(void **state)
{
	(void)state;
	assert_says("{'id':'DEBIAN-CVE-2023-44487','upstream':['CVE-2023-44487'],'affected':["
		    "{" PACKAGE("nginx", "Debian:12") "," EVENTS("{'introduced':'0'}") ","
		    "'ecosystem_specific':{'urgency':'unimportant'}},"
		    "{" PACKAGE("nginx", "Debian:10") "," EVENTS("{'introduced':'0'}") ","
		    "'ecosystem_specific':{'urgency':'end-of-life'}},"
		    FIXED_IN("nginx", "Debian:13", "0") "]}",
		    "source debian -\n"
		    "fact debian:12 nginx CVE-2023-44487 DEBIAN-CVE-2023-44487 - - - unimportant "
		    "negligible - -\n"
		    "fact debian:10 nginx CVE-2023-44487 DEBIAN-CVE-2023-44487 - - - end-of-life "
		    "unknown - -\n"
		    "fact debian:13 nginx CVE-2023-44487 DEBIAN-CVE-2023-44487 - - - not-affected "
		    "unknown - -\n");
}

static void what_is_no_vulnerability_of_a_package_is_left_out_and_told(void **state)
{
	(void)state;
	static const struct {
		const char *json, *want;
	} rows[] = {
		{ "{'id':'ALBA-2022:1','affected':[" FIXED_IN("x", "AlmaLinux:8", "1") "]}",
		  "skipped ALBA-2022:1: a bug fix or enhancement that names no vulnerability\n" },
		{ "{'id':'LSN-0001-1','upstream':['CVE-2024-0001'],'affected':["
		  FIXED_IN("x", "Ubuntu:22.04:LTS", "1") "]}",
		  "skipped LSN-0001-1: a live patch mends the running kernel, not a package\n" },
		{ "{'affected':[]}", "skipped feed: it has no id\n" },
		{ "{'id':'X-1','modified':''}", "skipped X-1: it names no package\n" },
		{ "{'id':'X-1','affected':[{'ranges':[{'type':'GIT'}]}]}",
		  "skipped X-1: it names no package\n" },
		{ "{'id':'X-1','affected':[{" PACKAGE("x", "Debian:12") ",'versions':['1']}]}",
		  "skipped X-1: it lists versions but no range of them\n" },
		{ "{'id':'X-1','affected':[{" PACKAGE("x", "npm") "}]}",
		  "skipped X-1: it has no range of versions\n" },
		{ "{'id':'X 1','affected':[" FIXED_IN("x", "npm", "1") "]}",
		  "source npm -\nskipped X 1: its id is no proper name\n" },
		{ "{'id':'X-1','affected':[" FIXED_IN("a b", "npm", "1") "]}",
		  "source npm -\nskipped X-1: its package has no proper name\n" },
		{ "{'id':'X-1','affected':[" FIXED_IN("x", "npm", "\\u001b[2J") "]}",
		  "source npm -\nskipped X-1: a version in it is no version\n" },
		{ "{'id':7,'affected':{'a':1},'aliases':'CVE-1','severity':[1,{}]}",
		  "skipped feed: it has no id\n" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_says(rows[i].json, rows[i].want);
}

#define TWO_RECORDS                                                 \
	"[{'id':'A-1','affected':[" FIXED_IN("x", "npm", "1") "]},"  \
	"{'id':'A-2','affected':[" FIXED_IN("y", "npm", "2") "]}]"

static void an_array_and_an_answer_hold_many_records(void **state)
{
	(void)state;
	static const char want[] = "source npm -\n"
				   "fact npm x A-1 - - 1 - fixed unknown - -\n"
				   "fact npm y A-2 - - 2 - fixed unknown - -\n";
	assert_says(TWO_RECORDS, want);
	assert_says("{'vulns':" TWO_RECORDS "}", want);
}

static void members_may_come_in_any_order(void **state)
{
	(void)state;
	assert_says("{'affected':[{'ranges':[{'events':[{'fixed':'1'},{'introduced':'0'}],"
		    "'type':'ECOSYSTEM'}],'package':{'name':'x','ecosystem':'Wolfi'}}],"
		    "'id':'CGA-1','related':['GHSA-aaaa-bbbb-cccc','CGA-1']}",
		    "source wolfi -\n"
		    "fact wolfi x GHSA-aaaa-bbbb-cccc CGA-1 - 1 - fixed unknown - -\n");
}
/* clang-format on */

/* 5,000 names in one record, and 5,000 events in one range. */
static void a_record_that_is_too_large_is_left_out(void **state)
{
	(void)state;
	static const char *const shapes[][3] = {
		{ "{\"id\":\"X-1\",\"aliases\":[", "\"CVE-2024-0001\",",
		  "\"\"],\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"x\"}}]}" },
		{ "{\"id\":\"X-1\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":"
		  "\"x\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[",
		  "{\"introduced\":\"1\"},", "{}]}]}]}" },
	};
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		cleanup_buf struct buf text = buf_max(MIB);
		struct capture c = { 0 };
		struct error err;
		assert_int_equal(buf_append_str(&text, shapes[i][0], &err), 0);
		for (unsigned n = 0; n < 5000; n++)
			assert_int_equal(buf_append_str(&text, shapes[i][1], &err), 0);
		assert_int_equal(buf_append_str(&text, shapes[i][2], &err), 0);
		assert_int_equal(capture_bytes(&c, buf_view(&text), "feed", NULL), 0);
		assert_int_equal(c.stats.facts, 0);
		assert_int_equal(c.stats.skipped, 1);
		capture_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_of_ubuntu_has_its_priority_and_its_releases),
		cmocka_unit_test(an_advisory_names_each_vulnerability_it_mends),
		cmocka_unit_test(related_counts_only_where_a_distribution_says_it),
		cmocka_unit_test(the_score_of_one_vulnerability_is_a_detail_of_it),
		cmocka_unit_test(the_score_of_a_bundle_is_nobodys_detail),
		cmocka_unit_test(red_hats_rating_and_module_are_read),
		cmocka_unit_test(ranges_become_spans),
		cmocka_unit_test(debians_words_are_understood),
		cmocka_unit_test(what_is_no_vulnerability_of_a_package_is_left_out_and_told),
		cmocka_unit_test(an_array_and_an_answer_hold_many_records),
		cmocka_unit_test(members_may_come_in_any_order),
		cmocka_unit_test(a_record_that_is_too_large_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
