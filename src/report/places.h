/* Findings about a place in the image (a file, a variable) rather than a package:
 * secrets and what else lies about. */
#ifndef CORTEN_REPORT_PLACES_H
#define CORTEN_REPORT_PLACES_H

#include "report/page.h"
#include "report/report.h"

struct places {
	size_t count, severity[SEVERITIES]; /* that pass the filter */
};

void places_count(const struct scan_result *r, const struct report_options *o, struct places *ret);
/* Their list, the worst first; the first hundred of them unless all. */
void places_put(struct page *p, const struct scan_result *r, const struct report_options *o,
		bool all);

#endif
