/* What the worker's jobs share. */
#ifndef CORTEN_SCAN_WORKER_INTERNAL_H
#define CORTEN_SCAN_WORKER_INTERNAL_H

#include "codec/codec.h"
#include "scan/wire.h"

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
/* The engine of the rules on WORKER_RULES_FD; NULL without them. */
int worker_secrets(struct secret_engine **ret, struct error *err);

int worker_receive_job(struct channel *ch, struct arena *arena, struct layer_job *ret,
		       struct error *err);

/* One layer from source to MSG_LAYER_DONE. -1: the parent cannot be told. */
int worker_scan_stream(struct channel *ch, const struct layer_job *job,
		       struct secret_engine *secrets, codec_source_fn *source, void *source_ctx,
		       struct error *err);

#endif
