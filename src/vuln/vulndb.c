/* Opening a database, and reading its records within bounds. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "vuln/vulndb_map.h"

static const char *const section_names[DB_SECTIONS] = {
	[DB_ECOSYSTEMS] = "ecosystems", [DB_SLOTS] = "slots",     [DB_PACKAGES] = "packages",
	[DB_FACTS] = "facts",           [DB_IDS] = "ids",         [DB_ALIASES] = "aliases",
	[DB_QUALIFIERS] = "qualifiers", [DB_SOURCES] = "sources", [DB_STRINGS] = "strings",
};

const char *vulndb_section_name(enum vulndb_section section)
{
	return (unsigned)section < DB_SECTIONS ? section_names[section] : "?";
}

static int corrupt(struct error *err, const char *what)
{
	return error_set(err, ERR_DB_CORRUPT, "the vulnerability database is damaged (%s)", what);
}

/* --- header ---------------------------------------------------------------- */

/* The checksum is made over header and table with its own bytes zero. */
static bool header_sum_fits(struct bytes head)
{
	static const uint8_t zero[SHA256_SIZE];
	struct digest sum;
	struct sha256 *h = sha256_new();
	sha256_update(h, head.p, DB_HEADER_CHECKSUM);
	sha256_update(h, zero, sizeof zero);
	sha256_update(h, head.p + DB_HEADER_SIZE, head.n - DB_HEADER_SIZE);
	sha256_final(h, &sum);
	sha256_free(h);
	return memcmp(sum.sha256, head.p + DB_HEADER_CHECKSUM, SHA256_SIZE) == 0;
}

static int open_header(struct vulndb *db, struct error *err)
{
	static const uint8_t zero[DB_HEADER_CHECKSUM - DB_HEADER_RESERVED];
	const uint8_t *p = db->map;
	if (db->size == 0)
		return error_set(err, ERR_DB_CORRUPT, "the vulnerability database is empty");
	if (db->size < DB_HEADER_SIZE || memcmp(p, VULNDB_MAGIC, strlen(VULNDB_MAGIC)) != 0)
		return error_set(err, ERR_DB_CORRUPT, "this is no vulnerability database");
	uint32_t format = db_get32(p + DB_HEADER_FORMAT);
	if (format != VULNDB_FORMAT)
		return error_set(err, ERR_UNSUPPORTED,
				 "the vulnerability database has format %u, this program reads %u; "
				 "build or download it again with this version",
				 format, VULNDB_FORMAT);
	if (db_get32(p + DB_HEADER_SECTIONS) != DB_SECTIONS ||
	    memcmp(p + DB_HEADER_RESERVED, zero, sizeof zero) != 0)
		return corrupt(err, "header");
	if (db_get64(p + DB_HEADER_FILE_SIZE) != db->size)
		return error_set(err, ERR_DB_CORRUPT,
				 "the vulnerability database is cut off or has something appended: "
				 "%zu bytes instead of %llu",
				 db->size, (unsigned long long)db_get64(p + DB_HEADER_FILE_SIZE));
	size_t head = DB_HEADER_SIZE + (size_t)DB_SECTIONS * DB_TABLE_SIZE;
	if (db->size < head || !header_sum_fits(bytes_of(p, head)))
		return corrupt(err, "header checksum");
	db->generation = db_get64(p + DB_HEADER_GENERATION);
	db->built = (int64_t)db_get64(p + DB_HEADER_BUILT);
	db->cves = db_get64(p + DB_HEADER_CVES);
	return 0;
}

static size_t aligned(size_t n)
{
	return (n + VULNDB_ALIGN - 1) & ~(size_t)(VULNDB_ALIGN - 1);
}

/* One row of the table; *at is where the section must begin. */
static int open_section(struct vulndb *db, enum vulndb_section s, size_t *at, struct error *err)
{
	const uint8_t *row = db->map + DB_HEADER_SIZE + (size_t)s * DB_TABLE_SIZE;
	uint64_t offset = db_get64(row + DB_TABLE_OFFSET), n = db_get64(row + DB_TABLE_BYTES);
	uint32_t record = db_get32(row + DB_TABLE_RECORD);
	if (db_get32(row + DB_TABLE_KIND) != (uint32_t)s || record != db_record_size[s] ||
	    offset != *at || offset > db->size || n > db->size - offset || n % record != 0 ||
	    n / record >= UINT32_MAX)
		return corrupt(err, section_names[s]);
	db->sections[s] = (struct vulndb_view){
		.p = db->map + offset,
		.n = (size_t)n,
		.count = (size_t)(n / record),
		.record = record,
		.checksum = row + DB_TABLE_CHECKSUM,
	};
	*at = s + 1 == DB_SECTIONS ? *at + (size_t)n : aligned(*at + (size_t)n);
	return 0;
}

static int open_map(struct vulndb *db, struct error *err)
{
	size_t at = DB_HEADER_SIZE + (size_t)DB_SECTIONS * DB_TABLE_SIZE;
	if (open_header(db, err) < 0)
		return -1;
	for (int s = 0; s < DB_SECTIONS; s++)
		if (open_section(db, (enum vulndb_section)s, &at, err) < 0)
			return -1;
	if (at != db->size)
		return corrupt(err, "section table");
	/* The last byte ends every string: one check instead of one a string. */
	const struct vulndb_view *strings = &db->sections[DB_STRINGS];
	if (strings->n == 0 || strings->p[0] != 0 || strings->p[strings->n - 1] != 0)
		return corrupt(err, "strings");
	if (db->sections[DB_QUALIFIERS].count == 0 || db->cves > db->sections[DB_IDS].count)
		return corrupt(err, "counts");
	return 0;
}

/* --- opening --------------------------------------------------------------- */

int vulndb_open_bytes(struct bytes file, struct vulndb **ret, struct error *err)
{
	struct vulndb *db = calloc(1, sizeof *db);
	if (db == NULL)
		return error_set(err, ERR_MEMORY, "no memory");
	db->map = file.p;
	db->size = file.n;
	if (open_map(db, err) < 0) {
		free(db);
		return -1;
	}
	*ret = db;
	return 0;
}

static int map_file(const char *path, struct bytes *ret, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0) {
		error_errno(err, "%s", path);
		if (err != NULL && err->code == ERR_NOT_FOUND)
			err->code = ERR_DB_MISSING;
		return -1;
	}
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_USAGE, "%s: not a file", path);
	if (st.st_size == 0) {
		*ret = bytes_of(NULL, 0);
		return 0;
	}
	/* Databases are replaced by rename and never written in place, so the
	 * mapping cannot shrink below us. */
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return error_errno(err, "%s: cannot map it", path);
	*ret = bytes_of(p, (size_t)st.st_size);
	return 0;
}

int vulndb_open(const char *path, struct vulndb **ret, struct error *err)
{
	struct bytes file;
	if (map_file(path, &file, err) < 0)
		return -1;
	if (vulndb_open_bytes(file, ret, err) < 0) {
		if (file.n > 0)
			(void)munmap((void *)(uintptr_t)file.p, file.n);
		return error_wrap(err, "%s", path);
	}
	(*ret)->mapped = true;
	return 0;
}

void vulndb_close(struct vulndb *db)
{
	if (db == NULL)
		return;
	if (db->mapped)
		(void)munmap((void *)(uintptr_t)db->map, db->size);
	free(db);
}

/* --- records --------------------------------------------------------------- */

const uint8_t *vulndb_record(const struct vulndb *db, enum vulndb_section section, size_t i,
			     struct error *err)
{
	const struct vulndb_view *v = &db->sections[section];
	if (i >= v->count) {
		(void)corrupt(err, section_names[section]);
		return NULL;
	}
	return v->p + i * v->record;
}

const char *vulndb_string(const struct vulndb *db, uint32_t offset, struct error *err)
{
	const struct vulndb_view *v = &db->sections[DB_STRINGS];
	if (offset >= v->n) {
		(void)corrupt(err, "string offset");
		return NULL;
	}
	return (const char *)v->p + offset;
}

/* count records from first on lie in the section. */
static bool in_section(const struct vulndb *db, enum vulndb_section s, uint32_t first,
		       uint32_t count)
{
	size_t all = db->sections[s].count;
	return first <= all && count <= all - first;
}

size_t vulndb_ecosystems(const struct vulndb *db)
{
	return db->sections[DB_ECOSYSTEMS].count;
}

int vulndb_ecosystem_at(const struct vulndb *db, size_t i, struct vulndb_ecosystem *ret,
			struct error *err)
{
	const uint8_t *p = vulndb_record(db, DB_ECOSYSTEMS, i, err);
	if (p == NULL)
		return -1;
	struct vulndb_ecosystem e = {
		.name = vulndb_string(db, db_get32(p + DB_ECO_NAME), err),
		.slot = db_get32(p + DB_ECO_SLOT),
		.slots = db_get32(p + DB_ECO_SLOTS),
		.package = db_get32(p + DB_ECO_PACKAGE),
		.packages = db_get32(p + DB_ECO_PACKAGES),
	};
	if (e.name == NULL)
		return -1;
	if (!in_section(db, DB_SLOTS, e.slot, e.slots) || e.slots == 0 ||
	    (e.slots & (e.slots - 1)) != 0 || !in_section(db, DB_PACKAGES, e.package, e.packages))
		return corrupt(err, "ecosystem");
	*ret = e;
	return 0;
}

int vulndb_ecosystem_find(const struct vulndb *db, struct bytes name, struct vulndb_ecosystem *ret,
			  struct error *err)
{
	size_t low = 0, high = vulndb_ecosystems(db);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		struct vulndb_ecosystem e;
		if (vulndb_ecosystem_at(db, mid, &e, err) < 0)
			return -1;
		int c = bytes_compare(name, bytes_str(e.name));
		if (c == 0) {
			*ret = e;
			return 0;
		}
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	*ret = (struct vulndb_ecosystem){ .name = "" };
	return 0;
}

int vulndb_package_at(const struct vulndb *db, size_t i, const char **ret_name,
		      struct vulndb_range *ret, struct error *err)
{
	const uint8_t *p = vulndb_record(db, DB_PACKAGES, i, err);
	if (p == NULL)
		return -1;
	const char *name = vulndb_string(db, db_get32(p + DB_PACKAGE_NAME), err);
	struct vulndb_range r = { db_get32(p + DB_PACKAGE_FACT), db_get32(p + DB_PACKAGE_FACTS) };
	if (name == NULL)
		return -1;
	if (!in_section(db, DB_FACTS, r.first, r.count))
		return corrupt(err, "package");
	*ret_name = name;
	*ret = r;
	return 0;
}

/* The name that package i has, compared without measuring it first. */
static int package_is(const struct vulndb *db, uint32_t i, struct bytes name, bool *ret,
		      struct error *err)
{
	const uint8_t *p = vulndb_record(db, DB_PACKAGES, i, err);
	if (p == NULL)
		return -1;
	const struct vulndb_view *strings = &db->sections[DB_STRINGS];
	const struct vulndb_view *facts = &db->sections[DB_FACTS];
	uint32_t at = db_get32(p + DB_PACKAGE_NAME);
	uint32_t fact = db_get32(p + DB_PACKAGE_FACT);
	/* On their way while the name is, which is almost always the right one. */
	if (fact < facts->count)
		__builtin_prefetch(facts->p + (size_t)fact * DB_FACT_SIZE);
	if (at >= strings->n)
		return corrupt(err, "string offset");
	*ret = strings->n - at > name.n && memcmp(strings->p + at, name.p, name.n) == 0 &&
	       strings->p[at + name.n] == 0;
	return 0;
}

int vulndb_find(const struct vulndb *db, const struct vulndb_ecosystem *eco, struct bytes package,
		struct vulndb_range *ret, struct error *err)
{
	*ret = (struct vulndb_range){ 0 };
	if (eco->packages == 0 || package.n == 0)
		return 0;
	uint64_t hash = db_hash(package);
	uint32_t mask = eco->slots - 1, tag = (uint32_t)(hash >> 32);
	for (uint32_t step = 0; step <= mask; step++) {
		const uint8_t *slot = vulndb_record(
			db, DB_SLOTS, (size_t)eco->slot + (((uint32_t)hash + step) & mask), err);
		if (slot == NULL)
			return -1;
		uint32_t i = db_get32(slot + DB_SLOT_PACKAGE);
		if (i == 0)
			return 0;
		if (db_get32(slot + DB_SLOT_TAG) != tag)
			continue;
		bool found = false;
		const char *name;
		if (package_is(db, i - 1, package, &found, err) < 0)
			return -1;
		if (found)
			return vulndb_package_at(db, i - 1, &name, ret, err);
	}
	return 0;
}

int vulndb_fact_id(const struct vulndb *db, size_t i, uint32_t *ret, struct error *err)
{
	const struct vulndb_view *facts = &db->sections[DB_FACTS];
	if (i >= facts->count)
		return corrupt(err, "fact");
	*ret = db_get32(facts->p + i * DB_FACT_SIZE + DB_FACT_ID);
	return 0;
}

/* Module and architecture. Most facts have the first qualifier, which is none. */
static bool fact_qualifier(const struct vulndb *db, struct vulndb_fact *f, struct error *err)
{
	f->module = f->arch = "";
	if (f->qualifier == 0)
		return true;
	const uint8_t *q = vulndb_record(db, DB_QUALIFIERS, f->qualifier, err);
	if (q == NULL)
		return false;
	f->module = vulndb_string(db, db_get32(q + DB_QUALIFIER_MODULE), err);
	f->arch = vulndb_string(db, db_get32(q + DB_QUALIFIER_ARCH), err);
	return f->module != NULL && f->arch != NULL;
}

/* Fills *ret field by field, without a copy, and checks the strings' places by one
 * look at each: matching spends its time here. */
int vulndb_fact_at(const struct vulndb *db, size_t i, struct vulndb_fact *ret, struct error *err)
{
	const struct vulndb_view *facts = &db->sections[DB_FACTS];
	const struct vulndb_view *strings = &db->sections[DB_STRINGS];
	if (i >= facts->count)
		return corrupt(err, "fact");
	const uint8_t *p = facts->p + i * DB_FACT_SIZE;
	unsigned status = p[DB_FACT_STATUS], severity = p[DB_FACT_SEVERITY] & ~DB_FACT_LAST & 0xff;
	bool last = (p[DB_FACT_SEVERITY] & DB_FACT_LAST) != 0;
	uint32_t advisory = db_get32(p + DB_FACT_ADVISORY), bound = db_get32(p + DB_FACT_BOUND);
	uint32_t introduced = db_get32(p + DB_FACT_INTRODUCED);
	if (status >= STATUSES || severity >= SEVERITIES || advisory >= strings->n ||
	    bound >= strings->n || introduced >= strings->n)
		return corrupt(err, "fact");
	const char *text = (const char *)strings->p;
	ret->id = db_get32(p + DB_FACT_ID);
	ret->qualifier = db_get32(p + DB_FACT_QUALIFIER);
	ret->advisory = text + advisory;
	ret->introduced = text + introduced;
	ret->fixed = last ? "" : text + bound;
	ret->last_affected = last ? text + bound : "";
	ret->status = (enum finding_status)status;
	ret->severity = (enum severity)severity;
	ret->source = db_get16(p + DB_FACT_SOURCE);
	return fact_qualifier(db, ret, err) ? 0 : -1;
}

size_t vulndb_ids(const struct vulndb *db)
{
	return db->sections[DB_IDS].count;
}

void vulndb_id_ahead(const struct vulndb *db, size_t i)
{
	const struct vulndb_view *ids = &db->sections[DB_IDS];
	uint32_t id;
	if (vulndb_fact_id(db, i, &id, NULL) == 0 && id < ids->count)
		__builtin_prefetch(ids->p + (size_t)id * DB_ID_SIZE);
}

static double fraction_of(uint32_t v)
{
	return v > DB_EPSS_ONE ? -1.0 : (double)v / DB_EPSS_ONE;
}

int vulndb_id_at(const struct vulndb *db, size_t i, struct vulndb_id *ret, struct error *err)
{
	const uint8_t *p = vulndb_record(db, DB_IDS, i, err);
	if (p == NULL)
		return -1;
	unsigned severity = p[DB_ID_SEVERITY] & ~DB_ID_RANSOMWARE & 0xff;
	struct vulndb_id id = {
		.year = db_get16(p + DB_ID_YEAR),
		.number = db_get32(p + DB_ID_NUMBER),
		.severity = (enum severity)severity,
		.cvss_score = p[DB_ID_CVSS] > 100 ? -1.0 : p[DB_ID_CVSS] / 10.0,
		.cvss_vector = vulndb_string(db, db_get32(p + DB_ID_VECTOR), err),
		.epss = fraction_of(db_get32(p + DB_ID_EPSS)),
		.epss_percentile = fraction_of(db_get32(p + DB_ID_PERCENTILE)),
		.kev_added = (int64_t)db_get16(p + DB_ID_KEV_ADDED) * 86400,
		.kev_due = (int64_t)db_get16(p + DB_ID_KEV_DUE) * 86400,
		.kev_ransomware = (p[DB_ID_SEVERITY] & DB_ID_RANSOMWARE) != 0,
		.published = db_get16(p + DB_ID_PUBLISHED),
		.alias = db_get32(p + DB_ID_ALIAS),
		.aliases = db_get16(p + DB_ID_ALIASES),
	};
	id.name = id.year == 0 ? vulndb_string(db, id.number, err) : "";
	if (id.name == NULL || id.cvss_vector == NULL)
		return -1;
	if (severity >= SEVERITIES || !in_section(db, DB_ALIASES, id.alias, id.aliases))
		return corrupt(err, "id");
	*ret = id;
	return 0;
}

int vulndb_id_alias(const struct vulndb *db, const struct vulndb_id *id, size_t i, const char **ret,
		    struct error *err)
{
	const uint8_t *p = vulndb_record(db, DB_ALIASES, (size_t)id->alias + i, err);
	const char *s = p == NULL ? NULL : vulndb_string(db, db_get32(p), err);
	if (s == NULL)
		return -1;
	*ret = s;
	return 0;
}

const char *vulndb_id_text(const struct vulndb_id *id, struct arena *arena)
{
	if (id->year == 0)
		return id->name;
	return arena_printf(arena, "CVE-%04u-%04u", id->year, id->number);
}

/* --- about the whole -------------------------------------------------------- */

size_t vulndb_sources(const struct vulndb *db)
{
	return db->sections[DB_SOURCES].count;
}

bool vulndb_source(const struct vulndb *db, size_t i, struct vulndb_source *ret)
{
	const uint8_t *p = vulndb_record(db, DB_SOURCES, i, NULL);
	if (p == NULL)
		return false;
	struct vulndb_source s = {
		.name = vulndb_string(db, db_get32(p + DB_SOURCE_NAME), NULL),
		.url = vulndb_string(db, db_get32(p + DB_SOURCE_URL), NULL),
		.snapshot = vulndb_string(db, db_get32(p + DB_SOURCE_SNAPSHOT), NULL),
	};
	if (s.name == NULL || s.url == NULL || s.snapshot == NULL)
		return false;
	*ret = s;
	return true;
}

static int64_t oldest_snapshot(const struct vulndb *db)
{
	int64_t oldest = 0;
	for (size_t i = 0; i < vulndb_sources(db); i++) {
		struct vulndb_source s;
		int64_t t;
		if (!vulndb_source(db, i, &s) || !rfc3339_parse(bytes_str(s.snapshot), &t))
			continue;
		if (oldest == 0 || t < oldest)
			oldest = t;
	}
	return oldest == 0 ? db->built : oldest;
}

void vulndb_info(const struct vulndb *db, struct vulndb_info *ret)
{
	*ret = (struct vulndb_info){
		.generation = db->generation,
		.built = db->built,
		.oldest_snapshot = oldest_snapshot(db),
		.facts = db->sections[DB_FACTS].count,
		.ids = db->sections[DB_IDS].count,
		.cves = db->cves,
		.packages = db->sections[DB_PACKAGES].count,
	};
}
