/* When to try again. */
#ifndef CORTEN_SOURCE_RETRY_H
#define CORTEN_SOURCE_RETRY_H

#include "base/base.h"

enum {
	RETRY_ATTEMPTS = 5, /* without progress, unless the caller says otherwise */
	RETRY_ATTEMPTS_TOTAL = 64, /* of one transfer, with progress in between */
	RETRY_AFTER_MAX = 120 /* seconds that we are willing to be told to wait */
};

/* Exponential back-off with jitter: between half and all of 0.5 s * 2^failures,
 * at most 30 s; `random` is any number. Retry-After, in seconds, is a minimum
 * (RFC 9110 section 10.2.3). */
uint64_t retry_delay_ns(unsigned failures, uint64_t random, uint64_t retry_after);

/* A reply that a second try may turn: 408, 425, 429, 500, 502, 503, 504. */
bool retry_status(unsigned status);

#endif
