#include <stdlib.h>

#include "baseline/internal.h"

static void index_lines(struct settings *s)
{
	size_t n = 1;
	for (size_t i = 0; i < s->text.n; i++)
		n += s->text.p[i] == '\n';
	s->starts = arena_array(&s->arena, n + 1, sizeof *s->starts);
	if (s->starts == NULL) {
		s->cut = true;
		return;
	}
	for (size_t i = 0; i < s->text.n; i++)
		if (i == 0 || s->text.p[i - 1] == '\n')
			s->starts[s->lines++] = (uint32_t)i;
	s->starts[s->lines] = (uint32_t)s->text.n;
}

void settings_init(struct settings *s, struct bytes text)
{
	*s = (struct settings){ .arena = arena_max(SETTINGS_MEMORY), .text = text };
	index_lines(s);
}

struct bytes settings_line(const struct settings *s, uint32_t number)
{
	if (number == 0 || number > s->lines)
		return bytes_of(NULL, 0);
	return bytes_sub(s->text, s->starts[number - 1], s->starts[number]);
}

struct bytes settings_value_at(const struct settings *s, uint32_t line, struct bytes key,
			       struct bytes value)
{
	struct bytes text = settings_line(s, line);
	ptrdiff_t at = bytes_find(text, key);
	if (at >= 0)
		text = bytes_sub(text, (size_t)at + key.n, text.n);
	if (value.n > 0) {
		at = bytes_find(text, value);
		return at < 0 ? bytes_of(NULL, 0)
			      : bytes_sub(text, (size_t)at, (size_t)at + value.n);
	}
	at = bytes_find(text, BYTES_LIT("\"\""));
	if (at < 0)
		at = bytes_find(text, BYTES_LIT("''"));
	return at < 0 ? bytes_of(NULL, 0) : bytes_sub(text, (size_t)at + 1, (size_t)at + 1);
}

void settings_free(struct settings *s)
{
	free(s->list);
	arena_free(&s->arena);
}

bool settings_add(struct settings *s, const struct setting *one)
{
	if (s->n == SETTINGS_MAX) {
		s->cut = true;
		return false;
	}
	if (s->n == s->cap) {
		size_t more = s->cap == 0 ? 128 : s->cap * 2;
		struct setting *list = reallocarray(s->list, more, sizeof *list);
		if (list == NULL) {
			s->cut = true;
			return false;
		}
		s->list = list;
		s->cap = more;
	}
	s->list[s->n++] = *one;
	return true;
}

struct bytes settings_join(struct settings *s, struct bytes a, struct bytes b, const char *between)
{
	struct bytes gap = bytes_str(between);
	if (a.n == 0)
		return b;
	uint8_t *p = arena_alloc(&s->arena, a.n + gap.n + b.n + 1);
	if (p == NULL) {
		s->cut = true;
		return b;
	}
	memcpy(p, a.p, a.n);
	memcpy(p + a.n, gap.p, gap.n);
	if (b.n > 0)
		memcpy(p + a.n + gap.n, b.p, b.n);
	return bytes_of(p, a.n + gap.n + b.n);
}

struct bytes unquoted(struct bytes b)
{
	if (b.n >= 2 && (b.p[0] == '"' || b.p[0] == '\'') && b.p[b.n - 1] == b.p[0])
		return bytes_sub(b, 1, b.n - 1);
	return b;
}
