/* What rules of malware, baseline and build found in an image, as findings. Malware counts
 * in every layer, as secrets do: whoever pulls the image gets it. The other families are
 * about the image as it runs: what a later layer removes or replaces is none. */
#ifndef CORTEN_SCAN_MERGE_CHECKS_H
#define CORTEN_SCAN_MERGE_CHECKS_H

#include "scan/merge.h"
#include "scan/plan.h"

struct check_merge {
	const struct layer_facts *const *layers; /* lowest first; an entry may be NULL */
	size_t layer_count;
	bool layers_named; /* false: rootfs, LAYER_NONE everywhere */
	const struct plan_check *config; /* of the image's config and history */
	size_t config_count;
	const struct check_rules *rules;
};

int merge_checks(const struct check_merge *in, struct fact_store *st,
		 int (*add)(void *ctx, const struct finding *f, struct error *err), void *ctx,
		 struct error *err);

#endif
