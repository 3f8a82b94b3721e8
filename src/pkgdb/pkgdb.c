/* What a path in an image is to this room, and the names of package types. */
#include "pkgdb/pkgdb.h"

static const char *const type_names[PKG_TYPES] = {
	[PKG_DEB] = "deb",
	[PKG_RPM] = "rpm",
	[PKG_APK] = "apk",
};

const char *pkg_type_name(enum pkg_type type)
{
	return (unsigned)type < PKG_TYPES ? type_names[type] : "";
}

/* Files known by their whole path. */
static const struct known_file {
	const char *path;
	enum pkgdb_kind kind;
} known_files[] = {
	{ "var/lib/dpkg/status", PKGDB_DPKG_STATUS },
	{ "lib/apk/db/installed", PKGDB_APK_INSTALLED },
	{ "usr/lib/apk/db/installed", PKGDB_APK_INSTALLED }, /* merged /usr: Alpine 3.22, Wolfi */
	{ "var/lib/rpmmanifest/container-manifest-2", PKGDB_RPM_MANIFEST },
	{ "etc/os-release", PKGDB_OS_RELEASE },
	{ "usr/lib/os-release", PKGDB_OS_RELEASE },
	{ "etc/alpine-release", PKGDB_OS_RELEASE },
	{ "etc/debian_version", PKGDB_OS_RELEASE },
	{ "etc/lsb-release", PKGDB_OS_RELEASE },
	{ "etc/centos-release", PKGDB_OS_RELEASE },
	{ "etc/almalinux-release", PKGDB_OS_RELEASE },
	{ "etc/rocky-release", PKGDB_OS_RELEASE },
	{ "etc/oracle-release", PKGDB_OS_RELEASE },
	{ "etc/fedora-release", PKGDB_OS_RELEASE },
	{ "etc/openEuler-release", PKGDB_OS_RELEASE },
	{ "etc/anolis-release", PKGDB_OS_RELEASE },
	{ "etc/alinux-release", PKGDB_OS_RELEASE },
	{ "etc/azurelinux-release", PKGDB_OS_RELEASE },
	{ "etc/mariner-release", PKGDB_OS_RELEASE },
	{ "etc/photon-release", PKGDB_OS_RELEASE },
	{ "etc/SuSE-release", PKGDB_OS_RELEASE },
	{ "etc/redhat-release", PKGDB_OS_RELEASE },
	{ "etc/system-release", PKGDB_OS_RELEASE },
	{ "var/lib/ubuntu-advantage/status.json", PKGDB_OS_RELEASE },
	{ "etc/apt/sources.list.d/ubuntu-esm-infra.list", PKGDB_OS_RELEASE },
	{ "etc/apt/sources.list.d/ubuntu-esm-apps.list", PKGDB_OS_RELEASE },
	{ "etc/apt/sources.list.d/ubuntu-esm-infra.sources", PKGDB_OS_RELEASE },
	{ "etc/apt/sources.list.d/ubuntu-esm-apps.sources", PKGDB_OS_RELEASE },
};

/* Where rpm keeps its database: the place since 1995, the one of SUSE and
 * Fedora since 36, and the one of ostree systems. */
static const char *const rpm_dirs[] = { "var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm" };

static const char status_d[] = "var/lib/dpkg/status.d";

const char *const pkgdb_paths[] = {
	"var/lib/dpkg/status",
	"var/lib/dpkg/status.d/",
	"lib/apk/db/installed",
	"usr/lib/apk/db/installed",
	"var/lib/rpm/",
	"usr/lib/sysimage/rpm/",
	"usr/share/rpm/",
	"var/lib/rpmmanifest/",
	"etc/os-release",
	"usr/lib/os-release",
	"etc/alpine-release",
	"etc/debian_version",
	"etc/lsb-release",
	"etc/centos-release",
	"etc/almalinux-release",
	"etc/rocky-release",
	"etc/oracle-release",
	"etc/fedora-release",
	"etc/openEuler-release",
	"etc/anolis-release",
	"etc/alinux-release",
	"etc/azurelinux-release",
	"etc/mariner-release",
	"etc/photon-release",
	"etc/SuSE-release",
	"etc/redhat-release",
	"etc/system-release",
	"var/lib/ubuntu-advantage/status.json",
	"etc/apt/sources.list.d/ubuntu-esm-infra.list",
	"etc/apt/sources.list.d/ubuntu-esm-apps.list",
	"etc/apt/sources.list.d/ubuntu-esm-infra.sources",
	"etc/apt/sources.list.d/ubuntu-esm-apps.sources",
	NULL,
};

static enum pkgdb_kind rpm_kind(struct bytes name)
{
	if (bytes_equal(name, BYTES_LIT("rpmdb.sqlite")))
		return PKGDB_RPM_SQLITE;
	if (bytes_equal(name, BYTES_LIT("Packages.db")))
		return PKGDB_RPM_NDB;
	if (bytes_equal(name, BYTES_LIT("Packages")))
		return PKGDB_RPM_BDB;
	return PKGDB_NONE;
}

enum pkgdb_kind pkgdb_classify(struct bytes path)
{
	struct bytes dir = path_dir(path), name = path_base(path);

	if (name.n == 0)
		return PKGDB_NONE;
	for (size_t i = 0; i < sizeof(rpm_dirs) / sizeof(rpm_dirs[0]); i++) {
		if (bytes_equal(dir, bytes_str(rpm_dirs[i])))
			return rpm_kind(name);
	}
	/* distroless keeps NAME and NAME.md5sums side by side */
	if (bytes_equal(dir, bytes_str(status_d)))
		return bytes_ends_with(name, BYTES_LIT(".md5sums")) ? PKGDB_NONE
								    : PKGDB_DPKG_STATUS_D;
	for (size_t i = 0; i < sizeof(known_files) / sizeof(known_files[0]); i++) {
		if (bytes_equal(path, bytes_str(known_files[i].path)))
			return known_files[i].kind;
	}
	return PKGDB_NONE;
}
