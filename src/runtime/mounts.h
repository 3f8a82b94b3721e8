/* /proc/PID/mountinfo (proc(5)) of a container's process. The container chooses
 * paths and options of what it mounts: everything here is bounded. */
#ifndef CORTEN_RUNTIME_MOUNTS_H
#define CORTEN_RUNTIME_MOUNTS_H

#include "base/base.h"

struct mount_root {
	uint32_t dev; /* the kernel's dev_t: major << 20 | minor */
	bool overlay;
	char **lower; /* top first; in the arena */
	size_t lower_count, lower_room;
	char *upper; /* "": none, read-only */
	char *type;
};

enum { MOUNTINFO_BYTES_MAX = 8 * 1024 * 1024, MOUNT_LAYERS_MAX = 1024 };

/* What is mounted at "/": the last one hides the others. ERR_NOT_FOUND without one,
 * ERR_LIMIT over MOUNT_LAYERS_MAX layers, ERR_MALFORMED. */
int mountinfo_root(struct bytes text, struct arena *arena, struct mount_root *ret,
		   struct error *err);

/* The same of what is mounted at point, a path without blanks. */
int mountinfo_at(struct bytes text, const char *point, struct arena *arena, struct mount_root *ret,
		 struct error *err);

/* Where device dev is mounted whole ("/" of its file system) in this text, as a path;
 * "" when it is not. For an overlay: its mount on the host. */
int mountinfo_place(struct bytes text, uint32_t dev, struct arena *arena, char **ret,
		    struct error *err);

/* Where the unified hierarchy is mounted, "" when it is not. */
int mountinfo_cgroup2(struct bytes text, struct arena *arena, char **ret, struct error *err);

#endif
