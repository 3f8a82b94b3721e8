/* SemVer 2.0.0 (semver.org, clauses 2, 9, 10, 11) and those who read more than
 * it says: numbers, a pre-release behind a hyphen, build metadata behind a plus.
 * What an ecosystem allows beyond that is a row of rules. */
#include "vercmp/scheme.h"

struct rules {
	const char *lead; /* bytes that may stand in front, any number of them */
	unsigned least, most; /* numbers between dots; what is missing is zero */
	bool bare; /* a version with missing numbers ends there */
	bool zeros; /* numbers may start with a zero */
	bool glued; /* a pre-release may follow the numbers without a hyphen */
	bool folded; /* pre-releases have no case */
	bool build; /* build metadata counts */
};

static const struct rules npm = {
	.lead = "v= \t", .least = 1, .most = 3, .bare = true, .zeros = true, .glued = true
};
static const struct rules nuget = {
	.lead = "", .least = 1, .most = 4, .zeros = true, .folded = true
};
static const struct rules go = { .lead = "v", .least = 1, .most = 3, .bare = true };
static const struct rules cargo = { .lead = "", .least = 3, .most = 3 };
static const struct rules lenient = { .lead = "v", .least = 1, .most = 3, .zeros = true };
static const struct rules pub = { .lead = "", .least = 3, .most = 3, .zeros = true, .build = true };

/* --- reading ------------------------------------------------------------------- */

static bool is_identifier_byte(uint8_t c)
{
	return is_alnum(c) || c == '-';
}

static bool is_number(struct bytes b)
{
	struct bytes rest = b;
	return vercmp_take_digits(&rest).n > 0 && rest.n == 0;
}

static bool zeros_fit(const struct rules *r, struct bytes digits)
{
	return r->zeros || digits.n == 1 || digits.p[0] != '0';
}

/* identifier{.identifier}..., none of them empty. */
static bool take_identifiers(struct bytes *rest, struct bytes *ret)
{
	size_t n = 0, begin = 0;
	for (; n < rest->n; n++) {
		if (rest->p[n] == '.' && n > begin)
			begin = n + 1;
		else if (!is_identifier_byte(rest->p[n]))
			break;
	}
	*ret = bytes_sub(*rest, 0, n);
	*rest = bytes_sub(*rest, n, rest->n);
	return n > begin;
}

static bool pre_zeros_fit(const struct rules *r, struct bytes pre)
{
	struct bytes id;
	while (!r->zeros && bytes_next_field(&pre, '.', &id)) {
		if (is_number(id) && !zeros_fit(r, id))
			return false;
	}
	return true;
}

static bool take_numbers(const struct rules *r, struct bytes *rest, struct vercmp_semver *v,
			 unsigned *ret_count)
{
	unsigned n = 0;
	do {
		v->number[n] = vercmp_take_digits(rest);
		if (v->number[n].n == 0 || !zeros_fit(r, v->number[n]))
			return false;
		n++;
	} while (n < r->most && vercmp_take_char(rest, '.'));
	*ret_count = n;
	return n >= r->least;
}

/* With `glued`, the hyphen is the identifier's own where nothing else is. */
static bool take_pre(const struct rules *r, struct bytes *rest, struct vercmp_semver *v)
{
	bool hyphen = first_of(*rest) == '-';
	struct bytes behind = bytes_sub(*rest, 1, rest->n);

	if (!hyphen && !(r->glued && is_identifier_byte(first_of(*rest))))
		return true;
	if (hyphen && (!r->glued || is_identifier_byte(first_of(behind))))
		*rest = behind;
	return take_identifiers(rest, &v->pre) && pre_zeros_fit(r, v->pre);
}

static bool semver_parse(const struct rules *r, struct bytes text, struct vercmp_semver *ret)
{
	unsigned count = 0;

	memset(ret, 0, sizeof *ret);
	while (!is_digit(first_of(text)) && text.n > 0 &&
	       memchr(r->lead, text.p[0], strlen(r->lead)) != NULL)
		text = bytes_sub(text, 1, text.n);
	if (!take_numbers(r, &text, ret, &count))
		return false;
	if (!(r->bare && count < r->most) &&
	    (!take_pre(r, &text, ret) ||
	     (vercmp_take_char(&text, '+') && !take_identifiers(&text, &ret->build))))
		return false;
	return text.n == 0;
}

/* --- comparing ------------------------------------------------------------------- */

/* Clause 11.4: numbers by value and below words. */
static int identifier_compare(struct bytes a, struct bytes b, bool folded)
{
	bool number_a = is_number(a), number_b = is_number(b);
	if (number_a != number_b)
		return number_a ? -1 : 1;
	if (number_a)
		return vercmp_numbers(a, b);
	return folded ? vercmp_folded(a, b) : bytes_compare(a, b);
}

/* The next identifier, then the one that stands apart; false when none is left. */
static bool next_identifier(struct bytes *list, struct bytes *more, struct bytes *ret)
{
	if (bytes_next_field(list, '.', ret))
		return true;
	*ret = *more;
	*more = bytes_of(NULL, 0);
	return ret->n > 0;
}

static int identifiers_compare(struct bytes a, struct bytes more_a, struct bytes b,
			       struct bytes more_b, bool folded)
{
	for (;;) {
		struct bytes x, y;
		bool in_a = next_identifier(&a, &more_a, &x);
		bool in_b = next_identifier(&b, &more_b, &y);
		if (!in_a || !in_b)
			return in_a - in_b;
		int order = identifier_compare(x, y, folded);
		if (order != 0)
			return order;
	}
}

static int semver_order(const struct rules *r, const struct vercmp_semver *a,
			const struct vercmp_semver *b)
{
	const struct bytes none = { 0 };
	for (unsigned i = 0; i < VERCMP_SEMVER_NUMBERS; i++) {
		int order = vercmp_numbers(a->number[i], b->number[i]);
		if (order != 0)
			return order;
	}
	if ((a->pre.n == 0) != (b->pre.n == 0))
		return a->pre.n == 0 ? 1 : -1;
	int order = identifiers_compare(a->pre, a->pre_number, b->pre, b->pre_number, r->folded);
	return order != 0 || !r->build ? order
				       : identifiers_compare(a->build, none, b->build, none, false);
}

static bool semver_compare(const struct rules *r, struct bytes a, struct bytes b, int *ret)
{
	struct vercmp_semver x, y;
	if (!semver_parse(r, a, &x) || !semver_parse(r, b, &y))
		return false;
	*ret = semver_order(r, &x, &y);
	return true;
}

static bool semver_valid(const struct rules *r, struct bytes text)
{
	struct vercmp_semver v;
	return semver_parse(r, text, &v);
}

/* --- Go -------------------------------------------------------------------------- */

/* A release of Go itself: go1.21, go1.21.3, go1.21rc2. Behind a hyphen, plus or
 * blank are words of who built it (package go/version), which do not count. */
static bool go_release_parse(struct bytes text, struct vercmp_semver *ret)
{
	static const struct rules release = { .lead = "", .least = 1, .most = 3 };
	static const char *const words[] = { "alpha", "beta", "rc" };
	struct vercmp_semver v = { 0 };
	unsigned count;

	if (!take_numbers(&release, &text, &v, &count))
		return false;
	v.pre = vercmp_take_letters(&text);
	if (v.pre.n > 0) {
		v.pre_number = vercmp_take_digits(&text);
		if (vercmp_word_index(v.pre, words, 3) < 0 || v.pre_number.n == 0)
			return false;
	}
	*ret = v;
	return text.n == 0 || text.p[0] == '-' || text.p[0] == '+' || text.p[0] == ' ';
}

/* A release of Go may stand without its "go" (1.21rc2). Whatever else is no version
 * of a module (a build of a development tree, "(devel)") is refused. */
static bool go_parse(struct bytes text, struct vercmp_semver *ret)
{
	if (bytes_starts_with(text, BYTES_LIT("vv")))
		return false;
	if (bytes_starts_with(text, BYTES_LIT("go")))
		return go_release_parse(bytes_sub(text, 2, text.n), ret);
	return semver_parse(&go, text, ret) || (go_release_parse(text, ret) && ret->pre.n > 0);
}

bool vercmp_go(struct bytes a, struct bytes b, int *ret)
{
	struct vercmp_semver x, y;
	if (!go_parse(a, &x) || !go_parse(b, &y))
		return false;
	*ret = semver_order(&go, &x, &y);
	return true;
}

bool vercmp_go_valid(struct bytes text)
{
	struct vercmp_semver v;
	return go_parse(text, &v);
}

/* --- the others -------------------------------------------------------------------- */

bool vercmp_npm(struct bytes a, struct bytes b, int *ret)
{
	return semver_compare(&npm, bytes_trim(a), bytes_trim(b), ret);
}

bool vercmp_npm_valid(struct bytes text)
{
	return semver_valid(&npm, bytes_trim(text));
}

bool vercmp_npm_prepare(struct bytes text, struct vercmp_prepared *ret)
{
	return semver_parse(&npm, bytes_trim(text), &ret->read.semver);
}

bool vercmp_npm_with(const struct vercmp_prepared *a, struct bytes b, int *ret)
{
	struct vercmp_semver y;
	if (!semver_parse(&npm, bytes_trim(b), &y))
		return false;
	*ret = semver_order(&npm, &a->read.semver, &y);
	return true;
}

bool vercmp_nuget(struct bytes a, struct bytes b, int *ret)
{
	return semver_compare(&nuget, bytes_trim(a), bytes_trim(b), ret);
}

bool vercmp_nuget_valid(struct bytes text)
{
	return semver_valid(&nuget, bytes_trim(text));
}

bool vercmp_cargo(struct bytes a, struct bytes b, int *ret)
{
	return semver_compare(&cargo, a, b, ret);
}

bool vercmp_cargo_valid(struct bytes text)
{
	return semver_valid(&cargo, text);
}

bool vercmp_semver(struct bytes a, struct bytes b, int *ret)
{
	return semver_compare(&lenient, a, b, ret);
}

bool vercmp_semver_valid(struct bytes text)
{
	return semver_valid(&lenient, text);
}

bool vercmp_pub(struct bytes a, struct bytes b, int *ret)
{
	return semver_compare(&pub, a, b, ret);
}

bool vercmp_pub_valid(struct bytes text)
{
	return semver_valid(&pub, text);
}
