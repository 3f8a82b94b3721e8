/* Products that no package manager installed. Their makers agree on no scheme;
 * what they have in common is ordered here:
 *
 *	[v]number{.number}...{word|number}...
 *
 * The numbers in front go by value, what is missing is zero. Behind them, from
 * left to right: a word of a pre-release is older than the end, "final" and its
 * like are the end, any other word is newer (1.1.1w, 9.3p1, 8u392), a number is
 * newer still (8.0.35-27, 17.0.9+9). A lone "a", "b" or "m" says pre-release only
 * in front of a digit: 3.12.0a1 and 9.0.0-M1, but not 1.1.1b. */
#include "vercmp/scheme.h"

enum rank {
	RANK_DEV,
	RANK_ALPHA,
	RANK_BETA,
	RANK_MILESTONE,
	RANK_PRE,
	RANK_RC,
	RANK_END,
	RANK_WORD,
	RANK_NUMBER
};

static const struct {
	const char *word;
	enum rank rank;
	bool needs_digit;
} words[] = {
	{ "dev", RANK_DEV, false },
	{ "snapshot", RANK_DEV, false },
	{ "nightly", RANK_DEV, false },
	{ "canary", RANK_DEV, false },
	{ "alpha", RANK_ALPHA, false },
	{ "a", RANK_ALPHA, true },
	{ "beta", RANK_BETA, false },
	{ "b", RANK_BETA, true },
	{ "milestone", RANK_MILESTONE, false },
	{ "m", RANK_MILESTONE, true },
	{ "pre", RANK_PRE, false },
	{ "preview", RANK_PRE, false },
	{ "prerelease", RANK_PRE, false },
	{ "ea", RANK_PRE, false },
	{ "rc", RANK_RC, false },
	{ "cr", RANK_RC, false },
	{ "final", RANK_END, false },
	{ "release", RANK_END, false },
	{ "ga", RANK_END, false },
	{ "stable", RANK_END, false },
	{ "lts", RANK_END, false },
};

struct generic {
	struct bytes numbers; /* between dots */
	struct bytes rest;
	bool old_jdk; /* rest begins with the update of 1.8.0_392, which is 8u392 */
	bool builds; /* a "b" is a build: 8u392-b08 */
};

struct part {
	enum rank rank;
	struct bytes text;
};

static bool digit_behind_dot(struct bytes b)
{
	return b.n > 1 && b.p[0] == '.' && is_digit(b.p[1]);
}

static struct bytes take_numbers(struct bytes *rest)
{
	struct bytes text = *rest;
	(void)vercmp_take_digits(rest);
	while (digit_behind_dot(*rest)) {
		*rest = bytes_sub(*rest, 1, rest->n);
		(void)vercmp_take_digits(rest);
	}
	return bytes_sub(text, 0, text.n - rest->n);
}

/* Until Java 8 the JDK's versions are 1.8.0_392 in the program's words and 8u392
 * in everybody else's. */
static void take_old_jdk(struct generic *v)
{
	struct bytes major = bytes_sub(v->numbers, 2, v->numbers.n - 2);
	v->old_jdk = bytes_starts_with(v->numbers, BYTES_LIT("1.")) && v->numbers.n > 4 &&
		     bytes_ends_with(v->numbers, BYTES_LIT(".0")) && bytes_index(major, '.') < 0 &&
		     first_of(v->rest) == '_';
	if (v->old_jdk)
		v->numbers = major;
}

static bool generic_parse(struct bytes text, struct generic *ret)
{
	struct generic v = { 0 };
	text = bytes_trim(text);
	if (!vercmp_is_visible(text))
		return false;
	(void)vercmp_take_word(&text, "v");
	v.numbers = take_numbers(&text);
	v.rest = text;
	if (v.numbers.n == 0 || !is_digit(v.numbers.p[0]))
		return false;
	take_old_jdk(&v);
	*ret = v;
	return true;
}

static enum rank word_rank(struct bytes word, bool digit_follows)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (vercmp_folded(word, bytes_str(words[i].word)) == 0)
			return words[i].needs_digit && !digit_follows ? RANK_WORD : words[i].rank;
	}
	return RANK_WORD;
}

/* One word or number; RANK_END in the middle is a word that says nothing. */
static struct part part_cut(struct generic *v)
{
	struct bytes *rest = &v->rest;
	if (v->old_jdk) {
		v->old_jdk = false;
		v->builds = true;
		return (struct part){ RANK_WORD, BYTES_LIT("u") };
	}
	while (rest->n > 0 && !is_alnum(rest->p[0]))
		*rest = bytes_sub(*rest, 1, rest->n);
	if (is_digit(first_of(*rest)))
		return (struct part){ RANK_NUMBER, vercmp_take_digits(rest) };
	struct part p = { RANK_END, vercmp_take_letters(rest) };
	if (p.text.n == 0)
		return p;
	bool build = v->builds && vercmp_folded(p.text, BYTES_LIT("b")) == 0;
	p.rank = build ? RANK_WORD : word_rank(p.text, is_digit(first_of(*rest)));
	v->builds |= vercmp_folded(p.text, BYTES_LIT("u")) == 0;
	return p;
}

static struct part part_next(struct generic *v)
{
	struct part p = part_cut(v);
	while (p.rank == RANK_END && p.text.n > 0)
		p = part_cut(v);
	return p;
}

static int numbers_compare(struct bytes a, struct bytes b)
{
	int order = 0;
	while (order == 0 && (a.n > 0 || b.n > 0)) {
		order = vercmp_numbers(vercmp_take_digits(&a), vercmp_take_digits(&b));
		(void)vercmp_take_char(&a, '.');
		(void)vercmp_take_char(&b, '.');
	}
	return order;
}

static int part_compare(const struct part *a, const struct part *b)
{
	if (a->rank != b->rank)
		return (int)a->rank - (int)b->rank;
	if (a->rank == RANK_NUMBER)
		return vercmp_numbers(a->text, b->text);
	return a->rank == RANK_WORD ? vercmp_folded(a->text, b->text) : 0;
}

bool vercmp_generic(struct bytes a, struct bytes b, int *ret)
{
	struct generic x, y;
	if (!generic_parse(a, &x) || !generic_parse(b, &y))
		return false;
	int order = numbers_compare(x.numbers, y.numbers);
	for (bool end = false; order == 0 && !end;) {
		struct part p = part_next(&x), q = part_next(&y);
		order = part_compare(&p, &q);
		end = p.rank == RANK_END;
	}
	*ret = order;
	return true;
}

bool vercmp_generic_valid(struct bytes text)
{
	struct generic v;
	return generic_parse(text, &v);
}
