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

/* The page of an advisory or CVE at its publisher; "" when none is known.
 * ecosystem is a key such as "almalinux:9". */
const char *advisory_url(const char *id, const char *ecosystem, struct arena *arena);

#endif
