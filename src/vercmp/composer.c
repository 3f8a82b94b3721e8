/* Composer versions: composer/semver's VersionParser::normalize gives numbers, a
 * stability with numbers of its own, and "-dev"; PHP's version_compare orders
 * them. Names of branches ("dev-main") have no order and are refused; a branch of
 * numbers ("2.x-dev") is its line's newest. */
#include "vercmp/scheme.h"

enum { NUMBERS = 4, CLASSIC_DIGITS = 5 };

/* In version_compare's order; a number stands where the '#' does. */
enum rank { RANK_DEV, RANK_ALPHA, RANK_BETA, RANK_RC, RANK_END, RANK_NUMBER, RANK_PATCH };

static const struct {
	const char *word;
	enum rank rank;
} stabilities[] = {
	{ "stable", RANK_END },  { "beta", RANK_BETA },   { "b", RANK_BETA },
	{ "rc", RANK_RC },       { "alpha", RANK_ALPHA }, { "a", RANK_ALPHA },
	{ "patch", RANK_PATCH }, { "pl", RANK_PATCH },    { "p", RANK_PATCH },
};

struct composer {
	struct bytes numbers; /* digits between separators */
	unsigned padding; /* zeros that follow them */
	unsigned endless; /* 9999999s that follow: of a branch */
	bool has_stability;
	enum rank stability;
	struct bytes stability_numbers;
	bool dev;
};

/* --- reading: what comes behind the numbers ------------------------------------------ */

/* {.-}digits, any number of times. */
static struct bytes take_stability_numbers(struct bytes *rest)
{
	size_t n = 0;
	for (;;) {
		struct bytes at = bytes_sub(*rest, n, rest->n);
		if (!vercmp_take_char(&at, '.'))
			(void)vercmp_take_char(&at, '-');
		if (vercmp_take_digits(&at).n == 0)
			break;
		n = rest->n - at.n;
	}
	struct bytes numbers = bytes_sub(*rest, 0, n);
	*rest = bytes_sub(*rest, n, rest->n);
	return numbers;
}

static void take_stability(struct bytes *rest, struct composer *v)
{
	for (size_t i = 0; i < sizeof(stabilities) / sizeof(stabilities[0]); i++) {
		if (!vercmp_take_word(rest, stabilities[i].word))
			continue;
		v->has_stability = true;
		v->stability = stabilities[i].rank;
		v->stability_numbers = take_stability_numbers(rest);
		return;
	}
}

/* All that is left: [._-][stability[numbers]][.-][dev] */
static bool take_modifiers(struct bytes rest, struct composer *v)
{
	struct bytes before = rest;
	if (!vercmp_take_char(&rest, '.') && !vercmp_take_char(&rest, '_'))
		(void)vercmp_take_char(&rest, '-');
	take_stability(&rest, v);
	if (!v->has_stability && rest.n == 0)
		return true; /* a separator at the end counts for nothing */
	if (v->has_stability)
		before = rest;
	if (!vercmp_take_char(&rest, '.'))
		(void)vercmp_take_char(&rest, '-');
	v->dev = vercmp_take_word(&rest, "dev");
	bool whole = rest.n == 0 && (v->dev || before.n == 0);
	if (v->has_stability && v->stability == RANK_END) { /* "stable" ends the normal form */
		v->has_stability = v->dev = false;
		v->stability_numbers = bytes_of(NULL, 0);
	}
	return whole;
}

/* --- reading: numbers ------------------------------------------------------------------- */

/* One to four numbers between dots, the first of at most five digits. */
static bool parse_classic(struct bytes text, struct composer *ret)
{
	struct composer v = { 0 };
	struct bytes rest = text;
	unsigned count = 1;
	size_t first = vercmp_take_digits(&rest).n;

	if (first == 0 || first > CLASSIC_DIGITS)
		return false;
	while (count < NUMBERS && rest.n > 1 && rest.p[0] == '.' && is_digit(rest.p[1])) {
		rest = bytes_sub(rest, 1, rest.n);
		(void)vercmp_take_digits(&rest);
		count++;
	}
	v.numbers = bytes_sub(text, 0, text.n - rest.n);
	v.padding = NUMBERS - count;
	*ret = v;
	return take_modifiers(rest, ret);
}

/* A date: four digits, one to six times two, then up to three; with or without
 * separators. pairs: how many of two stand in front of the last run. */
static bool last_run_fits(unsigned pairs, size_t digits)
{
	for (size_t odd = 0; odd <= 3 && odd <= digits; odd++) {
		size_t all = pairs + (digits - odd) / 2;
		if ((digits - odd) % 2 == 0 && all >= 1 && all <= 6)
			return true;
	}
	return false;
}

static bool is_date_separator(uint8_t c)
{
	return c == '.' || c == ':' || c == '-';
}

static bool parse_date(struct bytes text, struct composer *ret)
{
	struct composer v = { 0 };
	struct bytes rest = text;
	size_t run = vercmp_take_digits(&rest).n;
	unsigned pairs = 0;

	if (run < 4)
		return false;
	run -= 4;
	while (rest.n > 1 && is_date_separator(rest.p[0]) && is_digit(rest.p[1])) {
		if (run % 2 != 0 || run > 12)
			return false;
		pairs += (unsigned)(run / 2);
		rest = bytes_sub(rest, 1, rest.n);
		run = vercmp_take_digits(&rest).n;
	}
	if (!last_run_fits(pairs, run))
		return false;
	v.numbers = bytes_sub(text, 0, text.n - rest.n);
	*ret = v;
	return take_modifiers(rest, ret);
}

static bool is_wildcard(uint8_t c)
{
	return c == 'x' || c == 'X' || c == '*';
}

/* One number, or what stands for any. */
static bool take_branch_number(struct bytes *rest)
{
	if (vercmp_take_digits(rest).n > 0)
		return true;
	if (!is_wildcard(first_of(*rest)))
		return false;
	*rest = bytes_sub(*rest, 1, rest->n);
	return true;
}

/* "2.x-dev", "1.2.*.dev": what is not told is endless. */
static bool parse_branch(struct bytes text, struct composer *ret)
{
	struct composer v = { .dev = true, .endless = NUMBERS - 1 };
	struct bytes rest = text, at;

	if (vercmp_take_digits(&rest).n == 0)
		return false;
	for (; v.endless > 0; v.endless--) {
		at = rest;
		if (!vercmp_take_char(&at, '.') || !take_branch_number(&at))
			break;
		rest = at;
	}
	v.numbers = bytes_sub(text, 0, text.n - rest.n);
	if (!vercmp_take_char(&rest, '.'))
		(void)vercmp_take_char(&rest, '-');
	*ret = v;
	return vercmp_take_word(&rest, "dev") && rest.n == 0;
}

/* "@stable" at the end, "+build" */
static struct bytes without_flags(struct bytes text)
{
	static const char *const flags[] = { "stable", "RC", "beta", "alpha", "dev" };
	const uint8_t *at = text.n == 0 ? NULL : memrchr(text.p, '@', text.n);
	if (at != NULL) {
		size_t n = (size_t)(at - text.p);
		if (vercmp_word_index(bytes_sub(text, n + 1, text.n), flags, 5) >= 0)
			text = bytes_sub(text, 0, n);
	}
	ptrdiff_t plus = bytes_index(text, '+');
	bool build = plus > 0 && (size_t)plus + 1 < text.n;
	return build ? bytes_sub(text, 0, (size_t)plus) : text;
}

static bool composer_parse(struct bytes text, struct composer *ret)
{
	text = bytes_trim(text);
	if (!vercmp_is_visible(text))
		return false;
	text = without_flags(text);
	(void)vercmp_take_word(&text, "v");
	return parse_classic(text, ret) || parse_date(text, ret) || parse_branch(text, ret);
}

/* --- comparing ------------------------------------------------------------------------------ */

static const struct bytes endless = { (const uint8_t *)"9999999", 7 };

struct part {
	enum rank rank;
	struct bytes digits;
};

static bool take_number(struct bytes *numbers, struct bytes *ret)
{
	while (numbers->n > 0 && !is_digit(numbers->p[0]) && !is_wildcard(numbers->p[0]))
		*numbers = bytes_sub(*numbers, 1, numbers->n);
	*ret = vercmp_take_digits(numbers);
	if (ret->n == 0 && numbers->n > 0) {
		*numbers = bytes_sub(*numbers, 1, numbers->n);
		*ret = endless;
	}
	return ret->n > 0;
}

/* Parts in their order; v is used up. */
static struct part part_next(struct composer *v)
{
	struct part p = { .rank = RANK_NUMBER };
	if (take_number(&v->numbers, &p.digits))
		return p;
	if (v->endless > 0) {
		v->endless--;
		p.digits = endless;
		return p;
	}
	if (v->padding > 0) {
		v->padding--;
		return p;
	}
	if (v->has_stability) {
		v->has_stability = false;
		return (struct part){ .rank = v->stability };
	}
	if (take_number(&v->stability_numbers, &p.digits))
		return p;
	p.rank = v->dev ? RANK_DEV : RANK_END;
	v->dev = false;
	return p;
}

bool vercmp_composer(struct bytes a, struct bytes b, int *ret)
{
	struct composer x, y;
	if (!composer_parse(a, &x) || !composer_parse(b, &y))
		return false;
	int order = 0;
	for (bool end = false; order == 0 && !end;) {
		struct part p = part_next(&x), q = part_next(&y);
		order = p.rank != q.rank ? (int)p.rank - (int)q.rank
					 : vercmp_numbers(p.digits, q.digits);
		end = p.rank == RANK_END;
	}
	*ret = order;
	return true;
}

bool vercmp_composer_valid(struct bytes text)
{
	struct composer v;
	return composer_parse(text, &v);
}
