/* The accounts of an image, judged over the files that no layer above hides. */
#ifndef CORTEN_SCAN_MERGE_BASELINE_H
#define CORTEN_SCAN_MERGE_BASELINE_H

#include "scan/merge.h"
#include "scan/plan.h"

/* What was found comes behind the *count items of *list, which it may move in the store. */
int merge_baseline(const struct layer_facts *const *layers, size_t layer_count,
		   const struct check_rules *rules, struct fact_store *st, struct plan_check **list,
		   size_t *count, struct error *err);

#endif
