#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/checked.h"

void buf_free(struct buf *b)
{
	free(b->p);
	*b = buf_max(b->max);
}

int buf_reserve(struct buf *b, size_t n, struct error *err)
{
	size_t need;
	if (checked_add(b->n, n, &need) || need > b->max)
		return error_set(err, ERR_LIMIT, "more than %zu bytes", b->max);
	if (need <= b->cap)
		return 0;
	size_t cap = b->cap < 256 ? 256 : b->cap;
	while (cap < need)
		if (checked_mul(cap, (size_t)2, &cap))
			return error_set(err, ERR_LIMIT, "more than %zu bytes", b->max);
	if (cap > b->max)
		cap = b->max;
	uint8_t *p = realloc(b->p, cap);
	if (p == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu bytes", cap);
	b->p = p;
	b->cap = cap;
	return 0;
}

int buf_append(struct buf *b, const void *p, size_t n, struct error *err)
{
	if (n == 0)
		return 0;
	if (buf_reserve(b, n, err) < 0)
		return -1;
	memcpy(b->p + b->n, p, n);
	b->n += n;
	return 0;
}

int buf_append_str(struct buf *b, const char *s, struct error *err)
{
	return buf_append(b, s, strlen(s), err);
}

int buf_printf(struct buf *b, struct error *err, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return error_set(err, ERR_INTERNAL, "bad format string");
	if (buf_reserve(b, (size_t)n + 1, err) < 0)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
	return 0;
}

const char *buf_cstr(struct buf *b, struct error *err)
{
	if (buf_reserve(b, 1, err) < 0)
		return NULL;
	b->p[b->n] = '\0';
	return (const char *)b->p;
}
