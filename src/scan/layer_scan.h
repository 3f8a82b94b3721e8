/* One layer's tar stream, in the worker: changes and the contents of package
 * databases and release files go to the parent as messages. Nothing of the
 * layer is kept but what the file at hand needs. */
#ifndef CORTEN_SCAN_LAYER_SCAN_H
#define CORTEN_SCAN_LAYER_SCAN_H

#include "baseline/baseline.h"
#include "buildstep/buildstep.h"
#include "malware/malware.h"
#include "scan/wire.h"
#include "secret/secret.h"

/* What looks at files in a worker; each NULL when its family is not looked for. */
struct worker_engines {
	struct secret_engine *secrets;
	struct check_set *checks;
	struct malware_engine *malware;
	struct baseline_engine *baseline;
	struct buildstep_engine *build;
};

struct layer_scan;

/* temp_fd: an empty file for databases over LIMIT_FILE_MEMORY, or -1. The
 * engines must outlive it. */
struct layer_scan *layer_scan_new(struct channel *out, int temp_fd,
				  const struct worker_engines *engines, const struct layer_job *job,
				  struct error *err);
void layer_scan_free(struct layer_scan *s);

/* A pipeline_consume_fn. */
int layer_scan_feed(void *scan, struct bytes raw, struct error *err);
int layer_scan_finish(struct layer_scan *s, struct error *err);
uint64_t layer_scan_entries(const struct layer_scan *s);

#endif
