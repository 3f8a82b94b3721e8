/* One HTML file that needs nothing else: no font, image or script from
 * anywhere. It reads without JavaScript; with it, the table is searched, sorted
 * and filtered. The content security policy allows exactly our style and our
 * script, so that even an escaping mistake would run nothing. */
#include "report/escape.h"
#include "report/group.h"
#include "report/html_assets.h"
#include "report/ident.h"
#include "report/internal.h"
#include "report/summary.h"
#include "report/suppressed.h"
#include "report/update.h"

enum { URL_MAX = 64 * 1024 };

struct html {
	FILE *out;
	const struct scan_result *r;
	const struct report_options *o;
	struct grouping all;
	struct update update;
	size_t severity[SEVERITIES], minor; /* issues */
	struct buf url, why; /* scratch */
};

static void raw(struct html *h, const char *s)
{
	(void)fputs(s, h->out);
}

static void text(struct html *h, const char *s)
{
	escape_markup(h->out, s);
}

/* <tag class="…">text</tag>; nothing for an absent text. */
static void element(struct html *h, const char *tag, const char *class, const char *s)
{
	if (s == NULL || s[0] == '\0')
		return;
	(void)fprintf(h->out, "<%s%s%s%s>", tag, class == NULL ? "" : " class=\"",
		      class == NULL ? "" : class, class == NULL ? "" : "\"");
	text(h, s);
	(void)fprintf(h->out, "</%s>", tag);
}

static void cell(struct html *h, const char *class, const char *s)
{
	(void)fprintf(h->out, "<td%s%s%s>", class == NULL ? "" : " class=\"",
		      class == NULL ? "" : class, class == NULL ? "" : "\"");
	text(h, s);
	raw(h, "</td>");
}

/* A term and its description; nothing for an absent one. */
static void fact(struct html *h, const char *term, const char *s)
{
	if (s == NULL || s[0] == '\0')
		return;
	(void)fprintf(h->out, "<div><dt>%s</dt><dd>", term);
	text(h, s);
	raw(h, "</dd></div>\n");
}

/* --- head -------------------------------------------------------------------------- */

static void head(struct html *h)
{
	raw(h, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	       "style-src ");
	raw(h, html_css_csp);
	raw(h, "; script-src ");
	raw(h, html_js_csp);
	raw(h, "; base-uri 'none'; form-action 'none'\">\n"
	       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	       "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
	text(h, ident_target(h->r));
	raw(h, " - Corten report</title>\n<style>");
	raw(h, html_css);
	raw(h, "</style>\n</head>\n<body>\n");
}

static void page_header(struct html *h)
{
	char digest[DIGEST_TEXT], number[32];
	raw(h, "<header>\n<h1>");
	text(h, ident_target(h->r));
	raw(h, "</h1>\n<dl class=\"facts\">\n");
	fact(h, "System", h->r->has_os && h->r->os.id != NULL ? h->r->os.name : NULL);
	fact(h, "Platform", h->r->platform);
	fact(h, "Created", h->r->created);
	(void)snprintf(number, sizeof number, "%zu", h->r->package_count);
	fact(h, "Packages", number);
	fact(h, "Digest", ident_digest(h->r, digest));
	raw(h, "</dl>\n</header>\n<main>\n");
}

static void incomplete(struct html *h)
{
	if (h->r->incomplete_count == 0)
		return;
	raw(h, "<section class=\"alarm\" role=\"alert\">\n<h2>NOT COMPLETE</h2>\n<p>This could not "
	       "be checked, so the image is not known to be clean:</p>\n<ul>\n");
	for (size_t i = 0; i < h->r->incomplete_count; i++) {
		const struct scan_incomplete *e = &h->r->incomplete[i];
		raw(h, "<li>");
		element(h, "b", NULL, e->what);
		raw(h, ": ");
		text(h, e->text);
		raw(h, " ");
		element(h, "code", NULL, error_code_name(e->code));
		raw(h, "</li>\n");
	}
	raw(h, "</ul>\n</section>\n");
}

static void notes(struct html *h)
{
	char line[16];
	if (h->r->note_count == 0)
		return;
	raw(h, "<section>\n<h2>Notes</h2>\n<ul>\n");
	for (size_t i = 0; i < h->r->note_count; i++) {
		const struct scan_note *n = &h->r->notes[i];
		raw(h, "<li>");
		element(h, "code", NULL, n->path);
		(void)snprintf(line, sizeof line, ":%u", n->line);
		text(h, n->line == 0 ? "" : line);
		raw(h, ": ");
		text(h, n->text);
		raw(h, "</li>\n");
	}
	raw(h, "</ul>\n</section>\n");
}

/* --- verdict -------------------------------------------------------------------------- */

static void count(struct html *h)
{
	for (size_t i = 0; i < h->all.count; i++) {
		for (size_t k = 0; k < h->all.groups[i].count; k++) {
			const struct finding *f = h->all.groups[i].issues[k].findings[0];
			if (group_fold(h->o, f) == FOLD_NONE)
				h->severity[f->severity]++;
			else
				h->minor++;
		}
	}
}

static void nothing_found(struct html *h)
{
	static const struct {
		const char *class, *text;
	} words[] = {
		[VERDICT_INCOMPLETE] = { "", "No finding in what could be checked." },
		[VERDICT_NO_DATABASE] = { "", "Packages were listed, but not checked: no "
					      "vulnerability database was used." },
		[VERDICT_FOUND] = { "", "No finding passes the filter." },
		[VERDICT_NO_PACKAGES] = { "", "No system packages, so nothing to check." },
		[VERDICT_NONE_KNOWN] = { " good", "No known vulnerability." },
	};
	enum verdict v = summary_verdict(h->r);
	(void)fprintf(h->out, "<p class=\"verdict%s\">%s</p>\n", words[v].class, words[v].text);
}

static void verdict(struct html *h)
{
	size_t issues = h->all.issues - h->minor;
	if (h->all.issues == 0) {
		nothing_found(h);
		return;
	}
	if (issues == 0)
		raw(h, "<p class=\"verdict good\">No vulnerability that needs attention.</p>\n");
	else
		(void)fprintf(h->out, "<p class=\"verdict\">%zu vulnerabilit%s</p>\n", issues,
			      issues == 1 ? "y" : "ies");
	raw(h, "<ul class=\"counts\">\n");
	for (int s = SEVERITIES - 1; s >= 0; s--) {
		const char *name = severity_name((enum severity)s);
		if (h->severity[s] > 0)
			(void)fprintf(h->out, "<li class=\"%s\"><b>%zu</b>%s</li>\n", name,
				      h->severity[s], name);
	}
	if (h->minor > 0)
		(void)fprintf(h->out,
			      "<li class=\"soft\"><b>%zu</b>minor: unimportant, negligible or in "
			      "kernel headers</li>\n",
			      h->minor);
	raw(h, "</ul>\n");
}

static void update(struct html *h)
{
	if (h->update.command == NULL)
		return;
	(void)fprintf(h->out, "<p>This fixes %zu of %zu findings, in %zu package%s:</p>\n<pre>",
		      h->update.findings, h->r->finding_count, h->update.packages,
		      h->update.packages == 1 ? "" : "s");
	text(h, h->update.command);
	raw(h, "</pre>\n");
}

/* --- findings ---------------------------------------------------------------------------- */

static void controls(struct html *h)
{
	raw(h, "<form class=\"controls\" id=\"controls\" hidden>\n<label>Search "
	       "<input type=\"search\" id=\"search\" placeholder=\"CVE, package, version\">"
	       "</label>\n<fieldset><legend>Severity</legend>\n");
	for (int s = SEVERITIES - 1; s >= 0; s--) {
		const char *name = severity_name((enum severity)s);
		(void)fprintf(h->out,
			      "<label class=\"%s\"><input type=\"checkbox\" name=\"severity\" "
			      "value=\"%s\" checked> %s</label>\n",
			      name, name, name);
	}
	raw(h, "</fieldset>\n<label><input type=\"checkbox\" name=\"fixed\"> with a fix</label>\n"
	       "<label><input type=\"checkbox\" name=\"kev\"> exploited</label>\n");
	if (h->minor > 0 && h->minor < h->all.issues)
		(void)fprintf(
			h->out,
			"<label><input type=\"checkbox\" name=\"minor\"> minor (%zu)</label>\n",
			h->minor);
	raw(h, "<span class=\"soft\" id=\"status\" role=\"status\"></span>\n</form>\n");
}

static void id_cell(struct html *h, const struct finding *f)
{
	const char *url = ident_url(f, &h->url);
	raw(h, "<td class=\"id\">");
	if (url != NULL) {
		raw(h, "<a rel=\"noopener noreferrer\" href=\"");
		text(h, url);
		raw(h, "\">");
	}
	text(h, f->id);
	if (url != NULL)
		raw(h, "</a>");
	if (f->kev_added != NULL)
		raw(h,
		    "<span class=\"mark\" title=\"known to be exploited (CISA KEV)\">KEV</span>");
	raw(h, "</td>");
}

/* Binary packages, where they are more than the source package's namesake. */
static void package_cell(struct html *h, const struct issue *i)
{
	const struct finding *f = i->findings[0];
	raw(h, "<td>");
	element(h, "b", NULL, group_name(f));
	if (f->package != NULL && (i->count > 1 || strcmp(f->package->name, group_name(f)) != 0)) {
		raw(h, "<br><span class=\"soft\">");
		for (size_t k = 0; k < i->count; k++) {
			raw(h, k == 0 ? "" : ", ");
			text(h, i->findings[k]->package->name);
		}
		raw(h, "</span>");
	}
	raw(h, "</td>");
}

static void definition(struct html *h, const char *term, const char *s)
{
	if (s == NULL || s[0] == '\0')
		return;
	(void)fprintf(h->out, "<dt>%s</dt><dd>", term);
	text(h, s);
	raw(h, "</dd>");
}

/* Of a container: whether the next one of its image has it, too. */
static const char *origin_words(const struct issue *i)
{
	size_t added = 0, of_image = 0;
	for (size_t k = 0; k < i->count; k++) {
		added += i->findings[k]->origin == ORIGIN_CONTAINER;
		of_image += i->findings[k]->origin == ORIGIN_IMAGE;
	}
	if (added > 0)
		return added == i->count ? "added or changed since the container's start"
					 : "partly added or changed since the container's start";
	return of_image == i->count ? "the image" : NULL;
}

static void details_cell(struct html *h, const struct issue *i)
{
	const struct finding *f = i->findings[0];
	char layer[DIGEST_TEXT], day[DAY_TEXT];
	raw(h, "<td><details><summary>more</summary><dl>");
	definition(h, "Why", f->reason);
	definition(h, "What to do", f->advice);
	definition(h, "Fix", f->fix);
	definition(h, "Published", ident_published(f, day));
	definition(h, "Exploited since", f->kev_added);
	definition(h, "CVSS", f->cvss_vector);
	definition(h, "Advisory", f->advisory.id);
	for (size_t k = 0; k < f->alias_count; k++)
		definition(h, "Also known as", f->aliases[k]);
	for (size_t k = 0; k < i->count; k++)
		definition(h, "Evidence", i->findings[k]->evidence);
	definition(h, "Path", f->path);
	definition(h, "Layer", ident_layer(h->r, f->layer, layer));
	definition(h, "Origin", origin_words(i));
	raw(h, "</dl></details></td>");
}

static void number_cell(struct html *h, double v, const char *format_of_percent)
{
	if (v < 0)
		raw(h, "<td class=\"number\" data-sort=\"-1\"></td>");
	else
		(void)fprintf(h->out, "<td class=\"number\" data-sort=\"%.6f\">%.1f%s</td>", v,
			      format_of_percent[0] == '%' ? v * 100 : v, format_of_percent);
}

static void row(struct html *h, const struct issue *i)
{
	const struct finding *f = i->findings[0];
	const char *severity = severity_name(f->severity);
	(void)fprintf(h->out,
		      "<tr data-severity=\"%s\" data-fixed=\"%d\" data-kev=\"%d\" "
		      "data-minor=\"%d\"><td class=\"severity %s\" data-sort=\"%d\">%s</td>",
		      severity, f->fixed_version != NULL, f->kev_added != NULL,
		      group_fold(h->o, f) != FOLD_NONE, severity, SEVERITIES - (int)f->severity,
		      severity);
	id_cell(h, f);
	package_cell(h, i);
	cell(h, "mono", f->package == NULL ? "" : group_version(f));
	if (f->fixed_version != NULL)
		cell(h, "mono", f->fixed_version);
	else
		cell(h, "soft", finding_status_name(f->status));
	(void)fprintf(h->out, "<td data-sort=\"%d\">%s</td>", (int)f->priority,
		      priority_name(f->priority));
	number_cell(h, f->cvss_score, "");
	number_cell(h, f->epss, "%");
	details_cell(h, i);
	raw(h, "</tr>\n");
}

static void findings(struct html *h)
{
	if (h->all.issues == 0)
		return;
	raw(h, "<section>\n<h2>Vulnerabilities</h2>\n");
	controls(h);
	raw(h, "<div class=\"wide\"><table id=\"findings\">\n<caption>One line for each "
	       "vulnerability of a source package, the worst package first.</caption>\n<thead><tr>"
	       "<th scope=\"col\">Severity</th><th scope=\"col\">Vulnerability</th>"
	       "<th scope=\"col\">Package</th><th scope=\"col\">Installed</th>"
	       "<th scope=\"col\">Fixed in</th><th scope=\"col\">Priority</th>"
	       "<th scope=\"col\">CVSS</th><th scope=\"col\">EPSS</th>"
	       "<th scope=\"col\">Details</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < h->all.count; i++) {
		for (size_t k = 0; k < h->all.groups[i].count; k++)
			row(h, &h->all.groups[i].issues[k]);
	}
	raw(h, "</tbody></table></div>\n</section>\n");
}

/* --- what somebody says is none ----------------------------------------------------------- */

static void suppressed_row(struct html *h, const struct scan_suppressed *s)
{
	const struct finding *f = &s->finding;
	const char *severity = severity_name(f->severity);
	(void)fprintf(h->out, "<tr><td class=\"severity %s\">%s</td>", severity, severity);
	id_cell(h, f);
	cell(h, NULL, f->package == NULL ? f->path : f->package->name);
	cell(h, "mono", f->package == NULL ? "" : f->package->version);
	cell(h, NULL, suppressed_text(s, &h->why));
	raw(h, "</tr>\n");
}

static void suppressed(struct html *h)
{
	size_t n = suppressed_shown(h->r, h->o);
	if (n == 0)
		return;
	(void)fprintf(h->out,
		      "<section>\n<h2>Left out</h2>\n<details><summary>%zu finding%s that VEX "
		      "documents or exceptions take away</summary>\n<div class=\"wide\"><table>"
		      "<thead><tr><th scope=\"col\">Severity</th><th scope=\"col\">Finding</th>"
		      "<th scope=\"col\">Package</th><th scope=\"col\">Installed</th>"
		      "<th scope=\"col\">Why</th></tr></thead>\n<tbody>\n",
		      n, n == 1 ? "" : "s");
	for (size_t i = 0; i < h->r->suppressed_count; i++) {
		if (report_shows(h->o, &h->r->suppressed[i].finding))
			suppressed_row(h, &h->r->suppressed[i]);
	}
	raw(h, "</tbody></table></div></details>\n</section>\n");
}

/* --- the rest ------------------------------------------------------------------------------- */

static void layers(struct html *h)
{
	char diff_id[DIGEST_TEXT];
	if (h->r->layer_count == 0)
		return;
	(void)fprintf(h->out,
		      "<section>\n<h2>Layers</h2>\n<details><summary>%zu layers</summary>\n"
		      "<div class=\"wide\"><table><thead><tr><th scope=\"col\">No.</th>"
		      "<th scope=\"col\">Diff-id</th><th scope=\"col\">Bytes</th>"
		      "<th scope=\"col\">Created by</th></tr></thead>\n<tbody>\n",
		      h->r->layer_count);
	for (size_t i = 0; i < h->r->layer_count; i++) {
		(void)fprintf(h->out, "<tr><td>%zu%s</td>", i + 1,
			      h->r->layers[i].base ? " (base image)" : "");
		cell(h, "mono", ident_layer(h->r, (uint32_t)i, diff_id));
		(void)fprintf(h->out, "<td>%llu</td>", (unsigned long long)h->r->layers[i].size);
		cell(h, "mono", h->r->layers[i].created_by);
		raw(h, "</tr>\n");
	}
	raw(h, "</tbody></table></div></details>\n</section>\n");
}

static void packages(struct html *h)
{
	if (h->r->package_count == 0)
		return;
	(void)fprintf(h->out,
		      "<section>\n<h2>Packages</h2>\n<details><summary>%zu packages</summary>\n"
		      "<div class=\"wide\"><table><thead><tr><th scope=\"col\">Name</th>"
		      "<th scope=\"col\">Version</th><th scope=\"col\">Architecture</th>"
		      "<th scope=\"col\">Source</th><th scope=\"col\">Listed in</th></tr></thead>\n"
		      "<tbody>\n",
		      h->r->package_count);
	for (size_t i = 0; i < h->r->package_count; i++) {
		const struct package *p = &h->r->packages[i];
		raw(h, "<tr>");
		cell(h, NULL, p->name);
		cell(h, "mono", p->version);
		cell(h, NULL, p->arch);
		cell(h, NULL, p->source_name);
		cell(h, "mono", p->path);
		raw(h, "</tr>\n");
	}
	raw(h, "</tbody></table></div></details>\n</section>\n");
}

static void page_footer(struct html *h)
{
	char when[RFC3339_TEXT];
	raw(h, "</main>\n<footer>\n");
	rfc3339_text(clock_now(), when);
	(void)fprintf(h->out, "<p>Corten ");
	text(h, h->o->tool_version);
	(void)fprintf(h->out, ", <time datetime=\"%s\">%s</time>. ", when, when);
	if (h->r->db.generation > 0) {
		rfc3339_text(h->r->db.oldest_snapshot, when);
		(void)fprintf(h->out,
			      "Vulnerability database of <time datetime=\"%s\">%.10s</time>", when,
			      when);
		for (size_t i = 0; i < h->r->db_source_count; i++) {
			if (!summary_names_source(h->r, i))
				continue;
			raw(h, i == 0 ? ": " : ", ");
			text(h, h->r->db_sources[i].name);
		}
		raw(h, ".");
	}
	raw(h, "</p>\n</footer>\n<script>");
	raw(h, html_js);
	raw(h, "</script>\n</body>\n</html>\n");
}

static void document(struct html *h)
{
	count(h);
	head(h);
	page_header(h);
	incomplete(h);
	verdict(h);
	update(h);
	findings(h);
	suppressed(h);
	layers(h);
	packages(h);
	notes(h);
	page_footer(h);
}

int report_html(const struct scan_result *r, const struct report_options *o, FILE *out,
		struct error *err)
{
	struct html h = { .out = out,
			  .r = r,
			  .o = o,
			  .url = buf_max(URL_MAX),
			  .why = buf_max(SUPPRESSED_TEXT_MAX) };
	int status = -1;
	if (group_make(r, o, FOLD_ALL_PACKAGES, &h.all, err) == 0 &&
	    update_make(r, o, &h.update, err) == 0) {
		document(&h);
		status = 0;
	}
	update_free(&h.update);
	group_free(&h.all);
	buf_free(&h.why);
	buf_free(&h.url);
	return status;
}
