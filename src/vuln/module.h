/* rpm module streams: nodejs:18 and nodejs:20 are two lines of one package, and
 * a fix of one says nothing about the other. */
#ifndef CORTEN_VULN_MODULE_H
#define CORTEN_VULN_MODULE_H

#include "vuln/vulndb.h"

/* May this fact be about this package, as far as modules go? A package of a
 * module matches only facts of that stream, one outside only facts outside.
 * version is the one that is compared: the package's or its source's. */
bool module_fits(const struct vulndb_fact *f, const struct package *p, const char *version);

#endif
