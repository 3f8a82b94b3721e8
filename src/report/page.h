/* Lines for a terminal: colours when asked, words folded to its width, text of
 * an image escaped and measured in columns. */
#ifndef CORTEN_REPORT_PAGE_H
#define CORTEN_REPORT_PAGE_H

#include <stdio.h>

#include "base/base.h"
#include "finding/finding.h"

enum tone {
	TONE_PLAIN,
	TONE_STRONG,
	TONE_DIM,
	TONE_GOOD,
	TONE_WARN,
	TONE_ALARM,
	TONE_CRITICAL,
	TONE_HIGH,
	TONE_MEDIUM,
	TONE_LOW,
	TONE_UNKNOWN,
	TONES
};

struct page {
	FILE *out;
	size_t width; /* columns; 0: lines are never folded */
	bool color, utf8;
	size_t indent; /* where a folded line goes on */
	size_t at; /* columns used in this line */
	bool gap; /* a blank is due */
	enum tone tone; /* that the terminal is in */
	size_t lines; /* ended so far */
	struct buf text; /* scratch */
};

enum { PAGE_TEXT_MAX = 1024 * 1024, PAGE_NUMBER = 32 };

void page_init(struct page *p, FILE *out, unsigned width, bool color, bool utf8);
void page_free(struct page *p);

/* s in one piece where the line is. */
void page_put(struct page *p, enum tone tone, const char *s);
/* s in one piece, on the next line when it (and a comma) does not fit. */
void page_item(struct page *p, enum tone tone, const char *s);
/* The words of s, each as an item. A blank at the start or end of s is a gap. */
void page_words(struct page *p, enum tone tone, const char *s);
/* s behind a dot (bar) that divides it from what stands before it; on the next
 * line without one when it does not fit. */
void page_part(struct page *p, enum tone tone, const char *s);
/* A blank before what comes next, unless the line is folded there. */
void page_gap(struct page *p);
/* Blanks up to a column; at least one when the line is there already. */
void page_pad(struct page *p, size_t column);
void page_end(struct page *p);
/* True when an item of n columns fits the line. */
bool page_fits(const struct page *p, size_t n);

/* "→" or "->" */
const char *page_arrow(const struct page *p);

/* Columns that s takes when it is written. */
size_t page_columns(struct page *p, const char *s);

/* 4213 as "4,213". */
const char *page_number(size_t n, char out[static PAGE_NUMBER]);

enum tone page_severity_tone(enum severity s);

#endif
