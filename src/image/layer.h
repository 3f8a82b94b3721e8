/* A layer is a list of changes to the layers below it (OCI image-spec 1.1,
 * layer.md). Here tar entries become changes, and only those are let through
 * that can touch a path somebody is interested in. */
#ifndef CORTEN_IMAGE_LAYER_H
#define CORTEN_IMAGE_LAYER_H

#include "base/base.h"
#include "format/tar.h"

enum change_kind {
	CHANGE_FILE,
	CHANGE_HARDLINK, /* target: path in the image */
	CHANGE_SYMLINK, /* target: as written */
	CHANGE_DIR,
	CHANGE_OTHER, /* device, fifo: hides what was there */
	CHANGE_WHITEOUT, /* path is gone from the layers below */
	CHANGE_OPAQUE, /* all below path is gone from the layers below */
	CHANGE_KINDS
};

struct layer_change {
	enum change_kind kind;
	struct bytes path; /* clean: base/path.h */
	struct bytes target;
	uint32_t content; /* number of what was read from it, 0: nothing */
};

/* Which paths matter: files, and whole directories (patterns ending in "/").
 * An empty set with `all` set wants everything. */
struct interest {
	struct bytes *patterns; /* without the final "/" */
	bool *is_dir;
	size_t n, cap;
	bool all;
	struct arena arena;
};

void interest_init(struct interest *in);
void interest_free(struct interest *in);
/* ERR_LIMIT past 4096 patterns. */
int interest_add(struct interest *in, struct bytes pattern, struct error *err);

/* The path is a wanted one. */
bool interest_wants(const struct interest *in, struct bytes path);
/* A change at path can create, hide or hold a wanted one: it is wanted, or an
 * ancestor of one. */
bool interest_touches(const struct interest *in, struct bytes path);

/* Turns the entries of one layer into changes. Keeps the layer's own symbolic
 * links: an entry written through such a link lands behind it, since runtimes
 * unpack a layer into one directory and follow its links there. Links of lower
 * layers are not followed: overlay snapshots hide them behind a directory. */
struct layer_reader;
struct layer_reader *layer_reader_new(const struct interest *in); /* borrows in */
void layer_reader_free(struct layer_reader *l);

/* 1: *ret is a change that matters (its bytes are good until the next call);
 * 0: it does not; -1: ERR_LIMIT. */
int layer_reader_entry(struct layer_reader *l, const struct tar_entry *e, struct layer_change *ret,
		       struct error *err);

#endif
