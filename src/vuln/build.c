/* Collecting facts and details from the importers. */
#include "vuln/builder.h"

#include "vuln/ecosystem.h"
#include "vuln/vulndb_format.h"

enum { SOURCES_MAX = UINT16_MAX };

int grow_array(void **array, size_t count, size_t *cap, size_t size, struct error *err)
{
	if (count < *cap)
		return 0;
	size_t bigger;
	if (checked_add(*cap, *cap / 2 + 1024, &bigger) || bigger >= UINT32_MAX)
		return error_set(err, ERR_LIMIT, "more records than a database can hold");
	void *p = reallocarray(*array, bigger, size);
	if (p == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu records", bigger);
	*array = p;
	*cap = bigger;
	return 0;
}

struct vulndb_builder *vulndb_builder_new(void)
{
	struct vulndb_builder *b = calloc(1, sizeof *b);
	uint32_t empty;
	if (b == NULL)
		return NULL;
	strpool_init(&b->strings);
	if (strpool_put(&b->strings, bytes_str(""), &empty, NULL) < 0) {
		vulndb_builder_free(b);
		return NULL;
	}
	return b;
}

void vulndb_builder_free(struct vulndb_builder *b)
{
	if (b == NULL)
		return;
	strpool_free(&b->strings);
	free(b->facts);
	free(b->ids);
	free(b->id_slots);
	free(b->aliases);
	free(b->sources);
	free(b);
}

static void skip(struct vulndb_builder *b, struct bytes what, const char *why)
{
	char text[128];
	size_t n = what.n < sizeof text - 1 ? what.n : sizeof text - 1;
	b->skipped++;
	if (b->on_skip == NULL)
		return;
	if (n > 0)
		memcpy(text, what.p, n);
	text[n] = '\0';
	b->on_skip(b->skip_ctx, text, why);
}

/* --- ids ------------------------------------------------------------------- */

static int id_key(struct vulndb_builder *b, struct bytes id, uint64_t *ret, struct error *err)
{
	uint16_t year;
	uint32_t number;
	if (vuln_cve_parse(id, &year, &number)) {
		*ret = BUILT_CVE | (uint64_t)year << 32 | number;
		return 0;
	}
	if (strpool_put(&b->strings, id, &number, err) < 0)
		return -1;
	*ret = number;
	return 0;
}

static uint32_t *id_slot(const struct vulndb_builder *b, uint64_t key)
{
	size_t mask = b->id_slot_count - 1;
	size_t i = (size_t)hash_bytes(b->strings.key, bytes_of(&key, sizeof key)) & mask;
	while (b->id_slots[i] != 0 && b->ids[b->id_slots[i] - 1].key != key)
		i = (i + 1) & mask;
	return &b->id_slots[i];
}

static int grow_id_slots(struct vulndb_builder *b, struct error *err)
{
	size_t count = 4096;
	while (count <= b->id_count * 2)
		count *= 2;
	uint32_t *slots = calloc(count, sizeof *slots);
	if (slots == NULL)
		return error_set(err, ERR_MEMORY, "no memory for ids");
	free(b->id_slots);
	b->id_slots = slots;
	b->id_slot_count = count;
	for (size_t i = 0; i < b->id_count; i++)
		*id_slot(b, b->ids[i].key) = (uint32_t)i + 1;
	return 0;
}

static int find_id(struct vulndb_builder *b, struct bytes text, uint32_t *ret, struct error *err)
{
	uint64_t key;
	if (id_key(b, text, &key, err) < 0)
		return -1;
	if (b->id_count * 2 >= b->id_slot_count && grow_id_slots(b, err) < 0)
		return -1;
	uint32_t *slot = id_slot(b, key);
	if (*slot == 0) {
		if (grow_array((void **)&b->ids, b->id_count, &b->id_cap, sizeof *b->ids, err) < 0)
			return -1;
		b->ids[b->id_count] = (struct built_id){
			.key = key,
			.epss = DB_NO_EPSS,
			.percentile = DB_NO_EPSS,
			.cvss = DB_NO_CVSS,
		};
		*slot = (uint32_t)++b->id_count;
	}
	*ret = *slot - 1;
	return 0;
}

/* --- the sink -------------------------------------------------------------- */

/* The source that is already known under this name, or -1. An importer that
 * learns the date of its data at the end announces the source once more. */
static ptrdiff_t known_source(struct vulndb_builder *b, const struct built_source *src)
{
	for (size_t i = 0; i < b->source_count; i++) {
		struct built_source *old = &b->sources[i];
		if (old->name != src->name || old->url != src->url)
			continue;
		if (old->snapshot == 0)
			*old = *src;
		if (old->snapshot == src->snapshot)
			return (ptrdiff_t)i;
	}
	return -1;
}

static int add_source(struct vulndb_builder *b, const struct built_source *src, struct error *err)
{
	if (b->source_count >= SOURCES_MAX)
		return error_set(err, ERR_LIMIT, "more than %d sources of facts", SOURCES_MAX);
	if (grow_array((void **)&b->sources, b->source_count, &b->source_cap, sizeof *b->sources,
		       err) < 0)
		return -1;
	b->source = (uint16_t)b->source_count;
	b->sources[b->source_count++] = *src;
	return 0;
}

static int take_source(void *ctx, const struct vuln_source *s, struct error *err)
{
	struct vulndb_builder *b = ctx;
	struct built_source src = { .nvd = bytes_equal(s->name, BYTES_LIT("nvd")) };
	if (s->name.n == 0)
		return error_set(err, ERR_MALFORMED, "a source of facts has no name");
	if (strpool_put(&b->strings, s->name, &src.name, err) < 0 ||
	    strpool_put(&b->strings, s->url, &src.url, err) < 0 ||
	    strpool_put(&b->strings, s->snapshot, &src.snapshot, err) < 0)
		return -1;
	(void)rfc3339_parse(s->snapshot, &src.time);
	b->has_source = true;
	ptrdiff_t known = known_source(b, &src);
	if (known < 0)
		return add_source(b, &src, err);
	b->source = (uint16_t)known;
	return 0;
}

static bool fact_usable(const struct vuln_fact *f)
{
	return f->ecosystem.n > 0 && f->package.n > 0 && f->id.n > 0 &&
	       strpool_takes(f->ecosystem) && strpool_takes(f->package) && strpool_takes(f->id) &&
	       strpool_takes(f->advisory) && strpool_takes(f->introduced) &&
	       strpool_takes(f->fixed) && strpool_takes(f->last_affected) &&
	       strpool_takes(f->module) && strpool_takes(f->arch) &&
	       (unsigned)f->status < STATUSES && (unsigned)f->severity < SEVERITIES;
}

/* "0" as first touched version says nothing, "0" as first untouched one says
 * that the package was never touched (Debian tracker and secdb write it so). */
static int fact_numbers(struct vulndb_builder *b, const struct vuln_fact *f, struct built_fact *n,
			struct error *err)
{
	char room[VULN_NAME_ROOM];
	struct bytes package = vuln_package_name(app_type_of(f->ecosystem), f->package, room);
	bool zero_fixed = bytes_equal(f->fixed, BYTES_LIT("0"));
	bool all = bytes_equal(f->introduced, BYTES_LIT("0"));
	bool same = bytes_equal(f->advisory, f->id);
	struct bytes fixed = zero_fixed ? BYTES_LIT("") : f->fixed;
	n->is_last = fixed.n == 0 && f->last_affected.n > 0;
	n->status = (zero_fixed ? STATUS_NOT_AFFECTED : f->status) & 0xf;
	n->severity = f->severity & 0x7;
	struct {
		struct bytes text;
		uint32_t *number;
	} all_strings[] = {
		{ f->ecosystem, &n->ecosystem },
		{ package, &n->package },
		{ same ? BYTES_LIT("") : f->advisory, &n->advisory },
		{ all ? BYTES_LIT("") : f->introduced, &n->introduced },
		{ n->is_last ? f->last_affected : fixed, &n->bound },
		{ f->module, &n->module },
		{ f->arch, &n->arch },
	};
	for (size_t i = 0; i < sizeof all_strings / sizeof *all_strings; i++)
		if (strpool_put(&b->strings, all_strings[i].text, all_strings[i].number, err) < 0)
			return -1;
	return find_id(b, f->id, &n->id, err);
}

static int take_fact(void *ctx, const struct vuln_fact *f, struct error *err)
{
	struct vulndb_builder *b = ctx;
	struct built_fact n = { .source = b->source };
	if (!b->has_source)
		return error_set(err, ERR_INTERNAL, "a fact came before its source");
	if (!fact_usable(f)) {
		skip(b, f->id, "a fact without ecosystem, package or id, or with a broken text");
		return 0;
	}
	if (fact_numbers(b, f, &n, err) < 0 ||
	    grow_array((void **)&b->facts, b->fact_count, &b->fact_cap, sizeof *b->facts, err) < 0)
		return -1;
	b->facts[b->fact_count++] = n;
	return 0;
}

/* --- details --------------------------------------------------------------- */

static uint16_t day_of(struct bytes date)
{
	int64_t t;
	if (date.n == 0 || !rfc3339_parse(date, &t) || t <= 0 || t / 86400 > UINT16_MAX)
		return 0;
	return (uint16_t)(t / 86400);
}

static uint32_t billionths(double v)
{
	return v >= 0.0 && v <= 1.0 ? (uint32_t)(v * DB_EPSS_ONE + 0.5) : DB_NO_EPSS;
}

/* The rank of the source decides, then the worse severity: whatever order the
 * details come in, the same one stays. */
static void merge_severity(struct built_id *id, const struct vuln_detail *d, uint8_t rank)
{
	if (d->severity == SEVERITY_UNKNOWN || (unsigned)d->severity >= SEVERITIES)
		return;
	if (rank > id->severity_rank ||
	    (rank == id->severity_rank && (uint8_t)d->severity > id->severity)) {
		id->severity = (uint8_t)d->severity;
		id->severity_rank = rank;
	}
}

static int merge_cvss(struct vulndb_builder *b, struct built_id *id, const struct vuln_detail *d,
		      uint8_t rank, struct error *err)
{
	if (!(d->cvss_score >= 0.0 && d->cvss_score <= 10.0))
		return 0;
	uint8_t score = (uint8_t)(d->cvss_score * 10 + 0.5);
	uint32_t vector = 0;
	if (strpool_takes(d->cvss_vector) &&
	    strpool_put(&b->strings, d->cvss_vector, &vector, err) < 0)
		return -1;
	bool better = rank > id->cvss_rank || (rank == id->cvss_rank && score > id->cvss);
	if (rank == id->cvss_rank && score == id->cvss)
		better = strcmp(strpool_get(&b->strings, vector),
				strpool_get(&b->strings, id->vector)) > 0;
	if (better) {
		id->cvss = score;
		id->vector = vector;
		id->cvss_rank = rank;
	}
	return 0;
}

static void merge_numbers(struct built_id *id, const struct vuln_detail *d)
{
	uint32_t epss = billionths(d->epss), percentile = billionths(d->epss_percentile);
	uint16_t added = day_of(d->kev_added), due = day_of(d->kev_due);
	uint16_t published = day_of(d->published);
	if (epss != DB_NO_EPSS && (id->epss == DB_NO_EPSS || epss > id->epss))
		id->epss = epss;
	if (percentile != DB_NO_EPSS &&
	    (id->percentile == DB_NO_EPSS || percentile > id->percentile))
		id->percentile = percentile;
	id->kev_added = earlier_day(id->kev_added, added);
	id->kev_due = earlier_day(id->kev_due, due);
	id->published = earlier_day(id->published, published);
	id->ransomware = id->ransomware || d->kev_ransomware;
}

static int take_alias(struct vulndb_builder *b, uint32_t id, struct bytes alias, struct error *err)
{
	struct built_alias a = { .id = id };
	if (alias.n == 0)
		return 0;
	if (!strpool_takes(alias)) {
		skip(b, alias, "an alias with a broken text");
		return 0;
	}
	if (strpool_put(&b->strings, alias, &a.alias, err) < 0 ||
	    grow_array((void **)&b->aliases, b->alias_count, &b->alias_cap, sizeof *b->aliases,
		       err) < 0)
		return -1;
	b->aliases[b->alias_count++] = a;
	return 0;
}

static int take_detail(void *ctx, const struct vuln_detail *d, struct error *err)
{
	struct vulndb_builder *b = ctx;
	uint32_t i;
	if (d->id.n == 0 || !strpool_takes(d->id)) {
		skip(b, d->id, "a detail without id");
		return 0;
	}
	if (find_id(b, d->id, &i, err) < 0)
		return -1;
	bool nvd = b->has_source && b->sources[b->source].nvd;
	uint8_t rank = nvd ? RANK_NVD : RANK_VENDOR;
	merge_severity(&b->ids[i], d, rank);
	merge_numbers(&b->ids[i], d);
	if (merge_cvss(b, &b->ids[i], d, rank, err) < 0)
		return -1;
	return bytes_equal(d->alias, d->id) ? 0 : take_alias(b, i, d->alias, err);
}

static void take_skipped(void *ctx, const char *what, const char *why)
{
	skip(ctx, bytes_str(what), why);
}

struct vuln_fact_sink vulndb_builder_sink(struct vulndb_builder *b)
{
	return (struct vuln_fact_sink){
		.source = take_source,
		.fact = take_fact,
		.detail = take_detail,
		.skipped = take_skipped,
		.ctx = b,
	};
}

void vulndb_builder_on_skip(struct vulndb_builder *b,
			    void (*on_skip)(void *ctx, const char *what, const char *why),
			    void *ctx)
{
	b->on_skip = on_skip;
	b->skip_ctx = ctx;
}

uint64_t vulndb_builder_skipped(const struct vulndb_builder *b)
{
	return b->skipped;
}
