/* Packages (Berkeley DB), well-formed and hostile. In the made hash files page 1
 * and 2 are the buckets of "a" and "b", page 3 and on their overflow chains; in
 * the b-trees page 1 is the root, 2 and 3 the leaves, 4 and on the chains. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "rpm_make.h"

static struct listing listing;

static void make_two(struct buf *file, size_t page_size, bool big_endian, bool btree)
{
	struct buf a = buf_max(1 << 20), b = buf_max(1 << 20);
	make_package(&a, "a", 0);
	make_package(&b, "b", 1200);
	struct make_blob blobs[] = { { 1, buf_view(&a) }, { 9, buf_view(&b) } };
	make_bdb(file, blobs, 2, page_size, big_endian, btree);
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

static void both_forms_are_read_in_either_byte_order_with_every_page_size(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		for (size_t page_size = 512; page_size <= 65536; page_size *= 2) {
			cleanup_buf struct buf file;
			make_two(&file, page_size, (i & 1) != 0, (i & 2) != 0);
			list_file(&file);
			assert_true(listing_is_clean(&listing));
			assert_string_equal(listing.text, two);
		}
	}
}

static void no_cut_reads_as_whole(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		cleanup_buf struct buf file;
		make_two(&file, 512, (i & 1) != 0, (i & 2) != 0);
		assert_cuts_are_seen(buf_view(&file));
	}
}

static void every_flipped_byte_ends(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		cleanup_buf struct buf file;
		make_two(&file, 512, (i & 1) != 0, (i & 2) != 0);
		assert_flips_end(buf_view(&file));
	}
}

static void a_meta_page_that_cannot_be_is_an_error(void **state)
{
	(void)state;
	static const struct {
		size_t at;
		uint32_t value;
		enum error_code code;
	} table[] = {
		{ 16, 0, ERR_UNSUPPORTED },        { 16, 6, ERR_UNSUPPORTED },
		{ 16, 11, ERR_UNSUPPORTED },       { 20, 0, ERR_MALFORMED },
		{ 20, 256, ERR_MALFORMED },        { 20, 513, ERR_MALFORMED },
		{ 20, 0x20000, ERR_MALFORMED },    { 20, 0x80000000, ERR_MALFORMED },
		{ 24, 1, ERR_UNSUPPORTED }, /* encrypted */
		{ 24, 0x10000, ERR_UNSUPPORTED }, /* checksums */
		{ 36, 2, ERR_UNSUPPORTED }, /* partitions */
		{ 72, 0xffffffff, ERR_TRUNCATED }, /* buckets */
		{ 72, 7, ERR_TRUNCATED },          { 32, 0xffffffff, ERR_TRUNCATED },
		{ 32, 7, ERR_TRUNCATED }, /* one page more than there is */
		{ 96, 0xffffffff, ERR_TRUNCATED }, /* where bucket 0 lies */
		{ 96, 0, ERR_MALFORMED }, /* on the meta page */
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		cleanup_buf struct buf file;
		make_two(&file, 512, false, false);
		assert_int_equal(file.n, 7 * 512);
		poke_le32(&file, table[i].at, table[i].value);
		list_file(&file);
		if (listing.rc == 0 || listing.err.code != table[i].code)
			fail_msg("row %zu: %s", i, listing.err.text);
	}
}

static void key_0_holds_no_package(void **state)
{
	(void)state;
	for (unsigned btree = 0; btree < 2; btree++) {
		cleanup_buf struct buf file;
		make_two(&file, 512, false, btree != 0);
		/* The key of "a" ends at the end of its page, behind it one pad byte. */
		size_t key = btree != 0 ? 3 * 512 - 5 : 2 * 512 - 4;
		poke_le32(&file, key, 0);
		list_file(&file);
		assert_true(listing_is_clean(&listing));
		assert_string_equal(listing.text, "b 1.0-2 noarch b 1.0-2 \n");
	}
}

static void a_page_that_was_never_written_is_an_empty_bucket(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_two(&file, 512, false, false);
	memset(file.p + 512, 0, 512);
	list_file(&file);
	assert_true(listing_is_clean(&listing));
	assert_int_equal(listing.packages, 1);
}

static void a_bucket_of_another_kind_is_damage_and_the_rest_is_read(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_two(&file, 512, false, false);
	file.p[512 + 25] = 7;
	list_file(&file);
	assert_error(ERR_MALFORMED, "page 1 ");
	assert_int_equal(listing.packages, 1);
}

static void hash_items_outside_their_page_are_damage(void **state)
{
	(void)state;
	static const uint32_t offsets[] = {
		0x00000000, 0xffffffff, 0x01fb01fb, 0x01fb01fc, 0x020001ef, 0x01ef0200, 0x001d01fb,
	};
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		cleanup_buf struct buf file;
		make_two(&file, 512, false, false);
		poke_le32(&file, 512 + 26, offsets[i]);
		list_file(&file);
		assert_false(listing_is_clean(&listing));
		assert_int_equal(listing.packages, 1);
	}
}

static void more_entries_than_fit_are_damage(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_two(&file, 512, false, false);
	poke_be16(&file, 512 + 20, 0xffff);
	list_file(&file);
	assert_error(ERR_MALFORMED, "65535 entries");
	assert_int_equal(listing.packages, 1);
}

static void a_chain_that_breaks_leaves_out_its_package_only(void **state)
{
	(void)state;
	size_t at = 4 * 512; /* page 4, the first of the chain of "b" */
	static const struct {
		size_t field;
		uint32_t value;
	} table[] = {
		{ 16, 0 },          { 16, 0xffffffff }, { 16, 1 }, /* a bucket */
		{ 16, 3 }, /* of "a": shorter, then it ends */
		{ 8, 99 }, /* another page's number */
		{ 20, 0x00000001 }, /* no bytes on it */
		{ 20, 0xffff0001 }, /* more than fit */
		{ 24, 0x00000500 }, /* a leaf */
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		cleanup_buf struct buf file;
		make_two(&file, 512, false, false);
		poke_le32(&file, at + table[i].field, table[i].value);
		list_file(&file);
		if (listing.rc != 0 || listing.packages != 1 || listing.skipped != 1)
			fail_msg("row %zu: %s, %u packages", i, listing.err.text, listing.packages);
	}
}

static void a_chain_with_more_than_it_should_have_leaves_out_its_package(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_two(&file, 512, false, false);
	file.p[3 * 512 + 22]++; /* page 3 is all of "a" */
	list_file(&file);
	assert_int_equal(listing.rc, 0);
	assert_string_equal(listing.text, "b 1.0-2 noarch b 1.0-2 \n");
	assert_int_equal(listing.skipped, 1);
}

static void a_bucket_in_a_circle_ends_at_the_files_size(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_two(&file, 512, false, false);
	poke_le32(&file, 512 + 16, 1);
	list_file(&file);
	assert_int_equal(listing.rc, -1);
	assert_true(listing.packages < 200);
	poke_le32(&file, 512 + 16, 2);
	poke_le32(&file, 1024 + 16, 1);
	list_file(&file);
	assert_int_equal(listing.rc, -1);
	assert_true(listing.packages < 200);
}

static void a_tree_in_a_circle_ends(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_two(&file, 512, false, true);
	poke_le32(&file, 512 + 500 + 4, 1); /* the root's first child is the root */
	list_file(&file);
	assert_error(ERR_MALFORMED, "levels");
	poke_le32(&file, 512 + 500 + 4, 2);
	poke_le32(&file, 3 * 512 + 16, 2); /* the last leaf's next is the first */
	list_file(&file);
	assert_int_equal(listing.rc, -1);
	assert_true(listing.packages < 200);
	poke_le32(&file, 3 * 512 + 16, 1); /* the last leaf's next is the root */
	list_file(&file);
	assert_error(ERR_MALFORMED, "levels");
	poke_le32(&file, 88, 77);
	list_file(&file);
	assert_error(ERR_TRUNCATED, "page 77");
}

static void deleted_items_of_a_tree_are_not_listed(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_two(&file, 512, false, true);
	file.p[3 * 512 - 20 + 2] |= 0x80;
	list_file(&file);
	assert_true(listing_is_clean(&listing));
	assert_string_equal(listing.text, "b 1.0-2 noarch b 1.0-2 \n");
}

/* A leaf full of entries that all name one inline header. */
static void items_of_a_leaf_that_share_bytes_are_left_out(void **state)
{
	(void)state;
	cleanup_buf struct buf file, blob = buf_max(1000);
	make_two(&file, 65536, false, true);
	make_package(&blob, "x", 0);
	uint8_t *leaf = file.p + 2 * 65536;
	size_t item = 60000;
	leaf[item] = (uint8_t)blob.n;
	leaf[item + 1] = (uint8_t)(blob.n >> 8);
	leaf[item + 2] = 1;
	memcpy(leaf + item + 3, blob.p, blob.n);
	leaf[20] = 0x10;
	leaf[21] = 0x27; /* 10,000 entries */
	for (size_t i = 1; i < 10000; i += 2) {
		memcpy(leaf + 26 + 2 * (i - 1), leaf + 26, 2);
		leaf[26 + 2 * i] = (uint8_t)(item & 0xff);
		leaf[27 + 2 * i] = (uint8_t)(item >> 8);
	}
	list_file(&file);
	assert_false(listing_is_clean(&listing));
	assert_true(listing.packages < 600);
	assert_int_equal(listing.packages + listing.skipped, 5001);
}

static void a_size_beyond_the_limit_is_left_out(void **state)
{
	(void)state;
	cleanup_buf struct buf file;
	make_two(&file, 512, false, false);
	poke_le32(&file, 1024 - 9, 0xffffffff);
	list_file(&file);
	assert_int_equal(listing.rc, 0);
	assert_int_equal(listing.packages, 1);
	assert_non_null(strstr(listing.why, "limit"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forms_are_read_in_either_byte_order_with_every_page_size),
		cmocka_unit_test(no_cut_reads_as_whole),
		cmocka_unit_test(every_flipped_byte_ends),
		cmocka_unit_test(a_meta_page_that_cannot_be_is_an_error),
		cmocka_unit_test(key_0_holds_no_package),
		cmocka_unit_test(a_page_that_was_never_written_is_an_empty_bucket),
		cmocka_unit_test(a_bucket_of_another_kind_is_damage_and_the_rest_is_read),
		cmocka_unit_test(hash_items_outside_their_page_are_damage),
		cmocka_unit_test(more_entries_than_fit_are_damage),
		cmocka_unit_test(a_chain_that_breaks_leaves_out_its_package_only),
		cmocka_unit_test(a_chain_with_more_than_it_should_have_leaves_out_its_package),
		cmocka_unit_test(a_bucket_in_a_circle_ends_at_the_files_size),
		cmocka_unit_test(a_tree_in_a_circle_ends),
		cmocka_unit_test(deleted_items_of_a_tree_are_not_listed),
		cmocka_unit_test(items_of_a_leaf_that_share_bytes_are_left_out),
		cmocka_unit_test(a_size_beyond_the_limit_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
