#include "scan/merge_checks.h"

#include <stdlib.h>

#include "scan/findings.h"

struct merging {
	const struct check_merge *in;
	struct fact_store *st;
	struct shadow_index hidden; /* by layers above */
	struct map told; /* rule, path, line and key of each match told */
	int (*add)(void *ctx, const struct finding *f, struct error *err);
	void *ctx;
};

static int no_memory(struct error *err)
{
	return error_set(err, ERR_LIMIT, "the image's findings need too much memory");
}

/* Members of archives are there as long as the archive is. */
static struct bytes file_of(const struct check_fact *c)
{
	const char *end = strstr(c->path, "!/");
	return end == NULL ? bytes_str(c->path) : bytes_of(c->path, (size_t)(end - c->path));
}

static int ask(struct merging *m, struct error *err)
{
	for (size_t layer = 0; layer < m->in->layer_count; layer++) {
		const struct layer_facts *f = m->in->layers[layer];
		for (size_t i = 0; f != NULL && i < f->check_count; i++)
			if (shadow_ask_file(&m->hidden, file_of(&f->checks[i]), err) < 0)
				return -1;
	}
	layers_note_paths(&m->hidden, m->in->layers, m->in->layer_count);
	return 0;
}

/* 1: it was not told yet. What several layers have at one place is told once: the lowest
 * brought it. */
static int is_new(struct merging *m, const struct check_fact *c, struct error *err)
{
	bool fresh;
	const char *key =
		arena_printf(&m->st->arena, "%u:%u:%s:%s", c->rule, c->line, c->key, c->path);
	if (key == NULL || map_put(&m->told, bytes_str(key), &fresh) == NULL)
		return no_memory(err);
	return fresh;
}

static const char *reason_of(struct merging *m, const struct check_rule_info *rule, bool is_gone)
{
	return arena_printf(&m->st->arena, "%s%s", rule->title,
			    is_gone ? "; a later layer removes or replaces the file, but whoever "
				      "pulls the image gets this layer, too"
				    : "");
}

static const char *evidence_of(struct merging *m, const struct check_fact *c)
{
	if (c->line == 0)
		return arena_printf(&m->st->arena, "%s: %s", c->path, c->evidence);
	return arena_printf(&m->st->arena, "%s:%u: %s", c->path, c->line, c->evidence);
}

static const char *word(struct merging *m, const char *text)
{
	return intern_bytes(&m->st->strings, bytes_str(text));
}

static int fill(struct merging *m, const struct check_fact *c, const struct check_rule_info *rule,
		bool is_gone, struct finding *f)
{
	f->id = f->rule = word(m, rule->id);
	f->family = check_family_name(rule->family);
	f->class = word(m, rule->class);
	f->severity = rule->severity;
	f->priority = finding_priority(rule->severity);
	f->path = c->path;
	f->line = c->line;
	f->key = c->key[0] == '\0' ? NULL : c->key;
	f->fix = c->fix[0] == '\0' ? NULL : c->fix;
	f->reason = reason_of(m, rule, is_gone);
	f->evidence = evidence_of(m, c);
	f->advice = word(m, rule->advice);
	return f->id == NULL || f->class == NULL || f->reason == NULL || f->evidence == NULL ||
			       f->advice == NULL
		       ? -1
		       : finding_fill_sums(m->st, c->sums, f);
}

static int tell(struct merging *m, const struct check_fact *c, uint32_t layer, bool is_gone,
		struct error *err)
{
	struct check_rule_info rule;
	struct finding f = FINDING_OF_FILE;
	if (c->rule >= check_rules_count(m->in->rules))
		return error_set(err, ERR_PROTOCOL, "a match of a rule that is not there");
	check_rule_info(m->in->rules, c->rule, &rule);
	if (is_gone && rule.family != CHECK_MALWARE)
		return 0;
	int fresh = is_new(m, c, err);
	if (fresh <= 0)
		return fresh;
	f.layer = m->in->layers_named ? layer : LAYER_NONE;
	if (fill(m, c, &rule, is_gone, &f) < 0)
		return no_memory(err);
	finding_fingerprint(&f);
	return m->add(m->ctx, &f, err);
}

int merge_checks(const struct check_merge *in, struct fact_store *st,
		 int (*add)(void *ctx, const struct finding *f, struct error *err), void *ctx,
		 struct error *err)
{
	struct merging m = { .in = in, .st = st, .add = add, .ctx = ctx };
	map_init(&m.told);
	int r = ask(&m, err);
	for (uint32_t layer = 0; r == 0 && layer < in->layer_count; layer++) {
		const struct layer_facts *f = in->layers[layer];
		for (size_t i = 0; r == 0 && f != NULL && i < f->check_count; i++)
			r = tell(&m, &f->checks[i], layer,
				 shadow_hides(&m.hidden, file_of(&f->checks[i]), layer), err);
	}
	for (size_t i = 0; r == 0 && i < in->config_count; i++)
		r = tell(&m, &in->config[i].fact, in->config[i].layer, false, err);
	shadow_index_free(&m.hidden);
	map_free(&m.told);
	return r;
}
