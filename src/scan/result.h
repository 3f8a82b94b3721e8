/* The result of one scan: what reports show and gates decide on. */
#ifndef CORTEN_SCAN_RESULT_H
#define CORTEN_SCAN_RESULT_H

#include "base/base.h"
#include "finding/finding.h"
#include "scan/family.h"
#include "vuln/vuln.h"

struct scan_layer {
	struct digest digest; /* of the blob as it is stored; zero: not known */
	struct digest diff_id; /* of the tar stream */
	uint64_t size; /* bytes of the blob as it is stored */
	const char *created_by; /* history line; NULL: none */
	const char *created; /* RFC 3339 as that line says; NULL */
	bool base; /* belongs to a base image that is known (F024) */
};

/* Of the image's configuration. One with a secret in it has "************". */
struct scan_label {
	const char *name, *value;
};

struct scan_incomplete {
	const char *what; /* what it is about: "layer sha256:…", "package foo" */
	enum error_code code;
	const char *text;
};

/* What is worth knowing of what was read, although nothing failed. */
struct scan_note {
	const char *path;
	uint32_t line; /* in path; 0: not told */
	const char *text;
};

/* The `format` of the user's own exceptions. */
#define SCAN_VEX_EXCEPTIONS "Corten exceptions"
/* … and of the states that they gave to findings. */
#define SCAN_VEX_STATES "Corten risk states"

/* A document of somebody's statements (VEX, exceptions) that was held against the findings. */
struct scan_vex {
	const char *file, *format, *author; /* author: "" when not told */
	size_t statements, unusable; /* in the document; unusable: without a package URL */
	size_t removed; /* findings that its statements took away */
	size_t investigated; /* findings that stay, and are said to be looked into */
};

enum scan_suppressor {
	SCAN_BY_VEX, /* a statement of a VEX document */
	SCAN_BY_EXCEPTION, /* the user's own word */
	SCAN_BY_STATE /* the same, of this very finding */
};

/* A finding that somebody says is none, and who does. Texts belong to the documents and
 * policies; absent ones are NULL or "". */
struct scan_suppressed {
	struct finding finding;
	enum scan_suppressor by;
	const char *status; /* VEX: "not_affected", "fixed"; state: "handled", "ignored" … */
	const char *justification; /* VEX: the document's own word, "code_not_present" */
	const char *reason; /* a sentence of the document, of the exception */
	const char *author; /* of the document, of the exception */
	const char *file; /* with the document, with the exception … */
	uint32_t line; /* … in that line; 0: not told */
	const char *until; /* exception: its last day, as written */
};

struct scan_result {
	unsigned families; /* FAMILY_… that were looked for */
	struct arena arena; /* owns all that follows */

	/* target */
	const char *source; /* "docker-archive", "registry" … */
	const char *reference; /* as the user wrote it */
	const char *name; /* repository:tag where one is known; NULL */
	bool has_digest; /* manifest digest known */
	struct digest digest;
	bool has_image_id; /* config digest known */
	struct digest image_id;
	const char *platform; /* "linux/amd64"; NULL */

	/* image */
	const char *created; /* RFC 3339 as the config says; NULL */
	const char *user; /* that its programs run as: "" root; NULL: not known */
	const struct scan_label *labels;
	size_t label_count;
	struct scan_layer *layers;
	size_t layer_count;

	bool has_os;
	struct os_identity os;

	struct package *packages; /* sorted by name, version, arch, path */
	size_t package_count;
	/* Packages that somebody else than the distribution made: its advisories say
	 * nothing of them (doc/matching.md). */
	size_t third_party_count;
	struct finding *findings; /* sorted: severity down, id, package name, path */
	size_t finding_count;
	struct scan_incomplete *incomplete;
	size_t incomplete_count;
	struct scan_note *notes;
	size_t note_count;
	/* Not all layers were read, because the others can take nothing of this back. */
	bool is_part;
	size_t layers_read;
	const struct scan_vex *vex; /* of whoever applied them (policy/vex.h) */
	size_t vex_count;
	/* Taken from `findings`, in the order in which they were; by scan_suppress only. */
	struct scan_suppressed *suppressed;
	size_t suppressed_count, suppressed_room;

	/* database; generation 0: none was used */
	struct vulndb_info db;
	struct vulndb_source *db_sources;
	size_t db_source_count;

	/* timing, nanoseconds */
	uint64_t total_ns, fetch_ns, layers_ns, match_ns;
	uint64_t layers_cached; /* layers answered from the cache */
	uint64_t bytes_read, bytes_raw;
};

/* Keeps *s among the suppressed, in the result's arena. ERR_MEMORY: it is not kept, and
 * its finding has to stay one. */
int scan_suppress(struct scan_result *r, const struct scan_suppressed *s, struct error *err);

#endif
