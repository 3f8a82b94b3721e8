/* Regular expressions: gitleaks' are in Go's syntax (RE2), which is nearly a part of
 * PCRE2's and of Vectorscan's. What differs is in doc/secrets.md. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "secret/internal.h"

int pattern_check(const char *pattern, struct error *err)
{
	int code = 0;
	PCRE2_SIZE at = 0;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
				       PCRE2_DOLLAR_ENDONLY, &code, &at, NULL);
	if (re == NULL) {
		PCRE2_UCHAR text[128] = { 0 };
		(void)pcre2_get_error_message(code, text, sizeof text);
		return error_set(err, ERR_MALFORMED, "%s, at character %zu of the expression",
				 (const char *)text, (size_t)at + 1);
	}
	pcre2_code_free(re);
	return 0;
}

/* --- what need not be searched for ------------------------------------------------------- */

/* A place where an expression begins that may be empty can be found without it: the
 * match only begins later, and PCRE2 looks for its begin again. "[\w.-]{0,50}?" at
 * the begin of an expression costs a search most of its speed. */

/* Length of the class, escape or character at p; 0: something else. */
static size_t atom_length(const char *p)
{
	if (*p == '\\')
		return p[1] != '\0' && strchr("wWdDsS.-_/\"'=: ", p[1]) != NULL ? 2 : 0;
	if (*p == '.')
		return 1;
	if (*p != '[')
		return 0;
	const char *q = p + 1;
	q += *q == '^';
	q += *q == ']';
	for (; *q != ']'; q++) {
		if (*q == '\\' && q[1] != '\0')
			q++;
		else if (*q == '[' && q[1] == ':')
			return 0; /* "[[:alpha:]]" is rare here */
		if (*q == '\0')
			return 0;
	}
	return (size_t)(q + 1 - p);
}

/* Length of a quantifier that allows nothing: "*", "?", "{0,9}", each lazy or not. */
static size_t nullable_length(const char *p)
{
	size_t n = 0;
	if (*p == '*' || *p == '?') {
		n = 1;
	} else if (p[0] == '{' && p[1] == '0' && p[2] == ',') {
		n = 3 + strspn(p + 3, "0123456789");
		if (p[n] != '}')
			return 0;
		n++;
	} else {
		return 0;
	}
	return n + (p[n] == '?' || p[n] == '+');
}

/* How often the quantifier at p allows what is before it. */
static uint32_t nullable_most(const char *p)
{
	if (*p == '?')
		return 1;
	if (*p == '{' && p[3] != '}')
		return (uint32_t)strtoul(p + 3, NULL, 10);
	return LEAD_ANY;
}

/* Length of "(?:…)" without groups in it; 0: something else. */
static size_t plain_group_length(const char *p)
{
	if (strncmp(p, "(?:", 3) != 0)
		return 0;
	const char *q = p + 3;
	while (*q != ')') {
		size_t n = atom_length(q);
		if (*q == '\0' || *q == '(' || (*q == '\\' && n == 0) || (*q == '[' && n == 0))
			return 0;
		q += n == 0 ? 1 : n;
	}
	return (size_t)(q + 1 - p);
}

/* Length of what may be left out at the begin; never all of it. Where lines begin is
 * left to PCRE2, too: Vectorscan 5.4.9 misses matches of "^", an optional group and a
 * repeat before a choice of words (test/oracle/secret.py found it). */
static size_t nullable_begin(const char *pattern, bool lines, uint32_t *ret_lead)
{
	const char *p = pattern + (lines && *pattern == '^'), *begin = p;
	*ret_lead = 0;
	for (;;) {
		size_t atom = atom_length(p), group = plain_group_length(p);
		size_t one = atom > 0 ? atom : group;
		size_t n = one == 0 ? 0 : one + nullable_length(p + one);
		if (n == one || p[n] == '\0' || p[n] == '|')
			return p == begin ? 0 : (size_t)(p - pattern);
		/* An atom is one byte; how long a group is, is not asked. */
		if (atom == 0 || checked_add(*ret_lead, nullable_most(p + one), ret_lead))
			*ret_lead = LEAD_ANY;
		p += n;
	}
}

/* Length of "(?im)" and the like. */
static size_t flags_length(const char *p)
{
	size_t n = strncmp(p, "(?", 2) == 0 ? 2 + strspn(p + 2, "ims") : 0;
	return n > 2 && p[n] == ')' ? n + 1 : 0;
}

/* A long bounded repeat makes a large automaton that takes long to build, and in some
 * of them Vectorscan 5.4.9 loses matches; without its bound it finds more places, and
 * PCRE2 sorts them out. Length of the quantifier at p when it is such a one, with the
 * least count that is searched for; else 0. */
static size_t long_repeat(const char *p, unsigned long *ret_least)
{
	enum { LEAST_MOST = 32, RANGE_MOST = 8, EXACT_MOST = 64 };
	if (*p != '{' || p[1] < '0' || p[1] > '9')
		return 0;
	char *end;
	unsigned long least = strtoul(p + 1, &end, 10), most = least;
	bool range = *end == ',';
	if (range)
		most = end[1] == '}' ? 0 : strtoul(end + 1, &end, 10);
	if (*end != '}' || most <= (range ? RANGE_MOST : EXACT_MOST))
		return 0;
	*ret_least = least < LEAST_MOST ? least : LEAST_MOST;
	return (size_t)(end + 1 - p);
}

/* One element of the expression is copied: an escape, a class, or one character. */
static size_t element_length(const char *p)
{
	if (*p == '\\')
		return p[1] == '\0' ? 1 : 2;
	size_t class = atom_length(p);
	return class == 0 ? 1 : class;
}

char *pattern_core(struct arena *arena, const char *pattern, uint32_t *ret_lead)
{
	size_t n = strlen(pattern), flags = flags_length(pattern), skip = 0;
	char *out = arena_alloc(arena, n + 1);
	*ret_lead = 0;
	if (out == NULL)
		return NULL;
	/* Braces that are quoted repeat nothing. (Vectorscan refuses \G and \K, with which
	 * a core would lie elsewhere.) */
	if (strstr(pattern, "\\Q") == NULL)
		skip = nullable_begin(pattern + flags, memchr(pattern, 'm', flags) != NULL,
				      ret_lead);
	memcpy(out, pattern, flags);
	memcpy(out + flags, pattern + flags + skip, n - flags - skip + 1);
	return out;
}

char *pattern_for_search(struct arena *arena, const char *core)
{
	enum { GROWTH = 4 }; /* "{99}" becomes "{32,}" */
	size_t n = strlen(core), at = 0;
	char *out = arena_alloc(arena, n + n / GROWTH + GROWTH);
	const char *p = core;
	if (out == NULL || strstr(p, "\\Q") != NULL)
		return out == NULL ? NULL : memcpy(out, p, n);
	while (*p != '\0') {
		unsigned long least;
		size_t skip = long_repeat(p, &least), copy = element_length(p);
		if (skip > 0) {
			at += (size_t)snprintf(out + at, 8, "{%lu,}", least);
			p += skip;
			continue;
		}
		memcpy(out + at, p, copy);
		at += copy;
		p += copy;
	}
	return out;
}
