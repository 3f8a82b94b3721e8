/* Reading a whole database and checking that it is what a builder writes:
 * sums, orders, offsets, and that every fact can be found through the index. */
#include "vuln/vulndb_map.h"

static int broken(struct error *err, enum vulndb_section s, size_t i, const char *what)
{
	return error_set(err, ERR_DB_CORRUPT, "the vulnerability database is damaged: %s %zu: %s",
			 vulndb_section_name(s), i, what);
}

static int verify_sums(const struct vulndb *db, struct error *err)
{
	size_t at = DB_HEADER_SIZE + (size_t)DB_SECTIONS * DB_TABLE_SIZE;
	for (int s = 0; s < DB_SECTIONS; s++) {
		enum vulndb_section section = (enum vulndb_section)s;
		const struct vulndb_view *v = &db->sections[s];
		size_t begin = (size_t)(v->p - db->map);
		struct digest sum;
		for (; at < begin; at++)
			if (db->map[at] != 0)
				return broken(err, section, at, "bytes in front of it");
		sha256_of(bytes_of(v->p, v->n), &sum);
		if (memcmp(sum.sha256, v->checksum, SHA256_SIZE) != 0)
			return error_set(err, ERR_DB_CORRUPT,
					 "the vulnerability database is damaged: the checksum of "
					 "section %s is wrong",
					 vulndb_section_name(section));
		at = begin + v->n;
	}
	return 0;
}

/* An offset of a string is good when a string begins there. */
static bool string_begins(const struct vulndb *db, uint32_t offset)
{
	const struct vulndb_view *v = &db->sections[DB_STRINGS];
	return offset < v->n && (offset == 0 || v->p[offset - 1] == 0);
}

static bool field_is_string(const struct vulndb *db, const uint8_t *record, size_t field)
{
	return string_begins(db, db_get32(record + field));
}

/* --- ecosystems, index, packages -------------------------------------------- */

static int verify_slots(const struct vulndb *db, const struct vulndb_ecosystem *e,
			struct error *err)
{
	uint32_t used = 0;
	for (uint32_t i = 0; i < e->slots; i++) {
		const uint8_t *p = vulndb_record(db, DB_SLOTS, (size_t)e->slot + i, err);
		if (p == NULL)
			return -1;
		used += db_get32(p + DB_SLOT_PACKAGE) != 0;
	}
	/* With as many entries as packages and every package found, nothing else is in it. */
	if (used != e->packages || used >= e->slots)
		return broken(err, DB_SLOTS, e->slot, "wrong number of entries");
	return 0;
}

static int verify_package(const struct vulndb *db, const struct vulndb_ecosystem *e, uint32_t i,
			  const char **before, uint32_t *next_fact, struct error *err)
{
	const uint8_t *p = vulndb_record(db, DB_PACKAGES, i, err);
	const char *name;
	struct vulndb_range range, found;
	if (p == NULL || vulndb_package_at(db, i, &name, &range, err) < 0)
		return -1;
	if (!field_is_string(db, p, DB_PACKAGE_NAME) || name[0] == '\0')
		return broken(err, DB_PACKAGES, i, "name");
	if (*before != NULL && strcmp(*before, name) >= 0)
		return broken(err, DB_PACKAGES, i, "order");
	if (range.first != *next_fact || range.count == 0)
		return broken(err, DB_PACKAGES, i, "facts");
	if (vulndb_find(db, e, bytes_str(name), &found, err) < 0)
		return -1;
	if (found.first != range.first || found.count != range.count)
		return broken(err, DB_PACKAGES, i, "not found through the index");
	*before = name;
	*next_fact = range.first + range.count;
	return 0;
}

static int verify_ecosystems(const struct vulndb *db, struct error *err)
{
	const char *before = NULL;
	uint32_t slot = 0, package = 0, fact = 0;
	for (size_t i = 0; i < vulndb_ecosystems(db); i++) {
		struct vulndb_ecosystem e;
		const char *name = NULL;
		if (vulndb_ecosystem_at(db, i, &e, err) < 0)
			return -1;
		const uint8_t *p = vulndb_record(db, DB_ECOSYSTEMS, i, err);
		if (p == NULL || !field_is_string(db, p, DB_ECO_NAME) || e.name[0] == '\0' ||
		    (before != NULL && strcmp(before, e.name) >= 0))
			return broken(err, DB_ECOSYSTEMS, i, "name or order");
		if (e.slot != slot || e.package != package || e.packages == 0)
			return broken(err, DB_ECOSYSTEMS, i, "parts");
		if (verify_slots(db, &e, err) < 0)
			return -1;
		for (uint32_t k = 0; k < e.packages; k++)
			if (verify_package(db, &e, package + k, &name, &fact, err) < 0)
				return -1;
		before = e.name;
		slot += e.slots;
		package += e.packages;
	}
	if (slot != db->sections[DB_SLOTS].count || package != db->sections[DB_PACKAGES].count ||
	    fact != db->sections[DB_FACTS].count)
		return broken(err, DB_ECOSYSTEMS, vulndb_ecosystems(db), "something left over");
	return 0;
}

/* --- facts ------------------------------------------------------------------ */

static int verify_fact(const struct vulndb *db, size_t i, uint32_t *before, bool first,
		       struct error *err)
{
	const uint8_t *p = vulndb_record(db, DB_FACTS, i, err);
	struct vulndb_fact f;
	if (p == NULL || vulndb_fact_at(db, i, &f, err) < 0)
		return -1;
	if (!field_is_string(db, p, DB_FACT_ADVISORY) ||
	    !field_is_string(db, p, DB_FACT_INTRODUCED) || !field_is_string(db, p, DB_FACT_BOUND))
		return broken(err, DB_FACTS, i, "string");
	if (f.id >= vulndb_ids(db) || f.source >= vulndb_sources(db))
		return broken(err, DB_FACTS, i, "id or source");
	if (!first && f.id < *before)
		return broken(err, DB_FACTS, i, "order");
	*before = f.id;
	return 0;
}

static int verify_facts(const struct vulndb *db, struct error *err)
{
	for (size_t i = 0; i < db->sections[DB_PACKAGES].count; i++) {
		const char *name;
		struct vulndb_range r;
		uint32_t before = 0;
		if (vulndb_package_at(db, i, &name, &r, err) < 0)
			return -1;
		for (uint32_t k = 0; k < r.count; k++)
			if (verify_fact(db, (size_t)r.first + k, &before, k == 0, err) < 0)
				return -1;
	}
	return 0;
}

/* --- ids, and the small sections -------------------------------------------- */

/* CVEs by year and number, then names; no two alike. */
static bool ids_in_order(const struct vulndb_id *a, const struct vulndb_id *b)
{
	if (a->year != 0 && b->year != 0)
		return a->year < b->year || (a->year == b->year && a->number < b->number);
	if (a->year == 0 && b->year == 0)
		return strcmp(a->name, b->name) < 0;
	return a->year != 0;
}

static bool id_fields_fit(const struct vulndb *db, const uint8_t *p, const struct vulndb_id *id)
{
	uint32_t epss = db_get32(p + DB_ID_EPSS), percentile = db_get32(p + DB_ID_PERCENTILE);
	if (id->year == 0 && (!string_begins(db, id->number) || id->name[0] == '\0'))
		return false;
	return field_is_string(db, p, DB_ID_VECTOR) &&
	       (p[DB_ID_CVSS] <= 100 || p[DB_ID_CVSS] == DB_NO_CVSS) &&
	       (epss <= DB_EPSS_ONE || epss == DB_NO_EPSS) &&
	       (percentile <= DB_EPSS_ONE || percentile == DB_NO_EPSS);
}

static int verify_ids(const struct vulndb *db, struct error *err)
{
	struct vulndb_id before = { 0 };
	uint32_t alias = 0;
	uint64_t cves = 0;
	for (size_t i = 0; i < vulndb_ids(db); i++) {
		struct vulndb_id id;
		const uint8_t *p = vulndb_record(db, DB_IDS, i, err);
		if (p == NULL || vulndb_id_at(db, i, &id, err) < 0)
			return -1;
		if (!id_fields_fit(db, p, &id))
			return broken(err, DB_IDS, i, "field");
		if (i > 0 && !ids_in_order(&before, &id))
			return broken(err, DB_IDS, i, "order");
		if (id.aliases > 0 && id.alias != alias)
			return broken(err, DB_IDS, i, "aliases");
		alias += id.aliases;
		cves += id.year != 0;
		before = id;
	}
	if (cves != db->cves || alias != db->sections[DB_ALIASES].count)
		return broken(err, DB_IDS, vulndb_ids(db), "counts");
	return 0;
}

/* Every u32 field of a section whose records are nothing but strings. */
static int verify_strings_of(const struct vulndb *db, enum vulndb_section s, struct error *err)
{
	const struct vulndb_view *v = &db->sections[s];
	for (size_t at = 0; at < v->n; at += sizeof(uint32_t))
		if (!field_is_string(db, v->p, at))
			return broken(err, s, at / v->record, "string");
	return 0;
}

int vulndb_verify(const struct vulndb *db, struct error *err)
{
	if (verify_sums(db, err) < 0 || verify_ecosystems(db, err) < 0 ||
	    verify_facts(db, err) < 0 || verify_ids(db, err) < 0)
		return -1;
	if (verify_strings_of(db, DB_ALIASES, err) < 0 ||
	    verify_strings_of(db, DB_QUALIFIERS, err) < 0 ||
	    verify_strings_of(db, DB_SOURCES, err) < 0)
		return -1;
	const uint8_t *none = db->sections[DB_QUALIFIERS].p;
	if (db_get64(none) != 0)
		return broken(err, DB_QUALIFIERS, 0, "the first one must be none");
	return 0;
}
