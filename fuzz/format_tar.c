/* Tar streams: the first byte picks the pieces, and whether contents are
 * wanted. Entries must not depend on the pieces. */
#include <stdlib.h>

#include "format/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	bool want;
	uint64_t content;
	struct sha256 *sum;
};

static int on_entry(void *ctx, const struct tar_entry *e, struct error *err)
{
	struct seen *s = ctx;
	(void)err;
	sha256_update(s->sum, e->path.p, e->path.n);
	sha256_update(s->sum, e->link.p, e->link.n);
	sha256_update(s->sum, &e->size, sizeof e->size);
	return s->want && e->size <= MIB ? TAR_CONTENT : TAR_SKIP;
}

static int on_content(void *ctx, struct bytes piece, struct error *err)
{
	struct seen *s = ctx;
	(void)err;
	s->content += piece.n;
	sha256_update(s->sum, piece.p, piece.n);
	return 0;
}

static int on_end(void *ctx, struct error *err)
{
	(void)ctx;
	(void)err;
	return 0;
}

static bool read_tar(struct bytes stream, size_t piece, bool want, struct digest *ret)
{
	struct seen s = { .want = want, .sum = sha256_new() };
	struct error err = { 0 };
	struct tar_reader *t =
		tar_reader_new((struct tar_sink){ on_entry, on_content, on_end, &s });
	int r = 0;
	while (r == 0 && stream.n > 0) {
		struct bytes part = bytes_sub(stream, 0, piece);
		r = tar_feed(t, part, &err);
		stream = bytes_sub(stream, part.n, stream.n);
	}
	if (r == 0)
		r = tar_finish(t, &err);
	tar_reader_free(t);
	sha256_final(s.sum, ret);
	sha256_free(s.sum);
	return r == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct digest a, b;
	if (size < 1)
		return 0;
	struct bytes stream = bytes_of(data + 1, size - 1);
	bool whole = read_tar(stream, SIZE_MAX, data[0] & 1, &a);
	bool pieces = read_tar(stream, (size_t)(data[0] >> 1) + 1, data[0] & 1, &b);
	if (whole != pieces || (whole && !digest_equal(&a, &b)))
		abort();
	return 0;
}
