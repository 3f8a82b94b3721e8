/* What a regular expression lets through, as far as a page can be believed by it. */
#include "webshell/machine.h"

bool pattern_plain(struct bytes p, struct bytes *ret)
{
	size_t n = p.n;
	while (n > 2 && (p.p[n - 1] == 'i' || p.p[n - 1] == 'u' || p.p[n - 1] == 's'))
		n--;
	if (n < 3 || p.p[0] != p.p[n - 1] || wlex_is_name(p.p[0]))
		return false;
	*ret = bytes_sub(p, 1, n - 1);
	for (size_t i = 0; i < ret->n; i++)
		if (!wlex_is_name(ret->p[i]))
			return false;
	return true;
}

bool pattern_keeps(const struct value *v)
{
	struct bytes p = v->text;
	if (v->kind != VALUE_STRING || p.n < 6 || p.p[1] != '[' || p.p[2] != '^')
		return false;
	const uint8_t *end = memchr(p.p + 3, ']', p.n - 3);
	if (end == NULL || p.p + p.n - end > 5)
		return false;
	size_t n = (size_t)(end - p.p) - 3;
	return memchr(p.p + 3, '.', n) == NULL && memchr(p.p + 3, '/', n) == NULL;
}

/* A . that stands for any character. */
static bool has_wildcard(struct bytes pattern)
{
	bool class = false;
	for (size_t i = 0; i < pattern.n; i++) {
		uint8_t c = pattern.p[i];
		if (c == '\\')
			i++;
		else if (c == '.' && !class)
			return true;
		else
			class = c == '[' || (class && c != ']');
	}
	return false;
}

bool pattern_whole(const struct value *v)
{
	return v->kind == VALUE_STRING && v->text.n > 5 && v->text.p[1] == '^' &&
	       memmem(v->text.p + v->text.n - 4, 4, "$", 1) != NULL &&
	       memchr(v->text.p, '[', v->text.n) != NULL && !has_wildcard(v->text) &&
	       memmem(v->text.p, v->text.n, "[^", 2) == NULL;
}
