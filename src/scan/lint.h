/* lint: Dockerfiles as they lie in a folder, held against the rules of kind build. Each
 * is read by a worker; the result is that of a scan, so that reports show it as one. */
#ifndef CORTEN_SCAN_LINT_H
#define CORTEN_SCAN_LINT_H

#include "scan/result.h"
#include "scan/worker_rules.h"

enum { LINT_FILES_MAX = 1000 };

struct lint_options {
	/* Files, folders that are searched for Dockerfiles, "-" for standard input. */
	const char *const *targets;
	size_t target_count;
	const struct check_rules *check_rules;
	struct worker_rules rules;
};

/* -1: a target is not there, or no Dockerfile is in it (ERR_NOT_FOUND); a file that could
 * not be read is in the result's `incomplete`. The result is freed by scan_result_free. */
int lint_run(const struct lint_options *o, struct scan_result *ret, struct error *err);

#endif
