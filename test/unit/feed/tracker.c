/* Debian's tracker and secdb: records rebuilt from real entries in the
 * published format, and hostile ones. */
#include "capture.h"

/* clang-format off */

/* The states of the tracker. Real entries: nginx CVE-2023-44487 and expat
 * CVE-2024-28757 (unimportant), zlib CVE-2023-45853 (ignored). */
static void every_state_of_the_tracker_has_its_status(void **state)
{
	(void)state;
	assert_says(
		"{'nginx':{'CVE-2023-44487':{'description':'x','scope':'remote','releases':{"
		"'bookworm':{'status':'open','repositories':{'bookworm':'1.22.1-9'},"
		"'urgency':'unimportant'}}}},"
		"'zlib':{'CVE-2023-45853':{'releases':{"
		"'bookworm':{'status':'open','urgency':'not yet assigned','nodsa':'contrib/minizip not "
		"built','nodsa_reason':'ignored'},"
		"'bullseye':{'status':'open','urgency':'low','nodsa':'Minor issue',"
		"'nodsa_reason':'postponed'},"
		"'buster':{'status':'open','urgency':'end-of-life'},"
		"'trixie':{'status':'open','urgency':'medium','nodsa':'Minor issue',"
		"'nodsa_reason':''},"
		"'sid':{'status':'undetermined','urgency':'not yet assigned'},"
		"'forky':{'status':'resolved','fixed_version':'1:1.3.dfsg-3.1','urgency':'high**'}}}}}",
		"source debian -\n"
		"fact debian:12 nginx CVE-2023-44487 - - - - unimportant negligible - -\n"
		"fact debian:12 zlib CVE-2023-45853 - - - - will-not-fix unknown - -\n"
		"fact debian:11 zlib CVE-2023-45853 - - - - deferred low - -\n"
		"fact debian:10 zlib CVE-2023-45853 - - - - end-of-life unknown - -\n"
		"fact debian:13 zlib CVE-2023-45853 - - - - affected medium - -\n"
		"fact debian:14 zlib CVE-2023-45853 - - 1:1.3.dfsg-3.1 - fixed high - -\n");
}

/* "no-dsa" can be left standing when the fix came after all. */
static void a_fixed_version_beats_a_no_dsa_that_was_left_standing(void **state)
{
	(void)state;
	assert_says("{'x':{'CVE-2024-0001':{'releases':{"
		    "'bookworm':{'status':'resolved','fixed_version':'1.2-3','nodsa':'Minor issue',"
		    "'nodsa_reason':'postponed','urgency':'low'},"
		    "'bullseye':{'status':'open','fixed_version':'1.1-1','nodsa_reason':'ignored',"
		    "'urgency':'low'}}}}}",
		    "source debian -\n"
		    "fact debian:12 x CVE-2024-0001 - - 1.2-3 - fixed low - -\n"
		    "fact debian:11 x CVE-2024-0001 - - 1.1-1 - fixed low - -\n");
}

static void version_0_says_that_a_release_was_never_touched(void **state)
{
	(void)state;
	assert_says("{'x':{'CVE-2024-0001':{'releases':{'bookworm':{'status':'resolved',"
		    "'fixed_version':'0','urgency':'unimportant'}}}}}",
		    "source debian -\n"
		    "fact debian:12 x CVE-2024-0001 - - - - not-affected negligible - -\n");
}

static void what_the_tracker_does_not_say_is_left_out_and_told(void **state)
{
	(void)state;
	assert_says("{'x':{'CVE-2024-0001':{'releases':{"
		    "'bookworm':{'status':'resolved','urgency':'low'},"
		    "'bullseye':{'status':'perhaps'},'buster':{},"
		    "'potato2':{'status':'open'}}},"
		    "'CVE-2024-0002':7,'CVE-2024-0003':{'releases':[]}},"
		    "'y':[1],'z':{'TEMP-0000000-ABCDEF':{'releases':{'sid':{'status':'open'}}}}}",
		    "source debian -\n"
		    "skipped CVE-2024-0001: it is resolved, but in no version\n"
		    "skipped CVE-2024-0001: its status is not known\n"
		    "skipped CVE-2024-0001: its status is not known\n"
		    "skipped CVE-2024-0001: it names a release that is not known\n"
		    "skipped CVE-2024-0002: it is no object\n"
		    "skipped y: it is no object\n"
		    "fact debian:sid z TEMP-0000000-ABCDEF - - - - affected unknown - -\n");
}

static void secdb_of_alpine_names_its_release(void **state)
{
	(void)state;
	assert_says("{'apkurl':'{{urlprefix}}/{{distroversion}}','archs':['x86_64'],"
		    "'reponame':'main','urlprefix':'https://dl-cdn.alpinelinux.org/alpine',"
		    "'distroversion':'v3.19','packages':["
		    "{'pkg':{'name':'aom','secfixes':{'3.1.1-r0':['CVE-2021-30473']}}},"
		    "{'pkg':{'name':'git-lfs','secfixes':{'0':['CVE-2020-27955']}}}]}",
		    "source alpine -\n"
		    "fact alpine:3.19 aom CVE-2021-30473 - - 3.1.1-r0 - fixed unknown - -\n"
		    "fact alpine:3.19 git-lfs CVE-2020-27955 - - - - not-affected unknown - -\n");
}

static void one_entry_of_secdb_may_have_several_names(void **state)
{
	(void)state;
	assert_says("{'distroversion':'edge','packages':[{'pkg':{'name':'x','secfixes':{'1-r0':["
		    "'GHSA-aaaa-bbbb-cccc CVE-2024-0001','CVE-2016-9932 XSA-200','XSA-201',"
		    "'CVE-2017-2616 (+ regression fix)','CVE N/A ZBX-11023','CVE_2019-2426',"
		    "'CVE-2017-17434-1','','regression',7]}}}]}",
		    "source alpine -\n"
		    "fact alpine:edge x CVE-2024-0001 - - 1-r0 - fixed unknown - -\n"
		    "detail CVE-2024-0001 unknown -1.0 - -1 -1 - - - GHSA-aaaa-bbbb-cccc\n"
		    "fact alpine:edge x CVE-2016-9932 - - 1-r0 - fixed unknown - -\n"
		    "fact alpine:edge x XSA-201 - - 1-r0 - fixed unknown - -\n"
		    "fact alpine:edge x CVE-2017-2616 - - 1-r0 - fixed unknown - -\n"
		    "fact alpine:edge x ZBX-11023 - - 1-r0 - fixed unknown - -\n"
		    "skipped CVE_2019-2426: it is no id of a vulnerability\n"
		    "skipped CVE-2017-17434-1: it is no id of a vulnerability\n"
		    "skipped feed: it is no id of a vulnerability\n"
		    "skipped regression: it is no id of a vulnerability\n");
}

static void secdb_may_say_at_its_end_whose_it_is(void **state)
{
	(void)state;
	assert_says("{'packages':[{'pkg':{'name':'x','secfixes':{'1-r0':['CVE-2024-0001']}}}],"
		    "'reponame':'chainguard','urlprefix':'https://packages.cgr.dev'}",
		    "source chainguard -\n"
		    "fact chainguard x CVE-2024-0001 - - 1-r0 - fixed unknown - -\n");
}
/* clang-format on */

static void secdb_that_is_nobodys_is_an_error(void **state)
{
	(void)state;
	assert_refused(BYTES_LIT("{\"packages\":[{\"pkg\":{\"name\":\"x\",\"secfixes\":{\"1-r0\":["
				 "\"CVE-2024-0001\"]}}}]}"),
		       ERR_MALFORMED, "which system");
}

static void the_name_of_a_feed_says_whose_secdb_it_is_at_last(void **state)
{
	(void)state;
	struct capture c = { 0 };
	struct feed_options options = { .name = "wolfi-secdb",
					.retrieved = "2026-01-02T03:04:05Z" };
	assert_int_equal(capture_bytes(&c,
				       BYTES_LIT("{\"packages\":[{\"pkg\":{\"name\":\"x\","
						 "\"secfixes\":{\"1\":[\"CVE-2024-0001\"]}}}]}"),
				       "feed", &options),
			 0);
	assert_string_equal(capture_text(&c),
			    "source wolfi-secdb 2026-01-02T03:04:05Z\n"
			    "fact wolfi x CVE-2024-0001 - - 1 - fixed unknown - -\n");
	capture_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_of_the_tracker_has_its_status),
		cmocka_unit_test(a_fixed_version_beats_a_no_dsa_that_was_left_standing),
		cmocka_unit_test(version_0_says_that_a_release_was_never_touched),
		cmocka_unit_test(what_the_tracker_does_not_say_is_left_out_and_told),
		cmocka_unit_test(secdb_of_alpine_names_its_release),
		cmocka_unit_test(one_entry_of_secdb_may_have_several_names),
		cmocka_unit_test(secdb_may_say_at_its_end_whose_it_is),
		cmocka_unit_test(secdb_that_is_nobodys_is_an_error),
		cmocka_unit_test(the_name_of_a_feed_says_whose_secdb_it_is_at_last),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
