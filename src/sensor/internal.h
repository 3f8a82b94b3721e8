/* What the files of this room share. */
#ifndef CORTEN_SENSOR_INTERNAL_H
#define CORTEN_SENSOR_INTERNAL_H

#include "sensor/sensor.h"

enum {
	EVENT_CPUS = 8192, /* NR_CPUS of the largest kernels */
	EVENT_RECORD_MOST = sizeof(struct guard_event) + GUARD_PATH + GUARD_ARGS
};

/* --- gap.c: loss, from the sequence of one CPU ------------------------------------------ */

/* A program that interrupts another takes its number later and its room in the ring
 * earlier, so numbers may come a little out of order: one is lost when it is missing
 * after 64 later ones, or when nothing more waits in the ring. */
struct gap {
	uint64_t base; /* the first number that is not settled */
	uint64_t seen; /* bit i: base + i was there */
	bool known;
};

/* Both return how many are known to be lost now. *ret_late: the number had been
 * counted as lost. */
uint64_t gap_see(struct gap *g, uint64_t sequence, bool *ret_late);
uint64_t gap_settle(struct gap *g);

/* --- mask.c -------------------------------------------------------------------------------- */

/* Appends arguments (NUL between them) with what looks like a secret replaced by
 * "***", separator between them. *ret_masked: something was. */
int args_mask(struct bytes args, char separator, struct buf *out, bool *ret_masked,
	      struct error *err);

#endif
