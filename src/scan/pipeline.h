/* Two threads over one layer, in the worker: the caller's reads and
 * decompresses, a second one takes both digests and consumes the raw bytes, so
 * that two cores are busy and neither pass costs time of its own. Between them
 * lies a ring of fixed buffers. */
#ifndef CORTEN_SCAN_PIPELINE_H
#define CORTEN_SCAN_PIPELINE_H

#include "base/base.h"
#include "codec/codec.h"

struct pipeline_result {
	struct digest blob, diff_id; /* of all that could be read */
	uint64_t stored, raw;
};

/* Raw bytes in order, on the second thread. -1 stops consuming; the rest is
 * still read and summed. */
typedef int pipeline_consume_fn(void *ctx, struct bytes raw, struct error *err);

/* Runs the whole stream through. The result is filled also on failure. The
 * first error wins: the decoder's, or the consumer's. */
int pipeline_run(codec_source_fn *source, void *source_ctx, pipeline_consume_fn *consume,
		 void *consume_ctx, struct pipeline_result *ret, struct error *err);

#endif
