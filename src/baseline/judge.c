/* Conditions over the settings of one file. */
#include <stdio.h>

#include "baseline/internal.h"

enum { CANDIDATES_MAX = 1000, VALUE_SHOWN = 200 };

/* --- one value ---------------------------------------------------------------------- */

static bool any_same(const struct words *w, struct bytes value)
{
	for (size_t i = 0; i < w->n; i++)
		if (bytes_same(w->list[i], value))
			return true;
	return false;
}

static bool any_like(const struct words *w, struct bytes value)
{
	for (size_t i = 0; i < w->n; i++)
		if (base_glob(w->list[i], value, GLOB_TEXT, true))
			return true;
	return false;
}

static bool any_word_like(const struct words *w, struct bytes value)
{
	size_t from = 0;
	for (size_t i = 0; i <= value.n; i++) {
		uint8_t c = i < value.n ? value.p[i] : ' ';
		if (c != ' ' && c != '\t' && c != ',' && c != '\n')
			continue;
		if (i > from && any_like(w, unquoted(bytes_sub(value, from, i))))
			return true;
		from = i + 1;
	}
	return false;
}

/* The number that a value begins with. */
static bool number_of(struct bytes value, int64_t *ret)
{
	bool minus = value.n > 0 && value.p[0] == '-';
	size_t n = minus, from = minus;
	uint64_t v = 0;
	while (n < value.n && n - from < 18 && value.p[n] >= '0' && value.p[n] <= '9')
		v = v * 10 + (uint64_t)(value.p[n++] - '0');
	*ret = minus ? -(int64_t)v : (int64_t)v;
	return n > from;
}

static bool passes(const struct condition *c, struct bytes value)
{
	int64_t number;
	if (c->is.n > 0 && !any_same(&c->is, value))
		return false;
	if (c->like.n > 0 && !any_like(&c->like, value))
		return false;
	if (c->word.n > 0 && !any_word_like(&c->word, value))
		return false;
	if (any_same(&c->isnt, value) || any_like(&c->unlike, value) ||
	    any_word_like(&c->noword, value))
		return false;
	if (!c->has_below && !c->has_above)
		return true;
	return number_of(value, &number) && (!c->has_below || number < c->below) &&
	       (!c->has_above || number > c->above);
}

/* --- which settings ---------------------------------------------------------------------- */

struct candidates {
	const struct setting *list[CANDIDATES_MAX];
	size_t n;
};

static bool is_about(const struct setting_rule *r, const struct condition *c,
		     const struct setting *one, const struct setting *beside)
{
	static const struct bytes top = { (const uint8_t *)"-", 1 };
	if (one->opens || (c->in_block && beside != NULL && one->block != beside->block))
		return false;
	if (!base_glob(c->key, one->key, GLOB_TEXT, r->form->fold))
		return false;
	if (c->scope.n == 0)
		return true;
	if (bytes_equal(c->scope, top))
		return one->scope.n == 0;
	return base_glob(c->scope, one->scope, GLOB_TEXT, true);
}

static bool is_same_setting(const struct setting *a, const struct setting *b, bool fold)
{
	if (!bytes_equal(a->scope, b->scope))
		return false;
	return fold ? bytes_same(a->key, b->key) : bytes_equal(a->key, b->key);
}

/* Whether of several the one at i is what holds. */
static bool is_picked(const struct candidates *all, size_t i, enum pick pick, bool fold)
{
	size_t from = pick == PICK_FIRST ? 0 : i + 1, to = pick == PICK_FIRST ? i : all->n;
	if (pick == PICK_EACH)
		return true;
	for (size_t k = from; k < to; k++)
		if (is_same_setting(all->list[k], all->list[i], fold))
			return false;
	return true;
}

static void gather(const struct setting_rule *r, const struct condition *c,
		   const struct settings *s, const struct setting *beside, struct candidates *ret)
{
	ret->n = 0;
	for (size_t i = 0; i < s->n && ret->n < CANDIDATES_MAX; i++)
		if (is_about(r, c, &s->list[i], beside))
			ret->list[ret->n++] = &s->list[i];
}

static bool guard_holds(const struct setting_rule *r, const struct condition *c,
			const struct settings *s, const struct setting *beside)
{
	struct candidates all;
	gather(r, c, s, beside, &all);
	if (all.n == 0 && c->has_default)
		return passes(c, c->otherwise) != c->absent;
	for (size_t i = 0; i < all.n; i++)
		if (passes(c, all.list[i]->value) &&
		    (c->absent || is_picked(&all, i, c->pick, r->form->fold)))
			return !c->absent;
	return c->absent;
}

static bool guards_hold(const struct setting_rule *r, const struct settings *s,
			const struct setting *beside)
{
	for (size_t i = 1; i < r->when_count; i++)
		if (!guard_holds(r, &r->when[i], s, beside))
			return false;
	return true;
}

/* --- telling -------------------------------------------------------------------------------- */

static void put_shown(struct buf *out, const struct setting_rule *r, const struct setting *hit)
{
	const char *between = r->form->insert == INSERT_INSIDE && r->form->before != NULL
				      ? " = "
				      : r->form->between;
	struct bytes value = bytes_sub(hit->value, 0, VALUE_SHOWN);
	(void)buf_append(out, hit->key.p, hit->key.n, NULL);
	if (value.n == 0 && r->form->separators == NULL)
		return;
	(void)buf_append_str(out, between, NULL);
	if (r->secret && value.n > 0)
		(void)buf_append_str(out, "***", NULL);
	else if (value.n > 0)
		(void)buf_append(out, value.p, value.n, NULL);
}

static void put_missing(struct buf *out, const struct condition *c)
{
	(void)buf_append(out, c->key.p, c->key.n, NULL);
	(void)buf_append_str(out, " is not set", NULL);
	if (c->has_default && c->otherwise.n > 0)
		(void)buf_printf(out, NULL, ": %.*s holds", (int)c->otherwise.n,
				 (const char *)c->otherwise.p);
}

/* Tells it from others of the rule in the file: by what is set where, not by the line. */
static void put_key(char out[static 17], const struct setting_rule *r, const struct setting *hit,
		    uint64_t nth)
{
	uint64_t sum = hash_bytes(0, hit->scope) ^ (hash_bytes(1, hit->key) << 1);
	sum ^= r->secret ? nth : hash_bytes(2, hit->value) << 2;
	(void)snprintf(out, 17, "%016llx", (unsigned long long)sum);
}

/* Evidence is text: no NUL and no control character. */
static void clean(struct buf *text)
{
	for (size_t i = 0; i < text->n; i++)
		if (text->p[i] < 0x20 || text->p[i] == 0x7f)
			text->p[i] = ' ';
}

static int tell(const struct rule *r, const struct settings *s, struct bytes path,
		const struct setting *hit, uint64_t nth, const struct check_sink *sink,
		struct error *err)
{
	char key[17] = "";
	cleanup_buf struct buf evidence = buf_max(CHECK_EVIDENCE_MAX);
	cleanup_buf struct buf fix = buf_max(CHECK_FIX_MAX);
	if (hit == NULL) {
		put_missing(&evidence, &r->setting.when[0]);
	} else {
		put_shown(&evidence, &r->setting, hit);
		put_key(key, &r->setting, hit, nth);
	}
	clean(&evidence);
	fix_setting(&fix, r, s, path, hit);
	if (bytes_index(buf_view(&fix), 0) >= 0)
		fix.n = 0;
	struct check_match m = { .rule = r->number,
				 .path = path,
				 .line = hit == NULL ? 0 : hit->line,
				 .evidence = buf_view(&evidence),
				 .fix = buf_view(&fix),
				 .key = bytes_str(key) };
	return sink->match(sink->ctx, &m, err);
}

int judge_settings(const struct rule *r, const struct settings *s, struct bytes path,
		   const struct check_sink *sink, struct error *err)
{
	const struct condition *about = &r->setting.when[0];
	struct candidates all;
	gather(&r->setting, about, s, NULL, &all);
	if (all.n == CANDIDATES_MAX &&
	    sink->limited(sink->ctx, path, "settings of one name", err) < 0)
		return -1;
	if (about->absent || (all.n == 0 && about->has_default)) {
		if (guard_holds(&r->setting, about, s, NULL) && guards_hold(&r->setting, s, NULL))
			return tell(r, s, path, NULL, 0, sink, err);
		return 0;
	}
	size_t told = 0;
	for (size_t i = 0; i < all.n && told < LIMIT_CHECK_FILE_FINDINGS; i++) {
		if (!passes(about, all.list[i]->value) ||
		    !is_picked(&all, i, about->pick, r->setting.form->fold) ||
		    !guards_hold(&r->setting, s, all.list[i]))
			continue;
		if (tell(r, s, path, all.list[i], told++, sink, err) < 0)
			return -1;
	}
	return 0;
}
