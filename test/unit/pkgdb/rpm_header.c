/* The parser of rpm header blobs, fed in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pkgdb/rpm_internal.h"
#include "rpm_make.h"

/* Feeds a blob in pieces; how it ended. `size` is what the container claims. */
static enum error_code parse(struct rpm_header *h, struct bytes blob, uint64_t size, size_t piece)
{
	struct error err = { 0 };
	bool more = rpm_header_begin(h, size);
	for (size_t at = 0; more && at < blob.n; at += piece)
		more = rpm_header_feed(h, bytes_sub(blob, at, at + piece));
	return rpm_header_end(h, &err) == 0 ? ERR_NONE : err.code;
}

static enum error_code parse_tags(struct rpm_header *h, const struct make_tag *tags, size_t n)
{
	cleanup_buf struct buf blob = buf_max(1 << 20);
	make_header(&blob, tags, n);
	return parse(h, buf_view(&blob), blob.n, 1 << 20);
}

static void assert_field(const struct rpm_header *h, enum rpm_field_id id, const char *text)
{
	struct bytes b = rpm_header_text(h, id);
	assert_int_equal(b.n, strlen(text));
	if (b.n > 0)
		assert_memory_equal(b.p, text, b.n);
}

static const struct make_tag full[] = {
	{ 63, T_BIN, 16, { (const uint8_t *)"\0\0\0\77\0\0\0\7\377\377\377\160\0\0\0\20", 16 } },
	MAKE_TEXT(1000, "bash"),
	MAKE_TEXT(1001, "4.4.20"),
	MAKE_TEXT(1002, "4.el8_6"),
	{ 1003, T_INT32, 1, { (const uint8_t *)"\0\0\0\7", 4 } },
	{ 1004, T_I18N, 2, { (const uint8_t *)"shell\0Schale", 13 } },
	MAKE_TEXT(1011, "Red Hat, Inc."),
	MAKE_TEXT(1014, "GPLv3+"),
	MAKE_TEXT(1015, "packager@example.org"),
	MAKE_TEXT(1022, "x86_64"),
	{ 1028, T_INT32, 2, { (const uint8_t *)"\0\0\0\1\0\0\0\2", 8 } },
	MAKE_TEXT(1044, "bash-4.4.20-4.el8_6.src.rpm"),
	{ 1117, T_STRING_ARRAY, 3, { (const uint8_t *)"a\0bb\0ccc", 9 } },
	MAKE_TEXT(5096, "nodejs:18:1:a"),
	{ 5012, T_INT64, 1, { (const uint8_t *)"\0\0\0\0\0\0\0\1", 8 } },
};

static void a_header_gives_its_fields_whatever_the_pieces(void **state)
{
	(void)state;
	struct rpm_header h;
	cleanup_buf struct buf blob = buf_max(1 << 20);
	rpm_header_init(&h);
	make_header(&blob, full, sizeof(full) / sizeof(full[0]));
	for (size_t piece = 1; piece <= blob.n; piece++) {
		assert_int_equal(parse(&h, buf_view(&blob), blob.n, piece), ERR_NONE);
		assert_field(&h, RPM_NAME, "bash");
		assert_field(&h, RPM_VERSION, "4.4.20");
		assert_field(&h, RPM_RELEASE, "4.el8_6");
		assert_int_equal(rpm_header_epoch(&h), 7);
		assert_field(&h, RPM_VENDOR, "Red Hat, Inc.");
		assert_field(&h, RPM_LICENSE, "GPLv3+");
		assert_field(&h, RPM_PACKAGER, "packager@example.org");
		assert_field(&h, RPM_ARCH, "x86_64");
		assert_field(&h, RPM_SOURCERPM, "bash-4.4.20-4.el8_6.src.rpm");
		assert_field(&h, RPM_MODULARITY, "nodejs:18:1:a");
	}
	rpm_header_free(&h);
}

static void a_cut_header_is_truncated_unless_all_wanted_was_before(void **state)
{
	(void)state;
	struct rpm_header h;
	cleanup_buf struct buf blob = buf_max(1 << 20);
	rpm_header_init(&h);
	make_header(&blob, full, sizeof(full) / sizeof(full[0]));
	size_t wanted = blob.n - 8; /* behind MODULARITYLABEL nothing is */
	for (size_t n = 0; n < blob.n; n++)
		assert_int_equal(parse(&h, bytes_of(blob.p, n), blob.n, blob.n),
				 n < wanted ? ERR_TRUNCATED : ERR_NONE);
	rpm_header_free(&h);
}

static void nothing_is_read_behind_the_last_wanted_field(void **state)
{
	(void)state;
	struct rpm_header h;
	cleanup_buf struct buf blob = buf_max(1 << 20);
	rpm_header_init(&h);
	make_package(&blob, "a", 10);
	assert_true(rpm_header_begin(&h, blob.n));
	assert_true(rpm_header_feed(&h, bytes_of(blob.p, blob.n - 1)));
	assert_false(rpm_header_feed(&h, bytes_of(blob.p + blob.n - 1, 1)));
	rpm_header_free(&h);
}

static void a_field_of_the_last_package_never_shows_in_the_next(void **state)
{
	(void)state;
	struct rpm_header h;
	static const struct make_tag bare[] = { MAKE_TEXT(1000, "b") };
	rpm_header_init(&h);
	assert_int_equal(parse_tags(&h, full, sizeof(full) / sizeof(full[0])), ERR_NONE);
	assert_int_equal(parse_tags(&h, bare, 1), ERR_NONE);
	assert_field(&h, RPM_NAME, "b");
	for (enum rpm_field_id id = RPM_VERSION; id < RPM_FIELDS; id++)
		assert_field(&h, id, "");
	assert_int_equal(rpm_header_epoch(&h), 0);
	rpm_header_free(&h);
}

static void sizes_that_do_not_add_up_are_malformed(void **state)
{
	(void)state;
	static const struct {
		uint32_t entries, data;
		uint64_t size;
		enum error_code code;
	} table[] = {
		{ 0, 0, 8, ERR_MALFORMED }, /* an empty index */
		{ 0xffffffff, 0, 8, ERR_MALFORMED },
		{ 0x10000000, 0, 8, ERR_MALFORMED }, /* 16 * that is 0 in 32 bits */
		{ 0x10000001, 0, 24, ERR_MALFORMED },
		{ 0x10000, 0, 8 + 0x100000, ERR_MALFORMED }, /* more entries than rpm allows */
		{ 1, 0xffffffff, 24, ERR_MALFORMED },
		{ 1, 0xffffffe8, 0, ERR_MALFORMED }, /* the sum is 0 in 32 bits */
		{ 1, 0x10000000, 24 + 0x10000000ULL, ERR_LIMIT },
		{ 1, 1, 24, ERR_MALFORMED },
		{ 1, 1, 26, ERR_MALFORMED },
		{ 1, 1, UINT64_MAX, ERR_LIMIT },
		{ 1, 1, LIMIT_RPM_HEADER + 1, ERR_LIMIT },
		{ 1, 1, 25, ERR_TRUNCATED }, /* adds up, but there is no more of it */
		{ 1, 1, 0, ERR_MALFORMED },
	};
	struct rpm_header h;
	rpm_header_init(&h);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		cleanup_buf struct buf blob = buf_max(8);
		make_be32(&blob, table[i].entries);
		make_be32(&blob, table[i].data);
		assert_int_equal(parse(&h, buf_view(&blob), table[i].size, 3), table[i].code);
	}
	rpm_header_free(&h);
}

/* One entry over 8 bytes of data "abc\0" "defg". */
static enum error_code parse_entry(uint32_t tag, uint32_t type, uint32_t offset, uint32_t count,
				   char *name, size_t room)
{
	struct rpm_header h;
	cleanup_buf struct buf blob = buf_max(100);
	rpm_header_init(&h);
	make_be32(&blob, 1);
	make_be32(&blob, 8);
	make_be32(&blob, tag);
	make_be32(&blob, type);
	make_be32(&blob, offset);
	make_be32(&blob, count);
	assert_int_equal(buf_append(&blob, "abc\0defg", 8, NULL), 0);
	enum error_code code = parse(&h, buf_view(&blob), blob.n, 5);
	struct bytes b = rpm_header_text(&h, RPM_NAME);
	assert_true(b.n < room);
	if (b.n > 0)
		memcpy(name, b.p, b.n);
	name[b.n] = '\0';
	rpm_header_free(&h);
	return code;
}

static void every_offset_and_count_stays_in_the_data(void **state)
{
	(void)state;
	static const struct {
		uint32_t tag, type, offset, count;
		enum error_code code;
		const char *name;
	} table[] = {
		{ 1000, T_STRING, 0, 1, ERR_NONE, "abc" },
		{ 1000, T_STRING, 3, 1, ERR_NONE, "" },
		{ 1000, T_STRING, 4, 1, ERR_TRUNCATED, NULL }, /* no NUL */
		{ 1000, T_STRING, 7, 1, ERR_TRUNCATED, NULL },
		{ 1000, T_STRING, 8, 1, ERR_MALFORMED, NULL },
		{ 1000, T_STRING, 9, 1, ERR_MALFORMED, NULL },
		{ 1000, T_STRING, 0xffffffff, 1, ERR_MALFORMED, NULL },
		{ 1000, T_STRING, 0x80000000, 1, ERR_MALFORMED, NULL },
		{ 1000, T_STRING, 0, 0, ERR_MALFORMED, NULL },
		{ 1000, T_STRING_ARRAY, 0, 2, ERR_NONE, "abc" },
		{ 1000, T_STRING_ARRAY, 0, 8, ERR_NONE, "abc" }, /* a lie, of no use */
		{ 1000, T_STRING_ARRAY, 0, 9, ERR_MALFORMED, NULL },
		{ 1000, T_STRING_ARRAY, 1, 0xffffffff, ERR_MALFORMED, NULL },
		{ 1000, T_I18N, 0, 1, ERR_NONE, "abc" },
		{ 1000, T_INT32, 0, 1, ERR_MALFORMED, NULL },
		{ 1000, T_BIN, 0, 4, ERR_MALFORMED, NULL },
		{ 1003, T_INT32, 4, 1, ERR_NONE, "" },
		{ 1003, T_INT32, 0, 2, ERR_NONE, "" },
		{ 1003, T_INT32, 5, 1, ERR_MALFORMED, NULL },
		{ 1003, T_INT32, 0, 3, ERR_MALFORMED, NULL },
		{ 1003, T_INT32, 0, 0x40000000, ERR_MALFORMED, NULL }, /* * 4 is 0 in 32 bits */
		{ 1003, T_INT32, 4, 0x40000001, ERR_MALFORMED, NULL },
		{ 1003, T_INT32, 0, 0, ERR_MALFORMED, NULL },
		{ 1003, T_INT64, 0, 1, ERR_MALFORMED, NULL },
		{ 1003, T_STRING, 0, 1, ERR_MALFORMED, NULL },
		{ 9999, T_INT64, 0, 1, ERR_NONE, "" },
		{ 9999, T_INT64, 0, 2, ERR_MALFORMED, NULL },
		{ 9999, T_INT64, 0, 0x20000000, ERR_MALFORMED, NULL },
		{ 9999, T_INT16, 1, 4, ERR_MALFORMED, NULL },
		{ 9999, T_BIN, 0, 9, ERR_MALFORMED, NULL },
		{ 9999, T_BIN, 8, 0, ERR_NONE, "" },
		{ 9999, 0, 0, 1, ERR_MALFORMED, NULL },
		{ 9999, 10, 0, 1, ERR_MALFORMED, NULL },
		{ 9999, 0xffffffff, 0, 1, ERR_MALFORMED, NULL },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char name[16];
		enum error_code code = parse_entry(table[i].tag, table[i].type, table[i].offset,
						   table[i].count, name, sizeof(name));
		if (code != table[i].code)
			fail_msg("row %zu: %s", i, error_code_name(code));
		if (table[i].name != NULL)
			assert_string_equal(name, table[i].name);
	}
}

static void what_a_region_claims_changes_nothing(void **state)
{
	(void)state;
	static const char *const trailers[] = {
		"\0\0\0\77\0\0\0\7\177\377\377\377\0\0\0\20", /* the region begins 2 GiB back */
		"\0\0\0\77\0\0\0\7\0\0\0\0\0\0\0\20", /* at the trailer itself */
		"\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377",
		"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
	};
	struct rpm_header h;
	rpm_header_init(&h);
	for (size_t i = 0; i < 4; i++) {
		const struct make_tag tags[] = {
			{ 62, T_BIN, 16, bytes_of(trailers[i], 16) },
			{ 63, T_BIN, 16, bytes_of(trailers[i], 16) },
			MAKE_TEXT(1000, "bash"),
		};
		assert_int_equal(parse_tags(&h, tags, 3), ERR_NONE);
		assert_field(&h, RPM_NAME, "bash");
	}
	rpm_header_free(&h);
}

static void a_wanted_tag_may_be_there_only_once(void **state)
{
	(void)state;
	static const struct make_tag tags[] = { MAKE_TEXT(1000, "openssl"), MAKE_TEXT(1001, "1"),
						MAKE_TEXT(1000, "harmless") };
	struct rpm_header h;
	rpm_header_init(&h);
	assert_int_equal(parse_tags(&h, tags, 3), ERR_MALFORMED);
	rpm_header_free(&h);
}

static void fields_may_share_bytes_and_lie_in_any_order(void **state)
{
	(void)state;
	struct rpm_header h;
	cleanup_buf struct buf blob = buf_max(1000);
	rpm_header_init(&h);
	make_be32(&blob, 3);
	make_be32(&blob, 8);
	for (uint32_t i = 0; i < 3; i++) {
		make_be32(&blob, 1000 + i);
		make_be32(&blob, T_STRING);
		make_be32(&blob, 4 - 2 * i);
		make_be32(&blob, 1);
	}
	assert_int_equal(buf_append(&blob, "abcdefg", 8, NULL), 0);
	for (size_t piece = 1; piece < 20; piece++) {
		assert_int_equal(parse(&h, buf_view(&blob), blob.n, piece), ERR_NONE);
		assert_field(&h, RPM_NAME, "efg");
		assert_field(&h, RPM_VERSION, "cdefg");
		assert_field(&h, RPM_RELEASE, "abcdefg");
	}
	rpm_header_free(&h);
}

static void a_field_beyond_the_limit_is_refused(void **state)
{
	(void)state;
	struct rpm_header h;
	cleanup_buf struct buf text = buf_max(1 << 20);
	rpm_header_init(&h);
	make_zeros(&text, LIMIT_PKG_FIELD + 2);
	memset(text.p, 'x', LIMIT_PKG_FIELD);
	struct make_tag tag = { 1000, T_STRING, 1, bytes_of(text.p, LIMIT_PKG_FIELD + 1) };
	assert_int_equal(parse_tags(&h, &tag, 1), ERR_NONE);
	text.p[LIMIT_PKG_FIELD] = 'x';
	tag.value.n++;
	assert_int_equal(parse_tags(&h, &tag, 1), ERR_LIMIT);
	rpm_header_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_gives_its_fields_whatever_the_pieces),
		cmocka_unit_test(a_cut_header_is_truncated_unless_all_wanted_was_before),
		cmocka_unit_test(nothing_is_read_behind_the_last_wanted_field),
		cmocka_unit_test(a_field_of_the_last_package_never_shows_in_the_next),
		cmocka_unit_test(sizes_that_do_not_add_up_are_malformed),
		cmocka_unit_test(every_offset_and_count_stays_in_the_data),
		cmocka_unit_test(what_a_region_claims_changes_nothing),
		cmocka_unit_test(a_wanted_tag_may_be_there_only_once),
		cmocka_unit_test(fields_may_share_bytes_and_lie_in_any_order),
		cmocka_unit_test(a_field_beyond_the_limit_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
