/* Objects and packs as a repository has them, made by hand, and what reading them told. */
#ifndef CORTEN_TEST_GIT_OBJECTS_H
#define CORTEN_TEST_GIT_OBJECTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "git/git.h"

enum { COMMIT = 1, TREE, BLOB, TAG, OFS = 6, REF = 7 };

/* --- making objects ------------------------------------------------------------------ */

static inline void put(struct buf *b, const void *p, size_t n)
{
	assert_int_equal(buf_append(b, p, n, NULL), 0);
}

static inline void put_u8(struct buf *b, unsigned v)
{
	uint8_t byte = (uint8_t)v;
	put(b, &byte, 1);
}

static inline void put_be32(struct buf *b, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		put_u8(b, v >> shift & 0xff);
}

/* RFC 1950 around stored blocks (RFC 1951, 3.2.4). */
static inline void put_zlib(struct buf *b, struct bytes content)
{
	uint32_t low = 1, high = 0;
	for (size_t i = 0; i < content.n; i++) {
		low = (low + content.p[i]) % 65521;
		high = (high + low) % 65521;
	}
	put(b, "\x78\x01", 2);
	do {
		struct bytes part = bytes_sub(content, 0, 65535);
		unsigned n = (unsigned)part.n;
		content = bytes_sub(content, part.n, content.n);
		put_u8(b, content.n == 0);
		put_u8(b, n & 0xff);
		put_u8(b, n >> 8);
		put_u8(b, ~n & 0xff);
		put_u8(b, ~n >> 8 & 0xff);
		put(b, part.p, part.n);
	} while (content.n > 0);
	put_be32(b, high << 16 | low);
}

static inline void put_head(struct buf *b, unsigned type, uint64_t size)
{
	unsigned byte = type << 4 | (size & 15);
	for (size >>= 4; size > 0; size >>= 7) {
		put_u8(b, byte | 0x80);
		byte = size & 0x7f;
	}
	put_u8(b, byte);
}

static inline void put_distance(struct buf *b, uint64_t distance)
{
	uint8_t raw[10];
	size_t at = sizeof raw;
	raw[--at] = distance & 0x7f;
	while ((distance >>= 7) > 0)
		raw[--at] = 0x80 | (--distance & 0x7f);
	put(b, raw + at, sizeof raw - at);
}

static inline void put_pack(struct buf *b, uint32_t count)
{
	put(b, "PACK", 4);
	put_be32(b, 2);
	put_be32(b, count);
}

static inline void put_object(struct buf *b, unsigned type, struct bytes content)
{
	put_head(b, type, content.n);
	put_zlib(b, content);
}

static inline void put_ofs_delta(struct buf *b, uint64_t distance, struct bytes delta)
{
	put_head(b, OFS, delta.n);
	put_distance(b, distance);
	put_zlib(b, delta);
}

static inline void put_ref_delta(struct buf *b, const uint8_t *id, struct bytes delta)
{
	put_head(b, REF, delta.n);
	put(b, id, GIT_SHA1);
	put_zlib(b, delta);
}

static inline void put_trailer(struct buf *b)
{
	static const uint8_t zeros[GIT_SHA1]; /* nobody believes it */
	put(b, zeros, sizeof zeros);
}

/* --- reading them -------------------------------------------------------------------------- */

struct outcome {
	struct bytes file;
	size_t blobs;
	uint64_t bytes, worked;
	char last[64]; /* first bytes of the last blob told */
	size_t last_n;
	struct error problem;
	struct git_missing missing;
	int status;
	struct error err;
	bool refuses; /* the first blob */
};

static inline int read_at(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	const struct outcome *o = ctx;
	(void)err;
	assert_true(at <= o->file.n && n <= o->file.n - at);
	memcpy(p, o->file.p + at, n);
	return 0;
}

static inline int on_blob(void *ctx, const struct git_blob *b, struct error *err)
{
	struct outcome *o = ctx;
	(void)b;
	o->blobs++;
	o->last_n = 0;
	return o->refuses ? error_set(err, ERR_CANCELLED, "enough") : 1;
}

static inline int on_piece(void *ctx, struct bytes piece, struct error *err)
{
	struct outcome *o = ctx;
	(void)err;
	o->bytes += piece.n;
	for (size_t i = 0; i < piece.n && o->last_n < sizeof o->last - 1; i++)
		o->last[o->last_n++] = (char)piece.p[i];
	o->last[o->last_n] = '\0';
	return 0;
}

static inline int on_end(void *ctx, struct error *err)
{
	(void)ctx;
	(void)err;
	return 0;
}

static inline int on_problem(void *ctx, const struct error *why, struct error *err)
{
	struct outcome *o = ctx;
	(void)err;
	assert_int_equal(o->problem.code, ERR_NONE); /* told once */
	o->problem = *why;
	return 0;
}

static inline int on_working(void *ctx, uint64_t bytes, struct error *err)
{
	struct outcome *o = ctx;
	(void)err;
	o->worked += bytes;
	return 0;
}

static inline void read_files(struct outcome *o, const struct git_file *files, size_t n)
{
	struct git_source source = { read_at, o };
	struct git_folder folder = { files, n, GIT_SHA1 };
	struct git_sink sink = { on_blob, on_piece, on_end, on_problem, on_working, o };
	o->status = git_read(&source, &folder, sink, &o->missing, &o->err);
}

static inline struct outcome read_one(const struct buf *b, bool pack)
{
	struct outcome o = { .file = buf_view(b) };
	struct git_file file = { 0, b->n, pack };
	read_files(&o, &file, 1);
	return o;
}

static inline struct outcome read_pack(const struct buf *b)
{
	return read_one(b, true);
}

/* --- a blob and its delta ------------------------------------------------------------- */

#define BASE BYTES_LIT("0123456789abcdef")
/* 16 → 8: copy 4 from 2, insert "XY", copy 2 from 14 */
#define DELTA BYTES_LIT("\x10\x08\x91\x02\x04\x02XY\x91\x0e\x02")

#endif
