/* The tokens of JSON text (RFC 8259), for json_read.c only: a window of input,
 * and strings, numbers and names read out of it. A token that lies whole in
 * the window and needs no decoding is given as a view of it; anything else is
 * put together in `text`. */
#ifndef CORTEN_FORMAT_JSON_LEX_H
#define CORTEN_FORMAT_JSON_LEX_H

#include "format/json.h"

enum { JSON_WINDOW = 128 * 1024 };

struct json_lex {
	const uint8_t *at, *end; /* input not yet read */
	const uint8_t *window; /* where the window began; at base in the input */
	uint64_t base;
	json_read_fn *read; /* NULL: the window is all there is */
	void *ctx;
	uint8_t *chunk; /* memory of the window, when it is a stream's */
	struct buf text;
	struct error err;
	bool failed;
};

uint64_t lex_offset(const struct json_lex *l);

/* The first error sticks. "offset N: " comes before the text. Returns false. */
bool lex_fail(struct json_lex *l, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The next window; false at the end of the input or on an error. */
bool lex_refill(struct json_lex *l);

/* The next byte, not consumed; -1 at the end of the input. */
static inline int lex_byte(struct json_lex *l)
{
	return l->at < l->end || lex_refill(l) ? *l->at : -1;
}

/* The next byte that is no white space, not consumed; -1 at the end. */
static inline int lex_space(struct json_lex *l)
{
	for (;;) {
		int c = lex_byte(l);
		if (c > ' ' || (c != ' ' && c != '\n' && c != '\r' && c != '\t'))
			return c;
		l->at++;
	}
}

/* Each starts at the first byte of its token; false when an error stuck. */
bool lex_string(struct json_lex *l, struct bytes *ret);
bool lex_skip_string(struct json_lex *l);
bool lex_number(struct json_lex *l, struct bytes *ret_literal);
bool lex_name(struct json_lex *l, struct bytes name); /* true, false, null */

#endif
