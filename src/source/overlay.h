/* The directories that a container's root is stacked from. overlayfs keeps what was
 * added or changed since the container's start in one of its own, over those of the
 * image (kernel, Documentation/filesystems/overlayfs.rst). They are opened by the paths
 * that the container's mount names: those of this machine, as the runtime sees it. */
#ifndef CORTEN_SOURCE_OVERLAY_H
#define CORTEN_SOURCE_OVERLAY_H

#include "base/base.h"

enum { OVERLAY_LOWERS_MAX = 500 }; /* the kernel's own limit */

struct overlay {
	int upper; /* -1: nothing is known */
	int *lowers; /* the top-most first */
	size_t lower_count;
};
#define OVERLAY_NONE ((struct overlay){ .upper = -1 })

/* The names of a mountinfo (proc(5)): the root's upper directory, and the lower ones as
 * C strings one behind the other. */
struct overlay_names {
	char upper[4096]; /* "": no overlayfs, a read-only one, or no room */
	struct buf lowers; /* caller sets its max and frees it */
	size_t lower_count;
};
void overlay_names(struct bytes mountinfo, struct overlay_names *ret);

/* Opens all of them, or none: a part would tell lies. */
void overlay_open(struct bytes mountinfo, struct overlay *ret);
void overlay_close(struct overlay *o);

/* 1: the container has a file of its own at path (relative, clean), 0: it has none,
 * -1: it cannot be told. */
int overlay_is_changed(const struct overlay *o, const char *path);

/* The image's file at path, under what the container changed. -1 with ENOENT when the
 * image has no regular file there; with another errno it cannot be told. */
int overlay_open_image(const struct overlay *o, const char *path);

#endif
