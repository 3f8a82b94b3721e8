/* Scan results made by hand, for the tests of the reports. */
#ifndef CORTEN_TEST_REPORT_SAMPLE_H
#define CORTEN_TEST_REPORT_SAMPLE_H

#include "scan/result.h"

/* By name: "full", "clean", "nothing", "incomplete", "rootfs", "unchecked",
 * "folded", "hostile", "large" (4,000 findings), "huge" (100,000 packages).
 * false: no such sample. Release with arena_free(&r->arena). */
bool report_sample(const char *name, struct scan_result *ret);

/* NULL-terminated. */
extern const char *const report_samples[];

#endif
