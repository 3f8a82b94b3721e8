/* The jobs of corten-worker that belong to a scan. Each runs behind the
 * sandbox, on the descriptors of scan/wire.h, and returns the process's exit
 * status: 0 when its result was sent, whatever the result says. */
#ifndef CORTEN_SCAN_WORKER_H
#define CORTEN_SCAN_WORKER_H

#include "base/base.h"

/* Before the sandbox: what later cannot be opened any more. */
int worker_prepare(struct error *err);

int worker_layer(void);
int worker_meta(void);
int worker_stream(void);
int worker_lint(void);

#endif
