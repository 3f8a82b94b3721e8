#include "baseline/internal.h"

static uint8_t folded(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

bool bytes_same(struct bytes a, struct bytes b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (folded(a.p[i]) != folded(b.p[i]))
			return false;
	return true;
}

/* A star remembers where it stands and how far it reaches; a mismatch lets the last one
 * reach further. What lies between two stars of a kind fits as well where it fitted
 * first, so going back further never helps. */
struct star {
	enum { STAR_NONE, STAR_NAME, STAR_ANY, STAR_FOLDERS } kind;
	size_t pattern, text;
};

static bool star_longer(struct star *s, struct bytes text, size_t *p, size_t *t)
{
	if (s->kind == STAR_NONE || s->text >= text.n)
		return false;
	if (s->kind == STAR_NAME && text.p[s->text] == '/')
		return false;
	if (s->kind == STAR_FOLDERS) {
		ptrdiff_t slash = bytes_index(bytes_sub(text, s->text, text.n), '/');
		if (slash < 0)
			return false;
		s->text += (size_t)slash;
	}
	*p = s->pattern;
	*t = ++s->text;
	return true;
}

/* The star at p, which is set behind it. Of paths "**" with a slash behind it is any
 * number of folders, also none. */
static struct star star_at(struct bytes pattern, size_t *p, size_t t, enum glob_kind kind)
{
	size_t from = *p;
	while (*p < pattern.n && pattern.p[*p] == '*')
		(*p)++;
	struct star s = { kind == GLOB_PATH && *p - from == 1 ? STAR_NAME : STAR_ANY, *p, t };
	bool begins = from == 0 || pattern.p[from - 1] == '/';
	if (kind == GLOB_PATH && s.kind == STAR_ANY && begins && *p < pattern.n &&
	    pattern.p[*p] == '/')
		s = (struct star){ STAR_FOLDERS, ++*p, t };
	return s;
}

static bool fits_one(uint8_t p, uint8_t t, enum glob_kind kind, bool fold)
{
	if (p == '?')
		return kind != GLOB_PATH || t != '/';
	return fold ? folded(p) == folded(t) : p == t;
}

static bool glob_one(struct bytes pattern, struct bytes text, enum glob_kind kind, bool fold)
{
	struct star within = { 0 }, across = { 0 };
	size_t p = 0, t = 0;
	for (;;) {
		if (p < pattern.n && pattern.p[p] == '*') {
			struct star s = star_at(pattern, &p, t, kind);
			within.kind = STAR_NONE;
			*(s.kind == STAR_NAME ? &within : &across) = s;
		} else if (t == text.n) {
			return p == pattern.n;
		} else if (p < pattern.n && fits_one(pattern.p[p], text.p[t], kind, fold)) {
			p++;
			t++;
		} else if (!star_longer(&within, text, &p, &t)) {
			within.kind = STAR_NONE;
			if (!star_longer(&across, text, &p, &t))
				return false;
		}
	}
}

bool base_glob(struct bytes pattern, struct bytes text, enum glob_kind kind, bool fold)
{
	struct bytes one;
	if (pattern.n == 0)
		return text.n == 0;
	while (bytes_next_field(&pattern, '|', &one))
		if (glob_one(one, text, kind, fold))
			return true;
	return false;
}
