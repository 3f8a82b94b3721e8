#include "git/internal.h"

/* Moves the window so that it begins at `at`. */
static int fill(struct inflater *z, uint64_t at, struct error *err)
{
	uint64_t left = at < z->end ? z->end - at : 0;
	size_t n = left < INFLATE_WINDOW ? (size_t)left : INFLATE_WINDOW;
	z->window_n = 0;
	if (n > 0 && z->source->read_at(z->source->ctx, at, z->window, n, err) < 0)
		return -1;
	z->window_at = at;
	z->window_n = n;
	return 0;
}

/* What of the window lies at `at` or behind it. */
static struct bytes in_window(const struct inflater *z, uint64_t at)
{
	if (at < z->window_at || at - z->window_at >= z->window_n)
		return bytes_of(NULL, 0);
	size_t from = (size_t)(at - z->window_at);
	struct bytes b = bytes_of(z->window + from, z->window_n - from);
	return z->end - at < b.n ? bytes_sub(b, 0, (size_t)(z->end - at)) : b;
}

int inflate_peek(struct inflater *z, uint64_t at, size_t n, struct bytes *ret, struct error *err)
{
	struct bytes b = at < z->end ? in_window(z, at) : bytes_of(NULL, 0);
	if (b.n < n && at < z->end) {
		if (fill(z, at, err) < 0)
			return -1;
		b = in_window(z, at);
	}
	*ret = bytes_sub(b, 0, n);
	return 0;
}

int inflate_begin(struct inflater *z, uint64_t at, struct error *err)
{
	enum { HEADER = 2 }; /* igzip wants it in one piece */
	struct bytes head;
	if (inflate_peek(z, at, HEADER, &head, err) < 0)
		return -1;
	isal_inflate_reset(&z->state);
	z->state.crc_flag = ISAL_ZLIB;
	z->next = at;
	return 0;
}

ssize_t inflate_read(struct inflater *z, void *p, size_t n, struct error *err)
{
	struct inflate_state *s = &z->state;
	size_t room = n < UINT32_MAX ? n : UINT32_MAX;
	s->next_out = p;
	s->avail_out = (uint32_t)room;
	while (s->avail_out == room && s->block_state != ISAL_BLOCK_FINISH) {
		struct bytes in;
		if (inflate_peek(z, z->next, 1, &in, err) < 0)
			return -1;
		in = in.n > 0 ? in_window(z, z->next) : in;
		s->next_in = (uint8_t *)(uintptr_t)in.p;
		s->avail_in = (uint32_t)in.n;
		int code = isal_inflate(s);
		z->next += in.n - s->avail_in;
		/* igzip reads ahead by some bytes, and keeps what it did not need. */
		if (s->block_state == ISAL_BLOCK_FINISH)
			z->next -= (uint64_t)s->read_in_length / 8;
		if (code != ISAL_DECOMP_OK && code != ISAL_END_INPUT)
			return error_set(err, ERR_MALFORMED, "damaged deflate data");
		if (in.n == 0 && s->avail_out == room && s->block_state != ISAL_BLOCK_FINISH)
			return error_set(err, ERR_TRUNCATED, "an object ends too early");
	}
	return (ssize_t)(room - s->avail_out);
}
