/* The wire format of Protocol Buffers (protobuf.dev, "Encoding"): a reader over
 * memory that hands out one field after the other, and a writer. What the numbers
 * mean is the caller's affair: a field that it does not know is passed over, of one
 * that is there several times the last counts. Groups, which proto3 does not have,
 * are refused. */
#ifndef CORTEN_FORMAT_PROTOBUF_H
#define CORTEN_FORMAT_PROTOBUF_H

#include "base/base.h"

enum protobuf_wire {
	PROTOBUF_VARINT = 0,
	PROTOBUF_FIXED64 = 1,
	PROTOBUF_BYTES = 2, /* strings, bytes, messages, packed numbers */
	PROTOBUF_FIXED32 = 5
};

struct protobuf_field {
	uint32_t number; /* from 1 */
	enum protobuf_wire wire;
	uint64_t value; /* of all kinds but PROTOBUF_BYTES */
	struct bytes bytes; /* of PROTOBUF_BYTES; borrowed from the message */
};

/* The next field of a message; false at its end, and when it is malformed:
 * c->failed tells which. */
bool protobuf_next(struct cursor *c, struct protobuf_field *ret);

/* The last field of that number and kind PROTOBUF_BYTES; empty when there is none.
 * False when the message is malformed. */
bool protobuf_find(struct bytes message, uint32_t number, struct bytes *ret);

/* As the specification has it, an empty string is not written. */
int protobuf_put_bytes(struct buf *out, uint32_t number, struct bytes value, struct error *err);
int protobuf_put_varint(struct buf *out, uint32_t number, uint64_t value, struct error *err);

#endif
