/* Names of control groups: what they say of a container, and which one a bundle's
 * linux.cgroupsPath means. */
#ifndef CORTEN_RUNTIME_NAME_H
#define CORTEN_RUNTIME_NAME_H

#include "runtime/runtime.h"

struct cgroup_name {
	enum container_runtime runtime;
	struct bytes id; /* borrowed from the path */
	struct bytes path; /* the path up to the container's own group */
	bool below; /* the path goes on below it */
};

/* The innermost container that an absolute path below a hierarchy's root names;
 * false when it names none. */
bool cgroup_name_parse(struct bytes path, struct cgroup_name *ret);

/* The path below the root that a runtime makes of linux.cgroupsPath (config-linux.md
 * #cgroups-path): an absolute path, or systemd's "slice:prefix:name". false when only
 * the runtime knows: absent, relative, or malformed. */
bool cgroup_path_of(struct bytes cgroups_path, char *out, size_t size);

/* 64 lower-case hexadecimal digits, as Docker, containerd's CRI, CRI-O and podman
 * call their containers. */
bool container_id_is_long(struct bytes id);
/* What runc, crun and containerd accept as an id: no folder is left with it. */
bool container_id_is_safe(struct bytes id);

#endif
