#include "source/runtime_put.h"

#include "ipc/ipc.h"
#include "source/protocol.h"

static struct bytes name_of(struct bytes text)
{
	return text.n > LIMIT_PATH_BYTES ? bytes_of(NULL, 0) : text;
}

static int put(struct buf *out, struct msg *m, struct error *err)
{
	return frame_encode(m, out, err);
}

int runtime_put_name(struct buf *out, struct bytes name, struct error *err)
{
	cleanup_msg struct msg m = { 0 };
	msg_begin(&m, RUNTIME_NAME);
	msg_put_bytes(&m, name_of(name));
	return put(out, &m, err);
}

int runtime_put_image(struct buf *out, const struct digest *digest, uint64_t size,
		      struct error *err)
{
	cleanup_msg struct msg m = { 0 };
	msg_begin(&m, RUNTIME_IMAGE);
	msg_put_digest(&m, digest);
	msg_put_u64(&m, size);
	return put(out, &m, err);
}

int runtime_put_container(struct buf *out, const struct runtime_container_text *c,
			  struct error *err)
{
	cleanup_msg struct msg m = { 0 };
	msg_begin(&m, RUNTIME_CONTAINER);
	msg_put_bytes(&m, name_of(c->id));
	msg_put_bytes(&m, name_of(c->name));
	msg_put_bytes(&m, name_of(c->image));
	msg_put_bytes(&m, name_of(c->image_id));
	msg_put_bytes(&m, name_of(c->state));
	msg_put_u64(&m, c->pid);
	return put(out, &m, err);
}

int runtime_put_label(struct buf *out, struct bytes key, struct bytes value, struct error *err)
{
	cleanup_msg struct msg m = { 0 };
	msg_begin(&m, RUNTIME_LABEL);
	msg_put_bytes(&m, name_of(key));
	msg_put_bytes(&m, name_of(value));
	return put(out, &m, err);
}

int runtime_put_stored_image(struct buf *out, struct bytes id, struct bytes layer,
			     struct error *err)
{
	cleanup_msg struct msg m = { 0 };
	msg_begin(&m, RUNTIME_STORED_IMAGE);
	msg_put_bytes(&m, name_of(id));
	msg_put_bytes(&m, name_of(layer));
	return put(out, &m, err);
}

int runtime_put_stored_layer(struct buf *out, struct bytes id, struct bytes parent,
			     const struct digest *diff_id, struct error *err)
{
	static const struct digest none;
	cleanup_msg struct msg m = { 0 };
	msg_begin(&m, RUNTIME_STORED_LAYER);
	msg_put_bytes(&m, name_of(id));
	msg_put_bytes(&m, name_of(parent));
	msg_put_u32(&m, diff_id != NULL);
	msg_put_digest(&m, diff_id != NULL ? diff_id : &none);
	return put(out, &m, err);
}

int runtime_put_split_bytes(struct buf *out, struct bytes piece, struct error *err)
{
	enum { PIECE = 256 * 1024 };
	cleanup_msg struct msg m = { 0 };
	while (piece.n > 0) {
		struct bytes first = bytes_sub(piece, 0, PIECE);
		msg_begin(&m, RUNTIME_SPLIT_BYTES);
		msg_put_bytes(&m, first);
		if (put(out, &m, err) < 0)
			return -1;
		piece = bytes_sub(piece, first.n, piece.n);
	}
	return 0;
}

int runtime_put_split_file(struct buf *out, struct bytes path, uint64_t size, struct error *err)
{
	cleanup_msg struct msg m = { 0 };
	msg_begin(&m, RUNTIME_SPLIT_FILE);
	msg_put_bytes(&m, path);
	msg_put_u64(&m, size);
	return put(out, &m, err);
}
