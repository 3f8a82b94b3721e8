/* Packages of programming languages: how advisories name their ecosystems, their
 * packages and their publishers. Keys are the types of package URLs. */
#ifndef CORTEN_FEED_APPS_H
#define CORTEN_FEED_APPS_H

#include "feed/import.h"

/* The key of an OSV ecosystem without its repository: "pypi" for "PyPI"; NULL
 * when it is none of applications. */
const char *app_key(struct bytes osv);

/* A package's name as installed packages are looked up by it; in the record's
 * memory. */
struct bytes app_name(struct import *im, const char *key, struct bytes name);

/* Who publishes records with ids like this: "rustsec" for RUSTSEC-2024-0001;
 * empty when nobody known does. */
struct bytes app_publisher(struct bytes id);

#endif
