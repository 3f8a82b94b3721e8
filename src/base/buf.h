/* A growing buffer that is born with its own cap. */
#ifndef CORTEN_BASE_BUF_H
#define CORTEN_BASE_BUF_H

#include "base/bytes.h"
#include "base/error.h"

struct buf {
	uint8_t *p;
	size_t n; /* bytes in use */
	size_t cap; /* bytes allocated */
	size_t max; /* never grows beyond */
};

static inline struct buf buf_max(size_t max)
{
	return (struct buf){ .max = max };
}

void buf_free(struct buf *b);
#define cleanup_buf __attribute__((cleanup(buf_free)))

/* Room for n more bytes; ERR_LIMIT over the cap, ERR_MEMORY without memory. */
int buf_reserve(struct buf *b, size_t n, struct error *err);
int buf_append(struct buf *b, const void *p, size_t n, struct error *err);
int buf_append_str(struct buf *b, const char *s, struct error *err);
int buf_printf(struct buf *b, struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static inline struct bytes buf_view(const struct buf *b)
{
	return bytes_of(b->p, b->n);
}

/* The content as a C string, owned by the buffer; NULL without memory. */
const char *buf_cstr(struct buf *b, struct error *err);

#endif
