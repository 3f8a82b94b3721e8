/* One vulnerability under several names. Publishers give what GitHub calls
 * GHSA-…, and PyPA PYSEC-…, different ids, and name the CVE and each other as
 * aliases. So that it is one finding, all that is known under ids that are aliases
 * of each other moves to one: their CVE where they have exactly one, else the first
 * by name. Two CVEs are never one, and ids that lead to several CVEs (bundles, or
 * somebody's mistake) stay as they are. */
#include "vuln/builder.h"
#include "vuln/vulndb_format.h"

enum { NONE = UINT32_MAX, SEVERAL = UINT32_MAX - 1 };

struct unify {
	struct vulndb_builder *b;
	uint32_t *parent; /* of ids that are no CVEs: trees of aliases */
	uint32_t *cve; /* the one that an id, or a whole tree at its root, leads to */
};

static bool is_cve(const struct vulndb_builder *b, uint32_t id)
{
	return (b->ids[id].key & BUILT_CVE) != 0;
}

/* ids are sorted by key, CVEs first. */
static uint32_t id_of_key(const struct vulndb_builder *b, uint64_t key)
{
	size_t low = 0, high = b->id_count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		uint64_t k = b->ids[mid].key;
		if (k == key)
			return (uint32_t)mid;
		if ((k ^ BUILT_CVE) < (key ^ BUILT_CVE))
			low = mid + 1;
		else
			high = mid;
	}
	return NONE;
}

/* The id that has this name; NONE when nothing is known of it. */
static uint32_t id_of_string(const struct vulndb_builder *b, uint32_t string)
{
	uint16_t year;
	uint32_t number;
	if (vuln_cve_parse(bytes_str(strpool_get(&b->strings, string)), &year, &number))
		return id_of_key(b, BUILT_CVE | (uint64_t)year << 32 | number);
	return id_of_key(b, string);
}

static uint32_t root_of(struct unify *u, uint32_t id)
{
	while (u->parent[id] != id) {
		u->parent[id] = u->parent[u->parent[id]];
		id = u->parent[id];
	}
	return id;
}

static uint32_t both(uint32_t a, uint32_t b)
{
	if (a == NONE || a == b)
		return b;
	return b == NONE ? a : SEVERAL;
}

static void join(struct unify *u, uint32_t a, uint32_t b)
{
	uint32_t x = root_of(u, a), y = root_of(u, b);
	uint32_t first = x < y ? x : y, second = x < y ? y : x;
	if (x == y)
		return;
	u->parent[second] = first;
	u->cve[first] = both(u->cve[x], u->cve[y]);
}

static void link_aliases(struct unify *u)
{
	for (size_t i = 0; i < u->b->alias_count; i++) {
		uint32_t x = u->b->aliases[i].id, y = id_of_string(u->b, u->b->aliases[i].alias);
		if (y == NONE || x == y || (is_cve(u->b, x) && is_cve(u->b, y)))
			continue;
		if (is_cve(u->b, x))
			u->cve[root_of(u, y)] = both(u->cve[root_of(u, y)], x);
		else if (is_cve(u->b, y))
			u->cve[root_of(u, x)] = both(u->cve[root_of(u, x)], y);
		else
			join(u, x, y);
	}
}

/* Where the id's facts go. */
static uint32_t target_of(struct unify *u, uint32_t id)
{
	if (is_cve(u->b, id))
		return id;
	uint32_t root = root_of(u, id), cve = u->cve[root];
	if (cve == SEVERAL)
		return id;
	return cve == NONE ? root : cve;
}

/* Strings are in order, so the vectors of equal scores are, too. */
static bool worse_score(const struct built_id *a, const struct built_id *b)
{
	if (a->cvss == DB_NO_CVSS || b->cvss == DB_NO_CVSS)
		return a->cvss != DB_NO_CVSS;
	if (a->cvss_rank != b->cvss_rank)
		return a->cvss_rank > b->cvss_rank;
	return a->cvss > b->cvss || (a->cvss == b->cvss && a->vector > b->vector);
}

/* As one source's details are merged into another's in build.c. */
static void move_detail(struct built_id *to, const struct built_id *from)
{
	if (from->severity_rank > to->severity_rank ||
	    (from->severity_rank == to->severity_rank && from->severity > to->severity)) {
		to->severity = from->severity;
		to->severity_rank = from->severity_rank;
	}
	if (worse_score(from, to)) {
		to->cvss = from->cvss;
		to->cvss_rank = from->cvss_rank;
		to->vector = from->vector;
	}
	if (from->epss != DB_NO_EPSS && (to->epss == DB_NO_EPSS || from->epss > to->epss))
		to->epss = from->epss;
	if (from->percentile != DB_NO_EPSS &&
	    (to->percentile == DB_NO_EPSS || from->percentile > to->percentile))
		to->percentile = from->percentile;
	to->kev_added = earlier_day(to->kev_added, from->kev_added);
	to->kev_due = earlier_day(to->kev_due, from->kev_due);
	to->published = earlier_day(to->published, from->published);
	to->ransomware = to->ransomware || from->ransomware;
}

static void move_facts(struct unify *u)
{
	struct vulndb_builder *b = u->b;
	for (size_t i = 0; i < b->fact_count; i++) {
		struct built_fact *f = &b->facts[i];
		uint32_t to = target_of(u, f->id);
		if (to == f->id)
			continue;
		if (f->advisory == 0)
			f->advisory = (uint32_t)b->ids[f->id].key;
		f->id = to;
	}
}

/* The other ids become aliases of the one, and their aliases its own. */
static int move_aliases(struct unify *u, struct error *err)
{
	struct vulndb_builder *b = u->b;
	size_t kept = 0;
	for (size_t i = 0; i < b->alias_count; i++) {
		struct built_alias a = { target_of(u, b->aliases[i].id), b->aliases[i].alias };
		if (id_of_string(b, a.alias) != a.id)
			b->aliases[kept++] = a;
	}
	b->alias_count = kept;
	for (uint32_t id = 0; id < b->id_count; id++) {
		uint32_t to = target_of(u, id);
		if (to == id)
			continue;
		if (grow_array((void **)&b->aliases, b->alias_count, &b->alias_cap,
			       sizeof *b->aliases, err) < 0)
			return -1;
		b->aliases[b->alias_count++] = (struct built_alias){ to, (uint32_t)b->ids[id].key };
		move_detail(&b->ids[to], &b->ids[id]);
	}
	return 0;
}

static int unify_all(struct unify *u, struct error *err)
{
	if (u->parent == NULL || u->cve == NULL)
		return error_set(err, ERR_MEMORY, "no memory to join ids");
	for (uint32_t i = 0; i < u->b->id_count; i++) {
		u->parent[i] = i;
		u->cve[i] = NONE;
	}
	link_aliases(u);
	move_facts(u);
	return move_aliases(u, err);
}

int builder_unify(struct vulndb_builder *b, struct error *err)
{
	struct unify u = { .b = b };
	u.parent = calloc(b->id_count + 1, sizeof *u.parent);
	u.cve = calloc(b->id_count + 1, sizeof *u.cve);
	int result = unify_all(&u, err);
	free(u.parent);
	free(u.cve);
	return result;
}
