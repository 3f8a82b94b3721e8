/* Application packages of an image: those of files that no layer above hides, and
 * that the system's package manager did not bring. */
#ifndef CORTEN_SCAN_MERGE_APPS_H
#define CORTEN_SCAN_MERGE_APPS_H

#include "scan/merge.h"

struct app_merge_sink {
	int (*package)(void *ctx, const struct package *p, struct error *err);
	/* A problem of a file that is visible. */
	int (*problem)(void *ctx, const struct problem_fact *p, uint32_t layer, struct error *err);
	void *ctx;
};

/* ret_owned: packages left out because the system's own record covers their files. */
int merge_apps(const struct merge_input *in, struct fact_store *st, struct app_merge_sink sink,
	       size_t *ret_owned, struct error *err);

#endif
