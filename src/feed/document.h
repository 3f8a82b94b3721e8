/* Feeds that are one small document a file: read whole, as a tree. */
#ifndef CORTEN_FEED_DOCUMENT_H
#define CORTEN_FEED_DOCUMENT_H

#include "feed/import.h"
#include "format/tree.h"

struct document {
	struct buf text;
	struct arena arena;
	const struct node *root;
};

void document_free(struct document *d);
#define cleanup_document __attribute__((cleanup(document_free)))

/* The whole input, up to LIMIT_FILE_MEMORY; false with im->failed set. */
bool document_read(struct import *im, struct feed_input *in, struct document *ret);
/* The same, read as YAML. */
bool document_yaml(struct import *im, struct feed_input *in, struct document *ret);
/* text is a part of d, read as TOML. */
bool document_toml(struct import *im, struct document *d, struct bytes text);

#endif
