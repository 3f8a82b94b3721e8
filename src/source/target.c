#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "source/source.h"

static const struct {
	const char *prefix;
	enum source_kind kind;
} prefixes[] = {
	{ "docker-archive:", SOURCE_DOCKER_ARCHIVE },
	{ "oci-archive:", SOURCE_OCI_ARCHIVE },
	{ "oci:", SOURCE_OCI_LAYOUT },
	{ "rootfs:", SOURCE_ROOTFS },
	{ "dir:", SOURCE_DIR },
	{ "registry:", SOURCE_REGISTRY },
	{ "docker://", SOURCE_REGISTRY }, /* as skopeo writes it; before "docker:" */
	{ "docker:", SOURCE_DOCKER },
	{ "podman:", SOURCE_PODMAN },
	{ "containerd:", SOURCE_CONTAINERD },
	{ "cri:", SOURCE_CRI },
	{ "containers-storage:", SOURCE_STORAGE },
	{ "container:", SOURCE_CONTAINER },
	{ "sbom:", SOURCE_SBOM },
};

const char *source_kind_name(enum source_kind kind)
{
	static const char *const names[SOURCE_KINDS] = {
		"docker-archive",
		"oci-archive",
		"archive",
		"stdin",
		"oci",
		"rootfs",
		"dir",
		"registry",
		"docker",
		"podman",
		"containerd",
		"cri",
		"containers-storage",
		"container",
		"sbom",
	};
	return names[kind];
}

static int set(char *out, size_t size, const char *text, size_t n, struct error *err)
{
	if (n >= size)
		return error_set(err, ERR_USAGE, "the target's name is too long");
	memcpy(out, text, n);
	out[n] = '\0';
	return 0;
}

/* LOCATION[:REFERENCE]: the longest part before a colon that exists is the
 * location, so that paths may have colons in them. */
static int split_location(const char *text, struct source_target *t, struct error *err)
{
	size_t n = strlen(text);
	for (size_t end = n;; end--) {
		if (end != n && text[end] != ':' && text[end] != '@')
			goto next;
		if (set(t->location, sizeof t->location, text, end, err) < 0)
			return -1;
		if (access(t->location, F_OK) == 0) {
			const char *rest = end == n ? "" : text + end + 1;
			return set(t->reference, sizeof t->reference, rest, strlen(rest), err);
		}
	next:
		if (end == 0)
			break;
	}
	(void)set(t->location, sizeof t->location, text, n, err);
	return error_set(err, ERR_NOT_FOUND, "%s: no such file or directory", text);
}

static bool exists_below(const char *dir, const char *name)
{
	char path[4200];
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static bool looks_like_rootfs(const char *dir)
{
	static const char *const names[] = { "etc", "usr", "bin", "var", "lib" };
	unsigned found = 0;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		found += exists_below(dir, names[i]);
	return found >= 2;
}

static int guess_kind(struct source_target *t, struct error *err)
{
	struct stat st;
	if (stat(t->location, &st) < 0)
		return error_errno(err, "%s", t->location);
	if (S_ISREG(st.st_mode)) {
		t->kind = SOURCE_ARCHIVE;
		return 0;
	}
	if (!S_ISDIR(st.st_mode))
		return error_set(err, ERR_USAGE, "%s is neither a file nor a directory",
				 t->location);
	if (exists_below(t->location, "oci-layout") || exists_below(t->location, "index.json")) {
		t->kind = SOURCE_OCI_LAYOUT;
		return 0;
	}
	if (looks_like_rootfs(t->location)) {
		t->kind = SOURCE_ROOTFS;
		return 0;
	}
	return error_set(err, ERR_USAGE,
			 "%s holds neither an OCI layout nor a root file system; say which with "
			 "oci:%s or rootfs:%s, or dir:%s for sources",
			 t->location, t->location, t->location, t->location);
}

int source_target_parse(const char *text, struct source_target *ret, struct error *err)
{
	struct source_target t = { 0 };
	struct image_reference ref;
	if (strcmp(text, "-") == 0) {
		t.kind = SOURCE_STDIN;
		*ret = t;
		return set(ret->location, sizeof ret->location, "-", 1, err);
	}
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		size_t n = strlen(prefixes[i].prefix);
		if (strncmp(text, prefixes[i].prefix, n) != 0)
			continue;
		t.kind = prefixes[i].kind;
		*ret = t;
		if (t.kind > SOURCE_REGISTRY && text[n] == '\0')
			return error_set(err, ERR_USAGE, "%s names nothing", text);
		if (t.kind >= SOURCE_REGISTRY && t.kind != SOURCE_SBOM)
			return set(ret->location, sizeof ret->location, text + n, strlen(text + n),
				   err);
		return split_location(text + n, ret, err);
	}
	*ret = t;
	bool is_path = text[0] == '/' || text[0] == '.' || access(text, F_OK) == 0;
	if (is_path)
		return split_location(text, ret, err) < 0 ? -1 : guess_kind(ret, err);
	if (image_reference_parse(text, &ref, err) < 0)
		return error_wrap(err, "%s is no path that exists, and no image reference", text);
	ret->kind = SOURCE_REGISTRY;
	return set(ret->location, sizeof ret->location, text, strlen(text), err);
}

#define CONTAINER_ROOT "/proc/self/fd/"

void source_container_location(int fd, struct source_target *t)
{
	t->kind = SOURCE_ROOTFS;
	(void)snprintf(t->location, sizeof t->location, CONTAINER_ROOT "%d", fd);
}

bool source_is_container_root(const char *location)
{
	return strncmp(location, CONTAINER_ROOT, strlen(CONTAINER_ROOT)) == 0;
}
