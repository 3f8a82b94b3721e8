/* scan: from a target to one result. Plans, asks the cache, drives workers,
 * merges, matches. What could not be read or decided is in the result's
 * `incomplete`, never left out. */
#ifndef CORTEN_SCAN_H
#define CORTEN_SCAN_H

#include "malware/images.h"
#include "scan/input.h"
#include "scan/result.h"
#include "scan/worker_rules.h"

struct scan_options {
	const char *target;
	const struct known_container *container; /* that the target names; NULL: ask for it */
	const char *platform; /* NULL: this machine's */
	const char *cache_dir; /* NULL: the user's */
	bool no_cache;
	unsigned parallel; /* workers at a time; 0: as many as processors */
	unsigned timeout_seconds; /* whole scan; 0: none */
	struct fetch_options fetch;
	const struct vulndb *db; /* NULL: packages only */
	unsigned families; /* FAMILY_… */
	/* What the families go by, as people see it and as workers get it. */
	const struct secret_rules *secret_rules; /* NULL without FAMILY_SECRET */
	const struct check_rules *check_rules; /* NULL without FAMILIES_CHECKS */
	const struct malicious_images *malicious_images; /* NULL: no list */
	struct worker_rules rules;
	struct digest rules_digest; /* over all of them: part of cache keys */
	/* Asked while the layers of a registry's image are read, the newest first, with a
	 * part of the result: what none of the other layers can take back (scan_part.c).
	 * True ends the scan with that part. It may change the part's findings. May be NULL. */
	bool (*enough)(void *ctx, struct scan_result *part);
	void *enough_ctx;
	/* Progress, for a terminal; may be NULL. */
	void (*progress)(void *ctx, const char *what, size_t done, size_t total, uint64_t raw);
	void *progress_ctx;
};

/* 0: there is a result (perhaps incomplete). -1: the options or the target make
 * no sense (ERR_USAGE, or ERR_NOT_FOUND for a local path); nothing was read.
 * The result must be freed in both cases. */
int scan_run(const struct scan_options *o, struct scan_result *ret, struct error *err);
void scan_result_free(struct scan_result *r);

#endif
