/* rpmdb.sqlite, well-formed and hostile. Offsets into the made files: the root
 * of Packages is page 2; with two blobs or more it is an interior page whose
 * first child is page 3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "rpm_make.h"

static struct listing listing;

/* Three packages in the smallest pages: "b" overflows into three pages. */
static void make_three(struct buf *file, size_t page_size)
{
	struct buf a = buf_max(1 << 20), b = buf_max(1 << 20), c = buf_max(1 << 20);
	make_package(&a, "a", 0);
	make_package(&b, "b", 1400);
	make_package(&c, "c", 200);
	struct make_blob blobs[] = { { 1, buf_view(&a) },
				     { 5, buf_view(&b) },
				     { 9, buf_view(&c) } };
	make_sqlite(file, blobs, 3, page_size);
	buf_free(&a);
	buf_free(&b);
	buf_free(&c);
}

static const char three[] = "a 1.0-2 noarch a 1.0-2 \nb 1.0-2 noarch b 1.0-2 \n"
			    "c 1.0-2 noarch c 1.0-2 \n";

static void list_file(const struct buf *file)
{
	list_packages(buf_view(file), &listing);
}

static void assert_error(enum error_code code, const char *says)
{
	assert_int_equal(listing.rc, -1);
	if (listing.err.code != code || strstr(listing.err.text, says) == NULL)
		fail_msg("got %s", listing.err.text);
}

static void rows_come_in_order_with_every_page_size(void **state)
{
	(void)state;
	for (size_t page_size = 512; page_size <= 65536; page_size *= 2) {
		cleanup_buf struct buf file;
		make_three(&file, page_size);
		list_file(&file);
		assert_true(listing_is_clean(&listing));
		assert_string_equal(listing.text, three);
	}
}

static void every_blob_size_around_the_overflow_limits_is_read(void **state)
{
	(void)state;
	for (size_t filler = 0; filler < 2200; filler++) {
		cleanup_buf struct buf blob = buf_max(1 << 20), file;
		make_package(&blob, "p", filler);
		struct make_blob one = { 77, buf_view(&blob) };
		make_sqlite(&file, &one, 1, 512);
		list_file(&file);
		assert_true(listing_is_clean(&listing));
		assert_string_equal(listing.text, "p 1.0-2 noarch p 1.0-2 \n");
	}
}

static void an_empty_table_is_an_empty_list(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_sqlite(&file, NULL, 0, 4096);
	list_file(&file);
	assert_true(listing_is_clean(&listing));
	assert_int_equal(listing.packages, 0);
}

static void no_cut_reads_as_whole(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_three(&file, 512);
	assert_cuts_are_seen(buf_view(&file));
}

static void a_missing_page_is_seen_though_no_link_leads_to_it(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_three(&file, 512);
	poke_be32(&file, 28, (uint32_t)(file.n / 512 + 1));
	list_file(&file);
	assert_error(ERR_TRUNCATED, "the file has");
	assert_string_equal(listing.text, three);
	poke_be32(&file, 92, 1); /* a page count of another change than the last */
	list_file(&file);
	assert_true(listing_is_clean(&listing));
}

static void every_flipped_byte_ends(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_three(&file, 512);
	assert_flips_end(buf_view(&file));
}

static void page_sizes_and_reserved_bytes_that_cannot_be_are_malformed(void **state)
{
	(void)state;
	static const struct {
		uint16_t page_size;
		uint8_t reserved;
	} table[] = { { 0, 0 },      { 2, 0 },   { 256, 0 },  { 513, 0 },
		      { 0xffff, 0 }, { 768, 0 }, { 512, 33 }, { 512, 255 } };
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		cleanup_buf struct buf file;
		make_three(&file, 512);
		poke_be16(&file, 16, table[i].page_size);
		file.p[20] = table[i].reserved;
		list_file(&file);
		assert_error(ERR_MALFORMED, "sqlite: ");
	}
}

static void other_text_encodings_are_unsupported(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_three(&file, 512);
	poke_be32(&file, 56, 2);
	list_file(&file);
	assert_error(ERR_UNSUPPORTED, "encoding");
}

static void without_the_table_the_journal_mode_is_told(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_three(&file, 512);
	poke_be16(&file, 103, 0);
	list_file(&file);
	assert_error(ERR_MALFORMED, "no table Packages");
	assert_null(strstr(listing.err.text, "WAL"));
	file.p[19] = 2;
	list_file(&file);
	assert_error(ERR_MALFORMED, "WAL");
}

static void the_tables_name_has_no_case(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_three(&file, 512);
	uint8_t *name = memmem(file.p, file.n, "Packages", 8);
	assert_non_null(name);
	memcpy(name, "pACKAGES", 8);
	list_file(&file);
	assert_true(listing_is_clean(&listing));
	assert_string_equal(listing.text, three);
	memcpy(name, "Packagex", 8);
	list_file(&file);
	assert_error(ERR_MALFORMED, "no table Packages");
}

static void a_root_page_that_cannot_be_is_an_error(void **state)
{
	(void)state;
	static const struct {
		uint8_t root;
		enum error_code code;
	} table[] = { { 0, ERR_MALFORMED }, { 200, ERR_TRUNCATED }, { 5, ERR_MALFORMED } };
	for (size_t i = 0; i < 3; i++) {
		cleanup_buf struct buf file;
		make_three(&file, 512);
		uint8_t *name = memmem(file.p, file.n, "PackagesPackages", 16);
		assert_non_null(name);
		name[16] = table[i].root;
		list_file(&file);
		assert_error(table[i].code, "");
		assert_int_equal(listing.packages, 0);
	}
}

static void a_damaged_leaf_does_not_hide_its_siblings(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_three(&file, 512);
	file.p[2 * 512] = 0x0a; /* page 3, the first leaf */
	list_file(&file);
	assert_error(ERR_MALFORMED, "page 3 ");
	assert_int_equal(listing.packages, 2);
}

static void a_chain_that_ends_early_leaves_out_its_package_only(void **state)
{
	(void)state;
	static const uint32_t next[] = { 0, 0x7fffffff, 0xffffffff, 1000 };
	for (size_t i = 0; i < 4; i++) {
		cleanup_buf struct buf file;
		make_three(&file, 512);
		poke_be32(&file, 4 * 512, next[i]); /* page 5: the first overflow page of "b" */
		list_file(&file);
		assert_int_equal(listing.rc, 0);
		assert_int_equal(listing.packages, 2);
		assert_int_equal(listing.skipped, 1);
		assert_non_null(
			strstr(listing.why, "package number 5: its header goes on in page"));
	}
}

/* One package of 16 MiB says the row; the chain has one page, linked to itself. */
static void a_chain_in_a_circle_ends_at_the_files_size(void **state)
{
	(void)state;
	cleanup_buf struct buf file, blob = buf_max(1 << 25);
	struct make_blob one = { 1, { NULL, 0 } };
	make_package(&blob, "p", 1 << 21);
	one.blob = buf_view(&blob);
	make_sqlite(&file, &one, 1, 512);
	poke_be32(&file, 2 * 512, 3);
	file.n = 512 * 1000;
	poke_be32(&file, 28, 1000);
	list_file(&file);
	assert_error(ERR_LIMIT, "circles");
}

static void a_tree_in_a_circle_ends_at_the_files_size(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_three(&file, 512);
	poke_be32(&file, 512 + 8, 2); /* the root's last child is the root */
	list_file(&file);
	assert_int_equal(listing.rc, -1);
	assert_true(listing.packages < 100);
}

static void children_that_are_shared_end_at_the_files_size(void **state)
{
	(void)state;
	cleanup_buf struct buf file = buf_max(1 << 20), seed;
	make_three(&seed, 512);
	/* 19 interior pages, each with 60 times the next one as child: 60^19 leaves. */
	assert_int_equal(buf_append(&file, seed.p, 512, NULL), 0);
	for (uint32_t page = 2; page < 21; page++) {
		size_t at = file.n;
		make_zeros(&file, 512);
		file.p[at] = 5;
		poke_be16(&file, at + 3, 60);
		poke_be32(&file, at + 8, page + 1);
		poke_be32(&file, at + 500, page + 1);
		for (size_t i = 0; i < 60; i++)
			poke_be16(&file, at + 12 + 2 * i, 500);
	}
	assert_int_equal(buf_append(&file, seed.p + 1024, 512, NULL), 0);
	list_file(&file);
	buf_free(&seed);
	assert_int_equal(listing.rc, -1);
	assert_true(listing.packages < 200);
}

static void a_tree_deeper_than_sqlites_is_malformed(void **state)
{
	(void)state;
	cleanup_buf struct buf file = buf_max(1 << 20), seed;
	make_three(&seed, 512);
	assert_int_equal(buf_append(&file, seed.p, 512, NULL), 0);
	buf_free(&seed);
	for (uint32_t page = 2; page < 100; page++) {
		size_t at = file.n;
		make_zeros(&file, 512);
		file.p[at] = 5;
		poke_be32(&file, at + 8, page + 1);
	}
	list_file(&file);
	assert_error(ERR_MALFORMED, "levels");
}

static void cells_that_share_bytes_are_malformed(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_three(&file, 65536);
	size_t leaf = 2 * 65536; /* of "a" */
	size_t cell = (size_t)file.p[leaf + 8] << 8 | file.p[leaf + 9];
	poke_be16(&file, leaf + 3, 30000);
	for (size_t i = 0; i < 30000; i++)
		poke_be16(&file, leaf + 8 + 2 * i, (uint16_t)cell);
	list_file(&file);
	assert_error(ERR_MALFORMED, "goes beyond");
	assert_true(listing.packages < 600);
}

/* A page of 64 KiB can name 32,000 children that do not exist, and each costs a
 * message: after some the rest is not tried. */
static void children_that_do_not_exist_are_not_tried_for_ever(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_three(&file, 65536);
	size_t root = 65536;
	poke_be16(&file, root + 3, 32000);
	poke_be32(&file, root + 65000, 0);
	for (size_t i = 0; i < 32000; i++)
		poke_be16(&file, root + 12 + 2 * i, i < 2000 ? 65000 : 65531);
	list_file(&file);
	assert_error(ERR_MALFORMED, "page 0 ");
	assert_int_equal(listing.packages, 0);
}

static void more_cells_than_fit_are_malformed(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_three(&file, 512);
	poke_be16(&file, 1024 + 3, 0xffff);
	list_file(&file);
	assert_error(ERR_MALFORMED, "65535 cells");
	assert_int_equal(listing.packages, 2);
}

/* A cell of page 3: size, row id, then a record that lies. */
static void a_record_that_lies_is_left_out(void **state)
{
	(void)state;
	static const struct {
		const char *cell;
		size_t n;
	} table[] = {
		{ "\x04\x01\x00\x00\x00\x00", 6 }, /* a record header of no bytes */
		{ "\x04\x01\x7f\x00\x00\x00", 6 }, /* of more than the record has */
		{ "\x04\x01\x01\x00\x00\x00", 6 }, /* without columns */
		{ "\x04\x01\x02\x00\x00\x00", 6 }, /* with one column */
		{ "\x04\x01\x03\x00\x00\x00", 6 }, /* a header of NULL */
		{ "\x04\x01\x03\x00\x01\x00", 6 }, /* an integer */
		{ "\x04\x01\x03\x00\x7e\x00", 6 }, /* a blob of 57 bytes in a record of 4 */
		{ "\x04\x01\x03\x7e\x0c\x00", 6 }, /* a first column of 57 bytes */
		{ "\x0d\x01\x0b\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00", 15 },
		{ "\x0d\x01\x0b\x00\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00\x00", 15 },
		{ "\x0d\x01\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00\x00\x00\x00", 15 },
		{ "\x04\x01\x80\x80\x80\x80", 6 }, /* a number without end */
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		cleanup_buf struct buf file;
		make_three(&file, 512);
		poke_be16(&file, 1024 + 8, 400);
		memcpy(file.p + 1024 + 400, table[i].cell, table[i].n);
		list_file(&file);
		if (listing.rc != 0 || listing.skipped != 1 || listing.packages != 2)
			fail_msg("row %zu: %s, %u packages", i, listing.err.text, listing.packages);
	}
}

static void a_row_of_2_to_the_63_bytes_is_left_out(void **state)
{
	(void)state;
	static const char *const sizes[] = { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
					     "\xbf\xff\xff\xff\xff\xff\xff\xff\xff\x01",
					     "\x87\xff\xff\xff\x7f\x01" };
	for (size_t i = 0; i < 3; i++) {
		cleanup_buf struct buf file;
		make_three(&file, 512);
		poke_be16(&file, 1024 + 8, 20);
		memset(file.p + 1024 + 20, 0x80, 480);
		memcpy(file.p + 1024 + 20, sizes[i], strlen(sizes[i]));
		list_file(&file);
		assert_false(listing_is_clean(&listing));
		assert_int_equal(listing.packages, 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_come_in_order_with_every_page_size),
		cmocka_unit_test(every_blob_size_around_the_overflow_limits_is_read),
		cmocka_unit_test(an_empty_table_is_an_empty_list),
		cmocka_unit_test(no_cut_reads_as_whole),
		cmocka_unit_test(a_missing_page_is_seen_though_no_link_leads_to_it),
		cmocka_unit_test(every_flipped_byte_ends),
		cmocka_unit_test(page_sizes_and_reserved_bytes_that_cannot_be_are_malformed),
		cmocka_unit_test(other_text_encodings_are_unsupported),
		cmocka_unit_test(without_the_table_the_journal_mode_is_told),
		cmocka_unit_test(the_tables_name_has_no_case),
		cmocka_unit_test(a_root_page_that_cannot_be_is_an_error),
		cmocka_unit_test(a_damaged_leaf_does_not_hide_its_siblings),
		cmocka_unit_test(a_chain_that_ends_early_leaves_out_its_package_only),
		cmocka_unit_test(a_chain_in_a_circle_ends_at_the_files_size),
		cmocka_unit_test(a_tree_in_a_circle_ends_at_the_files_size),
		cmocka_unit_test(children_that_are_shared_end_at_the_files_size),
		cmocka_unit_test(a_tree_deeper_than_sqlites_is_malformed),
		cmocka_unit_test(cells_that_share_bytes_are_malformed),
		cmocka_unit_test(children_that_do_not_exist_are_not_tried_for_ever),
		cmocka_unit_test(more_cells_than_fit_are_malformed),
		cmocka_unit_test(a_record_that_lies_is_left_out),
		cmocka_unit_test(a_row_of_2_to_the_63_bytes_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
