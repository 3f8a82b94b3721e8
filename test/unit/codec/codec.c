/* Streams are decoded whole or end in an error with a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include "codec/codec.h"

static ssize_t read_bytes(void *ctx, void *p, size_t n, struct error *err)
{
	struct bytes *left = ctx;
	(void)err;
	n = n < left->n ? n : left->n;
	if (n > 0)
		memcpy(p, left->p, n);
	*left = bytes_sub(*left, n, left->n);
	return (ssize_t)n;
}

static void tap(void *ctx, struct bytes stored)
{
	*(uint64_t *)ctx += stored.n;
}

/* Decodes all: the code it ended with; *out gets what came. */
static enum error_code decode_limited(struct bytes in, struct buf *out, struct codec_limits limits)
{
	uint8_t piece[1000];
	struct error err = { 0 };
	uint64_t tapped = 0, size = in.n;
	struct codec *c = codec_new(read_bytes, &in, tap, &tapped, limits);
	ssize_t n;
	while ((n = codec_read(c, piece, sizeof piece, &err)) > 0)
		assert_int_equal(buf_append(out, piece, (size_t)n, NULL), 0);
	assert_int_equal(codec_drain(c, &err), 0);
	assert_true(tapped == size && codec_stored(c) == size);
	codec_free(c);
	return err.code;
}

static enum error_code decode(struct bytes in, struct buf *out)
{
	return decode_limited(in, out, (struct codec_limits){ 0 });
}

static void add_gzip(struct buf *out, struct bytes content)
{
	struct isal_zstream z;
	uint8_t room[4096];
	isal_deflate_stateless_init(&z);
	z.gzip_flag = IGZIP_GZIP;
	z.end_of_stream = 1;
	z.next_in = (uint8_t *)content.p;
	z.avail_in = (uint32_t)content.n;
	z.next_out = room;
	z.avail_out = sizeof room;
	assert_int_equal(isal_deflate_stateless(&z), COMP_OK);
	assert_int_equal(buf_append(out, room, z.total_out, NULL), 0);
}

static void add_zstd(struct buf *out, struct bytes content)
{
	uint8_t room[4096];
	size_t n = ZSTD_compress(room, sizeof room, content.p, content.n, 3);
	assert_false(ZSTD_isError(n));
	assert_int_equal(buf_append(out, room, n, NULL), 0);
}

static void check(const struct buf *in, enum error_code code, const char *content)
{
	cleanup_buf struct buf out = buf_max(64 * MIB);
	assert_int_equal(decode(buf_view(in), &out), code);
	assert_string_equal(buf_cstr(&out, NULL), content);
}

static void gzip_members_are_one_stream(void **state)
{
	(void)state;
	cleanup_buf struct buf in = buf_max(MIB);
	add_gzip(&in, BYTES_LIT("one "));
	add_gzip(&in, BYTES_LIT("two"));
	check(&in, ERR_NONE, "one two");
	assert_int_equal(buf_append(&in, "\0\0\0\0\0\0", 6, NULL), 0);
	check(&in, ERR_NONE, "one two");
}

static void zstd_frames_and_skippable_frames_are_one_stream(void **state)
{
	(void)state;
	cleanup_buf struct buf in = buf_max(MIB);
	assert_int_equal(buf_append(&in, "\x50\x2a\x4d\x18\x04\0\0\0toc!", 12, NULL), 0);
	add_zstd(&in, BYTES_LIT("one "));
	add_zstd(&in, BYTES_LIT("two"));
	assert_int_equal(buf_append(&in, "\x5f\x2a\x4d\x18\x02\0\0\0!!", 10, NULL), 0);
	check(&in, ERR_NONE, "one two");
}

static void plain_bytes_pass(void **state)
{
	(void)state;
	cleanup_buf struct buf in = buf_max(MIB);
	assert_int_equal(buf_append_str(&in, "just bytes", NULL), 0);
	check(&in, ERR_NONE, "just bytes");
	in.n = 0;
	check(&in, ERR_NONE, "");
	assert_int_equal(buf_append_str(&in, "\x1f", NULL), 0);
	check(&in, ERR_NONE, "\x1f");
}

static void every_cut_is_told(void **state)
{
	(void)state;
	cleanup_buf struct buf gzip = buf_max(MIB), zstd = buf_max(MIB);
	add_gzip(&gzip, BYTES_LIT("some content that is compressed"));
	add_zstd(&zstd, BYTES_LIT("some content that is compressed"));
	for (size_t n = 4; n < gzip.n; n++) {
		cleanup_buf struct buf out = buf_max(MIB);
		assert_int_equal(decode(bytes_of(gzip.p, n), &out), ERR_TRUNCATED);
	}
	for (size_t n = 4; n < zstd.n; n++) {
		cleanup_buf struct buf out = buf_max(MIB);
		assert_int_equal(decode(bytes_of(zstd.p, n), &out), ERR_TRUNCATED);
	}
}

static void damage_and_junk_are_told(void **state)
{
	(void)state;
	cleanup_buf struct buf in = buf_max(MIB), out = buf_max(MIB);
	add_gzip(&in, BYTES_LIT("some content that is compressed"));
	in.p[in.n - 6] ^= 1; /* in the checksum */
	assert_int_equal(decode(buf_view(&in), &out), ERR_MALFORMED);
	in.p[in.n - 6] ^= 1;
	out.n = 0;
	assert_int_equal(buf_append_str(&in, "junk", NULL), 0);
	assert_int_equal(decode(buf_view(&in), &out), ERR_MALFORMED);
}

static void xz_and_bzip2_are_named_as_what_they_are(void **state)
{
	(void)state;
	cleanup_buf struct buf out = buf_max(MIB);
	assert_int_equal(decode(BYTES_LIT("\xfd"
					  "7zXZ\0....."),
				&out),
			 ERR_UNSUPPORTED);
	assert_int_equal(decode(BYTES_LIT("BZh91AY&SY"), &out), ERR_UNSUPPORTED);
}

static void a_bomb_is_stopped_by_size_and_by_ratio(void **state)
{
	(void)state;
	const size_t size = 80 * MIB;
	uint8_t *zeros = calloc(1, size);
	uint8_t *small = malloc(ZSTD_compressBound(size));
	cleanup_buf struct buf out = buf_max(200 * MIB);
	size_t n = ZSTD_compress(small, ZSTD_compressBound(size), zeros, size, 1);
	struct codec_limits limit = { .raw_bytes = MIB };
	assert_int_equal(decode_limited(bytes_of(small, n), &out, limit), ERR_LIMIT);
	assert_true(out.n <= MIB);
	out.n = 0;
	assert_int_equal(decode(bytes_of(small, n), &out), ERR_LIMIT);
	assert_true(out.n < size);
	free(zeros);
	free(small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gzip_members_are_one_stream),
		cmocka_unit_test(zstd_frames_and_skippable_frames_are_one_stream),
		cmocka_unit_test(plain_bytes_pass),
		cmocka_unit_test(every_cut_is_told),
		cmocka_unit_test(damage_and_junk_are_told),
		cmocka_unit_test(xz_and_bzip2_are_named_as_what_they_are),
		cmocka_unit_test(a_bomb_is_stopped_by_size_and_by_ratio),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
