/* The tree that layers make when they lie upon each other: changes are applied
 * layer by layer, lowest first, as a runtime would unpack them.
 *
 * Within one layer, whiteouts count against the layers below only (layer.md:
 * "Files present in the same layer as a whiteout file can only be hidden by
 * whiteout files in subsequent layers"), whatever their place in the archive. A
 * change of type hides what was below: a directory that becomes a link takes
 * its subtree with it. */
#ifndef CORTEN_IMAGE_TREE_H
#define CORTEN_IMAGE_TREE_H

#include "base/base.h"
#include "image/layer.h"

struct tree_node {
	uint32_t parent; /* index of the directory; the root is 0 */
	const char *name;
	enum change_kind kind; /* FILE, SYMLINK, DIR or OTHER */
	uint32_t layer; /* that put it there */
	uint32_t content; /* of a file; 0: not read */
	uint32_t content_layer; /* layer whose content it is (hard links) */
	const char *target; /* of a link */
	const char *linked; /* of a hard link to a file: that file's path */
	bool unread; /* a hard link to a file that was not kept */
};

struct image_tree;

enum { TREE_NODES_MAX = 400000 };

struct image_tree *image_tree_new(void);
void image_tree_free(struct image_tree *t);

/* Puts one layer on top. ERR_LIMIT past TREE_NODES_MAX, ERR_MEMORY. */
int image_tree_apply(struct image_tree *t, const struct layer_change *changes, size_t n,
		     uint32_t layer, struct error *err);

/* How a look-up ended. */
enum tree_found {
	TREE_FOUND,
	TREE_ABSENT, /* ret_path (if it is an interesting path) does not exist */
	TREE_UNKNOWN, /* a link goes up from ret_path, which may be a link that was not kept */
	TREE_LOOP, /* too many symbolic links (ELOOP) */
	TREE_TOO_LONG /* a path that does not fit */
};

/* Follows path, symbolic links included, inside the image only, name by name as
 * the kernel does. ret_path, when not NULL, gets the clean path that links led
 * to, whether it exists or not. `kept` says which paths the layers were read
 * for; what it does not touch and the tree does not have may be anything. With
 * NULL the tree has everything. */
enum tree_found image_tree_resolve(const struct image_tree *t, const struct interest *kept,
				   struct bytes path, struct buf *ret_path,
				   const struct tree_node **ret_node);

/* Calls fn for every visible node but the root, parents first. */
int image_tree_each(const struct image_tree *t,
		    int (*fn)(void *ctx, const char *path, const struct tree_node *node,
			      struct error *err),
		    void *ctx, struct error *err);

#endif
