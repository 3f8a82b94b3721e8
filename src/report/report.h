/* report: one scan result in the forms people and programs read. */
#ifndef CORTEN_REPORT_H
#define CORTEN_REPORT_H

#include <stdio.h>

#include "base/base.h"
#include "scan/result.h"

enum report_format {
	REPORT_TABLE,
	REPORT_JSON,
	REPORT_SARIF,
	REPORT_CYCLONEDX,
	REPORT_SPDX,
	REPORT_JUNIT,
	REPORT_CSV,
	REPORT_HTML,
	REPORT_GITLAB,
	REPORT_FORMATS
};

const char *report_format_name(enum report_format f);
bool report_format_parse(struct bytes name, enum report_format *ret);
/* By a file name's ending: .sarif, .cdx.json, .spdx.json, .xml, .csv, .html, .json; */
bool report_format_of_file(const char *path, enum report_format *ret);

struct report_options {
	bool color; /* SGR sequences (table) */
	unsigned columns; /* width of the terminal; 0: not a terminal, do not fold lines */
	/* Only findings shown; packages, incomplete and summary stay whole. */
	bool severities[SEVERITIES]; /* all false: all */
	bool only_fixed;
	uint32_t layer; /* LAYER_NONE: all */
	const char *tool_version; /* "0.1.0" */
	bool utf8; /* the reader's locale is UTF-8: the table may use more than ASCII */
};

/* Does this finding pass the options' filter? */
bool report_shows(const struct report_options *o, const struct finding *f);

/* ERR_IO when the stream fails. Every string of the image is escaped for the
 * format (a terminal included). */
int report_write(enum report_format f, const struct scan_result *r, const struct report_options *o,
		 FILE *out, struct error *err);

#endif
