/* Events at random, for the tests and measurements of this room. */
#ifndef CORTEN_TEST_EVENT_TRY_H
#define CORTEN_TEST_EVENT_TRY_H

#include "sensor/internal.h"

/* One record as the ring would have it; every number in its range, path and
 * arguments of any bytes. Returns its length. */
size_t event_try_record(unsigned *seed, uint8_t out[static EVENT_RECORD_MOST]);
/* An execution, as most are: of number pid, child of number parent. */
size_t event_try_exec(uint32_t pid, uint32_t parent, uint8_t out[static EVENT_RECORD_MOST]);

#endif
