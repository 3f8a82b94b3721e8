#include "report/report.h"

#include "report/internal.h"

static const struct format {
	const char *name, *ending;
	report_writer *write;
} formats[REPORT_FORMATS] = {
	[REPORT_TABLE] = { "table", ".txt", report_table },
	[REPORT_JSON] = { "json", ".json", report_json },
	[REPORT_SARIF] = { "sarif", ".sarif", report_sarif },
	[REPORT_CYCLONEDX] = { "cyclonedx", ".cdx.json", report_cyclonedx },
	[REPORT_SPDX] = { "spdx", ".spdx.json", report_spdx },
	[REPORT_JUNIT] = { "junit", ".xml", report_junit },
	[REPORT_CSV] = { "csv", ".csv", report_csv },
	[REPORT_HTML] = { "html", ".html", report_html },
	[REPORT_GITLAB] = { "gitlab", ".gitlab.json", report_gitlab },
};

/* Second endings in use for the same formats; "x.sarif.json" is not plain JSON. */
static const struct {
	const char *ending;
	enum report_format format;
} more_endings[] = {
	{ ".sarif.json", REPORT_SARIF },
	{ ".bom.json", REPORT_CYCLONEDX },
	{ "bom.json", REPORT_CYCLONEDX },
	{ ".htm", REPORT_HTML },
	{ "gl-container-scanning-report.json", REPORT_GITLAB },
	{ "gl-dependency-scanning-report.json", REPORT_GITLAB },
};

const char *report_format_name(enum report_format f)
{
	return (unsigned)f < REPORT_FORMATS ? formats[f].name : "table";
}

bool report_format_parse(struct bytes name, enum report_format *ret)
{
	for (unsigned i = 0; i < REPORT_FORMATS; i++) {
		if (bytes_equal(name, bytes_str(formats[i].name))) {
			*ret = (enum report_format)i;
			return true;
		}
	}
	return false;
}

bool report_format_of_file(const char *path, enum report_format *ret)
{
	struct bytes p = bytes_str(path);
	size_t best = 0; /* the longest ending wins: .cdx.json before .json */
	for (unsigned i = 0; i < REPORT_FORMATS; i++) {
		struct bytes ending = bytes_str(formats[i].ending);
		if (ending.n > best && bytes_ends_with(p, ending)) {
			best = ending.n;
			*ret = (enum report_format)i;
		}
	}
	for (unsigned i = 0; i < sizeof more_endings / sizeof more_endings[0]; i++) {
		struct bytes ending = bytes_str(more_endings[i].ending);
		if (ending.n > best && bytes_ends_with(p, ending)) {
			best = ending.n;
			*ret = more_endings[i].format;
		}
	}
	return best > 0;
}

int report_write(enum report_format f, const struct scan_result *r, const struct report_options *o,
		 FILE *out, struct error *err)
{
	if ((unsigned)f >= REPORT_FORMATS)
		return error_set(err, ERR_INTERNAL, "no report format %u", (unsigned)f);
	if (formats[f].write(r, o, out, err) < 0)
		return error_wrap(err, "%s report", formats[f].name);
	if (fflush(out) != 0 || ferror(out) != 0)
		return error_errno(err, "cannot write the %s report", formats[f].name);
	return 0;
}
