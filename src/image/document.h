/* The JSON documents of an image, read in the worker and handed on as flat
 * records: OCI image-spec 1.1 (image-index.md, manifest.md, config.md), Docker
 * image manifest v2 schema 2, and manifest.json of `docker save`. */
#ifndef CORTEN_IMAGE_DOCUMENT_H
#define CORTEN_IMAGE_DOCUMENT_H

#include "base/base.h"

enum image_document {
	DOC_MANIFEST, /* an index, a manifest list or a manifest: told by its content */
	DOC_CONFIG,
	DOC_DOCKER_SAVE, /* manifest.json of a docker archive */
	DOC_KINDS
};

enum doc_record_kind {
	REC_INDEX_ENTRY, /* media_type, digest, size, os, arch, variant, name: one image of an index */
	REC_CONFIG, /* media_type, digest, size: a manifest's config */
	REC_LAYER, /* media_type, digest, size: a manifest's layer, lowest first */
	REC_IMAGE, /* os, arch, variant, text: created — a config */
	REC_DIFF_ID, /* digest, lowest first */
	REC_HISTORY, /* text: created_by; name: created; flag: empty_layer */
	REC_USER, /* text: the config's User */
	REC_ENV, /* text: "NAME=value" of the config */
	REC_LABEL, /* name, text */
	REC_ARGUMENT, /* text: one word of Entrypoint or Cmd */
	REC_PORT, /* text: "80/tcp", of ExposedPorts */
	REC_VOLUME, /* text: a path of Volumes */
	REC_HEALTHCHECK, /* text: the first word of its Test: "CMD", "NONE" … */
	REC_STOPSIGNAL, /* text */
	REC_SAVED_IMAGE, /* without a name: an image begins; then name: path of its config */
	REC_SAVED_TAG, /* name: a tag of the image */
	REC_SAVED_LAYER, /* name: path of a layer in the archive, lowest first */
	REC_KINDS
};

struct doc_record {
	enum doc_record_kind kind;
	struct bytes media_type;
	struct digest digest;
	uint64_t size;
	struct bytes os, arch, variant;
	struct bytes name;
	struct bytes text;
	bool flag;
};

typedef int doc_record_fn(void *ctx, const struct doc_record *r, struct error *err);

/* Emits the records of one document. ERR_MALFORMED names what is missing,
 * ERR_UNSUPPORTED a schema 1 manifest or another digest algorithm than sha256,
 * ERR_LIMIT too many layers or entries. */
int image_document_parse(enum image_document kind, struct bytes json, doc_record_fn *emit,
			 void *ctx, struct error *err);

#endif
