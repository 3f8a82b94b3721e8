/* The counts that go with a result. */
#ifndef CORTEN_REPORT_SUMMARY_H
#define CORTEN_REPORT_SUMMARY_H

#include "report/report.h"

/* Families are Corten's own words, so there are few. */
enum { SUMMARY_FAMILIES = 16 };

struct summary {
	size_t packages, findings;
	size_t shown; /* findings that pass the filter */
	size_t severity[SEVERITIES], status[STATUSES], priority[PRIORITIES];
	size_t kev, fixable;
	struct summary_family {
		const char *name;
		size_t count;
	} families[SUMMARY_FAMILIES];
	size_t family_count;
	bool complete; /* nothing was left out */
};

/* Over all findings, whatever the filter. */
void summary_of(const struct scan_result *r, const struct report_options *o, struct summary *ret);

/* What the result says of known vulnerabilities. "None found" is a statement of
 * its own: it needs packages that were compared and nothing left out. */
enum verdict {
	VERDICT_INCOMPLETE, /* something could not be checked */
	VERDICT_NO_DATABASE, /* packages were listed, not compared */
	VERDICT_FOUND,
	VERDICT_NO_PACKAGES, /* nothing there to compare */
	VERDICT_NONE_KNOWN
};
enum verdict summary_verdict(const struct scan_result *r);

/* Whether people need the name of the database's i-th source: it is not that of
 * the source before (one publisher's releases have dates of their own). */
bool summary_names_source(const struct scan_result *r, size_t i);

#endif
