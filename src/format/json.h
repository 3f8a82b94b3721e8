/* JSON (RFC 8259): a bounded pull reader over memory or a stream, and a writer.
 *
 * Reading is typed and forgiving about what it does not know, strict about the
 * grammar: strings are decoded to valid UTF-8 (bad UTF-8, lone surrogates and
 * duplicate-free-ness are not errors: bad sequences become U+FFFD), depth and
 * string length are capped. Errors stick: after the first, every call says
 * "nothing more", and json_finish returns what happened.
 *
 *   json_enter_object(r);
 *   while (json_next_key(r, &key)) {
 *           if (bytes_equal(key, BYTES_LIT("id")))
 *                   json_get_string(r, &id);
 *           else
 *                   json_skip(r);
 *   }
 */
#ifndef CORTEN_FORMAT_JSON_H
#define CORTEN_FORMAT_JSON_H

#include <stdio.h>

#include "base/base.h"

enum json_kind {
	JSON_NONE, /* nothing more here, or an error */
	JSON_OBJECT,
	JSON_ARRAY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_BOOL,
	JSON_NULL
};

struct json_reader;

/* More input into p: the number of bytes, 0 at the end, -1 with err filled. */
typedef ssize_t json_read_fn(void *ctx, void *p, size_t n, struct error *err);

struct json_reader *json_open_bytes(struct bytes text); /* borrows text */
struct json_reader *json_open_stream(json_read_fn *read, void *ctx);
void json_close(struct json_reader *r);

/* What the next value is, without consuming it. */
enum json_kind json_peek(struct json_reader *r);

/* Each json_get_* consumes one value. If it is of another kind it is skipped
 * and false is returned. Text is good until the next call on r. */
bool json_get_string(struct json_reader *r, struct bytes *ret);
bool json_get_number(struct json_reader *r, struct bytes *ret_literal);
bool json_get_i64(struct json_reader *r, int64_t *ret); /* integers in range only */
bool json_get_double(struct json_reader *r, double *ret);
bool json_get_bool(struct json_reader *r, bool *ret);
void json_skip(struct json_reader *r);

/* Enter consumes '{' or '['; false and skipped when the value is something else. */
bool json_enter_object(struct json_reader *r);
bool json_enter_array(struct json_reader *r);

/* The next member's key, decoded, good until the next call; the value must be
 * consumed before the next call. false at the object's end (which is consumed). */
bool json_next_key(struct json_reader *r, struct bytes *ret_key);
/* true when another item follows; false at the array's end (consumed). */
bool json_next_item(struct json_reader *r);

/* Bytes of input consumed so far. */
uint64_t json_offset(const struct json_reader *r);

/* 0 when the document was whole and nothing but white space follows it;
 * ERR_MALFORMED with the offset, ERR_TRUNCATED, ERR_LIMIT otherwise. */
int json_finish(struct json_reader *r, struct error *err);
/* True once an error stuck. */
bool json_failed(const struct json_reader *r);

/* Writer: to a stdio stream; commas, colons, indentation and escaping are its
 * business. Errors are the stream's (ferror). Strings that are not UTF-8 have
 * their bad bytes replaced by U+FFFD; what could drive a terminal (control characters,
 * bidirectional overrides) becomes \uXXXX. */
struct json_writer {
	FILE *out;
	unsigned depth;
	bool pretty; /* two blanks an indentation level */
	bool first; /* nothing yet in the innermost container */
	bool after_key;
};

void json_write_init(struct json_writer *w, FILE *out, bool pretty);
void json_object_begin(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array_begin(struct json_writer *w);
void json_array_end(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_string(struct json_writer *w, const char *s); /* NULL: null */
void json_string_bytes(struct json_writer *w, struct bytes b);
void json_i64(struct json_writer *w, int64_t v);
void json_u64(struct json_writer *w, uint64_t v);
/* Shortest form with at most `digits` significant digits; not a number: null. */
void json_double(struct json_writer *w, double v, int digits);
void json_bool(struct json_writer *w, bool v);
void json_null(struct json_writer *w);
/* key and value in one call */
void json_member_string(struct json_writer *w, const char *key, const char *s);
void json_member_u64(struct json_writer *w, const char *key, uint64_t v);
void json_member_bool(struct json_writer *w, const char *key, bool v);

#endif
