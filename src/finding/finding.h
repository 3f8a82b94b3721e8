/* finding: the one record that every family of checks fills, and the words
 * that all outputs use for it. doc/scan-json.md is its public form. */
#ifndef CORTEN_FINDING_H
#define CORTEN_FINDING_H

#include "base/base.h"
#include "pkgdb/pkgdb.h"

enum severity { /* ordered: a larger one is worse; unknown is outside the order */
		SEVERITY_UNKNOWN,
		SEVERITY_NEGLIGIBLE,
		SEVERITY_LOW,
		SEVERITY_MEDIUM,
		SEVERITY_HIGH,
		SEVERITY_CRITICAL,
		SEVERITIES
};

enum finding_status {
	STATUS_FIXED, /* a fixed version exists */
	STATUS_AFFECTED,
	STATUS_WILL_NOT_FIX,
	STATUS_DEFERRED,
	STATUS_END_OF_LIFE,
	STATUS_UNIMPORTANT,
	STATUS_NOT_AFFECTED, /* in the database only, never in a finding */
	STATUSES
};

enum priority { PRIORITY_ASAP, PRIORITY_LATER, PRIORITY_NNTF, PRIORITIES };

const char *severity_name(enum severity s); /* "critical" … */
bool severity_parse(struct bytes text, enum severity *ret);
const char *finding_status_name(enum finding_status s); /* "fixed", "will-not-fix" … */
bool finding_status_parse(struct bytes text, enum finding_status *ret);
const char *priority_name(enum priority p); /* "asap", "later", "nntf" */

/* No layer: rootfs targets, findings about the whole image. */
#define LAYER_NONE UINT32_MAX

/* Of a container that runs: whether something was there from the start. */
enum origin_kind {
	ORIGIN_UNKNOWN, /* of other targets, and where it cannot be told */
	ORIGIN_IMAGE, /* its image has it */
	ORIGIN_CONTAINER, /* added or changed since the container's start */
	ORIGINS
};
const char *origin_name(enum origin_kind o); /* "image", "container"; NULL: unknown */

/* An installed package of one image, as reports list it. Strings belong to the
 * scan's arena; absent ones are "" unless said otherwise. */
struct package {
	enum pkg_type type;
	const char *purl;
	const char *name, *version, *arch;
	const char *source_name, *source_version;
	const char *vendor, *modularity, *license;
	const char *path; /* file that lists it; in archives "opt/a.war!/WEB-INF/lib/b.jar" */
	uint32_t layer; /* index of the layer that brought this version */
	uint32_t line; /* of a lock file; 0: not told */
	bool dev; /* only for development */
	bool direct; /* a lock file says that the project itself asks for it */
	enum origin_kind origin;
};

/* For qsort(3), as results list packages: by name, version, architecture, path. */
int package_compare(const void *a, const void *b);

struct advisory_ref {
	const char *id; /* DSA-5417-1, ALSA-2026:1234, or the CVE itself */
	const char *source; /* "debian", "almalinux" … */
	const char *snapshot; /* RFC 3339 date of the source's data */
	const char *url; /* may be "" */
};

struct finding {
	char fingerprint[65]; /* stable key, hexadecimal */
	const char *id; /* CVE where one exists */
	const char *family; /* "vulnerability" */
	const char *class; /* "os" */
	const char *rule; /* vulnerability: the id again */
	enum severity severity;
	enum priority priority;
	enum finding_status status;
	const struct package *package; /* NULL when it is about a file */
	const char *path;
	uint32_t line; /* in path; 0: not told */
	const char *file_sha256, *file_md5; /* "sha256:…", "md5:…" of the file at path; NULL */
	const char *key; /* what else tells it from others at its path; NULL: nothing */
	const char *fixed_version; /* NULL: none */
	const char *fix; /* a command that mends it; of applications what to set where; NULL */
	const char *reason; /* why this matched, one sentence */
	const char *evidence; /* what was seen: "libc6 2.36-9 (dpkg)" */
	const char *advice; /* what to do, one or two sentences */
	uint32_t layer;
	enum origin_kind origin; /* of the package where there is one */
	const char *const *aliases; /* other ids, sorted */
	size_t alias_count;
	double cvss_score; /* < 0: no source says */
	const char *cvss_vector; /* NULL: none */
	double epss; /* probability 0..1; < 0: no source says */
	double epss_percentile; /* < 0: no source says */
	const char *kev_added; /* "2022-03-03"; NULL: not listed */
	const char *kev_due;
	bool kev_ransomware;
	uint32_t published; /* days since 1970; 0: no source says */
	struct advisory_ref advisory;
};

/* The key of a finding: SHA-256 over family, rule id, package type and name,
 * path (where the finding is about a file), key (where there is one), each
 * length-prefixed: it does not change with the package's version, the layer, the severity or the database. */
void finding_fingerprint(struct finding *f);

#endif
