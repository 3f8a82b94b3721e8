/* The worker's side: documents in memory become records. */
#ifndef CORTEN_SBOM_READ_H
#define CORTEN_SBOM_READ_H

#include "format/json.h"
#include "sbom/sbom.h"

static inline bool is(struct bytes b, const char *text)
{
	return bytes_equal(b, bytes_str(text));
}

/* A text for people or a name: valid UTF-8 without NUL, not too long. */
bool sbom_text_valid(struct bytes b);

/* One package as a document tells it. Views are good only during the call. */
struct sbom_record {
	enum pkg_type type;
	struct bytes name, version, arch, source_name, source_version;
	struct bytes vendor, modularity, license, path, purl;
	struct bytes os_id, os_version; /* of its purl */
	struct bytes layer; /* diff-id */
	uint32_t line;
	bool dev, direct;
};

struct sbom_about {
	struct bytes format, name, digest;
};

struct sbom_sink {
	int (*about)(void *ctx, const struct sbom_about *a, struct error *err);
	int (*os)(void *ctx, struct bytes id, struct bytes version, struct bytes name,
		  struct error *err);
	int (*layer)(void *ctx, struct bytes diff_id, struct error *err);
	int (*package)(void *ctx, const struct sbom_record *r, struct error *err);
	int (*skipped)(void *ctx, struct bytes what, const char *why, struct error *err);
	void *ctx;
};

struct vex_record {
	struct bytes id, product, part, time;
	struct bytes justification, detail;
	enum vex_status status;
	uint32_t number;
};

struct vex_sink {
	int (*about)(void *ctx, struct bytes format, struct bytes author, struct error *err);
	int (*statement)(void *ctx, const struct vex_record *r, struct error *err);
	void *ctx;
	/* Counted by the readers. */
	uint32_t statements, unusable;
};

/* Told by the document's own words. */
int sbom_parse(struct bytes json, const struct sbom_sink *sink, struct error *err);
int vex_parse(struct bytes json, struct vex_sink *sink, struct error *err);

/* --- what the readers share (document.c) -------------------------------------------- */

struct document {
	struct json_reader *json;
	struct arena arena; /* of the record at hand */
	struct error *err;
};

enum { DOCUMENT_RECORD_MEMORY = 64 * 1024 * 1024 };

int document_open(struct document *d, struct bytes json, struct error *err);
/* 0 when it was whole; r is what the reader returned. */
int document_close(struct document *d, int r);
/* The next value when it is a string that is not too long, copied; else empty. */
struct bytes document_text(struct document *d);
/* Forgets the strings so far. */
void document_next_record(struct document *d);
struct bytes document_copy(struct document *d, struct bytes b);

/* The objects of a list on a document's first level, one after the other: record is
 * called within each, and reads its members. */
int document_each(struct document *d, struct bytes json, const char *list, int (*record)(void *ctx),
		  void *ctx, struct error *err);

/* The members of a document's first level that tell its format. */
struct document_format {
	char bom_format[32], spec_version[32]; /* CycloneDX */
	char spdx_version[32];
	char schema[64]; /* ours */
	char context[128]; /* OpenVEX: @context */
	char csaf_version[32], category[64]; /* CSAF: in "document" */
};
int document_format(struct bytes json, struct document_format *ret, struct error *err);

/* A package URL taken apart by the rules of its type; os_* are the namespace and
 * `distro` of system packages. False with why when it is of no kind that we know. */
bool record_of_purl(struct bytes purl, struct arena *arena, struct sbom_record *ret,
		    const char **why);

/* --- the formats -------------------------------------------------------------------------- */

int sbom_cyclonedx(struct bytes json, const struct sbom_sink *sink, struct error *err);
int sbom_spdx(struct bytes json, const struct sbom_sink *sink, struct error *err);
int sbom_own(struct bytes json, const struct sbom_sink *sink, struct error *err);

int vex_openvex(struct bytes json, struct vex_sink *sink, struct error *err);
int vex_cyclonedx(struct bytes json, struct vex_sink *sink, struct error *err);
int vex_csaf(struct bytes json, struct vex_sink *sink, struct error *err);

/* --- components of CycloneDX (component.c) --------------------------------------------------- */

struct component {
	struct bytes ref, type, group, name, version, purl, supplier, license, description;
	/* properties "corten:…" and those of other tools */
	struct bytes kind, arch, source_name, source_version, source_release, source_epoch;
	struct bytes module, path, layer, line;
	bool dev, direct;
};

struct component_sink {
	int (*component)(void *ctx, const struct component *c, struct error *err);
	/* A property that is none of a component's fields; may be NULL. */
	int (*property)(void *ctx, struct bytes name, struct bytes value, struct error *err);
	void *ctx;
};

/* The components of an array, and those within them, at most COMPONENT_DEPTH deep. */
enum { COMPONENT_DEPTH = 32 };
int components_read(struct document *d, const struct component_sink *sink);
/* One component (metadata.component). */
int component_read(struct document *d, const struct component_sink *sink);

#endif
