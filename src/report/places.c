#include "report/places.h"

#include "report/group.h"

enum { PLACES_SHOWN = 100, WHERE_COLUMN = 11, FIX_LINES = 8, FIX_LINE_MAX = 400 };

const struct place_family place_families[PLACE_FAMILIES] = {
	{ FAMILY_MALWARE, "malware", "malware finding", "malware findings", "malware" },
	{ FAMILY_SECRET, "secret", "secret", "secrets", "secret" },
	{ FAMILY_BASELINE, "baseline", "baseline risk", "baseline risks", "baseline risk" },
	{ FAMILY_BUILD, "build", "risk in the build instructions",
	  "risks in the build instructions", "risk in the build instructions" },
};

/* PLACE_FAMILIES: of none of them. */
static size_t family_of(const struct finding *f)
{
	size_t i = 0;
	while (i < PLACE_FAMILIES && strcmp(place_families[i].name, f->family) != 0)
		i++;
	return i;
}

static bool is_shown(const struct report_options *o, const struct finding *f)
{
	return f->package == NULL && report_shows(o, f);
}

void places_count(const struct scan_result *r, const struct report_options *o, struct places *ret)
{
	*ret = (struct places){ 0 };
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		if (!is_shown(o, f))
			continue;
		size_t family = family_of(f);
		if (family == PLACE_FAMILIES)
			continue;
		ret->count++;
		ret->family[family].count++;
		ret->family[family].severity[f->severity]++;
	}
}

/* "app/.env:3", with the layer where one is known. */
static void put_place(struct page *p, const struct finding *f, char *scratch, size_t size)
{
	page_item(p, TONE_STRONG, f->path);
	if (f->line > 0) {
		(void)snprintf(scratch, size, ":%u", f->line);
		page_put(p, TONE_STRONG, scratch);
	}
	page_gap(p);
	page_item(p, TONE_DIM, f->rule);
	(void)snprintf(scratch, size, "#%.12s", f->fingerprint);
	page_gap(p);
	page_item(p, TONE_DIM, scratch);
	if (f->layer != LAYER_NONE) {
		(void)snprintf(scratch, size, "layer %u", f->layer + 1);
		page_gap(p);
		page_words(p, TONE_DIM, scratch);
	}
	if (f->origin == ORIGIN_CONTAINER) {
		page_gap(p);
		page_words(p, TONE_WARN, "not from the image");
	}
	page_end(p);
}

/* What is to be taken out and put in: of a diff only these lines. */
static void put_fix(struct page *p, const char *fix)
{
	bool diff = strncmp(fix, "--- ", 4) == 0;
	struct bytes rest = bytes_str(fix), line;
	char text[FIX_LINE_MAX];
	for (size_t n = 0; bytes_next_field(&rest, '\n', &line);) {
		bool head = bytes_starts_with(line, BYTES_LIT("--- ")) ||
			    bytes_starts_with(line, BYTES_LIT("+++ "));
		bool change = line.n > 0 && (line.p[0] == '-' || line.p[0] == '+');
		if (diff && (head || !change))
			continue;
		page_pad(p, WHERE_COLUMN + 2);
		if (n++ == FIX_LINES) {
			page_words(p, TONE_DIM, "… (--format json has all of the fix)");
			page_end(p);
			return;
		}
		(void)snprintf(text, sizeof text, "%s%.*s", diff ? "" : "+",
			       (int)(line.n < FIX_LINE_MAX - 2 ? line.n : FIX_LINE_MAX - 2),
			       (const char *)line.p);
		page_item(p, text[0] == '-' ? TONE_CRITICAL : TONE_GOOD, text);
		page_end(p);
	}
}

static void put_finding(struct page *p, const struct finding *f)
{
	char text[64];
	(void)snprintf(text, sizeof text, "  %s", severity_name(f->severity));
	page_put(p, page_severity_tone(f->severity), text);
	page_pad(p, WHERE_COLUMN + 2);
	p->indent = WHERE_COLUMN + 2;
	put_place(p, f, text, sizeof text);
	page_pad(p, WHERE_COLUMN + 2);
	page_words(p, TONE_PLAIN, f->reason);
	page_end(p);
	page_pad(p, WHERE_COLUMN + 2);
	page_words(p, TONE_DIM, f->evidence);
	page_end(p);
	if (f->advice != NULL && f->advice[0] != '\0') {
		page_pad(p, WHERE_COLUMN + 2);
		page_words(p, TONE_GOOD, f->advice);
		page_end(p);
	}
	if (f->fix != NULL && f->fix[0] != '\0')
		put_fix(p, f->fix);
	p->indent = 0;
}

static void put_family(struct page *p, const struct scan_result *r, const struct report_options *o,
		       size_t family, bool all)
{
	size_t n = 0, left = 0;
	char text[96], number[PAGE_NUMBER];
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		if (!is_shown(o, f) || family_of(f) != family)
			continue;
		if (n == PLACES_SHOWN && !all) {
			left++;
			continue;
		}
		if (n++ == 0)
			page_end(p);
		put_finding(p, f);
	}
	if (left == 0)
		return;
	(void)snprintf(text, sizeof text, "  and %s more %s: --format json lists all of them.",
		       page_number(left, number), place_families[family].many);
	page_words(p, TONE_STRONG, text);
	page_end(p);
}

void places_put(struct page *p, const struct scan_result *r, const struct report_options *o,
		bool all)
{
	for (size_t family = 0; family < PLACE_FAMILIES; family++)
		put_family(p, r, o, family, all);
}
