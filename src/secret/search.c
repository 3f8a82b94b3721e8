/* One window: Vectorscan says where a match of which rule ends, PCRE2 finds the match
 * and its groups near there, judge.c decides, and what is left is told in the order of
 * the text. */
#include "secret/engine.h"

enum {
	/* Bytes behind an end that PCRE2 sees first: for what looks ahead, and because
	 * Vectorscan tells the shortest match. */
	AHEAD = 512,
	AHEAD_LOOSE = 4096,
	/* A pattern without bound is looked for far back only so often where that was in
	 * vain: or each place that only looks like an end would cost as much. */
	BACK_NEAR = 1024,
	BACK_FAR_EVERY = 8192,
};

/* --- finding ----------------------------------------------------------------------- */

/* The group that holds the secret: the rule's, or the first that matched, or all. */
static bool secret_group(const struct secret_engine *e, const struct blob_rule *rule, int groups,
			 struct bytes *ret)
{
	const PCRE2_SIZE *v = pcre2_get_ovector_pointer(e->match);
	size_t group = rule->group;
	/* More groups than the match data has room for: 0. */
	size_t n = groups > 0 ? (size_t)groups : pcre2_get_ovector_count(e->match);
	for (size_t i = 1; group == 0 && i < n; i++)
		if (v[2 * i] != PCRE2_UNSET && v[2 * i + 1] > v[2 * i])
			group = i;
	if (group >= n || v[2 * group] == PCRE2_UNSET || v[2 * group + 1] < v[2 * group])
		return false;
	*ret = bytes_sub(e->window.text, v[2 * group], v[2 * group + 1]);
	return ret->n > 0;
}

static void keep_place(struct secret_engine *e, uint32_t rule, int groups, size_t start, size_t end)
{
	struct window *w = &e->window;
	struct found f = { .rule = rule, .match = bytes_sub(w->text, start, end) };
	if (start < w->lead || !secret_group(e, &e->rules[rule], groups, &f.secret) ||
	    !place_is_secret(e, &f))
		return;
	f.mask_only = start >= w->keep;
	if (e->found_n < FOUND_MAX)
		e->found[e->found_n++] = f;
}

/* Where the first match of a pattern can begin, judged by its core: trying what may be
 * empty before it at each byte takes fifty times as long. False: nowhere. */
static bool skip_to_core(struct secret_engine *e, uint32_t pattern, size_t end, uint32_t options,
			 size_t *from)
{
	const PCRE2_SIZE *v = pcre2_get_ovector_pointer(e->match);
	size_t lead = e->patterns[pattern].lead;
	pcre2_code *core = engine_core(e, pattern);
	if (core == NULL)
		return !e->file.failed;
	int r = pcre2_match(core, e->window.text.p, end, *from, options, e->match, e->limits);
	if (r == PCRE2_ERROR_NOMATCH)
		return false;
	if (r >= 0 && lead != LEAD_ANY && v[0] > lead && v[0] - lead > *from)
		*from = v[0] - lead;
	return true;
}

/* PCRE2 from `from`, not behind `end`. 1: a match, in the match data; 0: none; -1: its
 * limit. *ret_groups is as pcre2_match returns it. */
static int try_match(struct secret_engine *e, uint32_t rule, size_t from, size_t end,
		     int *ret_groups)
{
	const struct window *w = &e->window;
	uint32_t options = 0, pattern = e->rules[rule].pattern;
	if (!w->first)
		options |= PCRE2_NOTBOL;
	if (!w->last || end < w->text.n)
		options |= PCRE2_NOTEOL;
	pcre2_code *code = engine_code(e, pattern);
	if (code == NULL || !skip_to_core(e, pattern, end, options, &from))
		return 0;
	*ret_groups = pcre2_match(code, w->text.p, end, from, options, e->match, e->limits);
	if (*ret_groups == PCRE2_ERROR_NOMATCH)
		return 0;
	return *ret_groups >= 0 ? 1 : -1;
}

/* The next match from `from`. One that touches an end which is not the window's is
 * tried again with all there may be of it. */
static int next_match(struct secret_engine *e, uint32_t rule, size_t from, size_t end,
		      int *ret_groups)
{
	const struct window *w = &e->window;
	const PCRE2_SIZE *v = pcre2_get_ovector_pointer(e->match);
	int r = try_match(e, rule, from, end, ret_groups);
	if (r <= 0 || v[1] < end || end == w->text.n)
		return r;
	size_t start = v[0], more = w->text.n - start;
	return try_match(e, rule, start, start + (more < WINDOW_KEEP ? more : WINDOW_KEEP),
			 ret_groups);
}

/* All matches of a rule that end at `to` or before, and were not seen. */
static void search_near(struct secret_engine *e, uint32_t rule, size_t to)
{
	const struct blob_pattern *p = &e->patterns[e->rules[rule].pattern];
	const PCRE2_SIZE *v = pcre2_get_ovector_pointer(e->match);
	struct rule_state *s = &e->states[rule];
	bool bounded = p->back < WINDOW_KEEP;
	size_t back = to < s->far ? BACK_NEAR : p->back;
	size_t from = to > back ? to - back : 0, ahead = p->loose ? AHEAD_LOOSE : AHEAD;
	size_t end = e->window.text.n - to > ahead ? to + ahead : e->window.text.n;
	if (from < s->done)
		from = s->done;
	if (from == 0 && !e->window.first)
		from = 1; /* or \A and \b would take the window's begin for the text's */
	s->searched = end;
	while (from <= to && !e->file.failed) {
		int groups = 0;
		if (++s->calls > LIMIT_SECRET_TRIES) {
			engine_limited(e, "tries of one pattern");
			s->searched = SIZE_MAX;
			return;
		}
		int r = next_match(e, rule, from, end, &groups);
		if (r < 0)
			engine_limited(e, "steps of one pattern");
		if (r <= 0) {
			if (!bounded && back > BACK_NEAR)
				s->far = to + BACK_FAR_EVERY;
			return;
		}
		size_t start = v[0], stop = v[1];
		if (stop < start) /* \K behind the end */
			return;
		keep_place(e, rule, groups, start, stop);
		from = stop > start ? stop : stop + 1;
		s->done = from;
		if (start < e->window.keep)
			s->passed = from;
	}
	s->searched = from;
}

static int on_candidate(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
			void *ctx)
{
	struct secret_engine *e = ctx;
	(void)from;
	(void)flags;
	if (id >= e->rule_n || to <= e->states[id].searched ||
	    (e->only != NO_PATTERN && e->only != id))
		return 0;
	const struct blob_rule *rule = &e->rules[id];
	if (rule->path != NO_PATTERN && e->path_hits[rule->path] == 0)
		return 0;
	if (window_has_keyword(e, id))
		search_near(e, id, (size_t)to);
	else
		e->states[id].searched = SIZE_MAX;
	return e->file.failed || e->found_n == FOUND_MAX;
}

/* --- order ----------------------------------------------------------------------------- */

static int by_place(const struct found *x, const struct found *y)
{
	if (x->secret.p != y->secret.p)
		return x->secret.p < y->secret.p ? -1 : 1;
	if (x->secret.n != y->secret.n)
		return x->secret.n > y->secret.n ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* There are few, and mostly in order. qsort(3) would ask the system how much memory it has,
 * which a worker may not. */
static void sort_by_place(struct secret_engine *e)
{
	for (size_t i = 1; i < e->found_n; i++) {
		struct found f = e->found[i];
		size_t to = i;
		for (; to > 0 && by_place(&e->found[to - 1], &f) > 0; to--)
			e->found[to] = e->found[to - 1];
		e->found[to] = f;
	}
}

/* Of places that overlap the one of the surer rule is told. */
static void drop_weaker(struct secret_engine *e)
{
	struct found *best = NULL;
	for (size_t i = 0; i < e->found_n; i++) {
		struct found *f = &e->found[i];
		if (best == NULL || f->secret.p >= best->secret.p + best->secret.n) {
			best = f;
		} else if (e->rules[f->rule].rank > e->rules[best->rule].rank) {
			best->mask_only = true;
			best = f;
		} else {
			f->mask_only = true;
		}
	}
}

/* --- telling ------------------------------------------------------------------------------ */

struct place {
	const uint8_t *at; /* counted up to here */
	uint32_t line;
	uint64_t line_at;
};

static void place_move(const struct window *w, struct place *p, const uint8_t *to)
{
	const uint8_t *newline;
	while (p->at < to && (newline = memchr(p->at, '\n', (size_t)(to - p->at))) != NULL) {
		p->line++;
		p->at = newline + 1;
		p->line_at = w->offset + (uint64_t)(p->at - w->text.p);
	}
	if (p->at < to)
		p->at = to;
}

static void secret_hash(const struct secret_engine *e, const struct found *f, struct digest *ret)
{
	struct bytes id = engine_string(e, e->rules[f->rule].id);
	struct sha256 *h = sha256_new();
	sha256_update(h, id.p, id.n);
	sha256_update(h, "", 1);
	sha256_update(h, f->secret.p, f->secret.n);
	sha256_final(h, ret);
	sha256_free(h);
	memset(ret->sha256 + SHA256_SIZE / 2, 0, SHA256_SIZE / 2);
}

/* The same secret of the same rule is told once a file. */
static bool told_before(struct secret_engine *e, const struct digest *hash)
{
	for (uint32_t i = 0; i < e->file.findings && i < LIMIT_SECRET_FILE_FINDINGS; i++)
		if (digest_equal(&e->told[i], hash))
			return true;
	return false;
}

static void tell(struct secret_engine *e, const struct found *f, struct place *p)
{
	const struct window *w = &e->window;
	uint8_t masked[MASKED_MAX], context[CONTEXT_MAX];
	bool pem = (e->rules[f->rule].flags & RULE_PEM_LIKE) != 0, cut;
	struct secret_match m = { .rule = f->rule, .valid = f->valid, .expires = f->expires };
	place_move(w, p, f->secret.p);
	secret_hash(e, f, &m.hash);
	if (told_before(e, &m.hash))
		return;
	if (e->findings >= LIMIT_SECRET_FINDINGS) {
		engine_limited(e, "findings");
		return;
	}
	(void)window_line(w, f->secret, &cut);
	if (cut)
		engine_limited(e, "line length");
	m.offset = w->offset + (uint64_t)(f->secret.p - w->text.p);
	m.line = p->line;
	uint64_t column = m.offset - p->line_at + 1;
	m.column = column < UINT32_MAX ? (uint32_t)column : UINT32_MAX;
	m.masked = bytes_of(masked, mask_secret(f->secret, pem, masked, 0, sizeof masked));
	m.context = bytes_of(context, mask_context(e, f, context, sizeof context));
	e->told[e->file.findings++] = m.hash;
	e->findings++;
	if (e->file.sink.match(e->file.sink.ctx, &m, e->file.err) < 0)
		(void)engine_failed(e);
}

int window_search(struct secret_engine *e)
{
	struct window *w = &e->window;
	e->found_n = 0;
	hs_error_t r = hs_scan(e->content_db, (const char *)w->text.p, (unsigned)w->text.n, 0,
			       e->scratch, on_candidate, e);
	if (r != HS_SUCCESS && r != HS_SCAN_TERMINATED) {
		(void)error_set(e->file.err, ERR_INTERNAL,
				"cannot look for secrets (Vectorscan error %d)", (int)r);
		return engine_failed(e);
	}
	if (e->file.failed)
		return -1;
	if (e->found_n == 0)
		return 0;
	if (e->found_n == FOUND_MAX)
		engine_limited(e, "findings of one file");
	sort_by_place(e);
	drop_weaker(e);
	struct place p = { .at = w->text.p, .line = w->line, .line_at = w->line_at };
	for (size_t i = 0; i < e->found_n && !e->file.failed; i++)
		if (!e->found[i].mask_only && e->file.findings < LIMIT_SECRET_FILE_FINDINGS)
			tell(e, &e->found[i], &p);
	return e->file.failed ? -1 : 0;
}
