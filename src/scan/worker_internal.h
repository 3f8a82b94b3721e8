/* What the worker's jobs share. */
#ifndef CORTEN_SCAN_WORKER_INTERNAL_H
#define CORTEN_SCAN_WORKER_INTERNAL_H

#include "codec/codec.h"
#include "scan/layer_scan.h"

/* A descriptor as a codec's source. */
struct worker_input {
	int fd;
	bool seekable; /* pread at offset; else read */
	bool limited; /* at most left bytes */
	uint64_t offset, left;
};
ssize_t worker_input(void *ctx, void *p, size_t n, struct error *err);

/* WORKER_TEMP_FD when it is open, else -1. */
int worker_temp_fd(void);
/* The engines of the rules that this worker was given; those that look at files only
 * when it reads layers. */
int worker_engines_open(struct worker_engines *ret, bool reads_layers, struct error *err);
void worker_engines_close(struct worker_engines *e);

int worker_receive_job(struct channel *ch, struct arena *arena, struct layer_job *ret,
		       struct error *err);

/* One layer from source to MSG_LAYER_DONE. -1: the parent cannot be told. */
int worker_scan_stream(struct channel *ch, const struct layer_job *job,
		       const struct worker_engines *engines, codec_source_fn *source,
		       void *source_ctx, struct error *err);

#endif
