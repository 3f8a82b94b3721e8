/* One worker at work: shared by jobs.c and jobs_rootfs.c. */
#ifndef CORTEN_SCAN_JOBS_INTERNAL_H
#define CORTEN_SCAN_JOBS_INTERNAL_H

#include "scan/jobs.h"

struct running {
	struct layer_task *task; /* NULL: idle */
	struct layer_worker worker;
	struct channel ch;
	struct blob_input in;
	struct cache_writer *writer;
	uint64_t heard_ns, raw;
};

#define RUNNING_IDLE ((struct running){ .worker = { .sock = -1 }, .in = { .fd = -1 } })

/* Starts a worker, or takes the one that waits, on w->in and sends its job. */
int running_start(struct running *w, const struct jobs_options *o, struct error *err);
/* Takes what the worker says: 1, 0 at its end, -1 when it talks nonsense. */
int running_pump(struct running *w, struct fact_store *st, struct error *err);
/* Settles the task and remembers it; failure: why the worker is given up. */
void running_end(struct running *w, struct scan_input *in, struct cache *cache,
		 const struct jobs_options *o, const struct error *failure);
void running_stop(struct running *w);

/* Turns how the layer ended into the task's error. */
void task_settle(struct layer_task *t);

#endif
