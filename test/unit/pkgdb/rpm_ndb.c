/* Packages.db, well-formed and hostile. In the made files slot i is at byte
 * 32 + 16 * i, and the first blob at byte 4096 (block 256). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "rpm_make.h"

static struct listing listing;

static void make_two(struct buf *file, size_t filler)
{
	struct buf a = buf_max(1 << 20), b = buf_max(1 << 20);
	make_package(&a, "a", 0);
	make_package(&b, "b", filler);
	struct make_blob blobs[] = { { 1, buf_view(&a) }, { 7, buf_view(&b) } };
	make_ndb(file, blobs, 2);
	buf_free(&a);
	buf_free(&b);
}

static const char two[] = "a 1.0-2 noarch a 1.0-2 \nb 1.0-2 noarch b 1.0-2 \n";

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

/* Slot 0 is package "a"; the one of "b" must still be listed. */
static void assert_left_out(const char *says)
{
	assert_int_equal(listing.rc, 0);
	assert_int_equal(listing.packages, 1);
	assert_int_equal(listing.skipped, 1);
	if (strstr(listing.why, says) == NULL)
		fail_msg("got %s", listing.why);
}

static void blobs_of_any_length_are_read(void **state)
{
	(void)state;
	static const size_t longer[] = { 32000, 32700, 32768, 65536, 100000 };
	for (size_t i = 0; i < 105; i++) {
		cleanup_buf struct buf file;
		make_two(&file, i < 100 ? i : longer[i - 100]);
		list_file(&file);
		assert_true(listing_is_clean(&listing));
		assert_string_equal(listing.text, two);
	}
}

static void no_cut_reads_as_whole(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_two(&file, 300);
	assert_cuts_are_seen(buf_view(&file));
}

static void every_flipped_byte_ends(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_two(&file, 40);
	assert_flips_end(buf_view(&file));
}

static void every_flipped_byte_of_a_blob_is_seen(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_two(&file, 40);
	for (size_t i = 4096; i < file.n; i++) {
		file.p[i] ^= 0x10;
		list_file(&file);
		assert_false(listing_is_clean(&listing));
		assert_int_equal(listing.packages, 1);
		file.p[i] ^= 0x10;
	}
}

static void another_version_is_unsupported(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_two(&file, 0);
	poke_le32(&file, 4, 1);
	list_file(&file);
	assert_error(ERR_UNSUPPORTED, "version 1");
}

static void slot_pages_that_cannot_be_are_an_error(void **state)
{
	(void)state;
	static const struct {
		uint32_t pages;
		enum error_code code;
	} table[] = { { 0, ERR_MALFORMED },
		      { 2, ERR_TRUNCATED },
		      { 0x100000, ERR_TRUNCATED }, /* * 4096 is 0 in 32 bits */
		      { 0xffffffff, ERR_TRUNCATED } };
	for (size_t i = 0; i < 4; i++) {
		cleanup_buf struct buf file;
		make_two(&file, 0);
		poke_le32(&file, 12, table[i].pages);
		list_file(&file);
		assert_error(table[i].code, "slots");
	}
}

static void what_is_no_slot_is_damage_and_the_rest_is_read(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_two(&file, 0);
	poke_le32(&file, 32, 0);
	list_file(&file);
	assert_error(ERR_MALFORMED, "byte 32");
	assert_int_equal(listing.packages, 1);
}

static void a_slot_that_lies_leaves_out_its_package_only(void **state)
{
	(void)state;
	static const struct {
		size_t field;
		uint32_t value;
		const char *says;
	} table[] = {
		{ 4, 2, "another package" },  { 8, 257, "no blob" },
		{ 8, 0xffffffff, "beyond" },  { 8, 1, "no blob" },
		{ 12, 0, "beyond" },          { 12, 1, "disagree" },
		{ 12, 0xffffffff, "beyond" }, { 12, 0x10000000, "beyond" },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		cleanup_buf struct buf file;
		make_two(&file, 0);
		poke_le32(&file, 32 + table[i].field, table[i].value);
		list_file(&file);
		assert_left_out(table[i].says);
	}
}

static void a_blob_that_lies_about_its_size_is_left_out(void **state)
{
	(void)state;
	static const uint32_t sizes[] = { 0, 1, 0xffffffff, 0xfffffff0, 0x7fffffff };
	for (size_t i = 0; i < 5; i++) {
		cleanup_buf struct buf file;
		make_two(&file, 0);
		poke_le32(&file, 4096 + 12, sizes[i]);
		list_file(&file);
		assert_left_out("disagree");
	}
}

static void slots_that_share_a_blob_end_at_the_files_size(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_two(&file, 100000);
	for (size_t i = 2; i < 254; i++)
		memcpy(file.p + 32 + 16 * i, file.p + 48, 16);
	list_file(&file);
	assert_error(ERR_LIMIT, "circles");
	assert_true(listing.packages < 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blobs_of_any_length_are_read),
		cmocka_unit_test(no_cut_reads_as_whole),
		cmocka_unit_test(every_flipped_byte_ends),
		cmocka_unit_test(every_flipped_byte_of_a_blob_is_seen),
		cmocka_unit_test(another_version_is_unsupported),
		cmocka_unit_test(slot_pages_that_cannot_be_are_an_error),
		cmocka_unit_test(what_is_no_slot_is_damage_and_the_rest_is_read),
		cmocka_unit_test(a_slot_that_lies_leaves_out_its_package_only),
		cmocka_unit_test(a_blob_that_lies_about_its_size_is_left_out),
		cmocka_unit_test(slots_that_share_a_blob_end_at_the_files_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
