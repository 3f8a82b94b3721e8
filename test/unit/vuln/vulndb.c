/* What goes into a database comes out of it, in one order, and no damage to its
 * bytes goes unseen. */
#include "make.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const struct row few[] = {
	{ "debian:12", "openssl", "CVE-2023-5363", "3.0.11-1~deb12u2", .advisory = "DSA-5532-1" },
	{ "debian:12", "openssl", "CVE-2023-4807", NULL, .status = STATUS_UNIMPORTANT },
	{ "debian:12", "curl", "CVE-2023-38545", "7.88.1-10+deb12u4", .severity = SEVERITY_HIGH },
	{ "debian:13", "curl", "CVE-2025-1234567", "8.14.1-2" },
	{ "almalinux:8", "nodejs", "CVE-2023-44487", "1:18.18.2-1.module_el8.8.0+3652+0e111ba0",
	  .module = "nodejs:18", .advisory = "ALSA-2023:5869", .arch = "x86_64" },
	{ "alpaquita:23", "abseil-cpp", "BELL-2025-1", NULL, .introduced = "20220623.1-r1",
	  .last_affected = "20230125-r0" },
};

static struct vulndb_range range_of(const struct vulndb *db, const char *ecosystem,
				    const char *package)
{
	struct error err = { 0 };
	struct vulndb_ecosystem eco;
	struct vulndb_range r;
	assert_int_equal(vulndb_ecosystem_find(db, bytes_str(ecosystem), &eco, &err), 0);
	assert_int_equal(vulndb_find(db, &eco, bytes_str(package), &r, &err), 0);
	return r;
}

static void every_fact_is_found_under_its_ecosystem_and_package(void **state)
{
	struct vulndb *db = MAKE_DB(few);
	struct error err = { 0 };
	struct vulndb_fact f;
	(void)state;
	struct vulndb_range r = range_of(db, "debian:12", "openssl");
	assert_int_equal(r.count, 2);
	assert_int_equal(vulndb_fact_at(db, r.first + 1, &f, &err), 0);
	assert_string_equal(f.fixed, "3.0.11-1~deb12u2");
	assert_string_equal(f.advisory, "DSA-5532-1");
	assert_int_equal(range_of(db, "debian:13", "curl").count, 1);
	assert_int_equal(range_of(db, "debian:13", "openssl").count, 0);
	assert_int_equal(range_of(db, "debian:14", "curl").count, 0);
	assert_int_equal(range_of(db, "debian:12", "").count, 0);
	r = range_of(db, "almalinux:8", "nodejs");
	assert_int_equal(vulndb_fact_at(db, r.first, &f, &err), 0);
	assert_string_equal(f.module, "nodejs:18");
	assert_string_equal(f.arch, "x86_64");
	r = range_of(db, "alpaquita:23", "abseil-cpp");
	assert_int_equal(vulndb_fact_at(db, r.first, &f, &err), 0);
	assert_string_equal(f.introduced, "20220623.1-r1");
	assert_string_equal(f.last_affected, "20230125-r0");
	assert_string_equal(f.fixed, "");
	vulndb_close(db);
}

static void cve_numbers_may_have_more_than_six_digits(void **state)
{
	static const char *const good[] = { "CVE-1999-0001", "CVE-2021-44228", "CVE-2014-123456",
					    "CVE-2025-1234567" };
	static const char *const bad[] = { "CVE-2021-1",     "CVE-2021-00001",
					   "CVE-21-44228",   "CVE-2021-44228 ",
					   "cve-2021-44228", "CVE-2021-4422x",
					   "CVE-2021-",      "CVE-2021-44228-1",
					   "CVE-0000-0001",  "CVE-2021-12345678901234567890" };
	struct arena arena = arena_max(MIB);
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct vulndb_id id = { 0 };
		assert_true(vuln_cve_parse(bytes_str(good[i]), &id.year, &id.number));
		assert_string_equal(vulndb_id_text(&id, &arena), good[i]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		uint16_t year;
		uint32_t number;
		assert_false(vuln_cve_parse(bytes_str(bad[i]), &year, &number));
	}
	arena_free(&arena);
}

static void what_is_known_of_an_id_is_kept_with_it(void **state)
{
	struct vulndb_builder *b = vulndb_builder_new();
	struct vuln_fact_sink s = vulndb_builder_sink(b);
	struct error err = { 0 };
	struct vulndb_id id;
	const char *alias;
	(void)state;
	sink_source(&s, "nvd", "2026-11-22");
	sink_detail(&s, (struct vuln_detail){ .id = BYTES_LIT("CVE-2023-38545"),
					      .severity = SEVERITY_CRITICAL,
					      .cvss_score = 9.8,
					      .cvss_vector = BYTES_LIT("CVSS:3.1/AV:N"),
					      .published = BYTES_LIT("2023-10-18"),
					      .epss = 0.26433,
					      .epss_percentile = 1.0 });
	sink_detail(&s, (struct vuln_detail){ .id = BYTES_LIT("CVE-2023-38545"),
					      NO_DETAIL,
					      .kev_added = BYTES_LIT("2022-03-03"),
					      .kev_due = BYTES_LIT("2022-03-24"),
					      .kev_ransomware = true,
					      .published = BYTES_LIT("2023-10-11"),
					      .alias = BYTES_LIT("GHSA-7xw4-g7mm-r4jr") });
	sink_detail(&s, (struct vuln_detail){ .id = BYTES_LIT("CVE-1999-0001"), NO_DETAIL });
	sink_source(&s, "debian", "2026-11-20");
	sink_rows(&s, few, sizeof few / sizeof *few);
	struct vulndb *db = write_and_open(b);
	struct vulndb_range r = range_of(db, "debian:12", "curl");
	struct vulndb_fact f;
	assert_int_equal(vulndb_fact_at(db, r.first, &f, &err), 0);
	assert_int_equal(vulndb_id_at(db, f.id, &id, &err), 0);
	assert_int_equal(id.severity, SEVERITY_CRITICAL);
	assert_true(id.cvss_score == 9.8);
	assert_true(id.epss == 0.26433);
	assert_true(id.epss_percentile == 1.0);
	assert_int_equal(id.kev_added, 1646265600);
	assert_true(id.kev_ransomware);
	assert_int_equal(id.published, 19641); /* the earliest: 2023-10-11 */
	assert_int_equal(id.aliases, 1);
	assert_int_equal(vulndb_id_alias(db, &id, 0, &alias, &err), 0);
	assert_string_equal(alias, "GHSA-7xw4-g7mm-r4jr");
	/* An id that no fact speaks of takes no room. */
	assert_int_equal(vulndb_ids(db), 6);
	vulndb_close(db);
	vulndb_builder_free(b);
}

static enum severity severity_after(const char *const *sources, const struct vuln_detail *d,
				    size_t n, bool backwards)
{
	static const struct row row = { "debian:12", "curl", "CVE-2023-38545", "1" };
	struct vulndb_builder *b = vulndb_builder_new();
	struct vuln_fact_sink s = vulndb_builder_sink(b);
	struct error err = { 0 };
	struct vulndb_id id;
	for (size_t i = 0; i < n; i++) {
		size_t k = backwards ? n - 1 - i : i;
		sink_source(&s, sources[k], "2026-11-20");
		sink_detail(&s, d[k]);
	}
	sink_rows(&s, &row, 1);
	struct vulndb *db = write_and_open(b);
	assert_int_equal(vulndb_id_at(db, 0, &id, &err), 0);
	vulndb_close(db);
	vulndb_builder_free(b);
	return id.severity;
}

#define ID .id = BYTES_LIT("CVE-2023-38545"), .epss = -1.0, .epss_percentile = -1.0

static void a_vendors_severity_beats_nvd_in_whatever_order_they_come(void **state)
{
	static const char *const sources[] = { "nvd", "almalinux" };
	const struct vuln_detail word[] = {
		{ ID, .severity = SEVERITY_CRITICAL, .cvss_score = 9.8 },
		{ ID, .severity = SEVERITY_MEDIUM, .cvss_score = -1.0 },
	};
	const struct vuln_detail score[] = {
		{ ID, .severity = SEVERITY_CRITICAL, .cvss_score = 9.8 },
		{ ID, .cvss_score = 3.9 },
	};
	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		assert_int_equal(severity_after(sources, word, 2, backwards), SEVERITY_MEDIUM);
		assert_int_equal(severity_after(sources, score, 2, backwards), SEVERITY_LOW);
		assert_int_equal(severity_after(sources, score, 1, backwards), SEVERITY_CRITICAL);
	}
}

/* --- merging ----------------------------------------------------------------- */

static uint32_t facts_after(const struct row *rows, size_t n)
{
	struct vulndb *db = make_db(rows, n);
	uint32_t count = range_of(db, "debian:12", "curl").count;
	vulndb_close(db);
	return count;
}

#define CURL "debian:12", "curl", "CVE-2023-38545"

static void several_ranges_of_one_id_are_kept_and_the_same_one_once(void **state)
{
	static const struct row rows[] = {
		{ CURL, "7.88.1-10", .introduced = "7.69" },
		{ CURL, "8.4.0-2", .introduced = "8.0" },
		{ CURL, "8.4.0-2", .introduced = "8.0", .advisory = "DSA-1-1" },
	};
	(void)state;
	assert_int_equal(facts_after(rows, 3), 2);
}

static void a_fact_that_says_not_affected_takes_the_others_away(void **state)
{
	static const struct row zero[] = { { CURL, "7.88.1-10" }, { CURL, "0" } };
	static const struct row word[] = { { CURL, "7.88.1-10" },
					   { CURL, .status = STATUS_NOT_AFFECTED } };
	(void)state;
	assert_int_equal(facts_after(zero, 2), 0);
	assert_int_equal(facts_after(word, 2), 0);
}

static void a_stale_open_end_goes_when_a_fixed_version_is_known(void **state)
{
	static const struct row rows[] = { { CURL, .status = STATUS_DEFERRED },
					   { CURL, "7.88.1-10+deb12u4" } };
	(void)state;
	assert_int_equal(facts_after(rows, 2), 1);
	assert_int_equal(facts_after(rows, 1), 1);
}

static void the_source_with_the_newest_data_speaks_for_an_id(void **state)
{
	static const struct row old = { CURL, "7.88.1-10+deb12u4" };
	static const struct row new = { CURL, "7.88.1-10+deb12u5" };
	struct error err = { 0 };
	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		struct vulndb_builder *b = vulndb_builder_new();
		struct vuln_fact_sink s = vulndb_builder_sink(b);
		struct vulndb_fact f;
		struct vulndb_source src;
		sink_source(&s, turn ? "debian" : "debian-changelogs",
			    turn ? "2026-11-22" : "2026-11-20");
		sink_rows(&s, turn ? &new : &old, 1);
		sink_source(&s, turn ? "debian-changelogs" : "debian",
			    turn ? "2026-11-20" : "2026-11-22");
		sink_rows(&s, turn ? &old : &new, 1);
		struct vulndb *db = write_and_open(b);
		struct vulndb_range r = range_of(db, "debian:12", "curl");
		assert_int_equal(r.count, 1);
		assert_int_equal(vulndb_fact_at(db, r.first, &f, &err), 0);
		assert_string_equal(f.fixed, "7.88.1-10+deb12u5");
		assert_true(vulndb_source(db, f.source, &src));
		assert_string_equal(src.name, "debian");
		vulndb_close(db);
		vulndb_builder_free(b);
	}
}

/* --- bytes -------------------------------------------------------------------- */

static void read_file(const char *path, struct buf *out)
{
	struct error err = { 0 };
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	*out = buf_max(64 * MIB);
	assert_true(fd >= 0);
	assert_int_equal(fd_read_all(fd, out, &err), 0);
}

static void write_rows(const struct row *rows, size_t n, bool backwards, struct buf *out)
{
	struct vulndb_builder *b = vulndb_builder_new();
	struct vuln_fact_sink s = vulndb_builder_sink(b);
	struct error err = { 0 };
	char path[64];
	temporary_path(path);
	sink_source(&s, backwards ? "b" : "a", "2026-11-20");
	sink_source(&s, backwards ? "a" : "b", "2026-11-20");
	sink_source(&s, "debian", "2026-11-20");
	for (size_t i = 0; i < n; i++)
		sink_rows(&s, &rows[backwards ? n - 1 - i : i], 1);
	assert_int_equal(vulndb_builder_write(b, 7, path, &err), 0);
	read_file(path, out);
	(void)unlink(path);
	vulndb_builder_free(b);
}

static void the_same_facts_in_any_order_give_the_same_bytes(void **state)
{
	cleanup_buf struct buf one = { 0 }, two = { 0 };
	(void)state;
	assert_int_equal(setenv("SOURCE_DATE_EPOCH", "1700000000", 1), 0);
	write_rows(few, sizeof few / sizeof *few, false, &one);
	write_rows(few, sizeof few / sizeof *few, true, &two);
	assert_int_equal(one.n, two.n);
	assert_memory_equal(one.p, two.p, one.n);
	assert_int_equal(unsetenv("SOURCE_DATE_EPOCH"), 0);
}

/* Reads everything there is, as a scan would; must neither crash nor hang. */
static void read_all_of(const struct vulndb *db)
{
	struct arena arena = arena_max(MIB);
	struct vulndb_info info;
	struct error err = { 0 };
	vulndb_info(db, &info);
	for (size_t i = 0; i < vulndb_ecosystems(db); i++) {
		struct vulndb_ecosystem e;
		struct vulndb_range r;
		if (vulndb_ecosystem_at(db, i, &e, &err) == 0)
			(void)vulndb_find(db, &e, BYTES_LIT("curl"), &r, &err);
	}
	for (size_t i = 0; i <= info.facts; i++) {
		struct vulndb_fact f;
		(void)vulndb_fact_at(db, i, &f, &err);
	}
	for (size_t i = 0; i <= info.ids; i++) {
		struct vulndb_id id;
		if (vulndb_id_at(db, i, &id, &err) == 0)
			(void)vulndb_id_text(&id, &arena);
	}
	arena_free(&arena);
}

static void any_changed_byte_is_seen_when_the_whole_file_is_read(void **state)
{
	cleanup_buf struct buf file = { 0 };
	(void)state;
	write_rows(few, sizeof few / sizeof *few, false, &file);
	for (size_t i = 0; i < file.n; i++) {
		struct vulndb *db = NULL;
		struct error err = { 0 };
		file.p[i] ^= 0x55;
		if (vulndb_open_bytes(buf_view(&file), &db, &err) == 0) {
			read_all_of(db);
			assert_int_equal(vulndb_verify(db, &err), -1);
		}
		assert_true(err.code == ERR_DB_CORRUPT || err.code == ERR_UNSUPPORTED);
		vulndb_close(db);
		file.p[i] ^= 0x55;
	}
}

static void a_file_of_any_other_length_is_refused(void **state)
{
	cleanup_buf struct buf file = { 0 };
	struct error err = { 0 };
	struct vulndb *db = NULL;
	(void)state;
	write_rows(few, sizeof few / sizeof *few, false, &file);
	for (size_t n = 0; n < file.n; n++)
		assert_int_equal(vulndb_open_bytes(bytes_of(file.p, n), &db, &err), -1);
	assert_int_equal(buf_append(&file, "", 1, &err), 0);
	assert_int_equal(vulndb_open_bytes(buf_view(&file), &db, &err), -1);
	assert_int_equal(err.code, ERR_DB_CORRUPT);
}

static void a_missing_file_is_a_missing_database(void **state)
{
	struct error err = { 0 };
	struct vulndb *db = NULL;
	(void)state;
	assert_int_equal(vulndb_open("/nonexistent/corten.cdb", &db, &err), -1);
	assert_int_equal(err.code, ERR_DB_MISSING);
	assert_int_equal(vulndb_open("/tmp", &db, &err), -1);
}

static void a_database_without_facts_can_be_written_and_read(void **state)
{
	struct vulndb *db = make_db(NULL, 0);
	struct vulndb_info info;
	(void)state;
	vulndb_info(db, &info);
	assert_int_equal(info.facts, 0);
	assert_int_equal(info.generation, 7);
	assert_int_equal(info.oldest_snapshot, 1795132800); /* 2026-11-20 */
	assert_int_equal(range_of(db, "debian:12", "curl").count, 0);
	vulndb_close(db);
}

static void facts_with_broken_text_are_left_out_and_counted(void **state)
{
	struct vulndb_builder *b = vulndb_builder_new();
	struct vuln_fact_sink s = vulndb_builder_sink(b);
	struct error err = { 0 };
	static char long_text[8192];
	(void)state;
	memset(long_text, 'x', sizeof long_text);
	const struct vuln_fact facts[] = {
		{ .ecosystem = BYTES_LIT("debian:12"),
		  .package = BYTES_LIT("a\0b"),
		  .id = BYTES_LIT("CVE-2023-0001") },
		{ .ecosystem = BYTES_LIT("debian:12"), .package = BYTES_LIT("a") },
		{ .ecosystem = BYTES_LIT("debian:12"),
		  .package = BYTES_LIT("a"),
		  .id = BYTES_LIT("CVE-2023-0001"),
		  .fixed = bytes_of(long_text, sizeof long_text) },
	};
	sink_source(&s, "debian", "2026-11-20");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(s.fact(s.ctx, &facts[i], &err), 0);
	assert_int_equal(vulndb_builder_skipped(b), 3);
	vulndb_builder_free(b);
}

static void thousands_of_packages_are_all_found(void **state)
{
	struct vulndb_builder *b = vulndb_builder_new();
	struct vuln_fact_sink s = vulndb_builder_sink(b);
	char name[32], id[32];
	(void)state;
	sink_source(&s, "debian", "2026-11-20");
	for (unsigned i = 0; i < 20000; i++) {
		struct row r = { "debian:12", name, id, "1.0-1" };
		(void)snprintf(name, sizeof name, "package-%u", i / 4);
		(void)snprintf(id, sizeof id, "CVE-2024-%04u", 1000 + i % 997);
		sink_rows(&s, &r, 1);
	}
	struct vulndb *db = write_and_open(b);
	for (unsigned i = 0; i < 5000; i++) {
		(void)snprintf(name, sizeof name, "package-%u", i);
		assert_int_equal(range_of(db, "debian:12", name).count, 4);
	}
	vulndb_close(db);
	vulndb_builder_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fact_is_found_under_its_ecosystem_and_package),
		cmocka_unit_test(cve_numbers_may_have_more_than_six_digits),
		cmocka_unit_test(what_is_known_of_an_id_is_kept_with_it),
		cmocka_unit_test(a_vendors_severity_beats_nvd_in_whatever_order_they_come),
		cmocka_unit_test(several_ranges_of_one_id_are_kept_and_the_same_one_once),
		cmocka_unit_test(a_fact_that_says_not_affected_takes_the_others_away),
		cmocka_unit_test(a_stale_open_end_goes_when_a_fixed_version_is_known),
		cmocka_unit_test(the_source_with_the_newest_data_speaks_for_an_id),
		cmocka_unit_test(the_same_facts_in_any_order_give_the_same_bytes),
		cmocka_unit_test(any_changed_byte_is_seen_when_the_whole_file_is_read),
		cmocka_unit_test(a_file_of_any_other_length_is_refused),
		cmocka_unit_test(a_missing_file_is_a_missing_database),
		cmocka_unit_test(a_database_without_facts_can_be_written_and_read),
		cmocka_unit_test(facts_with_broken_text_are_left_out_and_counted),
		cmocka_unit_test(thousands_of_packages_are_all_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
