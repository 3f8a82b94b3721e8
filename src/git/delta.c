/* A delta is the size of its base, the size of its result, and instructions: copy from
 * the base, or take the bytes that follow (gitformat-pack(5), "Deltified
 * representation"). */
#include <stdlib.h>

#include "git/internal.h"

static uint64_t size_of(struct cursor *c)
{
	uint64_t size = 0;
	uint8_t byte = 0x80;
	for (unsigned shift = 0; (byte & 0x80) != 0; shift += 7) {
		byte = cursor_u8(c);
		if (shift > 56)
			c->failed = true;
		if (c->failed)
			return 0;
		size |= (uint64_t)(byte & 0x7f) << shift;
	}
	return size;
}

/* Offset and size of a copy: of each the bytes that the instruction's bits name, the
 * lowest first. A size of 0 is 64 KiB. */
static struct bytes copied(struct bytes base, struct cursor *c, uint8_t op)
{
	size_t at = 0, n = 0;
	for (unsigned i = 0; i < 4; i++)
		if ((op >> i & 1) != 0)
			at |= (size_t)cursor_u8(c) << 8 * i;
	for (unsigned i = 0; i < 3; i++)
		if ((op >> (4 + i) & 1) != 0)
			n |= (size_t)cursor_u8(c) << 8 * i;
	if (n == 0)
		n = 0x10000;
	if (at > base.n || n > base.n - at)
		c->failed = true;
	return c->failed ? bytes_of(NULL, 0) : bytes_sub(base, at, at + n);
}

static int run(struct bytes base, struct cursor *c, uint8_t *out, size_t n, struct error *err)
{
	size_t at = 0;
	while (cursor_left(c) > 0) {
		uint8_t op = cursor_u8(c);
		/* 0 is reserved. */
		struct bytes part = (op & 0x80) != 0 ? copied(base, c, op) : cursor_take(c, op);
		if (c->failed || op == 0 || part.n > n - at)
			return error_set(err, ERR_MALFORMED, "a delta reaches outside");
		if (part.n > 0)
			memcpy(out + at, part.p, part.n);
		at += part.n;
	}
	if (c->failed || at != n)
		return error_set(err, ERR_MALFORMED, "a delta of another size than it says");
	return 0;
}

int delta_apply(struct bytes base, struct bytes delta, struct content *ret, struct error *err)
{
	struct cursor c = cursor_of(delta);
	uint64_t from = size_of(&c), to = size_of(&c);
	if (c.failed || from != base.n)
		return error_set(err, ERR_MALFORMED, "a delta of another base");
	if (to > LIMIT_GIT_HELD)
		return error_set(err, ERR_LIMIT, "an object of more than %llu bytes, as a delta",
				 (unsigned long long)LIMIT_GIT_HELD);
	uint8_t *out = malloc((size_t)to + 1);
	if (out == NULL)
		return error_set(err, ERR_MEMORY, "no memory for an object");
	if (run(base, &c, out, (size_t)to, err) < 0) {
		free(out);
		return -1;
	}
	*ret = (struct content){ .p = out, .n = (size_t)to };
	return 0;
}
