/* The sentences of a finding, and where to read on. All strings are in the
 * arena or constant; NULL without memory. */
#ifndef CORTEN_VULN_EXPLAIN_H
#define CORTEN_VULN_EXPLAIN_H

#include "vuln/ecosystem.h"
#include "vuln/vulndb.h"

/* What is known when a finding is put into words. */
struct explained {
	const struct package *package;
	const char *name, *version; /* as they were compared: source or binary */
	bool by_source;
	const struct vulndb_fact *fact;
	enum finding_status status;
	const char *fixed; /* NULL: none */
	const char *pro_fixed; /* only Ubuntu Pro has it; NULL */
	const char *source; /* "debian" */
	const char *fix; /* command; NULL */
};

const char *explain_reason(const struct explained *x, struct arena *arena);
const char *explain_evidence(const struct package *p, struct arena *arena);
const char *explain_advice(const struct explained *x, struct arena *arena);

/* The same of an application package (explain_app.c). */
const char *explain_app_reason(const struct explained *x, struct arena *arena);
const char *explain_app_evidence(const struct package *p, struct arena *arena);
const char *explain_app_advice(const struct explained *x, struct arena *arena);

/* What to change, and where: "set lodash to 4.17.21 or newer in package-lock.json". */
const char *explain_app_fix(const struct package *p, const char *fixed, struct arena *arena);

/* Where it is, without its version: the same before and after an update, so that
 * a fingerprint can be made of it. */
const char *explain_app_place(const struct package *p, struct arena *arena);

/* The page of an advisory or CVE at its publisher; "" when none is known.
 * ecosystem is a key such as "almalinux:9". */
const char *advisory_url(const char *id, const char *ecosystem, struct arena *arena);

#endif
