/* Archives of documents, as Red Hat packs its CSAF VEX (csaf_vex_DATE.tar.zst): read
 * as a stream, a member after the other, nothing of them kept. */
#include "format/tar.h"

#include "feed/import.h"

enum { BLOCK = 512 }; /* of a tar: a header or content, never both */

struct archive {
	struct feed_input *outer;
	struct tar_reader *tar;
	struct buf name; /* of the member under way */
	bool open; /* … whose content goes on */
	uint8_t held[BLOCK]; /* content that nobody has read yet */
	size_t held_at, held_n;
};

static int on_entry(void *ctx, const struct tar_entry *e, struct error *err)
{
	struct archive *a = ctx;
	if (e->type != TAR_FILE || e->sparse || !feed_is_file_name(e->path))
		return TAR_SKIP;
	a->name.n = 0;
	if (buf_append(&a->name, e->path.p, e->path.n, err) < 0)
		return -1;
	a->open = true;
	return TAR_CONTENT;
}

static int on_content(void *ctx, struct bytes piece, struct error *err)
{
	struct archive *a = ctx;
	if (piece.n > sizeof a->held - a->held_n)
		return error_set(err, ERR_INTERNAL, "more content than a block of a tar holds");
	if (piece.n > 0)
		memcpy(a->held + a->held_n, piece.p, piece.n);
	a->held_n += piece.n;
	return 0;
}

static int on_end(void *ctx, struct error *err)
{
	(void)err;
	((struct archive *)ctx)->open = false;
	return 0;
}

/* Reads one block more: 1, 0 at the end of the archive, -1. What was held is gone. */
static int next_block(struct archive *a, struct error *err)
{
	uint8_t block[BLOCK];
	size_t n = 0;
	a->held_at = a->held_n = 0;
	for (ssize_t got = 1; got > 0 && n < sizeof block; n += (size_t)got) {
		got = feed_input_read(a->outer, block + n, sizeof block - n, err);
		if (got < 0)
			return -1;
	}
	if (n == 0)
		return tar_finish(a->tar, err);
	return tar_feed(a->tar, bytes_of(block, n), err) < 0 ? -1 : 1;
}

static ssize_t member_read(void *ctx, void *p, size_t n, struct error *err)
{
	struct archive *a = ctx;
	while (a->held_at == a->held_n) {
		int more = a->open ? next_block(a, err) : 0;
		if (more <= 0)
			return more;
	}
	size_t take = a->held_n - a->held_at < n ? a->held_n - a->held_at : n;
	memcpy(p, a->held + a->held_at, take);
	a->held_at += take;
	return (ssize_t)take;
}

/* The importer may have stopped before the end of its member. */
static int pass_member(struct archive *a, struct error *err)
{
	int more = 1;
	while (a->open && more > 0)
		more = next_block(a, err);
	return more < 0 ? -1 : 0;
}

static int import_members(struct import *im, struct archive *a, struct feed_input *in)
{
	uint64_t before = im->stats.records;
	int more;
	while ((more = next_block(a, im->err)) > 0) {
		if (!a->open && a->held_n == 0)
			continue;
		if (!import_member(im, in, buf_view(&a->name), member_read, a) ||
		    pass_member(a, im->err) < 0)
			return -1;
	}
	if (more == 0 && im->stats.records == before)
		return error_set(im->err, ERR_MALFORMED, "a tar without any feed in it");
	return more;
}

int import_tar(struct import *im, struct feed_input *in)
{
	struct archive a = { .outer = in, .name = buf_max(LIMIT_PATH_BYTES) };
	struct feed_input *member = feed_input_new();
	a.tar = tar_reader_new((struct tar_sink){ on_entry, on_content, on_end, &a });
	int r = a.tar == NULL || member == NULL
			? error_set(im->err, ERR_MEMORY, "no memory to read a tar")
			: import_members(im, &a, member);
	im->failed = r < 0;
	tar_reader_free(a.tar);
	feed_input_free(member);
	buf_free(&a.name);
	return r;
}
