#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/codec.h"
#include "feed/import.h"
#include "feed/xz.h"

/* A piece of input that was read ahead. */
struct ahead {
	size_t at, n;
	uint8_t bytes[FEED_PREFIX];
};

struct feed_input {
	feed_read_fn *read;
	void *ctx;
	int fd; /* -1: none */
	uint64_t size; /* of fd's regular file; UINT64_MAX: it is none */
	uint64_t given; /* to feed_input_line */
	struct ahead stored; /* the first bytes as they came */
	struct codec *codec; /* gzip, zstd */
	struct xz_stream *xz; /* xz; neither: stored plainly */
	struct ahead text; /* the first bytes decompressed, when there is one of them */
	struct buf line; /* text read for feed_input_line … */
	size_t line_at; /* … and where the next line begins in it */
};

struct feed_input *feed_input_new(void)
{
	struct feed_input *in = calloc(1, sizeof *in);
	if (in != NULL)
		in->line = buf_max((size_t)4 * FEED_PREFIX);
	return in;
}

static void close_input(struct feed_input *in)
{
	codec_free(in->codec);
	in->codec = NULL;
	xz_free(in->xz);
	in->xz = NULL;
	in->stored.at = in->stored.n = in->text.at = in->text.n = 0;
	in->line.n = in->line_at = 0;
	in->given = 0;
}

void feed_input_free(struct feed_input *in)
{
	if (in == NULL)
		return;
	close_input(in);
	buf_free(&in->line);
	free(in);
}

static ssize_t read_fd(void *ctx, void *p, size_t n, struct error *err)
{
	struct feed_input *in = ctx;
	ssize_t got;
	do
		got = read(in->fd, p, n);
	while (got < 0 && errno == EINTR);
	return got < 0 ? error_errno(err, "cannot read") : got;
}

/* What was read ahead first. */
static ssize_t from_ahead(struct ahead *a, void *p, size_t n)
{
	size_t take = a->n - a->at < n ? a->n - a->at : n;
	memcpy(p, a->bytes + a->at, take);
	a->at += take;
	return (ssize_t)take;
}

static ssize_t read_stored(void *ctx, void *p, size_t n, struct error *err)
{
	struct feed_input *in = ctx;
	if (in->stored.at < in->stored.n)
		return from_ahead(&in->stored, p, n);
	return in->read(in->ctx, p, n, err);
}

static bool is_packed(const struct feed_input *in)
{
	return in->codec != NULL || in->xz != NULL;
}

static ssize_t read_packed(void *ctx, void *p, size_t n, struct error *err)
{
	struct feed_input *in = ctx;
	return in->xz != NULL ? xz_read(in->xz, p, n, err) : codec_read(in->codec, p, n, err);
}

static int fill(struct ahead *a, feed_read_fn *read, void *ctx, struct error *err)
{
	while (a->n < sizeof a->bytes) {
		ssize_t got = read(ctx, a->bytes + a->n, sizeof a->bytes - a->n, err);
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		a->n += (size_t)got;
	}
	return 0;
}

/* gzip, zstd, and zstd's skippable frames. */
static bool is_codec(struct bytes b)
{
	return bytes_starts_with(b, BYTES_LIT("\x1f\x8b")) ||
	       bytes_starts_with(b, BYTES_LIT("\x28\xb5\x2f\xfd")) ||
	       (b.n >= 4 && b.p[0] >> 4 == 5 && memcmp(b.p + 1, "\x2a\x4d\x18", 3) == 0);
}

static int begin(struct feed_input *in, struct error *err)
{
	if (fill(&in->stored, in->read, in->ctx, err) < 0)
		return -1;
	struct bytes stored = bytes_of(in->stored.bytes, in->stored.n);
	if (!is_codec(stored) && !xz_is(stored))
		return 0;
	if (xz_is(stored))
		in->xz = xz_new(read_stored, in);
	else
		in->codec = codec_new(read_stored, in, NULL, NULL, (struct codec_limits){ 0 });
	if (!is_packed(in))
		return error_set(err, ERR_MEMORY, "no memory to decompress");
	return fill(&in->text, read_packed, in, err);
}

int feed_input_open(struct feed_input *in, feed_read_fn *read, void *ctx, struct error *err)
{
	close_input(in);
	in->read = read;
	in->ctx = ctx;
	in->fd = -1;
	in->size = UINT64_MAX;
	return begin(in, err);
}

int feed_input_open_fd(struct feed_input *in, int fd, struct error *err)
{
	struct stat st;
	close_input(in);
	if (fstat(fd, &st) < 0)
		return error_errno(err, "cannot read");
	if (S_ISDIR(st.st_mode))
		return error_set(err, ERR_USAGE, "is a directory");
	in->read = read_fd;
	in->ctx = in;
	in->fd = fd;
	in->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : UINT64_MAX;
	return begin(in, err);
}

struct bytes feed_input_prefix(const struct feed_input *in)
{
	return is_packed(in) ? bytes_of(in->text.bytes, in->text.n)
			     : bytes_of(in->stored.bytes, in->stored.n);
}

ssize_t feed_input_read(void *ctx, void *p, size_t n, struct error *err)
{
	struct feed_input *in = ctx;
	if (!is_packed(in))
		return read_stored(in, p, n, err);
	if (in->text.at < in->text.n)
		return from_ahead(&in->text, p, n);
	return read_packed(in, p, n, err);
}

int feed_input_file(const struct feed_input *in, uint64_t *ret_size)
{
	if (in->fd < 0 || in->size == UINT64_MAX)
		return -1;
	*ret_size = in->size;
	return in->fd;
}

/* --- lines -------------------------------------------------------------------- */

uint64_t feed_input_offset(const struct feed_input *in)
{
	return in->given;
}

/* Reads more text behind what is left of line; false at the end or on an error. */
static bool more(struct feed_input *in, struct import *im)
{
	size_t left = in->line.n - in->line_at;
	if (left >= FEED_PREFIX)
		return import_fail(im, ERR_LIMIT, "offset %llu: a line is longer than %d bytes",
				   (unsigned long long)in->given, FEED_PREFIX);
	if (buf_reserve(&in->line, FEED_PREFIX, im->err) < 0)
		return !(im->failed = true);
	memmove(in->line.p, in->line.p + in->line_at, left);
	in->line_at = 0;
	in->line.n = left;
	ssize_t got = feed_input_read(in, in->line.p + left, FEED_PREFIX, im->err);
	im->failed = got < 0;
	in->line.n += got > 0 ? (size_t)got : 0;
	return got > 0;
}

bool feed_input_line(struct feed_input *in, struct import *im, struct bytes *ret)
{
	struct bytes rest;
	do {
		rest = bytes_sub(buf_view(&in->line), in->line_at, in->line.n);
	} while (bytes_index(rest, '\n') < 0 && more(in, im));
	rest = bytes_sub(buf_view(&in->line), in->line_at, in->line.n);
	if (im->failed || rest.n == 0)
		return false;
	struct bytes before = rest;
	(void)bytes_next_field(&rest, '\n', ret);
	in->line_at += before.n - rest.n;
	in->given += before.n - rest.n;
	if (ret->n > 0 && ret->p[ret->n - 1] == '\r')
		ret->n--;
	return true;
}
