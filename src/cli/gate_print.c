#include "cli/gate_print.h"

#include <stdarg.h>

#include "report/ident.h"
#include "report/page.h"

enum { SHOWN_ON_TERMINAL = 30, LINE_MAX_TEXT = 512, ONE_DAY = 86400 };

struct printer {
	struct page page;
	const struct gate_page *g;
};

__attribute__((format(printf, 3, 4))) static void put_format(struct printer *p, enum tone tone,
							     const char *fmt, ...)
{
	char text[LINE_MAX_TEXT];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	page_words(&p->page, tone, text);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* --- head ------------------------------------------------------------------------- */

static void put_target(struct printer *p)
{
	char digest[DIGEST_TEXT];
	const struct scan_result *r = p->g->result;
	page_put(&p->page, TONE_STRONG, ident_target(r));
	if (p->g->facts->repository != NULL) {
		char name[LINE_MAX_TEXT];
		bool tagged = p->g->facts->tag != NULL;
		(void)snprintf(name, sizeof name, "as %s%s%s", p->g->facts->familiar,
			       tagged ? ":" : "", tagged ? p->g->facts->tag : "");
		page_part(&p->page, TONE_PLAIN, name);
	}
	if (ident_digest(r, digest) != NULL)
		page_part(&p->page, TONE_DIM, digest);
	page_end(&p->page);
}

static void put_policy(struct printer *p, const struct policy_use *use)
{
	size_t rules = policy_rule_count(use->policy);
	size_t exceptions = policy_exception_count(use->policy);
	page_put(&p->page, TONE_PLAIN, "policy ");
	page_put(&p->page, TONE_STRONG, policy_file(use->policy));
	put_format(p, TONE_PLAIN, ": %zu rule%s, %zu exception%s", rules, plural(rules), exceptions,
		   plural(exceptions));
	if (use->project)
		page_words(&p->page, TONE_WARN, "; of the project: it can only tighten");
	if (use->project && exceptions > 0)
		page_words(&p->page, TONE_WARN,
			   use->trusted ? ", and its exceptions are trusted"
					: ", and its exceptions do not count without "
					  "--trust-project-policy");
	page_end(&p->page);
}

/* Whose word it was that findings are none, and how many it was. */
static void put_vex(struct printer *p, const struct scan_vex *v)
{
	page_put(&p->page, TONE_PLAIN, "vex ");
	page_put(&p->page, TONE_STRONG, v->file);
	put_format(p, TONE_PLAIN,
		   ": %zu finding%s removed, %zu under investigation; %zu statement%s", v->removed,
		   plural(v->removed), v->investigated, v->statements, plural(v->statements));
	if (v->unusable > 0)
		put_format(p, TONE_WARN, ", %zu without a package URL", v->unusable);
	page_words(&p->page, TONE_DIM, "; ");
	page_words(&p->page, TONE_DIM, v->format);
	if (v->author[0] != '\0') {
		page_words(&p->page, TONE_DIM, " of ");
		page_words(&p->page, TONE_DIM, v->author);
	}
	page_end(&p->page);
}

static void put_head(struct printer *p)
{
	const struct policy_verdict *v = p->g->verdict;
	put_target(p);
	p->page.indent = 7;
	for (size_t i = 0; i < p->g->use_count; i++)
		put_policy(p, &p->g->uses[i]);
	for (size_t i = 0; i < p->g->vex->count; i++)
		put_vex(p, &p->g->vex->outcomes[i]);
	p->page.indent = 0;
	if (v->disabled + v->out_of_scope == 0)
		return;
	put_format(p, TONE_DIM, "not applied: %zu rule%s disabled, %zu out of scope", v->disabled,
		   plural(v->disabled), v->out_of_scope);
	page_end(&p->page);
}

/* --- decisions ----------------------------------------------------------------------- */

static enum tone tone_of(enum policy_action a)
{
	return a == POLICY_BLOCK ? TONE_CRITICAL : TONE_WARN;
}

static void put_rule(struct printer *p, const struct policy_decision *d)
{
	page_end(&p->page);
	page_put(&p->page, tone_of(d->action), d->action == POLICY_BLOCK ? "BLOCK " : "ALERT ");
	page_put(&p->page, TONE_STRONG, d->rule->name);
	put_format(p, TONE_DIM, "  priority %u, %s:%u", d->rule->priority, d->rule->file,
		   d->rule->line);
	page_end(&p->page);
	p->page.indent = 6;
	if (d->rule->description[0] != '\0') {
		page_put(&p->page, TONE_PLAIN, "      ");
		page_words(&p->page, TONE_PLAIN, d->rule->description);
		page_end(&p->page);
	}
	p->page.indent = 0;
}

static void put_package(struct page *p, const struct package *k)
{
	page_gap(p);
	page_item(p, TONE_STRONG, k->name);
	page_gap(p);
	page_item(p, TONE_PLAIN, k->version);
}

static void put_finding(struct page *p, const struct finding *f)
{
	page_put(p, page_severity_tone(f->severity), severity_name(f->severity));
	page_pad(p, 16);
	page_put(p, TONE_STRONG, f->id);
	if (f->package != NULL) {
		put_package(p, f->package);
		if (f->fixed_version != NULL) {
			page_gap(p);
			page_item(p, TONE_GOOD, page_arrow(p));
			page_gap(p);
			page_item(p, TONE_GOOD, f->fixed_version);
		}
	} else {
		char line[16] = "";
		if (f->line > 0)
			(void)snprintf(line, sizeof line, ":%u", f->line);
		page_gap(p);
		page_item(p, TONE_PLAIN, f->path);
		page_put(p, TONE_PLAIN, line);
	}
	if (f->kev_added != NULL)
		page_part(p, TONE_CRITICAL, "KEV");
}

static void put_subject(struct printer *p, const struct policy_decision *d)
{
	struct page *page = &p->page;
	page_put(page, TONE_PLAIN, "    ");
	page->indent = 6;
	switch (d->subject) {
	case POLICY_FINDING:
		put_finding(page, d->finding);
		if (d->why != NULL)
			page_part(page, TONE_DIM, d->why);
		break;
	case POLICY_PACKAGE:
		page_put(page, TONE_PLAIN, "package");
		put_package(page, d->package);
		page_part(page, TONE_PLAIN, d->why);
		break;
	case POLICY_INCOMPLETE:
		page_words(page, TONE_STRONG, d->incomplete->what);
		page_words(page, TONE_PLAIN, ": ");
		page_words(page, TONE_PLAIN, d->incomplete->text);
		put_format(p, TONE_DIM, " [%s]", error_code_name(d->incomplete->code));
		break;
	default:
		page_words(page, TONE_PLAIN, d->why);
	}
	page_end(page);
	page->indent = 0;
}

static void put_mend(struct printer *p, const struct policy_decision *d)
{
	p->page.indent = 12;
	page_put(&p->page, TONE_GOOD, "      mend: ");
	page_words(&p->page, TONE_PLAIN, d->mend);
	page_end(&p->page);
	p->page.indent = 0;
}

/* What mends several decisions behind each other is said once. */
static void put_decisions(struct printer *p)
{
	const struct policy_verdict *v = p->g->verdict;
	size_t shown = 0;
	for (size_t i = 0; i < v->count; i++) {
		const struct policy_decision *d = &v->decisions[i];
		bool starts = i == 0 || v->decisions[i - 1].rule != d->rule;
		bool ends = i + 1 == v->count || v->decisions[i + 1].rule != d->rule;
		shown = starts ? 1 : shown + 1;
		if (starts)
			put_rule(p, d);
		if (p->page.width == 0 || shown <= SHOWN_ON_TERMINAL) {
			put_subject(p, d);
			if (ends || strcmp(d->mend, v->decisions[i + 1].mend) != 0)
				put_mend(p, d);
		} else if (ends) {
			put_format(p, TONE_DIM, "    and %zu more", shown - SHOWN_ON_TERMINAL);
			page_end(&p->page);
		}
	}
}

/* --- exceptions and what is missing --------------------------------------------------- */

static void put_excuse_state(struct printer *p, const struct policy_excuse *x)
{
	long long days =
		(long long)((x->exception->ends - p->g->facts->now + ONE_DAY - 1) / ONE_DAY);
	if (x->ended)
		put_format(p, TONE_CRITICAL, "ENDED %s, no effect: ", x->exception->until);
	else if (x->ignored)
		put_format(p, TONE_WARN, "not trusted, no effect: ");
	else if (x->ends_soon)
		put_format(p, TONE_WARN, "ends in %lld day%s (%s): ", days, days == 1 ? "" : "s",
			   x->exception->until);
	else
		put_format(p, TONE_PLAIN, "until %s: ", x->exception->until);
}

static void put_excuses(struct printer *p)
{
	const struct policy_verdict *v = p->g->verdict;
	if (v->excuse_count == 0)
		return;
	page_end(&p->page);
	page_put(&p->page, TONE_STRONG, "EXCEPTIONS");
	page_end(&p->page);
	for (size_t i = 0; i < v->excuse_count; i++) {
		const struct policy_excuse *x = &v->excuses[i];
		page_put(&p->page, TONE_PLAIN, "    ");
		p->page.indent = 6;
		put_excuse_state(p, x);
		page_words(&p->page, TONE_PLAIN, x->exception->reason);
		page_words(&p->page, TONE_DIM, " (");
		page_words(&p->page, TONE_DIM, x->exception->author);
		put_format(p, TONE_DIM, ", %s:%u)", x->exception->file, x->exception->line);
		put_format(p, TONE_PLAIN, "; covers %zu", x->count);
		page_end(&p->page);
		p->page.indent = 0;
	}
}

static void put_open(struct printer *p)
{
	const struct policy_verdict *v = p->g->verdict;
	if (v->open_count == 0)
		return;
	page_end(&p->page);
	page_put(&p->page, TONE_ALARM, " NOT COMPLETE ");
	put_format(p, TONE_STRONG, " %zu thing%s could not be checked", v->open_count,
		   plural(v->open_count));
	page_end(&p->page);
	for (size_t i = 0; i < v->open_count; i++) {
		const struct scan_incomplete *e = v->open[i];
		page_put(&p->page, TONE_CRITICAL, "    ! ");
		p->page.indent = 6;
		page_words(&p->page, TONE_STRONG, e->what);
		page_words(&p->page, TONE_PLAIN, ": ");
		page_words(&p->page, TONE_PLAIN, e->text);
		put_format(p, TONE_DIM, " [%s]", error_code_name(e->code));
		page_end(&p->page);
		p->page.indent = 0;
	}
}

static void put_verdict(struct printer *p)
{
	const struct policy_verdict *v = p->g->verdict;
	page_end(&p->page);
	if (v->action == POLICY_BLOCK)
		page_put(&p->page, TONE_ALARM, " BLOCKED ");
	else if (v->open_count > 0)
		page_put(&p->page, TONE_ALARM, " NOT COMPLETE ");
	else
		page_put(&p->page, TONE_GOOD, "PASSED");
	put_format(p, TONE_STRONG, " %zu blocked, %zu alert%s, %zu finding%s %s", v->blocks,
		   v->alerts, plural(v->alerts), p->g->result->finding_count,
		   plural(p->g->result->finding_count),
		   p->g->result->is_part ? "so far" : "in all");
	page_end(&p->page);
}

/* Why the rest of the image was not asked for. The first decision stands for all. */
static void put_early(struct printer *p)
{
	const struct scan_result *r = p->g->result;
	const struct policy_decision *d = p->g->verdict->decisions;
	if (!r->is_part || p->g->verdict->count == 0)
		return;
	page_put(&p->page, TONE_PLAIN, "decided early by ");
	page_words(&p->page, TONE_STRONG, d->rule->name);
	page_words(&p->page, TONE_PLAIN, ": ");
	page_words(&p->page, TONE_STRONG,
		   d->finding != NULL   ? d->finding->id
		   : d->package != NULL ? d->package->name
					: d->why);
	put_format(p, TONE_PLAIN,
		   ". %zu of %zu layers %s read, the newest first; nothing in the others can "
		   "take that back. --early never reads all.",
		   r->layers_read, r->layer_count, r->layers_read == 1 ? "was" : "were");
	page_end(&p->page);
}

void gate_print(const struct gate_page *g)
{
	struct printer p = { .g = g };
	page_init(&p.page, g->out, g->report->columns, g->report->color, g->report->utf8);
	put_head(&p);
	put_decisions(&p);
	put_excuses(&p);
	put_open(&p);
	put_verdict(&p);
	put_early(&p);
	page_free(&p.page);
}
