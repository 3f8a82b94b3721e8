/* A layer's tar stream from its tar-split file and the directory with its files. */
#ifndef CORTEN_SOURCE_STORAGE_LAYER_H
#define CORTEN_SOURCE_STORAGE_LAYER_H

#include "source/fetch.h"

/* A thread of its own writes the stream to *ret_fd; fetch_blob_result waits for it
 * and tells its error. split and content are borrowed. */
int storage_layer_start(struct fetch *f, int split, int content, int *ret_fd, uint64_t *ret_id,
			struct error *err);

#endif
