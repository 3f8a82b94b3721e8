/* Base 64 as it is met in files: both alphabets (RFC 4648 4 and 5), padding or none,
 * white space, quotes and commas between, line ends written as "\n". */
#ifndef CORTEN_SECRET_BASE64_H
#define CORTEN_SECRET_BASE64_H

#include "base/base.h"

/* At most cap bytes; false when something else is in it, when nothing is, or when it
 * does not fit. */
bool base64_decode(struct bytes text, uint8_t *out, size_t cap, size_t *ret_n);

#endif
