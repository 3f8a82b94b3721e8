/* Clocks and RFC 3339 times. */
#ifndef CORTEN_BASE_TIMING_H
#define CORTEN_BASE_TIMING_H

#include <stdint.h>

#include "base/bytes.h"

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t clock_monotonic_ns(void);

/* Seconds since 1970, or $SOURCE_DATE_EPOCH when that is set and valid
 * (reproducible-builds.org), so that outputs can be made byte-identical. */
int64_t clock_now(void);

enum { RFC3339_TEXT = 32 };
/* "2026-11-22T13:52:00Z" */
void rfc3339_text(int64_t seconds, char out[static RFC3339_TEXT]);
/* Accepts "2006-01-02", and a time with 'T' or a space, optional fraction,
 * 'Z' or ±hh:mm (RFC 3339 section 5.6). Zone missing = UTC. */
bool rfc3339_parse(struct bytes text, int64_t *ret_seconds);

#endif
