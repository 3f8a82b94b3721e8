/* policy: one scan result and the facts around it -> pass, alert or block, with
 * the rule, the reason and what would mend it. doc/policy.md describes the rules.
 *
 * The order of rules is total and does not depend on where they stand: the smaller
 * priority first; of equal ones block before alert before pass; of equal ones by
 * name (bytes), which is unique in a policy. The first rule that matches a subject
 * and does not except it decides; when none does, the subject passes.
 *
 * Of several policies the strictest decision counts, so that a further policy can
 * only tighten: that is how a policy from the scanned project is used. */
#ifndef CORTEN_POLICY_H
#define CORTEN_POLICY_H

#include "base/base.h"
#include "ipc/ipc.h"
#include "scan/result.h"

enum policy_action { /* ordered: a larger one is stricter */
		     POLICY_PASS,
		     POLICY_ALERT,
		     POLICY_BLOCK
};
const char *policy_action_name(enum policy_action a); /* "pass", "alert", "block" */

enum { POLICY_PRIORITY_MOST = 1000, POLICY_PRIORITY_USUAL = 500, POLICY_ENDS_SOON_DAYS = 14 };

/* What others may see of a rule. */
struct policy_rule {
	const char *name;
	const char *description; /* "" when it has none */
	const char *file; /* of its policy */
	uint32_t line;
	uint32_t priority; /* 1..POLICY_PRIORITY_MOST */
	enum policy_action action;
	bool enabled;
};

struct policy_exception {
	const char *reason, *author;
	const char *until; /* as written: "2026-12-31" */
	int64_t ends; /* the first second at which it has no effect */
	const char *file;
	uint32_t line;
	const struct policy_rule *rule; /* NULL: of all rules of its policy */
};

/* --- reading ------------------------------------------------------------------- */

struct policy;
/* ERR_USAGE with file and line: not YAML, an unknown key (and the nearest known
 * one), a value that makes no sense. In this process: for what is trusted. */
int policy_parse(struct bytes text, const char *file, struct policy **ret, struct error *err);
/* The same from an open file, whose YAML is read in a sandboxed worker. */
int policy_read(int fd, const char *file, struct policy **ret, struct error *err);
void policy_free(struct policy *p);

const char *policy_file(const struct policy *p);
size_t policy_rule_count(const struct policy *p);
size_t policy_exception_count(const struct policy *p); /* those of its rules, too */

/* The worker's job "policy": descriptor 3 is the file, 4 the channel. */
int policy_worker_main(void);

/* --- deciding -------------------------------------------------------------------- */

struct policy_label {
	const char *key, *value;
};

/* What is known around a result. NULL: not known, and then no scope or exception
 * that asks for it applies. */
struct policy_facts {
	const char *repository; /* "docker.io/library/debian", "ghcr.io/a/b" */
	const char *familiar; /* "debian"; the same as repository elsewhere */
	const char *tag;
	const struct policy_label *labels; /* of the image */
	size_t label_count;
	const char *cluster, *space, *app; /* of a workload: admission only */
	int64_t created, base_created; /* of the image and its base; 0: not known */
	int64_t now;
	/* The result is a part (scan_result.is_part): decided is only what the rest of it
	 * cannot change, and nothing of what is missing. */
	bool part;
};

/* What a result says of itself; name (may be NULL) is what the user calls the
 * image. ERR_USAGE when that is no image reference. Strings in the arena. */
int policy_facts_of(const struct scan_result *r, const char *name, int64_t now, struct arena *arena,
		    struct policy_facts *ret, struct error *err);

struct policy_use {
	const struct policy *policy;
	/* From the scanned project: its exceptions count only where it is trusted, and
	 * then also for the rules of the others. What it decides can only tighten. */
	bool project, trusted;
};

enum policy_subject {
	POLICY_FINDING,
	POLICY_PACKAGE,
	POLICY_IMAGE,
	POLICY_INCOMPLETE,
	POLICY_SUBJECTS
};

struct policy_decision {
	enum policy_action action; /* alert or block */
	const struct policy_rule *rule;
	enum policy_subject subject;
	const struct finding *finding; /* the one that the subject says; others NULL */
	const struct package *package;
	const struct scan_incomplete *incomplete;
	/* POLICY_IMAGE, POLICY_PACKAGE: what it is about; POLICY_FINDING: how its age was
	 * told, where the rule asks for one, else NULL */
	const char *why;
	const char *mend; /* one sentence */
};

/* An exception that had something to do with this result. */
struct policy_excuse {
	const struct policy_exception *exception;
	size_t count; /* findings and packages that it covers */
	bool ended; /* it covers them no more: no effect */
	bool ends_soon;
	bool ignored; /* of a project's policy that is not trusted: no effect */
};

/* A finding of which no rule says anything because of an exception. */
struct policy_excused {
	const struct finding *finding;
	const struct policy_exception *exception; /* the first that counted */
};

struct policy_verdict {
	enum policy_action action; /* the strictest of all */
	struct policy_decision *decisions; /* block first, then in the order of rules */
	size_t count, blocks, alerts;
	struct policy_excuse *excuses; /* those that cover something or end soon */
	size_t excuse_count;
	struct policy_excused *excused; /* in the order of findings */
	size_t excused_count;
	const struct scan_incomplete **open; /* that no rule says anything of */
	size_t open_count;
	size_t rules, disabled, out_of_scope; /* of all policies */
};

/* A pure function of its arguments: no input, no output, no clock. Everything in
 * *ret lies in the arena or in the arguments. ERR_MEMORY. */
int policy_evaluate(const struct policy_use *uses, size_t use_count, const struct scan_result *r,
		    const struct policy_facts *facts, struct arena *arena,
		    struct policy_verdict *ret, struct error *err);

/* Takes the verdict's excused findings away, to the result's `suppressed`, and says so in
 * its `vex`, once a policy, for reports. The verdict's findings point to nothing any more.
 * ERR_MEMORY: the result is as it was. */
int policy_suppress(const struct policy_use *uses, size_t use_count, const struct policy_verdict *v,
		    const struct policy_facts *facts, struct scan_result *r, struct error *err);

/* Takes away, to the result's `suppressed`, the findings that exceptions at the top of the policy cover and that have
 * not ended; its rules say nothing here. How many there are that count and what they did
 * is added to the result's `vex`, in its arena. ERR_MEMORY. */
int policy_except(const struct policy *p, struct scan_result *r, const struct policy_facts *facts,
		  struct error *err);

/* --- globs ------------------------------------------------------------------------- */

/* '*' is any run of characters without '/', "**" any run, '?' one character but
 * '/'; all others are themselves. Time in proportion to the product of lengths. */
bool policy_glob(const char *pattern, const char *text);

#endif
