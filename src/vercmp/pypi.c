/* Python versions, PEP 440 with its appendix B: [v][epoch!]numbers[pre][post]
 * [dev][+local], in any case, with any of ". - _" or nothing between the parts. */
#include "vercmp/scheme.h"

/* What is not there sorts before or after everything that could be. */
enum place { PLACE_LOW, PLACE_THERE, PLACE_HIGH };

struct phase {
	enum place place;
	int word; /* of pre: a, b, rc */
	struct bytes number; /* empty counts as 0 */
};

struct pep440 {
	struct bytes epoch, release, local;
	struct phase pre, post, dev;
};

/* The longer of two spellings first. */
static const struct {
	const char *text;
	int order;
} pre_words[] = {
	{ "alpha", 0 },   { "a", 0 },   { "beta", 1 }, { "b", 1 },
	{ "preview", 2 }, { "pre", 2 }, { "rc", 2 },   { "c", 2 },
};

static void skip_separator(struct bytes *rest)
{
	uint8_t c = first_of(*rest);
	if (c == '.' || c == '-' || c == '_')
		*rest = bytes_sub(*rest, 1, rest->n);
}

/* The number behind a word, which may stand apart or be missing. */
static struct bytes take_phase_number(struct bytes *rest)
{
	skip_separator(rest);
	return vercmp_take_digits(rest);
}

static void take_pre(struct bytes *rest, struct phase *ret)
{
	struct bytes at = *rest;
	skip_separator(&at);
	for (size_t i = 0; i < sizeof(pre_words) / sizeof(pre_words[0]); i++) {
		if (!vercmp_take_word(&at, pre_words[i].text))
			continue;
		ret->place = PLACE_THERE;
		ret->word = pre_words[i].order;
		ret->number = take_phase_number(&at);
		*rest = at;
		return;
	}
}

/* "-1" is a post-release too. */
static void take_post(struct bytes *rest, struct phase *ret)
{
	struct bytes at = *rest, digits;

	if (vercmp_take_char(&at, '-') && (digits = vercmp_take_digits(&at)).n > 0) {
		*ret = (struct phase){ .place = PLACE_THERE, .number = digits };
		*rest = at;
		return;
	}
	at = *rest;
	skip_separator(&at);
	if (vercmp_take_word(&at, "post") || vercmp_take_word(&at, "rev") ||
	    vercmp_take_word(&at, "r")) {
		*ret = (struct phase){ .place = PLACE_THERE, .number = take_phase_number(&at) };
		*rest = at;
	}
}

static void take_dev(struct bytes *rest, struct phase *ret)
{
	struct bytes at = *rest;
	skip_separator(&at);
	if (vercmp_take_word(&at, "dev")) {
		*ret = (struct phase){ .place = PLACE_THERE, .number = take_phase_number(&at) };
		*rest = at;
	}
}

/* numbers between dots; the dot of ".post1" is not one of them. */
static struct bytes take_release(struct bytes *rest)
{
	struct bytes at = *rest, text = *rest;
	size_t n = vercmp_take_digits(&at).n;
	while (n > 0 && vercmp_take_char(&at, '.')) {
		size_t digits = vercmp_take_digits(&at).n;
		if (digits == 0)
			break;
		n += 1 + digits;
	}
	*rest = bytes_sub(text, n, text.n);
	return bytes_sub(text, 0, n);
}

static bool is_local_separator(uint8_t c)
{
	return c == '.' || c == '-' || c == '_';
}

/* Letters and digits between separators, none of the parts empty. */
static bool local_is_good(struct bytes local)
{
	bool in_part = false;
	for (size_t i = 0; i < local.n; i++) {
		bool separator = is_local_separator(local.p[i]);
		if (separator ? !in_part : !is_alnum(local.p[i]))
			return false;
		in_part = !separator;
	}
	return in_part;
}

static bool pep440_parse(struct bytes text, struct pep440 *ret)
{
	struct pep440 v = { .pre.place = PLACE_HIGH, .dev.place = PLACE_HIGH };
	struct bytes rest = bytes_trim(text);

	(void)vercmp_take_word(&rest, "v");
	struct bytes behind = rest;
	v.epoch = vercmp_take_digits(&behind);
	if (vercmp_take_char(&behind, '!') && v.epoch.n > 0)
		rest = behind;
	else
		v.epoch = bytes_of(NULL, 0);
	v.release = take_release(&rest);
	if (v.release.n == 0)
		return false;
	take_pre(&rest, &v.pre);
	take_post(&rest, &v.post);
	take_dev(&rest, &v.dev);
	if (vercmp_take_char(&rest, '+')) {
		v.local = rest;
		rest = bytes_of(NULL, 0);
		if (!local_is_good(v.local))
			return false;
	}
	/* 1.0.dev1 comes before 1.0a1 */
	if (v.pre.place == PLACE_HIGH && v.post.place == PLACE_LOW && v.dev.place == PLACE_THERE)
		v.pre.place = PLACE_LOW;
	*ret = v;
	return rest.n == 0;
}

/* 1.0 = 1.0.0 */
static int release_compare(struct bytes a, struct bytes b)
{
	while (a.n > 0 || b.n > 0) {
		struct bytes x = vercmp_take_digits(&a), y = vercmp_take_digits(&b);
		int order = vercmp_numbers(x, y);
		if (order != 0)
			return order;
		(void)vercmp_take_char(&a, '.');
		(void)vercmp_take_char(&b, '.');
	}
	return 0;
}

static int phase_compare(const struct phase *a, const struct phase *b)
{
	if (a->place != b->place)
		return (int)a->place - (int)b->place;
	if (a->word != b->word)
		return a->word - b->word;
	return vercmp_numbers(a->number, b->number);
}

static struct bytes take_local_part(struct bytes *rest)
{
	size_t n = 0;
	while (n < rest->n && !is_local_separator(rest->p[n]))
		n++;
	struct bytes part = bytes_sub(*rest, 0, n);
	*rest = bytes_sub(*rest, n + 1, rest->n);
	return part;
}

static bool is_number(struct bytes b)
{
	return vercmp_take_digits(&b).n > 0 && b.n == 0;
}

/* Words below numbers, and no local version below any. */
static int local_compare(struct bytes a, struct bytes b)
{
	while (a.n > 0 && b.n > 0) {
		struct bytes x = take_local_part(&a), y = take_local_part(&b);
		bool number_x = is_number(x), number_y = is_number(y);
		int order = number_x != number_y ? number_x - number_y
			    : number_x           ? vercmp_numbers(x, y)
						 : vercmp_folded(x, y);
		if (order != 0)
			return order;
	}
	return (a.n > 0) - (b.n > 0);
}

bool vercmp_pypi(struct bytes a, struct bytes b, int *ret)
{
	struct pep440 x, y;
	if (!pep440_parse(a, &x) || !pep440_parse(b, &y))
		return false;
	int order = vercmp_numbers(x.epoch, y.epoch);
	if (order == 0)
		order = release_compare(x.release, y.release);
	if (order == 0)
		order = phase_compare(&x.pre, &y.pre);
	if (order == 0)
		order = phase_compare(&x.post, &y.post);
	if (order == 0)
		order = phase_compare(&x.dev, &y.dev);
	if (order == 0)
		order = local_compare(x.local, y.local);
	*ret = order;
	return true;
}

bool vercmp_pypi_valid(struct bytes text)
{
	struct pep440 v;
	return pep440_parse(text, &v);
}
