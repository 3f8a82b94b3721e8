#include "scan/role.h"

/* A name for everything that a directory of pkgdb_paths may hold. */
static const char *const probes[] = { "rpmdb.sqlite",
				      "rpmdb.sqlite-wal",
				      "container-manifest-2",
				      "ubuntu-esm-infra.list",
				      "0000",
				      NULL };

/* The role of a path that an extra covers; false for another path. */
static bool covered(const struct extra_path *e, struct bytes path, struct buf *scratch,
		    struct bytes *ret)
{
	struct bytes to = e->path, role = e->role;
	if (bytes_equal(to, path)) {
		*ret = role;
		return true;
	}
	if (!bytes_ends_with(to, BYTES_LIT("/")) || !bytes_starts_with(path, to))
		return false;
	scratch->n = 0;
	if (buf_append(scratch, role.p, role.n, NULL) < 0 ||
	    buf_append(scratch, path.p + to.n, path.n - to.n, NULL) < 0)
		return false;
	*ret = buf_view(scratch);
	return true;
}

struct bytes role_of(const struct extra_path *extras, size_t count, struct bytes path,
		     struct buf *scratch)
{
	struct bytes role;
	if (pkgdb_classify(path) != PKGDB_NONE)
		return path;
	for (size_t i = 0; i < count; i++)
		if (extras[i].role.n > 0 && covered(&extras[i], path, scratch, &role))
			return role;
	return path;
}

enum role_family role_family_of(struct bytes role)
{
	switch (pkgdb_classify(role)) {
	case PKGDB_DPKG_STATUS:
	case PKGDB_DPKG_STATUS_D:
		return ROLE_DPKG;
	case PKGDB_APK_INSTALLED:
		return ROLE_APK;
	case PKGDB_RPM_BDB:
	case PKGDB_RPM_NDB:
	case PKGDB_RPM_SQLITE:
		return ROLE_RPM;
	case PKGDB_RPM_WAL:
		return ROLE_RPM_LOG;
	case PKGDB_RPM_MANIFEST:
		return ROLE_RPM_MANIFEST;
	case PKGDB_OS_RELEASE:
		return ROLE_RELEASE;
	default:
		return ROLE_NONE;
	}
}

static enum role_family family_in(const struct extra_path *extras, size_t count, struct bytes dir,
				  const char *name)
{
	cleanup_buf struct buf path = buf_max(4 * LIMIT_PATH_BYTES);
	cleanup_buf struct buf scratch = buf_max(4 * LIMIT_PATH_BYTES);
	if (buf_append(&path, dir.p, dir.n, NULL) < 0 || buf_append_str(&path, "/", NULL) < 0 ||
	    buf_append_str(&path, name, NULL) < 0)
		return ROLE_NONE;
	return role_family_of(role_of(extras, count, buf_view(&path), &scratch));
}

bool role_dirs_alike(const struct extra_path *extras, size_t count, struct bytes dir,
		     struct bytes role_dir)
{
	for (const char *const *name = probes; *name != NULL; name++)
		if (family_in(extras, count, dir, *name) != family_in(NULL, 0, role_dir, *name))
			return false;
	return true;
}

bool role_dir_free(const struct extra_path *extras, size_t count, struct bytes dir)
{
	for (const char *const *name = probes; *name != NULL; name++)
		if (family_in(extras, count, dir, *name) != ROLE_NONE)
			return false;
	return true;
}
