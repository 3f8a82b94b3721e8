/* Pieces of text: lines, quotes, what lies before and behind a mark. */
#include "apps/internal.h"

bool app_next_line(struct app_lines *l, struct bytes *ret)
{
	struct bytes line;
	if (!bytes_next_field(&l->rest, '\n', &line))
		return false;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	l->number++;
	l->line = *ret = line;
	return true;
}

uint32_t app_key_line(struct app_lines *l, const struct node *member)
{
	struct bytes line;
	while (l->number < member->line && app_next_line(l, &line))
		;
	bool same = l->number == member->line && app_find(l->line, member->key) >= 0;
	return same || member->line == 0 ? member->line : member->line - 1;
}

size_t app_indent(struct bytes line)
{
	size_t n = 0;
	while (n < line.n && line.p[n] == ' ')
		n++;
	return n;
}

struct bytes app_unquote(struct bytes b)
{
	bool quoted = b.n >= 2 && (b.p[0] == '"' || b.p[0] == '\'') && b.p[b.n - 1] == b.p[0];
	return quoted ? bytes_sub(b, 1, b.n - 1) : b;
}

static void cut_at(struct bytes b, size_t at, struct bytes *ret_before, struct bytes *ret_behind)
{
	*ret_before = bytes_sub(b, 0, at);
	*ret_behind = bytes_sub(b, at + 1, b.n);
}

bool app_cut(struct bytes b, uint8_t c, struct bytes *ret_before, struct bytes *ret_behind)
{
	ptrdiff_t at = bytes_index(b, c);
	if (at < 0)
		return false;
	cut_at(b, (size_t)at, ret_before, ret_behind);
	return true;
}

bool app_cut_last(struct bytes b, uint8_t c, struct bytes *ret_before, struct bytes *ret_behind)
{
	const uint8_t *at = b.n == 0 ? NULL : memrchr(b.p, c, b.n);
	if (at == NULL)
		return false;
	cut_at(b, (size_t)(at - b.p), ret_before, ret_behind);
	return true;
}

ptrdiff_t app_find(struct bytes b, struct bytes needle)
{
	const uint8_t *at = b.n == 0 ? NULL : memmem(b.p, b.n, needle.p, needle.n);
	return at == NULL ? -1 : at - b.p;
}

struct bytes app_join(struct buf *scratch, struct bytes a, char mark, struct bytes b)
{
	size_t n;
	scratch->n = 0;
	if (checked_add(a.n + 1, b.n, &n) || buf_reserve(scratch, n, NULL) < 0)
		return bytes_of(NULL, 0);
	(void)buf_append(scratch, a.p, a.n, NULL);
	(void)buf_append(scratch, &mark, 1, NULL);
	(void)buf_append(scratch, b.p, b.n, NULL);
	return buf_view(scratch);
}
