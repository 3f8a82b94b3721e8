/* The parent's side of a "stream" job: an archive read in one pass. */
#ifndef CORTEN_SCAN_STREAM_H
#define CORTEN_SCAN_STREAM_H

#include "scan/input.h"

/* Runs the job; in->members gets what was found. file: the archive, a pipe or a
 * whole compressed file (borrowed). */
int stream_run(struct scan_input *in, const struct blob_input *file, const struct input_options *o,
	       struct fact_store *st, struct error *err);

/* The member at a clean path, links followed; NULL. `repeated` counts the links'. */
struct stream_member *stream_find(struct scan_input *in, const char *path);

#endif
