/* For plan.c, which finds the image, and plan_config.c, which reads its config. */
#ifndef CORTEN_SCAN_PLAN_INTERNAL_H
#define CORTEN_SCAN_PLAN_INTERNAL_H

#include "image/platform.h"
#include "scan/plan.h"

/* A document's records, kept. */
struct records {
	struct doc_record *list;
	size_t n, cap;
	struct fact_store *st;
};

struct planner {
	struct image_plan *plan;
	struct scan_input *in;
	const char *reference;
	const char *platform;
	struct fact_store *st;
	struct buf doc;
};

void plan_records_free(struct records *r);
#define cleanup_records __attribute__((cleanup(plan_records_free)))

/* The records of p->doc. */
int plan_parse(struct planner *p, enum image_document kind, struct records *ret, struct error *err);
/* The first of its kind; NULL: none. */
const struct doc_record *plan_find_record(const struct records *all, enum doc_record_kind kind);

/* "linux/arm64/v8" in the store; NULL: not told. */
const char *plan_platform_text(const struct doc_record *r, struct fact_store *st);
struct platform plan_wanted_platform(const struct planner *p);
enum platform_fit plan_fit_of(const struct platform *wanted, const struct doc_record *r);

/* Reads the config into p->plan, whose layers are those of the manifest. ERR_NOT_FOUND:
 * it is for another platform than the wanted one. */
int plan_read_config(struct planner *p, const struct blob_name *name, struct error *err);

#endif
