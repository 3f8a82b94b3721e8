/* JUnit XML as Jenkins, GitLab and their like read it; valid against the
 * schemas of Ant (Windy Road) and of Jenkins' xunit plugin. A finding is a
 * failed test, one that the distribution calls unimportant or that somebody says
 * is none (VEX, an exception) a skipped one, and what could not be checked is an error: a red build, never a green one. */
#include "report/escape.h"
#include "report/ident.h"
#include "report/internal.h"
#include "report/summary.h"
#include "report/suppressed.h"

struct junit {
	FILE *out;
	const struct scan_result *r;
	const struct report_options *o;
	size_t failures, skipped;
	struct buf why; /* scratch */
};

static void attribute(struct junit *j, const char *name, const char *value)
{
	(void)fprintf(j->out, " %s=\"", name);
	escape_markup(j->out, value);
	(void)fputc('"', j->out);
}

static bool is_skipped(const struct finding *f)
{
	return f->status == STATUS_UNIMPORTANT;
}

static void count(struct junit *j)
{
	for (size_t i = 0; i < j->r->finding_count; i++) {
		const struct finding *f = &j->r->findings[i];
		if (!report_shows(j->o, f))
			continue;
		j->skipped += is_skipped(f);
		j->failures += !is_skipped(f);
	}
	j->skipped += suppressed_shown(j->r, j->o);
}

static void property(struct junit *j, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	(void)fputs("      <property", j->out);
	attribute(j, "name", name);
	attribute(j, "value", value);
	(void)fputs("/>\n", j->out);
}

static void properties(struct junit *j)
{
	char digest[DIGEST_TEXT];
	(void)fputs("    <properties>\n", j->out);
	property(j, "target", ident_target(j->r));
	property(j, "digest", ident_digest(j->r, digest));
	property(j, "platform", j->r->platform);
	if (j->r->has_os)
		property(j, "os", j->r->os.name);
	property(j, "complete", j->r->incomplete_count == 0 ? "true" : "false");
	(void)fputs("    </properties>\n", j->out);
}

/* "<testcase name= classname= time=>" without its end. */
static void begin_case(struct junit *j, const char *class)
{
	(void)fputs("    <testcase classname=\"", j->out);
	escape_markup(j->out, class);
	(void)fputs("\" time=\"0\" name=\"", j->out);
}

static void incomplete_case(struct junit *j, const struct scan_incomplete *i)
{
	begin_case(j, "corten.complete");
	escape_markup(j->out, i->what);
	(void)fputs("\">\n      <error", j->out);
	attribute(j, "type", error_code_name(i->code));
	attribute(j, "message", i->text);
	(void)fputs(">NOT COMPLETE: this could not be checked.</error>\n    </testcase>\n", j->out);
}

static void line(struct junit *j, const char *label, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	(void)fprintf(j->out, "%s: ", label);
	escape_markup(j->out, value);
	(void)fputc('\n', j->out);
}

static void details(struct junit *j, const struct finding *f)
{
	char layer[DIGEST_TEXT], day[DAY_TEXT];
	line(j, "severity", severity_name(f->severity));
	line(j, "priority", priority_name(f->priority));
	line(j, "status", finding_status_name(f->status));
	line(j, "fixed version", f->fixed_version);
	line(j, "fix", f->fix);
	line(j, "reason", f->reason);
	line(j, "evidence", f->evidence);
	line(j, "advice", f->advice);
	line(j, "known exploited since", f->kev_added);
	line(j, "published", ident_published(f, day));
	line(j, "path", f->path);
	line(j, "layer", ident_layer(j->r, f->layer, layer));
	line(j, "origin", origin_name(f->origin));
	line(j, "advisory", f->advisory.id);
	line(j, "url", f->advisory.url);
	line(j, "fingerprint", f->fingerprint);
}

static void message(struct junit *j, const struct finding *f)
{
	(void)fprintf(j->out, " message=\"%s: ", severity_name(f->severity));
	escape_markup(j->out, f->id);
	(void)fputs(", ", j->out);
	if (f->fixed_version == NULL) {
		(void)fputs(finding_status_name(f->status), j->out);
	} else {
		(void)fputs("fixed in ", j->out);
		escape_markup(j->out, f->fixed_version);
	}
	(void)fputc('"', j->out);
}

/* "CVE-2024-1 in libc6 2.36-9" */
static void begin_finding(struct junit *j, const struct finding *f)
{
	begin_case(j, f->package == NULL ? "files" : f->package->name);
	escape_markup(j->out, f->id);
	(void)fputs(" in ", j->out);
	escape_markup(j->out, f->package == NULL ? f->path : f->package->name);
	if (f->package != NULL) {
		(void)fputc(' ', j->out);
		escape_markup(j->out, f->package->version);
	}
	(void)fputs("\">\n", j->out);
}

static void finding_case(struct junit *j, const struct finding *f)
{
	const char *element = is_skipped(f) ? "skipped" : "failure";
	begin_finding(j, f);
	(void)fprintf(j->out, "      <%s", element);
	if (!is_skipped(f)) /* Ant's schema gives a skipped test a message only */
		attribute(j, "type", severity_name(f->severity));
	message(j, f);
	(void)fputs(">\n", j->out);
	details(j, f);
	(void)fprintf(j->out, "</%s>\n    </testcase>\n", element);
}

static void suppressed_case(struct junit *j, const struct scan_suppressed *s)
{
	begin_finding(j, &s->finding);
	(void)fputs("      <skipped", j->out);
	attribute(j, "message", suppressed_text(s, &j->why));
	(void)fputs(">\n", j->out);
	details(j, &s->finding);
	(void)fputs("</skipped>\n    </testcase>\n", j->out);
}

/* A suite without a test looks like a scan that never ran. */
static void clean_case(struct junit *j)
{
	begin_case(j, "corten");
	switch (summary_verdict(j->r)) {
	case VERDICT_NONE_KNOWN:
		(void)fputs("no known vulnerability\"/>\n", j->out);
		break;
	case VERDICT_NO_PACKAGES:
		(void)fputs("no system packages, nothing to check\"/>\n", j->out);
		break;
	case VERDICT_NO_DATABASE:
		(void)fputs(
			"vulnerabilities\">\n      <skipped message=\"no vulnerability database "
			"was used\"/>\n    </testcase>\n",
			j->out);
		break;
	default:
		(void)fputs("no finding passes the filter\"/>\n", j->out);
	}
}

static void begin_suite(struct junit *j, bool needs_clean_case)
{
	char when[RFC3339_TEXT];
	bool skips = needs_clean_case && summary_verdict(j->r) == VERDICT_NO_DATABASE;
	rfc3339_text(clock_now(), when);
	when[strcspn(when, "Z")] = '\0'; /* Ant's schema allows no zone */
	(void)fputs("  <testsuite", j->out);
	attribute(j, "name", ident_target(j->r)[0] == '\0' ? "image" : ident_target(j->r));
	(void)fprintf(j->out,
		      " id=\"0\" package=\"corten\" hostname=\"localhost\" timestamp=\"%s\""
		      " time=\"%llu.%03llu\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\""
		      " skipped=\"%zu\">\n",
		      when, (unsigned long long)(j->r->total_ns / 1000000000),
		      (unsigned long long)(j->r->total_ns / 1000000 % 1000),
		      j->failures + j->skipped + j->r->incomplete_count + needs_clean_case,
		      j->failures, j->r->incomplete_count, j->skipped + skips);
}

int report_junit(const struct scan_result *r, const struct report_options *o, FILE *out,
		 struct error *err)
{
	(void)err;
	struct junit j = { .out = out, .r = r, .o = o, .why = buf_max(SUPPRESSED_TEXT_MAX) };
	count(&j);
	bool clean = j.failures + j.skipped + r->incomplete_count == 0;
	(void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
	begin_suite(&j, clean);
	properties(&j);
	for (size_t i = 0; i < r->incomplete_count; i++)
		incomplete_case(&j, &r->incomplete[i]);
	for (size_t i = 0; i < r->finding_count; i++) {
		if (report_shows(o, &r->findings[i]))
			finding_case(&j, &r->findings[i]);
	}
	for (size_t i = 0; i < r->suppressed_count; i++) {
		if (report_shows(o, &r->suppressed[i].finding))
			suppressed_case(&j, &r->suppressed[i]);
	}
	if (clean)
		clean_case(&j);
	(void)fputs("    <system-out/>\n    <system-err/>\n  </testsuite>\n</testsuites>\n", out);
	buf_free(&j.why);
	return 0;
}
