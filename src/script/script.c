/* The room's door: engines, files, samples. */
#include <stdlib.h>

#include "script/internal.h"

enum {
	/* Steps and memory of one try of one pattern. */
	MATCH_STEPS = 50000,
	MATCH_HEAP_KIB = 1024,
	GROUPS_MATCHED = 1,
	HEAD = 4096 /* of a file, by which its language is told */
};

int script_open(const struct check_set *set, struct script_engine **ret, struct error *err)
{
	struct script_engine *e = calloc(1, sizeof *e);
	if (e == NULL)
		return error_set(err, ERR_MEMORY, "no memory to look at scripts");
	if (script_rules_read(set, &e->rules, err) < 0) {
		script_close(e);
		return -1;
	}
	if (e->rules.rule_n == 0) {
		script_close(e);
		*ret = NULL;
		return 0;
	}
	e->variables = variables_new();
	e->match = pcre2_match_data_create(GROUPS_MATCHED, NULL);
	e->limits = pcre2_match_context_create(NULL);
	if (e->variables == NULL || e->match == NULL || e->limits == NULL) {
		script_close(e);
		return error_set(err, ERR_MEMORY, "no memory to look at scripts");
	}
	pcre2_set_match_limit(e->limits, MATCH_STEPS);
	pcre2_set_heap_limit(e->limits, MATCH_HEAP_KIB);
	*ret = e;
	return 0;
}

void script_close(struct script_engine *e)
{
	if (e == NULL)
		return;
	pcre2_match_data_free(e->match);
	pcre2_match_context_free(e->limits);
	variables_free(e->variables);
	arena_free(&e->layers.arena);
	text_free(&e->text);
	buf_free(&e->hits);
	script_rules_free(&e->rules);
	free(e);
}

bool script_wants(const struct script_engine *e, struct bytes path, struct bytes head)
{
	bool guessed;
	(void)e;
	return script_kind_of(path, bytes_sub(head, 0, HEAD), &guessed) != KIND_NONE;
}

/* Shells hide words from a search in too many ways; other languages in a few that can be
 * searched for. */
static bool is_shell(const struct layer *l)
{
	return l->kind == KIND_SHELL || l->kind == KIND_POWERSHELL;
}

static int write_normal(struct script_engine *e, const struct layer *l)
{
	if (text_begin(&e->text, l->text.n, l->depth == 0 ? 1 : l->number, e->err) < 0)
		return -1;
	if (l->kind == KIND_SHELL)
		script_shell(&e->text, l->text, e->variables);
	else
		script_code(&e->text, l->text, l->kind);
	match_find(e, e->text.view);
	return 0;
}

static int look_at_layer(struct script_engine *e)
{
	const struct layer *l = e->layer;
	e->hidden = true;
	if (!is_shell(l) || l->guessed) {
		match_find(e, l->text);
		if (!match_needed(e))
			return e->failed ? -1 : 0;
		e->hidden |= is_shell(l);
	}
	if (e->hidden ? write_normal(e, l) < 0
		      : text_take(&e->text, l->text, l->depth == 0 ? 1 : l->number, e->err) < 0)
		return -1;
	if (match_look(e) < 0)
		return -1;
	if (e->triggered)
		script_decode(&e->layers, l, &e->text);
	return 0;
}

/* The file and what its constants hold, one after the other. */
static int look_at_layers(struct script_engine *e)
{
	for (size_t i = 0; i < e->layers.n; i++) {
		e->layer = &e->layers.list[i];
		if (look_at_layer(e) < 0)
			return -1;
	}
	if (e->layers.full)
		match_limited(e, "texts in constants of one file");
	return e->failed ? -1 : 0;
}

int script_check(struct script_engine *e, struct bytes path, struct bytes text,
		 const struct check_sink *sink, struct error *err)
{
	struct layer first = { 0 };
	first.kind = script_kind_of(path, bytes_sub(text, 0, HEAD), &first.guessed);
	if (first.kind == KIND_NONE || (first.guessed && text.n > GUESSED_MOST))
		return 0;
	e->path = path;
	e->sink = sink;
	e->err = err;
	match_begin(e, first.kind);
	if (text.n > LIMIT_CHECK_TEXT)
		match_limited(e, "size of a file that is looked at whole");
	first.text = bytes_sub(text, 0, LIMIT_CHECK_TEXT);
	e->layers.n = 0;
	e->layers.full = false;
	e->layers.arena = arena_max(LIMIT_SCRIPT_DECODED + LIMIT_CHECK_TEXT);
	(void)script_narrow(&e->layers.arena, first.text, &first.text);
	e->layers.list[e->layers.n++] = first;
	int r = look_at_layers(e);
	if (r == 0)
		r = match_end(e);
	arena_free(&e->layers.arena);
	return r;
}

/* --- samples ----------------------------------------------------------------------------------- */

struct tried {
	uint32_t rule;
	bool fired;
};

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	struct tried *t = ctx;
	(void)err;
	t->fired |= m->rule == t->rule;
	return 0;
}

int script_verify(const struct check_set *set, struct error *err)
{
	static const char keys[] =
		"all alone any enough except languages near paths points unless why";
	struct script_engine *e = NULL;
	if (check_keys(check_set_entry(set, 0), keys, err) < 0 || script_open(set, &e, err) < 0)
		return -1;
	script_close(e);
	return 0;
}

int script_try(const struct check_set *set, const struct check_sample *s, bool *ret_fired,
	       struct error *err)
{
	struct script_engine *e = NULL;
	struct tried t = { .rule = (uint32_t)s->rule };
	struct check_sink sink = { .match = on_match, .ctx = &t };
	if (script_open(set, &e, err) < 0)
		return -1;
	int r = 0;
	if (e != NULL)
		r = script_check(e, bytes_str(s->path == NULL ? "opt/run.sh" : s->path),
				 bytes_str(s->text), &sink, err);
	script_close(e);
	if (r == 0)
		*ret_fired = t.fired;
	return r;
}
