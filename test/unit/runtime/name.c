#include "runtime/name.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HEX "d71ef50c7f28b622f52c1b34c9596ed8ff27cfcdc9401a54aa0b3850253d70db"
#define HEX2 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "pod2f5c3b9a_1111_2222_3333_444455556666"

static const struct {
	const char *path, *id;
	enum container_runtime runtime;
	bool below;
} names[] = {
	{ "/docker/" HEX, HEX, RUNTIME_DOCKER, false },
	{ "/system.slice/docker-" HEX ".scope", HEX, RUNTIME_DOCKER, false },
	{ "/docker/" HEX "/init.scope", HEX, RUNTIME_DOCKER, true },
	{ "/my-parent/" HEX, HEX, RUNTIME_UNKNOWN, false },
	{ "/kubepods/burstable/pod2f5c3b9a-1111/" HEX, HEX, RUNTIME_CRI_CONTAINERD, false },
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-" POD
	  ".slice/cri-containerd-" HEX ".scope",
	  HEX, RUNTIME_CRI_CONTAINERD, false },
	{ "/kubepods.slice/kubepods-" POD ".slice/crio-" HEX ".scope", HEX, RUNTIME_CRIO, false },
	{ "/kubepods.slice/kubepods-" POD ".slice/crio-" HEX ".scope/container", HEX, RUNTIME_CRIO,
	  true },
	{ "/machine.slice/libpod-" HEX ".scope", HEX, RUNTIME_PODMAN, false },
	{ "/machine.slice/libpod-" HEX ".scope/container", HEX, RUNTIME_PODMAN, true },
	{ "/libpod_parent/libpod-" HEX, HEX, RUNTIME_PODMAN, false },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" HEX ".scope", HEX,
	  RUNTIME_PODMAN, false },
	{ "/system.slice/nerdctl-" HEX ".scope", HEX, RUNTIME_CONTAINERD, false },
	{ "/default/corten-shop", "corten-shop", RUNTIME_CONTAINERD, false },
	{ "/k8s.io/" HEX, HEX, RUNTIME_CONTAINERD, false },
	{ "/system.slice/runc-web.scope", "web", RUNTIME_OCI, false },
	{ "/user.slice/crun-web.scope", "web", RUNTIME_OCI, false },
	/* A container in a container: the inner one. */
	{ "/docker/" HEX2 "/kubelet/kubepods/besteffort/podx/" HEX, HEX, RUNTIME_CRI_CONTAINERD,
	  false },
	{ "/docker/" HEX2 "/docker/" HEX, HEX, RUNTIME_DOCKER, false },
};

static void cgroups_tell_their_container(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct cgroup_name name = { 0 };
		if (!cgroup_name_parse(bytes_str(names[i].path), &name) ||
		    !bytes_equal(name.id, bytes_str(names[i].id)) ||
		    name.runtime != names[i].runtime || name.below != names[i].below)
			fail_msg("%s: %.*s, runtime %d, below %d", names[i].path, (int)name.id.n,
				 (const char *)name.id.p, name.runtime, name.below);
	}
}

static void other_cgroups_tell_none(void **state)
{
	static const char *const paths[] = {
		"",
		"/",
		"docker/" HEX,
		"/docker",
		"/docker/short",
		"/docker/D71EF50C7F28B622F52C1B34C9596ED8FF27CFCDC9401A54AA0B3850253D70DB",
		"/system.slice/docker.service",
		"/system.slice/docker-web.scope",
		"/system.slice/containerd.service",
		"/machine.slice/libpod-conmon-" HEX ".scope",
		"/kubepods.slice/crio-conmon-" HEX ".scope",
		"/kubepods.slice/kubepods-" POD ".slice",
		"/kubepods/burstable/pod2f5c3b9a-1111-2222-3333-444455556666",
		"/default",
		"/default/",
		"/default/..",
		"/default/app.slice",
		"/user.slice/user-1000.slice/session-3.scope",
		"/system.slice/runc-.scope",
		"/system.slice/runc-a b.scope",
		"//////",
	};
	struct cgroup_name name;
	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (cgroup_name_parse(bytes_str(paths[i]), &name))
			fail_msg("%s tells %.*s", paths[i], (int)name.id.n,
				 (const char *)name.id.p);
}

static void a_path_of_any_length_is_bounded(void **state)
{
	static char path[2 * LIMIT_PATH_BYTES];
	struct cgroup_name name;
	(void)state;
	memset(path, '/', sizeof path);
	assert_false(cgroup_name_parse(bytes_of(path, sizeof path), &name));
	memset(path + 1, 'a', sizeof path - 1);
	assert_false(cgroup_name_parse(bytes_of(path, LIMIT_PATH_BYTES), &name));
	assert_true(cgroup_name_parse(bytes_of(path, 65), &name)); /* 64 hexadecimal digits */
}

static void bundles_tell_their_cgroup(void **state)
{
	static const struct {
		const char *text, *path;
	} samples[] = {
		{ "/docker/" HEX, "/docker/" HEX },
		{ "/default/web", "/default/web" },
		{ "/a/../b/./c//d", "/b/c/d" },
		{ "/../../etc", "/etc" },
		{ "system.slice:docker:" HEX, "/system.slice/docker-" HEX ".scope" },
		{ ":runc:web", "/system.slice/runc-web.scope" },
		{ "-.slice:runc:web", "/runc-web.scope" },
		{ "kubepods-burstable-" POD ".slice:cri-containerd:" HEX,
		  "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-" POD
		  ".slice/cri-containerd-" HEX ".scope" },
		{ "machine.slice:libpod:" HEX, "/machine.slice/libpod-" HEX ".scope" },
		{ "a.slice:x:b.slice", "/a.slice/b.slice" },
	};
	char path[LIMIT_PATH_BYTES];
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		assert_true(cgroup_path_of(bytes_str(samples[i].text), path, sizeof path));
		assert_string_equal(path, samples[i].path);
	}
}

static void what_only_the_runtime_knows_is_left_to_it(void **state)
{
	static const char *const texts[] = { "",
					     "web",
					     "a/b",
					     "/",
					     "/..",
					     "a:b",
					     "a:b:c:d",
					     "a:b:c",
					     "a.slice:b:",
					     "a.slice:b/c:d",
					     "a--b.slice:x:y",
					     "a.slice:b:../../x",
					     "-a.slice:b:c",
					     "../x.slice:b:c" };
	char path[LIMIT_PATH_BYTES];
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (cgroup_path_of(bytes_str(texts[i]), path, sizeof path))
			fail_msg("\"%s\" is %s", texts[i], path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cgroups_tell_their_container),
		cmocka_unit_test(other_cgroups_tell_none),
		cmocka_unit_test(a_path_of_any_length_is_bounded),
		cmocka_unit_test(bundles_tell_their_cgroup),
		cmocka_unit_test(what_only_the_runtime_knows_is_left_to_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
