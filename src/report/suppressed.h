/* Findings that somebody says are none, as people read them. */
#ifndef CORTEN_REPORT_SUPPRESSED_H
#define CORTEN_REPORT_SUPPRESSED_H

#include "report/report.h"

enum { SUPPRESSED_TEXT_MAX = 128 * 1024 };

/* Who says so and why, one line: "VEX: not_affected, code_not_present: the plugin is not
 * built (vendor.example, api.vex.json)", "excepted until 2026-12-31: no shell gets there
 * (ops, policy.yaml:14)". In buf, which is emptied first; "" without memory. */
const char *suppressed_text(const struct scan_suppressed *s, struct buf *buf);

/* "vex", "exception", "state": how machines name it. */
const char *suppressed_by(const struct scan_suppressed *s);

/* How many pass the filter. */
size_t suppressed_shown(const struct scan_result *r, const struct report_options *o);

#endif
