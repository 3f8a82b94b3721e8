/* What cache.c and cache_clean.c share. */
#ifndef CORTEN_SCAN_CACHE_INTERNAL_H
#define CORTEN_SCAN_CACHE_INTERNAL_H

#include <limits.h>

#include "scan/cache.h"

struct cache {
	int dirfd;
	char path[PATH_MAX];
};

/* The folders of a cache, NULL-terminated. */
extern const char *const cache_kinds[];

#endif
