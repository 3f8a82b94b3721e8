/* Rules as they are kept, for the files of this room. */
#ifndef CORTEN_POLICY_INTERNAL_H
#define CORTEN_POLICY_INTERNAL_H

#include "format/tree.h"
#include "policy/policy.h"

enum {
	POLICY_FILE_MAX = 1024 * 1024,
	POLICY_MEMORY = 64 * 1024 * 1024,
	POLICY_RULES_MAX = 10000,
	POLICY_DAY = 86400
};

struct globs {
	const char *const *list;
	size_t count; /* 0: not asked for */
};
bool globs_match(const struct globs *g, const char *text); /* NULL never matches */

struct label_glob {
	const char *key, *value;
};

struct scope {
	struct globs images, repositories, clusters, spaces, apps;
	const struct label_glob *labels; /* all must match */
	size_t label_count;
};

enum answer { ANSWER_ANY, ANSWER_YES, ANSWER_NO };

/* Every criterion that is given must hold; of one criterion's words any. */
struct criteria {
	enum policy_subject subject; /* what the criteria are about */
	/* findings */
	struct globs families, classes, ids, packages, paths;
	unsigned severities, statuses, priorities; /* bits; 0: any */
	enum answer fix_available, kev;
	unsigned origins; /* bits; also of packages */
	double epss; /* at least; < 0: not asked for */
	int64_t age; /* days at least; < 0: not asked for */
	/* packages (also `packages` above) */
	struct globs licences, installed;
	/* the image */
	int64_t image_age, base_image_age;
	/* what is missing: codes */
	struct globs incomplete;
};

struct exception {
	struct policy_exception pub;
	struct globs ids, paths, hashes, packages, repositories;
};

struct rule {
	struct policy_rule pub;
	struct scope scope;
	struct criteria criteria;
	struct exception *exceptions;
	size_t exception_count;
};

struct policy {
	struct arena arena;
	const char *file, *name, *description;
	struct rule **rules; /* in the order of policy.h */
	size_t rule_count;
	struct exception *exceptions; /* of all rules */
	size_t exception_count;
};

/* --- document.c: the tree between worker and parent ------------------------------- */

enum {
	POLICY_MSG_NODE = 1, /* depth, kind, line, key, text: in preorder */
	POLICY_MSG_DONE,
	POLICY_MSG_FAILED /* why */
};

/* Tells the whole tree; ERR_LIMIT when it is too large. */
int policy_tree_send(struct channel *ch, const struct node *root, struct error *err);
/* Hears one from a worker that is not believed: ERR_PROTOCOL, ERR_USAGE (its own
 * words), ERR_WORKER_DIED, ERR_WORKER_TIMEOUT. */
int policy_tree_hear(struct channel *ch, struct arena *arena, const struct node **ret,
		     struct error *err);

/* --- load.c ---------------------------------------------------------------------- */

struct policy *policy_new(const char *file, struct error *err);
/* The tree lies in the policy's arena. */
int policy_load(struct policy *p, const struct node *root, struct error *err);

/* --- criteria.c -------------------------------------------------------------------- */

bool scope_matches(const struct scope *s, const struct policy_facts *f);
bool criteria_match_finding(const struct criteria *c, const struct finding *f, int64_t now);
bool criteria_match_package(const struct criteria *c, const struct package *p);
bool criteria_match_incomplete(const struct criteria *c, const struct scan_incomplete *i);
/* What is wrong with the image, in the arena; NULL: nothing. */
const char *criteria_match_image(const struct criteria *c, const struct policy_facts *f,
				 struct arena *arena);
/* What the rule's age made of a finding that it matches; NULL: it does not ask for one. */
const char *criteria_why_finding(const struct criteria *c, const struct finding *f, int64_t now,
				 struct arena *arena);
bool globs_match_package(const struct globs *g, const struct package *p);
bool globs_match_id(const struct globs *g, const struct finding *f);

/* --- licence.c ------------------------------------------------------------------------ */

/* Is the licence expression hit by the globs, whatever of it one chooses? "A OR B"
 * is hit when both are, "A AND B" when one is (SPDX 2.3, annex D). A text that is
 * no expression is hit when any of its words is. The word "none" hits an empty one. */
bool licence_hit(const struct globs *g, const char *expression);

/* --- exception.c --------------------------------------------------------------------- */

/* Whether it is about this finding (package NULL) or package; not whether it ended. */
bool exception_covers(const struct exception *e, const struct scan_result *r,
		      const struct policy_facts *facts, const struct finding *f,
		      const struct package *p);
/* … or might be, were the result whole: the layer that first brought something, and so
 * its file there, may be one that was not read. */
bool exception_may_cover(const struct exception *e, const struct scan_result *r,
			 const struct policy_facts *facts, const struct finding *f,
			 const struct package *p);

/* Keeps the finding among the result's suppressed. ERR_MEMORY. */
int exception_suppress(const struct policy_exception *x, struct scan_result *r,
		       const struct finding *f, const char *file, struct error *err);

#endif
