#include "codec/codec.h"

#include <stdlib.h>

#include <isa-l/igzip_lib.h>
#include <zstd.h>

/* HEADER_AHEAD: igzip reads a gzip header wrongly when it comes in small pieces. */
enum { CODEC_INPUT = 128 * 1024, HEADER_AHEAD = 32 * 1024 };
#define RATIO_GRACE (64 * MIB)

struct codec {
	codec_source_fn *source;
	void *source_ctx;
	void (*tap)(void *ctx, struct bytes stored);
	void *tap_ctx;
	struct codec_limits limits;

	enum codec_kind kind;
	bool started, source_ended;
	bool in_member; /* inside a gzip member or zstd frame */
	uint64_t stored, raw;
	size_t at, have; /* unread part of input */
	struct inflate_state *gzip;
	ZSTD_DStream *zstd;
	uint8_t input[CODEC_INPUT];
};

struct codec *codec_new(codec_source_fn *source, void *source_ctx,
			void (*tap)(void *ctx, struct bytes stored), void *tap_ctx,
			struct codec_limits limits)
{
	struct codec *c = calloc(1, sizeof *c);
	if (c == NULL)
		return NULL;
	c->source = source;
	c->source_ctx = source_ctx;
	c->tap = tap;
	c->tap_ctx = tap_ctx;
	c->limits = limits;
	if (c->limits.raw_bytes == 0)
		c->limits.raw_bytes = LIMIT_LAYER_RAW_BYTES;
	if (c->limits.ratio == 0)
		c->limits.ratio = LIMIT_LAYER_RATIO;
	return c;
}

void codec_free(struct codec *c)
{
	if (c == NULL)
		return;
	free(c->gzip);
	(void)ZSTD_freeDStream(c->zstd);
	free(c);
}

enum codec_kind codec_kind(const struct codec *c)
{
	return c->kind;
}

const char *codec_kind_name(enum codec_kind kind)
{
	static const char *const names[] = { "plain", "gzip", "zstd" };
	return names[kind];
}

uint64_t codec_stored(const struct codec *c)
{
	return c->stored;
}

uint64_t codec_raw(const struct codec *c)
{
	return c->raw;
}

static ssize_t take_source(struct codec *c, void *p, size_t n, struct error *err)
{
	ssize_t got = c->source(c->source_ctx, p, n, err);
	if (got < 0)
		return -1;
	if (got == 0)
		c->source_ended = true;
	c->stored += (uint64_t)got;
	if (got > 0 && c->tap != NULL)
		c->tap(c->tap_ctx, bytes_of(p, (size_t)got));
	return got;
}

/* More input behind what is unread; 0 also at the source's end. */
static int fill(struct codec *c, struct error *err)
{
	if (c->source_ended || c->have - c->at == sizeof c->input)
		return 0;
	if (c->at > 0) {
		memmove(c->input, c->input + c->at, c->have - c->at);
		c->have -= c->at;
		c->at = 0;
	}
	ssize_t got = take_source(c, c->input + c->have, sizeof c->input - c->have, err);
	if (got < 0)
		return -1;
	c->have += (size_t)got;
	return 0;
}

static struct bytes unread(const struct codec *c)
{
	return bytes_of(c->input + c->at, c->have - c->at);
}

static bool is_zstd(struct bytes b)
{
	if (b.n < 4)
		return false;
	uint32_t magic = (uint32_t)b.p[0] | (uint32_t)b.p[1] << 8 | (uint32_t)b.p[2] << 16 |
			 (uint32_t)b.p[3] << 24;
	return magic == ZSTD_MAGICNUMBER ||
	       (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

static bool is_gzip(struct bytes b)
{
	return bytes_starts_with(b, BYTES_LIT("\x1f\x8b"));
}

static int start_gzip(struct codec *c, struct error *err)
{
	c->kind = CODEC_GZIP;
	c->gzip = malloc(sizeof *c->gzip);
	if (c->gzip == NULL)
		return error_set(err, ERR_MEMORY, "no memory to inflate");
	isal_inflate_init(c->gzip);
	c->gzip->crc_flag = ISAL_GZIP;
	return 0;
}

static int start_zstd(struct codec *c, struct error *err)
{
	c->kind = CODEC_ZSTD;
	c->zstd = ZSTD_createDStream();
	if (c->zstd == NULL || ZSTD_isError(ZSTD_DCtx_setParameter(c->zstd, ZSTD_d_windowLogMax,
								   LIMIT_ZSTD_WINDOW_LOG)))
		return error_set(err, ERR_MEMORY, "no memory to decode zstd");
	return 0;
}

static int start(struct codec *c, struct error *err)
{
	while (c->have < 6 && !c->source_ended)
		if (fill(c, err) < 0)
			return -1;
	struct bytes head = unread(c);
	c->started = true;
	if (is_gzip(head))
		return start_gzip(c, err);
	if (is_zstd(head))
		return start_zstd(c, err);
	if (bytes_starts_with(head, BYTES_LIT("\xfd"
					      "7zXZ\0")))
		return error_set(err, ERR_UNSUPPORTED,
				 "compressed with xz, which no OCI "
				 "media type allows");
	if (bytes_starts_with(head, BYTES_LIT("BZh")))
		return error_set(err, ERR_UNSUPPORTED,
				 "compressed with bzip2, which no OCI "
				 "media type allows");
	c->kind = CODEC_PLAIN;
	return 0;
}

static ssize_t read_plain(struct codec *c, uint8_t *p, size_t n, struct error *err)
{
	struct bytes b = bytes_sub(unread(c), 0, n);
	if (b.n == 0)
		return take_source(c, p, n, err);
	memcpy(p, b.p, b.n);
	c->at += b.n;
	return (ssize_t)b.n;
}

/* Between two members: 1 when another begins, 0 at the end. Zero padding is
 * what block devices and tapes leave behind; gzip(1) accepts it as well. */
static int next_member(struct codec *c, struct error *err)
{
	for (;;) {
		struct bytes b = unread(c);
		while (b.n > 0 && b.p[0] == 0 && c->raw > 0) {
			b = bytes_sub(b, 1, b.n);
			c->at++;
		}
		if (b.n < 4 && !c->source_ended) {
			if (fill(c, err) < 0)
				return -1;
			continue;
		}
		if (b.n == 0)
			return 0;
		if (c->kind == CODEC_GZIP ? is_gzip(b) : is_zstd(b))
			return 1;
		return error_set(err, ERR_MALFORMED, "other bytes follow the end of the %s stream",
				 codec_kind_name(c->kind));
	}
}

static int inflate_error(int code, struct error *err)
{
	switch (code) {
	case ISAL_INCORRECT_CHECKSUM:
		return error_set(err, ERR_MALFORMED, "the gzip checksum is wrong");
	case ISAL_INVALID_WRAPPER:
	case ISAL_UNSUPPORTED_METHOD:
		return error_set(err, ERR_MALFORMED, "not a valid gzip header");
	default:
		return error_set(err, ERR_MALFORMED, "damaged deflate data");
	}
}

/* One step of decoding: raw bytes made, possibly none. */
static ssize_t step_gzip(struct codec *c, uint8_t *p, size_t n, struct error *err)
{
	struct inflate_state *z = c->gzip;
	z->next_in = c->input + c->at;
	z->avail_in = (uint32_t)(c->have - c->at);
	z->next_out = p;
	z->avail_out = (uint32_t)n;
	int code = isal_inflate(z);
	c->at = c->have - z->avail_in;
	if (code != ISAL_DECOMP_OK && code != ISAL_END_INPUT)
		return inflate_error(code, err);
	if (z->block_state == ISAL_BLOCK_FINISH)
		c->in_member = false;
	return (ssize_t)(n - z->avail_out);
}

static ssize_t step_zstd(struct codec *c, uint8_t *p, size_t n, struct error *err)
{
	ZSTD_inBuffer in = { c->input + c->at, c->have - c->at, 0 };
	ZSTD_outBuffer out = { p, n, 0 };
	size_t left = ZSTD_decompressStream(c->zstd, &out, &in);
	c->at += in.pos;
	if (ZSTD_isError(left))
		return error_set(err, ERR_MALFORMED, "damaged zstd data: %s",
				 ZSTD_getErrorName(left));
	if (left == 0)
		c->in_member = false;
	return (ssize_t)out.pos;
}

static int begin_member(struct codec *c, struct error *err)
{
	while (c->have - c->at < HEADER_AHEAD && !c->source_ended)
		if (fill(c, err) < 0)
			return -1;
	if (c->kind == CODEC_GZIP) {
		isal_inflate_reset(c->gzip);
		c->gzip->crc_flag = ISAL_GZIP;
	}
	c->in_member = true;
	return 0;
}

static ssize_t read_members(struct codec *c, uint8_t *p, size_t n, struct error *err)
{
	for (;;) {
		if (!c->in_member) {
			int more = next_member(c, err);
			if (more <= 0)
				return more;
			if (begin_member(c, err) < 0)
				return -1;
		}
		if (c->at == c->have && fill(c, err) < 0)
			return -1;
		size_t before = c->have - c->at;
		ssize_t made =
			c->kind == CODEC_GZIP ? step_gzip(c, p, n, err) : step_zstd(c, p, n, err);
		if (made != 0)
			return made;
		bool stuck = c->in_member && before == c->have - c->at;
		if (stuck && fill(c, err) < 0)
			return -1;
		if (stuck && before == c->have - c->at)
			return error_set(err, ERR_TRUNCATED, "the %s stream ends early",
					 codec_kind_name(c->kind));
	}
}

static int check_limits(const struct codec *c, struct error *err)
{
	if (c->raw > c->limits.raw_bytes)
		return error_set(err, ERR_LIMIT, "more than %llu bytes of content",
				 (unsigned long long)c->limits.raw_bytes);
	if (c->raw > RATIO_GRACE && c->raw / c->limits.ratio > c->stored)
		return error_set(
			err, ERR_LIMIT,
			"a decompression bomb: %llu stored bytes hold more than %llu times as many",
			(unsigned long long)c->stored, (unsigned long long)c->limits.ratio);
	return 0;
}

ssize_t codec_read(struct codec *c, void *p, size_t n, struct error *err)
{
	if (!c->started && start(c, err) < 0)
		return -1;
	if (n > UINT32_MAX)
		n = UINT32_MAX;
	ssize_t made =
		c->kind == CODEC_PLAIN ? read_plain(c, p, n, err) : read_members(c, p, n, err);
	if (made <= 0)
		return made;
	c->raw += (uint64_t)made;
	return check_limits(c, err) < 0 ? -1 : made;
}

int codec_drain(struct codec *c, struct error *err)
{
	c->at = c->have = 0;
	while (!c->source_ended)
		if (take_source(c, c->input, sizeof c->input, err) < 0)
			return -1;
	return 0;
}
