/* Strings of an image, made harmless for the text they go into. All of them
 * first pass text_escape: no control character, bidirectional override or
 * broken UTF-8 of an image reaches a reader. */
#ifndef CORTEN_REPORT_ESCAPE_H
#define CORTEN_REPORT_ESCAPE_H

#include <stdio.h>

#include "base/base.h"

/* Element content and quoted attribute values of XML 1.0 and HTML. What XML
 * 1.0 forbids even as a reference (section 2.2) is replaced. NULL: nothing. */
void escape_markup(FILE *out, const char *s);

/* One field of RFC 4180, always quoted. A field that a spreadsheet would take
 * for a formula gets a "'" in front (OWASP, CSV injection). NULL: empty. */
void escape_csv(FILE *out, const char *s);

/* The text of a path or name as part of a URI: all but RFC 3986's unreserved
 * characters and those in `keep` is percent-encoded. */
int escape_uri(struct buf *out, const char *s, const char *keep, struct error *err);

#endif
