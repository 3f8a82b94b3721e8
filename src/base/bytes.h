/* Untrusted data is a pointer and a length, read through a cursor that cannot
 * leave it. A cursor that once ran over its end stays failed: a parser may do
 * several reads and check once. */
#ifndef CORTEN_BASE_BYTES_H
#define CORTEN_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *p;
	size_t n;
};

#define BYTES_LIT(s) ((struct bytes){ (const uint8_t *)(s), sizeof(s) - 1 })

static inline struct bytes bytes_of(const void *p, size_t n)
{
	return (struct bytes){ p, n };
}

static inline struct bytes bytes_str(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, s == NULL ? 0 : strlen(s) };
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
int bytes_compare(struct bytes a, struct bytes b); /* as memcmp, shorter first */
bool bytes_starts_with(struct bytes b, struct bytes prefix);
bool bytes_ends_with(struct bytes b, struct bytes suffix);

/* The first occurrence of c, or -1. */
ptrdiff_t bytes_index(struct bytes b, uint8_t c);
/* The first occurrence of needle, or -1; an empty one occurs nowhere. */
ptrdiff_t bytes_find(struct bytes b, struct bytes needle);

/* [from, to) clipped to b; never leaves b. */
struct bytes bytes_sub(struct bytes b, size_t from, size_t to);

/* Without the white space (space, tab, CR, LF) at both ends. */
struct bytes bytes_trim(struct bytes b);

/* Cuts off and returns the part before the next sep; what stays in *rest is
 * behind it. Returns false when *rest was empty. */
bool bytes_next_field(struct bytes *rest, uint8_t sep, struct bytes *ret_field);

/* Decimal without sign, all of b, no overflow; false otherwise. */
bool bytes_to_u64(struct bytes b, uint64_t *ret);

struct cursor {
	struct bytes data;
	size_t at;
	bool failed;
};

static inline struct cursor cursor_of(struct bytes data)
{
	return (struct cursor){ .data = data };
}

static inline size_t cursor_left(const struct cursor *c)
{
	return c->failed ? 0 : c->data.n - c->at;
}

/* Each returns 0 (or an empty view) and fails the cursor when it runs over. */
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_le16(struct cursor *c);
uint32_t cursor_le32(struct cursor *c);
uint64_t cursor_le64(struct cursor *c);
uint16_t cursor_be16(struct cursor *c);
uint32_t cursor_be32(struct cursor *c);
uint64_t cursor_be64(struct cursor *c);
struct bytes cursor_take(struct cursor *c, size_t n);
void cursor_seek(struct cursor *c, size_t at);

#endif
