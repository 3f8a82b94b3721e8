/* Writing the frames of enum runtime_answer. */
#ifndef CORTEN_SOURCE_RUNTIME_PUT_H
#define CORTEN_SOURCE_RUNTIME_PUT_H

#include "base/base.h"

/* Borrowed until it is written. Text over 4 KiB is left out: no name is longer. */
struct runtime_container_text {
	struct bytes id, name, image, image_id, state;
	uint64_t pid;
};

int runtime_put_name(struct buf *out, struct bytes name, struct error *err);
int runtime_put_image(struct buf *out, const struct digest *digest, uint64_t size,
		      struct error *err);
int runtime_put_container(struct buf *out, const struct runtime_container_text *c,
			  struct error *err);
int runtime_put_label(struct buf *out, struct bytes key, struct bytes value, struct error *err);
int runtime_put_stored_image(struct buf *out, struct bytes id, struct bytes layer,
			     struct error *err);
/* diff_id: NULL when it is not known. */
int runtime_put_stored_layer(struct buf *out, struct bytes id, struct bytes parent,
			     const struct digest *diff_id, struct error *err);
int runtime_put_split_bytes(struct buf *out, struct bytes piece, struct error *err);
int runtime_put_split_file(struct buf *out, struct bytes path, uint64_t size, struct error *err);

#endif
