/* pkg_rpm_read: which form a file is, and what becomes of a header's fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "rpm_make.h"

static struct listing listing;

static void list_blobs(const struct make_blob *blobs, size_t n)
{
	cleanup_buf struct buf file;
	make_ndb(&file, blobs, n);
	list_packages(buf_view(&file), &listing);
}

static void list_tags(const struct make_tag *tags, size_t n)
{
	cleanup_buf struct buf blob = buf_max(1 << 20);
	make_header(&blob, tags, n);
	struct make_blob one = { 1, buf_view(&blob) };
	list_blobs(&one, 1);
}

static void what_is_no_rpm_database_says_so(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t n;
		enum error_code code;
	} table[] = {
		{ "", 0, ERR_TRUNCATED },
		{ "S", 1, ERR_TRUNCATED },
		{ "SQLite format 3", 15, ERR_TRUNCATED },
		{ "SQLite format 3", 16, ERR_TRUNCATED },
		{ "RpmP\0\0\0\0\0\0\0\0\1\0\0\0", 16, ERR_TRUNCATED },
		{ "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, ERR_MALFORMED },
		{ "SQLite format 2\0\0\0\0", 20, ERR_MALFORMED },
		{ "Package: dpkg\nStatus: install", 29, ERR_MALFORMED },
		{ "RpmI\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, ERR_MALFORMED }, /* an ndb index */
		{ "\0\0\0\0\0\0\0\0\0\0\0\0\x61\x15\x06\0", 16, ERR_TRUNCATED },
		{ "\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\x31\x62", 16, ERR_TRUNCATED },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		list_packages(bytes_of(table[i].text, table[i].n), &listing);
		if (listing.err.code != table[i].code)
			fail_msg("row %zu: %s", i, listing.err.text);
	}
}

static void a_version_has_its_epoch_only_when_it_is_not_zero(void **state)
{
	(void)state;
	static const struct {
		uint8_t epoch[4];
		const char *line;
	} table[] = {
		{ { 0, 0, 0, 0 }, "vim 9.0-1 x86_64 vi-m 9-0 \n" },
		{ { 0, 0, 0, 2 }, "vim 2:9.0-1 x86_64 vi-m 2:9-0 \n" },
		{ { 255, 255, 255, 255 }, "vim 4294967295:9.0-1 x86_64 vi-m 4294967295:9-0 \n" },
	};
	for (size_t i = 0; i < 3; i++) {
		struct make_tag tags[] = {
			MAKE_TEXT(1000, "vim"),
			MAKE_TEXT(1001, "9.0"),
			MAKE_TEXT(1002, "1"),
			{ 1003, T_INT32, 1, bytes_of(table[i].epoch, 4) },
			MAKE_TEXT(1022, "x86_64"),
			MAKE_TEXT(1044, "vi-m-9-0.src.rpm"),
		};
		list_tags(tags, 6);
		assert_true(listing_is_clean(&listing));
		assert_string_equal(listing.text, table[i].line);
	}
}

static void the_source_is_what_sourcerpm_is_cut_into(void **state)
{
	(void)state;
	static const struct {
		const char *sourcerpm, *source;
	} table[] = {
		{ "bash-5.1-1.el9.src.rpm", "bash 5.1-1.el9" },
		{ "java-17-openjdk-17.0.9-2.el9.src.rpm", "java-17-openjdk 17.0.9-2.el9" },
		{ "kernel-6.1-1.nosrc.rpm", "kernel 6.1-1" },
		{ "a-1-2.src.rpm.src.rpm", "a 1-2.src.rpm" },
		{ "a-1~rc1^git-2.src.rpm", "a 1~rc1^git-2" },
		{ "(none)", " " },
		{ "", " " },
		{ "bash", " " },
		{ ".src.rpm", " " },
		{ "-.src.rpm", " " },
		{ "--.src.rpm", " " },
		{ "---.src.rpm", " " },
		{ "a-b.src.rpm", " " },
		{ "-1-2.src.rpm", " " },
		{ "a--2.src.rpm", " " },
		{ "a-1-.src.rpm", " " },
		{ "bash-5.1-1.el9.rpm", " " },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *s = table[i].sourcerpm;
		struct make_tag tags[] = {
			MAKE_TEXT(1000, "p"),
			MAKE_TEXT(1001, "1"),
			MAKE_TEXT(1002, "2"),
			{ 1044, T_STRING, 1, bytes_of(s, strlen(s) + 1) },
		};
		cleanup_buf struct buf line = buf_max(200);
		assert_int_equal(buf_printf(&line, NULL, "p 1-2  %s \n", table[i].source), 0);
		list_tags(tags, 4);
		assert_true(listing_is_clean(&listing));
		assert_string_equal(listing.text, buf_cstr(&line, NULL));
	}
}

static void keys_are_not_packages(void **state)
{
	(void)state;
	static const struct make_tag tags[] = { MAKE_TEXT(1000, "gpg-pubkey"),
						MAKE_TEXT(1001, "fd431d51"),
						MAKE_TEXT(1002, "4ae0493b") };
	list_tags(tags, 3);
	assert_true(listing_is_clean(&listing));
	assert_int_equal(listing.packages, 0);
}

static void a_package_without_name_version_or_release_is_left_out(void **state)
{
	(void)state;
	static const char *const why[] = { "NAME", "VERSION", "RELEASE" };
	for (uint32_t missing = 0; missing < 3; missing++) {
		struct make_tag tags[] = { MAKE_TEXT(1000, "p"), MAKE_TEXT(1001, "1"),
					   MAKE_TEXT(1002, "2") };
		tags[missing].tag = 9000;
		list_tags(tags, 3);
		assert_int_equal(listing.rc, 0);
		assert_int_equal(listing.packages, 0);
		assert_int_equal(listing.skipped, 1);
		assert_non_null(strstr(listing.why, why[missing]));
		tags[missing] = (struct make_tag){ 1000 + missing, T_STRING, 1, BYTES_LIT("\0") };
		list_tags(tags, 3);
		assert_int_equal(listing.skipped, 1);
	}
}

static void a_broken_header_does_not_hide_the_others(void **state)
{
	(void)state;
	cleanup_buf struct buf good = buf_max(1000);
	make_package(&good, "good", 0);
	struct make_blob blobs[] = {
		{ 1, BYTES_LIT("") },
		{ 2, buf_view(&good) },
		{ 3, BYTES_LIT("\377\377\377\377\377\377\377\377") },
		{ 4, buf_view(&good) },
		{ 5, bytes_of(good.p, good.n - 1) },
	};
	list_blobs(blobs, 5);
	assert_int_equal(listing.rc, 0);
	assert_int_equal(listing.packages, 2);
	assert_int_equal(listing.skipped, 3);
	assert_non_null(strstr(listing.why, "package number 5: "));
}

static void the_sinks_error_stops_the_reading(void **state)
{
	(void)state;
	cleanup_buf struct buf good = buf_max(1000);
	make_package(&good, "good", 0);
	struct make_blob blobs[] = { { 1, buf_view(&good) },
				     { 2, buf_view(&good) },
				     { 3, buf_view(&good) } };
	listing.stop_after = 2;
	list_blobs(blobs, 3);
	listing.stop_after = 0;
	assert_int_equal(listing.rc, -1);
	assert_int_equal(listing.err.code, ERR_CANCELLED);
	assert_int_equal(listing.packages, 2);
}

static int refuse(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	uint64_t *refused = ctx;
	memset(p, 0, n);
	if (at <= *refused && *refused < at + n)
		return error_set(err, ERR_IO, "read: Input/output error");
	if (at == 0)
		memcpy(p, "RpmP\0\0\0\0\1\0\0\0\1\0\0\0", n < 16 ? n : 16);
	return 0;
}

static int no_package(void *ctx, const struct pkg_record *pkg, struct error *err)
{
	(void)ctx;
	(void)pkg;
	(void)err;
	return 0;
}

static void an_error_of_the_file_is_passed_on(void **state)
{
	(void)state;
	uint64_t places[] = { 0, 15, 40, 20000 };
	for (size_t i = 0; i < 4; i++) {
		struct error err = { 0 };
		struct pkg_file file = { 10000, refuse, &places[i] };
		struct pkg_sink sink = { .package = no_package };
		assert_int_equal(pkg_rpm_read(&file, sink, &err), -1);
		assert_int_equal(err.code, i < 3 ? ERR_IO : ERR_MALFORMED);
		assert_int_equal(pkg_rpm_read(&file, sink, NULL), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_rpm_database_says_so),
		cmocka_unit_test(a_version_has_its_epoch_only_when_it_is_not_zero),
		cmocka_unit_test(the_source_is_what_sourcerpm_is_cut_into),
		cmocka_unit_test(keys_are_not_packages),
		cmocka_unit_test(a_package_without_name_version_or_release_is_left_out),
		cmocka_unit_test(a_broken_header_does_not_hide_the_others),
		cmocka_unit_test(the_sinks_error_stops_the_reading),
		cmocka_unit_test(an_error_of_the_file_is_passed_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
