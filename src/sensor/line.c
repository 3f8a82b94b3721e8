#include "sensor/line.h"

#include <stdio.h>
#include <time.h>

static void put(struct line *l, const void *p, size_t n)
{
	if (!l->failed && buf_append(l->out, p, n, l->err) < 0)
		l->failed = true;
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

void line_u64(struct line *l, const char *key, uint64_t v)
{
	char text[24], *p = text + sizeof text;
	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	begin(l, key);
	put(l, p, (size_t)(text + sizeof text - p));
}

void line_bool(struct line *l, const char *key, bool v)
{
	begin(l, key);
	put_text(l, v ? "true" : "false");
}

void line_time(struct line *l, const char *key, uint64_t ns)
{
	char text[48];
	struct tm tm;
	time_t seconds = (time_t)(ns / 1000000000u);
	if (gmtime_r(&seconds, &tm) == NULL)
		tm = (struct tm){ .tm_year = 70, .tm_mday = 1 };
	int n = snprintf(text, sizeof text, "\"%04d-%02d-%02dT%02d:%02d:%02d.%09uZ\"",
			 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			 tm.tm_sec, (unsigned)(ns % 1000000000u));
	begin(l, key);
	put(l, text, n > 0 && (size_t)n < sizeof text ? (size_t)n : 0);
}

void line_raw(struct line *l, const char *key, struct bytes json)
{
	begin(l, key);
	put(l, json.p, json.n);
}
