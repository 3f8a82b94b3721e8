/* dpkg, apk and container-manifest text: what becomes a package, what is left
 * out and told, and that neither the cut of the stream nor its size matters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>

#include "pkgdb/pkgdb.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Everything that a parser told, one line a package: "+name version arch
 * source source-version", and one a record that was left out: "-reason". */
struct heard {
	struct buf text;
	size_t packages, skips;
	struct buf last_text; /* vendor, maintainer and licence of the last one */
	bool refuse;
};

static void put(struct buf *out, struct bytes b)
{
	assert_int_equal(buf_append(out, b.p, b.n, NULL), 0);
}

static int hear_package(void *ctx, const struct pkg_record *pkg, struct error *err)
{
	struct heard *h = ctx;
	const struct bytes words[] = { pkg->name, pkg->version, pkg->arch, pkg->source_name,
				       pkg->source_version };
	if (h->refuse)
		return error_set(err, ERR_CANCELLED, "enough");
	h->packages++;
	for (size_t i = 0; i < COUNT(words); i++) {
		put(&h->text, i == 0 ? BYTES_LIT("+") : BYTES_LIT(" "));
		put(&h->text, words[i]);
	}
	put(&h->text, BYTES_LIT("\n"));
	h->last_text.n = 0;
	put(&h->last_text, pkg->vendor);
	put(&h->last_text, BYTES_LIT("|"));
	put(&h->last_text, pkg->maintainer);
	put(&h->last_text, BYTES_LIT("|"));
	put(&h->last_text, pkg->license);
	return 0;
}

static void hear_skip(void *ctx, const char *why)
{
	struct heard *h = ctx;
	h->skips++;
	put(&h->text, BYTES_LIT("-"));
	put(&h->text, bytes_str(why));
	put(&h->text, BYTES_LIT("\n"));
}

static struct heard heard_new(void)
{
	return (struct heard){ .text = buf_max(16 * MIB), .last_text = buf_max(MIB) };
}

static void heard_free(struct heard *h)
{
	buf_free(&h->text);
	buf_free(&h->last_text);
}

static int parse(struct heard *h, enum pkgdb_kind kind, struct bytes text, size_t piece,
		 struct error *err)
{
	struct pkg_sink sink = { .package = hear_package, .skipped = hear_skip, .ctx = h };
	struct pkg_text_parser *p = pkg_text_new(kind, sink);
	int status = 0;

	assert_non_null(p);
	for (size_t at = 0; status == 0 && at < text.n; at += piece) {
		/* a copy of exactly that size, so that a sanitizer sees a read beyond it */
		struct bytes part = bytes_sub(text, at, at + piece);
		cleanup_free uint8_t *copy = malloc(part.n);
		assert_non_null(copy);
		memcpy(copy, part.p, part.n);
		status = pkg_text_feed(p, bytes_of(copy, part.n), err);
	}
	if (status == 0)
		status = pkg_text_finish(p, err);
	pkg_text_free(p);
	return status;
}

/* The same whatever the pieces. */
static void expect(enum pkgdb_kind kind, struct bytes text, const char *want)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 64, 4096, SIZE_MAX / 2 };
	for (size_t i = 0; i < COUNT(pieces); i++) {
		struct error err = { 0 };
		struct heard h = heard_new();
		assert_int_equal(parse(&h, kind, text, pieces[i], &err), 0);
		assert_string_equal(buf_cstr(&h.text, &err), want);
		heard_free(&h);
	}
}

static void expect_dpkg(const char *text, const char *want)
{
	expect(PKGDB_DPKG_STATUS, bytes_str(text), want);
}

/* --- dpkg --------------------------------------------------------------------- */

static void a_status_file_lists_what_is_installed(void **state)
{
	(void)state;
	expect_dpkg("Package: libc6\n"
		    "Status: install ok installed\n"
		    "Priority: optional\n"
		    "Installed-Size: 12986\n"
		    "Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>\n"
		    "Architecture: amd64\n"
		    "Multi-Arch: same\n"
		    "Source: glibc\n"
		    "Version: 2.36-9+deb12u10\n"
		    "Depends: libgcc-s1\n"
		    "Conffiles:\n"
		    " /etc/ld.so.conf.d/x86_64-linux-gnu.conf d4e7a7b88a71b5ffd9e2644e71a0cfab\n"
		    "Description: GNU C Library: Shared libraries\n"
		    " Contains the standard libraries.\n"
		    " .\n"
		    " Package: not-a-package\n"
		    "\n"
		    "Package: bash\n"
		    "Essential: yes\n"
		    "Status: install ok installed\n"
		    "Architecture: amd64\n"
		    "Source: bash (5.2.15-2)\n"
		    "Version: 5.2.15-2+b13\n"
		    "\n",
		    "+libc6 2.36-9+deb12u10 amd64 glibc 2.36-9+deb12u10\n"
		    "+bash 5.2.15-2+b13 amd64 bash 5.2.15-2\n");
}

static void the_state_decides_not_what_is_wanted(void **state)
{
	static const struct {
		const char *status;
		bool present;
	} rows[] = {
		{ "install ok installed", true },
		{ "deinstall ok installed", true },
		{ "hold ok installed", true },
		{ "install reinstreq half-installed", true },
		{ "install ok half-configured", true },
		{ "install ok unpacked", true },
		{ "install ok triggers-awaited", true },
		{ "install ok triggers-pending", true },
		{ "deinstall ok config-files", false },
		{ "purge ok not-installed", false },
		{ "unknown ok not-installed", false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_buf struct buf text = buf_max(KIB);
		assert_int_equal(buf_printf(&text, NULL, "Package: a\nVersion: 1\nStatus: %s\n",
					    rows[i].status),
				 0);
		expect(PKGDB_DPKG_STATUS, buf_view(&text), rows[i].present ? "+a 1  a 1\n" : "");
	}
}

static void a_distroless_paragraph_without_status_is_installed(void **state)
{
	(void)state;
	expect(PKGDB_DPKG_STATUS_D,
	       BYTES_LIT("Package: tzdata\nVersion: 2024a-0+deb12u1\nArchitecture: all\n"
			 "Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>"),
	       "+tzdata 2024a-0+deb12u1 all tzdata 2024a-0+deb12u1\n");
}

static void carriage_returns_case_and_a_missing_last_newline_do_not_matter(void **state)
{
	(void)state;
	expect_dpkg("PACKAGE: a\r\nstatus:install ok installed\r\nVersion:\t1.0-1 \r\n\r\n"
		    "Package: b\nversion: 2",
		    "+a 1.0-1  a 1.0-1\n+b 2  b 2\n");
}

static void a_folded_value_is_one_value(void **state)
{
	(void)state;
	expect_dpkg("Package: a\nVersion:\n 1.0\nSource: b\n\t(2.0)\n", "+a 1.0  b 2.0\n");
}

static void many_empty_lines_and_no_text_are_no_packages(void **state)
{
	(void)state;
	expect_dpkg("", "");
	expect_dpkg("\n\n\n", "");
	expect_dpkg("\n\nPackage: a\nVersion: 1\n\n\n\n", "+a 1  a 1\n");
}

static void what_cannot_be_understood_is_left_out_and_told(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "Version: 1\n", "-record 1 (): it has no name\n" },
		{ "Package: a\n", "-record 1 (a): it has no version\n" },
		{ "Package: a\nVersion: \n", "-record 1 (a): it has no version\n" },
		{ "Package: a\nVersion: 1 2\n",
		  "-record 1 (a): its version has blanks, control characters or broken UTF-8\n" },
		{ "Package: a b\nVersion: 1\n",
		  "-record 1 (a b): its name has blanks, control characters or broken UTF-8\n" },
		{ "Package: a\x1b[2J\nVersion: 1\n",
		  "-record 1 (a\\x1b[2J): its name has blanks, control characters or broken "
		  "UTF-8\n" },
		{ "Package: a\xff\nVersion: 1\n",
		  "-record 1 (a\\xff): its name has blanks, control characters or broken "
		  "UTF-8\n" },
		{ "Package: a\nArchitecture: x y\nVersion: 1\n",
		  "-record 1 (a): its architecture has blanks, control characters or broken "
		  "UTF-8\n" },
		{ "Package: a\nVersion: 1\nSource: b (1\n",
		  "-record 1 (a): its Source field has no closing bracket or an empty part\n" },
		{ "Package: a\nVersion: 1\nSource: (1)\n",
		  "-record 1 (a): its Source field has no closing bracket or an empty part\n" },
		{ "Package: a\nVersion: 1\nSource: b ()\n",
		  "-record 1 (a): its Source field has no closing bracket or an empty part\n" },
		{ "Package: a\nVersion: 1\nStatus: install ok sideways\n",
		  "-record 1 (a): its Status is none that dpkg knows\n" },
		{ "Package: a\nVersion: 1\nVersion: 2\n",
		  "-record 1 (a): a field is there twice\n" },
		{ "Package: a\nVersion: 1\nwhat is this\n",
		  "-record 1 (a): a line of it is no field\n" },
		{ "Package: a\nVersion: 1\n: x\n", "-record 1 (a): a line of it is no field\n" },
		{ "\x7f"
		  "ELF\x02\x01\n\nPackage: b\nVersion: 1\n",
		  "-record 1 (): a line of it is no field\n+b 1  b 1\n" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_dpkg(rows[i].text, rows[i].want);
}

static void a_nul_byte_in_a_name_is_told(void **state)
{
	(void)state;
	expect(PKGDB_DPKG_STATUS, BYTES_LIT("Package: a\0b\nVersion: 1\n"),
	       "-record 1 (a\\x00b): its name has blanks, control characters or broken UTF-8\n");
}

static void append_filler(struct buf *out, size_t n)
{
	assert_int_equal(buf_reserve(out, n, NULL), 0);
	memset(out->p + out->n, 'x', n);
	out->n += n;
}

/* Neither in one piece nor in many. */
static void an_overlong_field_costs_the_package_only_when_it_is_needed(void **state)
{
	static const struct {
		const char *before;
		const char *want;
	} rows[] = {
		{ "Package: a\nVersion: 1\nDepends: ", "+a 1  a 1\n+b 2  b 2\n" },
		{ "Package: a\nVersion: 1\nDescription: x\n ", "+a 1  a 1\n+b 2  b 2\n" },
		{ "Package: a\nVersion: 1\nMaintainer: ", "+a 1  a 1\n+b 2  b 2\n" },
		{ "Package: a\nVersion: 1\nMaintainer: x\n ", "+a 1  a 1\n+b 2  b 2\n" },
		{ "Package: a\nVersion: ",
		  "-record 1 (a): a field is longer than 64 KiB (LIMIT_PKG_FIELD)\n+b 2  b 2\n" },
		{ "Version: 1\nPackage: ",
		  "-record 1 (): a field is longer than 64 KiB (LIMIT_PKG_FIELD)\n+b 2  b 2\n" },
		{ "Package: a\nVersion: 1\nSource: b\n ",
		  "-record 1 (a): a field is longer than 64 KiB (LIMIT_PKG_FIELD)\n+b 2  b 2\n" },
		{ "Package: a\nVersion: 1\n",
		  "-record 1 (a): a line of it is no field\n+b 2  b 2\n" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_buf struct buf text = buf_max(MIB);
		put(&text, bytes_str(rows[i].before));
		append_filler(&text, LIMIT_PKG_FIELD + 1);
		put(&text, BYTES_LIT("\n\nPackage: b\nVersion: 2\n"));
		expect(PKGDB_DPKG_STATUS, buf_view(&text), rows[i].want);
	}
}

static void the_vendor_is_the_origin_or_else_the_maintainer(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "Package: a\nVersion: 1\nMaintainer: M <m@x>\n", "M <m@x>|M <m@x>|" },
		{ "Package: a\nVersion: 1\nMaintainer: M\nOrigin: Docker\n", "Docker|M|" },
		{ "Package: a\nVersion: 1\nMaintainer: L\xe9on\n", "||" },
		{ "Package: a\nVersion: 1\nMaintainer: L\xc3\xa9on\n", "L\xc3\xa9on|L\xc3\xa9on|" },
		{ "Package: a\nVersion: 1\nMaintainer: \x1b[1m\n", "||" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = { 0 };
		struct heard h = heard_new();
		assert_int_equal(
			parse(&h, PKGDB_DPKG_STATUS, bytes_str(rows[i].text), SIZE_MAX / 2, &err),
			0);
		assert_int_equal(h.packages, 1);
		assert_string_equal(buf_cstr(&h.last_text, &err), rows[i].want);
		heard_free(&h);
	}
}

static void every_faulty_record_is_told(void **state)
{
	enum { RECORDS = 100000 };
	struct error err = { 0 };
	struct heard h = heard_new();
	cleanup_buf struct buf text = buf_max(16 * MIB);
	(void)state;
	for (int i = 0; i < RECORDS; i++)
		put(&text, BYTES_LIT("Package: a\n\n"));
	assert_int_equal(parse(&h, PKGDB_DPKG_STATUS, buf_view(&text), 65536, &err), 0);
	assert_int_equal(h.skips, RECORDS);
	heard_free(&h);
}

static void an_error_of_the_sink_stops_the_parser(void **state)
{
	struct error err = { 0 };
	struct heard h = heard_new();
	(void)state;
	h.refuse = true;
	assert_int_equal(parse(&h, PKGDB_DPKG_STATUS,
			       BYTES_LIT("Package: a\nVersion: 1\n\nPackage: b\nVersion: 1\n"), 5,
			       &err),
			 -1);
	assert_int_equal(err.code, ERR_CANCELLED);
	heard_free(&h);
}

static int count_package(void *ctx, const struct pkg_record *pkg, struct error *err)
{
	(void)pkg;
	(void)err;
	++*(size_t *)ctx;
	return 0;
}

/* A status file of 100,000 packages and 100 MB, made while it is read. */
static void a_huge_status_file_needs_no_memory_of_its_size(void **state)
{
	enum { PACKAGES = 100000 };
	struct error err = { 0 };
	size_t packages = 0, most = 0;
	struct pkg_sink sink = { .package = count_package, .skipped = NULL, .ctx = &packages };
	struct pkg_text_parser *p = pkg_text_new(PKGDB_DPKG_STATUS, sink);
	cleanup_buf struct buf text = buf_max(MIB);
	uint64_t spent = 0, bytes = 0;
	(void)state;

	assert_non_null(p);
	size_t before = mallinfo2().uordblks;
	for (int i = 0; i < PACKAGES; i++) {
		text.n = 0;
		assert_int_equal(buf_printf(&text, &err,
					    "Package: package-%d\nStatus: install ok installed\n"
					    "Architecture: amd64\nSource: source (1.%d)\n"
					    "Version: 1.%d+b1\nDescription: short\n",
					    i, i, i),
				 0);
		for (int k = 0; k < 12; k++)
			put(&text, BYTES_LIT(" words about this package that nobody needs, line by "
					     "line, each\n as long as such lines are.\n"));
		put(&text, BYTES_LIT("\n"));
		uint64_t start = clock_monotonic_ns();
		assert_int_equal(pkg_text_feed(p, buf_view(&text), &err), 0);
		spent += clock_monotonic_ns() - start;
		bytes += text.n;
		if (mallinfo2().uordblks > before + text.cap + most)
			most = mallinfo2().uordblks - before - text.cap;
	}
	assert_int_equal(pkg_text_finish(p, &err), 0);
	pkg_text_free(p);
	assert_int_equal(packages, PACKAGES);
	assert_true(bytes > 100 * 1000 * 1000);
	assert_true(most < 256 * KIB);
	print_message("%.0f MB in %.0f ms\n", (double)bytes / 1e6, (double)spent / 1e6);
}

static void one_package_more_than_the_limit_is_an_error(void **state)
{
	struct error err = { 0 };
	size_t packages = 0;
	struct pkg_sink sink = { .package = count_package, .skipped = NULL, .ctx = &packages };
	struct pkg_text_parser *p = pkg_text_new(PKGDB_APK_INSTALLED, sink);
	int status = 0;
	(void)state;
	assert_non_null(p);
	for (size_t i = 0; status == 0 && i <= LIMIT_PACKAGES; i++)
		status = pkg_text_feed(p, BYTES_LIT("P:a\nV:1\n\n"), &err);
	pkg_text_free(p);
	assert_int_equal(status, -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(packages, LIMIT_PACKAGES);
}

/* --- apk ---------------------------------------------------------------------- */

static void an_apk_database_lists_packages_with_their_origin(void **state)
{
	(void)state;
	expect(PKGDB_APK_INSTALLED,
	       BYTES_LIT("C:Q1Ef3iwt+cMdGngEgaFr2URIJhKzQ=\n"
			 "P:apk-tools\nV:2.12.10-r1\nA:x86_64\nS:120973\nI:307200\n"
			 "T:Alpine Package "
			 "Keeper\nU:https://gitlab.alpinelinux.org/alpine/apk-tools\n"
			 "L:GPL-2.0-only\no:apk-tools\nm:Natanael Copa <ncopa@alpinelinux.org>\n"
			 "t:1666552494\nc:0188f510baadbae393472103427b9c1875117136\n"
			 "D:musl>=1.2 ca-certificates-bundle\np:so:libapk.so.3.12.0=3.12.0\n"
			 "F:etc\nF:etc/apk\nM:0:0:1777\nF:lib/apk/db\nR:x\na:0:0:755\n"
			 "Z:Q1/4bhLtLMhdQYZRYwpFPzoHKPnIg=\n\n"
			 "P:libssl3\nV:3.1.4-r5\nA:x86_64\no:openssl\n\n"
			 "P:.build-deps\nV:20240101.000000\nA:noarch\n"),
	       "+apk-tools 2.12.10-r1 x86_64 apk-tools 2.12.10-r1\n"
	       "+libssl3 3.1.4-r5 x86_64 openssl 3.1.4-r5\n"
	       "+.build-deps 20240101.000000 noarch .build-deps 20240101.000000\n");
}

static void apk_licence_and_maintainer_are_told(void **state)
{
	struct error err = { 0 };
	struct heard h = heard_new();
	(void)state;
	assert_int_equal(
		parse(&h, PKGDB_APK_INSTALLED,
		      BYTES_LIT("P:a\r\nV:1-r0\r\nL:MIT AND ISC\r\nm:N C <n@x>\r\nM:0:0:755\r\n"),
		      4, &err),
		0);
	assert_string_equal(buf_cstr(&h.last_text, &err), "|N C <n@x>|MIT AND ISC");
	heard_free(&h);
}

static void an_apk_record_that_lacks_something_is_told(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "V:1\n", "-record 1 (): it has no name\n" },
		{ "P:a\n", "-record 1 (a): it has no version\n" },
		{ "P:a\nV:1\n2\n", "-record 1 (a): a line of it is no field\n" },
		{ "P:a\nV:1\n folded\n", "-record 1 (a): a line of it is no field\n" },
		{ "P:a\nP:b\nV:1\n", "-record 1 (a): a field is there twice\n" },
		{ "P:a\nV:1\no:x y\n",
		  "-record 1 (a): its name has blanks, control characters or broken UTF-8\n" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(PKGDB_APK_INSTALLED, bytes_str(rows[i].text), rows[i].want);
}

/* --- container-manifest-2 ------------------------------------------------------- */

static void a_container_manifest_lists_rpm_packages(void **state)
{
	(void)state;
	expect(PKGDB_RPM_MANIFEST,
	       BYTES_LIT(
		       "mariner-release\t2.0-12.cm2\t1653816591\t1653753130\tMicrosoft "
		       "Corporation\t(none)\t580\tnoarch\t0\tmariner-release-2.0-12.cm2.src.rpm\n"
		       "openssl-libs\t1.1.1k-17.cm2\t1653816591\t1653631609\tMicrosoft "
		       "Corporation\t1\t1\tx86_64\t1\topenssl-1.1.1k-17.cm2.src.rpm\n"
		       "gpg-pubkey\t3135ce90-5e6fda74\t1\t1\t(none)\t(none)\t0\t(none)\t0\t(none)\n"
		       "odd\t1-1\t1\t1\t(none)\t(none)\t0\tnoarch\t0\t(none)\n"),
	       "+mariner-release 2.0-12.cm2 noarch mariner-release 2.0-12.cm2\n"
	       "+openssl-libs 1:1.1.1k-17.cm2 x86_64 openssl 1:1.1.1k-17.cm2\n"
	       "+odd 1-1 noarch  \n");
}

static void a_manifest_line_with_missing_columns_is_told(void **state)
{
	(void)state;
	expect(PKGDB_RPM_MANIFEST, BYTES_LIT("a\t1-1\n"),
	       "-record 1 (a\\x091-1): a line of the manifest has fewer than ten columns\n");
}

/* --- all ------------------------------------------------------------------------ */

static void only_text_databases_have_a_text_parser(void **state)
{
	struct pkg_sink sink = { .package = count_package, .skipped = NULL, .ctx = NULL };
	(void)state;
	assert_null(pkg_text_new(PKGDB_NONE, sink));
	assert_null(pkg_text_new(PKGDB_RPM_SQLITE, sink));
	assert_null(pkg_text_new(PKGDB_OS_RELEASE, sink));
	pkg_text_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_file_lists_what_is_installed),
		cmocka_unit_test(the_state_decides_not_what_is_wanted),
		cmocka_unit_test(a_distroless_paragraph_without_status_is_installed),
		cmocka_unit_test(carriage_returns_case_and_a_missing_last_newline_do_not_matter),
		cmocka_unit_test(a_folded_value_is_one_value),
		cmocka_unit_test(many_empty_lines_and_no_text_are_no_packages),
		cmocka_unit_test(what_cannot_be_understood_is_left_out_and_told),
		cmocka_unit_test(a_nul_byte_in_a_name_is_told),
		cmocka_unit_test(an_overlong_field_costs_the_package_only_when_it_is_needed),
		cmocka_unit_test(the_vendor_is_the_origin_or_else_the_maintainer),
		cmocka_unit_test(every_faulty_record_is_told),
		cmocka_unit_test(an_error_of_the_sink_stops_the_parser),
		cmocka_unit_test(a_huge_status_file_needs_no_memory_of_its_size),
		cmocka_unit_test(one_package_more_than_the_limit_is_an_error),
		cmocka_unit_test(an_apk_database_lists_packages_with_their_origin),
		cmocka_unit_test(apk_licence_and_maintainer_are_told),
		cmocka_unit_test(an_apk_record_that_lacks_something_is_told),
		cmocka_unit_test(a_container_manifest_lists_rpm_packages),
		cmocka_unit_test(a_manifest_line_with_missing_columns_is_told),
		cmocka_unit_test(only_text_databases_have_a_text_parser),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
