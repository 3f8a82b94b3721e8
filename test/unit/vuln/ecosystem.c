/* Which facts belong to a system, which command mends it, how urgent it is. */
#include "match.h"

#include "vuln/ecosystem.h"

static void every_system_named_in_the_documentation_has_its_key(void **state)
{
	static const struct {
		struct os_identity os;
		const char *first, *second;
	} table[] = {
		{ { .id = "debian", .version = "12" }, "debian:12", "" },
		{ { .id = "debian", .version = "12.5" }, "debian:12", "" },
		{ { .id = "debian", .name = "Debian GNU/Linux forky/sid", .codename = "forky" },
		  "debian:sid",
		  "debian:14" },
		{ { .id = "debian", .name = "Debian GNU/Linux trixie", .codename = "trixie" },
		  "debian:13",
		  "" },
		{ { .id = "ubuntu", .version = "22.04" }, "ubuntu:22.04", "" },
		{ { .id = "alpine", .version = "3.18.4" }, "alpine:3.18", "" },
		{ { .id = "alpine", .version = "3.24_alpha20260805", .name = "Alpine Linux edge" },
		  "alpine:edge",
		  "" },
		{ { .id = "wolfi", .version = "20230201" }, "wolfi", "" },
		{ { .id = "chainguard", .version = "20230214" }, "chainguard", "" },
		{ { .id = "alpaquita", .version = "23" }, "alpaquita:23", "" },
		{ { .id = "alpaquita", .version = "stream" }, "alpaquita:stream", "" },
		{ { .id = "rhel", .version = "9.4" }, "redhat:9", "" },
		{ { .id = "centos", .version = "7", .name = "CentOS Linux 7 (Core)" },
		  "redhat:7",
		  "" },
		{ { .id = "almalinux", .version = "9.2" }, "almalinux:9", "" },
		{ { .id = "rocky", .version = "8.9" }, "rocky:8", "" },
		{ { .id = "ol", .version = "8.9" }, "oracle:8", "" },
		{ { .id = "amzn", .version = "2023" }, "amazon:2023", "" },
		{ { .id = "amzn", .version = "2" }, "amazon:2", "" },
		{ { .id = "amzn", .version = "2018.03" }, "amazon:1", "" },
		{ { .id = "fedora", .version = "40" }, "fedora:40", "" },
		{ { .id = "sles", .version = "15.5" }, "sles:15.5", "" },
		{ { .id = "opensuse-leap", .version = "15.5" }, "opensuse-leap:15.5", "" },
		{ { .id = "opensuse-tumbleweed", .version = "20260805" },
		  "opensuse-tumbleweed",
		  "" },
		{ { .id = "azurelinux", .version = "3.0" }, "azurelinux:3", "" },
		{ { .id = "mariner", .version = "2.0" }, "mariner:2", "" },
		{ { .id = "photon", .version = "5.0" }, "photon:5", "" },
		{ { .id = "openEuler", .version = "22.03", .name = "openEuler 22.03 (LTS-SP3)" },
		  "openeuler:22.03-lts-sp3",
		  "" },
		{ { .id = "openeuler", .version = "23.09", .name = "openEuler 23.09" },
		  "openeuler:23.09",
		  "" },
		{ { .id = "anolis", .version = "8.8" }, "anolis:8", "" },
		{ { .id = "alinux", .version = "3" }, "alinux:3", "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct os_ecosystem e;
		assert_true(os_ecosystem_of(&table[i].os, &e));
		assert_string_equal(e.keys[0], table[i].first);
		assert_string_equal(e.keys[1], table[i].second);
	}
}

static void hostile_versions_give_no_key_of_something_else(void **state)
{
	static char long_text[4096];
	static const struct os_identity table[] = {
		{ .id = "debian", .version = long_text },
		{ .id = "debian" },
		{ .id = "alpine", .version = "" },
		{ .id = "fedora" },
		{ .id = "" },
		{ .id = "openeuler", .version = "22.03", .name = long_text },
	};
	struct os_ecosystem e;
	(void)state;
	memset(long_text, '(', sizeof long_text - 1);
	for (size_t i = 0; i < 5; i++)
		assert_false(os_ecosystem_of(&table[i], &e));
	assert_true(os_ecosystem_of(&table[5], &e));
	assert_string_equal(e.keys[0], "openeuler:22.03");
}

static void the_command_is_that_of_the_systems_tool(void **state)
{
	static const struct {
		struct os_identity os;
		const char *command;
	} table[] = {
		{ { .id = "debian", .version = "12" },
		  "apt-get update && apt-get install -y --only-upgrade curl libssl3" },
		{ { .id = "alpine", .version = "3.18.4" }, "apk upgrade --no-cache curl libssl3" },
		{ { .id = "alpine", .version = "3.12.1" },
		  "apk add --no-cache --upgrade curl libssl3" },
		{ { .id = "wolfi" }, "apk upgrade --no-cache curl libssl3" },
		{ { .id = "rhel", .version = "9.4", .package_tool = "microdnf" },
		  "microdnf upgrade -y curl libssl3" },
		{ { .id = "rocky", .version = "9" }, "dnf upgrade -y curl libssl3" },
		{ { .id = "centos", .version = "7" }, "yum update -y curl libssl3" },
		{ { .id = "amzn", .version = "2" }, "yum update -y curl libssl3" },
		{ { .id = "amzn", .version = "2023" }, "dnf upgrade -y curl libssl3" },
		{ { .id = "photon", .version = "5.0" }, "tdnf update -y curl libssl3" },
		{ { .id = "sles", .version = "15.5" },
		  "zypper --non-interactive update curl libssl3" },
		{ { .id = "debian", .version = "12", .package_tool = "" }, NULL },
		{ { .id = "plan9" }, NULL },
		{ { .id = NULL }, NULL },
	};
	static const char *const names[] = {
		"libssl3", "curl", "libssl3", "$(reboot)", "-o", "a b"
	};
	struct arena arena = arena_max(MIB);
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const char *got = vuln_update_command(&table[i].os, names, NULL, 6, &arena);
		if (table[i].command == NULL)
			assert_null(got);
		else
			assert_string_equal(got, table[i].command);
	}
	assert_null(vuln_update_command(&table[0].os, names + 3, NULL, 3, &arena));
	arena_free(&arena);
}

static void the_tool_is_the_one_that_is_installed(void **state)
{
	const struct os_identity rhel = { .id = "rhel", .version = "9.4" };
	const struct package minimal[] = { rpm("bash", "1-1", ""), rpm("microdnf", "1-1", "") };
	const struct package full[] = { rpm("microdnf", "1-1", ""), rpm("dnf", "1-1", "") };
	const struct package distroless[] = { deb("libc6", "1", NULL, NULL) };
	(void)state;
	assert_string_equal(vuln_package_tool(&rhel, minimal, 2), "microdnf");
	assert_string_equal(vuln_package_tool(&rhel, full, 2), "dnf");
	assert_string_equal(vuln_package_tool(&debian_12, distroless, 1), "");
}

/* doc/priority.md has this table; the formula must give it row by row. */
static void the_priority_of_every_documented_row_is_reproduced(void **state)
{
	static const struct {
		struct priority_facts facts;
		enum priority priority;
	} table[] = {
#define ROW(sev, st, kev, fix, exposed, epss, result)                                              \
	{ { SEVERITY_##sev, STATUS_##st, kev, fix, exposed, epss }, PRIORITY_##result }
		/* known to be exploited */
		ROW(CRITICAL, FIXED, true, true, true, 0.9, ASAP),
		ROW(LOW, AFFECTED, true, false, true, -1, ASAP),
		ROW(UNKNOWN, AFFECTED, true, false, true, -1, ASAP),
		ROW(NEGLIGIBLE, UNIMPORTANT, true, false, true, -1, ASAP),
		ROW(CRITICAL, FIXED, true, true, false, 0.9, LATER),
		/* severity and fix */
		ROW(CRITICAL, FIXED, false, true, true, -1, ASAP),
		ROW(CRITICAL, AFFECTED, false, false, true, -1, LATER),
		ROW(HIGH, FIXED, false, true, true, -1, LATER),
		ROW(HIGH, AFFECTED, false, false, true, 0.001, LATER),
		ROW(MEDIUM, FIXED, false, true, true, -1, LATER),
		ROW(MEDIUM, AFFECTED, false, false, true, -1, LATER),
		ROW(UNKNOWN, FIXED, false, true, true, -1, LATER),
		ROW(UNKNOWN, AFFECTED, false, false, true, -1, LATER),
		ROW(LOW, FIXED, false, true, true, -1, LATER),
		ROW(LOW, AFFECTED, false, false, true, -1, NNTF),
		ROW(NEGLIGIBLE, FIXED, false, true, true, -1, NNTF),
		ROW(NEGLIGIBLE, AFFECTED, false, false, true, -1, NNTF),
		ROW(CRITICAL, UNIMPORTANT, false, true, true, 0.5, NNTF),
		/* likely to be exploited */
		ROW(CRITICAL, AFFECTED, false, false, true, 0.01, ASAP),
		ROW(HIGH, FIXED, false, true, true, 0.01, ASAP),
		ROW(HIGH, FIXED, false, true, true, 0.0099, LATER),
		ROW(HIGH, AFFECTED, false, false, true, 0.1, ASAP),
		ROW(HIGH, AFFECTED, false, false, true, 0.0999, LATER),
		ROW(MEDIUM, FIXED, false, true, true, 0.1, ASAP),
		ROW(LOW, AFFECTED, false, false, true, 0.02, LATER),
		/* what is not exposed is never urgent */
		ROW(CRITICAL, FIXED, false, true, false, 0.9, LATER),
		ROW(HIGH, FIXED, false, true, false, -1, LATER),
		ROW(HIGH, AFFECTED, false, false, false, -1, NNTF),
		ROW(MEDIUM, FIXED, false, true, false, -1, NNTF),
		ROW(LOW, FIXED, false, true, false, -1, NNTF),
#undef ROW
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (vuln_priority(&table[i].facts) != table[i].priority)
			fail_msg("row %zu: %s", i, priority_name(vuln_priority(&table[i].facts)));
}

static void what_a_container_does_not_run_is_not_exposed(void **state)
{
	static const char *const unexposed[] = { "linux-libc-dev",
						 "linux-headers-6.1.0-13-amd64",
						 "kernel-headers",
						 "libssl-dev",
						 "openssl-devel",
						 "python3-doc",
						 "libc6-dbg",
						 "glibc-debuginfo",
						 "linux-image-6.1.0-13-amd64",
						 "kernel-core" };
	static const char *const exposed[] = { "libssl3", "openssl",    "bash",   "libc6",
					       "dev",     "linux-perf", "docker", "kernelshark" };
	(void)state;
	for (size_t i = 0; i < sizeof unexposed / sizeof *unexposed; i++) {
		struct package p = deb(unexposed[i], "1", NULL, NULL);
		assert_true(vuln_package_unexposed(&p));
		assert_int_equal(vuln_package_kernel_headers(&p), i < 3);
	}
	for (size_t i = 0; i < sizeof exposed / sizeof *exposed; i++) {
		struct package p = deb(exposed[i], "1", NULL, NULL);
		assert_false(vuln_package_unexposed(&p));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_system_named_in_the_documentation_has_its_key),
		cmocka_unit_test(hostile_versions_give_no_key_of_something_else),
		cmocka_unit_test(the_command_is_that_of_the_systems_tool),
		cmocka_unit_test(the_tool_is_the_one_that_is_installed),
		cmocka_unit_test(the_priority_of_every_documented_row_is_reproduced),
		cmocka_unit_test(what_a_container_does_not_run_is_not_exposed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
