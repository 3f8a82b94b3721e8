#include "rule/rule.h"

/* A star remembers where it stands and how far it reaches; a mismatch lets the
 * last one take one character more. What lies between two stars of a kind
 * matches as well where it matched first, so going back further never helps:
 * the work is bounded by pattern times text. */
struct star {
	const char *pattern, *text; /* pattern NULL: none */
};

static bool star_longer(struct star *s, bool stop_at_slash, const char **pattern, const char **text)
{
	if (s->pattern == NULL || *s->text == '\0' || (stop_at_slash && *s->text == '/'))
		return false;
	*pattern = s->pattern;
	*text = ++s->text;
	return true;
}

bool rule_glob(const char *pattern, const char *text, bool path)
{
	struct star within = { 0 }, across = { 0 }; /* "*" of a path; any other star */
	for (;;) {
		if (*pattern == '*') {
			size_t run = strspn(pattern, "*");
			struct star here = { pattern + run, text };
			pattern += run;
			within.pattern = NULL;
			*(path && run == 1 ? &within : &across) = here;
		} else if (*text == '\0') {
			return *pattern == '\0';
		} else if (*pattern == *text || (*pattern == '?' && !(path && *text == '/'))) {
			pattern++;
			text++;
		} else if (!star_longer(&within, true, &pattern, &text)) {
			within.pattern = NULL;
			if (!star_longer(&across, false, &pattern, &text))
				return false;
		}
	}
}
