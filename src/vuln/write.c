/* Laying out the file: one pass gives strings their places in the order in
 * which a reader of one package meets them, the next ones stream the sections
 * out. Nothing of the size of the file is held in memory. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "vuln/builder.h"
#include "vuln/vulndb_format.h"

enum { OUT_BUFFER = 64 * 1024, HEAD_SIZE = DB_HEADER_SIZE + DB_SECTIONS * DB_TABLE_SIZE };

/* Where each string goes; number 0 is at offset 0. */
struct places {
	uint32_t *at; /* by number */
	uint32_t *order; /* numbers in the order of the file */
	size_t count;
	uint64_t bytes;
};

/* Pairs of module and architecture, sorted; the first is "none". */
struct qualifiers {
	uint64_t *pairs;
	size_t count;
};

struct out {
	const struct vulndb_builder *b;
	struct places places;
	struct qualifiers qualifiers;
	uint32_t id_count, cve_count;
	int fd;
	struct sha256 *sum; /* of the section at hand */
	uint64_t at, section_at;
	uint8_t buffer[OUT_BUFFER];
	size_t buffered;
	int failed; /* errno of the first write that failed */
	uint8_t head[HEAD_SIZE];
};

/* --- bytes ----------------------------------------------------------------- */

static void out_flush(struct out *o)
{
	sha256_update(o->sum, o->buffer, o->buffered);
	if (o->failed == 0 && fd_write_full(o->fd, o->buffer, o->buffered) < 0)
		o->failed = errno;
	o->buffered = 0;
}

static void out_put(struct out *o, const void *p, size_t n)
{
	const uint8_t *from = p;
	o->at += n;
	while (n > 0) {
		size_t part = sizeof o->buffer - o->buffered;
		if (part > n)
			part = n;
		memcpy(o->buffer + o->buffered, from, part);
		o->buffered += part;
		from += part;
		n -= part;
		if (o->buffered == sizeof o->buffer)
			out_flush(o);
	}
}

static void section_begin(struct out *o)
{
	o->section_at = o->at;
	sha256_reset(o->sum);
}

static void section_end(struct out *o, enum vulndb_section s)
{
	static const uint8_t zero[VULNDB_ALIGN];
	uint8_t *row = o->head + DB_HEADER_SIZE + (size_t)s * DB_TABLE_SIZE;
	struct digest sum;
	out_flush(o);
	sha256_final(o->sum, &sum);
	sha256_reset(o->sum);
	db_put32(row + DB_TABLE_KIND, (uint32_t)s);
	db_put32(row + DB_TABLE_RECORD, db_record_size[s]);
	db_put64(row + DB_TABLE_OFFSET, o->section_at);
	db_put64(row + DB_TABLE_BYTES, o->at - o->section_at);
	memcpy(row + DB_TABLE_CHECKSUM, sum.sha256, SHA256_SIZE);
	if (s + 1 < DB_SECTIONS && o->at % VULNDB_ALIGN != 0)
		out_put(o, zero, VULNDB_ALIGN - o->at % VULNDB_ALIGN);
	out_flush(o);
}

/* --- runs of facts --------------------------------------------------------- */

static size_t ecosystem_end(const struct vulndb_builder *b, size_t i)
{
	uint32_t ecosystem = b->facts[i].ecosystem;
	while (i < b->fact_count && b->facts[i].ecosystem == ecosystem)
		i++;
	return i;
}

/* Within one ecosystem: end is where that ends. */
static size_t package_end(const struct vulndb_builder *b, size_t i, size_t end)
{
	uint32_t package = b->facts[i].package;
	while (i < end && b->facts[i].package == package)
		i++;
	return i;
}

static uint32_t count_packages(const struct vulndb_builder *b, size_t i, size_t end)
{
	uint32_t n = 0;
	for (; i < end; i = package_end(b, i, end))
		n++;
	return n;
}

/* The size of an ecosystem's hash table: a power of two, at most 2/3 full. */
static uint32_t slots_for(uint32_t packages)
{
	uint32_t slots = 2;
	while (slots / 3 < packages / 2 + 1)
		slots *= 2;
	return slots;
}

/* --- places of strings ----------------------------------------------------- */

static void place(struct out *o, uint32_t number)
{
	struct places *p = &o->places;
	if (number == 0 || p->at[number] != 0)
		return;
	p->at[number] = (uint32_t)p->bytes;
	p->order[p->count++] = number;
	p->bytes += strlen(strpool_get(&o->b->strings, number)) + 1;
}

static void place_facts(struct out *o)
{
	const struct vulndb_builder *b = o->b;
	for (size_t i = 0, end; i < b->fact_count; i = end) {
		end = ecosystem_end(b, i);
		place(o, b->facts[i].ecosystem);
		for (size_t k = i; k < end; k = package_end(b, k, end))
			place(o, b->facts[k].package);
		for (size_t k = i; k < end; k++) {
			place(o, b->facts[k].introduced);
			place(o, b->facts[k].bound);
			place(o, b->facts[k].advisory);
			place(o, b->facts[k].module);
			place(o, b->facts[k].arch);
		}
	}
}

static void place_ids(struct out *o)
{
	const struct vulndb_builder *b = o->b;
	for (size_t i = 0; i < b->id_count; i++) {
		if (!b->ids[i].used)
			continue;
		if ((b->ids[i].key & BUILT_CVE) == 0)
			place(o, (uint32_t)b->ids[i].key);
		place(o, b->ids[i].vector);
	}
	for (size_t i = 0; i < b->alias_count; i++)
		if (b->ids[b->aliases[i].id].used)
			place(o, b->aliases[i].alias);
	for (size_t i = 0; i < b->source_count; i++) {
		place(o, b->sources[i].name);
		place(o, b->sources[i].url);
		place(o, b->sources[i].snapshot);
	}
}

static int place_all(struct out *o, struct error *err)
{
	struct places *p = &o->places;
	p->at = calloc(o->b->strings.n + 1, sizeof *p->at);
	p->order = calloc(o->b->strings.n + 1, sizeof *p->order);
	if (p->at == NULL || p->order == NULL)
		return error_set(err, ERR_MEMORY, "no memory to place strings");
	p->bytes = 1; /* "" */
	place_facts(o);
	place_ids(o);
	return 0;
}

static uint32_t place_of(const struct out *o, uint32_t number)
{
	return o->places.at[number];
}

/* --- qualifiers ------------------------------------------------------------ */

static uint64_t qualifier_pair(const struct built_fact *f)
{
	return (uint64_t)f->module << 32 | f->arch;
}

static int by_pair(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static int collect_qualifiers(struct out *o, struct error *err)
{
	const struct vulndb_builder *b = o->b;
	size_t all = 1, n = 1;
	for (size_t i = 0; i < b->fact_count; i++)
		all += qualifier_pair(&b->facts[i]) != 0;
	uint64_t *pairs = calloc(all, sizeof *pairs);
	if (pairs == NULL)
		return error_set(err, ERR_MEMORY, "no memory for module streams");
	for (size_t i = 0; i < b->fact_count; i++)
		if (qualifier_pair(&b->facts[i]) != 0)
			pairs[n++] = qualifier_pair(&b->facts[i]);
	qsort(pairs, all, sizeof *pairs, by_pair);
	n = 1;
	for (size_t i = 1; i < all; i++)
		if (pairs[i] != pairs[n - 1])
			pairs[n++] = pairs[i];
	o->qualifiers = (struct qualifiers){ pairs, n };
	return 0;
}

static uint32_t qualifier_of(const struct out *o, const struct built_fact *f)
{
	uint64_t pair = qualifier_pair(f);
	const uint64_t *found =
		bsearch(&pair, o->qualifiers.pairs, o->qualifiers.count, sizeof pair, by_pair);
	return found == NULL ? 0 : (uint32_t)(found - o->qualifiers.pairs);
}

/* --- sections -------------------------------------------------------------- */

static void write_ecosystems(struct out *o)
{
	uint32_t slot = 0, package = 0;
	section_begin(o);
	for (size_t i = 0, end; i < o->b->fact_count; i = end) {
		uint8_t r[DB_ECO_SIZE];
		end = ecosystem_end(o->b, i);
		uint32_t packages = count_packages(o->b, i, end), slots = slots_for(packages);
		db_put32(r + DB_ECO_NAME, place_of(o, o->b->facts[i].ecosystem));
		db_put32(r + DB_ECO_SLOT, slot);
		db_put32(r + DB_ECO_SLOTS, slots);
		db_put32(r + DB_ECO_PACKAGE, package);
		db_put32(r + DB_ECO_PACKAGES, packages);
		out_put(o, r, sizeof r);
		slot += slots;
		package += packages;
	}
	section_end(o, DB_ECOSYSTEMS);
}

/* One ecosystem's table; *package counts on through the file. */
static int write_table(struct out *o, size_t i, size_t end, uint32_t *package, struct error *err)
{
	uint32_t slots = slots_for(count_packages(o->b, i, end));
	cleanup_free uint8_t *table = calloc(slots, DB_SLOT_SIZE);
	if (table == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the index");
	for (; i < end; i = package_end(o->b, i, end)) {
		const char *name = strpool_get(&o->b->strings, o->b->facts[i].package);
		uint64_t hash = db_hash(bytes_str(name));
		uint32_t at = (uint32_t)hash & (slots - 1);
		while (db_get32(table + (size_t)at * DB_SLOT_SIZE + DB_SLOT_PACKAGE) != 0)
			at = (at + 1) & (slots - 1);
		db_put32(table + (size_t)at * DB_SLOT_SIZE + DB_SLOT_TAG, (uint32_t)(hash >> 32));
		db_put32(table + (size_t)at * DB_SLOT_SIZE + DB_SLOT_PACKAGE, ++*package);
	}
	out_put(o, table, (size_t)slots * DB_SLOT_SIZE);
	return 0;
}

static int write_slots(struct out *o, struct error *err)
{
	uint32_t package = 0;
	section_begin(o);
	for (size_t i = 0, end; i < o->b->fact_count; i = end) {
		end = ecosystem_end(o->b, i);
		if (write_table(o, i, end, &package, err) < 0)
			return -1;
	}
	section_end(o, DB_SLOTS);
	return 0;
}

static void write_packages(struct out *o)
{
	section_begin(o);
	for (size_t i = 0, end; i < o->b->fact_count; i = end) {
		end = ecosystem_end(o->b, i);
		for (size_t k = i, next; k < end; k = next) {
			uint8_t r[DB_PACKAGE_SIZE];
			next = package_end(o->b, k, end);
			db_put32(r + DB_PACKAGE_NAME, place_of(o, o->b->facts[k].package));
			db_put32(r + DB_PACKAGE_FACT, (uint32_t)k);
			db_put32(r + DB_PACKAGE_FACTS, (uint32_t)(next - k));
			out_put(o, r, sizeof r);
		}
	}
	section_end(o, DB_PACKAGES);
}

static void write_facts(struct out *o)
{
	section_begin(o);
	for (size_t i = 0; i < o->b->fact_count; i++) {
		const struct built_fact *f = &o->b->facts[i];
		uint8_t r[DB_FACT_SIZE];
		db_put32(r + DB_FACT_ID, o->b->ids[f->id].out);
		db_put32(r + DB_FACT_ADVISORY, place_of(o, f->advisory));
		db_put32(r + DB_FACT_INTRODUCED, place_of(o, f->introduced));
		db_put32(r + DB_FACT_BOUND, place_of(o, f->bound));
		db_put32(r + DB_FACT_QUALIFIER, qualifier_of(o, f));
		db_put16(r + DB_FACT_SOURCE, f->source);
		r[DB_FACT_STATUS] = f->status;
		r[DB_FACT_SEVERITY] = (uint8_t)(f->severity | (f->is_last ? DB_FACT_LAST : 0));
		out_put(o, r, sizeof r);
	}
	section_end(o, DB_FACTS);
}

/* The bands of the CVSS specification (3.1, section 5; 4.0, section 6). */
static enum severity cvss_band(uint8_t tenths)
{
	if (tenths == DB_NO_CVSS)
		return SEVERITY_UNKNOWN;
	if (tenths == 0)
		return SEVERITY_NEGLIGIBLE;
	return tenths < 40   ? SEVERITY_LOW
	       : tenths < 70 ? SEVERITY_MEDIUM
	       : tenths < 90 ? SEVERITY_HIGH
			     : SEVERITY_CRITICAL;
}

/* A vendor's word, then a vendor's CVSS, then NVD's word, then NVD's CVSS. */
static enum severity id_severity(const struct built_id *id)
{
	if (id->severity_rank == RANK_VENDOR ||
	    (id->severity_rank == RANK_NVD && id->cvss_rank != RANK_VENDOR))
		return (enum severity)id->severity;
	return cvss_band(id->cvss);
}

static void put_id(struct out *o, const struct built_id *id, uint32_t alias, uint16_t aliases)
{
	uint8_t r[DB_ID_SIZE] = { 0 };
	bool cve = (id->key & BUILT_CVE) != 0;
	db_put32(r + DB_ID_NUMBER, cve ? (uint32_t)id->key : place_of(o, (uint32_t)id->key));
	db_put16(r + DB_ID_YEAR, cve ? (uint16_t)(id->key >> 32) : 0);
	r[DB_ID_SEVERITY] = (uint8_t)(id_severity(id) | (id->ransomware ? DB_ID_RANSOMWARE : 0));
	r[DB_ID_CVSS] = id->cvss;
	db_put32(r + DB_ID_VECTOR, place_of(o, id->vector));
	db_put32(r + DB_ID_EPSS, id->epss);
	db_put32(r + DB_ID_PERCENTILE, id->percentile);
	db_put16(r + DB_ID_KEV_ADDED, id->kev_added);
	db_put16(r + DB_ID_KEV_DUE, id->kev_due);
	db_put16(r + DB_ID_PUBLISHED, id->published);
	db_put16(r + DB_ID_ALIASES, aliases);
	db_put32(r + DB_ID_ALIAS, alias);
	out_put(o, r, sizeof r);
}

/* Aliases are sorted by id; more than a u16 counts are left out. */
static size_t aliases_end(const struct vulndb_builder *b, size_t i, uint32_t id)
{
	while (i < b->alias_count && b->aliases[i].id == id)
		i++;
	return i;
}

static void write_ids(struct out *o)
{
	uint32_t alias_out = 0;
	section_begin(o);
	for (size_t i = 0, a = 0; i < o->b->id_count; i++) {
		size_t end = aliases_end(o->b, a, (uint32_t)i);
		size_t n = end - a < UINT16_MAX ? end - a : UINT16_MAX;
		a = end;
		if (!o->b->ids[i].used)
			continue;
		put_id(o, &o->b->ids[i], n == 0 ? 0 : alias_out, (uint16_t)n);
		alias_out += (uint32_t)n;
	}
	section_end(o, DB_IDS);
}

static void write_aliases(struct out *o)
{
	section_begin(o);
	for (size_t i = 0, end; i < o->b->alias_count; i = end) {
		uint32_t id = o->b->aliases[i].id;
		end = aliases_end(o->b, i, id);
		for (size_t k = i; k < end && k - i < UINT16_MAX && o->b->ids[id].used; k++) {
			uint8_t r[DB_ALIAS_SIZE];
			db_put32(r, place_of(o, o->b->aliases[k].alias));
			out_put(o, r, sizeof r);
		}
	}
	section_end(o, DB_ALIASES);
}

static void write_qualifiers(struct out *o)
{
	section_begin(o);
	for (size_t i = 0; i < o->qualifiers.count; i++) {
		uint8_t r[DB_QUALIFIER_SIZE];
		uint64_t pair = o->qualifiers.pairs[i];
		db_put32(r + DB_QUALIFIER_MODULE, place_of(o, (uint32_t)(pair >> 32)));
		db_put32(r + DB_QUALIFIER_ARCH, place_of(o, (uint32_t)pair));
		out_put(o, r, sizeof r);
	}
	section_end(o, DB_QUALIFIERS);
}

static void write_sources(struct out *o)
{
	section_begin(o);
	for (size_t i = 0; i < o->b->source_count; i++) {
		const struct built_source *s = &o->b->sources[i];
		uint8_t r[DB_SOURCE_SIZE];
		db_put32(r + DB_SOURCE_NAME, place_of(o, s->name));
		db_put32(r + DB_SOURCE_URL, place_of(o, s->url));
		db_put32(r + DB_SOURCE_SNAPSHOT, place_of(o, s->snapshot));
		out_put(o, r, sizeof r);
	}
	section_end(o, DB_SOURCES);
}

static void write_strings(struct out *o)
{
	section_begin(o);
	out_put(o, "", 1);
	for (size_t i = 0; i < o->places.count; i++) {
		const char *s = strpool_get(&o->b->strings, o->places.order[i]);
		out_put(o, s, strlen(s) + 1);
	}
	section_end(o, DB_STRINGS);
}

/* --- the file -------------------------------------------------------------- */

static void number_ids(struct vulndb_builder *b, struct out *o)
{
	for (size_t i = 0; i < b->id_count; i++) {
		if (!b->ids[i].used)
			continue;
		b->ids[i].out = o->id_count++;
		o->cve_count += (b->ids[i].key & BUILT_CVE) != 0;
	}
}

static void write_head(struct out *o, uint64_t generation)
{
	struct digest sum;
	memcpy(o->head + DB_HEADER_MAGIC, VULNDB_MAGIC, strlen(VULNDB_MAGIC));
	db_put32(o->head + DB_HEADER_FORMAT, VULNDB_FORMAT);
	db_put32(o->head + DB_HEADER_SECTIONS, DB_SECTIONS);
	db_put64(o->head + DB_HEADER_GENERATION, generation);
	db_put64(o->head + DB_HEADER_BUILT, (uint64_t)clock_now());
	db_put64(o->head + DB_HEADER_FILE_SIZE, o->at);
	db_put64(o->head + DB_HEADER_CVES, o->cve_count);
	sha256_of(bytes_of(o->head, sizeof o->head), &sum);
	memcpy(o->head + DB_HEADER_CHECKSUM, sum.sha256, SHA256_SIZE);
	if (o->failed == 0 &&
	    (lseek(o->fd, 0, SEEK_SET) < 0 || fd_write_full(o->fd, o->head, sizeof o->head) < 0))
		o->failed = errno;
}

static int write_all(struct out *o, uint64_t generation, struct error *err)
{
	out_put(o, o->head, sizeof o->head);
	out_flush(o);
	write_ecosystems(o);
	if (write_slots(o, err) < 0)
		return -1;
	write_packages(o);
	write_facts(o);
	write_ids(o);
	write_aliases(o);
	write_qualifiers(o);
	write_sources(o);
	write_strings(o);
	write_head(o, generation);
	if (o->failed == 0 && fsync(o->fd) < 0)
		o->failed = errno;
	if (o->failed != 0) {
		errno = o->failed;
		return error_errno(err, "cannot write");
	}
	return 0;
}

/* The entry of a new name is durable only when its directory is. */
static void sync_directory(const char *path)
{
	struct bytes dir = path_dir(bytes_str(path));
	char name[PATH_MAX];
	if (dir.n >= sizeof name)
		return;
	if (dir.n > 0)
		memcpy(name, dir.p, dir.n);
	name[dir.n] = '\0';
	const char *open_as = dir.n > 0 ? name : path[0] == '/' ? "/" : ".";
	cleanup_close int fd = open(open_as, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)fsync(fd);
}

static int write_file(struct out *o, uint64_t generation, const char *path, struct error *err)
{
	char tmp[PATH_MAX];
	int n = snprintf(tmp, sizeof tmp, "%s.%016llx.tmp", path,
			 (unsigned long long)hash_random_key());
	if (n < 0 || (size_t)n >= sizeof tmp)
		return error_set(err, ERR_USAGE, "%s: the name is too long", path);
	cleanup_close int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return error_errno(err, "%s: cannot write here", path);
	o->fd = fd;
	if (write_all(o, generation, err) < 0) {
		(void)unlink(tmp);
		return error_wrap(err, "%s", path);
	}
	if (rename(tmp, path) < 0) {
		error_errno(err, "%s", path);
		(void)unlink(tmp);
		return -1;
	}
	sync_directory(path);
	return 0;
}

int vulndb_builder_write(struct vulndb_builder *b, uint64_t generation, const char *path,
			 struct error *err)
{
	int result = -1;
	if (builder_merge(b, err) < 0)
		return -1;
	struct out *o = calloc(1, sizeof *o);
	if (o == NULL)
		return error_set(err, ERR_MEMORY, "no memory");
	o->b = b;
	o->sum = sha256_new();
	number_ids(b, o);
	if (place_all(o, err) == 0 && collect_qualifiers(o, err) == 0)
		result = write_file(o, generation, path, err);
	sha256_free(o->sum);
	free(o->places.at);
	free(o->places.order);
	free(o->qualifiers.pairs);
	free(o);
	return result;
}
