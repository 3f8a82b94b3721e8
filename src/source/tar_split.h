/* A layer's tar-split file, as containers/storage keeps it: what the tar stream
 * held besides the files' contents, so that the very same stream can be put
 * together again from the files (vbatts/tar-split, tar/storage). One JSON object a
 * line, all of it compressed with gzip. */
#ifndef CORTEN_SOURCE_TAR_SPLIT_H
#define CORTEN_SOURCE_TAR_SPLIT_H

#include "base/base.h"

struct tar_split;

/* Borrows fd, which is read with blocking reads. NULL without memory. */
struct tar_split *tar_split_new(int fd);
void tar_split_free(struct tar_split *t);

/* Appends the frames of the next line to out: 1, 0 at the end, -1. */
int tar_split_next(struct tar_split *t, struct buf *out, struct error *err);

#endif
