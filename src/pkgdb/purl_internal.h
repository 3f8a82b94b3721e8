/* What the types of package URLs have of their own (purl-spec, types/). */
#ifndef CORTEN_PKGDB_PURL_INTERNAL_H
#define CORTEN_PKGDB_PURL_INTERNAL_H

#include "pkgdb/purl.h"

/* Cuts *b at the last c; what was behind it is returned, empty without a c. */
struct bytes purl_cut_last(struct bytes *b, uint8_t c);

uint8_t purl_lower(uint8_t c);

/* b is in lower case. */
bool purl_same_word(struct bytes a, const char *b);

/* Between namespace and name in the names that enum pkg_type speaks of: '/', in
 * Maven's ':', 0 where a name has no namespace. Of deb, rpm and apk the namespace
 * is the system and no part of the name. */
char purl_joint(enum pkg_type type);

/* The byte c of a name (or namespace) in its canonical form. */
uint8_t purl_name_byte(enum pkg_type type, uint8_t c);

#endif
