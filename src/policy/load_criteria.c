/* The criteria of a rule, as they are written. */
#include "policy/load.h"

static const char *const actions[] = { "pass", "alert", "block" };

const char *policy_action_name(enum policy_action a)
{
	return (unsigned)a < sizeof actions / sizeof actions[0] ? actions[a] : "block";
}

/* --- words of which there are few --------------------------------------------------- */

typedef const char *name_fn(unsigned value);

static const char *name_of_severity(unsigned v)
{
	return severity_name((enum severity)v);
}

static const char *name_of_status(unsigned v)
{
	return finding_status_name((enum finding_status)v);
}

static const char *name_of_priority(unsigned v)
{
	return priority_name((enum priority)v);
}

static int take_word(struct field_reader *l, const struct node *n, name_fn *name, unsigned count,
		     unsigned *bits)
{
	char meant[GUESS_TEXT];
	struct guess guess = guess_of(n->text);
	for (unsigned i = 0; i < count; i++) {
		if (bytes_equal(n->text, bytes_str(name(i)))) {
			*bits |= 1u << i;
			return 0;
		}
		guess_try(&guess, bytes_str(name(i)));
	}
	guess_text(&guess, "", meant);
	return field_fail(l, n, "there is no \"%.*s\" here.%s", (int)bytes_sub(n->text, 0, 80).n,
			  (const char *)n->text.p, meant);
}

static int load_bits(struct field_reader *l, const struct node *n, name_fn *name, unsigned count,
		     unsigned *bits)
{
	if (n->kind == NODE_STRING)
		return take_word(l, n, name, count, bits);
	if (n->kind != NODE_LIST || n->count == 0)
		return field_fail(l, n, "\"%.*s\" must be a word or a list of words", (int)n->key.n,
				  (const char *)n->key.p);
	for (const struct node *m = n->first; m != NULL; m = m->next)
		if (take_word(l, m, name, count, bits) < 0)
			return -1;
	return 0;
}

static int load_severities(struct field_reader *l, const struct node *n, void *out)
{
	return load_bits(l, n, name_of_severity, SEVERITIES, out);
}

static int load_statuses(struct field_reader *l, const struct node *n, void *out)
{
	return load_bits(l, n, name_of_status, STATUS_NOT_AFFECTED, out);
}

static int load_priorities(struct field_reader *l, const struct node *n, void *out)
{
	return load_bits(l, n, name_of_priority, PRIORITIES, out);
}

static const char *name_of_origin(unsigned v)
{
	const char *name = origin_name((enum origin_kind)v);
	return name == NULL ? "unknown" : name;
}

static int load_origins(struct field_reader *l, const struct node *n, void *out)
{
	return load_bits(l, n, name_of_origin, ORIGINS, out);
}

/* --- numbers and answers ---------------------------------------------------------------- */

static int load_answer(struct field_reader *l, const struct node *n, void *out)
{
	bool yes;
	if (load_bool(l, n, &yes) < 0)
		return -1;
	*(enum answer *)out = yes ? ANSWER_YES : ANSWER_NO;
	return 0;
}

/* "30" or "30d" */
static int load_days(struct field_reader *l, const struct node *n, void *out)
{
	struct bytes text = n->text;
	uint64_t v;
	if (bytes_ends_with(text, BYTES_LIT("d")))
		text = bytes_sub(text, 0, text.n - 1);
	if ((n->kind != NODE_NUMBER && n->kind != NODE_STRING) || !bytes_to_u64(text, &v) ||
	    v > 36500)
		return field_fail(l, n, "\"%.*s\" must be a number of days, as in 30d",
				  (int)n->key.n, (const char *)n->key.p);
	*(int64_t *)out = (int64_t)v;
	return 0;
}

static int load_share(struct field_reader *l, const struct node *n, void *out)
{
	char text[32] = "", *end = text;
	if (n->kind == NODE_NUMBER && n->text.n < sizeof text) {
		memcpy(text, n->text.p, n->text.n);
		*(double *)out = strtod(text, &end);
	}
	if (end == text || *end != '\0' || !(*(double *)out >= 0 && *(double *)out <= 1))
		return field_fail(l, n, "\"epss\" must be a number from 0 to 1");
	return 0;
}

/* true: anything; else codes as doc/scan-json.md lists them. */
static int load_incomplete(struct field_reader *l, const struct node *n, void *out)
{
	static const char *const any[] = { "*" };
	struct globs *g = out;
	if (is_true(n)) {
		*g = (struct globs){ any, 1 };
		return 0;
	}
	if (n->kind == NODE_BOOL)
		return field_fail(l, n, "\"incomplete\" is true or a list of codes");
	return load_globs(l, n, out);
}

/* A code that does not exist would be a rule that never speaks. */
static int check_codes(struct field_reader *l, const struct node *n, const struct criteria *c)
{
	for (size_t i = 0; i < c->incomplete.count; i++) {
		const char *word = c->incomplete.list[i];
		if (strpbrk(word, "*?") == NULL && error_code_from_name(word) == ERR_CODES)
			return field_fail(l, n, "\"incomplete\": there is no code \"%.80s\"", word);
	}
	return 0;
}

/* --- the map ------------------------------------------------------------------------------ */

/* What a criterion can be about; `packages`, `paths` and `origins` go with two. */
enum about { FINDING = 1, PACKAGE = 2, IMAGE = 4, INCOMPLETE = 8 };

static const struct field fields[] = {
	{ "families", load_globs, offsetof(struct criteria, families), false },
	{ "classes", load_globs, offsetof(struct criteria, classes), false },
	{ "severities", load_severities, offsetof(struct criteria, severities), false },
	{ "statuses", load_statuses, offsetof(struct criteria, statuses), false },
	{ "priorities", load_priorities, offsetof(struct criteria, priorities), false },
	{ "ids", load_globs, offsetof(struct criteria, ids), false },
	{ "age", load_days, offsetof(struct criteria, age), false },
	{ "fix_available", load_answer, offsetof(struct criteria, fix_available), false },
	{ "kev", load_answer, offsetof(struct criteria, kev), false },
	{ "epss", load_share, offsetof(struct criteria, epss), false },
	{ "packages", load_globs, offsetof(struct criteria, packages), false },
	{ "paths", load_globs, offsetof(struct criteria, paths), false },
	{ "origins", load_origins, offsetof(struct criteria, origins), false },
	{ "licences", load_globs, offsetof(struct criteria, licences), false },
	{ "licenses", load_globs, offsetof(struct criteria, licences), false },
	{ "installed", load_globs, offsetof(struct criteria, installed), false },
	{ "image_age", load_days, offsetof(struct criteria, image_age), false },
	{ "base_image_age", load_days, offsetof(struct criteria, base_image_age), false },
	{ "incomplete", load_incomplete, offsetof(struct criteria, incomplete), false },
	{ 0 },
};

static const unsigned abouts[] = {
	FINDING,
	FINDING,
	FINDING,
	FINDING,
	FINDING,
	FINDING,
	FINDING,
	FINDING,
	FINDING,
	FINDING,
	FINDING | PACKAGE,
	FINDING | PACKAGE,
	FINDING | PACKAGE,
	PACKAGE,
	PACKAGE,
	PACKAGE,
	IMAGE,
	IMAGE,
	INCOMPLETE,
};
_Static_assert(sizeof abouts / sizeof abouts[0] + 1 == sizeof fields / sizeof fields[0],
	       "every criterion is about something");

static int subject_of(struct field_reader *l, const struct node *n, unsigned seen,
		      enum policy_subject *ret)
{
	unsigned about = FINDING | PACKAGE | IMAGE | INCOMPLETE;
	for (unsigned i = 0; i < sizeof abouts / sizeof abouts[0]; i++)
		if ((seen >> i & 1) != 0)
			about &= abouts[i];
	if (seen == 0)
		return field_fail(l, n,
				  "criteria must not be empty; for all findings write "
				  "families: \"*\"");
	if (about == 0)
		return field_fail(l, n,
				  "one rule is about one thing: findings, packages (licences, "
				  "installed), the image (image_age, base_image_age) or "
				  "incomplete; make several rules of it");
	*ret = (about & FINDING) != 0   ? POLICY_FINDING
	       : (about & PACKAGE) != 0 ? POLICY_PACKAGE
	       : (about & IMAGE) != 0   ? POLICY_IMAGE
					: POLICY_INCOMPLETE;
	return 0;
}

int load_criteria(struct field_reader *l, const struct node *n, void *out)
{
	struct criteria *c = out;
	unsigned seen = 0;
	*c = (struct criteria){ .epss = -1, .age = -1, .image_age = -1, .base_image_age = -1 };
	if (fields_read(l, n, fields, "criteria", c, &seen) < 0 ||
	    subject_of(l, n, seen, &c->subject) < 0)
		return -1;
	return check_codes(l, n, c);
}
