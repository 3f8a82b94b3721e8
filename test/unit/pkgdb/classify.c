/* Which paths of an image are package databases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkgdb/pkgdb.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct row {
	const char *path;
	enum pkgdb_kind kind;
} rows[] = {
	{ "var/lib/dpkg/status", PKGDB_DPKG_STATUS },
	{ "var/lib/dpkg/status-old", PKGDB_NONE },
	{ "var/lib/dpkg/status.d", PKGDB_NONE },
	{ "var/lib/dpkg/status.d/base", PKGDB_DPKG_STATUS_D },
	{ "var/lib/dpkg/status.d/base.md5sums", PKGDB_NONE },
	{ "var/lib/dpkg/status.d/x/y", PKGDB_NONE },
	{ "usr/lib/dpkg/status", PKGDB_DPKG_STATUS },
	{ "usr/lib/dpkg/status.d/base", PKGDB_DPKG_STATUS_D },
	{ "lib/apk/db/installed", PKGDB_APK_INSTALLED },
	{ "usr/lib/apk/db/installed", PKGDB_APK_INSTALLED },
	{ "home/x/lib/apk/db/installed", PKGDB_NONE },
	{ "var/lib/dpkg/updates/0001", PKGDB_DPKG_STATUS },
	{ "var/lib/dpkg/updates/tmp.i", PKGDB_NONE },
	{ "var/lib/rpm/Packages", PKGDB_RPM_BDB },
	{ "var/lib/rpm/Packages.db", PKGDB_RPM_NDB },
	{ "var/lib/rpm/rpmdb.sqlite", PKGDB_RPM_SQLITE },
	{ "var/lib/rpm/rpmdb.sqlite-wal", PKGDB_RPM_WAL },
	{ "usr/lib/sysimage/rpm/rpmdb.sqlite-wal", PKGDB_RPM_WAL },
	{ "usr/share/rpm/rpmdb.sqlite-wal", PKGDB_RPM_WAL },
	{ "var/lib/rpm/rpmdb.sqlite-shm", PKGDB_NONE },
	{ "home/x/rpmdb.sqlite-wal", PKGDB_NONE },
	{ "var/lib/rpm/Name", PKGDB_NONE },
	{ "usr/lib/sysimage/rpm/rpmdb.sqlite", PKGDB_RPM_SQLITE },
	{ "usr/lib/sysimage/rpm/Packages.db", PKGDB_RPM_NDB },
	{ "usr/share/rpm/rpmdb.sqlite", PKGDB_RPM_SQLITE },
	{ "var/lib/rpmmanifest/container-manifest-1", PKGDB_NONE },
	{ "var/lib/rpmmanifest/container-manifest-2", PKGDB_RPM_MANIFEST },
	{ "etc/os-release", PKGDB_OS_RELEASE },
	{ "usr/lib/os-release", PKGDB_OS_RELEASE },
	{ "etc/redhat-release", PKGDB_OS_RELEASE },
	{ "etc/apt/sources.list.d/ubuntu-esm-apps.list", PKGDB_OS_RELEASE },
	{ "etc/apt/sources.list.d/ubuntu-esm-apps.sources", PKGDB_OS_RELEASE },
	{ "etc/apt/sources.list.d/ubuntu-esm-apps.list.save", PKGDB_NONE },
	{ "etc/apt/sources.list.d/ubuntu.sources", PKGDB_NONE },
	{ "/etc/os-release", PKGDB_NONE },
	{ "etc", PKGDB_NONE },
	{ "", PKGDB_NONE },
};

static void a_database_is_known_by_its_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (pkgdb_classify(bytes_str(rows[i].path)) != rows[i].kind)
			fail_msg("%s is not told right", rows[i].path);
	}
}

/* pkgdb_paths is what the merge of layers keeps: it must cover all. */
static void what_is_classified_is_listed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes path = bytes_str(rows[i].path);
		bool listed = false;
		for (size_t k = 0; pkgdb_paths[k] != NULL; k++) {
			struct bytes entry = bytes_str(pkgdb_paths[k]);
			listed |= bytes_ends_with(entry, BYTES_LIT("/"))
					  ? bytes_starts_with(path, entry)
					  : bytes_equal(path, entry);
		}
		if (rows[i].kind != PKGDB_NONE && !listed)
			fail_msg("%s is not in pkgdb_paths", rows[i].path);
	}
}

static void what_is_listed_as_a_file_is_classified(void **state)
{
	(void)state;
	for (size_t k = 0; pkgdb_paths[k] != NULL; k++) {
		struct bytes entry = bytes_str(pkgdb_paths[k]);
		if (bytes_ends_with(entry, BYTES_LIT("/")))
			continue;
		if (pkgdb_classify(entry) == PKGDB_NONE)
			fail_msg("%s is listed, but nothing", pkgdb_paths[k]);
	}
}

/* Each of a million names of an image is looked up. */
static void a_look_up_takes_well_under_a_microsecond(void **state)
{
	enum { TIMES = 1000000 };
	static const char name[] = "usr/lib/python3/dist-packages/numpy/core/tests/data/file.csv";
	size_t found = 0;
	uint64_t start = clock_monotonic_ns();
	(void)state;
	for (size_t i = 0; i < TIMES; i++)
		found += pkgdb_classify(bytes_of(name, sizeof(name) - 1 - i % 8)) != PKGDB_NONE;
	uint64_t spent = clock_monotonic_ns() - start;
	assert_int_equal(found, 0);
	print_message("%.0f ns a name\n", (double)spent / TIMES);
	assert_true(spent < (uint64_t)TIMES * 2000); /* loose: sanitizers, loaded machines */
}

static void type_names_are_those_of_package_urls(void **state)
{
	(void)state;
	assert_string_equal(pkg_type_name(PKG_DEB), "deb");
	assert_string_equal(pkg_type_name(PKG_RPM), "rpm");
	assert_string_equal(pkg_type_name(PKG_APK), "apk");
	assert_string_equal(pkg_type_name(PKG_TYPES), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_database_is_known_by_its_path),
		cmocka_unit_test(what_is_classified_is_listed),
		cmocka_unit_test(what_is_listed_as_a_file_is_classified),
		cmocka_unit_test(a_look_up_takes_well_under_a_microsecond),
		cmocka_unit_test(type_names_are_those_of_package_urls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
