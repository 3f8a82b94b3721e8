#include "format/zip.h"

#include <stdlib.h>

#include "format/zip_internal.h"

enum {
	SIG_ENTRY = 0x02014b50,
	SIG_END = 0x06054b50,
	SIG_END64 = 0x06064b50,
	SIG_LOCATOR64 = 0x07064b50,

	ENTRY_SIZE = 46,
	LOCAL_SIZE = 30,
	END_SIZE = 22,
	END64_SIZE = 56,
	LOCATOR64_SIZE = 20,
	COMMENT_MAX = 65535,

	EXTRA_ZIP64 = 0x0001
};

#define NO_16 0xffffu
#define NO_32 0xffffffffu

static int malformed(struct error *err, const char *why)
{
	return error_set(err, ERR_MALFORMED, "zip: %s", why);
}

const uint8_t *zip_window_need(struct zip *z, struct zip_window *w, size_t n, struct error *err)
{
	if (zip_window_has(w) >= n)
		return w->bytes + w->from;
	memmove(w->bytes, w->bytes + w->from, zip_window_has(w));
	w->to = zip_window_has(w);
	w->from = 0;
	uint64_t left = w->end - w->at;
	size_t missing = n - w->to, room = sizeof w->bytes - w->to;
	if (missing > left) {
		(void)error_set(err, ERR_TRUNCATED, "zip: a record ends behind its place");
		return NULL;
	}
	size_t take = w->ahead > missing ? w->ahead : missing;
	take = take < room ? take : room;
	take = left < take ? (size_t)left : take;
	if (z->src.read_at(z->src.ctx, w->at, w->bytes + w->to, take, err) < 0)
		return NULL;
	w->at += take;
	w->to += take;
	return w->bytes;
}

/* --- the end of the archive --------------------------------------------------- */

struct zip_end {
	uint64_t at; /* of the record that ends the directory */
	uint64_t disk, directory_disk, entries, size, offset;
};

/* The end record lies behind everything but its own comment (4.3.16). */
static int find_end(struct zip *z, struct zip_end *ret, struct error *err)
{
	cleanup_free uint8_t *tail = NULL;
	uint64_t most = END_SIZE + COMMENT_MAX;
	size_t n = (size_t)(z->src.size < most ? z->src.size : most);
	tail = malloc(n + 1);
	if (tail == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu bytes", n);
	if (z->src.read_at(z->src.ctx, z->src.size - n, tail, n, err) < 0)
		return -1;
	for (size_t back = END_SIZE; back <= n; back++) {
		struct cursor c = cursor_of(bytes_of(tail + n - back, back));
		if (cursor_le32(&c) != SIG_END)
			continue;
		ret->disk = cursor_le16(&c);
		ret->directory_disk = cursor_le16(&c);
		(void)cursor_le16(&c);
		ret->entries = cursor_le16(&c);
		ret->size = cursor_le32(&c);
		ret->offset = cursor_le32(&c);
		ret->at = z->src.size - back;
		if (cursor_le16(&c) == back - END_SIZE)
			return 0;
	}
	return error_set(err, ERR_TRUNCATED, "zip: no end record: not a whole zip file");
}

/* The larger fields of zip64 (4.3.14, 4.3.15), where the small ones are full. */
static int find_end64(struct zip *z, struct zip_end *e, struct error *err)
{
	uint8_t raw[END64_SIZE];
	if (e->entries != NO_16 && e->size != NO_32 && e->offset != NO_32)
		return 0;
	if (e->at < LOCATOR64_SIZE)
		return 0;
	if (z->src.read_at(z->src.ctx, e->at - LOCATOR64_SIZE, raw, LOCATOR64_SIZE, err) < 0)
		return -1;
	struct cursor c = cursor_of(bytes_of(raw, LOCATOR64_SIZE));
	if (cursor_le32(&c) != SIG_LOCATOR64)
		return 0; /* a directory that is full, but not more */
	(void)cursor_le32(&c);
	uint64_t at = cursor_le64(&c);
	if (at > e->at - LOCATOR64_SIZE || e->at - LOCATOR64_SIZE - at < END64_SIZE)
		return malformed(err, "the zip64 end record lies outside");
	if (z->src.read_at(z->src.ctx, at, raw, END64_SIZE, err) < 0)
		return -1;
	c = cursor_of(bytes_of(raw, END64_SIZE));
	if (cursor_le32(&c) != SIG_END64)
		return malformed(err, "no zip64 end record where the locator points");
	cursor_seek(&c, 16);
	e->disk = cursor_le32(&c);
	e->directory_disk = cursor_le32(&c);
	(void)cursor_le64(&c);
	e->entries = cursor_le64(&c);
	e->size = cursor_le64(&c);
	e->offset = cursor_le64(&c);
	e->at = at;
	return 0;
}

static int check_end(struct zip *z, const struct zip_end *e, struct error *err)
{
	uint64_t end;
	if (e->disk != 0 || e->directory_disk != 0)
		return error_set(err, ERR_UNSUPPORTED, "zip: an archive of several disks");
	if (checked_add(e->offset, e->size, &end) || end > e->at)
		return malformed(err, "the directory lies outside");
	if (e->entries > ZIP_ENTRIES_MAX)
		return error_set(err, ERR_LIMIT, "zip: more than %d entries", ZIP_ENTRIES_MAX);
	if (e->entries > e->size / ENTRY_SIZE)
		return malformed(err, "more entries than its directory has room for");
	z->directory_at = z->directory.at = e->offset;
	z->directory.end = end;
	z->directory.ahead = ZIP_WINDOW;
	z->entries = e->entries;
	return 0;
}

int zip_open(const struct zip_source *src, struct zip **ret, struct error *err)
{
	struct zip_end end = { 0 };
	struct zip *z = calloc(1, sizeof *z);
	if (z == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu bytes", sizeof *z);
	z->src = *src;
	if (find_end(z, &end, err) < 0 || find_end64(z, &end, err) < 0 ||
	    check_end(z, &end, err) < 0) {
		zip_close(z);
		return -1;
	}
	*ret = z;
	return 0;
}

void zip_close(struct zip *z)
{
	free(z); /* NULL is none */
}

uint64_t zip_entries(const struct zip *z)
{
	return z->entries;
}

/* --- the directory ---------------------------------------------------------------- */

/* Sizes and place that did not fit 32 bits, in the order of 4.5.3. */
static int read_zip64(struct bytes extra, struct zip_entry *e, struct error *err)
{
	struct cursor c = cursor_of(extra);
	while (cursor_left(&c) >= 4) {
		uint16_t id = cursor_le16(&c);
		struct cursor f = cursor_of(cursor_take(&c, cursor_le16(&c)));
		if (id != EXTRA_ZIP64 || c.failed)
			continue;
		if (e->size == NO_32)
			e->size = cursor_le64(&f);
		if (e->stored == NO_32)
			e->stored = cursor_le64(&f);
		if (e->header_at == NO_32)
			e->header_at = cursor_le64(&f);
		return f.failed ? malformed(err, "a short zip64 field") : 0;
	}
	return 0;
}

/* Where a member may lie; and, because the sum of all members must fit into
 * the file, the same bytes cannot be given out again and again. */
static int check_entry(struct zip *z, const struct zip_entry *e, struct error *err)
{
	uint64_t end;
	if (checked_add(e->header_at, e->stored, &end) ||
	    checked_add(end, (uint64_t)LOCAL_SIZE + e->name.n, &end) || end > z->directory_at)
		return malformed(err, "a member lies outside");
	if (checked_add(z->claimed, e->stored + LOCAL_SIZE + e->name.n, &z->claimed) ||
	    z->claimed > z->directory_at)
		return malformed(err, "members overlap");
	return 0;
}

int zip_next(struct zip *z, struct zip_entry *ret, struct error *err)
{
	struct zip_entry e = { 0 };
	if (z->seen == z->entries)
		return 0;
	const uint8_t *p = zip_window_need(z, &z->directory, ENTRY_SIZE, err);
	if (p == NULL)
		return -1;
	struct cursor c = cursor_of(bytes_of(p, ENTRY_SIZE));
	if (cursor_le32(&c) != SIG_ENTRY)
		return malformed(err, "no directory entry where one belongs");
	(void)cursor_le32(&c);
	e.flags = cursor_le16(&c);
	e.method = cursor_le16(&c);
	(void)cursor_le32(&c);
	e.crc = cursor_le32(&c);
	e.stored = cursor_le32(&c);
	e.size = cursor_le32(&c);
	size_t name = cursor_le16(&c), extra = cursor_le16(&c), comment = cursor_le16(&c);
	(void)cursor_le64(&c);
	e.header_at = cursor_le32(&c);
	z->directory.from += ENTRY_SIZE;

	p = zip_window_need(z, &z->directory, name, err);
	if (p == NULL)
		return -1;
	memcpy(z->name, p, name);
	e.name = bytes_of(z->name, name);
	z->directory.from += name;
	p = zip_window_need(z, &z->directory, extra, err);
	if (p == NULL || read_zip64(bytes_of(p, extra), &e, err) < 0)
		return -1;
	z->directory.from += extra;
	if (zip_window_need(z, &z->directory, comment, err) == NULL)
		return -1;
	z->directory.from += comment;
	if (check_entry(z, &e, err) < 0)
		return -1;
	z->seen++;
	*ret = e;
	return 1;
}
