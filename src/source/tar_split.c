#include "source/tar_split.h"

#include <errno.h>

#include <openssl/evp.h>

#include "codec/codec.h"
#include "format/json.h"
#include "source/runtime_put.h"

/* A line holds the headers and the padding between two files, in base64. */
#define LINE_MAX_BYTES (16 * MIB)

enum { FILE_ENTRY = 1, SEGMENT_ENTRY = 2, READ_PIECE = 64 * 1024 };

struct tar_split {
	int fd;
	struct codec *codec;
	struct buf line; /* read so far, perhaps with more behind it */
	size_t used; /* of line: the lines before */
	bool ended;
	struct buf payload;
};

/* One line's members. */
struct entry {
	int64_t type, size;
	struct buf name; /* decoded */
};

static ssize_t read_file(void *ctx, void *p, size_t n, struct error *err)
{
	const struct tar_split *t = ctx;
	ssize_t got;
	do
		got = read(t->fd, p, n);
	while (got < 0 && errno == EINTR);
	return got < 0 ? error_errno(err, "the layer's tar-split file") : got;
}

struct tar_split *tar_split_new(int fd)
{
	struct tar_split *t = calloc(1, sizeof *t);
	if (t == NULL)
		return NULL;
	t->fd = fd;
	t->line = buf_max(LINE_MAX_BYTES + READ_PIECE);
	t->payload = buf_max(LINE_MAX_BYTES);
	t->codec = codec_new(read_file, t, NULL, NULL, (struct codec_limits){ 0 });
	if (t->codec != NULL)
		return t;
	tar_split_free(t);
	return NULL;
}

void tar_split_free(struct tar_split *t)
{
	if (t == NULL)
		return;
	codec_free(t->codec);
	buf_free(&t->line);
	buf_free(&t->payload);
	free(t);
}

/* The next line without its end: 1, 0 at the end, -1. */
static int next_line(struct tar_split *t, struct bytes *ret, struct error *err)
{
	size_t searched = t->used;
	for (;;) {
		struct bytes rest = bytes_sub(buf_view(&t->line), searched, t->line.n);
		ptrdiff_t end = bytes_index(rest, '\n');
		if (end >= 0 || t->ended) {
			size_t to = end >= 0 ? searched + (size_t)end : t->line.n;
			*ret = bytes_sub(buf_view(&t->line), t->used, to);
			t->used = end >= 0 ? to + 1 : to;
			return ret->n > 0 || end >= 0;
		}
		if (t->used > 0)
			memmove(t->line.p, t->line.p + t->used, t->line.n - t->used);
		t->line.n -= t->used;
		t->used = 0;
		searched = t->line.n;
		if (buf_reserve(&t->line, READ_PIECE, err) < 0)
			return error_wrap(err, "a line of the layer's tar-split file");
		ssize_t n = codec_read(t->codec, t->line.p + t->line.n, READ_PIECE, err);
		if (n < 0)
			return error_wrap(err, "the layer's tar-split file");
		t->line.n += (size_t)n;
		t->ended = n == 0;
	}
}

/* Standard base64 with padding (RFC 4648); false when it is none. */
static bool decode(struct bytes text, struct buf *out)
{
	out->n = 0;
	if (text.n % 4 != 0 || text.n > LINE_MAX_BYTES)
		return false;
	if (text.n == 0)
		return true;
	if (buf_reserve(out, text.n / 4 * 3, NULL) < 0)
		return false;
	int n = EVP_DecodeBlock(out->p, text.p, (int)text.n);
	size_t padding = (size_t)(text.p[text.n - 1] == '=') + (text.p[text.n - 2] == '=');
	if (n < 0 || (size_t)n < padding)
		return false;
	out->n = (size_t)n - padding; /* EVP_DecodeBlock counts the padding as zeros */
	return true;
}

static int malformed(struct error *err)
{
	return error_set(err, ERR_MALFORMED, "the layer's tar-split file is damaged");
}

/* A name that is not UTF-8 stands in "name_raw". */
static bool take_member(struct tar_split *t, struct json_reader *json, struct bytes key,
			struct entry *e)
{
	struct bytes text;
	if (bytes_equal(key, BYTES_LIT("type")))
		return json_get_i64(json, &e->type);
	if (bytes_equal(key, BYTES_LIT("size")))
		return json_get_i64(json, &e->size);
	if (bytes_equal(key, BYTES_LIT("name"))) {
		e->name.n = 0;
		return json_get_string(json, &text) &&
		       buf_append(&e->name, text.p, text.n, NULL) == 0;
	}
	if (bytes_equal(key, BYTES_LIT("name_raw")))
		return json_get_string(json, &text) && decode(text, &e->name);
	if (bytes_equal(key, BYTES_LIT("payload")) && json_peek(json) == JSON_STRING)
		return json_get_string(json, &text) && decode(text, &t->payload);
	json_skip(json);
	return true;
}

static int read_entry(struct tar_split *t, struct bytes line, struct entry *e, struct error *err)
{
	struct bytes key;
	struct json_reader *json = json_open_bytes(line);
	if (json == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read a layer");
	t->payload.n = 0;
	bool good = json_enter_object(json);
	while (good && json_next_key(json, &key))
		good = take_member(t, json, key, e);
	good = good && json_finish(json, NULL) == 0 && e->size >= 0;
	json_close(json);
	return good ? 0 : malformed(err);
}

int tar_split_next(struct tar_split *t, struct buf *out, struct error *err)
{
	struct entry e = { .name = buf_max(2 * LIMIT_PAX_BYTES) };
	struct bytes line;
	int r = next_line(t, &line, err);
	if (r <= 0)
		return r;
	r = read_entry(t, line, &e, err);
	if (r == 0 && e.type == SEGMENT_ENTRY)
		r = runtime_put_split_bytes(out, buf_view(&t->payload), err);
	else if (r == 0 && e.type == FILE_ENTRY && e.size > 0)
		r = e.name.n > LIMIT_PATH_BYTES
			    ? malformed(err)
			    : runtime_put_split_file(out, buf_view(&e.name), (uint64_t)e.size, err);
	else if (r == 0 && e.type != FILE_ENTRY)
		r = malformed(err);
	buf_free(&e.name);
	return r < 0 ? -1 : 1;
}
