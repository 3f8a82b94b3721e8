/* A program of another language with its strings put together: "cu" + "rl" is "curl",
 * escapes are characters, lines that are comments are gone. */
#include "script/internal.h"

enum { JOIN_FAR = 96, ESCAPE_MOST = 12 };

struct reader {
	struct text *t;
	struct bytes in;
	enum script_kind kind;
	size_t at;
	uint8_t quote; /* 0, ', " or ` */
};

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Digits of a base at p, at most `most`: their number. */
static size_t digits(struct bytes in, size_t at, size_t most, int base, unsigned *ret)
{
	size_t n = 0;
	unsigned v = 0;
	for (; n < most && at + n < in.n; n++) {
		int d = hex_digit(in.p[at + n]);
		if (d < 0 || d >= base)
			break;
		v = v * (unsigned)base + (unsigned)d;
	}
	*ret = v;
	return n;
}

size_t script_escape(struct bytes in, size_t at, uint8_t *ret)
{
	unsigned v = 0;
	size_t n = 0, head = 2;
	if (in.n - at < 3 || in.p[at] != '\\')
		return 0;
	uint8_t c = in.p[at + 1];
	if (c == 'x') {
		n = digits(in, at + 2, 2, 16, &v);
	} else if (c == 'u' && in.p[at + 2] == '{') {
		n = digits(in, at + 3, 4, 16, &v);
		head = 3;
		if (n == 0 || at + head + n >= in.n || in.p[at + head + n] != '}')
			return 0;
		n++;
	} else if (c == 'u') {
		n = digits(in, at + 2, 4, 16, &v);
		if (n != 4)
			return 0;
	} else if (c >= '0' && c <= '3') {
		head = 1;
		n = digits(in, at + 1, c == '0' ? 4 : 3, 8, &v);
		if (n < 3)
			return 0;
	}
	if (n == 0 || v > 0x7e || (v < ' ' && v != '\n' && v != '\t'))
		return 0;
	*ret = v < ' ' ? ' ' : (uint8_t)v;
	return head + n;
}

static bool is_quote(uint8_t c)
{
	return c == '"' || c == '\'' || c == '`';
}

static void line_ends(struct reader *r)
{
	r->at++;
	r->t->number++;
	text_newline(r->t);
}

/* What joins two strings: + . .. & and, in Python, nothing. Behind it the next quote. */
static bool next_string(const struct reader *r, size_t *ret)
{
	size_t at = r->at + 1, end = r->in.n - at > JOIN_FAR ? at + JOIN_FAR : r->in.n;
	unsigned operators = 0;
	for (; at < end; at++) {
		uint8_t c = r->in.p[at];
		if (c == '+' || c == '.' || c == '&') {
			operators++;
			continue;
		}
		if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\\')
			break;
	}
	if (at < end && (r->in.p[at] == 'b' || r->in.p[at] == 'r') && r->kind == KIND_PYTHON)
		at++;
	if (at >= end || !is_quote(r->in.p[at]) || operators > 2)
		return false;
	if (operators == 0 && r->kind != KIND_PYTHON)
		return false;
	*ret = at;
	return true;
}

static void string_ends(struct reader *r)
{
	size_t next;
	if (!next_string(r, &next)) {
		text_put(r->t, r->quote);
		r->quote = 0;
		r->at++;
		return;
	}
	for (size_t i = r->at; i < next; i++)
		r->t->number += r->in.p[i] == '\n';
	r->quote = r->in.p[next];
	r->at = next + 1;
}

/* Characters that mean nothing, in a string or outside: most. */
static bool is_ordinary(uint8_t c)
{
	static const uint64_t special[4] = {
		/* \t \n \r blank " # ' * - / */
		UINT64_C(0x2600) | UINT64_C(0xa48d) << 32,
		/* \\ ` */
		UINT64_C(1) << ('\\' - 64) | UINT64_C(1) << ('`' - 64),
	};
	return (special[c / 64] >> c % 64 & 1) == 0;
}

static bool copy_ordinary(struct reader *r)
{
	size_t end = r->at;
	while (end < r->in.n && is_ordinary(r->in.p[end]))
		end++;
	if (end == r->at)
		return false;
	text_put_all(r->t, bytes_sub(r->in, r->at, end));
	r->at = end;
	return true;
}

static void in_string(struct reader *r)
{
	uint8_t c = r->in.p[r->at], escaped;
	size_t n;
	if (copy_ordinary(r))
		return;
	if (c == r->quote) {
		string_ends(r);
	} else if (c == '\n') {
		if (r->quote != '`')
			r->quote = 0; /* it was none, or has more lines than matter */
		line_ends(r);
	} else if (c == '\\' && (n = script_escape(r->in, r->at, &escaped)) > 0) {
		text_put(r->t, escaped);
		r->at += n;
	} else if (c == '\\' && r->at + 1 < r->in.n && r->in.p[r->at + 1] == '\n') {
		r->t->number++;
		r->at += 2;
	} else if (c == '\\' && r->at + 1 < r->in.n) {
		text_put(r->t, c);
		text_put(r->t, r->in.p[r->at + 1]);
		r->at += 2;
	} else {
		text_put(r->t, c);
		r->at++;
	}
}

bool script_is_comment(struct bytes line, enum script_kind kind)
{
	if (line.n == 0)
		return false;
	switch (kind) {
	case KIND_PYTHON:
	case KIND_PERL:
	case KIND_RUBY:
	case KIND_AWK:
	case KIND_POWERSHELL:
	case KIND_CONFIG:
		return line.p[0] == '#';
	case KIND_PHP:
		return line.p[0] == '#' || bytes_starts_with(line, BYTES_LIT("//")) ||
		       bytes_starts_with(line, BYTES_LIT("* "));
	case KIND_JAVASCRIPT:
		return bytes_starts_with(line, BYTES_LIT("//")) ||
		       bytes_starts_with(line, BYTES_LIT("* "));
	case KIND_LUA:
		return bytes_starts_with(line, BYTES_LIT("--"));
	default:
		return false;
	}
}

static void skip_line(struct reader *r)
{
	const uint8_t *end = memchr(r->in.p + r->at, '\n', r->in.n - r->at);
	r->at = end == NULL ? r->in.n : (size_t)(end - r->in.p);
}

static void step(struct reader *r)
{
	uint8_t c = r->in.p[r->at], last = text_last(r->t);
	if (copy_ordinary(r))
		return;
	if (c == '\n') {
		line_ends(r);
	} else if (c == ' ' || c == '\t' || c == '\r') {
		if (last != ' ' && last != '\n')
			text_put(r->t, ' ');
		r->at++;
	} else if (last == '\n' && script_is_comment(bytes_sub(r->in, r->at, r->in.n), r->kind)) {
		skip_line(r);
	} else if (c == '`' && r->kind == KIND_POWERSHELL) {
		r->at++; /* PowerShell's escape: "I`EX" */
	} else {
		if (is_quote(c) && r->kind != KIND_CONFIG)
			r->quote = c;
		text_put(r->t, c);
		r->at++;
	}
}

void script_code(struct text *t, struct bytes in, enum script_kind kind)
{
	struct reader r = { .t = t, .in = in, .kind = kind };
	while (r.at < in.n) {
		if (r.quote != 0)
			in_string(&r);
		else
			step(&r);
	}
	text_end(t);
}
