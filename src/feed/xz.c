#include "feed/xz.h"

#include <stdlib.h>

#include <lzma.h>

enum { PIECE = 64 * 1024 };

#define XZ_MEMORY (128 * MIB) /* of the decoder: xz -9 needs 65 MiB */
#define XZ_OUT (16 * GIB) /* one feed, decompressed */

struct xz_stream {
	lzma_stream lzma;
	feed_read_fn *read;
	void *ctx;
	bool ended, last; /* the stream; its input */
	uint8_t in[PIECE];
};

bool xz_is(struct bytes beginning)
{
	return bytes_starts_with(beginning, BYTES_LIT("\xfd\x37zXZ\0"));
}

struct xz_stream *xz_new(feed_read_fn *read, void *ctx)
{
	struct xz_stream *x = calloc(1, sizeof *x);
	if (x == NULL)
		return NULL;
	x->lzma = (lzma_stream)LZMA_STREAM_INIT;
	x->read = read;
	x->ctx = ctx;
	if (lzma_stream_decoder(&x->lzma, XZ_MEMORY, LZMA_CONCATENATED) == LZMA_OK)
		return x;
	free(x);
	return NULL;
}

void xz_free(struct xz_stream *x)
{
	if (x == NULL)
		return;
	lzma_end(&x->lzma);
	free(x);
}

static int xz_fail(lzma_ret code, struct error *err)
{
	switch (code) {
	case LZMA_MEM_ERROR:
		return error_set(err, ERR_MEMORY, "no memory to decompress xz");
	case LZMA_MEMLIMIT_ERROR:
		return error_set(err, ERR_LIMIT, "xz needs more than %d MiB to decompress",
				 (int)(XZ_MEMORY / MIB));
	case LZMA_BUF_ERROR:
		return error_set(err, ERR_TRUNCATED, "the xz stream ends too early");
	default:
		return error_set(err, ERR_MALFORMED, "the xz stream is damaged");
	}
}

static int refill(struct xz_stream *x, struct error *err)
{
	if (x->lzma.avail_in > 0 || x->last)
		return 0;
	ssize_t got = x->read(x->ctx, x->in, sizeof x->in, err);
	if (got < 0)
		return -1;
	x->lzma.next_in = x->in;
	x->lzma.avail_in = (size_t)got;
	x->last = got == 0;
	return 0;
}

ssize_t xz_read(struct xz_stream *x, void *p, size_t n, struct error *err)
{
	x->lzma.next_out = p;
	x->lzma.avail_out = n;
	while (!x->ended && x->lzma.avail_out == n && n > 0) {
		if (refill(x, err) < 0)
			return -1;
		lzma_ret r = lzma_code(&x->lzma, x->last ? LZMA_FINISH : LZMA_RUN);
		x->ended = r == LZMA_STREAM_END;
		if (r != LZMA_OK && r != LZMA_STREAM_END)
			return xz_fail(r, err);
	}
	if (x->lzma.total_out > XZ_OUT)
		return error_set(err, ERR_LIMIT, "more than %d GiB come out of an xz stream",
				 (int)(XZ_OUT / GIB));
	return (ssize_t)(n - x->lzma.avail_out);
}
