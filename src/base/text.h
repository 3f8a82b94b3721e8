/* Text for people: what an image says must not drive the reader's terminal. */
#ifndef CORTEN_BASE_TEXT_H
#define CORTEN_BASE_TEXT_H

#include "base/buf.h"

/* Appends b with control characters, DEL, C1 controls, bidirectional overrides
 * and bytes that are not UTF-8 written as \xNN or \u{N}. */
int text_escape(struct buf *out, struct bytes b, struct error *err);

/* True for a character that changes what a terminal or a reader sees of others:
 * control characters, zero width, bidirectional overrides. */
bool text_point_harmful(uint32_t point);

/* Length of the valid UTF-8 sequence at b (1..4), 0 when it is none
 * (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). */
size_t utf8_length(struct bytes b, uint32_t *ret_point);
bool utf8_valid(struct bytes b);

/* Columns that a terminal needs for valid UTF-8: wide East Asian characters
 * and emoji 2, combining marks 0. */
size_t text_columns(struct bytes b);

#endif
