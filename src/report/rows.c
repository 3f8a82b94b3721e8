#include "report/rows.h"

/* A report of more issues than this lists what is less than high, not
 * exploited and not urgent as ids behind each other. */
enum {
	SHORT_REPORT = 24,
	LONG_REPORT = 500, /* and more than this is shown more tersely still */
	NAMES_SHOWN = 8, /* binary packages named in a group's head */
	ID_COLUMN = 12, /* behind "  critical  " */
	ID_WIDTH_MAX = 20,
	FIXED_WIDTH_MAX = 28,
	MORE_COLUMNS = 20, /* ", and 100,000 more" */
};
#define EPSS_WORTH_SAYING 0.01
#define EPSS_HIGH 0.1

struct rows {
	struct page *page;
	const struct scan_result *r;
	bool all;
	size_t group_rows; /* lines of their own in one package, at most */
	size_t list_lines; /* of ids on a terminal, at most */
	size_t id_width, fixed_width; /* columns of the widest, within reason */
};

/* --- a group's head ------------------------------------------------------------ */

/* A name that is the group's own says nothing new. */
static bool adds_nothing(const struct issue *i)
{
	const struct finding *f = i->findings[0];
	return i->count == 1 && strcmp(f->package->name, group_name(f)) == 0;
}

/* The issue that touches the most packages stands for the group: nearly always
 * all issues touch the same ones. */
static const struct issue *widest(const struct group *g)
{
	const struct issue *best = &g->issues[0];
	for (size_t i = 1; i < g->count; i++) {
		if (g->issues[i].count > best->count)
			best = &g->issues[i];
	}
	return best;
}

/* Of a system package its name, of an application's where it lies. */
static const char *shown_name(const struct finding *f)
{
	return pkg_type_is_app(f->package->type) ? f->package->path : f->package->name;
}

/* "base image" or "layer 2": who brought it, the base or the user's own build. */
static const char *layer_words(const struct scan_result *r, uint32_t layer, char text[static 32])
{
	if (layer >= r->layer_count || r->layer_count < 2)
		return NULL;
	if (r->layers[layer].base)
		return "base image";
	(void)snprintf(text, 32, "layer %u", layer + 1);
	return text;
}

static void put_names(struct page *p, const struct issue *i)
{
	char number[PAGE_NUMBER], text[64];
	size_t shown = i->count > NAMES_SHOWN ? NAMES_SHOWN - 1 : i->count;
	page_part(p, TONE_DIM, shown_name(i->findings[0]));
	for (size_t k = 1; k < shown; k++) {
		page_put(p, TONE_DIM, ",");
		page_gap(p);
		page_item(p, TONE_DIM, shown_name(i->findings[k]));
	}
	if (shown < i->count) {
		(void)snprintf(text, sizeof text, ", %s more",
			       page_number(i->count - shown, number));
		page_words(p, TONE_DIM, text);
	}
}

/* Of what a container got since its start; NULL: nothing. */
static const char *origin_words(const struct group *g)
{
	size_t added = 0, all = 0;
	for (size_t i = 0; i < g->count; i++) {
		const struct issue *issue = &g->issues[i];
		for (size_t k = 0; k < issue->count; k++)
			added += issue->findings[k]->origin == ORIGIN_CONTAINER;
		all += issue->count;
	}
	if (added == 0)
		return NULL;
	return added == all ? "not from the image" : "partly not from the image";
}

/* "openssl 3.0.9-1 -> 3.0.11-1 | layer 2 | libssl3, openssl" */
static void put_head(struct rows *rows, const struct group *g)
{
	struct page *p = rows->page;
	const struct finding *lead = group_lead(g);
	const char *fixed = group_fixed(g);
	char text[32];
	const char *layer = layer_words(rows->r, lead->layer, text);
	const char *origin = origin_words(g);
	p->indent = 4;
	page_end(p);
	page_put(p, TONE_STRONG, group_name(lead));
	page_gap(p);
	page_item(p, TONE_PLAIN, group_version(lead));
	if (fixed != NULL) {
		page_gap(p);
		page_item(p, TONE_GOOD, page_arrow(p));
		page_put(p, TONE_GOOD, " ");
		page_put(p, TONE_GOOD, fixed);
	}
	if (layer != NULL)
		page_part(p, TONE_DIM, layer);
	if (origin != NULL)
		page_part(p, TONE_WARN, origin);
	if (lead->package != NULL &&
	    (pkg_type_is_app(lead->package->type) || !adds_nothing(widest(g))))
		put_names(p, widest(g));
	page_end(p);
	p->indent = 0;
}

/* --- one issue a line ------------------------------------------------------------ */

static const char *status_words(const struct finding *f)
{
	switch (f->status) {
	case STATUS_WILL_NOT_FIX:
		return "will not be fixed";
	case STATUS_DEFERRED:
		return "fix postponed";
	case STATUS_END_OF_LIFE:
		return "release is end of life";
	case STATUS_UNIMPORTANT:
		return "unimportant";
	default:
		return "no fix yet";
	}
}

static void put_severity(struct page *p, enum severity s)
{
	page_put(p, TONE_PLAIN, "  ");
	page_put(p, page_severity_tone(s), severity_name(s));
	page_pad(p, ID_COLUMN);
}

static void put_marks(struct page *p, const struct finding *f)
{
	char text[32];
	if (f->kev_added != NULL) {
		page_item(p, TONE_CRITICAL, f->kev_ransomware ? "KEV ransomware" : "KEV");
		page_gap(p);
	}
	if (f->epss >= EPSS_WORTH_SAYING) {
		(void)snprintf(text, sizeof text, "EPSS %.0f%%", f->epss * 100);
		page_item(p, f->epss >= EPSS_HIGH ? TONE_HIGH : TONE_DIM, text);
	}
}

static bool has_marks(const struct finding *f)
{
	return f->kev_added != NULL || f->epss >= EPSS_WORTH_SAYING;
}

static void put_row(struct rows *rows, const struct issue *i)
{
	struct page *p = rows->page;
	const struct finding *f = i->findings[0];
	size_t column = ID_COLUMN + rows->id_width + 2;
	p->indent = ID_COLUMN;
	put_severity(p, f->severity);
	page_put(p, TONE_STRONG, f->id);
	page_pad(p, column);
	page_put(p, f->priority == PRIORITY_ASAP ? TONE_HIGH : TONE_DIM,
		 priority_name(f->priority));
	page_pad(p, column + 7);
	if (f->fixed_version != NULL) {
		page_put(p, TONE_GOOD, page_arrow(p));
		page_put(p, TONE_GOOD, " ");
		page_item(p, TONE_GOOD, f->fixed_version);
	} else {
		page_item(p, TONE_DIM, status_words(f));
	}
	if (has_marks(f)) {
		page_pad(p, column + 7 + rows->fixed_width + 2);
		put_marks(p, f);
	}
	page_end(p);
	p->indent = 0;
}

/* --- many issues a line ---------------------------------------------------------- */

static bool wants_row(const struct rows *rows, const struct finding *f)
{
	return rows->all || f->severity >= SEVERITY_HIGH || f->kev_added != NULL ||
	       f->priority == PRIORITY_ASAP;
}

/* A list: what has no row of its own, of one severity, all with a fix or all
 * without. */
struct list {
	enum severity severity;
	bool fixed;
};

static bool is_listed(const struct rows *rows, const struct list *l, const struct finding *f,
		      size_t *rows_before)
{
	if (wants_row(rows, f) && (rows->all || (*rows_before)++ < rows->group_rows))
		return false;
	return f->severity == l->severity && (f->fixed_version != NULL) == l->fixed;
}

static size_t list_length(const struct rows *rows, const struct group *g, const struct list *l,
			  const struct issue **ret_last)
{
	size_t n = 0, rows_before = 0;
	for (size_t i = 0; i < g->count; i++) {
		if (!is_listed(rows, l, g->issues[i].findings[0], &rows_before))
			continue;
		*ret_last = &g->issues[i];
		n++;
	}
	return n;
}

/* As many ids as the list's lines hold; all where lines have no end. */
static void put_ids(struct rows *rows, const struct group *g, const struct list *l, size_t total)
{
	struct page *p = rows->page;
	size_t last = p->lines + rows->list_lines - 1, n = 0, rows_before = 0;
	for (size_t i = 0; i < g->count; i++) {
		const struct finding *f = g->issues[i].findings[0];
		if (!is_listed(rows, l, f, &rows_before))
			continue;
		if (p->lines == last && !page_fits(p, page_columns(p, f->id) + MORE_COLUMNS) &&
		    n + 1 < total) {
			char number[PAGE_NUMBER], text[64];
			(void)snprintf(text, sizeof text, " and %s more",
				       page_number(total - n, number));
			page_words(p, TONE_DIM, text);
			return;
		}
		page_put(p, TONE_PLAIN, n == 0 ? "" : ",");
		page_gap(p);
		page_item(p, TONE_PLAIN, f->id);
		n++;
	}
}

static void put_list(struct rows *rows, const struct group *g, const struct list *l)
{
	struct page *p = rows->page;
	char number[PAGE_NUMBER], text[64];
	const struct issue *last = NULL;
	size_t total = list_length(rows, g, l, &last);
	if (total == 1)
		put_row(rows, last); /* as short as a list of one, and says more */
	if (total <= 1)
		return;
	put_severity(p, l->severity);
	p->indent = ID_COLUMN;
	(void)snprintf(text, sizeof text, "%s %s", page_number(total, number),
		       l->fixed ? "with a fix:" : "without:");
	page_words(p, l->fixed ? TONE_GOOD : TONE_DIM, text);
	put_ids(rows, g, l, total);
	page_end(p);
	p->indent = 0;
}

/* --- groups ------------------------------------------------------------------------ */

static void put_group(struct rows *rows, const struct group *g)
{
	static const enum severity order[] = { SEVERITY_CRITICAL, SEVERITY_HIGH,
					       SEVERITY_MEDIUM,   SEVERITY_LOW,
					       SEVERITY_UNKNOWN,  SEVERITY_NEGLIGIBLE };
	size_t n = 0;
	put_head(rows, g);
	for (size_t i = 0; i < g->count && (rows->all || n < rows->group_rows); i++) {
		if (wants_row(rows, g->issues[i].findings[0])) {
			put_row(rows, &g->issues[i]);
			n++;
		}
	}
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		put_list(rows, g, &(struct list){ order[i], true });
		put_list(rows, g, &(struct list){ order[i], false });
	}
}

/* Columns as wide as their widest text, but no wider than is good for reading. */
static void measure(struct rows *rows, const struct grouping *g)
{
	for (size_t i = 0; i < g->count; i++) {
		for (size_t k = 0; k < g->groups[i].count; k++) {
			const struct finding *f = g->groups[i].issues[k].findings[0];
			size_t id = page_columns(rows->page, f->id);
			size_t fixed = f->fixed_version == NULL
					       ? page_columns(rows->page, status_words(f))
					       : page_columns(rows->page, f->fixed_version) + 3;
			if (id > rows->id_width && id <= ID_WIDTH_MAX)
				rows->id_width = id;
			if (fixed > rows->fixed_width && fixed <= FIXED_WIDTH_MAX)
				rows->fixed_width = fixed;
		}
	}
}

void rows_put(struct page *p, const struct scan_result *r, const struct grouping *g, bool all)
{
	struct rows rows = {
		.page = p,
		.r = r,
		.all = all || g->issues <= SHORT_REPORT,
		.group_rows = g->issues > LONG_REPORT ? 6 : 16,
		.list_lines = g->issues > LONG_REPORT ? 1 : 3,
	};
	measure(&rows, g);
	for (size_t i = 0; i < g->count; i++)
		put_group(&rows, &g->groups[i]);
}
