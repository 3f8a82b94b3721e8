/* One member of a zip archive, as a stream. */
#include <isa-l/crc.h>

#include "format/zip_internal.h"

enum { SIG_LOCAL = 0x04034b50, LOCAL_SIZE = 30, EXTRA_USUAL = 64, FLAG_ENCRYPTED = 1 };

/* Behind the local header, whose sizes of name and extra field may differ from
 * the directory's (4.3.7). */
static int pass_header(struct zip *z, struct error *err)
{
	const uint8_t *p = zip_window_need(z, &z->content, LOCAL_SIZE, err);
	if (p == NULL)
		return -1;
	struct cursor c = cursor_of(bytes_of(p, LOCAL_SIZE));
	uint32_t signature = cursor_le32(&c);
	cursor_seek(&c, 26);
	size_t name = cursor_le16(&c), extra = cursor_le16(&c);
	if (signature != SIG_LOCAL)
		return error_set(err, ERR_MALFORMED, "zip: no member where the directory points");
	z->content.from += LOCAL_SIZE;
	if (zip_window_need(z, &z->content, name, err) == NULL)
		return -1;
	z->content.from += name;
	if (zip_window_need(z, &z->content, extra, err) == NULL)
		return -1;
	z->content.from += extra;
	return 0;
}

/* The member's bytes end where its size says, not where the archive does. */
static int bound_content(struct zip *z, uint64_t stored, struct error *err)
{
	struct zip_window *w = &z->content;
	uint64_t has = zip_window_has(w);
	if (stored <= has) {
		w->to = w->from + (size_t)stored;
		w->end = w->at;
	} else if (stored - has <= w->end - w->at) {
		w->end = w->at + (stored - has);
	} else {
		return error_set(err, ERR_MALFORMED, "zip: a member lies outside");
	}
	return 0;
}

/* At the member's header. Most members are small: one read of about their size
 * brings header and content, and no more than that. */
static void aim(struct zip *z, const struct zip_entry *e)
{
	struct zip_window *w = &z->content;
	uint64_t about;
	bool large = checked_add(e->stored, (uint64_t)LOCAL_SIZE + e->name.n + EXTRA_USUAL, &about);
	w->from = w->to = 0;
	w->at = e->header_at;
	w->end = z->directory_at;
	w->ahead = large || about > ZIP_WINDOW ? ZIP_WINDOW : (size_t)about;
}

int zip_member_open(struct zip *z, const struct zip_entry *e, struct error *err)
{
	struct zip_member *m = &z->member;
	m->open = false;
	if ((e->flags & FLAG_ENCRYPTED) != 0)
		return error_set(err, ERR_UNSUPPORTED, "zip: an encrypted member");
	if (e->method != ZIP_STORED && e->method != ZIP_DEFLATED)
		return error_set(err, ERR_UNSUPPORTED, "zip: compression method %u", e->method);
	if (e->method == ZIP_STORED && e->stored != e->size)
		return error_set(err, ERR_MALFORMED, "zip: a stored member of two sizes");
	aim(z, e);
	if (pass_header(z, err) < 0 || bound_content(z, e->stored, err) < 0)
		return -1;
	m->deflated = e->method == ZIP_DEFLATED;
	m->done = false;
	m->crc = 0;
	m->want_crc = e->crc;
	m->given = 0;
	m->size = e->size;
	m->stored = e->stored;
	isal_inflate_init(&m->inflate);
	m->inflate.crc_flag = ISAL_DEFLATE;
	m->open = true;
	return 0;
}

static ssize_t read_stored(struct zip *z, uint8_t *p, size_t n, struct error *err)
{
	struct zip_window *w = &z->content;
	if (zip_window_has(w) == 0 && w->at < w->end && zip_window_need(z, w, 1, err) == NULL)
		return -1;
	size_t take = zip_window_has(w) < n ? zip_window_has(w) : n;
	memcpy(p, w->bytes + w->from, take);
	w->from += take;
	return (ssize_t)take;
}

static ssize_t read_deflated(struct zip *z, uint8_t *p, size_t n, struct error *err)
{
	struct inflate_state *s = &z->member.inflate;
	struct zip_window *w = &z->content;
	s->next_out = p;
	s->avail_out = (uint32_t)(n < ZIP_WINDOW ? n : ZIP_WINDOW);
	uint32_t room = s->avail_out;
	while (s->avail_out == room && s->block_state != ISAL_BLOCK_FINISH) {
		if (zip_window_has(w) == 0 && w->at < w->end &&
		    zip_window_need(z, w, 1, err) == NULL)
			return -1;
		bool starved = zip_window_has(w) == 0;
		s->next_in = w->bytes + w->from;
		s->avail_in = (uint32_t)zip_window_has(w);
		int r = isal_inflate(s);
		w->from = w->to - s->avail_in;
		if (r < 0)
			return error_set(err, ERR_MALFORMED, "zip: damaged deflate data");
		if (starved && s->avail_out == room && s->block_state != ISAL_BLOCK_FINISH)
			return error_set(err, ERR_TRUNCATED, "zip: a member ends too early");
	}
	return (ssize_t)(room - s->avail_out);
}

/* Size, checksum and growth of what was given so far. */
static int account(struct zip_member *m, const uint8_t *p, size_t n, struct error *err)
{
	m->given += n;
	m->crc = crc32_gzip_refl(m->crc, p, n);
	if (m->given > m->size)
		return error_set(err, ERR_MALFORMED, "zip: a member is larger than it says");
	if (m->given > ZIP_RATIO_FREE && m->given / ZIP_RATIO_MAX > m->stored)
		return error_set(err, ERR_LIMIT, "zip: a member grows more than %d times",
				 ZIP_RATIO_MAX);
	if (n > 0)
		return 0;
	m->done = true;
	if (m->given != m->size)
		return error_set(err, ERR_TRUNCATED, "zip: a member is smaller than it says");
	if (m->crc != m->want_crc)
		return error_set(err, ERR_MALFORMED, "zip: a member's checksum is wrong");
	return 0;
}

ssize_t zip_member_read(struct zip *z, void *p, size_t n, struct error *err)
{
	struct zip_member *m = &z->member;
	if (!m->open)
		return error_set(err, ERR_INTERNAL, "zip: no member is open");
	if (m->done || n == 0)
		return 0;
	ssize_t got = m->deflated ? read_deflated(z, p, n, err) : read_stored(z, p, n, err);
	if (got < 0 || account(m, p, (size_t)got, err) < 0) {
		m->open = false;
		return -1;
	}
	return got;
}
