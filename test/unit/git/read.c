/* Objects that are sound: each is told once, whatever lies where. What git itself writes is
 * test/oracle/git.py's. */
#include "objects.h"

static void a_delta_is_put_together(void **state)
{
	cleanup_buf struct buf b = buf_max(MIB);
	(void)state;
	put_pack(&b, 2);
	size_t base_at = b.n;
	put_object(&b, BLOB, BASE);
	put_ofs_delta(&b, b.n - base_at, DELTA);
	put_trailer(&b);
	struct outcome o = read_pack(&b);
	assert_int_equal(o.status, 0);
	assert_int_equal(o.problem.code, ERR_NONE);
	assert_int_equal(o.blobs, 2);
	assert_string_equal(o.last, "2345XYef");
}

static void a_delta_may_lie_before_the_base_that_it_names(void **state)
{
	/* echo -n 0123456789abcdef | git hash-object --stdin */
	static const uint8_t id[GIT_SHA1] = { 0x45, 0x4f, 0x6b, 0x31, 0x4b, 0xf7, 0x42,
					      0x4c, 0xad, 0xa3, 0xee, 0xab, 0xf6, 0xb7,
					      0xd8, 0xd5, 0x28, 0x50, 0xdb, 0x6a };
	cleanup_buf struct buf b = buf_max(MIB);
	(void)state;
	put_pack(&b, 2);
	put_ref_delta(&b, id, DELTA);
	put_object(&b, BLOB, BASE);
	put_trailer(&b);
	struct outcome o = read_pack(&b);
	assert_int_equal(o.problem.code, ERR_NONE);
	assert_int_equal(o.blobs, 2);
}

static void the_same_blob_is_told_once(void **state)
{
	cleanup_buf struct buf b = buf_max(MIB);
	(void)state;
	put_pack(&b, 2);
	put_object(&b, BLOB, BASE);
	put_object(&b, BLOB, BASE);
	put_trailer(&b);
	size_t pack_n = b.n;
	put_zlib(&b, bytes_of("blob 16\0000123456789abcdef", 24));
	struct outcome o = { .file = buf_view(&b) };
	const struct git_file files[] = { { 0, pack_n, true }, { pack_n, b.n - pack_n, false } };
	read_files(&o, files, 2);
	assert_int_equal(o.problem.code, ERR_NONE);
	assert_int_equal(o.blobs, 1);
}

static void what_the_sink_says_ends_the_reading(void **state)
{
	cleanup_buf struct buf b = buf_max(MIB);
	(void)state;
	put_pack(&b, 2);
	put_object(&b, BLOB, BASE);
	put_object(&b, BLOB, DELTA);
	put_trailer(&b);
	struct outcome o = { .file = buf_view(&b), .refuses = true };
	struct git_file file = { 0, b.n, true };
	read_files(&o, &file, 1);
	assert_int_equal(o.status, -1);
	assert_int_equal(o.err.code, ERR_CANCELLED);
	assert_int_equal(o.blobs, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_delta_is_put_together),
		cmocka_unit_test(a_delta_may_lie_before_the_base_that_it_names),
		cmocka_unit_test(the_same_blob_is_told_once),
		cmocka_unit_test(what_the_sink_says_ends_the_reading),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
