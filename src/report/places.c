#include "report/places.h"

#include "report/group.h"

enum { PLACES_SHOWN = 100, WHERE_COLUMN = 11 };

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
		ret->count++;
		ret->severity[f->severity]++;
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
	p->indent = 0;
}

void places_put(struct page *p, const struct scan_result *r, const struct report_options *o,
		bool all)
{
	size_t n = 0, left = 0;
	char text[96], number[PAGE_NUMBER];
	for (size_t i = 0; i < r->finding_count; i++) {
		if (!is_shown(o, &r->findings[i]))
			continue;
		if (n == PLACES_SHOWN && !all) {
			left++;
			continue;
		}
		if (n++ == 0)
			page_end(p);
		put_finding(p, &r->findings[i]);
	}
	if (left == 0)
		return;
	(void)snprintf(text, sizeof text, "  and %s more: --format json lists all of them.",
		       page_number(left, number));
	page_words(p, TONE_STRONG, text);
	page_end(p);
}
