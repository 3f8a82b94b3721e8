/* RubyGems versions (Gem::Version): numbers and words between dots, between which
 * a change of digits and letters is a dot too, and a hyphen means ".pre.". Zeros
 * at the end of the numbers in front, and at the end of all, count for nothing;
 * what is missing is zero, and a word is below every number. */
#include "vercmp/scheme.h"

struct segment {
	struct bytes text; /* of a word, or digits */
	bool is_word, is_end;
};

struct segments {
	struct bytes rest;
	bool in_words; /* a word was told */
	size_t zeros; /* zeros that come before the rest */
};

/* The next segment as it is written. */
static struct segment segment_cut(struct bytes *rest)
{
	while (vercmp_take_char(rest, '.'))
		;
	if (rest->n == 0)
		return (struct segment){ .is_end = true };
	if (vercmp_take_char(rest, '-'))
		return (struct segment){ .text = BYTES_LIT("pre"), .is_word = true };
	if (is_digit(rest->p[0]))
		return (struct segment){ .text = vercmp_take_digits(rest) };
	return (struct segment){ .text = vercmp_take_letters(rest), .is_word = true };
}

static bool is_zero(const struct segment *s)
{
	return !s->is_word && !s->is_end && vercmp_is_zero(s->text);
}

/* The next one that counts. */
static struct segment segment_next(struct segments *s)
{
	if (s->zeros == 0) {
		struct bytes behind = s->rest;
		struct segment next = segment_cut(&behind);
		for (; is_zero(&next); next = segment_cut(&behind)) {
			s->zeros++;
			s->rest = behind;
		}
		if (next.is_end || (next.is_word && !s->in_words))
			s->zeros = 0;
	}
	if (s->zeros > 0) {
		s->zeros--;
		return (struct segment){ .text = BYTES_LIT("0") };
	}
	struct segment next = segment_cut(&s->rest);
	s->in_words |= next.is_word;
	return next;
}

static bool take_alnums(struct bytes *rest, bool hyphens)
{
	size_t n = 0;
	while (n < rest->n && (is_alnum(rest->p[n]) || (hyphens && rest->p[n] == '-')))
		n++;
	*rest = bytes_sub(*rest, n, rest->n);
	return n > 0;
}

/* number{.part}...[-part{.part}...] */
bool vercmp_gem_valid(struct bytes text)
{
	struct bytes rest = bytes_trim(text);
	bool hyphens = false, good = vercmp_take_digits(&rest).n > 0;
	while (good && rest.n > 0) {
		if (!hyphens && vercmp_take_char(&rest, '-'))
			hyphens = true;
		else if (!vercmp_take_char(&rest, '.'))
			return false;
		good = take_alnums(&rest, hyphens);
	}
	return good;
}

bool vercmp_gem(struct bytes a, struct bytes b, int *ret)
{
	struct segments x = { .rest = bytes_trim(a) }, y = { .rest = bytes_trim(b) };
	int order = 0;

	if (!vercmp_gem_valid(a) || !vercmp_gem_valid(b))
		return false;
	while (order == 0) {
		struct segment s = segment_next(&x), t = segment_next(&y);
		if (s.is_end && t.is_end)
			break;
		if (s.is_word != t.is_word)
			order = s.is_word ? -1 : 1;
		else
			order = s.is_word ? bytes_compare(s.text, t.text)
					  : vercmp_numbers(s.text, t.text);
	}
	*ret = order;
	return true;
}
