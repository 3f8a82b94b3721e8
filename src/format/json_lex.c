#include "format/json_lex.h"

#include <stdarg.h>
#include <string.h>

uint64_t lex_offset(const struct json_lex *l)
{
	return l->base + (uint64_t)(l->at - l->window);
}

bool lex_fail(struct json_lex *l, enum error_code code, const char *fmt, ...)
{
	if (l->failed)
		return false;
	char why[128];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	(void)error_set(&l->err, code, "offset %llu: %s", (unsigned long long)lex_offset(l), why);
	l->failed = true;
	return false;
}

bool lex_refill(struct json_lex *l)
{
	if (l->read == NULL || l->failed)
		return false;
	l->base += (uint64_t)(l->end - l->window);
	l->window = l->at = l->end = l->chunk;
	ssize_t n = l->read(l->ctx, l->chunk, JSON_WINDOW, &l->err);
	if (n < 0)
		l->failed = true;
	if (n > 0 && n <= JSON_WINDOW)
		l->end += n;
	else
		l->read = NULL;
	return n > 0;
}

static bool truncated(struct json_lex *l, const char *what)
{
	return lex_fail(l, ERR_TRUNCATED, "the text ends inside %s", what);
}

static bool keep(struct json_lex *l, const uint8_t *p, size_t n)
{
	struct error err = { 0 };
	if (buf_append(&l->text, p, n, &err) == 0)
		return true;
	return lex_fail(l, err.code, "a string is too long: %s", err.text);
}

/* --- strings ---------------------------------------------------------------- */

#define EVERY_BYTE(b) (0x0101010101010101u * (uint64_t)(b))

/* The high bit of each byte that is zero. Bits above the lowest one set can be
 * wrong (the subtraction borrows), the lowest cannot, and it is all we use. */
static inline uint64_t zero_bytes(uint64_t w)
{
	return (w - EVERY_BYTE(0x01)) & ~w & EVERY_BYTE(0x80);
}

/* The first byte in [p, end) that ends a run of plain text: a quote, a
 * backslash, a control character and, with `ascii`, any byte above 0x7f. */
static const uint8_t *plain_end(const uint8_t *p, const uint8_t *end, bool ascii)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint64_t high = ascii ? EVERY_BYTE(0x80) : 0;
	for (; end - p >= 8; p += 8) {
		uint64_t w;
		memcpy(&w, p, sizeof w);
		uint64_t hit = zero_bytes(w ^ EVERY_BYTE('"')) | zero_bytes(w ^ EVERY_BYTE('\\')) |
			       ((w - EVERY_BYTE(0x20)) & ~w & EVERY_BYTE(0x80)) | (w & high);
		if (hit != 0)
			return p + (__builtin_ctzll(hit) >> 3);
	}
#endif
	for (; p < end; p++)
		if (*p == '"' || *p == '\\' || *p < 0x20 || (ascii && *p >= 0x80))
			break;
	return p;
}

static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits behind \u. */
static bool hex4(struct json_lex *l, uint32_t *ret)
{
	uint32_t v = 0;
	for (int i = 0; i < 4; i++) {
		int c = lex_byte(l), digit = hex_digit(c);
		if (c < 0)
			return truncated(l, "an escape");
		if (digit < 0)
			return lex_fail(l, ERR_MALFORMED, "\\u needs four hexadecimal digits");
		v = v << 4 | (uint32_t)digit;
		l->at++;
	}
	*ret = v;
	return true;
}

static bool keep_point(struct json_lex *l, uint32_t point)
{
	uint8_t u[4];
	size_t n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	static const uint8_t lead[5] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	for (size_t i = n; i-- > 1; point >>= 6)
		u[i] = (uint8_t)(0x80 | (point & 0x3f));
	u[0] = (uint8_t)(lead[n] | point);
	return keep(l, u, n);
}

enum { REPLACEMENT = 0xfffd };

/* A high surrogate waits in *high for its low half: two \u escapes are then one
 * character (RFC 8259 section 7). One that stays alone becomes U+FFFD. */
static bool flush_high(struct json_lex *l, uint32_t *high)
{
	bool alone = *high != 0;
	*high = 0;
	return !alone || keep_point(l, REPLACEMENT);
}

static bool unicode_escape(struct json_lex *l, uint32_t *high)
{
	uint32_t v;
	if (!hex4(l, &v))
		return false;
	bool is_low = v >= 0xdc00 && v < 0xe000;
	if (is_low && *high != 0) {
		v = 0x10000 + ((*high - 0xd800) << 10) + (v - 0xdc00);
		*high = 0;
		return keep_point(l, v);
	}
	if (!flush_high(l, high))
		return false;
	if (v >= 0xd800 && v < 0xdc00) {
		*high = v;
		return true;
	}
	return keep_point(l, is_low ? REPLACEMENT : v);
}

static bool escape(struct json_lex *l, uint32_t *high)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	l->at++;
	int c = lex_byte(l);
	if (c < 0)
		return truncated(l, "an escape");
	if (c == 'u') {
		l->at++;
		return unicode_escape(l, high);
	}
	const char *hit = c == 0 ? NULL : strchr(from, c);
	if (hit == NULL)
		return lex_fail(l, ERR_MALFORMED, "no such escape in a string");
	l->at++;
	return flush_high(l, high) && keep(l, (const uint8_t *)&to[hit - from], 1);
}

/* One character beyond ASCII. What is no UTF-8 becomes one U+FFFD for each
 * maximal subpart (Unicode 15, section 3.9, table 3-8), as browsers do. */
static bool utf8_char(struct json_lex *l)
{
	uint8_t u[4] = { *l->at++ };
	int low = u[0] == 0xe0 ? 0xa0 : u[0] == 0xf0 ? 0x90 : 0x80;
	int high = u[0] == 0xed ? 0x9f : u[0] == 0xf4 ? 0x8f : 0xbf;
	size_t n = u[0] < 0xc2 || u[0] > 0xf4 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (n == 1)
		return keep_point(l, REPLACEMENT);
	for (size_t i = 1; i < n; i++) {
		int c = lex_byte(l);
		if (c < low || c > high)
			return keep_point(l, REPLACEMENT);
		u[i] = (uint8_t)c;
		l->at++;
		low = 0x80;
		high = 0xbf;
	}
	return keep(l, u, n);
}

/* One thing in a string that is not plain ASCII, neither its end. */
static bool special(struct json_lex *l, int c, uint32_t *high)
{
	if (c == '\\')
		return escape(l, high);
	if (c < 0x20)
		return lex_fail(l, ERR_MALFORMED, "a control character in a string");
	return c < 0x80 || (flush_high(l, high) && utf8_char(l));
}

/* The string whose decoded beginning is in text. */
static bool decode(struct json_lex *l, struct bytes *ret)
{
	uint32_t high = 0;
	for (;;) {
		const uint8_t *run = l->at;
		l->at = plain_end(run, l->end, true);
		size_t n = (size_t)(l->at - run);
		if (n > 0 && !(flush_high(l, &high) && keep(l, run, n)))
			return false;
		int c = lex_byte(l);
		if (c < 0)
			return truncated(l, "a string");
		if (c == '"')
			break;
		if (!special(l, c, &high))
			return false;
	}
	l->at++;
	if (!flush_high(l, &high))
		return false;
	*ret = l->text.n > 0 ? buf_view(&l->text) : BYTES_LIT("");
	return true;
}

bool lex_string(struct json_lex *l, struct bytes *ret)
{
	const uint8_t *begin = ++l->at;
	const uint8_t *end = plain_end(begin, l->end, true);
	size_t n = (size_t)(end - begin);
	if (n > LIMIT_JSON_STRING)
		return lex_fail(l, ERR_LIMIT, "a string is too long: more than %llu bytes",
				(unsigned long long)LIMIT_JSON_STRING);
	if (end < l->end && *end == '"') {
		l->at = end + 1;
		*ret = bytes_of(begin, n);
		return true;
	}
	l->text.n = 0;
	return decode(l, ret);
}

/* Only the grammar of an escape matters when its value is not wanted. */
static bool skip_escape(struct json_lex *l)
{
	l->at++;
	int c = lex_byte(l);
	uint32_t v;
	if (c < 0)
		return truncated(l, "an escape");
	if (c == 0 || strchr("\"\\/bfnrtu", c) == NULL)
		return lex_fail(l, ERR_MALFORMED, "no such escape in a string");
	l->at++;
	return c != 'u' || hex4(l, &v);
}

bool lex_skip_string(struct json_lex *l)
{
	l->at++;
	for (;;) {
		l->at = plain_end(l->at, l->end, false);
		int c = lex_byte(l);
		if (c < 0)
			return truncated(l, "a string");
		if (c == '"') {
			l->at++;
			return true;
		}
		if (c == '\\' && !skip_escape(l))
			return false;
		if (c < 0x20)
			return lex_fail(l, ERR_MALFORMED, "a control character in a string");
	}
}

/* --- numbers and names ------------------------------------------------------ */

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_number_byte(uint8_t c)
{
	return is_digit(c) || c == '-' || c == '+' || c == '.' || (c | 0x20) == 'e';
}

static size_t digits(struct bytes b, size_t at)
{
	size_t n = 0;
	while (at + n < b.n && is_digit(b.p[at + n]))
		n++;
	return n;
}

/* number = [ "-" ] int [ frac ] [ exp ] (RFC 8259 section 6) */
static bool is_number(struct bytes b)
{
	size_t at = b.n > 0 && b.p[0] == '-' ? 1 : 0;
	size_t n = digits(b, at);
	if (n == 0 || (n > 1 && b.p[at] == '0'))
		return false;
	at += n;
	if (at < b.n && b.p[at] == '.') {
		n = digits(b, at + 1);
		if (n == 0)
			return false;
		at += n + 1;
	}
	if (at < b.n && (b.p[at] | 0x20) == 'e') {
		at++;
		if (at < b.n && (b.p[at] == '+' || b.p[at] == '-'))
			at++;
		n = digits(b, at);
		if (n == 0)
			return false;
		at += n;
	}
	return at == b.n;
}

/* The longest run of bytes that can be in a number. */
static bool number_bytes(struct json_lex *l, struct bytes *ret)
{
	l->text.n = 0;
	for (;;) {
		const uint8_t *begin = l->at;
		while (l->at < l->end && is_number_byte(*l->at))
			l->at++;
		size_t n = (size_t)(l->at - begin);
		bool whole = l->at < l->end || l->read == NULL;
		if (whole && l->text.n == 0) {
			*ret = bytes_of(begin, n);
			return true;
		}
		if (!keep(l, begin, n))
			return false;
		if (whole || lex_byte(l) < 0) {
			*ret = buf_view(&l->text);
			return !l->failed;
		}
	}
}

bool lex_number(struct json_lex *l, struct bytes *ret_literal)
{
	struct bytes b;
	if (!number_bytes(l, &b))
		return false;
	if (!is_number(b))
		return lex_fail(l, ERR_MALFORMED, "not a number");
	*ret_literal = b;
	return true;
}

bool lex_name(struct json_lex *l, struct bytes name)
{
	for (size_t i = 0; i < name.n; i++) {
		int c = lex_byte(l);
		if (c < 0)
			return truncated(l, "a name");
		if (c != name.p[i])
			return lex_fail(l, ERR_MALFORMED, "not a value");
		l->at++;
	}
	return true;
}
