/* Texts of the kernel that a container has a say in, names of control groups, and the
 * words of a runtime's call; the first byte chooses. */
#include <stdlib.h>

#include "runtime/mounts.h"
#include "runtime/name.h"
#include "runtime/proc.h"
#include "runtime/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_mounts(struct bytes text)
{
	cleanup_arena struct arena arena = arena_max(4 * MIB);
	struct error err = { 0 };
	struct mount_root r;
	char *path;
	if (mountinfo_root(text, &arena, &r, &err) == 0) {
		if (r.lower_count > MOUNT_LAYERS_MAX || r.upper == NULL || r.type == NULL)
			abort();
		for (size_t i = 0; i < r.lower_count; i++)
			if (r.lower[i] == NULL || strlen(r.lower[i]) > text.n)
				abort();
	}
	(void)mountinfo_place(text, 41, &arena, &path, &err);
	(void)mountinfo_cgroup2(text, &arena, &path, &err);
}

static void read_names(struct bytes text)
{
	struct cgroup_name name;
	char path[LIMIT_PATH_BYTES];
	if (cgroup_name_parse(text, &name) &&
	    (name.id.n == 0 || name.id.p < text.p || name.id.p + name.id.n > text.p + text.n ||
	     name.path.n > text.n || !container_id_is_safe(name.id)))
		abort();
	if (cgroup_path_of(text, path, sizeof path) &&
	    (path[0] != '/' || path[1] == '\0' || strlen(path) >= sizeof path))
		abort();
}

static void read_cgroups(struct bytes text)
{
	struct bytes path;
	if (cgroup_text_path(text, &path) && (path.n == 0 || path.p[0] != '/'))
		abort();
}

static void read_call(struct bytes words)
{
	static struct container_call call;
	container_call_parse(words, &call);
	if (memchr(call.id, '\0', sizeof call.id) == NULL ||
	    memchr(call.bundle, '\0', sizeof call.bundle) == NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(struct bytes text) = { read_mounts, read_names, read_cgroups,
							      read_call };
	if (size > 0)
		readers[data[0] % 4](bytes_of(data + 1, size - 1));
	return 0;
}
