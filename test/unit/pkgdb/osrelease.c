/* Which distribution: whole sets of release files (test/data/osrelease), the
 * published os-release of those that are not there, the files from before
 * os-release, Ubuntu's extended maintenance, and files that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>

#include "pkgdb/osrelease.h"
#include "pkgdb/pkgdb.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OS "etc/os-release"

struct want {
	const char *id, *version, *codename, *name;
};

static void expect_text(const char *what, const char *which, struct bytes got, const char *want)
{
	if (!bytes_equal(got, bytes_str(want)))
		fail_msg("%s: the %s is \"%.*s\", not \"%s\"", what, which, (int)got.n,
			 (const char *)got.p, want);
}

static void expect_facts(const char *what, const struct os_facts *got, const struct want *want)
{
	expect_text(what, "id", got->id, want->id);
	expect_text(what, "version", got->version_id, want->version);
	expect_text(what, "codename", got->codename, want->codename);
	expect_text(what, "name", got->name, want->name);
}

/* The facts of all release files below a directory, as a scan joins them. The
 * files' scratch buffers are kept in `scratch`. */
static struct os_facts facts_of_dir(int dir, struct buf *scratch)
{
	struct os_facts all = { 0 }, one;
	for (size_t i = 0; pkgdb_paths[i] != NULL; i++) {
		cleanup_close int fd = openat(dir, pkgdb_paths[i], O_RDONLY | O_CLOEXEC);
		cleanup_buf struct buf text = buf_max(LIMIT_SMALL_FILE);
		struct bytes path = bytes_str(pkgdb_paths[i]);
		if (fd < 0 || pkgdb_classify(path) != PKGDB_OS_RELEASE)
			continue;
		assert_int_equal(fd_read_all(fd, &text, NULL), 0);
		scratch[i] = buf_max(8 * LIMIT_SMALL_FILE);
		if (os_release_parse(path, buf_view(&text), &scratch[i], &one))
			os_facts_add(&all, &one);
	}
	return all;
}

static void real_sets_of_release_files_tell_their_distribution(void **state)
{
	static const struct {
		const char *dir;
		struct want want;
	} rows[] = {
		{ "altlinux10", { "altlinux", "10.1", "", "ALT Server 10.1 (Mendelevium)" } },
		{ "amazon2014", { "amzn", "2014.03", "", "Amazon Linux AMI release 2014.03" } },
		{ "amazon2016", { "amzn", "2016.03", "", "Amazon Linux AMI 2016.03" } },
		{ "arch", { "arch", "", "", "Arch Linux" } },
		{ "centos5", { "centos", "5.11", "Final", "CentOS release 5.11 (Final)" } },
		{ "centos7", { "centos", "7", "Core", "CentOS Linux 7 (Core)" } },
		{ "cloudlinux6",
		  { "cloudlinux", "6.8", "Oleg Makarov",
		    "CloudLinux Server release 6.8 (Oleg Makarov)" } },
		{ "debian8", { "debian", "8", "jessie", "Debian GNU/Linux 8 (jessie)" } },
		{ "debian10", { "debian", "10", "buster", "Debian GNU/Linux 10 (buster)" } },
		{ "debiantesting", { "debian", "", "bookworm", "Debian GNU/Linux bookworm/sid" } },
		{ "fedora19",
		  { "fedora", "19", "Schrödinger’s Cat", "Fedora 19 (Schrödinger’s Cat)" } },
		{ "fedora30", { "fedora", "30", "Thirty", "Fedora 30 (Thirty)" } },
		{ "mandriva2011",
		  { "mandrivalinux", "2011.0", "turtle", "Mandriva Linux 2011.0" } },
		{ "opensuse15", { "opensuse-leap", "15.2", "", "openSUSE Leap 15.2" } },
		{ "opensuse42", { "opensuse", "42.1", "", "openSUSE Leap 42.1 (x86_64)" } },
		{ "oracle7", { "ol", "7.5", "", "Oracle Linux Server 7.5" } },
		{ "raspbian8", { "raspbian", "8", "jessie", "Raspbian GNU/Linux 8 (jessie)" } },
		{ "rhel5",
		  { "rhel", "5.11", "Tikanga",
		    "Red Hat Enterprise Linux Server release 5.11 (Tikanga)" } },
		{ "rhel6",
		  { "rhel", "6.5", "Santiago",
		    "Red Hat Enterprise Linux Server release 6.5 (Santiago)" } },
		{ "rhel7",
		  { "rhel", "7.0", "Maipo", "Red Hat Enterprise Linux Server 7.0 (Maipo)" } },
		{ "rocky",
		  { "rocky", "8.4", "Green Obsidian", "Rocky Linux 8.4 (Green Obsidian)" } },
		{ "sles12", { "sles", "12.1", "", "SUSE Linux Enterprise Server 12 SP1" } },
		{ "ubuntu14", { "ubuntu", "14.04", "", "Ubuntu 14.04.3 LTS" } },
		{ "ubuntu16", { "ubuntu", "16.04", "Xenial Xerus", "Ubuntu 16.04.1 LTS" } },
	};
	(void)state;
	assert_non_null(getenv("CORTEN_TEST_DATA"));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf scratch[64] = { 0 };
		cleanup_buf struct buf path = buf_max(LIMIT_PATH_BYTES);
		assert_int_equal(buf_printf(&path, NULL, "%s/osrelease/%s",
					    getenv("CORTEN_TEST_DATA"), rows[i].dir),
				 0);
		cleanup_close int dir =
			open(buf_cstr(&path, NULL), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(dir >= 0);
		struct os_facts facts = facts_of_dir(dir, scratch);
		expect_facts(rows[i].dir, &facts, &rows[i].want);
		for (size_t k = 0; k < COUNT(scratch); k++)
			buf_free(&scratch[k]);
	}
}

struct row {
	const char *path, *text;
	struct want want;
};

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		cleanup_buf struct buf scratch = buf_max(MIB);
		struct os_facts facts;
		if (!os_release_parse(bytes_str(rows[i].path), bytes_str(rows[i].text), &scratch,
				      &facts))
			fail_msg("%s tells nothing: %s", rows[i].path, rows[i].text);
		expect_facts(rows[i].text, &facts, &rows[i].want);
	}
}

static void published_os_release_files_tell_their_distribution(void **state)
{
	static const struct row rows[] = {
		{ OS,
		  "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.18.12\n"
		  "PRETTY_NAME=\"Alpine Linux v3.18\"\n",
		  { "alpine", "3.18.12", "", "Alpine Linux v3.18" } },
		{ OS,
		  "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.21.0_alpha20240807\n"
		  "PRETTY_NAME=\"Alpine Linux edge\"\n",
		  { "alpine", "3.21.0_alpha20240807", "edge", "Alpine Linux edge" } },
		{ OS,
		  "ID=wolfi\nNAME=\"Wolfi\"\nPRETTY_NAME=\"Wolfi\"\nVERSION_ID=\"20230201\"\n",
		  { "wolfi", "20230201", "", "Wolfi" } },
		{ OS,
		  "ID=chainguard\nNAME=\"Chainguard\"\nPRETTY_NAME=\"Chainguard\"\n"
		  "VERSION_ID=\"20230214\"\n",
		  { "chainguard", "20230214", "", "Chainguard" } },
		{ OS,
		  "NAME=\"Microsoft Azure Linux\"\nVERSION=\"3.0.20241005\"\nID=azurelinux\n"
		  "VERSION_ID=\"3.0\"\nPRETTY_NAME=\"Microsoft Azure Linux 3.0\"\n",
		  { "azurelinux", "3.0", "", "Microsoft Azure Linux 3.0" } },
		{ OS,
		  "NAME=\"Common Base Linux Mariner\"\nVERSION=\"2.0.20230208\"\nID=mariner\n"
		  "VERSION_ID=\"2.0\"\nPRETTY_NAME=\"CBL-Mariner/Linux\"\n",
		  { "mariner", "2.0", "", "CBL-Mariner/Linux" } },
		{ OS,
		  "NAME=\"VMware Photon OS\"\nVERSION=\"5.0\"\nID=photon\nVERSION_ID=5.0\n"
		  "PRETTY_NAME=\"VMware Photon OS/Linux\"\n",
		  { "photon", "5.0", "", "VMware Photon OS/Linux" } },
		{ OS,
		  "NAME=\"openEuler\"\nVERSION=\"22.03 (LTS-SP3)\"\nID=\"openEuler\"\n"
		  "VERSION_ID=\"22.03\"\nPRETTY_NAME=\"openEuler 22.03 (LTS-SP3)\"\n",
		  { "openeuler", "22.03", "LTS-SP3", "openEuler 22.03 (LTS-SP3)" } },
		{ OS,
		  "NAME=\"Anolis OS\"\nVERSION=\"8.6\"\nID=\"anolis\"\n"
		  "ID_LIKE=\"rhel fedora centos\"\nVERSION_ID=\"8.6\"\n"
		  "PRETTY_NAME=\"Anolis OS 8.6\"\n",
		  { "anolis", "8.6", "", "Anolis OS 8.6" } },
		{ OS,
		  "NAME=\"Alibaba Cloud Linux\"\nVERSION=\"3 (Soaring Falcon)\"\nID=\"alinux\"\n"
		  "ID_LIKE=\"rhel fedora centos anolis\"\nVERSION_ID=\"3\"\n"
		  "PRETTY_NAME=\"Alibaba Cloud Linux 3 (Soaring Falcon)\"\n",
		  { "alinux", "3", "Soaring Falcon", "Alibaba Cloud Linux 3 (Soaring Falcon)" } },
		{ OS,
		  "NAME=\"BellSoft Alpaquita Linux Stream\"\nID=alpaquita\nID_LIKE=alpine\n"
		  "VERSION_ID=stream\nPRETTY_NAME=\"BellSoft Alpaquita Linux Stream (musl)\"\n",
		  { "alpaquita", "stream", "", "BellSoft Alpaquita Linux Stream (musl)" } },
		{ OS,
		  "NAME=\"openSUSE Tumbleweed\"\nID=\"opensuse-tumbleweed\"\n"
		  "ID_LIKE=\"opensuse suse\"\nVERSION_ID=\"20240823\"\n"
		  "PRETTY_NAME=\"openSUSE Tumbleweed\"\n",
		  { "opensuse-tumbleweed", "20240823", "", "openSUSE Tumbleweed" } },
		{ OS,
		  "NAME=\"SLES\"\nVERSION=\"15-SP7\"\nVERSION_ID=\"15.7\"\n"
		  "PRETTY_NAME=\"SUSE Linux Enterprise Server 15 SP7\"\nID=\"sles\"\n"
		  "ID_LIKE=\"suse\"\n",
		  { "sles", "15.7", "", "SUSE Linux Enterprise Server 15 SP7" } },
		{ OS,
		  "NAME=\"Amazon Linux\"\nVERSION=\"2023\"\nID=\"amzn\"\nID_LIKE=\"fedora\"\n"
		  "VERSION_ID=\"2023\"\nPRETTY_NAME=\"Amazon Linux 2023\"\n",
		  { "amzn", "2023", "", "Amazon Linux 2023" } },
		{ OS,
		  "NAME=\"Amazon Linux\"\nVERSION=\"2\"\nID=\"amzn\"\n"
		  "ID_LIKE=\"centos rhel fedora\"\nVERSION_ID=\"2\"\nPRETTY_NAME=\"Amazon Linux "
		  "2\"\n",
		  { "amzn", "2", "", "Amazon Linux 2" } },
		{ OS,
		  "NAME=\"CentOS Stream\"\nVERSION=\"9\"\nID=\"centos\"\nID_LIKE=\"rhel fedora\"\n"
		  "VERSION_ID=\"9\"\nPRETTY_NAME=\"CentOS Stream 9\"\n",
		  { "centos", "9", "", "CentOS Stream 9" } },
		{ OS,
		  "NAME=\"AlmaLinux\"\nVERSION=\"9.6 (Sage Margay)\"\nID=\"almalinux\"\n"
		  "ID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.6\"\n"
		  "PRETTY_NAME=\"AlmaLinux 9.6 (Sage Margay)\"\n",
		  { "almalinux", "9.6", "Sage Margay", "AlmaLinux 9.6 (Sage Margay)" } },
		{ "usr/lib/os-release",
		  "PRETTY_NAME=\"Distroless\"\nNAME=\"Debian GNU/Linux\"\nID=\"debian\"\n"
		  "VERSION_ID=\"12\"\nVERSION=\"Debian GNU/Linux 12 (bookworm)\"\n",
		  { "debian", "12", "bookworm", "Distroless" } },
		{ OS,
		  "PRETTY_NAME=\"Debian GNU/Linux buster/sid\"\nNAME=\"Debian GNU/Linux\"\n"
		  "ID=debian\n",
		  { "debian", "", "buster", "Debian GNU/Linux buster/sid" } },
		{ OS,
		  "PRETTY_NAME=\"Debian GNU/Linux trixie/sid\"\nNAME=\"Debian GNU/Linux\"\n"
		  "VERSION_CODENAME=trixie\nID=debian\n",
		  { "debian", "", "trixie", "Debian GNU/Linux trixie/sid" } },
	};
	(void)state;
	check_rows(rows, COUNT(rows));
}

static void older_files_give_what_os_release_would(void **state)
{
	static const struct row rows[] = {
		{ "etc/centos-release",
		  "CentOS release 6.10 (Final)\n",
		  { "centos", "6.10", "Final", "CentOS release 6.10 (Final)" } },
		{ "etc/centos-release",
		  "CentOS Linux release 7.9.2009 (Core)\n",
		  { "centos", "7", "Core", "CentOS Linux release 7.9.2009 (Core)" } },
		{ "etc/centos-release",
		  "CentOS Stream release 8\n",
		  { "centos", "8", "", "CentOS Stream release 8" } },
		{ "etc/redhat-release",
		  "Red Hat Enterprise Linux release 9.4 (Plow)\n",
		  { "rhel", "9.4", "Plow", "Red Hat Enterprise Linux release 9.4 (Plow)" } },
		{ "etc/rocky-release",
		  "Rocky Linux release 9.3 (Blue Onyx)\n",
		  { "rocky", "9.3", "Blue Onyx", "Rocky Linux release 9.3 (Blue Onyx)" } },
		{ "etc/almalinux-release",
		  "AlmaLinux release 8.10 (Cerulean Leopard)\n",
		  { "almalinux", "8.10", "Cerulean Leopard",
		    "AlmaLinux release 8.10 (Cerulean Leopard)" } },
		{ "etc/oracle-release",
		  "Oracle Linux Server release 6.10\n",
		  { "ol", "6.10", "", "Oracle Linux Server release 6.10" } },
		{ "etc/system-release",
		  "Amazon Linux AMI release 2018.03\n",
		  { "amzn", "2018.03", "", "Amazon Linux AMI release 2018.03" } },
		{ "etc/system-release",
		  "Amazon Linux release 2 (Karoo)\n",
		  { "amzn", "2", "Karoo", "Amazon Linux release 2 (Karoo)" } },
		{ "etc/system-release",
		  "Amazon Linux release 2023.3.20240108 (Amazon Linux)\n",
		  { "amzn", "2023", "Amazon Linux",
		    "Amazon Linux release 2023.3.20240108 (Amazon Linux)" } },
		{ "etc/mariner-release",
		  "CBL-Mariner 2.0.20240112\nMARINER_BUILD_NUMBER=5f8a7a2\n",
		  { "mariner", "2.0", "", "CBL-Mariner 2.0.20240112" } },
		{ "etc/photon-release",
		  "VMware Photon OS 4.0\nPHOTON_BUILD_NUMBER=2f5aad892\n",
		  { "photon", "4.0", "", "VMware Photon OS 4.0" } },
		{ "etc/openEuler-release",
		  "openEuler release 22.03 (LTS-SP3)\n",
		  { "openeuler", "22.03", "LTS-SP3", "openEuler release 22.03 (LTS-SP3)" } },
		{ "etc/anolis-release",
		  "Anolis OS release 8.6\n",
		  { "anolis", "8.6", "", "Anolis OS release 8.6" } },
		{ "etc/alinux-release",
		  "Alibaba Cloud Linux release 3 (Soaring Falcon) \n",
		  { "alinux", "3", "Soaring Falcon",
		    "Alibaba Cloud Linux release 3 (Soaring Falcon)" } },
		{ "etc/SuSE-release",
		  "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n",
		  { "sles", "11.4", "", "SUSE Linux Enterprise Server 11 (x86_64)" } },
		{ "etc/SuSE-release",
		  "SUSE Linux Enterprise Server 12 (x86_64)\nVERSION = 12\nPATCHLEVEL = 0\n",
		  { "sles", "12", "", "SUSE Linux Enterprise Server 12 (x86_64)" } },
		{ "etc/SuSE-release",
		  "openSUSE 13.1 (x86_64)\nVERSION = 13.1\nCODENAME = Bottle\n",
		  { "opensuse", "13.1", "Bottle", "openSUSE 13.1 (x86_64)" } },
		{ "etc/lsb-release",
		  "DISTRIB_ID=Ubuntu\r\nDISTRIB_RELEASE=12.04\r\nDISTRIB_CODENAME=precise\r\n"
		  "DISTRIB_DESCRIPTION=\"Ubuntu 12.04.5 LTS\"\r\n",
		  { "ubuntu", "12.04", "precise", "Ubuntu 12.04.5 LTS" } },
		{ "etc/lsb-release",
		  "DISTRIB_ID=\"VMware Photon OS\"\nDISTRIB_RELEASE=\"4.0\"\n",
		  { "photon", "4.0", "", "VMware Photon OS 4.0" } },
		{ "etc/debian_version", "12.5\n", { "debian", "12", "", "Debian GNU/Linux 12.5" } },
		{ "etc/debian_version",
		  "5.0.10",
		  { "debian", "5", "", "Debian GNU/Linux 5.0.10" } },
		{ "etc/debian_version",
		  "trixie/sid\n",
		  { "debian", "", "trixie", "Debian GNU/Linux trixie/sid" } },
		{ "etc/alpine-release",
		  "3.2.3\n",
		  { "alpine", "3.2.3", "", "Alpine Linux 3.2.3" } },
		{ "etc/alpine-release",
		  "3.22_alpha20250108\n",
		  { "alpine", "3.22_alpha20250108", "edge", "Alpine Linux 3.22_alpha20250108" } },
	};
	(void)state;
	check_rows(rows, COUNT(rows));
}

static void values_are_read_as_a_shell_reads_them(void **state)
{
	static const struct row rows[] = {
		{ OS, "ID='single'\n", { "single", "", "", "" } },
		{ OS,
		  "ID=a\nPRETTY_NAME=\"say \\\"hi\\\" for \\$5 \\\\ \\`x\\` \\n\"\n",
		  { "a", "", "", "say \"hi\" for $5 \\ `x` \\n" } },
		{ OS, "  ID = b\n# ID=c\n#\n=\nID=Fedora\n", { "fedora", "", "", "" } },
		{ OS, "ID=a\nVERSION_ID=\"1\nNAME=\"\n", { "a", "\"1", "", "\" \"1" } },
		{ OS,
		  "NAME=\"CentOS Linux\"\nVERSION_ID=7\n",
		  { "centos", "7", "", "CentOS Linux 7" } },
		{ OS, "ID=a\nID=b", { "b", "", "", "" } },
		{ OS, "ID=a\nVERSION=\"1 (x\"\n", { "a", "", "", "1 (x" } },
		{ OS, "ID=a\nNAME=\xff\nVERSION_ID=\"\x1b[1m\"\n", { "a", "", "", "" } },
	};
	(void)state;
	check_rows(rows, COUNT(rows));
}

static void a_file_that_tells_nothing_leaves_the_facts_alone(void **state)
{
	static const struct {
		const char *path, *text;
	} rows[] = {
		{ OS, "" },
		{ OS, "\n\n" },
		{ OS, "VERSION_ID=12\n" },
		{ OS, "ID=\x1b[2J\n" },
		{ OS, "ID=\"\"\n" },
		{ "etc/lsb-release", "LSB_VERSION=\"core-4.0-amd64\"\n" },
		{ "etc/centos-release", "\n \n" },
		{ "etc/redhat-release", "centos-release" },
		{ "etc/alpine-release", "edge\n" },
		{ "etc/debian_version", "" },
		{ "etc/passwd", "ID=debian\n" },
		{ "var/lib/dpkg/status", "ID=debian\n" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_buf struct buf scratch = buf_max(MIB);
		struct os_facts facts = { .rank = 42 };
		if (os_release_parse(bytes_str(rows[i].path), bytes_str(rows[i].text), &scratch,
				     &facts))
			fail_msg("%s tells something: %s", rows[i].path, rows[i].text);
		assert_int_equal(facts.rank, 42);
	}
}

static void a_scratch_buffer_that_is_too_small_is_no_overflow(void **state)
{
	cleanup_buf struct buf scratch = buf_max(64);
	struct os_facts facts;
	(void)state;
	assert_false(os_release_parse(BYTES_LIT(OS), BYTES_LIT("ID=debian\n"), &scratch, &facts));
}

/* Oracle Linux says Red Hat in redhat-release, Ubuntu Debian in debian_version. */
static void the_file_of_the_better_rank_wins_in_any_order(void **state)
{
	static const struct {
		const char *path, *text;
	} files[] = {
		{ "etc/redhat-release",
		  "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n" },
		{ "etc/oracle-release", "Oracle Linux Server release 6.10\n" },
		{ "etc/debian_version", "trixie/sid\n" },
	};
	struct buf scratch[COUNT(files)];
	struct os_facts one[COUNT(files)];
	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		scratch[i] = buf_max(MIB);
		assert_true(os_release_parse(bytes_str(files[i].path), bytes_str(files[i].text),
					     &scratch[i], &one[i]));
	}
	for (size_t first = 0; first < COUNT(files); first++) {
		struct os_facts all = { 0 };
		for (size_t i = 0; i < COUNT(files); i++)
			os_facts_add(&all, &one[(first + i) % COUNT(files)]);
		expect_text("all", "id", all.id, "ol");
	}
	for (size_t i = 0; i < COUNT(files); i++)
		buf_free(&scratch[i]);
}

/* --- Ubuntu Pro ------------------------------------------------------------------- */

static void ubuntu_pro_is_told_by_its_own_files(void **state)
{
	static const struct {
		const char *path, *text, *want; /* NULL: nothing */
	} rows[] = {
		{ "var/lib/ubuntu-advantage/status.json",
		  "{\"attached\": true, \"notices\": [[\"\", \"x\"]], \"services\": ["
		  "{\"name\": \"livepatch\", \"available\": null, \"status\": \"n/a\"}, "
		  "{\"name\": \"esm-infra\", \"entitled\": \"yes\", \"status\": \"enabled\"}], "
		  "\"expires\": \"9999-12-31T00:00:00+00:00\"}",
		  "esm-infra" },
		{ "var/lib/ubuntu-advantage/status.json",
		  "{\"services\":[{\"status\":\"enabled\",\"name\":\"esm-infra\"},"
		  "{\"name\":\"esm-apps\",\"status\":\"enabled\"}]}",
		  "esm-apps,esm-infra" },
		{ "var/lib/ubuntu-advantage/status.json",
		  "{\"services\":[{\"name\":\"esm-infra\",\"status\":\"disabled\"},"
		  "{\"name\":\"fips\",\"status\":\"enabled\"}]}",
		  NULL },
		{ "var/lib/ubuntu-advantage/status.json", "{\"services\":[1,[2],{}]}", NULL },
		{ "var/lib/ubuntu-advantage/status.json",
		  "{\"services\":[{\"name\":\"esm-infra\",\"status\":\"enabled\"}", NULL },
		{ "var/lib/ubuntu-advantage/status.json", "[]", NULL },
		{ "var/lib/ubuntu-advantage/status.json", "", NULL },
		{ "etc/apt/sources.list.d/ubuntu-esm-infra.list",
		  "# Written by ubuntu-advantage-tools\n"
		  "deb https://esm.ubuntu.com/infra/ubuntu jammy-infra-security main\n",
		  "esm-infra" },
		{ "etc/apt/sources.list.d/ubuntu-esm-apps.list",
		  "deb https://esm.ubuntu.com/apps/ubuntu jammy-apps-security main\n", "esm-apps" },
		{ "etc/apt/sources.list.d/ubuntu-esm-infra-trusty.list",
		  "deb https://esm.ubuntu.com/ubuntu/ trusty-infra-security main\n", "esm-infra" },
		{ "etc/apt/sources.list.d/ubuntu-esm-apps.sources",
		  "Types: deb\nURIs: https://esm.ubuntu.com/apps/ubuntu\n"
		  "Suites: noble-apps-security noble-apps-updates\nComponents: main\n",
		  "esm-apps" },
		{ "etc/apt/sources.list.d/ubuntu-esm-apps.sources",
		  "Enabled: no\nURIs: https://esm.ubuntu.com/apps/ubuntu\n", NULL },
		{ "etc/apt/sources.list.d/ubuntu-esm-infra.list",
		  "# deb https://esm.ubuntu.com/infra/ubuntu jammy-infra-security main\n", NULL },
		{ "etc/apt/sources.list.d/ubuntu-esm-infra.list",
		  "deb https://esm.ubuntu.com/fips/ubuntu jammy main\n", NULL },
		{ "etc/apt/auth.conf.d/90ubuntu-advantage",
		  "machine esm.ubuntu.com/apps/ubuntu/ login bearer password X  # u-a-tools\n"
		  "machine esm.ubuntu.com/infra/ubuntu/ login bearer password X  # u-a-tools\n",
		  "esm-apps,esm-infra" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_buf struct buf scratch = buf_max(MIB);
		struct os_facts facts = { 0 };
		struct bytes path = bytes_str(rows[i].path);
		assert_int_equal(pkgdb_classify(path), PKGDB_OS_RELEASE);
		bool told = os_release_parse(path, bytes_str(rows[i].text), &scratch, &facts);
		if (told != (rows[i].want != NULL))
			fail_msg("%s tells %s", rows[i].text, told ? "something" : "nothing");
		expect_text(rows[i].text, "extended", facts.extended,
			    rows[i].want == NULL ? "" : rows[i].want);
		assert_int_equal(facts.id.n, 0);
	}
}

static void extended_maintenance_joins_the_facts_of_the_system(void **state)
{
	struct os_facts apps = { .extended = BYTES_LIT("esm-apps"), .rank = 6 };
	struct os_facts infra = { .extended = BYTES_LIT("esm-infra"), .rank = 6 };
	struct os_facts ubuntu = { .id = BYTES_LIT("ubuntu"), .rank = 1 }, all = { 0 };
	(void)state;
	os_facts_add(&all, &infra);
	assert_int_equal(all.id.n, 0);
	os_facts_add(&all, &ubuntu);
	expect_text("two files", "id", all.id, "ubuntu");
	expect_text("two files", "extended", all.extended, "esm-infra");
	os_facts_add(&all, &apps);
	expect_text("three files", "id", all.id, "ubuntu");
	expect_text("three files", "extended", all.extended, "esm-apps,esm-infra");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_sets_of_release_files_tell_their_distribution),
		cmocka_unit_test(published_os_release_files_tell_their_distribution),
		cmocka_unit_test(older_files_give_what_os_release_would),
		cmocka_unit_test(values_are_read_as_a_shell_reads_them),
		cmocka_unit_test(a_file_that_tells_nothing_leaves_the_facts_alone),
		cmocka_unit_test(a_scratch_buffer_that_is_too_small_is_no_overflow),
		cmocka_unit_test(the_file_of_the_better_rank_wins_in_any_order),
		cmocka_unit_test(ubuntu_pro_is_told_by_its_own_files),
		cmocka_unit_test(extended_maintenance_joins_the_facts_of_the_system),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
