/* The symbolic links that one layer has made so far: internal to layer.c.
 *
 * Runtimes unpack a layer into one directory and follow the links they find
 * there, so an entry written through a link of its own layer lands behind it.
 * All links are kept, not only those that lead somewhere interesting: which do
 * is known only when the last one has come. */
#ifndef CORTEN_IMAGE_LINKS_H
#define CORTEN_IMAGE_LINKS_H

#include "base/base.h"

struct layer_link;

struct layer_links {
	struct layer_link *links;
	size_t n, cap;
	struct map by_path; /* path → index + 1; 0: no longer there */
	struct map dirs; /* directories that hold links, at any depth */
	struct arena arena;
	struct buf at, rest, joined; /* of a walk */
	struct buf straight; /* a directory known to lie behind no link; */
	bool straight_known;
	uint64_t swept; /* links looked at to remove what lay below a directory */
};

void layer_links_init(struct layer_links *l);
void layer_links_free(struct layer_links *l);

/* Rewrites a clean path as where its entry lands: links on the way are
 * followed, one at the path itself is not. ERR_LIMIT for a circle. */
int layer_links_follow(struct layer_links *l, struct buf *path, struct error *err);

/* Another entry stands at path now; a directory leaves what is below it. */
int layer_links_replace(struct layer_links *l, struct bytes path, bool is_dir, struct error *err);

/* ERR_LIMIT past LIMIT_LAYER_LINKS. */
int layer_links_add(struct layer_links *l, struct bytes path, struct bytes target,
		    struct error *err);

/* The target of a link of this layer at path. */
bool layer_links_get(const struct layer_links *l, struct bytes path, struct bytes *ret_target);

#endif
