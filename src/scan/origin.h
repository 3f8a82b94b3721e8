/* Of a container that runs: which of its packages and findings its image has, and
 * which were added or changed since its start. */
#ifndef CORTEN_SCAN_ORIGIN_H
#define CORTEN_SCAN_ORIGIN_H

#include "scan/jobs.h"
#include "scan/result.h"

struct origin_input {
	const struct overlay *overlay;
	const struct secret_rules *rules; /* NULL: no secrets were looked for */
	const struct check_rules *check_rules; /* the same of the other families */
	const struct jobs_options *jobs;
};

/* Sets the origin of all packages and findings of the result. A file that the container
 * changed still may tell what the image's own told, as a package database does that got
 * one package more: the image's version of such files is read, too. On failure the
 * origin of what such files tell stays unknown. */
int origin_mark(const struct origin_input *in, struct scan_result *r, struct fact_store *st,
		struct error *err);

#endif
