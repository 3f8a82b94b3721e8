#include "format/toml_internal.h"

/* Control characters are not allowed anywhere but as tab and in line ends. */
static bool is_control(uint8_t c)
{
	return (c < 0x20 && c != '\t') || c == 0x7f;
}

static bool is_bare(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static int keep(struct toml *t, const void *p, size_t n)
{
	return buf_append(&t->scratch, p, n, t->err);
}

/* --- escapes ---------------------------------------------------------------------- */

static size_t utf8_encode(uint32_t point, uint8_t out[static 4])
{
	if (point < 0x80) {
		out[0] = (uint8_t)point;
		return 1;
	}
	size_t n = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, point >>= 6)
		out[i] = (uint8_t)(0x80 | (point & 0x3f));
	static const uint8_t lead[] = { 0xc0, 0xe0, 0xf0 };
	out[0] = (uint8_t)(lead[n - 2] | point);
	return n;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \uXXXX and \UXXXXXXXX: a Unicode scalar value, so no surrogate. */
static int unicode_escape(struct toml *t, size_t digits)
{
	uint32_t point = 0;
	uint8_t utf8[4];
	for (size_t i = 0; i < digits; i++) {
		int d = hex_digit(toml_peek(t, i));
		if (d < 0)
			return toml_error(t, "an escape needs more hexadecimal digits");
		point = point << 4 | (uint32_t)d;
	}
	if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return toml_error(t, "an escape of what is no Unicode scalar value");
	t->at += digits;
	return keep(t, utf8, utf8_encode(point, utf8));
}

/* Behind a backslash. */
static int escape(struct toml *t)
{
	static const char names[] = "btnfr\"\\", values[] = "\b\t\n\f\r\"\\";
	uint8_t c = toml_peek(t, 0);
	const char *name = c == 0 ? NULL : strchr(names, c);
	if (name != NULL) {
		t->at++;
		return keep(t, &values[name - names], 1);
	}
	if (c != 'u' && c != 'U')
		return toml_error(t, "an unknown escape");
	t->at++;
	return unicode_escape(t, c == 'u' ? 4 : 8);
}

/* A backslash that ends its line takes all white space up to the next text. */
static bool line_continuation(struct toml *t)
{
	size_t at = t->at;
	toml_blanks(t);
	if (!toml_newline(t)) {
		t->at = at;
		return false;
	}
	do
		toml_blanks(t);
	while (toml_newline(t));
	return true;
}

/* --- strings ------------------------------------------------------------------------ */

static int string_line(struct toml *t, uint8_t quote)
{
	for (;;) {
		uint8_t c = toml_peek(t, 0);
		if (is_control(c))
			return toml_error(t, t->at == t->text.n || c == '\n' || c == '\r'
						     ? "a string without its closing quote"
						     : "a control character in a string");
		t->at++;
		if (c == quote)
			return 0;
		if ((c == '\\' && quote == '"' ? escape(t) : keep(t, &c, 1)) < 0)
			return -1;
	}
}

static bool closes(const struct toml *t, uint8_t quote)
{
	return toml_peek(t, 0) == quote && toml_peek(t, 1) == quote && toml_peek(t, 2) == quote;
}

/* One or two quotes may stand directly before the three that close. */
static int string_close(struct toml *t, uint8_t quote)
{
	t->at += 3;
	for (int i = 0; i < 2 && toml_peek(t, 0) == quote; i++, t->at++)
		if (keep(t, &quote, 1) < 0)
			return -1;
	return 0;
}

static int string_lines(struct toml *t, uint8_t quote)
{
	(void)toml_newline(t); /* the first is not part of it */
	while (!closes(t, quote)) {
		uint8_t c = toml_peek(t, 0);
		if (toml_newline(t)) {
			if (keep(t, "\n", 1) < 0)
				return -1;
			continue;
		}
		if (is_control(c))
			return toml_error(t, t->at == t->text.n
						     ? "a string without its closing quotes"
						     : "a control character in a string");
		t->at++;
		if (c == '\\' && quote == '"') {
			if (!line_continuation(t) && escape(t) < 0)
				return -1;
		} else if (keep(t, &c, 1) < 0) {
			return -1;
		}
	}
	return string_close(t, quote);
}

int toml_string(struct toml *t, struct bytes *ret)
{
	uint8_t quote = toml_peek(t, 0);
	t->scratch.n = 0;
	int r;
	if (closes(t, quote)) {
		t->at += 3;
		r = string_lines(t, quote);
	} else {
		t->at++;
		r = string_line(t, quote);
	}
	if (r == 0)
		*ret = buf_view(&t->scratch);
	return r;
}

int toml_key_part(struct toml *t, struct bytes *ret)
{
	uint8_t c = toml_peek(t, 0);
	if (c == '"' || c == '\'') {
		t->scratch.n = 0;
		t->at++;
		if (string_line(t, c) < 0)
			return -1;
		*ret = buf_view(&t->scratch);
		return 0;
	}
	size_t from = t->at;
	while (is_bare(toml_peek(t, 0)))
		t->at++;
	if (t->at == from)
		return toml_error(t, "a key was expected");
	*ret = bytes_sub(t->text, from, t->at);
	return 0;
}
