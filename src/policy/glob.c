#include "policy/internal.h"

/* A star remembers where it stands and how far it reaches; a mismatch lets the
 * last one take one character more. Going back further never helps: what stands
 * between two stars of a kind matches as well where it matched first. */
struct star {
	const char *pattern, *text; /* pattern NULL: none */
};

static bool star_extend(struct star *s, bool across, const char **pattern, const char **text)
{
	if (s->pattern == NULL || *s->text == '\0' || (!across && *s->text == '/'))
		return false;
	*pattern = s->pattern;
	*text = ++s->text;
	return true;
}

bool policy_glob(const char *pattern, const char *text)
{
	struct star one = { 0 }, two = { 0 };
	for (;;) {
		if (pattern[0] == '*' && pattern[1] == '*') {
			pattern += strspn(pattern, "*");
			two = (struct star){ pattern, text };
			one.pattern = NULL;
		} else if (pattern[0] == '*') {
			one = (struct star){ ++pattern, text };
		} else if (*pattern == '\0' && *text == '\0') {
			return true;
		} else if (*text != '\0' &&
			   (*pattern == *text || (*pattern == '?' && *text != '/'))) {
			pattern++;
			text++;
		} else if (!star_extend(&one, false, &pattern, &text)) {
			one.pattern = NULL;
			if (!star_extend(&two, true, &pattern, &text))
				return false;
		}
	}
}

bool globs_match(const struct globs *g, const char *text)
{
	for (size_t i = 0; text != NULL && i < g->count; i++)
		if (policy_glob(g->list[i], text))
			return true;
	return false;
}
