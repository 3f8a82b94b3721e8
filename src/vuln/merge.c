/* From facts in the order of the feeds to facts in the order of the file. All
 * choices depend on what the facts say and never on the order they came in, so
 * that the same facts give the same bytes. */
#include "vuln/builder.h"

/* --- numbers in order ------------------------------------------------------ */

static int merge_strings(struct vulndb_builder *b, struct error *err)
{
	cleanup_free uint32_t *number = strpool_sort(&b->strings, err);
	if (number == NULL)
		return -1;
	for (size_t i = 0; i < b->fact_count; i++) {
		struct built_fact *f = &b->facts[i];
		f->ecosystem = number[f->ecosystem];
		f->package = number[f->package];
		f->advisory = number[f->advisory];
		f->introduced = number[f->introduced];
		f->bound = number[f->bound];
		f->module = number[f->module];
		f->arch = number[f->arch];
	}
	for (size_t i = 0; i < b->id_count; i++) {
		struct built_id *id = &b->ids[i];
		if ((id->key & BUILT_CVE) == 0)
			id->key = number[id->key];
		id->vector = number[id->vector];
	}
	for (size_t i = 0; i < b->alias_count; i++)
		b->aliases[i].alias = number[b->aliases[i].alias];
	for (size_t i = 0; i < b->source_count; i++) {
		struct built_source *s = &b->sources[i];
		s->name = number[s->name];
		s->url = number[s->url];
		s->snapshot = number[s->snapshot];
	}
	return 0;
}

static int by_key(const void *a, const void *b)
{
	uint64_t x = ((const struct built_id *)a)->key, y = ((const struct built_id *)b)->key;
	/* CVEs first: their bit is the highest one, so it is turned around. */
	x ^= BUILT_CVE;
	y ^= BUILT_CVE;
	return (x > y) - (x < y);
}

/* `out` carries an id's old index through the sort. */
static int merge_ids(struct vulndb_builder *b, struct error *err)
{
	cleanup_free uint32_t *number = calloc(b->id_count + 1, sizeof *number);
	if (number == NULL)
		return error_set(err, ERR_MEMORY, "no memory to sort ids");
	for (size_t i = 0; i < b->id_count; i++)
		b->ids[i].out = (uint32_t)i;
	if (b->id_count > 0)
		qsort(b->ids, b->id_count, sizeof *b->ids, by_key);
	for (size_t i = 0; i < b->id_count; i++)
		number[b->ids[i].out] = (uint32_t)i;
	for (size_t i = 0; i < b->fact_count; i++)
		b->facts[i].id = number[b->facts[i].id];
	for (size_t i = 0; i < b->alias_count; i++)
		b->aliases[i].id = number[b->aliases[i].id];
	free(b->id_slots);
	b->id_slots = NULL;
	b->id_slot_count = 0;
	return 0;
}

static int compare32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int by_alias(const void *a, const void *b)
{
	const struct built_alias *x = a, *y = b;
	int c = compare32(x->id, y->id);
	return c != 0 ? c : compare32(x->alias, y->alias);
}

static void merge_aliases(struct vulndb_builder *b)
{
	size_t kept = 0;
	if (b->alias_count > 0)
		qsort(b->aliases, b->alias_count, sizeof *b->aliases, by_alias);
	for (size_t i = 0; i < b->alias_count; i++)
		if (kept == 0 || by_alias(&b->aliases[i], &b->aliases[kept - 1]) != 0)
			b->aliases[kept++] = b->aliases[i];
	b->alias_count = kept;
}

static int by_source(const void *a, const void *b, void *sources)
{
	const struct built_source *x = (struct built_source *)sources + *(const uint16_t *)a;
	const struct built_source *y = (struct built_source *)sources + *(const uint16_t *)b;
	int c = compare32(x->name, y->name);
	if (c == 0)
		c = compare32(x->url, y->url);
	return c != 0 ? c : compare32(x->snapshot, y->snapshot);
}

/* Sorted and each once: two imports may have learned the same date. */
static size_t unique_sources(const struct vulndb_builder *b, const uint16_t *order,
			     uint16_t *number, struct built_source *sorted)
{
	size_t n = 0;
	for (size_t i = 0; i < b->source_count; i++) {
		if (i == 0 || by_source(&order[i - 1], &order[i], b->sources) != 0)
			sorted[n++] = b->sources[order[i]];
		number[order[i]] = (uint16_t)(n - 1);
	}
	return n;
}

/* By name they are sorted: `newest` of each becomes that of its publisher. */
static void find_newest(struct built_source *s, size_t n)
{
	for (size_t i = 0, end; i < n; i = end) {
		int64_t newest = s[i].time;
		for (end = i + 1; end < n && s[end].name == s[i].name; end++)
			if (s[end].time > newest)
				newest = s[end].time;
		for (size_t k = i; k < end; k++)
			s[k].newest = newest;
	}
}

static int merge_sources(struct vulndb_builder *b, struct error *err)
{
	cleanup_free uint16_t *order = calloc(b->source_count + 1, sizeof *order);
	cleanup_free uint16_t *number = calloc(b->source_count + 1, sizeof *number);
	struct built_source *sorted = calloc(b->source_count + 1, sizeof *sorted);
	if (order == NULL || number == NULL || sorted == NULL) {
		free(sorted);
		return error_set(err, ERR_MEMORY, "no memory to sort sources");
	}
	for (size_t i = 0; i < b->source_count; i++)
		order[i] = (uint16_t)i;
	qsort_r(order, b->source_count, sizeof *order, by_source, b->sources);
	size_t n = unique_sources(b, order, number, sorted);
	find_newest(sorted, n);
	for (size_t i = 0; i < b->fact_count; i++)
		b->facts[i].source = number[b->facts[i].source];
	b->source = number[b->source];
	free(b->sources);
	b->sources = sorted;
	b->source_cap = b->source_count + 1;
	b->source_count = n;
	return 0;
}

/* --- facts ----------------------------------------------------------------- */

/* What a fact is about. Facts of one subject stand together in the file. */
static int by_subject(const struct built_fact *x, const struct built_fact *y)
{
	int c = compare32(x->ecosystem, y->ecosystem);
	if (c == 0)
		c = compare32(x->package, y->package);
	if (c == 0)
		c = compare32(x->id, y->id);
	if (c == 0)
		c = compare32(x->module, y->module);
	return c != 0 ? c : compare32(x->arch, y->arch);
}

static int by_range(const struct built_fact *x, const struct built_fact *y)
{
	int c = compare32(x->introduced, y->introduced);
	if (c == 0)
		c = compare32(x->bound, y->bound);
	return c != 0 ? c : compare32(x->is_last, y->is_last);
}

/* By subject; then the publisher with the newest data, then by name; then by
 * range, and of equal ranges the worse severity first. */
static int by_fact(const void *a, const void *b, void *sources)
{
	const struct built_fact *x = a, *y = b;
	const struct built_source *s = (const struct built_source *)sources + x->source;
	const struct built_source *t = (const struct built_source *)sources + y->source;
	int c = by_subject(x, y);
	if (c == 0 && s->name != t->name)
		c = s->newest != t->newest ? (s->newest > t->newest ? -1 : 1)
					   : compare32(s->name, t->name);
	if (c == 0)
		c = by_range(x, y);
	if (c == 0)
		c = compare32(y->severity, x->severity);
	if (c == 0)
		c = compare32(x->advisory, y->advisory);
	if (c == 0)
		c = compare32(x->status, y->status);
	return c != 0 ? c : compare32(x->source, y->source);
}

/* An open end is stale once the same source names an end for the same start:
 * "postponed" stays behind in feeds when the fix is out. */
static bool has_end_elsewhere(const struct built_fact *facts, size_t n, const struct built_fact *f)
{
	if (f->bound != 0)
		return false;
	for (size_t i = 0; i < n && facts[i].introduced == f->introduced; i++)
		if (facts[i].bound != 0)
			return true;
	return false;
}

/* Of the facts of one subject only those of the preferred publisher stay, none
 * if it says that the package is not affected, and each range once. Returns how
 * many stay, moved to `to`, which is at or before `facts`. */
static size_t merge_subject(const struct built_source *sources, struct built_fact *facts, size_t n,
			    struct built_fact *to)
{
	size_t same = 0, kept = 0;
	uint32_t publisher = sources[facts[0].source].name;
	while (same < n && sources[facts[same].source].name == publisher) {
		if (facts[same].status == STATUS_NOT_AFFECTED)
			return 0;
		same++;
	}
	for (size_t i = 0; i < same; i++) {
		struct built_fact f = facts[i];
		if (kept > 0 && by_range(&to[kept - 1], &f) == 0)
			continue;
		/* Those that were moved are a prefix, so the rest still tells. */
		if (has_end_elsewhere(facts + i, same - i, &f))
			continue;
		to[kept++] = f;
	}
	return kept;
}

static void merge_subjects(struct vulndb_builder *b)
{
	size_t kept = 0;
	for (size_t i = 0, end; i < b->fact_count; i = end) {
		for (end = i + 1; end < b->fact_count; end++)
			if (by_subject(&b->facts[i], &b->facts[end]) != 0)
				break;
		kept += merge_subject(b->sources, b->facts + i, end - i, b->facts + kept);
	}
	b->fact_count = kept;
}

int builder_merge(struct vulndb_builder *b, struct error *err)
{
	if (merge_strings(b, err) < 0 || merge_ids(b, err) < 0 || merge_sources(b, err) < 0)
		return -1;
	merge_aliases(b);
	if (builder_unify(b, err) < 0)
		return -1;
	merge_aliases(b);
	if (b->fact_count > 0)
		qsort_r(b->facts, b->fact_count, sizeof *b->facts, by_fact, b->sources);
	merge_subjects(b);
	for (size_t i = 0; i < b->id_count; i++)
		b->ids[i].used = false;
	for (size_t i = 0; i < b->fact_count; i++)
		b->ids[b->facts[i].id].used = true;
	return 0;
}
