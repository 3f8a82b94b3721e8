/* Whether a place that a pattern found is a secret: in the order of what it costs. */
#include <ctype.h>

#include "secret/engine.h"

/* Entries of the index table, bounded. */
static bool run_item(const struct secret_engine *e, struct blob_run run, size_t i, uint32_t *ret)
{
	if (i >= run.n || run.first + i >= e->index_n)
		return false;
	*ret = e->index[run.first + i];
	return true;
}

/* needle is in lower case. */
static bool contains_lower(struct bytes hay, struct bytes needle)
{
	if (needle.n == 0 || needle.n > hay.n)
		return false;
	const uint8_t lower = needle.p[0];
	const uint8_t upper = (uint8_t)toupper(lower);
	for (size_t i = 0; i <= hay.n - needle.n; i++) {
		size_t k = 0;
		if (hay.p[i] != lower && hay.p[i] != upper)
			continue;
		while (k < needle.n && tolower(hay.p[i + k]) == needle.p[k])
			k++;
		if (k == needle.n)
			return true;
	}
	return false;
}

/* --- keywords ------------------------------------------------------------------------ */

bool window_has_keyword(struct secret_engine *e, uint32_t number)
{
	const struct blob_rule *rule = &e->rules[number];
	struct rule_state *s = &e->states[number];
	uint32_t word;
	if (rule->keywords.n == 0 || s->keyword != 0)
		return s->keyword != 1;
	s->keyword = 1;
	for (size_t i = 0; s->keyword == 1 && run_item(e, rule->keywords, i, &word); i++)
		if (contains_lower(e->window.text, engine_string(e, word)))
			s->keyword = 2;
	return s->keyword == 2;
}

/* --- allow-lists ------------------------------------------------------------------------ */

enum answer { NOT_ASKED, NO, YES };

static enum answer asked_path(const struct secret_engine *e, const struct blob_allow *a)
{
	uint32_t path;
	for (size_t i = 0; run_item(e, a->paths, i, &path); i++)
		if (path < e->path_n && e->path_hits[path] != 0)
			return YES;
	return a->paths.n > 0 ? NO : NOT_ASKED;
}

static enum answer asked_pattern(struct secret_engine *e, const struct blob_allow *a,
				 const struct found *f)
{
	uint32_t pattern;
	bool cut;
	struct bytes text = f->secret;
	if (a->target == ALLOW_MATCH)
		text = f->match;
	else if (a->target == ALLOW_LINE && a->patterns.n > 0)
		text = window_line(&e->window, f->secret, &cut);
	for (size_t i = 0; run_item(e, a->patterns, i, &pattern); i++)
		if (engine_matches(e, pattern, text))
			return YES;
	return a->patterns.n > 0 ? NO : NOT_ASKED;
}

static enum answer asked_stopword(const struct secret_engine *e, const struct blob_allow *a,
				  const struct found *f)
{
	uint32_t word;
	for (size_t i = 0; run_item(e, a->stopwords, i, &word); i++)
		if (contains_lower(f->secret, engine_string(e, word)))
			return YES;
	return a->stopwords.n > 0 ? NO : NOT_ASKED;
}

static bool allows(struct secret_engine *e, const struct blob_allow *a, const struct found *f)
{
	enum answer path = asked_path(e, a);
	if (a->all ? path == NO : path == YES)
		return !a->all;
	enum answer word = asked_stopword(e, a, f);
	if (a->all ? word == NO : word == YES)
		return !a->all;
	enum answer pattern = asked_pattern(e, a, f);
	if (!a->all)
		return pattern == YES;
	return pattern != NO && (path == YES || word == YES || pattern == YES);
}

static bool is_allowed(struct secret_engine *e, const struct found *f)
{
	uint32_t allow;
	for (size_t i = 0; run_item(e, e->rules[f->rule].allows, i, &allow); i++)
		if (allow < e->allow_n && allows(e, &e->allows[allow], f))
			return true;
	return false;
}

bool file_is_allowed(struct secret_engine *e, uint32_t rule)
{
	uint32_t allow;
	for (size_t i = 0; run_item(e, e->rules[rule].allows, i, &allow); i++)
		if (allow < e->allow_n && asked_path(e, &e->allows[allow]) == YES)
			return true;
	return false;
}

/* --- all ----------------------------------------------------------------------------------- */

bool place_is_secret(struct secret_engine *e, struct found *f)
{
	const struct blob_rule *rule = &e->rules[f->rule];
	if (rule->entropy_milli > 0 && secret_entropy(f->secret) * 1000 <= rule->entropy_milli)
		return false;
	if ((rule->flags & RULE_PLACEHOLDERS) != 0 && secret_is_placeholder(f->secret))
		return false;
	struct check_result check = secret_check((enum secret_check)rule->check, f->secret);
	f->valid = check.valid;
	f->expires = check.expires;
	return check.possible && !is_allowed(e, f);
}
