#include "feed/requirement.h"

#include <ctype.h>
#include <inttypes.h>

enum op { OP_EQ, OP_LT, OP_LE, OP_GT, OP_GE, OP_CARET, OP_TILDE };

enum { PARTS_MAX = 8, VERSION_MAX = 200 };

/* --- versions -------------------------------------------------------------------- */

/* The numbers that a version begins with: "1.2.3-rc.1" has three. */
struct parts {
	uint64_t n[PARTS_MAX];
	size_t count;
	bool more; /* something follows them */
};

static struct parts parts_of(struct bytes version)
{
	struct parts p = { 0 };
	size_t at = 0;
	while (p.count < PARTS_MAX) {
		size_t from = at;
		while (at < version.n && isdigit(version.p[at]))
			at++;
		if (!bytes_to_u64(bytes_sub(version, from, at), &p.n[p.count]))
			break;
		p.count++;
		if (at == version.n || version.p[at] != '.')
			break;
		at++;
	}
	p.more = at < version.n;
	return p;
}

/* The first `count` numbers, zeros where there are fewer, then the suffix. */
static struct bytes version_of(struct import *im, const struct parts *p, size_t count,
			       const char *suffix)
{
	char text[VERSION_MAX];
	size_t n = 0;
	for (size_t i = 0; i < count && n < sizeof text; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%" PRIu64, i > 0 ? "." : "",
				      i < p->count ? p->n[i] : 0);
	if (n < sizeof text)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s", suffix);
	return n < sizeof text ? record_copy(im, bytes_of(text, n)) : BYTES_LIT("");
}

/* The lowest version that begins with one more in the last of `count` numbers,
 * pre-releases of it included, as no requirement lets them in. */
static struct bytes bumped(struct import *im, enum requirement_dialect dialect, struct parts p,
			   size_t count)
{
	p.n[count - 1]++;
	if (dialect == REQUIREMENT_GEM)
		return version_of(im, &p, count, ".a");
	for (size_t i = count; i < 3; i++)
		p.n[i] = 0;
	return version_of(im, &p, dialect == REQUIREMENT_CARGO ? 3 : count,
			  dialect == REQUIREMENT_CARGO ? "-0" : "");
}

/* Cargo's may have one or two numbers; SemVer has three. */
static struct bytes whole(struct import *im, enum requirement_dialect dialect, struct bytes version)
{
	struct parts p = parts_of(version);
	if (dialect == REQUIREMENT_CARGO && !p.more && p.count > 0 && p.count < 3)
		return version_of(im, &p, 3, "");
	return record_copy(im, version);
}

static enum vercmp_scheme scheme_of(enum requirement_dialect dialect)
{
	static const enum vercmp_scheme schemes[] = {
		[REQUIREMENT_CARGO] = VERCMP_CARGO,
		[REQUIREMENT_GEM] = VERCMP_GEM,
		[REQUIREMENT_COMPOSER] = VERCMP_COMPOSER,
	};
	return schemes[dialect];
}

/* --- one comparison ------------------------------------------------------------------ */

static bool take_op(struct bytes *text, enum requirement_dialect dialect, enum op *ret)
{
	static const struct {
		const char *text;
		enum op op;
	} ops[] = {
		{ ">=", OP_GE }, { "<=", OP_LE },   { "~>", OP_TILDE },
		{ "==", OP_EQ }, { ">", OP_GT },    { "<", OP_LT },
		{ "=", OP_EQ },  { "^", OP_CARET }, { "~", OP_TILDE },
	};
	*text = bytes_trim(*text);
	*ret = dialect == REQUIREMENT_CARGO ? OP_CARET : OP_EQ;
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (bytes_starts_with(*text, bytes_str(ops[i].text))) {
			*ret = ops[i].op;
			*text = bytes_trim(bytes_sub(*text, strlen(ops[i].text), text->n));
			break;
		}
	return text->n > 0 && text->n < VERSION_MAX && text->p[0] != '!';
}

/* Where ^1.2.3, ~1.2.3 and ~> 1.2.3 end: how many of the numbers stay, the last
 * of them one higher. */
static size_t kept_parts(enum requirement_dialect dialect, enum op op, const struct parts *p)
{
	if (op == OP_TILDE && dialect == REQUIREMENT_GEM)
		return p->count > 1 ? p->count - 1 : 1;
	if (op == OP_TILDE)
		return p->count > 1 ? 2 : 1;
	size_t zeros = 0;
	while (zeros + 1 < p->count && zeros < 2 && p->n[zeros] == 0)
		zeros++;
	return zeros + 1;
}

static bool comparison(struct import *im, enum requirement_dialect dialect, struct bytes text,
		       struct interval *ret)
{
	enum op op;
	*ret = (struct interval){ 0 };
	if (!take_op(&text, dialect, &op))
		return false;
	struct parts p = parts_of(text);
	struct bytes v = whole(im, dialect, text);
	if (p.count == 0 || !vercmp_valid(scheme_of(dialect), v))
		return false;
	if (op == OP_GE || op == OP_GT || op == OP_EQ || op == OP_CARET || op == OP_TILDE)
		ret->low = v;
	if (op == OP_LE || op == OP_LT || op == OP_EQ)
		ret->high = v;
	ret->low_in = op != OP_GT;
	ret->high_in = op == OP_LE || op == OP_EQ;
	if (op == OP_CARET || op == OP_TILDE)
		ret->high = bumped(im, dialect, p, kept_parts(dialect, op, &p));
	return true;
}

/* --- sets ------------------------------------------------------------------------------- */

/* a and b as low bounds: <0 when a begins earlier. Unbounded is earliest. */
static bool compare_lows(enum vercmp_scheme scheme, const struct interval *a,
			 const struct interval *b, int *ret)
{
	if (a->low.n == 0 || b->low.n == 0) {
		*ret = (a->low.n > 0) - (b->low.n > 0);
		return true;
	}
	if (!vercmp(scheme, a->low, b->low, ret))
		return false;
	if (*ret == 0)
		*ret = (int)b->low_in - (int)a->low_in;
	return true;
}

static bool compare_highs(enum vercmp_scheme scheme, const struct interval *a,
			  const struct interval *b, int *ret)
{
	if (a->high.n == 0 || b->high.n == 0) {
		*ret = (b->high.n > 0) - (a->high.n > 0);
		return true;
	}
	if (!vercmp(scheme, a->high, b->high, ret))
		return false;
	if (*ret == 0)
		*ret = (int)a->high_in - (int)b->high_in;
	return true;
}

/* True when nothing lies between the end of what is before and low; *ret_ok is
 * false when the two cannot be compared. */
static bool touches(enum vercmp_scheme scheme, struct bytes high, bool high_in, struct bytes low,
		    bool low_in, bool *ret_ok)
{
	int order;
	*ret_ok = true;
	if (low.n == 0 || high.n == 0)
		return true;
	*ret_ok = vercmp(scheme, low, high, &order);
	return *ret_ok && (order < 0 || (order == 0 && (low_in || high_in)));
}

static bool intersect(enum vercmp_scheme scheme, struct interval *in, const struct interval *with)
{
	int order;
	if (!compare_lows(scheme, in, with, &order))
		return false;
	if (order < 0) {
		in->low = with->low;
		in->low_in = with->low_in;
	}
	if (!compare_highs(scheme, in, with, &order))
		return false;
	if (order > 0) {
		in->high = with->high;
		in->high_in = with->high_in;
	}
	if (in->low.n == 0 || in->high.n == 0)
		return true;
	if (!vercmp(scheme, in->low, in->high, &order))
		return false;
	in->empty = order > 0 || (order == 0 && !(in->low_in && in->high_in));
	return true;
}

bool requirement_add(struct import *im, enum requirement_dialect dialect, struct bytes text,
		     struct interval *in)
{
	struct bytes part;
	struct interval one;
	text = bytes_trim(text);
	if (bytes_equal(text, BYTES_LIT("*")))
		return true;
	while (bytes_next_field(&text, ',', &part))
		if (!comparison(im, dialect, part, &one) ||
		    !intersect(scheme_of(dialect), in, &one))
			return false;
	return true;
}

/* --- spans --------------------------------------------------------------------------------- */

/* The first version behind v that anybody would publish. */
static struct bytes next_version(struct import *im, enum requirement_dialect dialect,
				 struct bytes v)
{
	struct parts p = parts_of(v);
	struct bytes text = BYTES_LIT("");
	char with[VERSION_MAX + 8];
	if (dialect == REQUIREMENT_CARGO && !p.more && p.count == 3)
		return bumped(im, dialect, p, 3);
	/* "1.2" is "1.2.0" to the other two, so that 1.2.1 would be behind 1.2.0.1. */
	const char *suffix = dialect == REQUIREMENT_CARGO ? ".0"
			     : dialect == REQUIREMENT_GEM ? ".1.a"
							  : ".1";
	if (dialect != REQUIREMENT_CARGO && !p.more && p.count < 4)
		return version_of(im, &p, 3, suffix);
	int n = snprintf(with, sizeof with, "%.*s%s", (int)v.n, (const char *)v.p, suffix);
	if (n > 0 && (size_t)n < sizeof with)
		text = record_copy(im, bytes_of(with, (size_t)n));
	return text;
}

/* "0", "0.0.0": nothing but pre-releases of it, which nobody means, lies below. */
static bool is_zero(struct bytes version)
{
	struct parts p = parts_of(version);
	for (size_t i = 0; i < p.count; i++)
		if (p.n[i] != 0)
			return false;
	return p.count > 0 && !p.more;
}

bool requirement_span(struct import *im, enum requirement_dialect dialect,
		      const struct interval *in, struct osv_span *ret)
{
	if (in->empty || (in->low.n == 0 && !in->high_in && is_zero(in->high)))
		return false;
	*ret = (struct osv_span){ .started = true, .introduced = BYTES_LIT("0") };
	if (in->low.n > 0)
		ret->introduced = in->low_in ? in->low : next_version(im, dialect, in->low);
	if (in->high.n > 0)
		*(in->high_in ? &ret->last : &ret->fixed) = in->high;
	return true;
}

/* Few: insertion keeps it simple, and says when two cannot be compared. */
static bool sort_by_low(enum vercmp_scheme scheme, struct interval *v, size_t count)
{
	int order;
	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j > 0; j--) {
			if (!compare_lows(scheme, &v[j], &v[j - 1], &order))
				return false;
			if (order >= 0)
				break;
			struct interval swap = v[j];
			v[j] = v[j - 1];
			v[j - 1] = swap;
		}
	return true;
}

/* The gap between what is safe up to here and the next safe interval. */
static void add_gap(struct import *im, enum requirement_dialect dialect, const struct interval *gap,
		    struct osv_affected *a)
{
	struct osv_span span;
	if (requirement_span(im, dialect, gap, &span))
		osv_add_span(im, a, span);
}

bool requirement_affected(struct import *im, enum requirement_dialect dialect,
			  struct interval *safe, size_t count, struct osv_affected *a)
{
	enum vercmp_scheme scheme = scheme_of(dialect);
	struct interval gap = { .low_in = true }; /* from where nothing is safe yet */
	bool safe_to_the_end = false, any = false, ok;
	int order;
	if (!sort_by_low(scheme, safe, count))
		return false;
	for (size_t i = 0; i < count && !safe_to_the_end; i++) {
		const struct interval *s = &safe[i];
		if (s->empty)
			continue;
		struct interval before = { .high = gap.low, .high_in = !gap.low_in };
		bool touch =
			any ? touches(scheme, before.high, before.high_in, s->low, s->low_in, &ok)
			    : (ok = true, s->low.n == 0);
		if (!ok)
			return false;
		if (!touch) {
			gap.high = s->low;
			gap.high_in = !s->low_in;
			add_gap(im, dialect, &gap, a);
		}
		if (any && !compare_highs(scheme, s, &before, &order))
			return false;
		if (!any || order > 0) {
			gap = (struct interval){ .low = s->high, .low_in = !s->high_in };
			safe_to_the_end = s->high.n == 0;
		}
		any = true;
	}
	if (!safe_to_the_end)
		add_gap(im, dialect, &(struct interval){ .low = gap.low, .low_in = gap.low_in }, a);
	return true;
}

/* --- lists ------------------------------------------------------------------------ */

enum { REQUIREMENTS_MAX = 256 };

static bool take_list(struct import *im, enum requirement_dialect dialect, const struct node *list,
		      struct interval *safe, size_t *count)
{
	for (const struct node *n = list == NULL ? NULL : list->first; n != NULL; n = n->next) {
		if (*count == REQUIREMENTS_MAX)
			return false;
		safe[*count] = (struct interval){ 0 };
		if (!requirement_add(im, dialect, n->text, &safe[(*count)++]))
			return false;
	}
	return true;
}

bool requirement_lists(struct import *im, enum requirement_dialect dialect,
		       const struct node *patched, const struct node *unaffected,
		       struct osv_affected *a)
{
	struct interval safe[REQUIREMENTS_MAX];
	size_t count = 0;
	return take_list(im, dialect, patched, safe, &count) &&
	       take_list(im, dialect, unaffected, safe, &count) &&
	       requirement_affected(im, dialect, safe, count, a);
}

int requirement_send(struct import *im, const struct osv_record *o, bool taken)
{
	if (taken)
		return osv_send(im, o) ? 0 : -1;
	im->stats.records++;
	import_skip(im, o->id, "a requirement of versions in it cannot be read");
	return 0;
}
