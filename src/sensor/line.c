#include "sensor/line.h"

#include <stdio.h>
#include <time.h>

static void put(struct line *l, const void *p, size_t n)
{
	struct buf *out = l->out;
	if (n <= out->cap - out->n && !l->failed) {
		if (n > 0)
			memcpy(out->p + out->n, p, n);
		out->n += n;
	} else if (!l->failed && buf_append(out, p, n, l->err) < 0) {
		l->failed = true;
	}
}

static void put_text(struct line *l, const char *text)
{
	put(l, text, strlen(text));
}

/* A comma, unless this is the first of its object or list; and the key. */
static void begin(struct line *l, const char *key)
{
	if (l->out->n > 0 && strchr("{[", l->out->p[l->out->n - 1]) == NULL)
		put(l, ",", 1);
	if (key == NULL)
		return;
	put(l, "\"", 1);
	put_text(l, key);
	put(l, "\":", 2);
}

void line_object(struct line *l, const char *key)
{
	begin(l, key);
	put(l, "{", 1);
}

void line_list(struct line *l, const char *key)
{
	begin(l, key);
	put(l, "[", 1);
}

void line_end_object(struct line *l)
{
	put(l, "}", 1);
}

void line_end_list(struct line *l)
{
	put(l, "]", 1);
}

static size_t plain_run(struct bytes b)
{
	size_t n = 0;
	while (n < b.n && b.p[n] >= 0x20 && b.p[n] < 0x7f && b.p[n] != '"' && b.p[n] != '\\')
		n++;
	return n;
}

static void put_escaped(struct line *l, uint32_t point)
{
	char text[8];
	(void)snprintf(text, sizeof text, "\\u%04x", (unsigned)point & 0xffff);
	put_text(l, text);
}

/* What readers of JSON, or of YAML, stumble over: the noncharacters, too. Beyond
 * U+FFFF an escape takes two halves, which YAML does not know: it stays as it is. */
static bool wants_escape(uint32_t point)
{
	return point <= 0xffff && (text_point_harmful(point) || point >= 0xfffe);
}

/* One character that is not plain; returns its bytes. */
static size_t put_special(struct line *l, struct bytes b)
{
	uint32_t point = 0;
	size_t n = utf8_length(b, &point);
	if (n == 0)
		put(l, "\xef\xbf\xbd", 3);
	else if (point == '"' || point == '\\')
		put(l, point == '"' ? "\\\"" : "\\\\", 2);
	else if (point == '\n' || point == '\t')
		put(l, point == '\n' ? "\\n" : "\\t", 2);
	else if (wants_escape(point))
		put_escaped(l, point);
	else
		put(l, b.p, n);
	return n == 0 ? 1 : n;
}

void line_bytes(struct line *l, const char *key, struct bytes b)
{
	begin(l, key);
	put(l, "\"", 1);
	while (b.n > 0) {
		size_t n = plain_run(b);
		put(l, b.p, n);
		b = bytes_sub(b, n, b.n);
		if (b.n > 0)
			b = bytes_sub(b, put_special(l, b), b.n);
	}
	put(l, "\"", 1);
}

void line_text(struct line *l, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		line_bytes(l, key, bytes_str(text));
}

/* Decimal digits of v up to *end; returns where they begin. */
static char *digits(char *end, uint64_t v)
{
	do {
		*--end = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	return end;
}

void line_u64(struct line *l, const char *key, uint64_t v)
{
	char text[24], *end = text + sizeof text, *p = digits(end, v);
	begin(l, key);
	put(l, p, (size_t)(end - p));
}

void line_u64_text(struct line *l, const char *key, uint64_t v)
{
	char text[24], *end = text + sizeof text - 1, *p = digits(end, v);
	*--p = *end = '"';
	begin(l, key);
	put(l, p, (size_t)(end - p) + 1);
}

void line_u64_pair(struct line *l, const char *key, uint64_t a, char between, uint64_t b)
{
	char text[48], *end = text + sizeof text - 1, *p = digits(end, b);
	*--p = between;
	p = digits(p, a);
	*--p = *end = '"';
	begin(l, key);
	put(l, p, (size_t)(end - p) + 1);
}

void line_bool(struct line *l, const char *key, bool v)
{
	begin(l, key);
	put_text(l, v ? "true" : "false");
}

static void put_digits(char *at, unsigned digits, uint64_t v)
{
	while (digits-- > 0) {
		at[digits] = (char)('0' + v % 10);
		v /= 10;
	}
}

void line_time(struct line *l, const char *key, uint64_t ns)
{
	char text[] = "\"1970-01-01T00:00:00.000000000Z\"";
	struct tm tm;
	time_t seconds = (time_t)(ns / 1000000000u);
	if (gmtime_r(&seconds, &tm) != NULL) {
		put_digits(text + 1, 4, (unsigned)tm.tm_year + 1900);
		put_digits(text + 6, 2, (unsigned)tm.tm_mon + 1);
		put_digits(text + 9, 2, (unsigned)tm.tm_mday);
		put_digits(text + 12, 2, (unsigned)tm.tm_hour);
		put_digits(text + 15, 2, (unsigned)tm.tm_min);
		put_digits(text + 18, 2, (unsigned)tm.tm_sec);
		put_digits(text + 21, 9, ns % 1000000000u);
	}
	begin(l, key);
	put(l, text, sizeof text - 1);
}

void line_raw(struct line *l, const char *key, struct bytes json)
{
	begin(l, key);
	put(l, json.p, json.n);
}
