/* The states that people give to findings: a file of its own, a line of JSON for each
 * change, only ever appended to. The last word about a finding counts, in every later
 * scan, until somebody says another. */
#ifndef CORTEN_POLICY_RISKS_H
#define CORTEN_POLICY_RISKS_H

#include "policy/policy.h"
#include "scan/result.h"

enum risk_state {
	RISK_UNHANDLED, /* as if nothing had been said */
	RISK_VERIFYING, /* somebody looks into it: it stays a finding */
	RISK_IGNORED,
	RISK_FALSE_POSITIVE,
	RISK_HANDLED,
	RISK_STATES
};
const char *risk_state_name(enum risk_state s); /* "false-positive" … */
bool risk_state_parse(const char *text, enum risk_state *ret);

/* The first digits of a fingerprint that are enough to name it. */
enum { RISK_PREFIX_MIN = 12 };
bool risk_fingerprint_ok(const char *text);

struct risk {
	const char *fingerprint; /* or its first digits */
	const char *repository; /* glob; "": of any image */
	enum risk_state state;
	const char *reason, *author; /* may be "" */
	int64_t time; /* seconds since 1970 */
	uint32_t line; /* in the file; not for risks_add */
};

struct risks;
/* ERR_NOT_FOUND when there is no file; ERR_MALFORMED names the line. */
int risks_read(const char *path, struct risks **ret, struct error *err);
void risks_free(struct risks *r);
/* The last word about each finding and repository, in order of their lines. */
size_t risks_count(const struct risks *r);
const struct risk *risks_at(const struct risks *r, size_t i);

/* Appends; makes the file (0600). Several may write at once: each line is whole. */
int risks_add(const char *path, const struct risk *list, size_t n, struct error *err);

/* Takes findings that are ignored, false or handled to the result's `suppressed`, and
 * says so in its `vex`. ERR_MEMORY: some stay. */
int risks_apply(const struct risks *r, struct scan_result *result, const struct policy_facts *facts,
		struct error *err);

#endif
