/* What is made once and kept for the next time: compiled rules. What was kept is believed
 * only when nobody else could have written it and its checksum is right, because a worker
 * takes it as it is. The checksum, SHA-256 of all before it, is the content's end. */
#ifndef CORTEN_BASE_KEEP_H
#define CORTEN_BASE_KEEP_H

#include "base/buf.h"
#include "base/error.h"

/* Makes the folder (NULL: none). -1: it cannot be made, or others could put files there. */
int keep_dir_open(const char *path);
/* A descriptor of the file and its size; -1: not there, not this user's alone, larger than
 * max, or not whole. dir may be -1. */
int keep_open(int dir, const char *name, size_t max, size_t *ret_size);
/* Puts the checksum at the end. */
int keep_seal(struct buf *content, struct error *err);
/* Memory that nobody can change any more, with a copy of content; and a file of the same,
 * unless dir is -1: that it cannot be written is no error. -1 with err. */
int keep_store(int dir, const char *name, struct bytes content, struct error *err);

#endif
