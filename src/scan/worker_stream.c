/* An archive that comes through a pipe, or as a whole compressed: one pass.
 * Which members are layers is known only at the end (manifest.json comes last),
 * so every member that looks like a layer is read as one, and small members
 * that look like JSON go to the parent as they are. */
#include <unistd.h>

#include "scan/worker.h"
#include "scan/worker_internal.h"

enum { PEEK = 512 };
#define DOCUMENTS_MAX (4 * LIMIT_MANIFEST_BYTES)

struct stream {
	struct channel ch;
	struct layer_job job;
	struct worker_engines engines;
	struct codec *outer;
	struct tar_reader *tar;
	struct buf path, link;
	struct msg msg;
	uint64_t documents; /* bytes of documents sent so far */

	/* the member at hand */
	enum tar_type type;
	uint64_t left; /* bytes of it still in the outer stream */
	size_t peeked, peek_used;
	uint8_t peek[PEEK];
};

static int on_member(void *ctx, const struct tar_entry *e, struct error *err)
{
	struct stream *s = ctx;
	if (tar_entries(s->tar) > LIMIT_ARCHIVE_MEMBERS)
		return error_set(err, ERR_LIMIT, "more than %d members", LIMIT_ARCHIVE_MEMBERS);
	if (e->sparse)
		return error_set(err, ERR_UNSUPPORTED, "a sparse member in an image archive");
	if (e->path.n > LIMIT_PATH_BYTES || e->link.n > LIMIT_PATH_BYTES)
		return error_set(err, ERR_LIMIT, "a member's name of more than %d bytes",
				 LIMIT_PATH_BYTES);
	s->type = e->type;
	s->left = e->stored;
	s->peeked = s->peek_used = 0;
	if (path_clean_into(&s->path, e->path, err) < 0)
		return -1;
	if (e->type == TAR_SYMLINK) {
		s->link.n = 0;
		if (buf_append(&s->link, e->link.p, e->link.n, err) < 0)
			return -1;
	} else if (path_clean_into(&s->link, e->link, err) < 0) {
		return -1;
	}
	struct archive_member a = { .type = e->type,
				    .path = buf_view(&s->path),
				    .link = buf_view(&s->link),
				    .size = e->stored };
	wire_member(&s->msg, &a);
	return channel_put(&s->ch, &s->msg, err) < 0 ? -1 : TAR_SKIP;
}

/* Exactly n bytes of the outer stream, or fewer at its end. */
static ssize_t outer_read(struct stream *s, void *p, size_t n, struct error *err)
{
	size_t got = 0;
	while (got < n) {
		ssize_t r = codec_read(s->outer, (uint8_t *)p + got, n - got, err);
		if (r < 0)
			return -1;
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}

/* The member's bytes as a codec's source. */
static ssize_t member_read(void *ctx, void *p, size_t n, struct error *err)
{
	struct stream *s = ctx;
	size_t ahead = s->peeked - s->peek_used;
	if (ahead > 0) {
		n = n < ahead ? n : ahead;
		memcpy(p, s->peek + s->peek_used, n);
		s->peek_used += n;
		return (ssize_t)n;
	}
	if (n > s->left)
		n = (size_t)s->left;
	if (n == 0)
		return 0;
	ssize_t got = codec_read(s->outer, p, n, err);
	if (got == 0)
		return error_set(err, ERR_TRUNCATED, "the archive ends inside %.*s", (int)s->path.n,
				 (const char *)s->path.p);
	if (got > 0)
		s->left -= (uint64_t)got;
	return got;
}

static int peek(struct stream *s, struct error *err)
{
	size_t n = s->left < PEEK ? (size_t)s->left : PEEK;
	ssize_t got = outer_read(s, s->peek, n, err);
	if (got < 0)
		return -1;
	if ((size_t)got < n)
		return error_set(err, ERR_TRUNCATED, "the archive ends inside %.*s", (int)s->path.n,
				 (const char *)s->path.p);
	s->peeked = n;
	s->left -= n;
	return 0;
}

static bool looks_like_json(const struct stream *s)
{
	struct bytes b = bytes_trim(bytes_of(s->peek, s->peeked));
	return b.n > 0 && (b.p[0] == '{' || b.p[0] == '[');
}

static bool looks_like_layer(const struct stream *s)
{
	struct bytes b = bytes_of(s->peek, s->peeked);
	if (bytes_starts_with(b, BYTES_LIT("\x1f\x8b")) ||
	    bytes_starts_with(b, BYTES_LIT("\x28\xb5\x2f\xfd")))
		return true;
	if (b.n >= 4 && (b.p[0] & 0xf0) == 0x50 && b.p[1] == 0x2a && b.p[2] == 0x4d &&
	    b.p[3] == 0x18)
		return true;
	/* A tar header carries its checksum; an empty layer is zeros alone. */
	return b.n == PEEK && (memcmp(b.p + 257, "ustar", 5) == 0 || b.p[0] == 0 ||
			       (b.p[148] >= ' ' && b.p[148] <= '7' && b.p[156] <= '7'));
}

static int send_document(struct stream *s, struct error *err)
{
	uint8_t piece[65536];
	ssize_t n;
	if (s->left + s->peeked > LIMIT_MANIFEST_BYTES)
		return 0; /* no document of an image is that large */
	s->documents += s->left + s->peeked;
	if (s->documents > DOCUMENTS_MAX)
		return error_set(err, ERR_LIMIT, "more than %llu bytes of JSON in the archive",
				 (unsigned long long)DOCUMENTS_MAX);
	while ((n = member_read(s, piece, sizeof piece, err)) > 0) {
		msg_begin(&s->msg, MSG_DOC_PART);
		msg_put_bytes(&s->msg, bytes_of(piece, (size_t)n));
		if (channel_put(&s->ch, &s->msg, err) < 0)
			return -1;
	}
	return n < 0 ? -1 : 0;
}

static int skip_rest(struct stream *s, struct error *err)
{
	uint8_t piece[65536];
	ssize_t n;
	s->peek_used = s->peeked;
	while ((n = member_read(s, piece, sizeof piece, err)) > 0)
		;
	return n < 0 ? -1 : 0;
}

/* The tar reader has announced a member and stands before its content. */
static int handle_member(struct stream *s, struct error *err)
{
	uint64_t content = s->left;
	int r = 0;
	if (content == 0 || s->type != TAR_FILE)
		return 0;
	if (peek(s, err) < 0)
		return -1;
	if (looks_like_json(s))
		r = send_document(s, err);
	else if (looks_like_layer(s))
		r = worker_scan_stream(&s->ch, &s->job, &s->engines, member_read, s, err);
	if (r < 0 || skip_rest(s, err) < 0)
		return -1;
	tar_skipped(s->tar, content);
	return 0;
}

/* To the end: what fills the pipe must not die of a reader that leaves early,
 * and a compressed stream is whole only with its checksum. */
static int read_out(struct stream *s, struct error *err)
{
	uint8_t piece[65536];
	ssize_t n;
	while ((n = codec_read(s->outer, piece, sizeof piece, err)) > 0)
		;
	return n < 0 ? -1 : 0;
}

static int run(struct stream *s, struct error *err)
{
	uint8_t block[512];
	while (!tar_ended(s->tar)) {
		size_t padding = (size_t)tar_skippable(s->tar);
		size_t want = padding > 0 ? padding : sizeof block;
		uint64_t before = tar_entries(s->tar);
		ssize_t n = outer_read(s, block, want < sizeof block ? want : sizeof block, err);
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		if (tar_feed(s->tar, bytes_of(block, (size_t)n), err) < 0)
			return -1;
		if (tar_entries(s->tar) != before && handle_member(s, err) < 0)
			return -1;
	}
	if (tar_finish(s->tar, err) < 0)
		return -1;
	return read_out(s, err);
}

static int stream_init(struct stream *s, struct arena *arena, struct worker_input *in,
		       struct error *err)
{
	channel_init(&s->ch, WORKER_CHANNEL_FD);
	s->path = s->link = buf_max(2 * LIMIT_PAX_BYTES);
	if (worker_engines_open(&s->engines, true, err) < 0 ||
	    worker_receive_job(&s->ch, arena, &s->job, err) < 0)
		return -1;
	*in = (struct worker_input){ .fd = WORKER_INPUT_FD,
				     .seekable = s->job.seekable,
				     .limited = s->job.seekable,
				     .offset = s->job.offset,
				     .left = s->job.length };
	s->outer = codec_new(worker_input, in, NULL, NULL, (struct codec_limits){ 0 });
	s->tar = tar_reader_new((struct tar_sink){ .entry = on_member, .ctx = s });
	if (s->outer == NULL || s->tar == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read an archive");
	return 0;
}

int worker_stream(void)
{
	struct error how = { 0 }, err = { 0 };
	struct stream s = { 0 };
	struct worker_input in;
	cleanup_arena struct arena arena = arena_max(64 * MIB);
	int r = stream_init(&s, &arena, &in, &how);
	if (r == 0)
		(void)run(&s, &how);
	wire_answer(&s.msg, &how);
	if (channel_put(&s.ch, &s.msg, &err) < 0 || channel_flush(&s.ch, &err) < 0)
		r = -1;
	codec_free(s.outer);
	tar_reader_free(s.tar);
	channel_free(&s.ch);
	buf_free(&s.path);
	buf_free(&s.link);
	msg_free(&s.msg);
	return r == 0 ? 0 : 1;
}
