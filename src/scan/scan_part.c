/* What the layers that were read tell for good, while others are still to come.
 *
 * Upper layers win: a layer can hide or replace what lies below it, never what lies
 * above. So these can be told before all is read:
 *
 *   secrets                   of every layer and of the config: whoever has the image
 *                             has all its layers, hidden files included
 *   packages of applications  of the topmost layers without a gap, where no package of
 *                             the system can own them: the lists of those may lie below
 *   packages of the system    of the same layers, when these also hold etc/os-release:
 *                             which system it is decides what its packages suffer from.
 *                             Not of Ubuntu: that Pro's updates are in force may be told
 *                             by files below
 *
 * Not for good are the layer that first brought something, and the path of a system's
 * package, which a second database below may list as well. Who decides on a part must
 * not ask for these (policy_facts.part). */
#include <stdlib.h>
#include <strings.h>

#include "scan/scan_internal.h"

/* --- which layers -------------------------------------------------------------------- */

static bool is_read(const struct scan *s, size_t layer)
{
	const struct layer_task *t = &s->tasks[s->task_of[layer]];
	return !t->pending && !t->untrusted;
}

/* The lowest layer above which all were read without an error. */
static size_t read_from(const struct scan *s)
{
	size_t from = s->plan.layer_count;
	while (from > 0 && is_read(s, from - 1) &&
	       s->tasks[s->task_of[from - 1]].error.code == ERR_NONE)
		from--;
	return from;
}

static size_t count_read(const struct scan *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->plan.layer_count; i++)
		n += is_read(s, i);
	return n;
}

/* --- packages ------------------------------------------------------------------------- */

static bool is_system_final(const struct merge_result *m)
{
	return m->os_final && strcasecmp(m->os.id, "ubuntu") != 0;
}

static bool is_final(const struct merge_result *m, const struct package *p)
{
	if (pkg_type_is_app(p->type))
		return !is_system_path(bytes_str(p->path));
	return is_system_final(m);
}

static int fill_packages(struct scan *s, size_t from, struct error *err)
{
	size_t kept = 0, n = s->plan.layer_count;
	const struct layer_facts **facts = scan_layers(s, n);
	if (facts == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu layers", n);
	for (size_t i = 0; i < from; i++)
		facts[i] = NULL;
	struct merge_input in = { .layers = facts, .layer_count = n, .layers_named = true };
	int r = merge_layers(&in, &s->st, &s->merged, err);
	free(facts);
	if (r < 0)
		return -1;
	struct merge_result *m = &s->merged;
	for (size_t i = 0; i < m->package_count; i++)
		if (is_final(m, &m->packages[i]))
			m->packages[kept++] = m->packages[i];
	s->r->packages = m->packages;
	s->r->package_count = kept;
	s->r->has_os = m->has_os && is_system_final(m);
	if (s->r->has_os)
		s->r->os = m->os;
	return 0;
}

int scan_part_fill(struct scan *s, struct error *err)
{
	s->r->is_part = true;
	s->r->layers_read = count_read(s);
	scan_fill_image(s);
	if (fill_packages(s, read_from(s), err) < 0)
		return -1;
	scan_judge(s);
	return 0;
}

/* --- asking -------------------------------------------------------------------------- */

/* How much the layers tell that could make a difference. */
static uint64_t count_facts(const struct scan *s)
{
	uint64_t n = 0;
	for (size_t i = 0; i < s->plan.layer_count; i++) {
		const struct layer_facts *f = &s->tasks[s->task_of[i]].facts;
		if (is_read(s, i))
			n += f->package_count + f->os_count + f->app_count + f->secret_count +
			     f->check_count;
	}
	return n;
}

static bool is_news(struct scan *s)
{
	uint64_t facts = count_facts(s);
	size_t from = read_from(s);
	bool news = !s->asked || (facts > 0 && (facts != s->asked_facts || from != s->asked_from));
	s->asked = true;
	s->asked_facts = facts;
	s->asked_from = from;
	return news;
}

/* What those who are asked keep in the result: findings that they take away. */
enum { PART_MEMORY = 64 * 1024 * 1024 };

/* In a store and a result of its own: the scan may go on. */
bool scan_part_enough(void *ctx)
{
	struct scan *s = ctx;
	struct error err = { 0 };
	if (!is_news(s))
		return false;
	struct scan_result result = { .families = s->o->families,
				      .reference = s->r->reference,
				      .arena = arena_max(PART_MEMORY) };
	struct scan part = *s;
	part.r = &result;
	part.merged = (struct merge_result){ 0 };
	part.finding_cap = part.incomplete_cap = part.note_cap = 0;
	fact_store_init(&part.st);
	s->stopped = scan_part_fill(&part, &err) == 0 && s->o->enough(s->o->enough_ctx, &result);
	free(result.findings);
	free(result.incomplete);
	free(result.notes);
	arena_free(&result.arena);
	fact_store_free(&part.st);
	return s->stopped;
}
