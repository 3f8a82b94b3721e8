/* Constants that hold a text: base 64, hexadecimal, lists of character codes, each also
 * reversed, deflated (gzip, zlib) or as UTF-16. What they hold is one more layer. */
#include <isa-l.h>

#include "script/internal.h"

enum {
	BASE64_LEAST = 24, /* characters of a constant */
	HEX_LEAST = 32,
	CODES_LEAST = 16, /* numbers of a list */
	TEXT_LEAST = 10, /* bytes of what is decoded */
	WRAPPED_LEAST = 56, /* of a line that goes on in the next one */
	INFLATED_MOST = 1024 * 1024,
	NOT_BASE64 = 0xff
};

struct finder {
	struct layers *l;
	const struct layer *from;
	const struct text *t;
	struct bytes in;
	size_t line; /* where the last constant was */
};

/* --- what was decoded -------------------------------------------------------------------- */

static bool is_texts(uint8_t c)
{
	return (c >= ' ' && c < 0x7f) || c == '\n' || c == '\t' || c == '\r';
}

static bool is_text(struct bytes b)
{
	size_t odd = 0, look = b.n < 4096 ? b.n : 4096;
	for (size_t i = 0; i < look; i++) {
		odd += !is_texts(b.p[i]);
		if (i == 32 && odd > 2)
			return false;
	}
	return b.n >= TEXT_LEAST && odd * 20 <= look;
}

bool script_narrow(struct arena *a, struct bytes in, struct bytes *ret)
{
	size_t from = in.n >= 2 && in.p[0] == 0xff && in.p[1] == 0xfe ? 2 : 0, wide = 0;
	size_t look = in.n < 256 ? in.n : 256;
	for (size_t i = from; i + 1 < look; i += 2)
		wide += in.p[i + 1] == 0 && is_texts(in.p[i]);
	if (look < from + 8 || wide * 2 < (look - from) / 2 + (look - from) / 4)
		return false;
	uint8_t *out = arena_alloc(a, in.n / 2 + 1);
	if (out == NULL)
		return false;
	size_t n = 0;
	for (size_t i = from; i + 1 < in.n; i += 2)
		out[n++] = in.p[i + 1] == 0 ? in.p[i] : '?';
	*ret = bytes_of(out, n);
	return true;
}

/* Deflate in zlib's or gzip's clothes; what can be had of it. */
static bool inflated(struct arena *a, struct bytes in, struct bytes *ret)
{
	bool gzip = in.n > 18 && in.p[0] == 0x1f && in.p[1] == 0x8b;
	bool zlib = in.n > 8 && in.p[0] == 0x78 && (in.p[0] * 256 + in.p[1]) % 31 == 0;
	if (!gzip && !zlib)
		return false;
	struct inflate_state *s = arena_alloc(a, sizeof *s);
	size_t most = in.n > INFLATED_MOST / 16 ? INFLATED_MOST : in.n * 16 + 256;
	uint8_t *out = arena_alloc(a, most);
	if (s == NULL || out == NULL)
		return false;
	isal_inflate_init(s);
	s->crc_flag = gzip ? ISAL_GZIP : ISAL_ZLIB;
	s->next_in = (uint8_t *)(uintptr_t)in.p;
	s->avail_in = (uint32_t)in.n;
	s->next_out = out;
	s->avail_out = (uint32_t)most;
	(void)isal_inflate(s);
	*ret = bytes_of(out, most - s->avail_out);
	return ret->n > 0;
}

static uint32_t number_of(struct finder *f, size_t at)
{
	uint32_t number;
	if (f->from->depth > 0)
		return f->from->number;
	f->line = text_line_of(f->t, at, f->line);
	(void)text_line(f->t, f->line, &number);
	return number;
}

/* True: a new layer, or none that is worth it. */
static bool add_text(struct finder *f, struct bytes b, size_t at, const char *how)
{
	struct layers *l = f->l;
	struct bytes other;
	if (inflated(&l->arena, b, &other) || script_narrow(&l->arena, b, &other))
		b = other;
	if (!is_text(b))
		return false;
	if (l->n == LIMIT_SCRIPT_LAYERS || f->from->depth == LIMIT_SCRIPT_DEPTH) {
		l->full = true;
		return true;
	}
	for (size_t i = 0; i < l->n; i++)
		if (bytes_equal(l->list[i].text, b))
			return true;
	l->list[l->n++] = (struct layer){ .text = b,
					  .kind = script_kind_guess(b),
					  .depth = f->from->depth + 1,
					  .number = number_of(f, at),
					  .how = how };
	return true;
}

static struct bytes reversed(struct arena *a, struct bytes b)
{
	uint8_t *out = arena_alloc(a, b.n + 1);
	for (size_t i = 0; out != NULL && i < b.n; i++)
		out[i] = b.p[b.n - 1 - i];
	return bytes_of(out, out == NULL ? 0 : b.n);
}

/* --- base 64 --------------------------------------------------------------------------------- */

/* Values of the alphabet, and of that for names of files, plus one; 0: none. */
static const uint8_t sextets[256] = {
	['A'] = 1, 2,  3,  4,  5,          6,  7,  8,          9,          10,         11,
	12,        13, 14, 15, 16,         17, 18, 19,         20,         21,         22,
	23,        24, 25, 26, ['a'] = 27, 28, 29, 30,         31,         32,         33,
	34,        35, 36, 37, 38,         39, 40, 41,         42,         43,         44,
	45,        46, 47, 48, 49,         50, 51, 52,         ['0'] = 53, 54,         55,
	56,        57, 58, 59, 60,         61, 62, ['+'] = 63, ['-'] = 63, ['/'] = 64, ['_'] = 64,
};

static inline uint8_t sextet(uint8_t c)
{
	return (uint8_t)(sextets[c] - 1); /* NOT_BASE64 for none */
}

/* Blanks and padding are left out. Empty without memory. */
static struct bytes from_base64(struct arena *a, struct bytes in)
{
	uint8_t *out = arena_alloc(a, in.n / 4 * 3 + 4);
	size_t n = 0;
	uint32_t bits = 0, have = 0;
	for (size_t i = 0; out != NULL && i < in.n; i++) {
		uint8_t v = sextet(in.p[i]);
		if (v == NOT_BASE64)
			continue;
		bits = bits << 6 | v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	return bytes_of(out, n);
}

/* A quick look at the first bytes before all is decoded. */
static bool may_be_text(struct bytes constant)
{
	uint8_t first[24];
	size_t n = 0, odd = 0;
	uint32_t bits = 0, have = 0;
	for (size_t i = 0; i < constant.n && n < sizeof first; i++) {
		uint8_t v = sextet(constant.p[i]);
		if (v == NOT_BASE64)
			continue;
		bits = bits << 6 | v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			first[n++] = (uint8_t)(bits >> have);
		}
	}
	if (n >= 2 && ((first[0] == 0x1f && first[1] == 0x8b) || first[0] == 0x78 ||
		       (first[0] == 0xff && first[1] == 0xfe) || first[1] == 0))
		return true;
	for (size_t i = 0; i < n; i++)
		odd += !is_texts(first[i]);
	return odd <= 2;
}

/* Where a run of the alphabet ends, over the ends of lines that are wrapped. */
static size_t base64_end(const struct finder *f, size_t at)
{
	size_t begin = at;
	for (;;) {
		while (at < f->in.n && sextet(f->in.p[at]) != NOT_BASE64)
			at++;
		if (at - begin < WRAPPED_LEAST || at + 1 >= f->in.n || f->in.p[at] != '\n' ||
		    sextet(f->in.p[at + 1]) == NOT_BASE64)
			return at;
		begin = ++at;
	}
}

static size_t try_base64(struct finder *f, size_t at)
{
	size_t end = base64_end(f, at);
	struct arena *a = &f->l->arena;
	struct bytes constant = bytes_sub(f->in, at, end);
	if (constant.n < BASE64_LEAST)
		return end;
	if (may_be_text(constant) && add_text(f, from_base64(a, constant), at, "base64"))
		return end;
	bool padded = at > 0 && f->in.p[at - 1] == '=';
	if (padded || end == f->in.n || f->in.p[end] != '=') {
		struct bytes back = reversed(a, constant);
		if (may_be_text(back))
			(void)add_text(f, from_base64(a, back), at, "reversed base64");
	}
	return end;
}

/* --- hexadecimal --------------------------------------------------------------------------------- */

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t hex_end(const struct finder *f, size_t at)
{
	while (at < f->in.n && hex_value(f->in.p[at]) >= 0)
		at++;
	return at;
}

static bool try_hex(struct finder *f, size_t at, size_t end)
{
	size_t n = (end - at) / 2;
	if (end - at < HEX_LEAST || (end - at) % 2 != 0 || hex_value(f->in.p[at]) > 7)
		return false;
	uint8_t *out = arena_alloc(&f->l->arena, n);
	for (size_t i = 0; out != NULL && i < n; i++)
		out[i] = (uint8_t)(hex_value(f->in.p[at + 2 * i]) * 16 +
				   hex_value(f->in.p[at + 2 * i + 1]));
	return out != NULL && add_text(f, bytes_of(out, n), at, "hexadecimal");
}

/* --- lists of codes --------------------------------------------------------------------------------- */

/* "99, 117, 114", "chr(99).chr(117)", "0x63,0x75", "[char]99+[char]117": numbers of
 * characters with a few other characters between them. */
static size_t next_code(struct bytes in, size_t *at)
{
	size_t v = 0, n = 0;
	bool hex = in.n - *at > 2 && in.p[*at] == '0' && (in.p[*at + 1] | 0x20) == 'x';
	*at += hex ? 2 : 0;
	for (; *at < in.n && n < 4; n++, ++*at) {
		int d = hex_value(in.p[*at]);
		if (d < 0 || (!hex && d > 9))
			break;
		v = v * (hex ? 16 : 10) + (size_t)d;
	}
	return n == 0 || n > 3 ? 0 : v;
}

static size_t try_codes(struct finder *f, size_t at)
{
	enum { BETWEEN_MOST = 12 };
	size_t n = 0, begin = at, end = at, most = 256;
	uint8_t *out = NULL;
	while (at < f->in.n) {
		size_t v = next_code(f->in, &at);
		if (v == 0 || v > 126 || !is_texts((uint8_t)v))
			break;
		if (out == NULL || n == most) {
			uint8_t *more = arena_alloc(&f->l->arena, most * 2);
			if (more == NULL)
				break;
			if (n > 0)
				memcpy(more, out, n);
			most *= 2;
			out = more;
		}
		out[n++] = (uint8_t)v;
		end = at;
		size_t gap = at;
		while (at < f->in.n && at - gap < BETWEEN_MOST && hex_value(f->in.p[at]) < 0)
			at++;
		/* "chr(" has a c in it: letters before a digit are no digits. */
		while (at < f->in.n && at - gap < BETWEEN_MOST &&
		       (f->in.p[at] < '0' || f->in.p[at] > '9'))
			at++;
		if (at == gap || at - gap == BETWEEN_MOST)
			break;
	}
	if (n >= CODES_LEAST)
		(void)add_text(f, bytes_of(out, n), begin, "character codes");
	return end > begin ? end : begin + 1;
}

/* --- all ------------------------------------------------------------------------------------------------ */

static bool follows_name(const struct finder *f, size_t at)
{
	return at > 0 && (sextet(f->in.p[at - 1]) != NOT_BASE64 && f->in.p[at - 1] != '/');
}

void script_decode(struct layers *l, const struct layer *from, const struct text *t)
{
	struct finder f = { .l = l, .from = from, .t = t, .in = t->view };
	for (size_t at = 0; at < f.in.n && !l->full;) {
		uint8_t c = f.in.p[at];
		if (sextet(c) == NOT_BASE64) {
			at++;
			continue;
		}
		size_t end = base64_end(&f, at), hex = end - at >= HEX_LEAST ? hex_end(&f, at) : at;
		if (c >= '0' && c <= '9' && end - at <= 4 && !follows_name(&f, at)) {
			at = try_codes(&f, at);
			continue;
		}
		if (hex - at >= HEX_LEAST && try_hex(&f, at, hex)) {
			at = hex;
			continue;
		}
		at = end - at >= BASE64_LEAST ? try_base64(&f, at) : end;
	}
}
