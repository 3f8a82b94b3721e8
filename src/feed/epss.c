/* FIRST's EPSS scores, CSV: a comment with the day of the scores, a line of
 * names, then cve,epss,percentile. */
#include <stdlib.h>

#include "feed/import.h"

/* "#model_version:v2025.03.14,score_date:2025-03-14T12:55:00+0000" */
static struct bytes score_date(struct bytes line)
{
	static const char name[] = "score_date:";
	struct bytes field;
	line = bytes_sub(line, 1, line.n);
	while (bytes_next_field(&line, ',', &field))
		if (bytes_starts_with(field, BYTES_LIT(name)))
			return bytes_sub(field, sizeof name - 1, field.n);
	return BYTES_LIT("");
}

static double number(struct bytes b)
{
	char text[32], *end;
	if (b.n == 0 || b.n >= sizeof text)
		return -1;
	memcpy(text, b.p, b.n);
	text[b.n] = '\0';
	double v = strtod(text, &end);
	return *end == '\0' ? v : -1;
}

static bool is_part(double v)
{
	return v >= 0 && v <= 1;
}

static bool take_line(struct import *im, struct bytes line)
{
	struct bytes rest = line, cve = { 0 }, epss = { 0 }, percentile = { 0 };
	(void)bytes_next_field(&rest, ',', &cve);
	(void)bytes_next_field(&rest, ',', &epss);
	(void)bytes_next_field(&rest, ',', &percentile);
	struct vuln_detail d = detail_of(cve);
	d.epss = number(epss);
	d.epss_percentile = number(percentile);
	im->stats.records++;
	if (cve_of(cve).n == 0 || cve_of(cve).n != cve.n || !is_part(d.epss) ||
	    !is_part(d.epss_percentile)) {
		import_skip(im, cve, "a line without a CVE and two numbers between 0 and 1");
		return true;
	}
	return import_detail(im, &d);
}

int import_epss(struct import *im, struct feed_input *in)
{
	struct bytes line, date = BYTES_LIT("");
	char day[64];
	while (feed_input_line(in, im, &line)) {
		if (line.n > 0 && line.p[0] == '#') {
			date = score_date(line);
			date.n = date.n < sizeof day ? date.n : 0;
			if (date.n > 0)
				memcpy(day, date.p, date.n);
			date.p = (uint8_t *)day;
		} else if (bytes_starts_with(line, BYTES_LIT("cve,"))) {
			(void)import_source(im, BYTES_LIT("epss"), date);
		} else if (im->source_count == 0) {
			(void)import_fail(im, ERR_MALFORMED, "offset %llu: no line of names",
					  (unsigned long long)feed_input_offset(in));
		} else if (line.n > 0) {
			(void)take_line(im, line);
		}
		if (im->failed)
			return -1;
	}
	return im->failed ? -1 : 0;
}
