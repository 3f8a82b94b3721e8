/* Objects of hostile repositories: what is wrong is one problem with a name, and nothing is
 * read that is not there. */
#include "objects.h"

/* A blob, and then what is wrong. */
struct hostile {
	const char *what;
	void (*make)(struct buf *b, size_t base_at);
	enum error_code code;
	size_t blobs;
};

static void delta_of_another_base(struct buf *b, size_t base_at)
{
	put_ofs_delta(b, b->n - base_at, BYTES_LIT("\x11\x01\x01X"));
}

static void delta_that_copies_from_outside(struct buf *b, size_t base_at)
{
	put_ofs_delta(b, b->n - base_at, BYTES_LIT("\x10\x08\x91\x0c\x08"));
}

static void delta_that_copies_from_far_outside(struct buf *b, size_t base_at)
{
	put_ofs_delta(b, b->n - base_at, BYTES_LIT("\x10\x08\xff\xff\xff\xff\xff\xff\xff\xff"));
}

static void delta_longer_than_it_says(struct buf *b, size_t base_at)
{
	put_ofs_delta(b, b->n - base_at, BYTES_LIT("\x10\x02\x90\x08"));
}

static void delta_shorter_than_it_says(struct buf *b, size_t base_at)
{
	put_ofs_delta(b, b->n - base_at, BYTES_LIT("\x10\x20\x90\x08"));
}

static void delta_with_the_reserved_instruction(struct buf *b, size_t base_at)
{
	put_ofs_delta(b, b->n - base_at, BYTES_LIT("\x10\x02\0\0"));
}

static void delta_cut_in_an_insert(struct buf *b, size_t base_at)
{
	put_ofs_delta(b, b->n - base_at, BYTES_LIT("\x10\x08\x08XY"));
}

static void delta_with_an_endless_size(struct buf *b, size_t base_at)
{
	put_ofs_delta(b, b->n - base_at,
		      BYTES_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
}

static void delta_of_a_huge_result(struct buf *b, size_t base_at)
{
	put_ofs_delta(b, b->n - base_at, BYTES_LIT("\x10\xff\xff\xff\xff\xff\x7f\x90\x10"));
}

static void empty_delta(struct buf *b, size_t base_at)
{
	put_ofs_delta(b, b->n - base_at, BYTES_LIT(""));
}

static void base_before_the_pack(struct buf *b, size_t base_at)
{
	(void)base_at;
	put_ofs_delta(b, b->n + 5, DELTA);
}

static void base_in_the_middle_of_an_object(struct buf *b, size_t base_at)
{
	put_ofs_delta(b, b->n - base_at - 1, DELTA);
}

static void base_at_the_delta_itself(struct buf *b, size_t base_at)
{
	(void)base_at;
	put_ofs_delta(b, 0, DELTA);
}

static void endless_distance(struct buf *b, size_t base_at)
{
	(void)base_at;
	put_head(b, OFS, 4);
	put(b, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
}

static void base_that_nothing_is_called(struct buf *b, size_t base_at)
{
	static const uint8_t id[GIT_SHA1] = { 1, 2, 3 };
	(void)base_at;
	put_ref_delta(b, id, DELTA);
}

static void object_of_type_0(struct buf *b, size_t base_at)
{
	(void)base_at;
	put_object(b, 0, BASE);
}

static void object_of_type_5(struct buf *b, size_t base_at)
{
	(void)base_at;
	put_object(b, 5, BASE);
}

static void object_larger_than_it_says(struct buf *b, size_t base_at)
{
	(void)base_at;
	put_head(b, BLOB, 3);
	put_zlib(b, BASE);
}

static void object_smaller_than_it_says(struct buf *b, size_t base_at)
{
	(void)base_at;
	put_head(b, BLOB, UINT64_C(1) << 50);
	put_zlib(b, BASE);
}

static void object_of_an_endless_size(struct buf *b, size_t base_at)
{
	(void)base_at;
	put(b, "\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 13);
	put_zlib(b, BASE);
}

static void no_deflate_data(struct buf *b, size_t base_at)
{
	(void)base_at;
	put_head(b, BLOB, 3);
	put(b, "\xff\xff\xff\xff\xff\xff", 6);
}

static void wrong_checksum(struct buf *b, size_t base_at)
{
	(void)base_at;
	put_object(b, BLOB, DELTA);
	b->p[b->n - 1] ^= 1;
}

static void tree_without_its_end(struct buf *b, size_t base_at)
{
	(void)base_at;
	put_object(b, TREE, BYTES_LIT("100644 a\0abc"));
}

static const struct hostile hostile[] = {
	{ "a delta of another base", delta_of_another_base, ERR_MALFORMED, 1 },
	{ "copies from outside", delta_that_copies_from_outside, ERR_MALFORMED, 1 },
	{ "copies from far outside", delta_that_copies_from_far_outside, ERR_MALFORMED, 1 },
	{ "longer than it says", delta_longer_than_it_says, ERR_MALFORMED, 1 },
	{ "shorter than it says", delta_shorter_than_it_says, ERR_MALFORMED, 1 },
	{ "the reserved instruction", delta_with_the_reserved_instruction, ERR_MALFORMED, 1 },
	{ "cut in an insert", delta_cut_in_an_insert, ERR_MALFORMED, 1 },
	{ "an endless size", delta_with_an_endless_size, ERR_MALFORMED, 1 },
	{ "a huge result", delta_of_a_huge_result, ERR_LIMIT, 1 },
	{ "an empty delta", empty_delta, ERR_MALFORMED, 1 },
	{ "a base before the pack", base_before_the_pack, ERR_MALFORMED, 1 },
	{ "a base in an object", base_in_the_middle_of_an_object, ERR_MALFORMED, 1 },
	{ "a base at the delta", base_at_the_delta_itself, ERR_MALFORMED, 1 },
	{ "an endless distance", endless_distance, ERR_MALFORMED, 1 },
	{ "a base without an object", base_that_nothing_is_called, ERR_NOT_FOUND, 1 },
	{ "type 0", object_of_type_0, ERR_MALFORMED, 1 },
	{ "type 5", object_of_type_5, ERR_MALFORMED, 1 },
	{ "larger than it says", object_larger_than_it_says, ERR_MALFORMED, 1 },
	{ "smaller than it says", object_smaller_than_it_says, ERR_MALFORMED, 1 },
	{ "of an endless size", object_of_an_endless_size, ERR_MALFORMED, 1 },
	{ "no deflate data", no_deflate_data, ERR_MALFORMED, 1 },
	{ "a wrong checksum", wrong_checksum, ERR_MALFORMED, 1 },
};

static void what_is_wrong_is_told_and_the_rest_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		cleanup_buf struct buf b = buf_max(MIB);
		put_pack(&b, 2);
		size_t base_at = b.n;
		put_object(&b, BLOB, BASE);
		hostile[i].make(&b, base_at);
		put_trailer(&b);
		struct outcome o = read_pack(&b);
		if (o.status != 0 || o.problem.code != hostile[i].code ||
		    o.blobs != hostile[i].blobs)
			fail_msg("%s: %s, %zu blobs: %s", hostile[i].what,
				 error_code_name(o.problem.code), o.blobs, o.problem.text);
	}
}

static void a_damaged_tree_that_a_commit_names_is_told(void **state)
{
	static const char commit[] = "tree 0000000000000000000000000000000000000000\n"
				     "parent 1111111111111111111111111111111111111111\n"
				     "author a <b> 99999999999999999999999 +0000\n\nx\n";
	cleanup_buf struct buf b = buf_max(MIB);
	(void)state;
	put_pack(&b, 3);
	put_object(&b, BLOB, BASE);
	tree_without_its_end(&b, 0);
	put_object(&b, COMMIT, bytes_str(commit));
	put_trailer(&b);
	struct outcome o = read_pack(&b);
	assert_int_equal(o.status, 0);
	assert_int_equal(o.blobs, 1);
	assert_int_equal(o.missing.commits, 1);
	assert_int_equal(o.missing.objects, 1);
}

static void a_pack_cut_anywhere_is_told(void **state)
{
	cleanup_buf struct buf b = buf_max(MIB);
	(void)state;
	put_pack(&b, 2);
	size_t base_at = b.n;
	put_object(&b, BLOB, BASE);
	put_ofs_delta(&b, b.n - base_at, DELTA);
	put_trailer(&b);
	for (size_t n = 0; n < b.n; n++) {
		struct buf cut = { .p = b.p, .n = n };
		struct outcome o = read_pack(&cut);
		assert_int_equal(o.status, 0);
		assert_true(o.problem.code == ERR_MALFORMED || o.problem.code == ERR_TRUNCATED);
	}
}

static void every_flipped_byte_ends(void **state)
{
	cleanup_buf struct buf b = buf_max(MIB);
	(void)state;
	put_pack(&b, 3);
	size_t base_at = b.n;
	put_object(&b, BLOB, BASE);
	put_ofs_delta(&b, b.n - base_at, DELTA);
	put_object(&b, TREE,
		   BYTES_LIT("100644 a\0aaaaaaaaaaaaaaaaaaaa40000 b\0bbbbbbbbbbbbbbbbbbbb"));
	put_trailer(&b);
	for (size_t i = 0; i < b.n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			b.p[i] ^= (uint8_t)(1 << bit);
			struct outcome o = read_pack(&b);
			assert_int_equal(o.status, 0);
			b.p[i] ^= (uint8_t)(1 << bit);
		}
}

/* Each delta copies its base twice: 24 of them would be 256 MiB. */
static void a_bomb_of_deltas_ends_at_the_limit(void **state)
{
	enum { STEPS = 24 };
	cleanup_buf struct buf b = buf_max(MIB);
	size_t size = 16, before;
	(void)state;
	put_pack(&b, STEPS + 1);
	before = b.n;
	put_object(&b, BLOB, BASE);
	for (unsigned i = 0; i < STEPS; i++) {
		cleanup_buf struct buf delta = buf_max(MIB);
		for (unsigned k = 0; k < 2; k++) {
			size_t v = size << k;
			for (; v >= 0x80; v >>= 7)
				put_u8(&delta, 0x80 | (v & 0x7f));
			put_u8(&delta, (unsigned)v);
		}
		/* A copy is 16 MiB at most: pieces of one quarter do. */
		for (unsigned k = 0; k < 8; k++) {
			size_t n = size / 4, at = k % 4 * n;
			put_u8(&delta, 0xff);
			for (unsigned s = 0; s < 4; s++)
				put_u8(&delta, at >> 8 * s & 0xff);
			for (unsigned s = 0; s < 3; s++)
				put_u8(&delta, n >> 8 * s & 0xff);
		}
		size_t here = b.n;
		put_ofs_delta(&b, here - before, buf_view(&delta));
		before = here;
		size *= 2;
	}
	put_trailer(&b);
	struct outcome o = read_pack(&b);
	assert_int_equal(o.status, 0);
	assert_int_equal(o.problem.code, ERR_LIMIT);
	assert_true(o.blobs == 21 && o.bytes < 3 * LIMIT_GIT_HELD);
}

/* git makes no chain longer than 4095; a longer one is no use but harm. */
static void a_chain_without_end_ends_at_the_limit(void **state)
{
	enum { STEPS = 5000 };
	cleanup_buf struct buf b = buf_max(8 * MIB);
	(void)state;
	put_pack(&b, STEPS + 1);
	size_t before = b.n;
	put_object(&b, BLOB, BASE);
	for (unsigned i = 0; i < STEPS; i++) {
		/* Copies 12, inserts four bytes of its own. */
		uint8_t delta[] = { 16, 16, 0x90, 12, 4, (uint8_t)i, (uint8_t)(i >> 8), 'x', 'y' };
		size_t here = b.n;
		put_ofs_delta(&b, here - before, bytes_of(delta, sizeof delta));
		before = here;
	}
	put_trailer(&b);
	struct outcome o = read_pack(&b);
	assert_int_equal(o.status, 0);
	assert_int_equal(o.problem.code, ERR_NONE); /* what came before is at hand */
	assert_int_equal(o.blobs, STEPS + 1);
}

static void deltas_that_name_each_other_are_told(void **state)
{
	static const uint8_t a[GIT_SHA1] = { 1 }, c[GIT_SHA1] = { 2 };
	cleanup_buf struct buf b = buf_max(MIB);
	(void)state;
	put_pack(&b, 2);
	put_ref_delta(&b, a, DELTA);
	put_ref_delta(&b, c, DELTA);
	put_trailer(&b);
	struct outcome o = read_pack(&b);
	assert_int_equal(o.status, 0);
	assert_int_equal(o.problem.code, ERR_NOT_FOUND);
	assert_int_equal(o.blobs, 0);
}

static void a_pack_that_counts_wrong_is_told(void **state)
{
	static const struct {
		uint32_t says, more;
	} rows[] = { { 0, 0 }, { 2, 0 }, { UINT32_MAX, 0 }, { 1, 7 } };
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cleanup_buf struct buf b = buf_max(MIB);
		put_pack(&b, rows[i].says);
		put_object(&b, BLOB, BASE);
		put(&b, "1234567", rows[i].more);
		put_trailer(&b);
		assert_int_equal(read_pack(&b).problem.code, ERR_MALFORMED);
	}
}

static const struct {
	const char *content;
	size_t n;
} loose[] = {
	{ "", 0 },
	{ "blob 3", 6 },
	{ "blob 3\0ab", 9 },
	{ "blob 3\0abcd", 11 },
	{ "blob -3\0abc", 11 },
	{ "blob 99999999999999999999999\0abc", 32 },
	{ "blob\0abc", 8 },
	{ "blub 3\0abc", 10 },
	{ " 3\0abc", 6 },
};

static void a_loose_object_that_is_none_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof loose / sizeof *loose; i++) {
		cleanup_buf struct buf b = buf_max(MIB);
		put_zlib(&b, bytes_of(loose[i].content, loose[i].n));
		struct outcome o = read_one(&b, false);
		if (o.status != 0 || o.problem.code != ERR_MALFORMED || o.blobs != 0)
			fail_msg("row %zu: %s, %zu blobs", i, error_code_name(o.problem.code),
				 o.blobs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_told_and_the_rest_is_read),
		cmocka_unit_test(a_damaged_tree_that_a_commit_names_is_told),
		cmocka_unit_test(a_pack_cut_anywhere_is_told),
		cmocka_unit_test(every_flipped_byte_ends),
		cmocka_unit_test(a_bomb_of_deltas_ends_at_the_limit),
		cmocka_unit_test(a_chain_without_end_ends_at_the_limit),
		cmocka_unit_test(deltas_that_name_each_other_are_told),
		cmocka_unit_test(a_pack_that_counts_wrong_is_told),
		cmocka_unit_test(a_loose_object_that_is_none_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
