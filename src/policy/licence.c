/* Licence expressions (SPDX 2.3, annex D), and what distributions write instead:
 * "GPL-2+ and MIT". Operators of lower precedence first: OR, AND; WITH belongs to
 * the licence before it. */
#include "policy/internal.h"

enum { DEPTH = 64, WORD = 256 };

enum token { END, OPEN, CLOSE, AND, OR, LICENCE, TOO_LONG };

struct expression {
	const struct globs *globs;
	const char *at;
	char word[WORD];
	bool values[DEPTH];
	enum token operators[DEPTH];
	size_t value_count, operator_count;
	bool broken, any; /* any: some word was hit */
};

static bool is_word(const char *word, const char *upper, const char *lower)
{
	return strcmp(word, upper) == 0 || strcmp(word, lower) == 0;
}

static enum token next(struct expression *e)
{
	static const char between[] = " \t\r\n,;";
	e->at += strspn(e->at, between);
	if (*e->at == '\0')
		return END;
	if (*e->at == '(' || *e->at == ')')
		return *e->at++ == '(' ? OPEN : CLOSE;
	size_t n = strcspn(e->at, " \t\r\n,;()");
	const char *start = e->at;
	e->at += n;
	if (n >= sizeof e->word)
		return TOO_LONG;
	memcpy(e->word, start, n);
	e->word[n] = '\0';
	return is_word(e->word, "AND", "and") ? AND : is_word(e->word, "OR", "or") ? OR : LICENCE;
}

static void apply(struct expression *e)
{
	if (e->value_count < 2) {
		e->broken = true;
		return;
	}
	bool b = e->values[--e->value_count], *a = &e->values[e->value_count - 1];
	*a = e->operators[e->operator_count] == AND ? *a || b : *a && b;
}

static void unwind(struct expression *e, enum token until)
{
	while (!e->broken && e->operator_count > 0 && e->operators[e->operator_count - 1] != OPEN &&
	       (until != AND || e->operators[e->operator_count - 1] == AND)) {
		e->operator_count--;
		apply(e);
	}
}

static void push_value(struct expression *e, bool hit)
{
	e->any |= hit;
	if (e->value_count == DEPTH)
		e->broken = true;
	else
		e->values[e->value_count++] = hit;
}

static void push_operator(struct expression *e, enum token t)
{
	if (t != OPEN)
		unwind(e, t);
	if (e->operator_count == DEPTH)
		e->broken = true;
	else
		e->operators[e->operator_count++] = t;
}

static void close_group(struct expression *e)
{
	unwind(e, OR);
	if (e->operator_count == 0)
		e->broken = true;
	else
		e->operator_count--;
}

/* "WITH exception": the exception is not asked for, but passed over. */
static bool passes_with(struct expression *e)
{
	return is_word(e->word, "WITH", "with") && next(e) != END;
}

bool licence_hit(const struct globs *g, const char *expression)
{
	struct expression e = { .globs = g, .at = expression == NULL ? "" : expression };
	enum token t;
	if (e.at[0] == '\0')
		return globs_match(g, "none");
	while ((t = next(&e)) != END) {
		if (t == LICENCE && !passes_with(&e))
			push_value(&e, globs_match(g, e.word));
		else if (t == OPEN || t == AND || t == OR)
			push_operator(&e, t);
		else if (t == CLOSE)
			close_group(&e);
		e.broken |= t == TOO_LONG;
	}
	unwind(&e, OR);
	if (e.broken || e.value_count != 1 || e.operator_count != 0)
		return e.any || globs_match(g, expression);
	return e.values[0];
}
