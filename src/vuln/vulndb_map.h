/* A mapped database: what opening fills and verifying walks. */
#ifndef CORTEN_VULN_VULNDB_MAP_H
#define CORTEN_VULN_VULNDB_MAP_H

#include "vuln/vulndb.h"
#include "vuln/vulndb_format.h"

struct vulndb_view {
	const uint8_t *p;
	size_t n; /* bytes */
	size_t count; /* records */
	uint32_t record; /* bytes of one */
	const uint8_t *checksum; /* in the table */
};

struct vulndb {
	const uint8_t *map;
	size_t size;
	bool mapped; /* vulndb_close unmaps */
	uint64_t generation;
	int64_t built;
	uint64_t cves;
	struct vulndb_view sections[DB_SECTIONS];
};

/* "ecosystems", "facts" … for messages. */
const char *vulndb_section_name(enum vulndb_section section);

/* The i-th record of a section; NULL with ERR_DB_CORRUPT behind the last. */
const uint8_t *vulndb_record(const struct vulndb *db, enum vulndb_section section, size_t i,
			     struct error *err);

/* The string at offset; NULL with ERR_DB_CORRUPT outside the section. */
const char *vulndb_string(const struct vulndb *db, uint32_t offset, struct error *err);

/* Opens a database that lies in memory, which must outlive db: tests, fuzzing. */
int vulndb_open_bytes(struct bytes file, struct vulndb **ret, struct error *err);

#endif
