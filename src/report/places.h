/* Findings about a place in the image (a file, a variable, an instruction) rather than a
 * package: malware, secrets, baseline and build instructions. */
#ifndef CORTEN_REPORT_PLACES_H
#define CORTEN_REPORT_PLACES_H

#include "report/page.h"
#include "report/report.h"

struct place_family {
	unsigned family; /* FAMILY_… */
	const char *name; /* as findings have it */
	const char *one, *many, *none; /* for people: "secret", "secrets", "secret" */
};
enum { PLACE_FAMILIES = 4 };
/* As reports order them. */
extern const struct place_family place_families[PLACE_FAMILIES];

struct places {
	size_t count; /* that pass the filter */
	struct {
		size_t count, severity[SEVERITIES];
	} family[PLACE_FAMILIES];
};

void places_count(const struct scan_result *r, const struct report_options *o, struct places *ret);
/* Their list by family, the worst first; the first hundred of each unless all. */
void places_put(struct page *p, const struct scan_result *r, const struct report_options *o,
		bool all);

#endif
