/* A database under construction: facts as numbers, ids with what is known of
 * them, strings once. build.c collects, merge.c puts in order and decides what
 * stays, unify.c joins the names of one vulnerability, write.c lays out the file. */
#ifndef CORTEN_VULN_BUILDER_H
#define CORTEN_VULN_BUILDER_H

#include "vuln/strpool.h"
#include "vuln/vulndb.h"

/* Strings are numbers of the pool. */
struct built_fact {
	uint32_t ecosystem, package;
	uint32_t id; /* index of ids */
	uint32_t advisory, introduced;
	uint32_t bound; /* fixed, or last affected when is_last */
	uint32_t module, arch;
	uint16_t source; /* index of sources */
	uint8_t status : 4, severity : 3, is_last : 1; /* 36 bytes, half a million of them */
};

/* From which kind of source a detail is: a vendor's own word beats NVD's. */
enum detail_rank { RANK_NONE, RANK_NVD, RANK_VENDOR };

struct built_id {
	uint64_t key; /* CVE: bit 63, year << 32, number; else the name's string */
	uint32_t vector;
	uint32_t epss, percentile; /* DB_NO_EPSS: none */
	uint16_t kev_added, kev_due; /* days; 0: none */
	uint16_t published; /* the earliest day that a source says; 0: none */
	uint8_t severity, cvss; /* score * 10; DB_NO_CVSS */
	uint8_t severity_rank, cvss_rank; /* enum detail_rank */
	bool ransomware, used;
	uint32_t out; /* index in the file, once written */
};
#define BUILT_CVE (UINT64_C(1) << 63)

/* Of two days; 0 is none. */
static inline uint16_t earlier_day(uint16_t a, uint16_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

struct built_alias {
	uint32_t id, alias; /* index of ids, string */
};

struct built_source {
	uint32_t name, url, snapshot;
	int64_t time; /* of the snapshot */
	int64_t newest; /* snapshot of all sources of this name: set by merging */
	bool nvd;
};

struct vulndb_builder {
	struct strpool strings;
	struct built_fact *facts;
	size_t fact_count, fact_cap;
	struct built_id *ids;
	size_t id_count, id_cap;
	uint32_t *id_slots; /* index + 1 by key */
	size_t id_slot_count;
	struct built_alias *aliases;
	size_t alias_count, alias_cap;
	struct built_source *sources;
	size_t source_count, source_cap;
	bool has_source;
	uint16_t source; /* the one named last */
	uint64_t skipped;
	void (*on_skip)(void *ctx, const char *what, const char *why);
	void *skip_ctx;
};

/* Room for one more element of an array; the array may move. */
int grow_array(void **array, size_t count, size_t *cap, size_t size, struct error *err);

/* Puts strings, ids, sources and facts in the order of the file and drops facts
 * that say nothing (doc/vulndb.md, "Merging"). Marks the ids that are used. */
int builder_merge(struct vulndb_builder *b, struct error *err);

/* Moves what is known under several names of one vulnerability to one of them;
 * ids, strings and aliases are in order, and aliases are not any more after it. */
int builder_unify(struct vulndb_builder *b, struct error *err);

#endif
