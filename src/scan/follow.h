/* Links of the image that lead to package databases and release files from the
 * paths where these are looked for. A file at their end that was not read is
 * missing: another pass reads it. One that cannot be read as what the link makes
 * of it is refused, and the scan says so: a package manager in the image would
 * have followed the link. */
#ifndef CORTEN_SCAN_FOLLOW_H
#define CORTEN_SCAN_FOLLOW_H

#include "image/tree.h"
#include "scan/facts.h"

struct follow {
	const struct image_tree *tree;
	const struct interest *interest; /* what the layers were read for */
	const struct extra_path *extras;
	size_t extra_count;
	struct fact_store *st;
	struct buf role, path;
	size_t followed;
	struct extra_path *missing, *refused; /* in the store's arena */
	size_t missing_count, refused_count;
};

/* Borrows all but the store. */
void follow_init(struct follow *f, const struct image_tree *tree, const struct interest *interest,
		 const struct extra_path *extras, size_t extra_count, struct fact_store *st);
void follow_free(struct follow *f); /* what was found stays in the store */

/* From all of pkgdb_paths. */
int follow_roles(struct follow *f, struct error *err);
/* From a symbolic link, a hard link of the tree. */
int follow_symlink(struct follow *f, struct bytes path, struct error *err);
int follow_hardlink(struct follow *f, struct bytes path, const struct tree_node *node,
		    struct error *err);

#endif
