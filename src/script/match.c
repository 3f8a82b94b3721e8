/* Patterns in a text, and rules over what they matched. */
#include "script/internal.h"

enum {
	WHOLE_LINE = 3072, /* a longer one is looked at around its literals only */
	AROUND = 1536,
	OVERLAP = 256,
	HITS_MOST = 1024 * 1024, /* literals of one text */
	SHOWN = 160, /* of a line in evidence */
	SHOWN_BEFORE = 40
};

void match_limited(struct script_engine *e, const char *what)
{
	if (e->limited || e->failed || e->sink->limited == NULL)
		return;
	e->limited = true;
	if (e->sink->limited(e->sink->ctx, e->path, what, e->err) < 0)
		e->failed = true;
}

/* --- one pattern at one place --------------------------------------------------------------- */

static pcre2_code *code_of(struct script_engine *e, struct pattern *p)
{
	int number;
	PCRE2_SIZE at;
	if (p->code != NULL || p->broken)
		return p->code;
	p->code = pcre2_compile(p->expression.p, p->expression.n,
				PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C, &number, &at, NULL);
	if (p->code == NULL) {
		PCRE2_UCHAR text[128] = { 0 };
		p->broken = e->failed = true;
		(void)pcre2_get_error_message(number, text, sizeof text);
		(void)error_set(e->err, ERR_MALFORMED, "line %u of a rule of scripts: %s: %s",
				p->line, (const char *)text, p->source);
	}
	return p->code;
}

/* Where in the subject the pattern matches first. */
static bool matches(struct script_engine *e, struct pattern *p, struct bytes subject,
		    size_t *ret_start)
{
	pcre2_code *code = code_of(e, p);
	if (code == NULL)
		return false;
	int r = pcre2_match(code, subject.p, subject.n, 0, 0, e->match, e->limits);
	if (r < 0) {
		if (r != PCRE2_ERROR_NOMATCH)
			match_limited(e, "steps of one pattern");
		return false;
	}
	*ret_start = pcre2_get_ovector_pointer(e->match)[0];
	return true;
}

static bool is_excepted(struct script_engine *e, const struct rule *rule, struct bytes subject)
{
	size_t start;
	for (size_t i = 0; i < e->rules.pattern_n; i++) {
		struct pattern *p = &e->rules.patterns[i];
		if (p->except && p->rule == rule && matches(e, p, subject, &start))
			return true;
	}
	return false;
}

/* --- rules -------------------------------------------------------------------------------------- */

static void keep_hit(struct script_engine *e, struct group *g, struct bytes subject, size_t start,
		     uint32_t number)
{
	size_t from = start > SHOWN_BEFORE && subject.n > SHOWN ? start - SHOWN_BEFORE : 0;
	struct bytes shown = bytes_trim(bytes_sub(subject, from, from + SHOWN));
	memcpy(g->text, shown.p, shown.n);
	g->text_n = shown.n;
	g->layer = (uint32_t)(e->layer - e->layers.list);
	g->line = (uint32_t)e->line;
	g->number = e->layer->depth > 0 ? e->layer->number : number;
	g->hit = true;
}

static bool is_near(const struct rule *r, const struct group *x, const struct group *y)
{
	if (r->near < 0)
		return true;
	uint32_t far = x->line > y->line ? x->line - y->line : y->line - x->line;
	return x->layer == y->layer && far <= r->near;
}

/* All lists of `all` have hits near that of the group; those that no literal leads to
 * are let off when `leads_only`. */
static bool all_hit(const struct rule *r, const struct group *last, bool leads_only)
{
	for (size_t i = 0; i < r->group_n; i++) {
		const struct group *g = &r->groups[i];
		if (g->kind != GROUP_ALL || (leads_only && g->follows))
			continue;
		if (!g->hit || !is_near(r, g, last))
			return false;
	}
	return true;
}

static bool enough_points(const struct rule *r)
{
	int sum = 0;
	for (size_t i = 0; i < r->group_n; i++)
		if (r->groups[i].kind == GROUP_POINTS && r->groups[i].hit)
			sum += r->groups[i].points;
	return sum >= r->enough;
}

/* A pattern without literals, at the lines around the one that was hit. */
static void try_around(struct script_engine *e, struct pattern *p, size_t line)
{
	const struct rule *r = p->rule;
	size_t n = e->text.lines.n / sizeof(struct line), near = (size_t)r->near, start;
	size_t end = n - line > near ? line + near + 1 : n;
	for (e->line = line > near ? line - near : 0; e->line < end; e->line++) {
		uint32_t number;
		struct bytes subject = text_line(&e->text, e->line, &number);
		if (subject.n == 0 || ++p->tries > LIMIT_SCRIPT_TRIES)
			continue;
		subject = bytes_sub(subject, 0, WHOLE_LINE);
		if (!matches(e, p, subject, &start) || is_excepted(e, r, subject))
			continue;
		keep_hit(e, &r->groups[p->group], subject, start, number);
		break;
	}
	e->line = line;
}

/* The lists that literals led to are complete: now those that need a look. */
static bool followers_hit(struct script_engine *e, const struct rule *r, const struct group *last)
{
	for (size_t i = 0; i < e->rules.pattern_n && !e->failed; i++) {
		struct pattern *p = &e->rules.patterns[i];
		if (p->rule != r || p->except || p->plain)
			continue;
		const struct group *g = &r->groups[p->group];
		if (g != last && !(g->hit && is_near(r, g, last)))
			try_around(e, p, e->line);
	}
	return all_hit(r, last, false);
}

static void group_was_hit(struct script_engine *e, struct rule *r, size_t group)
{
	const struct group *g = &r->groups[group];
	bool fires = false;
	switch (g->kind) {
	case GROUP_UNLESS:
		r->denied = true;
		return;
	case GROUP_ANY:
		fires = true;
		break;
	case GROUP_ALL:
		fires = all_hit(r, g, true) && (all_hit(r, g, false) || followers_hit(e, r, g));
		break;
	case GROUP_POINTS:
		fires = enough_points(r);
		break;
	}
	if (fires) {
		r->fired = true;
		r->fired_by = group;
	}
}

static bool has_unless(const struct rule *r)
{
	return r->group_n > 0 && r->groups[r->group_n - 1].kind == GROUP_UNLESS;
}

/* Whether a match of the pattern can change anything. */
static bool is_wanted(const struct pattern *p, bool many)
{
	const struct rule *r = p->rule;
	const struct group *g = &r->groups[p->group];
	if (!r->active || r->denied || (r->fired && !has_unless(r)))
		return false;
	switch (g->kind) {
	case GROUP_UNLESS:
		return true;
	case GROUP_ANY:
		return !r->fired;
	case GROUP_ALL:
		return !r->fired && (r->all_may || many);
	case GROUP_POINTS:
		return !r->fired && !g->hit && (r->points_may || many);
	}
	return false;
}

/* --- a text ---------------------------------------------------------------------------------------- */

static void try_pattern(struct script_engine *e, struct pattern *p, size_t end)
{
	uint32_t number;
	struct bytes line = text_line(&e->text, e->line, &number), subject = line;
	size_t line_at = (size_t)(line.p - e->text.view.p), start;
	if (script_is_comment(line, e->layer->kind)) {
		p->done = line_at + line.n + 1;
		return;
	}
	if (++p->tries > LIMIT_SCRIPT_TRIES) {
		if (p->tries == LIMIT_SCRIPT_TRIES + 1)
			match_limited(e, "tries of one pattern");
		return;
	}
	p->done = line_at + line.n + 1;
	if (line.n > WHOLE_LINE) {
		size_t at = end - line_at;
		subject = bytes_sub(line, at > AROUND ? at - AROUND : 0, at + AROUND);
		p->done = end + AROUND - OVERLAP;
	}
	if (!matches(e, p, subject, &start) || is_excepted(e, p->rule, subject))
		return;
	keep_hit(e, &p->rule->groups[p->group], subject, start, number);
	group_was_hit(e, p->rule, p->group);
}

/* Most rules cannot fire in most texts, because one of their lists has no literal there:
 * their patterns need not be tried. Lists that may be hit in another layer count, too. */
static bool group_may_hit(const struct script_engine *e, const struct rule *r,
			  const struct group *g)
{
	bool elsewhere = (e->triggered || e->layer->depth > 0) && r->near < 0;
	return g->seen || g->hit || elsewhere || (g->follows && !g->leads);
}

static void judge_rules(struct script_engine *e)
{
	for (size_t i = 0; i < e->rules.rule_n; i++) {
		struct rule *r = &e->rules.rules[i];
		int points = 0;
		r->all_may = true;
		for (size_t k = 0; k < r->group_n; k++) {
			const struct group *g = &r->groups[k];
			bool may = group_may_hit(e, r, g);
			if (g->kind == GROUP_ALL)
				r->all_may &= may || g->follows;
			else if (g->kind == GROUP_POINTS)
				points += may ? g->points : 0;
		}
		r->points_may = points >= r->enough;
	}
}

static void look_at_hits(struct script_engine *e)
{
	const struct hit *hits = (const struct hit *)(const void *)e->hits.p;
	size_t n = e->hits.n / sizeof *hits;
	judge_rules(e);
	for (size_t i = 0; i < n && !e->failed; i++) {
		struct pattern *p = &e->rules.patterns[hits[i].pattern];
		if (hits[i].end <= p->done || !is_wanted(p, e->many))
			continue;
		e->line = text_line_of(&e->text, hits[i].end - 1, e->line);
		try_pattern(e, p, hits[i].end);
	}
	e->hits.n = 0;
}

static void keep_literal(struct script_engine *e, uint32_t pattern, uint64_t end)
{
	struct hit h = { .end = (uint32_t)end, .pattern = pattern };
	const struct pattern *p = &e->rules.patterns[pattern];
	if (!p->rule->active)
		return;
	p->rule->groups[p->group].seen = true;
	if (e->hits.n == HITS_MOST * sizeof h)
		e->many = true;
	else if (buf_append(&e->hits, &h, sizeof h, e->err) < 0)
		e->failed = true;
}

static bool joins_by_dots(enum script_kind kind)
{
	return kind == KIND_PHP || kind == KIND_PERL || kind == KIND_LUA;
}

/* Hits beyond HITS_MOST are let go: the text is then no script that anybody wrote. */
static bool on_literal(void *ctx, uint32_t literal, uint64_t end)
{
	struct script_engine *e = ctx;
	if (literal >= e->rules.first_hider) {
		e->hidden |= literal < e->rules.first_dot || joins_by_dots(e->layer->kind);
		return true;
	}
	if (literal >= e->rules.first_trigger) {
		e->triggered = true;
		return true;
	}
	uint32_t owner = literal;
	do {
		keep_literal(e, e->rules.owners[owner].pattern, end);
		owner = e->rules.owners[owner].next;
	} while (owner != 0);
	return !e->failed;
}

/* Patterns without literals: at every line. */
static void try_every_line(struct script_engine *e, struct pattern *p)
{
	size_t n = e->text.lines.n / sizeof(struct line);
	for (e->line = 0; e->line < n && !e->failed && is_wanted(p, e->many); e->line++) {
		uint32_t number;
		struct bytes line = text_line(&e->text, e->line, &number);
		if (line.n == 0 || p->tries > LIMIT_SCRIPT_TRIES)
			continue;
		try_pattern(e, p, (size_t)(line.p - e->text.view.p) + line.n);
	}
	e->line = 0;
}

void match_find(struct script_engine *e, struct bytes text)
{
	e->line = 0;
	e->triggered = e->hidden = e->many = false;
	e->hits.max = HITS_MOST * sizeof(struct hit);
	e->hits.n = 0;
	for (size_t i = 0; i < e->rules.rule_n; i++)
		for (size_t g = 0; g < e->rules.rules[i].group_n; g++)
			e->rules.rules[i].groups[g].seen = false;
	(void)atoms_search(e->rules.atoms, text, on_literal, e);
}

bool match_needed(const struct script_engine *e)
{
	for (size_t i = 0; i < e->rules.rule_n; i++)
		if (e->rules.rules[i].active && e->rules.rules[i].paths.n > 0)
			return true;
	return e->hits.n > 0 || e->triggered || e->hidden;
}

int match_look(struct script_engine *e)
{
	for (size_t i = 0; i < e->rules.pattern_n; i++)
		e->rules.patterns[i].done = 0;
	if (!e->failed)
		look_at_hits(e);
	for (size_t i = 0; i < e->rules.pattern_n && !e->failed; i++) {
		struct pattern *p = &e->rules.patterns[i];
		if (!p->plain && !p->except && p->rule->paths.n > 0 && is_wanted(p, e->many))
			try_every_line(e, p);
	}
	if (e->text.full)
		match_limited(e, "length of the text with its variables");
	if (e->many)
		match_limited(e, "words of patterns in one text");
	return e->failed ? -1 : 0;
}

/* --- a file ------------------------------------------------------------------------------------------ */

/* '*' is any characters but '/', "**" any; the last '*' is tried again further on. */
static bool glob(const char *g, struct bytes path)
{
	const char *star = NULL;
	size_t at = 0, star_at = 0;
	while (at < path.n || *g != '\0') {
		if (*g == '*') {
			star = g++;
			star_at = at;
			continue;
		}
		if (*g != '\0' && at < path.n && (*g == '?' || (uint8_t)*g == path.p[at])) {
			g++;
			at++;
			continue;
		}
		if (star == NULL || star_at >= path.n)
			return false;
		g = star + 1;
		at = ++star_at;
	}
	return true;
}

static bool is_active(const struct rule *r, struct bytes path, enum script_kind kind)
{
	if ((r->kinds >> kind & 1) == 0)
		return false;
	for (size_t i = 0; i < r->paths.n; i++)
		if (glob(r->paths.p[i], path))
			return true;
	return r->paths.n == 0;
}

void match_begin(struct script_engine *e, enum script_kind kind)
{
	e->failed = e->limited = false;
	for (size_t i = 0; i < e->rules.rule_n; i++) {
		struct rule *r = &e->rules.rules[i];
		r->fired = r->denied = false;
		r->active = is_active(r, e->path, kind);
		for (size_t g = 0; g < r->group_n; g++)
			r->groups[g].hit = false;
	}
	for (size_t i = 0; i < e->rules.pattern_n; i++)
		e->rules.patterns[i].tries = 0;
}

/* "why: line", and of rules with several hits the lines of all, as many as fit. */
static void write_evidence(struct script_engine *e, const struct rule *r, struct buf *out)
{
	const struct group *by = &r->groups[r->fired_by];
	const struct layer *layer = &e->layers.list[by->layer];
	(void)buf_append_str(out, r->why == NULL ? "" : r->why, NULL);
	if (layer->how != NULL)
		(void)buf_printf(out, NULL, " (in %s)", layer->how);
	const char *between = ": ";
	for (size_t i = 0; i < r->group_n; i++) {
		const struct group *g = &r->groups[i];
		if (!g->hit || g->kind != by->kind || (g->kind == GROUP_ANY && g != by))
			continue;
		bool same = g->number == by->number && g->layer == by->layer;
		if (g != by && same)
			continue; /* that line is shown by the group that fired */
		(void)buf_append_str(out, between, NULL);
		(void)buf_append(out, g->text, g->text_n, NULL);
		between = " ... ";
	}
}

static int tell(struct script_engine *e, const struct rule *r)
{
	cleanup_buf struct buf evidence = buf_max(16 * KIB);
	write_evidence(e, r, &evidence);
	struct check_match m = { .rule = r->number,
				 .path = e->path,
				 .line = r->groups[r->fired_by].number,
				 .evidence =
					 bytes_sub(buf_view(&evidence), 0, CHECK_EVIDENCE_MAX) };
	if (e->findings == LIMIT_CHECK_FINDINGS) {
		match_limited(e, "findings");
		return e->failed ? -1 : 0;
	}
	e->findings++;
	return e->sink->match(e->sink->ctx, &m, e->err);
}

int match_end(struct script_engine *e)
{
	size_t told = 0;
	for (unsigned alone = 0; alone < 2; alone++)
		for (size_t i = 0; i < e->rules.rule_n; i++) {
			const struct rule *r = &e->rules.rules[i];
			if (!r->fired || r->denied || r->alone != (alone == 1) ||
			    told == LIMIT_CHECK_FILE_FINDINGS || (alone == 1 && told > 0))
				continue;
			told++;
			if (tell(e, r) < 0)
				return -1;
		}
	return e->failed ? -1 : 0;
}
