/* Advisories of application packages, rebuilt from published ones without their
 * prose; test/unit/feed/published.c has whole files. */
#include "capture.h"

static void assert_text_says(const char *text, const char *want)
{
	struct capture c = { 0 };
	if (capture_bytes(&c, bytes_str(text), "vendor/package/2015-08-06.yaml", NULL) < 0)
		fail_msg("%s", c.err.text);
	assert_string_equal(capture_text(&c), want);
	capture_free(&c);
}

/* --- OSV --------------------------------------------------------------------------- */

static void names_of_pypi_composer_and_nuget_are_normalised(void **state)
{
	(void)state;
	assert_says(
		"{'id':'GHSA-aaaa-bbbb-cccc','aliases':['CVE-2024-0001'],'affected':["
		"{'package':{'ecosystem':'PyPI','name':'Zope._-Interface'},"
		"'ranges':[{'type':'ECOSYSTEM','events':[{'introduced':'0'},{'fixed':'1.0'}]}]},"
		"{'package':{'ecosystem':'Packagist','name':'Acme/Foo'},"
		"'ranges':[{'type':'ECOSYSTEM','events':[{'introduced':'0'},{'fixed':'1.0'}]}]},"
		"{'package':{'ecosystem':'SwiftURL','name':'https://github.com/A/b.git'},"
		"'ranges':[{'type':'SEMVER','events':[{'introduced':'0'},{'fixed':'1.0'}]}]},"
		"{'package':{'ecosystem':'Maven','name':'Org.Acme:Foo'},"
		"'ranges':[{'type':'ECOSYSTEM','events':[{'introduced':'0'},{'fixed':'1.0'}]}]}]}",
		"source github -\n"
		"fact pypi zope-interface CVE-2024-0001 GHSA-aaaa-bbbb-cccc - 1.0 - fixed unknown "
		"- -\n"
		"fact composer acme/foo CVE-2024-0001 GHSA-aaaa-bbbb-cccc - 1.0 - fixed unknown - "
		"-\n"
		"fact swift github.com/A/b CVE-2024-0001 GHSA-aaaa-bbbb-cccc - 1.0 - fixed unknown "
		"- -\n"
		"fact maven Org.Acme:Foo CVE-2024-0001 GHSA-aaaa-bbbb-cccc - 1.0 - fixed unknown - "
		"-\n"
		"detail CVE-2024-0001 unknown -1.0 - -1 -1 - - - GHSA-aaaa-bbbb-cccc\n");
}

static void listed_versions_count_where_no_range_is_given(void **state)
{
	(void)state;
	assert_says("{'id':'MAL-2024-1','affected':[{'package':{'ecosystem':'npm','name':'evil'},"
		    "'versions':['1.0.0','1.0.1']},"
		    "{'package':{'ecosystem':'npm','name':'b'},'ranges':[{'type':'SEMVER','events':"
		    "[{'introduced':'0'}]}],'versions':['1.0.0']}]}",
		    "source malicious-packages -\n"
		    "fact npm evil MAL-2024-1 - 1.0.0 - 1.0.0 affected critical - -\n"
		    "fact npm evil MAL-2024-1 - 1.0.1 - 1.0.1 affected critical - -\n"
		    "fact npm b MAL-2024-1 - - - - affected critical - -\n");
}

static void without_a_cve_the_id_that_publishers_share_is_used(void **state)
{
	(void)state;
	assert_says("{'id':'GO-2022-0001','aliases':['GHSA-aaaa-bbbb-cccc'],'affected':["
		    "{'package':{'ecosystem':'Go','name':'stdlib'},'ranges':[{'type':'SEMVER',"
		    "'events':[{'introduced':'0'},{'fixed':'1.17.11'},{'introduced':'1.18.0-0'},"
		    "{'fixed':'1.18.3'}]}]}]}",
		    "source golang -\n"
		    "fact golang stdlib GHSA-aaaa-bbbb-cccc GO-2022-0001 - 1.17.11 - fixed unknown "
		    "- -\n"
		    "fact golang stdlib GHSA-aaaa-bbbb-cccc GO-2022-0001 1.18.0-0 1.18.3 - fixed "
		    "unknown - -\n"
		    "detail GHSA-aaaa-bbbb-cccc unknown -1.0 - -1 -1 - - - GO-2022-0001\n");
}

static void notices_of_unmaintained_crates_are_left_out(void **state)
{
	(void)state;
	assert_says("{'id':'RUSTSEC-2020-0001','affected':[{'package':{'ecosystem':'crates.io',"
		    "'name':'x'},'ranges':[{'type':'SEMVER','events':[{'introduced':'0.0.0-0'}]}],"
		    "'database_specific':{'informational':'unmaintained'}}]}",
		    "skipped RUSTSEC-2020-0001: a notice about a package, of no vulnerability\n");
}

static void a_record_in_yaml_says_the_same_as_in_json(void **state)
{
	(void)state;
	assert_text_says(
		"id: PYSEC-2019-190\nmodified: '2024-01-02T00:00:00Z'\n"
		"aliases: [CVE-2019-9735]\naffected:\n- package:\n    name: Neutron\n"
		"    ecosystem: PyPI\n  ranges:\n  - type: GIT\n    events:\n"
		"    - introduced: '0'\n  - type: ECOSYSTEM\n    events:\n"
		"    - introduced: 12.0\n    - fixed: 12.0.6\n    - introduced: \"0\"\n"
		"    - last_affected: 10.0\n  versions:\n  - '0.0'\n"
		"severity:\n- type: CVSS_V3\n"
		"  score: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\n",
		"source pypa -\n"
		"fact pypi neutron CVE-2019-9735 PYSEC-2019-190 12.0 12.0.6 - fixed unknown - -\n"
		"fact pypi neutron CVE-2019-9735 PYSEC-2019-190 - - 10.0 affected unknown - -\n"
		"detail CVE-2019-9735 critical 9.8 "
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H -1 -1 - - - -\n"
		"detail CVE-2019-9735 unknown -1.0 - -1 -1 - - - PYSEC-2019-190\n"
		"source pypa 2024-01-02T00:00:00Z\n");
}

/* --- by what is safe ----------------------------------------------------------------- */

static void rustsec_says_what_is_patched(void **state)
{
	(void)state;
	assert_text_says(
		"```toml\n[advisory]\nid = \"RUSTSEC-2021-0001\"\npackage = \"x\"\n"
		"date = \"2021-01-02\"\naliases = [\"CVE-2021-0001\"]\n[versions]\n"
		"patched = [\">= 1.4.2\", \"^1.2.5\"]\nunaffected = [\"< 0.9\"]\n```\n# Title\n",
		"source rustsec -\n"
		"fact cargo x CVE-2021-0001 RUSTSEC-2021-0001 0.9.0 1.2.5 - fixed unknown - -\n"
		"detail CVE-2021-0001 unknown -1.0 - -1 -1 - - - - 2021-01-02\n"
		"detail CVE-2021-0001 unknown -1.0 - -1 -1 - - - RUSTSEC-2021-0001\n"
		"source rustsec 2021-01-02T00:00:00Z\n");
	assert_text_says("```toml\n[advisory]\nid = \"RUSTSEC-2021-0002\"\npackage = \"x\"\n"
			 "[versions]\npatched = []\n```\n",
			 "source rustsec -\n"
			 "fact cargo x RUSTSEC-2021-0002 - - - - affected unknown - -\n");
	assert_text_says(
		"```toml\n[advisory]\nid = \"RUSTSEC-2021-0003\"\npackage = \"x\"\n"
		"[versions]\npatched = [\"banana\"]\n```\n",
		"skipped RUSTSEC-2021-0003: a requirement of versions in it cannot be read\n");
}

static void rubysec_has_ids_without_their_fronts(void **state)
{
	(void)state;
	assert_text_says(
		"---\ngem: railties\ncve: 2019-5420\nghsa: m42h-mh85-4qgc\n"
		"date: 2019-03-13\ncvss_v3: 9.8\nunaffected_versions:\n  - \"< 5.2.0\"\n"
		"patched_versions:\n  - \"~> 5.2.2, >= 5.2.2.1\"\n  - \">= 6.0.0.beta3\"\n",
		"source rubysec -\n"
		"fact gem railties CVE-2019-5420 - 5.2.0 5.2.2.1 - fixed critical - -\n"
		"fact gem railties CVE-2019-5420 - 5.3.a 6.0.0.beta3 - fixed critical - -\n"
		"detail CVE-2019-5420 unknown -1.0 - -1 -1 - - - - 2019-03-13\n"
		"detail CVE-2019-5420 unknown -1.0 - -1 -1 - - - GHSA-m42h-mh85-4qgc\n"
		"source rubysec 2019-03-13T00:00:00Z\n");
	assert_text_says("engine: jruby\nosvdb: 94644\npatched_versions:\n- '>= 1.7.0'\n",
			 "source rubysec -\n"
			 "fact generic jruby OSVDB-94644 - - 1.7.0 - fixed unknown - -\n");
}

static void php_advisories_without_an_id_get_one_of_their_file(void **state)
{
	(void)state;
	assert_text_says(
		"title: x\nlink: https://a.example/\ncve: ~\nbranches:\n    2.0.x:\n"
		"        time: 2015-08-06 22:08:00\n        versions: ['>=2.0.0', '<2.0.99']\n"
		"    2.1.x:\n        versions: ['>2.1.0', '<=2.1.9']\n"
		"reference: 'composer://Cakephp/Cakephp'\n",
		"source friendsofphp -\n"
		"fact composer cakephp/cakephp FOP-Cakephp-Cakephp-2015-08-06 - 2.0.0 2.0.99 - "
		"fixed unknown - -\n"
		"fact composer cakephp/cakephp FOP-Cakephp-Cakephp-2015-08-06 - 2.1.0.1 - 2.1.9 "
		"affected unknown - -\n"
		"detail FOP-Cakephp-Cakephp-2015-08-06 unknown -1.0 - -1 -1 - - - - 2015-08-06\n");
}

/* --- Retire.js --------------------------------------------------------------------------- */

static void libraries_of_retire_have_ranges_in_both_forms(void **state)
{
	(void)state;
	assert_says(
		"{'jquery':{'npmname':'jquery','vulnerabilities':[{'atOrAbove':'1.4.0',"
		"'below':'1.6.3','severity':'medium','identifiers':{'CVE':['CVE-2011-4969',"
		"'CVE-2011-4970'],'githubID':'GHSA-579v-mp3v-rrw5'}},{'below':'2',"
		"'identifiers':{'summary':'no id'}}],'extractors':{}},"
		"'YUI':{'extractors':{},'vulnerabilities':[{'ranges':[{'below':'2.8.2'},"
		"{'atOrAbove':'3','below':7}],'identifiers':{'githubID':'GHSA-aaaa-bbbb-cccc'}}]}}",
		"source retirejs -\n"
		"fact npm jquery CVE-2011-4969 - 1.4.0 1.6.3 - fixed medium - -\n"
		"detail CVE-2011-4969 unknown -1.0 - -1 -1 - - - GHSA-579v-mp3v-rrw5\n"
		"fact npm jquery CVE-2011-4970 - 1.4.0 1.6.3 - fixed medium - -\n"
		"detail CVE-2011-4970 unknown -1.0 - -1 -1 - - - GHSA-579v-mp3v-rrw5\n"
		"skipped jquery: a vulnerability without a CVE or GHSA id\n"
		"fact generic YUI GHSA-aaaa-bbbb-cccc - - 2.8.2 - fixed unknown - -\n"
		"fact generic YUI GHSA-aaaa-bbbb-cccc - 3 - - affected unknown - -\n");
}

/* --- hostile -------------------------------------------------------------------------------- */

static void broken_documents_are_errors_that_name_the_line(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum error_code code;
		const char *part;
	} table[] = {
		{ "id: X-1\naffected: [", ERR_MALFORMED, "line 2" },
		{ "gem: x\ncve: 1\n\t- y", ERR_MALFORMED, "line 3" },
		{ "branches: &a [*a]\nreference: composer://x/y", ERR_MALFORMED, "line 1" },
		{ "```toml\n[advisory\n```\n", ERR_MALFORMED, "line 1" },
		{ "```json\n{}\n```\n", ERR_MALFORMED, "not an advisory feed" },
		{ "name: something else\n", ERR_MALFORMED, "not an advisory feed" },
		{ "{'x':{'vulnerabilities':[", ERR_TRUNCATED, "offset" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char text[200];
		size_t n = strlen(table[i].text);
		for (size_t k = 0; k < n; k++)
			text[k] = table[i].text[k] == '\'' ? '"' : table[i].text[k];
		assert_refused(bytes_of(text, n), table[i].code, table[i].part);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_pypi_composer_and_nuget_are_normalised),
		cmocka_unit_test(listed_versions_count_where_no_range_is_given),
		cmocka_unit_test(without_a_cve_the_id_that_publishers_share_is_used),
		cmocka_unit_test(notices_of_unmaintained_crates_are_left_out),
		cmocka_unit_test(a_record_in_yaml_says_the_same_as_in_json),
		cmocka_unit_test(rustsec_says_what_is_patched),
		cmocka_unit_test(rubysec_has_ids_without_their_fronts),
		cmocka_unit_test(php_advisories_without_an_id_get_one_of_their_file),
		cmocka_unit_test(libraries_of_retire_have_ranges_in_both_forms),
		cmocka_unit_test(broken_documents_are_errors_that_name_the_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
