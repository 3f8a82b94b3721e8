/* A file as it goes by: which rules its path asks for, whether it is text, and
 * windows of a fixed size over pieces of any size. Where windows begin depends on the
 * file only, never on the pieces: a file is always judged in the same way. */
#include "secret/engine.h"

/* --- begin ----------------------------------------------------------------------- */

static void file_reset(struct secret_engine *e, struct secret_sink sink)
{
	e->file = (struct file_state){ .kind = FILE_UNDECIDED, .sink = sink };
	e->window = (struct window){ .first = true, .line = 1 };
	e->buffer_n = 0;
	memset(e->states, 0, e->rule_n * sizeof *e->states);
	memset(e->path_hits, 0, e->path_n);
}

struct path_search {
	struct secret_engine *e;
	struct bytes path;
	bool skip;
};

static int on_path(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		   void *ctx)
{
	struct path_search *s = ctx;
	(void)from;
	(void)to;
	(void)flags;
	if (id >= s->e->path_n || s->e->path_hits[id] != 0)
		return 0;
	const struct blob_path *p = &s->e->paths[id];
	if (s->e->patterns[p->pattern].loose && !engine_matches(s->e, p->pattern, s->path))
		return 0;
	s->e->path_hits[id] = 1;
	s->skip = s->skip || p->skips_file;
	return s->skip;
}

/* A file that is told as a whole: there is no line, and nothing to mask. */
static void tell_file(struct secret_engine *e, uint32_t rule)
{
	struct bytes path = bytes_of(e->path, e->name_n), base = path_base(path);
	struct bytes id = engine_string(e, e->rules[rule].id);
	struct secret_match m = { .rule = rule, .masked = base, .context = base };
	struct sha256 *h = sha256_new();

	sha256_update(h, id.p, id.n);
	sha256_update(h, "", 1);
	sha256_update(h, path.p, path.n);
	sha256_final(h, &m.hash);
	sha256_free(h);
	memset(m.hash.sha256 + SHA256_SIZE / 2, 0, SHA256_SIZE / 2);
	m.line = m.column = 1;
	m.valid = e->rules[rule].check != CHECK_NONE;
	if (e->file.findings >= LIMIT_SECRET_FILE_FINDINGS)
		return;
	e->told[e->file.findings++] = m.hash;
	e->findings++;
	if (e->file.sink.match(e->file.sink.ctx, &m, e->file.err) < 0)
		(void)engine_failed(e);
}

static bool rule_asks_bytes(const struct secret_engine *e, uint32_t rule)
{
	return !e->names_only &&
	       (e->rules[rule].check != CHECK_NONE || engine_string(e, e->rules[rule].magic).n > 0);
}

/* The rules that tell by the path alone: those that need no bytes at once (first is
 * NULL), the others with the first block. */
static void tell_by_path(struct secret_engine *e, const struct bytes *first)
{
	for (size_t i = 0; i < e->path_n && !e->file.failed; i++) {
		uint32_t rule = e->paths[i].rule;
		if (e->path_hits[i] == 0 || rule == NO_PATTERN ||
		    (e->only != NO_PATTERN && e->only != rule) ||
		    rule_asks_bytes(e, rule) != (first != NULL) || file_is_allowed(e, rule))
			continue;
		if (first == NULL || file_is_secret(e, &e->rules[rule], *first))
			tell_file(e, rule);
	}
}

static void take_path(struct secret_engine *e, struct bytes path)
{
	if (path.n > LIMIT_PATH_BYTES)
		path = bytes_sub(path, path.n - LIMIT_PATH_BYTES, path.n);
	memcpy(e->path, path.p, path.n);
	e->name_n = path.n;
}

bool secret_begin(struct secret_engine *e, struct bytes path, uint64_t size,
		  struct secret_sink sink, struct error *err)
{
	file_reset(e, sink);
	e->file.err = err;
	e->file.is_file = true;
	e->file.size = size;
	take_path(e, path);
	struct path_search s = { .e = e, .path = bytes_of(e->path, e->name_n) };
	if (e->path_db != NULL && s.path.n > 0)
		(void)hs_scan(e->path_db, (const char *)s.path.p, (unsigned)s.path.n, 0, e->scratch,
			      on_path, &s);
	if (s.skip)
		e->file.kind = FILE_LEFT;
	else
		tell_by_path(e, NULL);
	if (size == 0)
		e->file.kind = FILE_LEFT;
	if (e->file.failed && err != NULL)
		e->file.begin_err = *err;
	return e->file.failed || e->file.kind != FILE_LEFT;
}

/* --- text or not ------------------------------------------------------------------ */

/* A NUL byte, or one control character in 32: nobody writes so. */
static enum file_kind kind_of(struct bytes first)
{
	size_t control = 0;
	if (bytes_starts_with(first, bytes_of("\xff\xfe", 2)) && first.n >= 4)
		return first.p[2] == 0 && first.p[3] == 0 ? FILE_LEFT : FILE_UTF16_LE;
	if (bytes_starts_with(first, bytes_of("\xfe\xff", 2)))
		return FILE_UTF16_BE;
	for (size_t i = 0; i < first.n; i++) {
		uint8_t c = first.p[i];
		if (c == 0)
			return FILE_LEFT;
		control += c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' &&
			   c != 0x1b && c != '\b';
	}
	return control > first.n / 32 ? FILE_LEFT : FILE_TEXT;
}

/* --- windows ------------------------------------------------------------------------- */

/* Blocks of one size, so that the compiler counts many at a time. */
static uint32_t count_lines(const uint8_t *p, size_t n)
{
	enum { BLOCK = 128 };
	uint32_t lines = 0;
	for (; n >= BLOCK; p += BLOCK, n -= BLOCK) {
		uint8_t some = 0;
		for (size_t i = 0; i < BLOCK; i++)
			some = (uint8_t)(some + (p[i] == '\n'));
		lines += some;
	}
	for (size_t i = 0; i < n; i++)
		lines += p[i] == '\n';
	return lines;
}

/* Moves the window's begin n bytes on. */
static void window_pass(struct secret_engine *e, size_t n)
{
	struct window *w = &e->window;
	const uint8_t *newline = n == 0 ? NULL : memrchr(w->text.p, '\n', n);
	if (newline != NULL) {
		w->line += count_lines(w->text.p, n);
		w->line_at = w->offset + (uint64_t)(newline - w->text.p) + 1;
	}
	w->offset += n;
	w->first = false;
	for (size_t i = 0; i < e->rule_n; i++) {
		struct rule_state *s = &e->states[i];
		size_t passed = s->passed > n ? s->passed - n : 0;
		*s = (struct rule_state){ .done = passed, .passed = passed };
	}
}

/* Looks through text, which begins where the window does; returns how much of it is
 * done with. A file with all findings it may have is left. */
static size_t window_take(struct secret_engine *e, struct bytes text, bool last)
{
	struct window *w = &e->window;
	w->text = text;
	w->last = last;
	w->lead = w->first ? 0 : WINDOW_LEFT;
	w->keep = last ? text.n : text.n - WINDOW_KEEP;
	if (e->content_db != NULL && text.n > 0 && window_search(e) < 0)
		return text.n;
	if (e->file.findings >= LIMIT_SECRET_FILE_FINDINGS) {
		engine_limited(e, "findings of one file");
		e->file.kind = FILE_LEFT;
	}
	size_t done = last ? text.n : w->keep - WINDOW_LEFT;
	window_pass(e, done);
	return done;
}

static int buffer_flush(struct secret_engine *e, bool last)
{
	size_t done = window_take(e, bytes_of(e->buffer, e->buffer_n), last);
	memmove(e->buffer, e->buffer + done, e->buffer_n - done);
	e->buffer_n -= done;
	return e->file.failed ? -1 : 0;
}

static int buffer_add(struct secret_engine *e, struct bytes piece)
{
	while (piece.n > 0 && e->file.kind != FILE_LEFT) {
		if (e->buffer_n == WINDOW_BYTES && buffer_flush(e, false) < 0)
			return -1;
		size_t room = WINDOW_BYTES - e->buffer_n;
		size_t n = piece.n < room ? piece.n : room;
		memcpy(e->buffer + e->buffer_n, piece.p, n);
		e->buffer_n += n;
		piece = bytes_sub(piece, n, piece.n);
	}
	return 0;
}

/* A whole file at once need not be copied. The windows are those of a file in pieces. */
static int search_in_place(struct secret_engine *e, struct bytes text)
{
	while (e->file.kind != FILE_LEFT && !e->file.failed) {
		bool last = text.n <= WINDOW_BYTES;
		size_t done = window_take(e, last ? text : bytes_of(text.p, WINDOW_BYTES), last);
		if (last)
			e->file.kind = FILE_LEFT;
		text = bytes_sub(text, done, text.n);
	}
	return e->file.failed ? -1 : 0;
}

/* --- UTF-16 ---------------------------------------------------------------------------- */

static size_t put_utf8(uint8_t *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	size_t n = c < 0x10000 ? 3 : 4;
	out[0] = (uint8_t)(n == 3 ? 0xe0 | c >> 12 : 0xf0 | c >> 18);
	for (size_t i = 1; i < n; i++)
		out[i] = (uint8_t)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
	return n;
}

/* One unit; halves of pairs that stand alone become U+FFFD (Unicode 15, 3.9). */
static size_t utf16_unit(struct file_state *f, uint16_t unit, uint8_t *out)
{
	size_t n = 0;
	uint16_t high = f->high;
	f->high = 0;
	if (high != 0 && unit >= 0xdc00 && unit < 0xe000)
		return put_utf8(out, 0x10000 + ((uint32_t)(high - 0xd800) << 10) +
					     (uint32_t)(unit - 0xdc00));
	if (high != 0)
		n = put_utf8(out, 0xfffd);
	if (unit >= 0xd800 && unit < 0xdc00) {
		f->high = unit;
		return n;
	}
	return n + put_utf8(out + n, unit >= 0xdc00 && unit < 0xe000 ? 0xfffd : unit);
}

static int utf16_add(struct secret_engine *e, struct bytes piece)
{
	enum { PART = 4096, UNIT_MOST = 7 };
	struct file_state *f = &e->file;
	uint8_t out[PART];
	size_t n = 0;
	for (size_t i = 0; i < piece.n; i++) {
		if (!f->has_odd) {
			f->odd = piece.p[i];
			f->has_odd = true;
			continue;
		}
		f->has_odd = false;
		unsigned low = f->kind == FILE_UTF16_LE ? f->odd : piece.p[i];
		unsigned high = f->kind == FILE_UTF16_LE ? piece.p[i] : f->odd;
		n += utf16_unit(f, (uint16_t)(high << 8 | low), out + n);
		if (n > PART - UNIT_MOST) {
			if (buffer_add(e, bytes_of(out, n)) < 0)
				return -1;
			n = 0;
		}
		if (f->kind == FILE_LEFT)
			return 0;
	}
	return buffer_add(e, bytes_of(out, n));
}

/* --- pieces ------------------------------------------------------------------------------ */

static int text_add(struct secret_engine *e, struct bytes piece)
{
	if (e->file.kind == FILE_UTF16_LE || e->file.kind == FILE_UTF16_BE)
		return utf16_add(e, piece);
	return buffer_add(e, piece);
}

/* The first block is there, or all of a smaller file. */
static int file_decide(struct secret_engine *e, struct bytes first)
{
	tell_by_path(e, &first);
	e->file.kind = kind_of(first);
	return e->file.failed ? -1 : 0;
}

/* Fills the first block; what it does not need stays in *piece. */
static int first_block(struct secret_engine *e, struct bytes *piece)
{
	size_t room = FIRST_BLOCK - e->buffer_n, n = piece->n < room ? piece->n : room;
	memcpy(e->buffer + e->buffer_n, piece->p, n);
	e->buffer_n += n;
	*piece = bytes_sub(*piece, n, piece->n);
	if (e->buffer_n < FIRST_BLOCK)
		return 0;
	if (file_decide(e, bytes_of(e->buffer, e->buffer_n)) < 0)
		return -1;
	if (e->file.kind != FILE_UTF16_LE && e->file.kind != FILE_UTF16_BE)
		return 0;
	uint8_t raw[FIRST_BLOCK];
	memcpy(raw, e->buffer, sizeof raw);
	e->buffer_n = 0;
	return utf16_add(e, bytes_of(raw, sizeof raw));
}

/* What failed in secret_begin fails again in the first call that can say so. */
static int call_begins(struct secret_engine *e, struct error *err)
{
	e->file.err = err;
	if (!e->file.failed)
		return 0;
	if (err != NULL && err->code == ERR_NONE)
		*err = e->file.begin_err;
	return -1;
}

int secret_feed(struct secret_engine *e, struct bytes piece, struct error *err)
{
	if (call_begins(e, err) < 0)
		return -1;
	if (piece.n == 0 || e->file.kind == FILE_LEFT)
		return 0;
	if (e->file.kind == FILE_UNDECIDED && e->buffer_n == 0 && piece.n == e->file.size) {
		if (file_decide(e, bytes_sub(piece, 0, FIRST_BLOCK)) < 0)
			return -1;
		if (e->file.kind == FILE_TEXT)
			return search_in_place(e, piece);
		return text_add(e, piece);
	}
	if (e->file.kind == FILE_UNDECIDED && first_block(e, &piece) < 0)
		return -1;
	if (e->file.kind == FILE_LEFT || e->file.kind == FILE_UNDECIDED)
		return 0;
	return text_add(e, piece);
}

bool secret_left(const struct secret_engine *e)
{
	return e->file.kind == FILE_LEFT;
}

int secret_end(struct secret_engine *e, struct error *err)
{
	if (call_begins(e, err) < 0)
		return -1;
	if (e->file.kind == FILE_UNDECIDED) {
		uint8_t raw[FIRST_BLOCK];
		size_t n = e->buffer_n;
		memcpy(raw, e->buffer, n);
		if (file_decide(e, bytes_of(raw, n)) < 0)
			return -1;
		e->buffer_n = 0;
		if (e->file.kind != FILE_LEFT && text_add(e, bytes_of(raw, n)) < 0)
			return -1;
	}
	int r = e->file.kind == FILE_LEFT ? 0 : buffer_flush(e, true);
	e->file.kind = FILE_LEFT;
	return r;
}

int secret_text(struct secret_engine *e, struct bytes name, struct bytes text,
		struct secret_sink sink, struct error *err)
{
	file_reset(e, sink);
	e->file.err = err;
	e->file.kind = FILE_TEXT;
	take_path(e, name);
	return text.n == 0 ? 0 : search_in_place(e, text);
}
