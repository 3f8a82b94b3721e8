/* Which facts of one or two lists touch a version. Packages that are built from
 * one source have the same answer, which is found once. */
#ifndef CORTEN_VULN_WEIGH_H
#define CORTEN_VULN_WEIGH_H

#include "vuln/ecosystem.h"
#include "vuln/vulndb.h"

enum { LIST_MAIN, LIST_PRO, LISTS };

/* A fact that makes a finding. */
struct touch {
	uint32_t fact;
	bool pro_only; /* only Ubuntu Pro has its fix, and the image does not get it */
};

/* What a name's facts and a version were found to be touched by: touches [first, first + count). */
struct touched {
	size_t first, count;
};

/* A package's facts share few bounds, because one upload fixes many ids. A
 * database holds each string once, so a bound is known by its address. */
enum { COMPARED = 128 };
struct compared {
	const char *bound;
	uint32_t subject; /* whose version it was compared with */
	int result;
};

/* What was found of the packages seen last. A name is known by its first facts, so
 * that nothing is copied and no text hashed; a place that two names share costs one
 * of them another comparison. */
enum { ANSWERS_BITS = 11, ANSWERS = 1 << ANSWERS_BITS };
struct answer {
	uint32_t first[LISTS]; /* of the name's facts */
	const char *version; /* NULL: none yet */
	struct touched touched;
};

/* Begins as zeros but for what says where to look and whom to tell. */
struct weigher {
	const struct vulndb *db;
	const struct os_ecosystem *eco;
	struct vulndb_ecosystem lists[LISTS];
	struct match_stats *stats;
	/* Told what could not be read of the package at hand. */
	void (*degraded)(void *ctx, const struct package *p, const char *what, const char *version);
	void *ctx;

	struct compared compared[COMPARED];
	uint32_t subjects; /* versions weighed so far */
	struct touch *touches;
	size_t touch_count, touch_cap;
	struct answer answers[ANSWERS];
};

void weigher_free(struct weigher *w);

/* What touches p, compared by this name and version, which must stay as long as w;
 * in the order of ids. The touches are good until the next call. */
int weigh(struct weigher *w, const struct package *p, const char *name, const char *version,
	  struct touched *ret, struct error *err);

#endif
