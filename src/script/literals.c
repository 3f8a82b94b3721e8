/* Literals that everything has which an expression matches: read from the expression
 * itself, so that a rule need not say them. Only what is plain is read; the rest counts
 * as anything. */
#include "script/internal.h"

enum { DEPTH_MOST = 24, LITERAL_MOST = 24, FEW = 8 };

struct reader {
	struct bytes in;
	size_t at;
	unsigned depth;
	struct arena *arena;
};

/* The best literals of a sequence so far, and the run of characters that is being read. */
struct sequence {
	struct literals best;
	uint8_t run[LITERAL_MOST];
	size_t run_n;
};

static size_t shortest(const struct literals *l)
{
	size_t n = l->n == 0 ? 0 : SIZE_MAX;
	for (size_t i = 0; i < l->n; i++)
		if (l->list[i].n < n)
			n = l->list[i].n;
	return n;
}

/* Longer ones are rarer; past a few characters, fewer of them are better. */
static bool is_better(const struct literals *x, const struct literals *than)
{
	size_t a = shortest(x), b = shortest(than);
	if (a < LITERAL_LEAST)
		return false;
	if (a >= FEW && b >= FEW && x->n != than->n)
		return x->n < than->n;
	return a > b;
}

static void run_ends(struct reader *r, struct sequence *s)
{
	struct literals l = { .n = 1 };
	if (s->run_n >= LITERAL_LEAST) {
		uint8_t *copy = arena_alloc(r->arena, s->run_n);
		if (copy != NULL) {
			memcpy(copy, s->run, s->run_n);
			l.list[0] = bytes_of(copy, s->run_n);
			if (is_better(&l, &s->best))
				s->best = l;
		}
	}
	s->run_n = 0;
}

static uint8_t peek(const struct reader *r, size_t ahead)
{
	return ahead < r->in.n - r->at ? r->in.p[r->at + ahead] : 0;
}

/* At a quantifier, which is skipped: the least count; *ret_most is 2 for more than one. */
static unsigned quantifier(struct reader *r, unsigned *ret_most)
{
	unsigned least = 1;
	*ret_most = 1;
	uint8_t c = peek(r, 0);
	if (c == '*' || c == '?') {
		least = 0;
		*ret_most = 2;
		r->at++;
	} else if (c == '+') {
		*ret_most = 2;
		r->at++;
	} else if (c == '{' && ((peek(r, 1) >= '0' && peek(r, 1) <= '9') || peek(r, 1) == ',')) {
		least = peek(r, 1) == '0' || peek(r, 1) == ',' ? 0 : 1;
		*ret_most = 2;
		while (r->at < r->in.n && r->in.p[r->at] != '}')
			r->at++;
		r->at++;
	} else {
		return 1;
	}
	if (peek(r, 0) == '?' || peek(r, 0) == '+')
		r->at++;
	return least;
}

static void skip_class(struct reader *r)
{
	r->at++;
	r->at += peek(r, 0) == '^';
	r->at += peek(r, 0) == ']';
	while (r->at < r->in.n && r->in.p[r->at] != ']') {
		if (r->in.p[r->at] == '\\')
			r->at++;
		else if (r->in.p[r->at] == '[' && peek(r, 1) == ':')
			while (r->at + 1 < r->in.n && r->in.p[r->at + 1] != ']')
				r->at++;
		r->at++;
	}
	r->at++;
}

static bool choices(struct reader *r, struct literals *ret);

/* At '('. *ret_zero: it matches nothing itself (looks around, options). */
static bool read_group(struct reader *r, struct literals *ret, bool *ret_zero)
{
	*ret_zero = false;
	r->at++;
	if (peek(r, 0) == '?') {
		uint8_t c = peek(r, 1), d = peek(r, 2);
		*ret_zero = c == '=' || c == '!' || (c == '<' && (d == '=' || d == '!'));
		r->at++;
		if (c == '<' && !*ret_zero)
			while (r->at < r->in.n && r->in.p[r->at] != '>')
				r->at++;
		while (r->at < r->in.n && strchr(":=!>)", r->in.p[r->at]) == NULL)
			r->at++;
		if (peek(r, 0) == ')') { /* "(?i)" */
			*ret_zero = true;
			r->at++;
			return false;
		}
		r->at++;
	}
	bool known = choices(r, ret);
	r->at++; /* ')' */
	return known;
}

static void group_ends(struct reader *r, struct sequence *s)
{
	struct literals l = { 0 };
	bool zero, known = read_group(r, &l, &zero);
	unsigned most;
	if (zero)
		return;
	run_ends(r, s);
	if (quantifier(r, &most) > 0 && known && is_better(&l, &s->best))
		s->best = l;
}

/* One character, known or not. */
static void put_character(struct reader *r, struct sequence *s, uint8_t c, bool known)
{
	unsigned most, least;
	if (!known)
		run_ends(r, s);
	least = quantifier(r, &most);
	if (!known)
		return;
	if (s->run_n == LITERAL_MOST)
		run_ends(r, s);
	if (least > 0)
		s->run[s->run_n++] = c;
	if (most > 1)
		run_ends(r, s);
}

static void read_escape(struct reader *r, struct sequence *s)
{
	uint8_t c = peek(r, 1);
	r->at += 2;
	if (c == 'b' || c == 'B' || c == 'A' || c == 'z' || c == 'Z' || c == 'K')
		return;
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
	put_character(r, s, c, !letter);
}

static void read_one(struct reader *r, struct sequence *s)
{
	uint8_t c = r->in.p[r->at];
	if (c == '(') {
		group_ends(r, s);
	} else if (c == '[') {
		skip_class(r);
		put_character(r, s, 0, false);
	} else if (c == '\\') {
		read_escape(r, s);
	} else if (c == '^' || c == '$') {
		r->at++;
	} else {
		r->at++;
		put_character(r, s, c, c != '.');
	}
}

/* Alternatives up to ')' or the end. Nested as deep as the rule's author nests them. */
static bool choices(struct reader *r, struct literals *ret)
{
	struct literals all = { 0 };
	bool known = true;
	if (++r->depth > DEPTH_MOST) {
		r->at = r->in.n;
		return false;
	}
	for (;;) {
		struct sequence s = { 0 };
		while (r->at < r->in.n && r->in.p[r->at] != '|' && r->in.p[r->at] != ')')
			read_one(r, &s);
		run_ends(r, &s);
		known &= s.best.n > 0 && all.n + s.best.n <= LITERALS_MOST;
		for (size_t i = 0; known && i < s.best.n; i++)
			all.list[all.n++] = s.best.list[i];
		if (peek(r, 0) != '|')
			break;
		r->at++;
	}
	r->depth--;
	if (known)
		*ret = all;
	return known && all.n > 0;
}

bool script_literals(struct bytes expression, struct arena *a, struct literals *ret)
{
	struct reader r = { .in = expression, .arena = a };
	return choices(&r, ret) && r.at >= expression.n;
}
