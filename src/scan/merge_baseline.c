#include "scan/merge_baseline.h"

#include "scan/findings.h"

#include <stdlib.h>

struct judging {
	struct fact_store *st;
	struct baseline_fact *facts; /* visible ones */
	uint32_t *layers; /* of each */
	size_t n;
	struct plan_check *list;
	size_t count, cap;
};

static int no_memory(struct error *err)
{
	return error_set(err, ERR_LIMIT, "the image's accounts need too much memory");
}

static size_t count_all(const struct layer_facts *const *layers, size_t layer_count)
{
	size_t n = 0;
	for (size_t i = 0; i < layer_count; i++)
		n += layers[i] == NULL ? 0 : layers[i]->account_count;
	return n;
}

/* Files of accounts are four: what hides each is looked up once a fact, which is cheap. */
static int gather(struct judging *j, const struct layer_facts *const *layers, size_t layer_count,
		  struct error *err)
{
	struct shadow_index hidden = { 0 };
	int r = 0;
	for (size_t i = 0; r == 0 && i < layer_count; i++)
		for (size_t k = 0; r == 0 && layers[i] != NULL && k < layers[i]->account_count; k++)
			r = shadow_ask_file(&hidden, layers[i]->accounts[k].path, err);
	if (r == 0)
		layers_note_paths(&hidden, layers, layer_count);
	for (size_t i = 0; r == 0 && i < layer_count; i++)
		for (size_t k = 0; layers[i] != NULL && k < layers[i]->account_count; k++) {
			const struct baseline_fact *f = &layers[i]->accounts[k];
			if (shadow_hides(&hidden, f->path, (uint32_t)i))
				continue;
			j->layers[j->n] = (uint32_t)i;
			j->facts[j->n++] = *f;
		}
	shadow_index_free(&hidden);
	return r;
}

static int on_match(void *ctx, const struct check_match *m, const struct baseline_fact *about,
		    struct error *err)
{
	struct judging *j = ctx;
	if (j->count == j->cap) {
		size_t more = j->cap * 2 + 16;
		struct plan_check *list = arena_array(&j->st->arena, more, sizeof *list);
		if (list == NULL)
			return no_memory(err);
		if (j->count > 0)
			memcpy(list, j->list, j->count * sizeof *list);
		j->list = list;
		j->cap = more;
	}
	struct plan_check c = { .layer = j->layers[about - j->facts],
				.fact = { .path = intern_bytes(&j->st->strings, m->path),
					  .evidence = intern_bytes(&j->st->strings, m->evidence),
					  .fix = intern_bytes(&j->st->strings, m->fix),
					  .key = intern_bytes(&j->st->strings, m->key),
					  .rule = m->rule,
					  .line = m->line } };
	if (c.fact.path == NULL || c.fact.evidence == NULL || c.fact.fix == NULL ||
	    c.fact.key == NULL)
		return no_memory(err);
	j->list[j->count++] = c;
	return 0;
}

int merge_baseline(const struct layer_facts *const *layers, size_t layer_count,
		   const struct check_rules *rules, struct fact_store *st, struct plan_check **list,
		   size_t *count, struct error *err)
{
	size_t all = count_all(layers, layer_count);
	struct judging j = { .st = st, .list = *list, .count = *count, .cap = *count };
	struct baseline_judge_sink sink = { on_match, &j };
	if (all == 0)
		return 0;
	j.facts = calloc(all, sizeof *j.facts);
	j.layers = calloc(all, sizeof *j.layers);
	int r = j.facts == NULL || j.layers == NULL ? no_memory(err)
						    : gather(&j, layers, layer_count, err);
	if (r == 0)
		r = baseline_judge(rules, j.facts, j.n, sink, err);
	free(j.facts);
	free(j.layers);
	*list = j.list;
	*count = j.count;
	return r;
}
