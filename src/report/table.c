/* The table: for people, on a terminal or in a log. The worst package comes
 * first; what needs no one's attention is one line with its count; what to do
 * about it is one command at the end. */
#include "report/group.h"
#include "report/ident.h"
#include "report/internal.h"
#include "report/page.h"
#include "report/places.h"
#include "report/rows.h"
#include "report/summary.h"
#include "report/update.h"

enum {
	LONG_REPORT = 60, /* lines; beyond, the verdict comes again at the end */
	INCOMPLETE_SHOWN = 12, /* reasons listed on a terminal */
	NOTES_SHOWN = 6,
	ONE_DAY = 24 * 60 * 60,
};

struct table {
	struct page page;
	const struct scan_result *r;
	const struct report_options *o;
	struct grouping shown, headers, minor;
	struct places places;
	struct update update;
	size_t severity[SEVERITIES]; /* issues shown */
	struct summary summary;
	enum verdict verdict;
};

/* "1 package", "2,100 packages" */
static void put_count(struct page *p, enum tone tone, const char *before, size_t n, const char *one,
		      const char *many)
{
	char number[PAGE_NUMBER], text[128];
	(void)snprintf(text, sizeof text, "%s%s %s", before, page_number(n, number),
		       n == 1 ? one : many);
	page_words(p, tone, text);
}

/* --- head --------------------------------------------------------------------- */

static void put_header_part(struct page *p, const char *s)
{
	if (s != NULL && s[0] != '\0')
		page_part(p, TONE_PLAIN, s);
}

static void put_header(struct table *t)
{
	char number[PAGE_NUMBER], text[64], digest[DIGEST_TEXT];
	struct page *p = &t->page;
	page_put(p, TONE_STRONG, ident_target(t->r));
	put_header_part(p, t->r->has_os && t->r->os.id != NULL ? t->r->os.name : NULL);
	put_header_part(p, t->r->platform);
	if (t->r->package_count > 0 || (t->r->families & FAMILY_VULNERABILITY) != 0) {
		(void)snprintf(text, sizeof text, "%s package%s",
			       page_number(t->r->package_count, number),
			       t->r->package_count == 1 ? "" : "s");
		put_header_part(p, text);
	}
	if (t->r->layer_count > 0) {
		(void)snprintf(text, sizeof text, "%s layer%s",
			       page_number(t->r->layer_count, number),
			       t->r->layer_count == 1 ? "" : "s");
		put_header_part(p, text);
	}
	put_header_part(p, ident_digest(t->r, digest));
	page_end(p);
}

static void put_reason(struct page *p, const struct scan_incomplete *e)
{
	char code[64];
	p->indent = 4;
	page_put(p, TONE_CRITICAL, "  ! ");
	page_words(p, TONE_STRONG, e->what);
	page_words(p, TONE_PLAIN, ": ");
	page_words(p, TONE_PLAIN, e->text);
	page_gap(p);
	(void)snprintf(code, sizeof code, "[%s]", error_code_name(e->code));
	page_item(p, TONE_DIM, code);
	page_end(p);
}

/* What could not be checked: loud, before anything else. */
static void put_incomplete(struct table *t)
{
	struct page *p = &t->page;
	size_t n = t->r->incomplete_count;
	size_t shown = p->width > 0 && n > INCOMPLETE_SHOWN ? INCOMPLETE_SHOWN - 1 : n;
	page_put(p, TONE_ALARM, " NOT COMPLETE ");
	p->indent = 2;
	put_count(p, TONE_STRONG, " ", n,
		  "thing could not be checked. What follows is not the whole",
		  "things could not be checked. What follows is not the whole");
	page_words(p, TONE_STRONG, " picture.");
	page_end(p);
	for (size_t i = 0; i < shown; i++)
		put_reason(p, &t->r->incomplete[i]);
	if (shown < n) {
		page_put(p, TONE_CRITICAL, "  ! ");
		put_count(p, TONE_STRONG, "and ", n - shown, "more:", "more:");
		page_words(p, TONE_PLAIN, " --format json lists all of them.");
		page_end(p);
	}
	p->indent = 0;
}

static void count_severities(struct table *t)
{
	for (size_t i = 0; i < t->shown.count; i++) {
		const struct group *g = &t->shown.groups[i];
		for (size_t k = 0; k < g->count; k++)
			t->severity[g->issues[k].findings[0]->severity]++;
	}
}

static void put_severities(struct table *t, const size_t severity[static SEVERITIES])
{
	static const enum severity order[] = { SEVERITY_CRITICAL, SEVERITY_HIGH,
					       SEVERITY_MEDIUM,   SEVERITY_LOW,
					       SEVERITY_UNKNOWN,  SEVERITY_NEGLIGIBLE };
	bool first = true;
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		const char *name = severity_name(order[i]);
		size_t n = severity[order[i]];
		if (n == 0)
			continue;
		page_put(&t->page, TONE_PLAIN, first ? "" : ",");
		put_count(&t->page, page_severity_tone(order[i]), " ", n, name, name);
		first = false;
	}
}

static void put_found(struct table *t)
{
	struct page *p = &t->page;
	size_t fixable = 0, kev = 0, asap = 0;
	for (size_t i = 0; i < t->shown.count; i++) {
		const struct group *g = &t->shown.groups[i];
		fixable += g->fixable;
		for (size_t k = 0; k < g->count; k++) {
			kev += g->issues[k].findings[0]->kev_added != NULL;
			asap += g->issues[k].findings[0]->priority == PRIORITY_ASAP;
		}
	}
	put_count(p, TONE_STRONG, "", t->shown.issues, "vulnerability", "vulnerabilities");
	put_count(p, TONE_STRONG, " in ", t->shown.count, "package:", "packages:");
	put_severities(t, t->severity);
	page_put(p, TONE_PLAIN, ".");
	page_end(p);
	if (fixable == 0)
		page_words(p, TONE_PLAIN, "None has a fix yet");
	else
		put_count(p, TONE_GOOD, "", fixable, "has a fix", "have a fix");
	if (asap > 0) {
		page_put(p, TONE_PLAIN, ",");
		put_count(p, TONE_HIGH, " ", asap, "should be fixed asap", "should be fixed asap");
	}
	if (kev > 0) {
		page_put(p, TONE_PLAIN, ",");
		put_count(p, TONE_CRITICAL, " ", kev, "is exploited in the wild (KEV)",
			  "are exploited in the wild (KEV)");
	}
	page_put(p, TONE_PLAIN, ".");
	page_end(p);
}

/* Nothing to list: why is said as precisely as it is known. */
static void put_nothing(struct table *t)
{
	struct page *p = &t->page;
	size_t folded = t->headers.issues + t->minor.issues;
	if (t->summary.shown < t->summary.findings && t->summary.shown == 0)
		page_words(p, TONE_STRONG, "No finding passes the filter.");
	else if (folded > 0)
		page_words(p, TONE_GOOD, "No vulnerability that needs attention.");
	else if (t->verdict == VERDICT_INCOMPLETE)
		page_words(p, TONE_STRONG,
			   "No finding in what could be checked. This image is not known to be "
			   "clean.");
	else if (t->verdict == VERDICT_NO_DATABASE)
		page_words(p, TONE_WARN,
			   "Packages were listed, but not checked: no vulnerability "
			   "database was used.");
	else if (t->verdict == VERDICT_NO_PACKAGES)
		page_words(p, TONE_STRONG, "No packages, so nothing to check for vulnerabilities.");
	else
		put_count(p, TONE_GOOD, "No known vulnerability in ", t->r->package_count,
			  "package.", "packages.");
	page_end(p);
}

/* None of them is good news only where they were looked for. */
static void put_absent(struct table *t)
{
	struct page *p = &t->page;
	enum tone tone = t->r->incomplete_count == 0 ? TONE_GOOD : TONE_PLAIN;
	size_t n = 0;
	for (size_t i = 0; i < PLACE_FAMILIES; i++) {
		const struct place_family *f = &place_families[i];
		if ((t->r->families & f->family) == 0 || t->places.family[i].count > 0)
			continue;
		page_words(p, tone, n++ == 0 ? "No " : ", no ");
		page_words(p, tone, f->none);
	}
	if (n == 0)
		return;
	page_words(p, tone, " found.");
	page_end(p);
}

static void put_places(struct table *t)
{
	struct page *p = &t->page;
	char one[64], many[64];
	for (size_t i = 0; i < PLACE_FAMILIES; i++) {
		if (t->places.family[i].count == 0)
			continue;
		(void)snprintf(one, sizeof one, "%s:", place_families[i].one);
		(void)snprintf(many, sizeof many, "%s:", place_families[i].many);
		put_count(p, TONE_STRONG, "", t->places.family[i].count, one, many);
		put_severities(t, t->places.family[i].severity);
		page_put(p, TONE_PLAIN, ".");
		page_end(p);
	}
	put_absent(t);
}

static void put_verdict(struct table *t)
{
	put_places(t);
	if ((t->r->families & FAMILY_VULNERABILITY) == 0)
		return;
	if (t->shown.issues > 0)
		put_found(t);
	else
		put_nothing(t);
}

/* --- foot --------------------------------------------------------------------- */

static void put_folded(struct table *t)
{
	struct page *p = &t->page;
	p->indent = 2;
	if (t->headers.issues > 0) {
		page_end(p);
		put_count(p, TONE_STRONG, "+ ", t->headers.issues, "more", "more");
		page_words(p, TONE_DIM, " in kernel headers (");
		page_item(p, TONE_DIM, t->headers.groups[0].issues[0].findings[0]->package->name);
		page_words(p, TONE_DIM,
			   t->headers.count > 1
				   ? " and others): headers do not run, the host's kernel does."
				   : "): headers do not run, the host's kernel does.");
		page_end(p);
	}
	if (t->minor.issues > 0) {
		if (t->headers.issues == 0)
			page_end(p);
		put_count(p, TONE_STRONG, "+ ", t->minor.issues, "more", "more");
		put_count(p, TONE_DIM,
			  " that the distribution calls unimportant or negligible, in ",
			  t->minor.count, "package.", "packages.");
		page_end(p);
	}
	p->indent = 0;
}

/* What nobody looked at is said, not left out. */
static void put_third_party(struct table *t)
{
	struct page *p = &t->page;
	size_t n = t->r->third_party_count;
	if (n == 0)
		return;
	page_end(p);
	put_count(p, TONE_STRONG, "", n, "package", "packages");
	page_words(p, TONE_DIM,
		   " not made by the distribution: its advisories say nothing of them.");
	page_end(p);
}

/* What the next container of the image will not have. */
static void put_added(struct table *t)
{
	struct page *p = &t->page;
	size_t n = 0;
	for (size_t i = 0; i < t->r->package_count; i++)
		n += t->r->packages[i].origin == ORIGIN_CONTAINER;
	if (n == 0)
		return;
	page_end(p);
	put_count(p, TONE_WARN, "", n, "package", "packages");
	page_words(p, TONE_DIM,
		   " added or changed since the container's start: not from the image.");
	page_end(p);
}

static bool is_severity_filtered(const struct report_options *o)
{
	for (int i = 0; i < SEVERITIES; i++) {
		if (o->severities[i])
			return true;
	}
	return false;
}

static bool is_filtered(const struct report_options *o)
{
	return is_severity_filtered(o) || o->only_fixed || o->layer != LAYER_NONE;
}

static void put_hidden(struct table *t)
{
	struct page *p = &t->page;
	const struct report_options *o = t->o;
	const char *const words[] = { is_severity_filtered(o) ? "--severity" : NULL,
				      o->only_fixed ? "--only-fixed" : NULL,
				      o->layer != LAYER_NONE ? "--layer" : NULL };
	size_t hidden = t->summary.findings - t->summary.shown;
	if (hidden == 0)
		return;
	page_end(p);
	p->indent = 2;
	put_count(p, TONE_WARN, "", hidden, "finding is hidden by", "findings are hidden by");
	for (size_t i = 0, n = 0; i < sizeof words / sizeof words[0]; i++) {
		if (words[i] == NULL)
			continue;
		page_put(p, TONE_WARN, n++ == 0 ? "" : ",");
		page_gap(p);
		page_item(p, TONE_WARN, words[i]);
	}
	page_put(p, TONE_WARN, ".");
	page_end(p);
	p->indent = 0;
}

/* Folded so that it still can be pasted: a backslash ends each line but the last. */
static void put_command(struct page *p, const char *command)
{
	struct bytes rest = bytes_str(command), word;
	page_put(p, TONE_PLAIN, "  ");
	while (bytes_next_field(&rest, ' ', &word)) {
		char text[256];
		size_t columns = text_columns(word);
		if (p->at > 4 && !page_fits(p, columns + 3)) {
			page_put(p, TONE_PLAIN, " \\");
			page_end(p);
			page_put(p, TONE_PLAIN, "    ");
		} else if (p->at > 4) {
			page_put(p, TONE_PLAIN, " ");
		}
		(void)snprintf(text, sizeof text, "%.*s", (int)(word.n < 255 ? word.n : 255),
			       (const char *)word.p);
		page_put(p, TONE_STRONG, text);
	}
	page_end(p);
}

/* Of what the table lists, what the command mends. */
static size_t mended_issues(const struct table *t)
{
	size_t n = 0;
	for (size_t i = 0; i < t->shown.count; i++) {
		const struct group *g = &t->shown.groups[i];
		for (size_t k = 0; k < g->count; k++)
			n += update_mends(g->issues[k].findings[0]);
	}
	return n;
}

static void put_update(struct table *t)
{
	struct page *p = &t->page;
	if (t->update.command == NULL)
		return;
	page_end(p);
	p->indent = 2;
	put_count(p, TONE_GOOD, "This fixes ", mended_issues(t), "of", "of");
	put_count(p, TONE_GOOD, " ", t->shown.issues, "vulnerability", "vulnerabilities");
	put_count(p, TONE_DIM, " (", t->update.findings, "of", "of");
	put_count(p, TONE_DIM, " ", t->summary.findings, "finding)", "findings)");
	put_count(p, TONE_PLAIN, " in ", t->update.packages, "package:", "packages:");
	page_end(p);
	p->indent = 0;
	page_end(p);
	put_command(p, t->update.command);
}

/* "3 hours", "2 days", "14 months" */
static void put_age(struct table *t, int64_t seconds)
{
	enum tone tone = seconds > ONE_DAY ? TONE_WARN : TONE_PLAIN;
	uint64_t days = seconds < 0 ? 0 : (uint64_t)seconds / ONE_DAY;
	if (days == 0)
		page_words(&t->page, tone, " (today)");
	else if (days < 60)
		put_count(&t->page, tone, " (", days, "day old)", "days old)");
	else if (days < 730)
		put_count(&t->page, tone, " (", days / 30, "month old)", "months old)");
	else
		put_count(&t->page, tone, " (", days / 365, "year old)", "years old)");
}

static void put_database(struct table *t)
{
	struct page *p = &t->page;
	const struct vulndb_info *db = &t->r->db;
	if (db->generation == 0)
		return;
	char when[RFC3339_TEXT];
	rfc3339_text(db->oldest_snapshot, when);
	when[10] = '\0'; /* the day is enough */
	page_end(p);
	p->indent = 2;
	page_words(p, TONE_DIM, "Vulnerability database of ");
	page_item(p, TONE_DIM, when);
	put_age(t, clock_now() - db->oldest_snapshot);
	for (size_t i = 0; i < t->r->db_source_count; i++) {
		if (!summary_names_source(t->r, i))
			continue;
		page_put(p, TONE_DIM, i == 0 ? ":" : ",");
		page_gap(p);
		page_item(p, TONE_DIM, t->r->db_sources[i].name);
	}
	page_end(p);
	p->indent = 0;
}

/* How to see less: only what would show something, and not all of it. */
static void put_hints(struct table *t)
{
	struct page *p = &t->page;
	size_t worst = t->severity[SEVERITY_CRITICAL] + t->severity[SEVERITY_HIGH];
	size_t fixable = 0;
	for (size_t i = 0; i < t->shown.count; i++)
		fixable += t->shown.groups[i].fixable;
	if (is_filtered(t->o))
		return;
	if (worst > 0 && worst < t->shown.issues)
		page_words(p, TONE_DIM, "Only the worst: --severity critical,high. ");
	if (fixable > 0 && fixable < t->shown.issues)
		page_words(p, TONE_DIM, "Only what can be fixed: --only-fixed.");
	if (p->at > 0)
		page_end(p);
}

/* The end of a report that has scrolled by. */
static void put_reminder(struct table *t)
{
	struct page *p = &t->page;
	if (p->lines < LONG_REPORT)
		return;
	page_end(p);
	put_verdict(t);
	put_hints(t);
}

/* What is not listed because somebody says that it is no finding. */
static void put_vex(struct table *t)
{
	struct page *p = &t->page;
	for (size_t i = 0; i < t->r->vex_count; i++) {
		const struct scan_vex *v = &t->r->vex[i];
		put_count(p, TONE_DIM, "", v->removed, "finding", "findings");
		page_words(p, TONE_DIM,
			   strcmp(v->format, SCAN_VEX_EXCEPTIONS) == 0
				   ? " left out by the exceptions of"
			   : strcmp(v->format, SCAN_VEX_STATES) == 0
				   ? " handled, ignored or false by the states in"
				   : " removed by the VEX document");
		page_gap(p);
		page_item(p, TONE_DIM, v->file);
		page_end(p);
	}
}

static void put_notes(struct table *t)
{
	struct page *p = &t->page;
	size_t n = t->r->note_count, shown = p->width > 0 && n > NOTES_SHOWN ? NOTES_SHOWN - 1 : n;
	char line[16];
	for (size_t i = 0; i < shown; i++) {
		const struct scan_note *note = &t->r->notes[i];
		(void)snprintf(line, sizeof line, ":%u", note->line);
		page_words(p, TONE_DIM, "Note: ");
		page_words(p, TONE_DIM, note->path);
		page_words(p, TONE_DIM, note->line == 0 ? "" : line);
		page_words(p, TONE_DIM, ": ");
		page_words(p, TONE_DIM, note->text);
		page_end(p);
	}
	if (shown == n)
		return;
	put_count(p, TONE_DIM, "Note: and ", n - shown, "more;", "more;");
	page_words(p, TONE_DIM, " --format json lists all of them.");
	page_end(p);
}

static void put_table(struct table *t)
{
	struct page *p = &t->page;
	put_header(t);
	page_end(p);
	if (t->r->incomplete_count > 0) {
		put_incomplete(t);
		page_end(p);
	}
	put_verdict(t);
	places_put(p, t->r, t->o, is_filtered(t->o));
	rows_put(p, t->r, &t->shown, is_filtered(t->o));
	put_folded(t);
	put_third_party(t);
	put_added(t);
	put_vex(t);
	put_notes(t);
	put_hidden(t);
	put_update(t);
	put_database(t);
	put_reminder(t);
	if (t->r->incomplete_count > 0 && p->lines >= 10) {
		put_count(p, TONE_ALARM, " NOT COMPLETE: ", t->r->incomplete_count,
			  "thing could not be checked, see above. ",
			  "things could not be checked, see above. ");
		page_end(p);
	}
}

int report_table(const struct scan_result *r, const struct report_options *o, FILE *out,
		 struct error *err)
{
	struct table t = { .r = r, .o = o, .verdict = summary_verdict(r) };
	page_init(&t.page, out, o->columns, o->color, o->utf8);
	summary_of(r, o, &t.summary);
	places_count(r, o, &t.places);
	int status = -1;
	if (group_make(r, o, 1u << FOLD_NONE, &t.shown, err) == 0 &&
	    group_make(r, o, 1u << FOLD_HEADERS, &t.headers, err) == 0 &&
	    group_make(r, o, 1u << FOLD_MINOR, &t.minor, err) == 0 &&
	    update_make(r, o, &t.update, err) == 0) {
		count_severities(&t);
		put_table(&t);
		status = 0;
	}
	update_free(&t.update);
	group_free(&t.minor);
	group_free(&t.headers);
	group_free(&t.shown);
	page_free(&t.page);
	return status;
}
