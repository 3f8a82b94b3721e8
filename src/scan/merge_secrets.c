#include "scan/merge_secrets.h"

#include <stdlib.h>

#include "scan/findings.h"

struct merging {
	const struct secret_merge *in;
	struct fact_store *st;
	struct shadow_index hidden; /* by layers above */
	struct map told; /* path, rule and sum of each secret told */
	int (*add)(void *ctx, const struct finding *f, struct error *err);
	void *ctx;
};

static int no_memory(struct error *err)
{
	return error_set(err, ERR_LIMIT, "the image's secrets need too much memory");
}

static int ask(struct merging *m, struct error *err)
{
	for (size_t layer = 0; layer < m->in->layer_count; layer++) {
		const struct layer_facts *f = m->in->layers[layer];
		for (size_t i = 0; f != NULL && i < f->secret_count; i++)
			if (shadow_ask_file(&m->hidden, bytes_str(f->secrets[i].path), err) < 0)
				return -1;
	}
	layers_note_paths(&m->hidden, m->in->layers, m->in->layer_count);
	return 0;
}

/* 1: it was not told yet. The same secret in the same file of several layers is one:
 * the lowest brought it. */
static int is_new(struct merging *m, const struct secret_fact *s, struct error *err)
{
	char sum[2 * SHA256_SIZE + 1];
	bool fresh;
	hex_text(s->hash.sha256, SHA256_SIZE, sum);
	const char *key = arena_printf(&m->st->arena, "%u:%s:%s", s->rule, sum, s->path);
	const char *anywhere = arena_printf(&m->st->arena, "%u:%s", s->rule, sum);
	if (key == NULL || anywhere == NULL)
		return no_memory(err);
	/* What no commit names has no path: it is news only if the secret is. */
	bool is_nameless = s->history && s->commit[0] == '\0';
	if (is_nameless && map_get(&m->told, bytes_str(anywhere)) != NULL)
		return 0;
	if (map_put(&m->told, bytes_str(anywhere), NULL) == NULL ||
	    map_put(&m->told, bytes_str(key), &fresh) == NULL)
		return no_memory(err);
	return fresh;
}

/* "commit 1234… of 2026-01-02" */
static const char *commit_of(struct merging *m, const struct secret_fact *s)
{
	enum { DATE = 10 };
	char when[RFC3339_TEXT];
	if (s->commit[0] == '\0')
		return "no commit that is left";
	if (s->time == 0)
		return arena_printf(&m->st->arena, "commit %s", s->commit);
	rfc3339_text(s->time, when);
	return arena_printf(&m->st->arena, "commit %s of %.*s", s->commit, DATE, when);
}

static const char *reason_of(struct merging *m, const struct secret_rule_info *rule,
			     const struct secret_fact *s, bool is_gone)
{
	if (s->history)
		return arena_printf(
			&m->st->arena,
			"%s%s; in the history of git: %s has it, and whoever clones the "
			"repository gets it, too",
			rule->title, s->valid ? "; its form is checked" : "", commit_of(m, s));
	return arena_printf(&m->st->arena, "%s%s%s", rule->title,
			    s->valid ? "; its form is checked" : "",
			    is_gone ? "; a later layer removes or replaces the file, but whoever "
				      "pulls the image gets this layer, too"
				    : "");
}

static const char *evidence_of(struct merging *m, const struct secret_fact *s)
{
	const char *text = s->context[0] != '\0' ? s->context : s->masked;
	if (s->line == 0)
		return arena_printf(&m->st->arena, "%s: %s", s->path, text);
	return arena_printf(&m->st->arena, "%s:%u: %s", s->path, s->line, text);
}

void secret_key_text(const struct secret_fact *s, char out[static SECRET_KEY_TEXT])
{
	hex_text(s->hash.sha256, SECRET_KEY_BYTES, out);
}

/* What is in a history can be taken out of it, but not back. */
static const char *advice_of(struct merging *m, const struct secret_rule_info *rule,
			     const struct secret_fact *s)
{
	if (!s->history)
		return intern_bytes(&m->st->strings, bytes_str(rule->advice));
	return arena_printf(&m->st->arena,
			    "Rotate it: a later commit does not take it out of the history.%s%s",
			    rule->advice[0] == '\0' ? "" : " ", rule->advice);
}

static const char *key_of(struct merging *m, const struct secret_fact *s)
{
	char text[SECRET_KEY_TEXT];
	secret_key_text(s, text);
	return intern_bytes(&m->st->strings, bytes_str(text));
}

static int tell(struct merging *m, const struct secret_fact *s, uint32_t layer, bool is_gone,
		struct error *err)
{
	struct secret_rule_info rule;
	if (s->rule >= secret_rules_count(m->in->rules))
		return error_set(err, ERR_PROTOCOL, "a secret of a rule that is not there");
	int fresh = is_new(m, s, err);
	if (fresh <= 0)
		return fresh;
	secret_rule_info(m->in->rules, s->rule, &rule);
	struct finding f = FINDING_OF_FILE;
	f.id = intern_bytes(&m->st->strings, bytes_str(rule.id));
	f.family = "secret";
	f.class = intern_bytes(&m->st->strings, bytes_str(rule.class));
	f.severity = rule.severity;
	f.priority = finding_priority(rule.severity);
	f.path = s->path;
	f.line = s->line;
	f.key = key_of(m, s);
	f.reason = reason_of(m, &rule, s, is_gone);
	f.evidence = evidence_of(m, s);
	f.advice = advice_of(m, &rule, s);
	f.layer = m->in->layers_named ? layer : LAYER_NONE;
	f.rule = f.id;
	if (f.id == NULL || f.class == NULL || f.key == NULL || f.reason == NULL ||
	    f.evidence == NULL || f.advice == NULL || finding_fill_sums(m->st, s->sums, &f) < 0)
		return no_memory(err);
	finding_fingerprint(&f);
	return m->add(m->ctx, &f, err);
}

static int tell_layer(struct merging *m, const struct layer_facts *f, uint32_t layer,
		      struct error *err)
{
	for (size_t i = 0; i < f->secret_count; i++) {
		const struct secret_fact *s = &f->secrets[i];
		if (s->history)
			continue;
		bool is_gone = shadow_hides(&m->hidden, bytes_str(s->path), layer);
		if (tell(m, s, layer, is_gone, err) < 0)
			return -1;
	}
	return 0;
}

static int by_commit(const void *a, const void *b)
{
	const struct secret_fact *x = *(const struct secret_fact *const *)a;
	const struct secret_fact *y = *(const struct secret_fact *const *)b;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	int paths = strcmp(x->path, y->path);
	return paths != 0 ? paths : (x->line > y->line) - (x->line < y->line);
}

/* After what is there today: the same secret in the same file is told once, and of
 * several commits the first that has it. */
static int tell_history(struct merging *m, const struct layer_facts *f, uint32_t layer,
			struct error *err)
{
	size_t n = 0;
	cleanup_free const struct secret_fact **list = calloc(f->secret_count + 1, sizeof *list);
	if (list == NULL)
		return no_memory(err);
	for (size_t i = 0; i < f->secret_count; i++)
		if (f->secrets[i].history)
			list[n++] = &f->secrets[i];
	qsort(list, n, sizeof *list, by_commit);
	for (size_t i = 0; i < n; i++)
		if (tell(m, list[i], layer, false, err) < 0)
			return -1;
	return 0;
}

int merge_secrets(const struct secret_merge *in, struct fact_store *st,
		  int (*add)(void *ctx, const struct finding *f, struct error *err), void *ctx,
		  struct error *err)
{
	struct merging m = { .in = in, .st = st, .add = add, .ctx = ctx };
	map_init(&m.told);
	int r = ask(&m, err);
	for (uint32_t i = 0; r == 0 && i < in->layer_count; i++)
		if (in->layers[i] != NULL)
			r = tell_layer(&m, in->layers[i], i, err);
	for (uint32_t i = 0; r == 0 && i < in->layer_count; i++)
		if (in->layers[i] != NULL)
			r = tell_history(&m, in->layers[i], i, err);
	for (size_t i = 0; r == 0 && i < in->config_count; i++)
		r = tell(&m, &in->config[i].fact, in->config[i].layer, false, err);
	shadow_index_free(&m.hidden);
	map_free(&m.told);
	return r;
}
