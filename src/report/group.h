/* Findings as people think of them: the vulnerabilities of a source package.
 * One vulnerability of openssl is a finding for libssl3 and one for openssl;
 * here it is one issue that names both. */
#ifndef CORTEN_REPORT_GROUP_H
#define CORTEN_REPORT_GROUP_H

#include "report/report.h"

/* What a reader need not see one by one. */
enum fold {
	FOLD_NONE,
	FOLD_HEADERS, /* of the kernel: they do not run, the host's kernel does */
	FOLD_MINOR, /* status unimportant, severity negligible */
	FOLD_PLACES, /* about no package: report/places.h */
	FOLDS
};
#define FOLD_ALL_PACKAGES (1u << FOLD_NONE | 1u << FOLD_HEADERS | 1u << FOLD_MINOR)

/* A severity that the options name is not minor. */
enum fold group_fold(const struct report_options *o, const struct finding *f);

struct issue {
	const struct finding *const
		*findings; /* at least one; equal id, status and fixed version */
	size_t count;
};

struct group {
	const struct issue *issues; /* the worst first */
	size_t count;
	size_t fixable; /* issues with a fixed version */
};

struct grouping {
	struct arena arena;
	const struct group *groups; /* the worst first */
	size_t count;
	size_t issues; /* of all groups */
	size_t findings;
};

/* Of the findings that the filter lets through and whose fold is in `folds`
 * (bits 1 << FOLD_…). Takes about 40 bytes a finding; release with group_free. */
int group_make(const struct scan_result *r, const struct report_options *o, unsigned folds,
	       struct grouping *ret, struct error *err);
void group_free(struct grouping *g);
#define cleanup_group __attribute__((cleanup(group_free)))

/* The first finding of the worst issue: it names the group's package. */
const struct finding *group_lead(const struct group *g);

/* The name of the group: of the source package, else the package, else a path. */
const char *group_name(const struct finding *f);
/* The installed version that advisories are compared with. */
const char *group_version(const struct finding *f);

/* The version that fixes all of the group that can be fixed; NULL: none. */
const char *group_fixed(const struct group *g);

/* <0, 0, >0 by the rules of the package's system; bytes where a version is none. */
int group_compare_versions(enum pkg_type type, const char *a, const char *b);

#endif
