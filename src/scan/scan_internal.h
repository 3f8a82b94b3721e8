/* One scan on its way: shared by scan.c (what is read), scan_result.c (what is told of
 * it) and scan_judge.c (what it means). */
#ifndef CORTEN_SCAN_SCAN_INTERNAL_H
#define CORTEN_SCAN_SCAN_INTERNAL_H

#include "scan/jobs.h"
#include "scan/merge.h"
#include "scan/scan.h"

struct scan {
	const struct scan_options *o;
	struct scan_result *r;
	struct fact_store st;
	struct source_target target;
	struct scan_input in;
	struct cache *cache;
	struct layer_worker ahead;
	struct image_plan plan;
	struct layer_task *tasks; /* one for each different layer */
	size_t task_count;
	size_t *task_of; /* layer → task */
	struct extra_path *extras;
	size_t extra_count;
	struct merge_result merged;
	size_t incomplete_cap, note_cap, finding_cap;
	uint64_t started_ns;
	/* What the part was made of that was last asked about (scan_part.c). */
	size_t asked_from;
	uint64_t asked_facts;
	bool asked, stopped;
	bool listed; /* the image is known as malicious: no layer was read */
};

/* --- scan_result.c --- */

/* What could not be checked: goes into the result, or nowhere. */
__attribute__((format(printf, 4, 5))) void
scan_incomplete(struct scan *s, const char *what, enum error_code code, const char *fmt, ...);
void scan_incomplete_error(struct scan *s, const char *what, const struct error *e);
/* One layer without a name, that is walked here. */
bool scan_is_tree(const struct scan *s);
/* What is known of each layer; to be freed. NULL without memory. */
const struct layer_facts **scan_layers(const struct scan *s, size_t n);
void scan_fill_image(struct scan *s);
/* Packages, problems, counts of the layers that were read. */
void scan_fill_tasks(struct scan *s);
/* What the packages found and not found say of the image. */
void scan_check_packages(struct scan *s);

bool scan_has_system_packages(const struct scan *s);

/* --- scan_listed.c --- */

/* Whether the image is on the list of malicious images; if so, a finding says so. */
bool scan_listed(struct scan *s);

/* --- scan_part.c --- */

/* For jobs_options: asks the scan's `enough`, ctx being the scan. */
bool scan_part_enough(void *ctx);
/* Fills the result with what no layer that was not read can take back. */
int scan_part_fill(struct scan *s, struct error *err);

/* --- scan_judge.c --- */

/* Findings of all families. */
void scan_judge(struct scan *s);
/* Findings in the plan's checks alone: of Dockerfiles. */
void scan_judge_instructions(struct scan *s);
/* Which database it was judged by. */
void scan_fill_database(struct scan *s);

#endif
