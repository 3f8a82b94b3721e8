/* sbom: bills of materials and VEX documents of others.
 *
 *   CycloneDX 1.4 to 1.6 JSON (ECMA-424), SPDX 2.2 and 2.3 JSON, corten.scan/1;
 *   OpenVEX 0.2, CycloneDX VEX, CSAF 2.0 VEX.
 *
 * Programs call sbom_read and vex_read, which read the file in a worker. */
#ifndef CORTEN_SBOM_H
#define CORTEN_SBOM_H

#include "base/base.h"
#include "finding/finding.h"
#include "vuln/vuln.h"

enum {
	SBOM_FILE_MAX = 256 * 1024 * 1024, /* bytes of one document */
	SBOM_STRING_MAX = 16 * 1024, /* of one field that is kept */
	SBOM_PACKAGES_MAX = 1000000,
	VEX_STATEMENTS_MAX = 1000000
};

/* --- bills of materials --------------------------------------------------------- */

struct sbom_problem {
	const char *what, *text; /* a component that could not be understood */
};

/* Everything lies in the caller's arena. */
struct sbom {
	const char *format; /* "CycloneDX 1.6" */
	const char *name; /* what it is about; "" */
	const char *digest_text; /* "sha256:…" of the image, as it says; "" */
	bool has_os;
	struct os_identity os;
	struct digest *layers; /* diff-ids, the lowest first; where it says them */
	size_t layer_count;
	/* As a scan lists them: sorted by name, version, arch, path; `layer` is an
	 * index of layers, or LAYER_NONE. */
	struct package *packages;
	size_t package_count;
	struct sbom_problem *problems;
	size_t problem_count;
};

/* Reads fd from its beginning or its place (a pipe). name is for messages.
 * ERR_MALFORMED, ERR_TRUNCATED, ERR_UNSUPPORTED (none of these formats), ERR_LIMIT,
 * ERR_WORKER_DIED … */
int sbom_read(int fd, const char *name, struct arena *arena, struct sbom *ret, struct error *err);

/* --- VEX ---------------------------------------------------------------------------- */

enum vex_status {
	VEX_NOT_AFFECTED,
	VEX_AFFECTED,
	VEX_FIXED,
	VEX_UNDER_INVESTIGATION,
	VEX_STATUSES
};
const char *vex_status_name(enum vex_status s); /* "not_affected" … */

struct vex_statement {
	const char *id; /* one of the vulnerability's ids; a statement for each */
	enum vex_status status;
	const char *product; /* purl: of a package, or of an image (type oci) */
	const char *part; /* purl of the package within the image; "" */
	/* Why, in the document's own word ("code_not_present") and in a sentence; "" */
	const char *justification, *detail;
	int64_t time; /* when it was said; 0: not told */
	uint32_t number; /* of the statement in its document, from 0 */
};

struct vex {
	const char *file, *format, *author; /* author: "" when not told */
	struct vex_statement *list; /* sorted by id, then number */
	size_t count;
	size_t statements; /* in the document */
	size_t unusable; /* of them, those whose products have no purl */
};

int vex_read(int fd, const char *name, struct arena *arena, struct vex *ret, struct error *err);

/* The first statement about id, and how many there are. */
const struct vex_statement *vex_find(const struct vex *v, const char *id, size_t *ret_count);

/* --- package URLs ----------------------------------------------------------------------- */

/* Whether wanted, as a statement writes it, is about the package or image of purl:
 * type, namespace and name are equal, and so is everything else that wanted says:
 * version, qualifiers. Without a version it is about all of them. What cannot be
 * read matches nothing. */
bool purl_covers(struct bytes wanted, struct bytes purl);
/* "arch=source": about the source package of that name (Debian's VEX). */
bool purl_covers_source(struct bytes wanted, const struct package *p);
bool purl_is_image(struct bytes purl);

/* --- the worker ----------------------------------------------------------------------------- */

/* The jobs "sbom" and "vex": descriptor 3 is the file, 4 the channel. */
int sbom_worker_main(void);
int vex_worker_main(void);

#endif
