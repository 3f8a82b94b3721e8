/* Layers through workers, several at a time. A worker that dies, hangs or talks
 * nonsense costs its own layer and nothing else. */
#ifndef CORTEN_SCAN_JOBS_H
#define CORTEN_SCAN_JOBS_H

#include "scan/cache.h"
#include "scan/plan.h"
#include "scan/worker_rules.h"

struct layer_task {
	struct blob_name name;
	bool has_diff_id;
	struct digest diff_id; /* what the image claims */
	struct layer_facts facts;
	bool from_cache;
	bool streamed; /* facts belong to the input: several names may lead to one member */
	bool pending; /* not read yet: facts are not to be used */
	struct error error; /* code != ERR_NONE: facts are not to be used whole */
	bool untrusted; /* … and not at all: other bytes, or a lost worker */
};

/* A worker that waits for its layer. To start one takes milliseconds, in which
 * the image's documents can be read. */
struct layer_worker {
	struct child child;
	int sock; /* -1: none */
};

int layer_worker_start(struct layer_worker *ret, const struct worker_rules *rules,
		       struct error *err);
void layer_worker_stop(struct layer_worker *w);

struct jobs_options {
	struct layer_worker *ahead; /* started before; taken by the first layer; may be NULL */
	unsigned parallel; /* workers at a time */
	int timeout_ms; /* without a sign of life from a worker that reads a file */
	uint64_t deadline_ns; /* CLOCK_MONOTONIC; 0: none */
	struct layer_work work;
	struct worker_rules rules;
	/* Asked before the first layer and whenever one was read, but the last: true ends the
	 * reading, the other tasks stay pending or are untrusted. May be NULL. With it the
	 * newest layers are read first. Without, the lowest: the base is mostly the largest,
	 * and what is begun last is waited for alone. */
	bool (*enough)(void *ctx);
	void *enough_ctx;
	/* Progress: layers done, raw bytes so far; may be NULL. */
	void (*progress)(void *ctx, size_t done, size_t total, uint64_t raw);
	void *progress_ctx;
};

/* Fills every task's facts, from the cache, the stream or a worker. What a
 * single layer meets is in its task; -1 only when nothing can go on. */
int jobs_run(struct layer_task *tasks, size_t n, struct scan_input *in, struct cache *cache,
	     struct fact_store *st, const struct jobs_options *o, struct error *err);

/* A root file system through one worker; problems of the walk (files that could
 * not be read) are added to the task's facts. */
int jobs_run_rootfs(struct layer_task *task, const char *root, struct fact_store *st,
		    const struct jobs_options *o, struct error *err);

/* The same of the image's files at these paths, under what a container changed. */
int jobs_run_image_files(struct layer_task *task, const struct overlay *overlay,
			 const char *const *paths, size_t n, struct fact_store *st,
			 const struct jobs_options *o, struct error *err);

#endif
