#include "base/bytes.h"

#include "base/checked.h"

int bytes_compare(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n == 0 ? 0 : memcmp(a.p, b.p, n);
	if (d != 0)
		return d;
	return (a.n > b.n) - (a.n < b.n);
}

bool bytes_starts_with(struct bytes b, struct bytes prefix)
{
	return b.n >= prefix.n && (prefix.n == 0 || memcmp(b.p, prefix.p, prefix.n) == 0);
}

bool bytes_ends_with(struct bytes b, struct bytes suffix)
{
	return b.n >= suffix.n &&
	       (suffix.n == 0 || memcmp(b.p + (b.n - suffix.n), suffix.p, suffix.n) == 0);
}

ptrdiff_t bytes_index(struct bytes b, uint8_t c)
{
	const uint8_t *hit = b.n == 0 ? NULL : memchr(b.p, c, b.n);
	return hit == NULL ? -1 : hit - b.p;
}

ptrdiff_t bytes_find(struct bytes b, struct bytes needle)
{
	if (needle.n == 0 || b.n < needle.n)
		return -1;
	const uint8_t *hit = memmem(b.p, b.n, needle.p, needle.n);
	return hit == NULL ? -1 : hit - b.p;
}

struct bytes bytes_sub(struct bytes b, size_t from, size_t to)
{
	if (to > b.n)
		to = b.n;
	if (from > to)
		from = to;
	return bytes_of(b.p == NULL ? NULL : b.p + from, to - from);
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct bytes bytes_trim(struct bytes b)
{
	while (b.n > 0 && is_space(b.p[0]))
		b = bytes_sub(b, 1, b.n);
	while (b.n > 0 && is_space(b.p[b.n - 1]))
		b.n--;
	return b;
}

bool bytes_next_field(struct bytes *rest, uint8_t sep, struct bytes *ret_field)
{
	if (rest->n == 0)
		return false;
	ptrdiff_t at = bytes_index(*rest, sep);
	size_t end = at < 0 ? rest->n : (size_t)at;
	*ret_field = bytes_sub(*rest, 0, end);
	*rest = bytes_sub(*rest, at < 0 ? rest->n : end + 1, rest->n);
	return true;
}

bool bytes_to_u64(struct bytes b, uint64_t *ret)
{
	uint64_t v = 0;
	if (b.n == 0)
		return false;
	for (size_t i = 0; i < b.n; i++) {
		uint8_t digit = (uint8_t)(b.p[i] - '0');
		if (digit > 9 || checked_mul(v, 10, &v) || checked_add(v, digit, &v))
			return false;
	}
	*ret = v;
	return true;
}

struct bytes cursor_take(struct cursor *c, size_t n)
{
	if (c->failed || n > c->data.n - c->at) {
		c->failed = true;
		return bytes_of(NULL, 0);
	}
	struct bytes out = bytes_of(c->data.p + c->at, n);
	c->at += n;
	return out;
}

void cursor_seek(struct cursor *c, size_t at)
{
	if (at > c->data.n)
		c->failed = true;
	else
		c->at = at;
}

static uint64_t take_le(struct cursor *c, size_t n)
{
	struct bytes b = cursor_take(c, n);
	uint64_t v = 0;
	for (size_t i = b.n; i-- > 0;)
		v = v << 8 | b.p[i];
	return v;
}

static uint64_t take_be(struct cursor *c, size_t n)
{
	struct bytes b = cursor_take(c, n);
	uint64_t v = 0;
	for (size_t i = 0; i < b.n; i++)
		v = v << 8 | b.p[i];
	return v;
}

uint8_t cursor_u8(struct cursor *c)
{
	return (uint8_t)take_le(c, 1);
}
uint16_t cursor_le16(struct cursor *c)
{
	return (uint16_t)take_le(c, 2);
}
uint32_t cursor_le32(struct cursor *c)
{
	return (uint32_t)take_le(c, 4);
}
uint64_t cursor_le64(struct cursor *c)
{
	return take_le(c, 8);
}
uint16_t cursor_be16(struct cursor *c)
{
	return (uint16_t)take_be(c, 2);
}
uint32_t cursor_be32(struct cursor *c)
{
	return (uint32_t)take_be(c, 4);
}
uint64_t cursor_be64(struct cursor *c)
{
	return take_be(c, 8);
}
