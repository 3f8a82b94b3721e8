/* Logical lines in a buffer of fixed size. */
#include "script/internal.h"

int text_begin(struct text *t, size_t n, uint32_t number, struct error *err)
{
	/* Variables make a text longer; twice is enough for any that is written by people. */
	enum { MORE = 4096 };
	t->bytes.max = t->lines.max = SIZE_MAX / 2;
	t->bytes.n = t->lines.n = 0;
	t->number = number;
	t->full = false;
	t->most = 2 * n + MORE;
	struct line first = { .at = 0, .number = number };
	if (buf_reserve(&t->bytes, t->most, err) < 0)
		return -1;
	return buf_append(&t->lines, &first, sizeof first, err);
}

void text_free(struct text *t)
{
	buf_free(&t->bytes);
	buf_free(&t->lines);
}

void text_put_all(struct text *t, struct bytes b)
{
	size_t room = t->most - t->bytes.n;
	if (b.n > room) {
		b.n = room;
		t->full = true;
	}
	if (b.n > 0)
		memcpy(t->bytes.p + t->bytes.n, b.p, b.n);
	t->bytes.n += b.n;
}

void text_newline(struct text *t)
{
	text_put(t, '\n');
	struct line next = { .at = (uint32_t)t->bytes.n, .number = t->number };
	if (buf_append(&t->lines, &next, sizeof next, NULL) < 0)
		t->full = true;
}

void text_end(struct text *t)
{
	if (text_last(t) != '\n')
		text_newline(t);
	t->view = buf_view(&t->bytes);
}

int text_take(struct text *t, struct bytes in, uint32_t number, struct error *err)
{
	struct line line = { .at = 0, .number = number };
	const uint8_t *end;
	t->lines.max = SIZE_MAX / 2;
	t->lines.n = 0;
	t->view = in;
	t->full = false;
	if (buf_append(&t->lines, &line, sizeof line, err) < 0)
		return -1;
	for (size_t at = 0; at < in.n && (end = memchr(in.p + at, '\n', in.n - at)) != NULL;) {
		at = (size_t)(end - in.p) + 1;
		line.at = (uint32_t)at;
		line.number++;
		if (buf_append(&t->lines, &line, sizeof line, err) < 0)
			return -1;
	}
	return 0;
}

static const struct line *lines_of(const struct text *t, size_t *ret_n)
{
	*ret_n = t->lines.n / sizeof(struct line);
	return (const struct line *)(const void *)t->lines.p;
}

size_t text_line_of(const struct text *t, size_t at, size_t near)
{
	size_t n;
	const struct line *l = lines_of(t, &n);
	while (near > 0 && l[near].at > at)
		near--;
	while (near + 1 < n && l[near + 1].at <= at)
		near++;
	return near;
}

struct bytes text_line(const struct text *t, size_t i, uint32_t *ret_number)
{
	size_t n;
	const struct line *l = lines_of(t, &n);
	size_t end = i + 1 < n ? l[i + 1].at : t->view.n;
	*ret_number = l[i].number;
	return bytes_trim(bytes_sub(t->view, l[i].at, end));
}
