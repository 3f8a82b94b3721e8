/* Where what comes with the programs is. */
#ifndef CORTEN_BASE_OWN_H
#define CORTEN_BASE_OWN_H

#include <linux/limits.h>

#include "base/error.h"

/* The folder of the rules of a kind ("guard", "secret"): ../share/corten/rules from
 * the directory of the running program, or where a package puts them. ERR_NOT_FOUND. */
int own_rules(const char *kind, char out[static PATH_MAX], struct error *err);

#endif
