/* A vulnerability database of arbitrary bytes. Sizes and checksums are repaired,
 * because no fuzzer guesses SHA-256; everything behind them is as it comes. What
 * vulndb_verify calls sound must be readable to the last record. */
#include "vuln/vulndb_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = DB_HEADER_SIZE + DB_SECTIONS * DB_TABLE_SIZE };

static void repair_section(uint8_t *p, size_t size, int s)
{
	uint8_t *row = p + DB_HEADER_SIZE + (size_t)s * DB_TABLE_SIZE;
	uint64_t offset = db_get64(row + DB_TABLE_OFFSET), n = db_get64(row + DB_TABLE_BYTES);
	struct digest sum;
	db_put32(row + DB_TABLE_KIND, (uint32_t)s);
	db_put32(row + DB_TABLE_RECORD, db_record_size[s]);
	if (offset > size || n > size - offset)
		return;
	sha256_of(bytes_of(p + offset, (size_t)n), &sum);
	memcpy(row + DB_TABLE_CHECKSUM, sum.sha256, SHA256_SIZE);
}

static void repair(uint8_t *p, size_t size)
{
	struct digest sum;
	memcpy(p, VULNDB_MAGIC, strlen(VULNDB_MAGIC));
	db_put32(p + DB_HEADER_FORMAT, VULNDB_FORMAT);
	db_put32(p + DB_HEADER_SECTIONS, DB_SECTIONS);
	db_put64(p + DB_HEADER_FILE_SIZE, size);
	memset(p + DB_HEADER_RESERVED, 0, DB_HEADER_SIZE - DB_HEADER_RESERVED);
	for (int s = 0; s < DB_SECTIONS; s++)
		repair_section(p, size, s);
	sha256_of(bytes_of(p, HEAD), &sum);
	memcpy(p + DB_HEADER_CHECKSUM, sum.sha256, SHA256_SIZE);
}

static int count(void *ctx, const struct finding *f, struct error *err)
{
	(void)err;
	/* Every string that a report would print is touched. */
	*(size_t *)ctx += strlen(f->id) + strlen(f->reason) + strlen(f->advice) +
			  strlen(f->advisory.id) + strlen(f->advisory.url);
	return 0;
}

/* 0 when every match went well. */
static int match_all(const struct vulndb *db)
{
	static const struct os_identity systems[] = {
		{ .id = "debian", .version = "12" },
		{ .id = "ubuntu", .version = "22.04" },
		{ .id = "almalinux", .version = "9" },
		{ .id = "alpine", .version = "3.18" },
		{ .id = NULL },
	};
	static const enum pkg_type types[] = { PKG_DEB, PKG_DEB, PKG_RPM, PKG_APK, PKG_NPM };
	static const char *const names[] = { "curl", "nodejs", "openssl" };
	int result = 0;
	for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
		struct package p[3];
		struct arena arena = arena_max(MIB);
		struct match_stats stats;
		size_t touched = 0;
		const struct match_sink sink = { count, NULL, &touched };
		for (size_t k = 0; k < 3; k++)
			p[k] = (struct package){ .type = types[i],
						 .purl = "",
						 .name = names[k],
						 .version = "1.2-3",
						 .arch = "x86_64",
						 .source_name = names[k],
						 .source_version = "1.2-3",
						 .vendor = "",
						 .modularity = k == 1 ? "nodejs:18:1:2" : "",
						 .license = "",
						 .path = "" };
		struct error err = { 0 };
		if (vuln_match(db, &systems[i], p, 3, &arena, sink, &stats, &err) < 0 &&
		    err.code != ERR_LIMIT)
			result = -1;
		arena_free(&arena);
	}
	return result;
}

static int read_all(const struct vulndb *db)
{
	struct vulndb_info info;
	int result = 0;
	vulndb_info(db, &info);
	for (size_t i = 0; i < info.facts; i++) {
		struct vulndb_fact f;
		result |= vulndb_fact_at(db, i, &f, NULL);
	}
	for (size_t i = 0; i < info.ids; i++) {
		struct vulndb_id id;
		const char *alias;
		if (vulndb_id_at(db, i, &id, NULL) < 0)
			result = -1;
		else if (id.aliases > 0)
			result |= vulndb_id_alias(db, &id, id.aliases - 1u, &alias, NULL);
	}
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vulndb *db = NULL;
	if (vulndb_open_bytes(bytes_of(data, size), &db, NULL) == 0)
		vulndb_close(db);
	if (size < HEAD || size > MIB)
		return 0;
	uint8_t *copy = malloc(size);
	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	repair(copy, size);
	if (vulndb_open_bytes(bytes_of(copy, size), &db, NULL) == 0) {
		bool sound = vulndb_verify(db, NULL) == 0;
		bool matched = match_all(db) == 0;
		bool read = read_all(db) == 0;
		if (sound && (!matched || !read))
			abort();
		vulndb_close(db);
	}
	free(copy);
	return 0;
}
