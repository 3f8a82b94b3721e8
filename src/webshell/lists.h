/* What the engine knows of each language without rules: names with a space between.
 * Rules add to them with `sources`, `cleaners`, `decoders` and `callbacks`. A source
 * with "!" is a file that a visitor sends, with "~" what he may have left in the session,
 * with "^" a place where a page hides the names that it calls, with "@" another machine; a
 * callback's number is the argument that is called. */
#ifndef CORTEN_WEBSHELL_LISTS_H
#define CORTEN_WEBSHELL_LISTS_H

#include "webshell/internal.h"

extern const char *const ws_known[PAGES][WS_LISTS];

#endif
