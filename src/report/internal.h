/* The writers, one file a format. Each writes as it goes; what the stream
 * could not take shows in ferror, so they fail only without memory. */
#ifndef CORTEN_REPORT_INTERNAL_H
#define CORTEN_REPORT_INTERNAL_H

#include "report/report.h"

typedef int report_writer(const struct scan_result *r, const struct report_options *o, FILE *out,
			  struct error *err);

report_writer report_table, report_json, report_sarif, report_cyclonedx, report_spdx, report_junit,
	report_csv, report_html, report_gitlab;

#endif
