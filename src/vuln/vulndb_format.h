/* The layout of a vulnerability database file, version 2; doc/vulndb.md is its
 * description for people. Everything is little-endian. The file is
 *
 *   header | section table | section | section | …
 *
 * Each section begins at a multiple of 8, right behind the one before it; the
 * bytes between are zero, and nothing follows the last one. */
#ifndef CORTEN_VULN_VULNDB_FORMAT_H
#define CORTEN_VULN_VULNDB_FORMAT_H

#include <endian.h>

#include "base/base.h"

#define VULNDB_MAGIC "CORTENDB"

enum { VULNDB_FORMAT = 2, VULNDB_ALIGN = 8 };

/* In the order of the file. */
enum vulndb_section {
	DB_ECOSYSTEMS,
	DB_SLOTS, /* the hash index: one open-addressed table an ecosystem */
	DB_PACKAGES, /* sorted by ecosystem, then name */
	DB_FACTS, /* sorted by package, then id */
	DB_IDS, /* CVEs by year and number, then the others by name */
	DB_ALIASES,
	DB_QUALIFIERS, /* module and architecture; the first one is "none" */
	DB_SOURCES,
	DB_STRINGS, /* each ends with NUL; offset 0 is "" */
	DB_SECTIONS
};

/* Offsets of the fields of each record, and its size. */
enum db_header {
	DB_HEADER_MAGIC = 0,
	DB_HEADER_FORMAT = 8, /* u32 */
	DB_HEADER_SECTIONS = 12, /* u32 */
	DB_HEADER_GENERATION = 16, /* u64 */
	DB_HEADER_BUILT = 24, /* i64, seconds since 1970 */
	DB_HEADER_FILE_SIZE = 32, /* u64 */
	DB_HEADER_CVES = 40, /* u64: how many of the ids are CVEs */
	DB_HEADER_RESERVED = 48, /* 16 zero bytes */
	DB_HEADER_CHECKSUM = 64, /* SHA-256 of header and table with these bytes zero */
	DB_HEADER_SIZE = 96
};

enum db_table {
	DB_TABLE_KIND = 0, /* u32: enum vulndb_section */
	DB_TABLE_RECORD = 4, /* u32: size of one record */
	DB_TABLE_OFFSET = 8, /* u64 */
	DB_TABLE_BYTES = 16, /* u64 */
	DB_TABLE_CHECKSUM = 24, /* SHA-256 of the section */
	DB_TABLE_SIZE = 56
};

enum db_ecosystem {
	DB_ECO_NAME = 0, /* string */
	DB_ECO_SLOT = 4, /* first slot */
	DB_ECO_SLOTS = 8, /* a power of two, more than the packages */
	DB_ECO_PACKAGE = 12, /* first package */
	DB_ECO_PACKAGES = 16,
	DB_ECO_SIZE = 20
};

enum db_slot {
	DB_SLOT_TAG = 0, /* upper half of the name's hash */
	DB_SLOT_PACKAGE = 4, /* index of the package + 1; 0: free */
	DB_SLOT_SIZE = 8
};

enum db_package {
	DB_PACKAGE_NAME = 0, /* string */
	DB_PACKAGE_FACT = 4, /* first fact */
	DB_PACKAGE_FACTS = 8,
	DB_PACKAGE_SIZE = 12
};

enum db_fact {
	DB_FACT_ID = 0, /* index of an id */
	DB_FACT_ADVISORY = 4, /* string; "": the id itself */
	DB_FACT_INTRODUCED = 8, /* string */
	DB_FACT_BOUND = 12, /* string: fixed or last affected; "": no end */
	DB_FACT_QUALIFIER = 16, /* index */
	DB_FACT_SOURCE = 20, /* u16: index */
	DB_FACT_STATUS = 22, /* u8: enum finding_status */
	DB_FACT_SEVERITY = 23, /* u8: enum severity; DB_FACT_LAST says what the bound is */
	DB_FACT_SIZE = 24
};
enum { DB_FACT_LAST = 0x80 };

enum db_id {
	DB_ID_NUMBER = 0, /* u32: of a CVE; else a string */
	DB_ID_YEAR = 4, /* u16: of a CVE; else 0 */
	DB_ID_SEVERITY = 6, /* u8: enum severity; DB_ID_RANSOMWARE */
	DB_ID_CVSS = 7, /* u8: score * 10; DB_NO_CVSS */
	DB_ID_VECTOR = 8, /* string: CVSS vector */
	DB_ID_EPSS = 12, /* u32: probability * 10^9; DB_NO_EPSS */
	DB_ID_PERCENTILE = 16, /* u32: likewise */
	DB_ID_KEV_ADDED = 20, /* u16: days since 1970; 0: not listed */
	DB_ID_KEV_DUE = 22, /* u16 */
	DB_ID_PUBLISHED = 24, /* u16: days since 1970; 0: no source says */
	DB_ID_ALIASES = 26, /* u16 */
	DB_ID_ALIAS = 28, /* u32: first alias */
	DB_ID_SIZE = 32
};
enum { DB_ID_RANSOMWARE = 0x80, DB_NO_CVSS = 0xff };
#define DB_NO_EPSS UINT32_MAX
#define DB_EPSS_ONE 1000000000u

enum { DB_ALIAS_SIZE = 4 }; /* string */

enum db_qualifier {
	DB_QUALIFIER_MODULE = 0, /* string */
	DB_QUALIFIER_ARCH = 4, /* string */
	DB_QUALIFIER_SIZE = 8
};

enum db_source {
	DB_SOURCE_NAME = 0, /* string */
	DB_SOURCE_URL = 4, /* string */
	DB_SOURCE_SNAPSHOT = 8, /* string: RFC 3339 */
	DB_SOURCE_SIZE = 12
};

/* The size of one record of each section; strings are bytes. */
static const uint32_t db_record_size[DB_SECTIONS] = {
	[DB_ECOSYSTEMS] = DB_ECO_SIZE,
	[DB_SLOTS] = DB_SLOT_SIZE,
	[DB_PACKAGES] = DB_PACKAGE_SIZE,
	[DB_FACTS] = DB_FACT_SIZE,
	[DB_IDS] = DB_ID_SIZE,
	[DB_ALIASES] = DB_ALIAS_SIZE,
	[DB_QUALIFIERS] = DB_QUALIFIER_SIZE,
	[DB_SOURCES] = DB_SOURCE_SIZE,
	[DB_STRINGS] = 1,
};

static inline uint16_t db_get16(const uint8_t *p)
{
	uint16_t v;
	memcpy(&v, p, sizeof v);
	return le16toh(v);
}

static inline uint32_t db_get32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof v);
	return le32toh(v);
}

static inline uint64_t db_get64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return le64toh(v);
}

static inline void db_put16(uint8_t *p, uint16_t v)
{
	v = htole16(v);
	memcpy(p, &v, sizeof v);
}

static inline void db_put32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof v);
}

static inline void db_put64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof v);
}

/* The hash of a package's name. The key is part of the format: the file is
 * immutable and verified, so a chosen collision only costs its own ecosystem a
 * longer probe, which the size of the table bounds. */
static inline uint64_t db_hash(struct bytes name)
{
	return hash_bytes(0x436f7274656e4442u, name);
}

#endif
