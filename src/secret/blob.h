/* The compiled form of a set of rules: what secret_rules_compile writes and
 * secret_engine_open maps. Numbers are the machine's own: a blob never leaves the
 * machine that made it, and its name in the cache says which library and processor it
 * is for.
 *
 *   header, tables (each a run of equal records), strings' bytes, two Vectorscan
 *   databases as hs_serialize_database writes them, SHA-256 of all before it */
#ifndef CORTEN_SECRET_BLOB_H
#define CORTEN_SECRET_BLOB_H

#include "base/base.h"

/* Raise it when what the engine finds changes: layers are looked at again. */
#define SECRET_ENGINE_VERSION 2
#define BLOB_MAGIC "CrtnScr1"
#define NO_PATTERN UINT32_MAX
#define LEAD_ANY UINT32_MAX

struct blob_span {
	uint64_t at, n; /* bytes from the blob's start */
};

struct blob_header {
	char magic[8];
	uint32_t engine_version;
	uint32_t reserved;
	uint64_t size; /* all, with the checksum */
	struct digest rules;
	struct blob_span rule_table, pattern_table, allow_table, path_table, index_table;
	struct blob_span string_table, string_bytes;
	struct blob_span content_db, path_db;
};

/* A run of the index table: numbers of patterns, paths, strings or allow-lists. */
struct blob_run {
	uint32_t first, n;
};

enum blob_rule_flag {
	RULE_PLACEHOLDERS = 1, /* examples and templates are not secrets */
	RULE_DISABLED = 2,
	RULE_PEM_LIKE = 4, /* the match's first line is no secret: the rest is */
};

struct blob_rule {
	uint32_t id; /* string */
	uint32_t pattern; /* NO_PATTERN: the path tells alone */
	uint32_t path; /* of the path table; NO_PATTERN: any */
	uint32_t flags;
	uint32_t group; /* 0: the first that matched, or all */
	uint32_t entropy_milli; /* the secret must have more; 0: is not asked */
	uint32_t check; /* enum secret_check */
	uint32_t rank; /* of two at one place the larger one tells */
	uint32_t magic; /* string: the file's first bytes; empty: any */
	struct blob_run keywords; /* strings, lower case */
	struct blob_run allows;
};

/* A regular expression that PCRE2 reads. */
struct blob_pattern {
	uint32_t text; /* string */
	uint32_t back; /* a match that ends at x begins at x - back or later */
	uint32_t loose; /* Vectorscan finds more than PCRE2 will */
	uint32_t core; /* string: text without what may be empty at its begin; or text */
	uint32_t lead; /* so many bytes at most before a match of the core is one of text */
};

enum allow_target { ALLOW_SECRET, ALLOW_MATCH, ALLOW_LINE };

struct blob_allow {
	uint32_t all; /* every criterion that is given must hold, else one */
	uint32_t target; /* what the patterns look at */
	uint32_t skips_file; /* its paths are not looked at by any rule */
	struct blob_run paths, patterns, stopwords;
};

/* A regular expression over paths: path_db tells its number here. */
struct blob_path {
	uint32_t pattern;
	uint32_t rule; /* that tells by the path alone; NO_PATTERN: none */
	uint32_t skips_file;
};

struct blob_string {
	uint32_t at, n; /* in string_bytes */
};

enum secret_check {
	CHECK_NONE,
	CHECK_GITHUB_CRC32,
	CHECK_GRAFANA_CRC32,
	CHECK_JWT,
	CHECK_PRIVATE_KEY,
	CHECK_AWS_KEY_ID,
	CHECK_BASE64_JSON,
	CHECK_BASIC_AUTH,
	CHECK_JKS,
	CHECK_PKCS12,
	SECRET_CHECKS
};

#endif
