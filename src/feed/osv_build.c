#include "feed/osv.h"

enum { SPANS_MAX = 4096 };

void osv_begin(struct import *im, struct osv_record *ret)
{
	*ret = (struct osv_record){ 0 };
	ret->last_affected = &ret->affected;
	record_begin(im);
}

static void *record_alloc(struct import *im, size_t size)
{
	void *p = arena_alloc(&im->record, size);
	if (p == NULL)
		im->record.used = im->record.max; /* record_full */
	return p;
}

void osv_add_text(struct import *im, struct osv_list *list, struct bytes text)
{
	struct osv_text *t = record_alloc(im, sizeof *t);
	if (t == NULL)
		return;
	if (list->end == NULL)
		list->end = &list->first;
	t->text = text;
	*list->end = t;
	list->end = &t->next;
}

struct osv_affected *osv_add_affected(struct import *im, struct osv_record *o)
{
	struct osv_affected *a = record_alloc(im, sizeof *a);
	if (a == NULL)
		return NULL;
	a->last_span = &a->spans;
	*o->last_affected = a;
	o->last_affected = &a->next;
	return a;
}

void osv_add_span(struct import *im, struct osv_affected *a, struct osv_span span)
{
	struct osv_span *s = record_alloc(im, sizeof *s);
	if (s == NULL)
		return;
	*s = span;
	s->next = NULL;
	*a->last_span = s;
	a->last_span = &s->next;
}

void osv_take_score(struct import *im, struct bytes type, struct bytes score,
		    struct osv_severity *s)
{
	struct cvss c;
	if (cvss_parse(score, &c) && c.version > s->cvss.version) {
		s->cvss = c;
		s->vector = record_copy(im, score);
	} else if (bytes_equal(type, BYTES_LIT("Ubuntu"))) {
		s->word = severity_of_word(score);
	}
}

/* "unsound" is kept: such a crate breaks the memory of those who use it. */
bool osv_is_notice(struct bytes informational)
{
	return bytes_equal(informational, BYTES_LIT("unmaintained")) ||
	       bytes_equal(informational, BYTES_LIT("notice"));
}

/* --- events -------------------------------------------------------------------- */

void osv_events_begin(struct osv_events *e)
{
	*e = (struct osv_events){ 0 };
	e->add = e->unstarted = e->unended = &e->first;
}

/* The span that an event of one kind belongs to: the next one without it. */
static struct osv_span *span_at(struct import *im, struct osv_events *e, struct osv_span ***at)
{
	struct osv_span *span = **at;
	if (span == NULL) {
		span = e->count < SPANS_MAX ? record_alloc(im, sizeof *span) : NULL;
		if (span == NULL) {
			im->record.used = im->record.max;
			return NULL;
		}
		*e->add = span;
		e->add = &span->next;
		e->count++;
	}
	*at = &span->next;
	return span;
}

void osv_event(struct import *im, struct osv_events *e, struct bytes kind, struct bytes text)
{
	struct osv_span *span;
	bool fixed = bytes_equal(kind, BYTES_LIT("fixed"));
	if (bytes_equal(kind, BYTES_LIT("introduced"))) {
		span = span_at(im, e, &e->unstarted);
		if (span == NULL)
			return;
		span->started = true;
		span->introduced = text;
	} else if (fixed || bytes_equal(kind, BYTES_LIT("last_affected"))) {
		span = span_at(im, e, &e->unended);
		if (span != NULL)
			*(fixed ? &span->fixed : &span->last) = text;
	}
}

bool osv_is_usable_range(struct bytes type)
{
	return bytes_equal(type, BYTES_LIT("ECOSYSTEM")) || bytes_equal(type, BYTES_LIT("SEMVER"));
}

void osv_events_end(struct osv_affected *a, const struct osv_events *e)
{
	if (e->first == NULL)
		return;
	*a->last_span = e->first;
	a->last_span = e->add;
}
