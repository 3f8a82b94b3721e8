/* Maven versions as ComparableVersion of maven-artifact 3.8.7 and newer orders
 * them (and the page "POM Reference, Version Order Specification").
 *
 * A version is a list of items, numbers and words, whose last item may be one
 * more list: every hyphen opens one, and every change between digits and letters.
 * Since a list is always the last item of its list, a version is read here as one
 * stream of items with marks where a list opens, and two of them are walked side
 * by side. Items that say nothing (0, "final") are dropped in front of a mark and
 * at the end; what is left of the stream behind the last item that says something
 * is the end. */
#include "vercmp/scheme.h"

enum item_kind { ITEM_END, ITEM_NUMBER, ITEM_WORD, ITEM_LIST };

struct item {
	enum item_kind kind;
	struct bytes text;
	int rank; /* of a word */
};

/* The order of qualifiers; others come behind them, by their letters. */
enum {
	RANK_ALPHA,
	RANK_BETA,
	RANK_MILESTONE,
	RANK_RC,
	RANK_SNAPSHOT,
	RANK_RELEASE,
	RANK_SP,
	RANK_OTHER
};

static const struct {
	const char *word;
	int rank;
} qualifiers[] = {
	{ "alpha", RANK_ALPHA }, { "beta", RANK_BETA },     { "milestone", RANK_MILESTONE },
	{ "rc", RANK_RC },       { "cr", RANK_RC },         { "snapshot", RANK_SNAPSHOT },
	{ "ga", RANK_RELEASE },  { "final", RANK_RELEASE }, { "release", RANK_RELEASE },
	{ "sp", RANK_SP },
};

static int rank_of(struct bytes word, bool digit_follows)
{
	if (digit_follows && word.n == 1) {
		uint8_t c = word.p[0] | 0x20;
		if (c == 'a' || c == 'b')
			return c == 'a' ? RANK_ALPHA : RANK_BETA;
		if (c == 'm')
			return RANK_MILESTONE;
	}
	for (size_t i = 0; i < sizeof(qualifiers) / sizeof(qualifiers[0]); i++) {
		if (vercmp_folded(word, bytes_str(qualifiers[i].word)) == 0)
			return qualifiers[i].rank;
	}
	return RANK_OTHER;
}

/* --- the stream as it is written ------------------------------------------------- */

struct stream {
	struct bytes rest;
	bool list_empty; /* nothing in the list at hand yet */
	bool opens; /* a list opens next */
	bool opens_behind; /* … behind the item that waits */
	struct item waiting; /* ITEM_END: none */
	size_t count; /* of what was told */
};

static bool in_run(uint8_t c, bool digits)
{
	return c != '.' && c != '-' && is_digit(c) == digits;
}

static struct bytes take_run(struct bytes *rest, bool digits)
{
	size_t n = 0;
	while (n < rest->n && in_run(rest->p[n], digits))
		n++;
	struct bytes run = bytes_sub(*rest, 0, n);
	*rest = bytes_sub(*rest, n, rest->n);
	return run;
}

/* Cuts the next item off. Where nothing stands between separators is a zero. A
 * word that is glued to a number or ends the version has a list of its own. */
static void stream_cut(struct stream *s)
{
	bool digits = is_digit(s->rest.p[0]);
	struct bytes run = take_run(&s->rest, digits);
	uint8_t next = first_of(s->rest);
	bool glued = run.n > 0 && next != '.' && next != '-';

	s->waiting = (struct item){ .kind = ITEM_NUMBER, .text = run };
	if (run.n > 0 && !digits) {
		s->waiting.kind = ITEM_WORD;
		s->waiting.rank = rank_of(run, glued && s->rest.n > 0);
		s->opens = glued && !s->list_empty;
	}
	s->opens_behind = next == '-' || (glued && s->rest.n > 0);
	if (!glued)
		s->rest = bytes_sub(s->rest, 1, s->rest.n);
}

static struct item stream_next(struct stream *s)
{
	if (s->waiting.kind == ITEM_END && !s->opens && s->rest.n > 0)
		stream_cut(s);
	s->count++;
	if (s->opens) {
		s->opens = false;
		s->list_empty = true;
		return (struct item){ .kind = ITEM_LIST };
	}
	struct item item = s->waiting;
	if (item.kind != ITEM_END) {
		s->waiting.kind = ITEM_END;
		s->opens = s->opens_behind;
		s->list_empty = false;
	}
	return item;
}

/* Compared with nothing; a list never is, its items are. */
static int item_sign(const struct item *i)
{
	if (i->kind == ITEM_NUMBER)
		return !vercmp_is_zero(i->text);
	return i->kind == ITEM_WORD ? i->rank - RANK_RELEASE : 0;
}

/* --- without what says nothing ------------------------------------------------------ */

struct version {
	struct stream stream;
	size_t end; /* as many of the stream's items count */
	size_t kept; /* items before this one stay although they say nothing */
};

static struct version version_of(struct bytes text)
{
	struct version v = { .stream = { .rest = text, .list_empty = true } };
	struct stream all = v.stream;
	struct item i = stream_next(&all);

	for (; i.kind != ITEM_END; i = stream_next(&all)) {
		if (item_sign(&i) != 0)
			v.end = all.count;
	}
	return v;
}

/* A run of items that say nothing is dropped in front of a list: looked through
 * once, and behind the last item that counts there is none. */
static struct item version_next(struct version *v)
{
	if (v->stream.count >= v->end)
		return (struct item){ .kind = ITEM_END };
	struct item i = stream_next(&v->stream);
	if (i.kind == ITEM_LIST || item_sign(&i) != 0 || v->stream.count < v->kept)
		return i;
	struct stream ahead = v->stream;
	struct item next = stream_next(&ahead);
	while (next.kind != ITEM_LIST && item_sign(&next) == 0)
		next = stream_next(&ahead);
	if (next.kind == ITEM_LIST) {
		v->stream = ahead;
		return next;
	}
	v->kept = ahead.count;
	return i;
}

/* --- comparing ----------------------------------------------------------------------- */

/* What stands first in the rest, compared with nothing. */
static int rest_sign(struct version *v, struct item i)
{
	while (i.kind != ITEM_END && item_sign(&i) == 0)
		i = version_next(v);
	return item_sign(&i);
}

static int word_compare(const struct item *a, const struct item *b)
{
	if (a->rank != b->rank || a->rank != RANK_OTHER)
		return a->rank - b->rank;
	return vercmp_folded(a->text, b->text);
}

/* 1.foo < 1-1 < 1.1 */
static int kind_order(enum item_kind kind)
{
	return kind == ITEM_NUMBER ? 2 : kind == ITEM_LIST;
}

static int item_compare(const struct item *a, const struct item *b)
{
	if (a->kind != b->kind)
		return kind_order(a->kind) - kind_order(b->kind);
	if (a->kind == ITEM_NUMBER)
		return vercmp_numbers(a->text, b->text);
	return a->kind == ITEM_WORD ? word_compare(a, b) : 0;
}

static int maven_order(struct version *a, struct version *b)
{
	for (;;) {
		struct item x = version_next(a), y = version_next(b);
		if (x.kind == ITEM_END)
			return -rest_sign(b, y);
		if (y.kind == ITEM_END)
			return rest_sign(a, x);
		int order = item_compare(&x, &y);
		if (order != 0)
			return order;
	}
}

/* Maven takes any text; what is a range, or a property that nobody filled in, is
 * no version. */
bool vercmp_maven_valid(struct bytes text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (memchr("${}[](),|", text.p[i], 9) != NULL)
			return false;
	}
	return vercmp_is_visible(text);
}

bool vercmp_maven(struct bytes a, struct bytes b, int *ret)
{
	if (!vercmp_maven_valid(a) || !vercmp_maven_valid(b))
		return false;
	struct version x = version_of(a), y = version_of(b);
	*ret = maven_order(&x, &y);
	return true;
}
