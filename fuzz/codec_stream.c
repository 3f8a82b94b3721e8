/* Compressed streams: the first byte picks the size of the source's pieces, the
 * rest is the stream. What is decoded must not depend on the pieces. */
#include <stdlib.h>

#include "codec/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
	struct bytes left;
	size_t piece;
};

static ssize_t read_piece(void *ctx, void *p, size_t n, struct error *err)
{
	struct source *s = ctx;
	(void)err;
	if (n > s->piece)
		n = s->piece;
	if (n > s->left.n)
		n = s->left.n;
	if (n > 0)
		memcpy(p, s->left.p, n);
	s->left = bytes_sub(s->left, n, s->left.n);
	return (ssize_t)n;
}

struct outcome {
	struct digest content;
	uint64_t raw;
	enum error_code code;
};

static struct outcome decode(struct bytes stream, size_t piece)
{
	uint8_t out[4096];
	struct error err = { 0 };
	struct outcome o = { 0 };
	struct source s = { stream, piece };
	struct sha256 *sum = sha256_new();
	struct codec *c =
		codec_new(read_piece, &s, NULL, NULL, (struct codec_limits){ .raw_bytes = MIB });
	ssize_t n;
	while ((n = codec_read(c, out, sizeof out, &err)) > 0)
		sha256_update(sum, out, (size_t)n);
	o.code = err.code;
	o.raw = codec_raw(c);
	sha256_final(sum, &o.content);
	sha256_free(sum);
	codec_free(c);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	struct bytes stream = bytes_of(data + 1, size - 1);
	struct outcome whole = decode(stream, SIZE_MAX);
	struct outcome pieces = decode(stream, (size_t)data[0] + 1);
	if ((whole.code == ERR_NONE) != (pieces.code == ERR_NONE))
		abort();
	if (whole.code == ERR_NONE && !digest_equal(&whole.content, &pieces.content))
		abort();
	return 0;
}
