#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "feed/words.h"

static void ecosystems_of_osv_become_keys(void **state)
{
	(void)state;
	static const struct {
		const char *osv, *key, *publisher;
	} rows[] = {
		{ "Debian:12", "debian:12", "debian" },
		{ "Debian:bookworm", "debian:12", "debian" },
		{ "Debian:sid", "debian:sid", "debian" },
		{ "Ubuntu:22.04:LTS", "ubuntu:22.04", "ubuntu" },
		{ "Ubuntu:24.10", "ubuntu:24.10", "ubuntu" },
		{ "Ubuntu:Pro:18.04:LTS", "ubuntu-pro:18.04", "ubuntu" },
		{ "Ubuntu:Pro:FIPS-updates:20.04:LTS", "ubuntu-pro-fips-updates:20.04", "ubuntu" },
		{ "Alpine:v3.18", "alpine:3.18", "alpine" },
		{ "Alpine:edge", "alpine:edge", "alpine" },
		{ "Wolfi", "wolfi", "wolfi" },
		{ "Chainguard", "chainguard", "chainguard" },
		{ "AlmaLinux:9", "almalinux:9", "almalinux" },
		{ "Rocky Linux:9", "rocky:9", "rocky" },
		{ "Red Hat:enterprise_linux:9::appstream", "redhat:9", "redhat" },
		{ "Red Hat:enterprise_linux:8::baseos", "redhat:8", "redhat" },
		{ "Red Hat:rhel_els:7", "redhat:7", "redhat" },
		{ "Red Hat:rhel_eus:9.2::baseos", "redhat-eus:9.2", "redhat" },
		{ "Red Hat:rhel_e4s:9.0::appstream", "redhat-e4s:9.0", "redhat" },
		{ "SUSE:Linux Enterprise Server 15 SP5", "sles:15.5", "suse" },
		{ "SUSE:Linux Enterprise Server 15 SP4-LTSS", "sles:15.4", "suse" },
		{ "SUSE:Linux Enterprise Server for SAP Applications 12 SP5", "sles:12.5", "suse" },
		{ "SUSE:Linux Enterprise Module for Python 3 15 SP6", "sles:15.6", "suse" },
		{ "SUSE:Linux Enterprise Server 12", "sles:12", "suse" },
		{ "SUSE:Linux Enterprise Micro 5.5", "sle-micro:5.5", "suse" },
		{ "SUSE:Linux Micro 6.0", "sle-micro:6.0", "suse" },
		{ "openSUSE:Leap 15.5", "opensuse-leap:15.5", "suse" },
		{ "openSUSE:Leap Micro 5.5", "opensuse-leap-micro:5.5", "suse" },
		{ "openSUSE:Tumbleweed", "opensuse-tumbleweed", "suse" },
		{ "openEuler:22.03-LTS-SP3", "openeuler:22.03-lts-sp3", "openeuler" },
		{ "Photon OS:5.0", "photon:5", "photon" },
		{ "Azure Linux:3", "azurelinux:3", "azurelinux" },
		{ "Azure Linux:2", "mariner:2", "azurelinux" },
		{ "Alpaquita:23", "alpaquita:23", "bellsoft" },
		{ "BellSoft Hardened Containers:23", "bellsoft-hardened-containers:23",
		  "bellsoft" },
		{ "npm", "npm", "npm" },
		{ "PyPI", "pypi", "pypi" },
		{ "crates.io", "cargo", "cargo" },
		{ "Maven:https://repo1.maven.org/maven2", "maven", "maven" },
		{ "Go", "golang", "golang" },
		{ "RubyGems", "gem", "gem" },
		{ "NuGet", "nuget", "nuget" },
		{ "Hex", "hex", "hex" },
		{ "Pub", "pub", "pub" },
		{ "SwiftURL", "swift", "swift" },
		{ "ConanCenter", "conan", "conan" },
		{ "CRAN", "cran", "cran" },
		{ "Bitnami", "generic", "generic" },
		{ "GitHub Actions", "githubactions", "githubactions" },
		{ "Packagist:https://packages.drupal.org/8", "composer", "composer" },
		{ "Some New:Thing", "some-new:thing", "some-new" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char key[ECOSYSTEM_KEY_MAX] = "";
		const char *why = ecosystem_of_osv(bytes_str(rows[i].osv), key);
		if (why != NULL)
			fail_msg("%s: %s", rows[i].osv, why);
		assert_string_equal(key, rows[i].key);
		assert_true(bytes_equal(ecosystem_publisher(bytes_str(key)),
					bytes_str(rows[i].publisher)));
	}
}

static void ecosystems_that_are_no_system_or_no_release_are_left_out(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"",
		"Debian",
		"Alpine",
		"Ubuntu",
		"Ubuntu:LTS:",
		"Red Hat",
		"Red Hat:",
		"Red Hat:openshift:4.14::el9",
		"Red Hat:rhel_software_collections:3::el7",
		"SUSE:Manager Server 4.3",
		"SUSE:Linux Enterprise Server",
		"openSUSE:Backports SLE-15-SP5",
		"openSUSE:",
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char key[ECOSYSTEM_KEY_MAX] = "";
		if (ecosystem_of_osv(bytes_str(rows[i]), key) == NULL)
			fail_msg("%s became %s", rows[i], key);
	}
}

static void an_ecosystem_of_any_length_fits_or_is_left_out(void **state)
{
	(void)state;
	static const char *const fronts[] = { "Debian:",
					      "Ubuntu:Pro:",
					      "Ubuntu:",
					      "npm",
					      "",
					      "Red Hat:enterprise_linux:",
					      "Red Hat:rhel_eus:",
					      "SUSE:Linux Enterprise Server ",
					      "SUSE:Linux Enterprise Micro ",
					      "openSUSE:Leap " };
	for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++)
		for (size_t n = 1; n < 300; n++) {
			char osv[400], key[ECOSYSTEM_KEY_MAX] = "";
			int front = snprintf(osv, sizeof osv, "%s", fronts[i]);
			memset(osv + front, n % 3 == 0 ? ':' : '1', n);
			if (ecosystem_of_osv(bytes_of(osv, (size_t)front + n), key) == NULL)
				assert_true(strlen(key) < ECOSYSTEM_KEY_MAX);
		}
}

static void words_of_publishers_become_severities(void **state)
{
	(void)state;
	static const struct {
		const char *word;
		enum severity want;
	} rows[] = {
		{ "Critical", SEVERITY_CRITICAL },
		{ "Important", SEVERITY_HIGH },
		{ "HIGH", SEVERITY_HIGH },
		{ "MODERATE", SEVERITY_MEDIUM },
		{ "medium", SEVERITY_MEDIUM },
		{ "medium**", SEVERITY_MEDIUM },
		{ "low*", SEVERITY_LOW },
		{ "negligible", SEVERITY_NEGLIGIBLE },
		{ "unimportant", SEVERITY_NEGLIGIBLE },
		{ "not yet assigned", SEVERITY_UNKNOWN },
		{ "end-of-life", SEVERITY_UNKNOWN },
		{ "untriaged", SEVERITY_UNKNOWN },
		{ "", SEVERITY_UNKNOWN },
		{ "***", SEVERITY_UNKNOWN },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(severity_of_word(bytes_str(rows[i].word)), rows[i].want);
}

static void every_codename_of_debian_has_its_number(void **state)
{
	(void)state;
	assert_string_equal(debian_release_number(BYTES_LIT("buzz")), "1.1");
	assert_string_equal(debian_release_number(BYTES_LIT("buster")), "10");
	assert_string_equal(debian_release_number(BYTES_LIT("bookworm")), "12");
	assert_string_equal(debian_release_number(BYTES_LIT("forky")), "14");
	assert_string_equal(debian_release_number(BYTES_LIT("sid")), "sid");
	assert_null(debian_release_number(BYTES_LIT("bookworm-security")));
	assert_null(debian_release_number(BYTES_LIT("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ecosystems_of_osv_become_keys),
		cmocka_unit_test(ecosystems_that_are_no_system_or_no_release_are_left_out),
		cmocka_unit_test(an_ecosystem_of_any_length_fits_or_is_left_out),
		cmocka_unit_test(words_of_publishers_become_severities),
		cmocka_unit_test(every_codename_of_debian_has_its_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
