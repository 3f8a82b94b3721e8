/* What people write as a target, and what it is taken for. Paths are below a
 * temporary directory, the working directory of the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "source/source.h"

static char base[64];

static int make_files(void **state)
{
	static const char *const dirs[] = { "layout", "index-only", "rootfs",   "rootfs/etc",
					    "empty",  "rootfs/usr", "only-etc", "only-etc/etc" };
	static const char *const files[] = { "a.tar",       "a:b.tar",
					     "a:b.tar:c@d", "layout/oci-layout",
					     "debian",      "index-only/index.json" };
	(void)state;
	(void)snprintf(base, sizeof base, "/tmp/corten-target-XXXXXX");
	if (mkdtemp(base) == NULL || chdir(base) < 0)
		return -1;
	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++)
		if (mkdir(dirs[i], 0700) < 0)
			return -1;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		int fd = open(files[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0 || close(fd) < 0)
			return -1;
	}
	return mkfifo("fifo", 0600);
}

static int remove_files(void **state)
{
	static const char *const paths[] = {
		"a.tar",       "a:b.tar",
		"a:b.tar:c@d", "layout/oci-layout",
		"debian",      "index-only/index.json",
		"fifo",        "layout",
		"index-only",  "rootfs/etc",
		"rootfs/usr",  "rootfs",
		"empty",       "only-etc/etc",
		"only-etc",
	};
	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (remove(paths[i]) < 0)
			return -1;
	return chdir("/") < 0 ? -1 : rmdir(base);
}

static const struct {
	const char *text;
	enum source_kind kind;
	const char *location, *reference;
} good[] = {
	{ "-", SOURCE_STDIN, "-", "" },
	/* with a prefix */
	{ "docker-archive:a.tar", SOURCE_DOCKER_ARCHIVE, "a.tar", "" },
	{ "docker-archive:a.tar:name:1", SOURCE_DOCKER_ARCHIVE, "a.tar", "name:1" },
	{ "oci-archive:a.tar", SOURCE_OCI_ARCHIVE, "a.tar", "" },
	{ "oci-archive:a.tar:latest", SOURCE_OCI_ARCHIVE, "a.tar", "latest" },
	{ "oci:layout", SOURCE_OCI_LAYOUT, "layout", "" },
	{ "oci:layout:latest", SOURCE_OCI_LAYOUT, "layout", "latest" },
	{ "oci:./layout/:latest", SOURCE_OCI_LAYOUT, "./layout/", "latest" },
	{ "oci:layout@sha256:abc", SOURCE_OCI_LAYOUT, "layout", "sha256:abc" },
	{ "oci:layout:", SOURCE_OCI_LAYOUT, "layout", "" },
	{ "rootfs:rootfs", SOURCE_ROOTFS, "rootfs", "" },
	{ "rootfs:/", SOURCE_ROOTFS, "/", "" },
	{ "dir:rootfs", SOURCE_DIR, "rootfs", "" },
	{ "rootfs:only-etc", SOURCE_ROOTFS, "only-etc", "" },
	{ "registry:debian", SOURCE_REGISTRY, "debian", "" },
	{ "registry:localhost:5000/a/b:1", SOURCE_REGISTRY, "localhost:5000/a/b:1", "" },
	{ "docker://debian:12", SOURCE_REGISTRY, "debian:12", "" },
	/* of runtimes: a name is no path, even where a file is called so */
	{ "docker:debian:12", SOURCE_DOCKER, "debian:12", "" },
	{ "podman:localhost/app", SOURCE_PODMAN, "localhost/app", "" },
	{ "containerd:docker.io/library/app:1", SOURCE_CONTAINERD, "docker.io/library/app:1", "" },
	{ "cri:sha256:abc", SOURCE_CRI, "sha256:abc", "" },
	{ "containers-storage:[vfs@/x+/y]app", SOURCE_STORAGE, "[vfs@/x+/y]app", "" },
	{ "container:a.tar", SOURCE_CONTAINER, "a.tar", "" },
	/* paths with colons: the longest that exists */
	{ "docker-archive:a:b.tar", SOURCE_DOCKER_ARCHIVE, "a:b.tar", "" },
	{ "docker-archive:a:b.tar:c", SOURCE_DOCKER_ARCHIVE, "a:b.tar", "c" },
	{ "docker-archive:a:b.tar:c@d", SOURCE_DOCKER_ARCHIVE, "a:b.tar:c@d", "" },
	{ "docker-archive:a:b.tar:c@d:e", SOURCE_DOCKER_ARCHIVE, "a:b.tar:c@d", "e" },
	/* told by what is there */
	{ "a.tar", SOURCE_ARCHIVE, "a.tar", "" },
	{ "./a.tar", SOURCE_ARCHIVE, "./a.tar", "" },
	{ "./a.tar:name:1", SOURCE_ARCHIVE, "./a.tar", "name:1" },
	{ "debian", SOURCE_ARCHIVE, "debian", "" }, /* a file of that name */
	{ "./layout", SOURCE_OCI_LAYOUT, "./layout", "" },
	{ "layout", SOURCE_OCI_LAYOUT, "layout", "" },
	{ "./layout:latest", SOURCE_OCI_LAYOUT, "./layout", "latest" },
	{ "index-only", SOURCE_OCI_LAYOUT, "index-only", "" },
	{ "rootfs", SOURCE_ROOTFS, "rootfs", "" },
	{ "/", SOURCE_ROOTFS, "/", "" },
	/* references */
	{ "alpine", SOURCE_REGISTRY, "alpine", "" },
	{ "debian:12", SOURCE_REGISTRY, "debian:12", "" },
	{ "localhost:5000/a/b:1", SOURCE_REGISTRY, "localhost:5000/a/b:1", "" },
};

static const struct {
	const char *text;
	enum error_code code;
} bad[] = {
	{ "docker-archive:none.tar", ERR_NOT_FOUND },
	{ "docker-archive:", ERR_NOT_FOUND },
	{ "oci:none:latest", ERR_NOT_FOUND },
	{ "rootfs:none", ERR_NOT_FOUND },
	{ "./none", ERR_NOT_FOUND },
	{ "/none/at/all", ERR_NOT_FOUND },
	{ "./empty", ERR_USAGE },
	{ "./only-etc", ERR_USAGE },
	{ "./fifo", ERR_USAGE },
	{ "", ERR_USAGE },
	{ "debian/UPPER", ERR_USAGE },
	{ "docker:", ERR_USAGE },
	{ "container:", ERR_USAGE },
	{ "a b", ERR_USAGE },
};

static void targets_are_taken_for_what_they_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct source_target t;
		struct error err = { 0 };
		if (source_target_parse(good[i].text, &t, &err) < 0)
			fail_msg("%s: %s", good[i].text, err.text);
		if (t.kind != good[i].kind)
			fail_msg("%s: %s", good[i].text, source_kind_name(t.kind));
		assert_string_equal(t.location, good[i].location);
		assert_string_equal(t.reference, good[i].reference);
	}
}

static void what_is_no_target_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct source_target t;
		struct error err = { 0 };
		if (source_target_parse(bad[i].text, &t, &err) == 0)
			fail_msg("%s was taken for %s", bad[i].text, source_kind_name(t.kind));
		if (err.code != bad[i].code)
			fail_msg("%s: %s: %s", bad[i].text, error_code_name(err.code), err.text);
	}
}

static void a_target_that_is_too_long_is_told(void **state)
{
	static char text[6000];
	static const char *const prefixes[] = { "",     "/",       "registry:",
						"oci:", "rootfs:", "docker-archive:a.tar:" };
	(void)state;
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		struct source_target t;
		struct error err = { 0 };
		size_t n = strlen(prefixes[i]);
		memset(text, 'x', sizeof text - 1);
		memcpy(text, prefixes[i], n);
		assert_int_equal(source_target_parse(text, &t, &err), -1);
		assert_int_equal(err.code, ERR_USAGE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_are_taken_for_what_they_are),
		cmocka_unit_test(what_is_no_target_is_told),
		cmocka_unit_test(a_target_that_is_too_long_is_told),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
