#include "format/json.h"

#include <math.h>
#include <stdlib.h>

/* A FILE here belongs to one thread; its lock would cost half of the time. */
static void put(struct json_writer *w, struct bytes b)
{
	if (b.n > 0)
		(void)fwrite_unlocked(b.p, 1, b.n, w->out);
}

static void put_byte(struct json_writer *w, char c)
{
	(void)putc_unlocked(c, w->out);
}

static void new_line(struct json_writer *w)
{
	if (!w->pretty)
		return;
	put_byte(w, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		put(w, BYTES_LIT("  "));
}

/* What belongs before a value or a key. */
static void separate(struct json_writer *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (!w->first)
		put_byte(w, ',');
	if (w->depth > 0)
		new_line(w);
	w->first = false;
}

void json_write_init(struct json_writer *w, FILE *out, bool pretty)
{
	*w = (struct json_writer){ .out = out, .pretty = pretty, .first = true };
}

static void begin(struct json_writer *w, char c)
{
	separate(w);
	put_byte(w, c);
	w->depth++;
	w->first = true;
}

static void end(struct json_writer *w, char c)
{
	w->depth--;
	if (!w->first)
		new_line(w);
	put_byte(w, c);
	w->first = false;
}

void json_object_begin(struct json_writer *w)
{
	begin(w, '{');
}

void json_object_end(struct json_writer *w)
{
	end(w, '}');
}

void json_array_begin(struct json_writer *w)
{
	begin(w, '[');
}

void json_array_end(struct json_writer *w)
{
	end(w, ']');
}

/* Length of the run that needs no escape. */
static size_t plain_run(struct bytes b)
{
	size_t n = 0;
	while (n < b.n && b.p[n] >= 0x20 && b.p[n] < 0x7f && b.p[n] != '"' && b.p[n] != '\\')
		n++;
	return n;
}

static void put_escaped(struct json_writer *w, uint32_t point)
{
	char text[8];
	(void)snprintf(text, sizeof text, "\\u%04x", (unsigned)point & 0xffff);
	put(w, bytes_str(text));
}

static void put_control(struct json_writer *w, uint8_t c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *hit = c == 0 ? NULL : strchr(from, c);
	if (hit == NULL) {
		put_escaped(w, c);
		return;
	}
	put_byte(w, '\\');
	put_byte(w, to[hit - from]);
}

static void put_string(struct json_writer *w, struct bytes b)
{
	put_byte(w, '"');
	while (b.n > 0) {
		size_t n = plain_run(b);
		put(w, bytes_sub(b, 0, n));
		b = bytes_sub(b, n, b.n);
		if (b.n == 0)
			break;
		uint32_t point;
		n = utf8_length(b, &point);
		if (n == 0)
			put(w, BYTES_LIT("\xef\xbf\xbd"));
		else if (n == 1)
			put_control(w, b.p[0]);
		else if (text_point_harmful(point) && point <= 0xffff)
			put_escaped(w, point);
		else
			put(w, bytes_sub(b, 0, n));
		b = bytes_sub(b, n == 0 ? 1 : n, b.n);
	}
	put_byte(w, '"');
}

void json_key(struct json_writer *w, const char *key)
{
	separate(w);
	put_string(w, bytes_str(key));
	put_byte(w, ':');
	if (w->pretty)
		put_byte(w, ' ');
	w->after_key = true;
}

void json_string_bytes(struct json_writer *w, struct bytes b)
{
	separate(w);
	put_string(w, b);
}

void json_string(struct json_writer *w, const char *s)
{
	if (s == NULL)
		json_null(w);
	else
		json_string_bytes(w, bytes_str(s));
}

static void put_value(struct json_writer *w, const char *text)
{
	separate(w);
	put(w, bytes_str(text));
}

void json_i64(struct json_writer *w, int64_t v)
{
	char text[24];
	(void)snprintf(text, sizeof text, "%lld", (long long)v);
	put_value(w, text);
}

void json_u64(struct json_writer *w, uint64_t v)
{
	char text[24];
	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)v);
	put_value(w, text);
}

void json_double(struct json_writer *w, double v, int digits)
{
	char text[64] = "null";
	if (digits > 17)
		digits = 17; /* more says nothing about a double */
	for (int n = 1; isfinite(v) && n <= digits; n++) {
		(void)snprintf(text, sizeof text, "%.*g", n, v);
		if (strtod(text, NULL) == v)
			break;
	}
	put_value(w, text);
}

void json_bool(struct json_writer *w, bool v)
{
	put_value(w, v ? "true" : "false");
}

void json_null(struct json_writer *w)
{
	put_value(w, "null");
}

void json_member_string(struct json_writer *w, const char *key, const char *s)
{
	json_key(w, key);
	json_string(w, s);
}

void json_member_u64(struct json_writer *w, const char *key, uint64_t v)
{
	json_key(w, key);
	json_u64(w, v);
}

void json_member_bool(struct json_writer *w, const char *key, bool v)
{
	json_key(w, key);
	json_bool(w, v);
}
