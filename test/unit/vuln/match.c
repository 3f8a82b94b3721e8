/* Matching: the traps of each distribution's data, with real facts. Sources:
 * test/data/README.md. */
#include "match.h"

#define ONE(x) (x), sizeof(x) / sizeof(*(x))

/* The finding of `id`, or NULL, for one package on one system. */
static const struct finding *match_one(const struct vulndb *db, const struct os_identity *os,
				       struct package *p, const char *id, struct found *found)
{
	match_all(db, os, p, 1, found);
	return found_id(found, id);
}

/* --- dpkg ---------------------------------------------------------------------- */

static const struct row debian[] = {
	{ "debian:12", "bash", "CVE-2022-3715", "5.2-1" },
	{ "debian:12", "e2fsprogs", "CVE-2022-1304", "1.46.6~rc1-1" },
	{ "debian:12", "libxml2", "CVE-2023-45322", "2.9.14+dfsg-1.3~deb12u2",
	  .severity = SEVERITY_MEDIUM },
	{ "debian:12", "openssl", "CVE-2023-5363", "3.0.11-1~deb12u2", .advisory = "DSA-5532-1" },
	{ "debian:12", "nginx", "CVE-2023-44487", NULL, .status = STATUS_UNIMPORTANT },
	{ "debian:12", "expat", "CVE-2024-28757", "2.5.0-1+deb12u1", .status = STATUS_UNIMPORTANT },
	{ "debian:12", "tiff", "CVE-2017-16232", NULL, .status = STATUS_WILL_NOT_FIX },
	{ "debian:12", "tiff", "CVE-2023-6228", NULL, .status = STATUS_DEFERRED },
	{ "debian:12", "tiff", "CVE-2023-3164", NULL, .status = STATUS_AFFECTED },
	{ "debian:12", "tiff", "CVE-2099-0001", NULL, .status = STATUS_END_OF_LIFE },
	{ "debian:12", "tiff", "CVE-2099-0002", "0" },
	{ "debian:12", "linux", "CVE-2024-1086", "6.1.76-1" },
};

static void a_source_version_decides_and_not_that_of_a_binary_rebuild(void **state)
{
	static const struct row rows[] = {
		{ "debian:12", "bash", "CVE-2099-0001", "5.2.15-2" },
		{ "debian:12", "bash", "CVE-2099-0002", "5.2.15-3" },
	};
	struct vulndb *db = MAKE_DB(rows);
	struct package p = deb("bash", "5.2.15-2+b13", "bash", "5.2.15-2");
	cleanup_found struct found found;
	(void)state;
	match_all(db, &debian_12, &p, 1, &found);
	assert_int_equal(found.count, 1);
	assert_string_equal(found.findings[0].id, "CVE-2099-0002");
	assert_string_equal(found.findings[0].reason,
			    "bash 5.2.15-2 (source) is older than 5.2.15-3, which fixes it");
	vulndb_close(db);
}

static void a_binary_package_is_matched_by_its_sources_name(void **state)
{
	struct vulndb *db = MAKE_DB(debian);
	struct package p = deb("libcom-err2", "1.46.2-2", "e2fsprogs", "1.46.2-2");
	cleanup_found struct found found;
	(void)state;
	const struct finding *f = match_one(db, &debian_12, &p, "CVE-2022-1304", &found);
	assert_non_null(f);
	assert_ptr_equal(f->package, &p);
	assert_string_equal(f->evidence,
			    "libcom-err2 1.46.2-2 (dpkg), built from e2fsprogs 1.46.2-2");
	vulndb_close(db);
}

static void a_backport_is_fixed_although_it_sorts_below_the_unstable_fix(void **state)
{
	struct vulndb *db = MAKE_DB(debian);
	struct package fixed = deb("libxml2", "2.9.14+dfsg-1.3~deb12u2", NULL, NULL);
	struct package later = deb("libxml2", "2.9.14+dfsg-1.3~deb12u6", NULL, NULL);
	struct package before = deb("libxml2", "2.9.14+dfsg-1.3~deb12u1", NULL, NULL);
	cleanup_found struct found a, b, c;
	(void)state;
	assert_null(match_one(db, &debian_12, &fixed, "CVE-2023-45322", &a));
	assert_null(match_one(db, &debian_12, &later, "CVE-2023-45322", &b));
	assert_non_null(match_one(db, &debian_12, &before, "CVE-2023-45322", &c));
	vulndb_close(db);
}

static void every_field_of_a_finding_is_filled(void **state)
{
	struct vulndb *db = MAKE_DB(debian);
	struct package p = deb("libssl3", "3.0.9-1", "openssl", "3.0.9-1");
	cleanup_found struct found found;
	(void)state;
	const struct finding *f = match_one(db, &debian_12, &p, "CVE-2023-5363", &found);
	assert_non_null(f);
	assert_int_equal(strlen(f->fingerprint), 64);
	assert_string_equal(f->family, "vulnerability");
	assert_string_equal(f->class, "os");
	assert_string_equal(f->rule, "CVE-2023-5363");
	assert_int_equal(f->status, STATUS_FIXED);
	assert_string_equal(f->fixed_version, "3.0.11-1~deb12u2");
	assert_string_equal(
		f->reason,
		"openssl 3.0.9-1 (source) is older than 3.0.11-1~deb12u2, which fixes it");
	assert_string_equal(f->evidence, "libssl3 3.0.9-1 (dpkg), built from openssl 3.0.9-1");
	assert_non_null(f->advice);
	assert_string_equal(f->path, "var/lib/dpkg/status");
	assert_string_equal(f->advisory.id, "DSA-5532-1");
	assert_string_equal(f->advisory.source, "debian");
	assert_string_equal(f->advisory.snapshot, "2026-11-20");
	assert_string_equal(f->advisory.url,
			    "https://security-tracker.debian.org/tracker/DSA-5532-1");
	assert_true(f->cvss_score < 0 && f->epss < 0 && f->epss_percentile < 0);
	assert_null(f->cvss_vector);
	assert_null(f->kev_added);
	assert_int_equal(f->published, 0);
	vulndb_close(db);
}

static void unimportant_is_negligible_and_needs_nothing(void **state)
{
	struct vulndb *db = MAKE_DB(debian);
	struct package nginx = deb("nginx", "1.22.1-9", NULL, NULL);
	struct package expat = deb("libexpat1", "2.5.0-1", "expat", "2.5.0-1");
	cleanup_found struct found a, b;
	(void)state;
	const struct finding *f = match_one(db, &debian_12, &nginx, "CVE-2023-44487", &a);
	assert_non_null(f);
	assert_int_equal(f->status, STATUS_UNIMPORTANT);
	assert_int_equal(f->severity, SEVERITY_NEGLIGIBLE);
	assert_int_equal(f->priority, PRIORITY_NNTF);
	f = match_one(db, &debian_12, &expat, "CVE-2024-28757", &b);
	assert_non_null(f);
	assert_int_equal(f->status, STATUS_UNIMPORTANT);
	assert_string_equal(f->fixed_version, "2.5.0-1+deb12u1");
	vulndb_close(db);
}

static void the_states_of_the_tracker_become_statuses(void **state)
{
	struct vulndb *db = MAKE_DB(debian);
	struct package p = deb("libtiff6", "4.5.0-6", "tiff", "4.5.0-6");
	cleanup_found struct found found;
	(void)state;
	match_all(db, &debian_12, &p, 1, &found);
	assert_int_equal(found.count, 4);
	assert_int_equal(found_id(&found, "CVE-2017-16232")->status, STATUS_WILL_NOT_FIX);
	assert_int_equal(found_id(&found, "CVE-2023-6228")->status, STATUS_DEFERRED);
	assert_int_equal(found_id(&found, "CVE-2023-3164")->status, STATUS_AFFECTED);
	assert_int_equal(found_id(&found, "CVE-2099-0001")->status, STATUS_END_OF_LIFE);
	assert_null(found_id(&found, "CVE-2099-0002"));
	assert_null(found.findings[0].fix);
	assert_null(found.findings[0].fixed_version);
	vulndb_close(db);
}

static void kernel_headers_are_never_urgent(void **state)
{
	struct vulndb_builder *b = vulndb_builder_new();
	struct vuln_fact_sink s = vulndb_builder_sink(b);
	struct package p[] = { deb("linux-libc-dev", "6.1.52-1", "linux", "6.1.52-1"),
			       deb("linux-perf", "6.1.52-1", "linux", "6.1.52-1") };
	cleanup_found struct found found;
	(void)state;
	sink_source(&s, "debian", "2026-11-20");
	sink_rows(&s, ONE(debian));
	sink_detail(&s, (struct vuln_detail){ .id = BYTES_LIT("CVE-2024-1086"),
					      NO_DETAIL,
					      .kev_added = BYTES_LIT("2024-05-30"),
					      .published = BYTES_LIT("2024-01-31") });
	struct vulndb *db = write_and_open(b);
	match_all(db, &debian_12, p, 2, &found);
	assert_int_equal(found.count, 2);
	assert_int_equal(found.findings[0].priority, PRIORITY_LATER);
	assert_int_equal(found.findings[1].priority, PRIORITY_ASAP);
	assert_string_equal(found.findings[1].kev_added, "2024-05-30");
	assert_int_equal(found.findings[1].published, 19753);
	vulndb_close(db);
	vulndb_builder_free(b);
}

static void packages_of_third_parties_are_counted_and_not_compared(void **state)
{
	static const struct row rows[] = { { "debian:12", "nodejs", "CVE-2099-0001", "99" } };
	struct vulndb *db = MAKE_DB(rows);
	struct package p[] = { deb("nodejs", "20.9.0-1nodesource1", NULL, NULL),
			       deb("nodejs", "18.13.0+dfsg1-1", NULL, NULL) };
	cleanup_found struct found found;
	(void)state;
	match_all(db, &debian_12, p, 2, &found);
	assert_int_equal(found.count, 1);
	assert_int_equal(found.stats.third_party, 1);
	assert_int_equal(found.stats.packages, 1);
	vulndb_close(db);
}

static void a_version_that_cannot_be_read_degrades_only_its_row(void **state)
{
	static const struct row rows[] = {
		{ "debian:12", "curl", "CVE-2099-0001", "no version at all" },
		{ "debian:12", "curl", "CVE-2099-0002", "7.88.1-10+deb12u4" },
		{ "debian:12", "wget", "CVE-2099-0003", "1.21-1" },
	};
	struct vulndb *db = MAKE_DB(rows);
	struct package p[] = { deb("curl", "7.88.1-10", NULL, NULL),
			       deb("wget", "not a version", NULL, NULL),
			       deb("tar", "also not", NULL, NULL) };
	cleanup_found struct found found;
	(void)state;
	match_all(db, &debian_12, p, 3, &found);
	assert_int_equal(found.count, 1);
	assert_string_equal(found.findings[0].id, "CVE-2099-0002");
	/* tar has no facts: nothing was to be compared. */
	assert_int_equal(found.degraded, 2);
	assert_int_equal(found.stats.unparsable, 2);
	vulndb_close(db);
}

static void every_binary_of_a_source_gets_its_findings(void **state)
{
	static const struct row rows[] = {
		{ "debian:12", "openssl", "CVE-2099-0001", "3.0.11-1" },
		{ "debian:12", "openssl", "CVE-2099-0002", NULL },
		{ "debian:12", "curl", "CVE-2099-0003", "no version at all" },
	};
	struct vulndb *db = MAKE_DB(rows);
	struct package p[] = { deb("libssl3", "3.0.9-1", "openssl", "3.0.9-1"),
			       deb("openssl", "3.0.11-1", NULL, NULL),
			       deb("libssl-dev", "3.0.9-1", "openssl", "3.0.9-1"),
			       deb("curl", "7", NULL, NULL), deb("libcurl4", "7", "curl", "7") };
	struct os_identity os = debian_12;
	cleanup_found struct found found;
	(void)state;
	os.package_tool = "apt-get";
	match_all(db, &os, p, 5, &found);
	assert_int_equal(found.count, 5);
	assert_ptr_equal(found.findings[0].package, &p[0]);
	assert_ptr_equal(found.findings[1].package, &p[0]);
	assert_string_equal(found.findings[2].id, "CVE-2099-0002");
	assert_ptr_equal(found.findings[2].package, &p[1]);
	assert_string_equal(found.findings[3].id, "CVE-2099-0001");
	assert_ptr_equal(found.findings[3].package, &p[2]);
	assert_string_equal(found.findings[3].fix,
			    "apt-get update && apt-get install -y --only-upgrade libssl-dev");
	/* What could not be compared is told of each. */
	assert_int_equal(found.degraded, 2);
	vulndb_close(db);
}

/* --- ranges ------------------------------------------------------------------- */

static void a_version_is_affected_from_introduced_up_to_fixed(void **state)
{
	static const struct row rows[] = {
		{ "alpaquita:23", "abseil-cpp", "CVE-2025-0838", NULL,
		  .introduced = "20220623.1-r1" },
		{ "alpaquita:23", "alsa-lib", "CVE-2026-25068", "1.2.8-r1",
		  .introduced = "1.2.8-r0" },
		{ "alpaquita:23", "aom", "CVE-2099-0001", .introduced = "3.5.0-r0",
		  .last_affected = "3.6.0-r0" },
		{ "alpaquita:23", "aom", "CVE-2099-0001", "4.0.1-r0", .introduced = "4.0.0-r0" },
	};
	static const struct {
		const char *name, *version;
		size_t findings;
	} table[] = {
		{ "abseil-cpp", "20220623.1-r0", 0 },
		{ "abseil-cpp", "20220623.1-r1", 1 },
		{ "abseil-cpp", "20230125.0-r0", 1 },
		{ "alsa-lib", "1.2.7-r3", 0 },
		{ "alsa-lib", "1.2.8-r0", 1 },
		{ "alsa-lib", "1.2.8-r1", 0 },
		{ "aom", "3.4.0-r0", 0 },
		{ "aom", "3.6.0-r0", 1 },
		{ "aom", "3.7.0-r0", 0 },
		{ "aom", "4.0.0-r1", 1 },
		{ "aom", "4.0.1-r0", 0 },
	};
	const struct os_identity os = { .id = "alpaquita", .version = "23" };
	struct vulndb *db = MAKE_DB(rows);
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct package p = apk(table[i].name, table[i].version, table[i].name);
		cleanup_found struct found found;
		match_all(db, &os, &p, 1, &found);
		assert_int_equal(found.count, table[i].findings);
	}
	vulndb_close(db);
}

static void of_several_fixes_that_are_missing_the_last_one_is_named(void **state)
{
	static const struct row rows[] = {
		{ "almalinux:9", "vim", "CVE-2099-0001", "2:8.2.2637-16.el9_0.2",
		  .advisory = "ALSA-2022:1" },
		{ "almalinux:9", "vim", "CVE-2099-0001", "2:8.2.2637-16.el9_0.3",
		  .advisory = "ALSA-2022:2" },
	};
	const struct os_identity os = { .id = "almalinux", .version = "9.2" };
	struct vulndb *db = MAKE_DB(rows);
	struct package none = rpm("vim", "2:8.2.2637-16.el9", "");
	struct package half = rpm("vim", "2:8.2.2637-16.el9_0.2", "");
	cleanup_found struct found a, b;
	(void)state;
	match_all(db, &os, &none, 1, &a);
	match_all(db, &os, &half, 1, &b);
	assert_int_equal(a.count, 1);
	assert_int_equal(b.count, 1);
	assert_string_equal(a.findings[0].advisory.id, "ALSA-2022:2");
	assert_string_equal(b.findings[0].fixed_version, "2:8.2.2637-16.el9_0.3");
	assert_string_equal(b.findings[0].advisory.url,
			    "https://errata.almalinux.org/9/ALSA-2022-2.html");
	vulndb_close(db);
}

/* --- rpm ------------------------------------------------------------------------ */

static void a_module_stream_matches_only_its_own_facts(void **state)
{
	static const struct row rows[] = {
		{ "almalinux:8", "nodejs", "CVE-2099-0016",
		  "1:16.20.2-3.module_el8.8.0+3653+c77a731f", .module = "nodejs:16" },
		{ "almalinux:8", "nodejs", "CVE-2099-0018",
		  "1:18.18.2-1.module_el8.8.0+3652+0e111ba0", .module = "nodejs:18" },
		{ "almalinux:8", "nodejs", "CVE-2099-0000", "1:99-1.el8" },
	};
	const struct os_identity os = { .id = "almalinux", .version = "8.8" };
	struct vulndb *db = MAKE_DB(rows);
	struct package p[] = {
		rpm("nodejs", "1:16.19.1-1.module_el8.7.0+3496+a59a3324",
		    "nodejs:16:8070020230306170042:bd1311ed"),
		rpm("nodejs", "1:16.19.1-1.el8", ""),
	};
	cleanup_found struct found found;
	(void)state;
	match_all(db, &os, p, 2, &found);
	assert_int_equal(found.count, 2);
	assert_string_equal(found.findings[0].id, "CVE-2099-0016");
	assert_ptr_equal(found.findings[0].package, &p[0]);
	assert_string_equal(found.findings[1].id, "CVE-2099-0000");
	assert_ptr_equal(found.findings[1].package, &p[1]);
	vulndb_close(db);
}

/* AlmaLinux's OSV records do not name streams; these are real ones. */
static void without_a_stream_in_the_fact_the_series_of_versions_tells(void **state)
{
	static const struct row rows[] = {
		{ "almalinux:8", "nodejs", "CVE-2023-44487",
		  "1:16.20.2-3.module_el8.8.0+3653+c77a731f", .advisory = "ALSA-2023:5850" },
		{ "almalinux:8", "nodejs", "CVE-2023-44487",
		  "1:18.18.2-1.module_el8.8.0+3652+0e111ba0", .advisory = "ALSA-2023:5869" },
		{ "almalinux:8", "nodejs", "CVE-2023-44487",
		  "1:20.8.1-1.module_el8.9.0+3675+0258a6d9", .advisory = "ALSA-2023:7205" },
		{ "almalinux:8", "podman", "CVE-2099-0001",
		  "4.6.1-4.module_el8.9.0+3627+db8ec155" },
	};
	static const struct {
		const char *name, *version, *label, *advisory;
	} table[] = {
		{ "nodejs", "1:18.16.1-1.module_el8.8.0+3595+0818e803",
		  "nodejs:18:8080020230718:63b34585", "ALSA-2023:5869" },
		{ "nodejs", "1:16.20.2-3.module_el8.8.0+3653+c77a731f",
		  "nodejs:16:8080020231013:63b34585", NULL },
		{ "nodejs", "1:14.21.3-1.module_el8.7.0+3551+53700ee8",
		  "nodejs:14:8070020230306:bd1311ed", NULL },
		{ "podman", "4.4.1-14.module_el8.8.0+3595+0818e803",
		  "container-tools:rhel8:8080020230718:63b34585", "CVE-2099-0001" },
		{ "podman", "4.0.2-14.module_el8.8.0+3595+0818e803",
		  "container-tools:4.0:8080020230718:63b34585", NULL },
	};
	const struct os_identity os = { .id = "almalinux", .version = "8.9" };
	struct vulndb *db = MAKE_DB(rows);
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct package p = rpm(table[i].name, table[i].version, table[i].label);
		cleanup_found struct found found;
		match_all(db, &os, &p, 1, &found);
		assert_int_equal(found.count, table[i].advisory != NULL);
		if (found.count > 0)
			assert_string_equal(found.findings[0].advisory.id, table[i].advisory);
	}
	vulndb_close(db);
}

static void an_architecture_in_a_fact_must_be_the_packages(void **state)
{
	static const struct row rows[] = {
		{ "almalinux:9", "vim", "CVE-2099-0001", "9-1", .arch = "s390x" },
		{ "almalinux:9", "vim", "CVE-2099-0002", "9-1", .arch = "x86_64" },
	};
	const struct os_identity os = { .id = "almalinux", .version = "9.2" };
	struct vulndb *db = MAKE_DB(rows);
	struct package p = rpm("vim", "8-1", "");
	cleanup_found struct found found;
	(void)state;
	match_all(db, &os, &p, 1, &found);
	assert_int_equal(found.count, 1);
	assert_string_equal(found.findings[0].id, "CVE-2099-0002");
	vulndb_close(db);
}

/* vim has the epoch 2 there, and no advisory says so. */
static void a_fixed_version_of_openeuler_has_no_epoch_to_compare(void **state)
{
	static const struct row rows[] = {
		{ "openeuler:22.03-lts-sp3", "vim", "CVE-2025-29768", "9.0-33.oe2203sp3" },
		{ "openeuler:22.03-lts-sp3", "bind", "CVE-2099-0001", "32:9.16-1" },
		{ "almalinux:9", "vim", "CVE-2025-29768", "9.0-33.el9" },
	};
	static const struct {
		const char *id, *name, *version;
		size_t count;
	} cases[] = {
		{ "openeuler", "vim", "2:9.0-32.oe2203sp3", 1 },
		{ "openEuler", "vim", "2:9.0-33.oe2203sp3", 0 },
		{ "openeuler", "vim", "2:9.1-1.oe2203sp3", 0 },
		{ "openeuler", "vim", "8.2-1.oe2203sp3", 1 },
		{ "openeuler", "bind", "9.18-1", 1 },
		{ "openeuler", "bind", "32:9.15-9", 1 },
		{ "openeuler", "bind", "33:9.1-1", 0 },
		{ "almalinux", "vim", "2:9.0-32.el9", 0 },
	};
	struct vulndb *db = MAKE_DB(rows);
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool alma = strcmp(cases[i].id, "almalinux") == 0;
		const struct os_identity os = { .id = cases[i].id,
						.version = alma ? "9.2" : "22.03",
						.name = alma ? "" : "openEuler 22.03 (LTS-SP3)" };
		struct package p = rpm(cases[i].name, cases[i].version, "");
		cleanup_found struct found found;
		match_all(db, &os, &p, 1, &found);
		if (found.count != cases[i].count)
			fail_msg("%s %s: %zu findings", p.name, p.version, found.count);
	}
	vulndb_close(db);
}

static void packages_of_epel_are_not_matched_against_the_distributions_errata(void **state)
{
	static const struct row rows[] = { { "almalinux:9", "htop", "CVE-2099-0001", "9-1" } };
	const struct os_identity os = { .id = "almalinux", .version = "9.2" };
	struct vulndb *db = MAKE_DB(rows);
	struct package p[] = { rpm("htop", "3-1", ""), rpm("htop", "3-2", ""),
			       rpm("htop", "3-3", "") };
	cleanup_found struct found found;
	(void)state;
	p[0].vendor = "Fedora Project";
	p[1].vendor = "AlmaLinux";
	match_all(db, &os, p, 3, &found);
	assert_int_equal(found.count, 2);
	assert_int_equal(found.stats.third_party, 1);
	vulndb_close(db);
}

/* --- Ubuntu ---------------------------------------------------------------------- */

static const struct row ubuntu[] = {
	/* Only Pro has the fix; the archive's list says affected, or nothing. */
	{ "ubuntu:18.04", "vim", "CVE-2099-0001", NULL, .status = STATUS_AFFECTED },
	{ "ubuntu-pro:18.04", "vim", "CVE-2099-0001", "2:8.0.1453-1ubuntu1.13+esm5",
	  .advisory = "USN-6000-1" },
	{ "ubuntu-pro:18.04", "vim", "CVE-2099-0002", "2:8.0.1453-1ubuntu1.13+esm6" },
	/* Both have it. */
	{ "ubuntu:18.04", "vim", "CVE-2099-0003", "2:8.0.1453-1ubuntu1.12" },
	{ "ubuntu-pro:18.04", "vim", "CVE-2099-0003", "2:8.0.1453-1ubuntu1.12" },
};

static void without_pro_a_fix_of_esm_is_advice_and_no_fix(void **state)
{
	const struct os_identity os = { .id = "ubuntu", .version = "18.04" };
	struct vulndb *db = MAKE_DB(ubuntu);
	struct package p = deb("vim", "2:8.0.1453-1ubuntu1.13", NULL, NULL);
	cleanup_found struct found found;
	(void)state;
	match_all(db, &os, &p, 1, &found);
	assert_int_equal(found.count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(found.findings[i].status, STATUS_AFFECTED);
		assert_null(found.findings[i].fixed_version);
		assert_null(found.findings[i].fix);
		assert_non_null(strstr(found.findings[i].advice, "Ubuntu Pro"));
	}
	assert_string_equal(found.findings[0].advisory.url,
			    "https://ubuntu.com/security/notices/USN-6000-1");
	vulndb_close(db);
}

static void with_pro_in_force_its_fix_is_a_fix(void **state)
{
	const struct os_identity os = { .id = "ubuntu",
					.version = "18.04",
					.extended = "esm-infra" };
	struct vulndb *db = MAKE_DB(ubuntu);
	struct package p = deb("vim", "2:8.0.1453-1ubuntu1.11", NULL, NULL);
	cleanup_found struct found found;
	(void)state;
	match_all(db, &os, &p, 1, &found);
	assert_int_equal(found.count, 3);
	assert_int_equal(found.findings[0].status, STATUS_FIXED);
	assert_string_equal(found.findings[0].fixed_version, "2:8.0.1453-1ubuntu1.13+esm5");
	assert_string_equal(found.findings[2].fixed_version, "2:8.0.1453-1ubuntu1.12");
	vulndb_close(db);
}

static void a_version_with_pros_fix_is_fixed_whether_or_not_pro_is_seen(void **state)
{
	const struct os_identity os = { .id = "ubuntu", .version = "18.04" };
	struct vulndb *db = MAKE_DB(ubuntu);
	struct package p = deb("vim", "2:8.0.1453-1ubuntu1.13+esm5", NULL, NULL);
	cleanup_found struct found found;
	(void)state;
	match_all(db, &os, &p, 1, &found);
	assert_int_equal(found.count, 1);
	assert_string_equal(found.findings[0].id, "CVE-2099-0002");
	vulndb_close(db);
}

/* --- systems ----------------------------------------------------------------------- */

static void a_system_without_facts_has_no_advisories(void **state)
{
	static const struct os_identity systems[] = {
		{ .id = "debian", .version = "9" },
		{ .id = "kali", .version = "2026.1" },
		{ .id = "raspbian", .version = "12" },
		{ .id = "centos", .version = "9", .name = "CentOS Stream 9" },
		{ .id = NULL },
	};
	struct vulndb *db = MAKE_DB(debian);
	struct package p = deb("bash", "1", NULL, NULL);
	(void)state;
	for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
		cleanup_found struct found found;
		match_all(db, &systems[i], &p, 1, &found);
		assert_true(found.stats.no_advisories);
		assert_int_equal(found.count, 0);
	}
	vulndb_close(db);
}

static void packages_of_another_kind_than_the_systems_are_not_matched(void **state)
{
	struct vulndb *db = MAKE_DB(debian);
	struct package p = rpm("bash", "1-1", "");
	cleanup_found struct found found;
	(void)state;
	match_all(db, &debian_12, &p, 1, &found);
	assert_false(found.stats.no_advisories);
	assert_int_equal(found.count, 0);
	vulndb_close(db);
}

static void findings_without_room_are_an_error_and_no_silence(void **state)
{
	struct vulndb *db = MAKE_DB(debian);
	struct package p = deb("bash", "1", NULL, NULL);
	struct found found = { .arena = arena_max(64) };
	const struct match_sink sink = { found_finding, found_degraded, &found };
	struct error err = { 0 };
	(void)state;
	assert_int_equal(vuln_match(db, &debian_12, &p, 1, &found.arena, sink, &found.stats, &err),
			 -1);
	assert_int_equal(err.code, ERR_LIMIT);
	found_free(&found);
	vulndb_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_version_decides_and_not_that_of_a_binary_rebuild),
		cmocka_unit_test(a_binary_package_is_matched_by_its_sources_name),
		cmocka_unit_test(a_backport_is_fixed_although_it_sorts_below_the_unstable_fix),
		cmocka_unit_test(every_field_of_a_finding_is_filled),
		cmocka_unit_test(unimportant_is_negligible_and_needs_nothing),
		cmocka_unit_test(the_states_of_the_tracker_become_statuses),
		cmocka_unit_test(kernel_headers_are_never_urgent),
		cmocka_unit_test(packages_of_third_parties_are_counted_and_not_compared),
		cmocka_unit_test(a_version_that_cannot_be_read_degrades_only_its_row),
		cmocka_unit_test(every_binary_of_a_source_gets_its_findings),
		cmocka_unit_test(a_version_is_affected_from_introduced_up_to_fixed),
		cmocka_unit_test(of_several_fixes_that_are_missing_the_last_one_is_named),
		cmocka_unit_test(a_module_stream_matches_only_its_own_facts),
		cmocka_unit_test(without_a_stream_in_the_fact_the_series_of_versions_tells),
		cmocka_unit_test(an_architecture_in_a_fact_must_be_the_packages),
		cmocka_unit_test(a_fixed_version_of_openeuler_has_no_epoch_to_compare),
		cmocka_unit_test(packages_of_epel_are_not_matched_against_the_distributions_errata),
		cmocka_unit_test(without_pro_a_fix_of_esm_is_advice_and_no_fix),
		cmocka_unit_test(with_pro_in_force_its_fix_is_a_fix),
		cmocka_unit_test(a_version_with_pros_fix_is_fixed_whether_or_not_pro_is_seen),
		cmocka_unit_test(a_system_without_facts_has_no_advisories),
		cmocka_unit_test(packages_of_another_kind_than_the_systems_are_not_matched),
		cmocka_unit_test(findings_without_room_are_an_error_and_no_silence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
