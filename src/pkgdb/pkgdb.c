/* What a path in an image is to this room, and the names of package types. */
#include "pkgdb/pkgdb.h"

#include "pkgdb/osrelease_internal.h"

static const char *const type_names[PKG_TYPES] = {
	[PKG_DEB] = "deb",
	[PKG_RPM] = "rpm",
	[PKG_APK] = "apk",
	[PKG_NPM] = "npm",
	[PKG_PYPI] = "pypi",
	[PKG_MAVEN] = "maven",
	[PKG_GOLANG] = "golang",
	[PKG_CARGO] = "cargo",
	[PKG_GEM] = "gem",
	[PKG_COMPOSER] = "composer",
	[PKG_NUGET] = "nuget",
	[PKG_CONAN] = "conan",
	[PKG_SWIFT] = "swift",
	[PKG_COCOAPODS] = "cocoapods",
	[PKG_PUB] = "pub",
	[PKG_HEX] = "hex",
	[PKG_CRAN] = "cran",
	[PKG_CONDA] = "conda",
	[PKG_WORDPRESS] = "wordpress",
	[PKG_GENERIC] = "generic",
};

const char *pkg_type_name(enum pkg_type type)
{
	return (unsigned)type < PKG_TYPES ? type_names[type] : "";
}

bool pkg_type_is_app(enum pkg_type type)
{
	return type > PKG_APK && type < PKG_TYPES;
}

/* Files known by their whole path. Every name of an image is looked up here,
 * a million of them in the worst: nearly all fail at the length. */
#define OS_FILE(path, read, rank) { BYTES_CONST(path), PKGDB_OS_RELEASE },
static const struct known_file {
	struct bytes path;
	enum pkgdb_kind kind;
} known_files[] = {
	{ BYTES_CONST("var/lib/dpkg/status"), PKGDB_DPKG_STATUS },
	{ BYTES_CONST("usr/lib/dpkg/status"), PKGDB_DPKG_STATUS }, /* image-based systems */
	{ BYTES_CONST("lib/apk/db/installed"), PKGDB_APK_INSTALLED },
	{ BYTES_CONST("usr/lib/apk/db/installed"), PKGDB_APK_INSTALLED }, /* merged /usr */
	{ BYTES_CONST("var/lib/rpmmanifest/container-manifest-2"), PKGDB_RPM_MANIFEST },
	OS_RELEASE_FILES(OS_FILE)
};
#undef OS_FILE

/* Where rpm keeps its database: the place since 1995, the one of SUSE and
 * Fedora since 36, and the one of ostree systems. */
static const struct bytes rpm_dirs[] = {
	BYTES_CONST("var/lib/rpm"),
	BYTES_CONST("usr/lib/sysimage/rpm"),
	BYTES_CONST("usr/share/rpm"),
};

/* clang-format off */
#define OS_FILE(path, read, rank) path,
const char *const pkgdb_paths[] = {
	"var/lib/dpkg/status",
	"var/lib/dpkg/status.d/",
	"var/lib/dpkg/updates/",
	"usr/lib/dpkg/status",
	"usr/lib/dpkg/status.d/",
	"lib/apk/db/installed",
	"usr/lib/apk/db/installed",
	"var/lib/rpm/",
	"usr/lib/sysimage/rpm/",
	"usr/share/rpm/",
	"var/lib/rpmmanifest/",
	"etc/apt/sources.list.d/", /* OS_APT_SOURCES */
	OS_RELEASE_FILES(OS_FILE)
	NULL,
};
#undef OS_FILE
/* clang-format on */

static enum pkgdb_kind rpm_kind(struct bytes name)
{
	if (bytes_equal(name, BYTES_LIT("rpmdb.sqlite")))
		return PKGDB_RPM_SQLITE;
	if (bytes_equal(name, BYTES_LIT("rpmdb.sqlite-wal")))
		return PKGDB_RPM_WAL;
	if (bytes_equal(name, BYTES_LIT("Packages.db")))
		return PKGDB_RPM_NDB;
	if (bytes_equal(name, BYTES_LIT("Packages")))
		return PKGDB_RPM_BDB;
	return PKGDB_NONE;
}

/* Names in dpkg's journal: what it has yet to write into status, and takes into
 * account whenever it reads that (dpkg, lib/dpkg/dbmodify.c). */
static bool is_number(struct bytes name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] < '0' || name.p[i] > '9')
			return false;
	return name.n > 0;
}

enum pkgdb_kind pkgdb_classify(struct bytes path)
{
	struct bytes dir = path_dir(path), name = path_base(path);

	if (name.n == 0)
		return PKGDB_NONE;
	for (size_t i = 0; i < sizeof(rpm_dirs) / sizeof(rpm_dirs[0]); i++) {
		if (bytes_equal(dir, rpm_dirs[i]))
			return rpm_kind(name);
	}
	/* distroless keeps NAME and NAME.md5sums side by side */
	if (bytes_equal(dir, BYTES_LIT("var/lib/dpkg/status.d")) ||
	    bytes_equal(dir, BYTES_LIT("usr/lib/dpkg/status.d")))
		return bytes_ends_with(name, BYTES_LIT(".md5sums")) ? PKGDB_NONE
								    : PKGDB_DPKG_STATUS_D;
	if (bytes_equal(dir, BYTES_LIT("var/lib/dpkg/updates")))
		return is_number(name) ? PKGDB_DPKG_STATUS : PKGDB_NONE;
	for (size_t i = 0; i < sizeof(known_files) / sizeof(known_files[0]); i++) {
		if (bytes_equal(path, known_files[i].path))
			return known_files[i].kind;
	}
	return os_is_esm_source(path) ? PKGDB_OS_RELEASE : PKGDB_NONE;
}
