#include "format/protobuf.h"

enum { VARINT_BYTES = 10 };

/* Seven bits a byte, the lowest first; the tenth byte has room for one bit only. */
static uint64_t read_varint(struct cursor *c)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < VARINT_BYTES; i++) {
		uint8_t byte = cursor_u8(c);
		if (c->failed || (i == VARINT_BYTES - 1 && byte > 1))
			break;
		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if ((byte & 0x80) == 0)
			return value;
	}
	c->failed = true;
	return 0;
}

static struct bytes read_bytes(struct cursor *c)
{
	uint64_t n = read_varint(c);
	if (n > cursor_left(c)) {
		c->failed = true;
		return bytes_of(NULL, 0);
	}
	return cursor_take(c, (size_t)n);
}

bool protobuf_next(struct cursor *c, struct protobuf_field *ret)
{
	if (cursor_left(c) == 0)
		return false;
	uint64_t key = read_varint(c);
	struct protobuf_field f = { .number = (uint32_t)(key >> 3),
				    .wire = (enum protobuf_wire)(key & 7) };
	/* Numbers have 29 bits. */
	if (key > UINT32_MAX || f.number == 0)
		c->failed = true;
	switch (f.wire) {
	case PROTOBUF_VARINT:
		f.value = read_varint(c);
		break;
	case PROTOBUF_FIXED64:
		f.value = cursor_le64(c);
		break;
	case PROTOBUF_BYTES:
		f.bytes = read_bytes(c);
		break;
	case PROTOBUF_FIXED32:
		f.value = cursor_le32(c);
		break;
	default:
		c->failed = true;
	}
	if (c->failed)
		return false;
	*ret = f;
	return true;
}

bool protobuf_find(struct bytes message, uint32_t number, struct bytes *ret)
{
	struct cursor c = cursor_of(message);
	struct protobuf_field f;
	*ret = bytes_of(NULL, 0);
	while (protobuf_next(&c, &f))
		if (f.number == number && f.wire == PROTOBUF_BYTES)
			*ret = f.bytes;
	return !c.failed;
}

static int put_number(struct buf *out, uint64_t value, struct error *err)
{
	uint8_t bytes[VARINT_BYTES];
	size_t n = 0;
	for (; value > 0x7f; value >>= 7)
		bytes[n++] = (uint8_t)(value | 0x80);
	bytes[n++] = (uint8_t)value;
	return buf_append(out, bytes, n, err);
}

static int put_key(struct buf *out, uint32_t number, enum protobuf_wire wire, struct error *err)
{
	return put_number(out, (uint64_t)number << 3 | wire, err);
}

int protobuf_put_bytes(struct buf *out, uint32_t number, struct bytes value, struct error *err)
{
	if (value.n == 0)
		return 0;
	if (put_key(out, number, PROTOBUF_BYTES, err) < 0 || put_number(out, value.n, err) < 0)
		return -1;
	return buf_append(out, value.p, value.n, err);
}

int protobuf_put_varint(struct buf *out, uint32_t number, uint64_t value, struct error *err)
{
	if (put_key(out, number, PROTOBUF_VARINT, err) < 0)
		return -1;
	return put_number(out, value, err);
}
