/* The middle of the table: packages with their vulnerabilities. */
#ifndef CORTEN_REPORT_ROWS_H
#define CORTEN_REPORT_ROWS_H

#include "report/group.h"
#include "report/page.h"

/* all: every vulnerability gets its line, because the reader chose them. */
void rows_put(struct page *p, const struct scan_result *r, const struct grouping *g, bool all);

#endif
