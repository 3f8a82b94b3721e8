#include "runtime/name.h"

#include <ctype.h>
#include <stdio.h>

bool container_id_is_long(struct bytes id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!isdigit(id.p[i]) && (id.p[i] < 'a' || id.p[i] > 'f'))
			return false;
	return id.n == 64;
}

bool container_id_is_safe(struct bytes id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!isalnum(id.p[i]) && strchr("_+-.", id.p[i]) == NULL)
			return false;
	return id.n > 0 && id.n <= 1024 && !bytes_equal(id, BYTES_LIT(".")) &&
	       !bytes_equal(id, BYTES_LIT(".."));
}

/* --- from a path to a container ----------------------------------------------------------- */

/* "docker-ID.scope" and its like. Ids of people stand only behind the prefixes that
 * the runtimes themselves default to: "crio-conmon-ID.scope" is the monitor's. */
static const struct {
	const char *prefix;
	enum container_runtime runtime;
	bool any_id;
} prefixes[] = {
	{ "docker-", RUNTIME_DOCKER, false },
	{ "cri-containerd-", RUNTIME_CRI_CONTAINERD, false },
	{ "crio-", RUNTIME_CRIO, false },
	{ "libpod-", RUNTIME_PODMAN, false },
	{ "nerdctl-", RUNTIME_CONTAINERD, false },
	{ "runc-", RUNTIME_OCI, true },
	{ "crun-", RUNTIME_OCI, true },
};

static bool parse_prefixed(struct bytes component, struct cgroup_name *ret)
{
	bool scope = bytes_ends_with(component, BYTES_LIT(".scope"));
	struct bytes name = bytes_sub(component, 0, component.n - (scope ? strlen(".scope") : 0));
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		struct bytes prefix = bytes_str(prefixes[i].prefix);
		if (!bytes_starts_with(name, prefix))
			continue;
		struct bytes id = bytes_sub(name, prefix.n, name.n);
		if (!(prefixes[i].any_id && scope ? container_id_is_safe(id)
						  : container_id_is_long(id)))
			continue;
		ret->runtime = prefixes[i].runtime;
		ret->id = id;
		return true;
	}
	return false;
}

/* What an id alone is: the folders above it tell. */
static enum container_runtime runtime_of_parents(struct bytes parents)
{
	if (bytes_equal(path_base(parents), BYTES_LIT("docker")))
		return RUNTIME_DOCKER;
	struct bytes component;
	while (bytes_next_field(&parents, '/', &component))
		if (bytes_starts_with(component, BYTES_LIT("kubepods")))
			return RUNTIME_CRI_CONTAINERD;
	return RUNTIME_UNKNOWN;
}

/* containerd's own default: /NAMESPACE/ID, with the two namespaces that its clients
 * use without being told. */
static bool is_containerd(struct bytes parents, struct bytes component)
{
	return (bytes_equal(parents, BYTES_LIT("/default")) ||
		bytes_equal(parents, BYTES_LIT("/k8s.io"))) &&
	       container_id_is_safe(component) && !bytes_ends_with(component, BYTES_LIT(".slice"));
}

static bool parse_component(struct bytes parents, struct bytes component, struct cgroup_name *ret)
{
	if (parse_prefixed(component, ret))
		return true;
	if (is_containerd(parents, component))
		ret->runtime = RUNTIME_CONTAINERD;
	else if (container_id_is_long(component))
		ret->runtime = runtime_of_parents(parents);
	else
		return false;
	ret->id = component;
	return true;
}

bool cgroup_name_parse(struct bytes path, struct cgroup_name *ret)
{
	struct cgroup_name found;
	bool any = false;
	if (path.n == 0 || path.p[0] != '/' || path.n > LIMIT_PATH_BYTES)
		return false;
	for (size_t at = 1; at < path.n;) {
		ptrdiff_t slash = bytes_index(bytes_sub(path, at, path.n), '/');
		size_t end = slash < 0 ? path.n : at + (size_t)slash;
		if (parse_component(bytes_sub(path, 0, at > 1 ? at - 1 : 0),
				    bytes_sub(path, at, end), &found)) {
			found.path = bytes_sub(path, 0, end);
			found.below = end < path.n;
			*ret = found;
			any = true;
		}
		at = end + 1;
	}
	return any;
}

/* --- from a bundle to a path ---------------------------------------------------------------- */

/* Appends "/a.slice/a-b.slice" for "a-b.slice": systemd nests slices by the dashes
 * of their names (systemd.slice(5)); "-.slice" is the root. */
static bool expand_slice(struct bytes slice, struct buf *out)
{
	if (!bytes_ends_with(slice, BYTES_LIT(".slice")) || bytes_index(slice, '/') >= 0)
		return false;
	struct bytes name = bytes_sub(slice, 0, slice.n - strlen(".slice"));
	if (bytes_equal(name, BYTES_LIT("-")))
		return true;
	for (size_t i = 0; i <= name.n; i++) {
		if (i < name.n && name.p[i] != '-')
			continue;
		if (i == 0 || name.p[i - 1] == '-')
			return false; /* an empty part */
		if (buf_printf(out, NULL, "/%.*s.slice", (int)i, (const char *)name.p) < 0)
			return false;
	}
	return true;
}

/* runc's default slice is system.slice; a name that is a slice is no scope. */
static bool expand_systemd(struct bytes slice, struct bytes prefix, struct bytes name,
			   struct buf *out)
{
	if (name.n == 0 || bytes_index(name, '/') >= 0 || bytes_index(prefix, '/') >= 0 ||
	    !expand_slice(slice.n > 0 ? slice : BYTES_LIT("system.slice"), out))
		return false;
	if (bytes_ends_with(name, BYTES_LIT(".slice")))
		return buf_printf(out, NULL, "/%.*s", (int)name.n, (const char *)name.p) == 0;
	return buf_printf(out, NULL, "/%.*s%s%.*s.scope", (int)prefix.n, (const char *)prefix.p,
			  prefix.n > 0 ? "-" : "", (int)name.n, (const char *)name.p) == 0;
}

bool cgroup_path_of(struct bytes cgroups_path, char *out, size_t size)
{
	cleanup_buf struct buf path = buf_max(LIMIT_PATH_BYTES);
	struct bytes rest = cgroups_path, slice, prefix;
	if (cgroups_path.n == 0 || cgroups_path.n >= size || size > LIMIT_PATH_BYTES ||
	    bytes_index(cgroups_path, '\0') >= 0)
		return false;
	if (cgroups_path.p[0] == '/') {
		out[0] = '/';
		size_t n = path_clean(cgroups_path, (uint8_t *)out + 1);
		out[n + 1] = '\0';
		return n > 0;
	}
	if (!bytes_next_field(&rest, ':', &slice) || !bytes_next_field(&rest, ':', &prefix) ||
	    bytes_index(rest, ':') >= 0 || !expand_systemd(slice, prefix, rest, &path) ||
	    path.n >= size)
		return false;
	(void)snprintf(out, size, "%.*s", (int)path.n, (const char *)path.p);
	return true;
}
