/* Reading a vulnerability database record by record: what matching, `corten db
 * lookup` and the tests stand on. Every index and offset is checked where it is
 * used, so that a damaged file ends in ERR_DB_CORRUPT and never in a read
 * outside the mapping. Strings are NUL-terminated and live as long as db. */
#ifndef CORTEN_VULN_VULNDB_H
#define CORTEN_VULN_VULNDB_H

#include "vuln/vuln.h"

/* An ecosystem's part of the file; packages 0: the database has none of it. */
struct vulndb_ecosystem {
	const char *name;
	uint32_t slot, slots;
	uint32_t package, packages;
};

size_t vulndb_ecosystems(const struct vulndb *db);
int vulndb_ecosystem_at(const struct vulndb *db, size_t i, struct vulndb_ecosystem *ret,
			struct error *err);
int vulndb_ecosystem_find(const struct vulndb *db, struct bytes name, struct vulndb_ecosystem *ret,
			  struct error *err);

/* Facts [first, first + count); count 0: the package has none. */
struct vulndb_range {
	uint32_t first, count;
};
int vulndb_find(const struct vulndb *db, const struct vulndb_ecosystem *eco, struct bytes package,
		struct vulndb_range *ret, struct error *err);

/* The i-th package of the file, for listings. */
int vulndb_package_at(const struct vulndb *db, size_t i, const char **ret_name,
		      struct vulndb_range *ret, struct error *err);

/* Absent strings are "". fixed and last_affected are never both given. */
struct vulndb_fact {
	uint32_t id; /* for vulndb_id_at; facts of a package are sorted by it */
	uint32_t qualifier;
	const char *advisory;
	const char *introduced, *fixed, *last_affected;
	const char *module, *arch;
	enum finding_status status;
	enum severity severity;
	uint16_t source; /* for vulndb_source */
};
int vulndb_fact_at(const struct vulndb *db, size_t i, struct vulndb_fact *ret, struct error *err);

/* The id of the i-th fact without the rest of it. */
int vulndb_fact_id(const struct vulndb *db, size_t i, uint32_t *ret, struct error *err);

/* Numbers < 0: no source says. */
struct vulndb_id {
	uint16_t year; /* of a CVE; 0: name is what it is called */
	uint32_t number;
	const char *name;
	enum severity severity;
	double cvss_score;
	const char *cvss_vector; /* "": none */
	double epss, epss_percentile;
	int64_t kev_added, kev_due; /* seconds since 1970; 0: none */
	bool kev_ransomware;
	uint16_t published; /* days since 1970; 0: no source says */
	uint32_t alias;
	uint16_t aliases;
};
size_t vulndb_ids(const struct vulndb *db);
/* Has the id of the i-th fact fetched while something else is done: ids lie far from
 * their facts. */
void vulndb_id_ahead(const struct vulndb *db, size_t i);
int vulndb_id_at(const struct vulndb *db, size_t i, struct vulndb_id *ret, struct error *err);
/* i below aliases. */
int vulndb_id_alias(const struct vulndb *db, const struct vulndb_id *id, size_t i, const char **ret,
		    struct error *err);

/* "CVE-2021-44228", or the name, in the arena or in db; NULL over its cap. */
const char *vulndb_id_text(const struct vulndb_id *id, struct arena *arena);

/* A CVE id in its one canonical form: "CVE-", year of four digits, '-', number
 * of four or more digits without needless zeros (CVE numbering since 2014). */
bool vuln_cve_parse(struct bytes text, uint16_t *ret_year, uint32_t *ret_number);

#endif
