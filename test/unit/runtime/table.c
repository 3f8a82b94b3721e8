/* Containers through the public interface; bundles are read by build's own worker, so
 * what needs one is in the case guard-identity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "runtime/table.h"

#define HEX "d71ef50c7f28b622f52c1b34c9596ed8ff27cfcdc9401a54aa0b3850253d70db"
#define OTHER "d71e0000000000000000000000000000000000000000000000000000000000ab"

static int make_table(void **state)
{
	struct containers *t = NULL;
	if (containers_new(&t, NULL) < 0)
		return -1;
	*state = t;
	return 0;
}

static int free_table(void **state)
{
	containers_free(*state);
	return 0;
}

static struct container *add(struct containers *t, uint64_t cgroup, const char *path)
{
	struct container *c = NULL;
	assert_int_equal(containers_cgroup_new(t, cgroup, path, &c, NULL), 0);
	return c;
}

/* What a bundle that is expected to start says. */
static struct entry *expect_start(struct containers *t, const char *id, const char *cgroups_path)
{
	struct entry *e = table_add(t, NULL);
	const struct config_fact facts[] = {
		{ .kind = FACT_ID, .a = bytes_str(id) },
		{ .kind = FACT_CGROUPS_PATH, .a = bytes_str(cgroups_path) },
		{ .kind = FACT_IMAGE, .a = BYTES_LIT("docker.io/shop/app:1.0") },
	};
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(entry_take(e, &facts[i], NULL), 0);
	return e;
}

static void a_control_group_of_a_container_makes_one(void **state)
{
	struct container *c = add(*state, 7, "/docker/" HEX);
	assert_non_null(c);
	assert_string_equal(c->id, HEX);
	assert_int_equal(c->runtime, RUNTIME_DOCKER);
	assert_int_equal(c->known, IDENTITY_CGROUP);
	assert_int_equal(c->flags, CONTAINER_PROVISIONAL);
	assert_ptr_equal(containers_by_cgroup(*state, 7), c);
	assert_ptr_equal(containers_by_number(*state, c->number), c);
	assert_ptr_equal(add(*state, 7, "/docker/" HEX), c);
	assert_null(add(*state, 8, "/system.slice/ssh.service"));
	assert_null(containers_by_cgroup(*state, 8));
	assert_null(containers_by_cgroup(*state, 0));
	assert_null(containers_by_number(*state, 0));
}

static void control_groups_below_belong_to_it(void **state)
{
	struct container *c = add(*state, 7, "/docker/" HEX);
	assert_ptr_equal(add(*state, 8, "/docker/" HEX "/init.scope"), c);
	assert_ptr_equal(add(*state, 9, "/docker/" HEX "/a/b"), c);
	assert_null(add(*state, 10, "/docker/" HEX "x"));
	containers_cgroup_gone(*state, 8);
	assert_null(containers_by_cgroup(*state, 8));
	assert_ptr_equal(containers_by_cgroup(*state, 9), c);
	containers_cgroup_gone(*state, 7);
	assert_null(containers_by_cgroup(*state, 7));
	assert_null(containers_by_cgroup(*state, 9));
}

static void a_start_is_joined_by_path(void **state)
{
	struct entry *e = expect_start(*state, "web", "/my/group");
	assert_int_equal(e->c.cgroup, 0);
	assert_ptr_equal(add(*state, 7, "/my/group"), &e->c);
	assert_int_equal(e->c.cgroup, 7);
	assert_string_equal(e->c.image, "docker.io/shop/app:1.0");
}

/* The runtime made it below its own group, or sees another root. */
static void a_start_is_joined_by_its_id(void **state)
{
	struct entry *e = expect_start(*state, HEX, "/docker/" HEX), *w;
	assert_ptr_equal(add(*state, 7, "/outer/docker/" HEX), &e->c);
	assert_string_equal(e->c.cgroup_path, "/outer/docker/" HEX);
	w = expect_start(*state, "web", "");
	assert_ptr_equal(add(*state, 8, "/user.slice/web"), &w->c);
	assert_null(add(*state, 9, "/user.slice/web2"));
}

static void one_that_starts_again_is_another(void **state)
{
	struct entry *first = expect_start(*state, HEX, "/docker/" HEX);
	assert_ptr_equal(add(*state, 7, "/docker/" HEX), &first->c);
	uint32_t number = first->c.number;
	struct entry *second = expect_start(*state, HEX, "/docker/" HEX);
	assert_ptr_equal(add(*state, 8, "/docker/" HEX), &second->c);
	containers_cgroup_gone(*state, 7);
	assert_ptr_equal(containers_by_cgroup(*state, 8), &second->c);
	assert_null(containers_by_number(*state, number));
	assert_int_not_equal(second->c.number, number);
}

static void starts_that_never_come_are_forgotten(void **state)
{
	struct entry *e = expect_start(*state, "web", "/my/group");
	uint32_t number = e->c.number;
	e->made -= (EXPECTED_SECONDS + 1) * UINT64_C(1000000000);
	(void)expect_start(*state, "other", "/other");
	assert_null(containers_by_number(*state, number));
}

static void a_container_is_found_by_id_part_or_name(void **state)
{
	struct error err = { 0 };
	struct container *a = add(*state, 7, "/docker/" HEX);
	struct container *b = add(*state, 8, "/docker/" OTHER);
	b->name = arena_cstr(b->arena, BYTES_LIT("web"));
	assert_ptr_equal(containers_find(*state, HEX, &err), a);
	assert_ptr_equal(containers_find(*state, "d71ef", &err), a);
	assert_ptr_equal(containers_find(*state, "web", &err), b);
	assert_null(containers_find(*state, "d71e", &err));
	assert_int_equal(err.code, ERR_USAGE);
	assert_null(containers_find(*state, "d71", &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_null(containers_find(*state, "", &err));
}

static void ten_thousand_come_and_go(void **state)
{
	enum { COUNT = 10000 };
	char path[128];
	for (unsigned i = 1; i <= COUNT; i++) {
		(void)snprintf(path, sizeof path, "/default/c%u", i);
		assert_non_null(add(*state, 100 + i, path));
		if (i % 3 == 0)
			containers_cgroup_gone(*state, 100 + i);
		if (i > 300 && i % 3 != 0)
			containers_cgroup_gone(*state, 100 + i - 300);
	}
	size_t at = 0, left = 0;
	for (struct container *c; (c = containers_next(*state, &at)) != NULL; left++)
		assert_ptr_equal(containers_by_cgroup(*state, c->cgroup), c);
	assert_int_equal(left, 200);
}

static void the_table_has_a_limit(void **state)
{
	struct containers *t = *state;
	struct error err = { 0 };
	for (unsigned i = 0; i < GUARD_CONTAINERS; i++)
		assert_non_null(table_add(t, &err));
	assert_null(table_add(t, &err));
	assert_int_equal(err.code, ERR_LIMIT);
}

static void labels_name_the_application(void **state)
{
	static const struct {
		const char *image, *key, *app;
	} samples[] = {
		{ "docker.io/shop/app:1.0", NULL, "app" },
		{ "registry:5000/shop/app@sha256:00", NULL, "app" },
		{ "nginx", NULL, "nginx" },
		{ "sha256:7372613ef24e762529a8be383bc890c0dedf96a6a23181110936fb819d0ad1f4", NULL,
		  "" },
		{ "x", "com.docker.compose.service", "value" },
		{ "x", "app.kubernetes.io/name", "value" },
		{ "x", "app", "x" },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct entry *e = table_add(*state, NULL);
		struct config_fact f = { .kind = FACT_IMAGE, .a = bytes_str(samples[i].image) };
		assert_int_equal(entry_take(e, &f, NULL), 0);
		if (samples[i].key != NULL)
			entry_label(e, bytes_str(samples[i].key), BYTES_LIT("value"));
		container_name_app(e);
		assert_string_equal(e->c.app, samples[i].app);
	}
}

static void a_label_that_comes_again_replaces(void **state)
{
	struct entry *e = table_add(*state, NULL);
	struct rule_subject who;
	entry_label(e, BYTES_LIT("a"), BYTES_LIT("1"));
	entry_label(e, BYTES_LIT("ab"), BYTES_LIT("2"));
	entry_label(e, BYTES_LIT("a"), BYTES_LIT("3"));
	container_subject(&e->c, &who);
	assert_string_equal(who.labels[0], "a=3");
	assert_string_equal(who.labels[1], "ab=2");
	assert_null(who.labels[2]);
	for (int i = 0; i < 2 * CONTAINER_LABELS_MAX; i++) {
		char key[16];
		(void)snprintf(key, sizeof key, "k%d", i);
		entry_label(e, bytes_str(key), BYTES_LIT(""));
	}
	assert_int_equal(e->label_count, CONTAINER_LABELS_MAX);
	assert_null(e->c.labels[CONTAINER_LABELS_MAX]);
}

static void digests_are_understood_however_they_are_written(void **state)
{
	static const char *const texts[] = { HEX, "sha256:" HEX, "quay.io/x@sha256:" HEX };
	static const char *const none[] = { "", "sha256:12", "latest", HEX "0" };
	for (size_t i = 0; i < 7; i++) {
		struct entry *e = table_add(*state, NULL);
		struct config_fact f = { .kind = FACT_IMAGE_DIGEST,
					 .a = bytes_str(i < 3 ? texts[i] : none[i - 3]) };
		assert_int_equal(entry_take(e, &f, NULL), 0);
		assert_string_equal(e->c.image_digest, i < 3 ? "sha256:" HEX : "");
	}
}

/* --- what starts ask for --------------------------------------------------------------------- */

static struct entry *judged(struct containers *t, const struct config_fact *facts, size_t count)
{
	static const char *const own[] = { "pid", "network", "ipc" };
	struct entry *e = table_add(t, NULL);
	struct config_fact f = { .kind = FACT_NAMESPACE };
	for (size_t i = 0; i < 3; i++) {
		f.a = bytes_str(own[i]);
		assert_int_equal(entry_take(e, &f, NULL), 0);
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(entry_take(e, &facts[i], NULL), 0);
	container_judge(e);
	return e;
}

static bool has_risk(const struct entry *e, enum guard_item item)
{
	for (size_t i = 0; i < e->c.risk_count; i++)
		if (e->c.risk[i].item == item)
			return true;
	return false;
}

static void mounts_that_give_the_node_away_are_told(void **state)
{
	static const struct {
		const char *source;
		bool read_only, writable;
	} samples[] = {
		{ "/", true, true },
		{ "//./", true, true },
		{ "/etc", true, true },
		{ "/etc/../", true, true },
		{ "/var", true, true },
		{ "/run", true, true },
		{ "/var/run", true, true },
		{ "/var/run/docker.sock", true, true },
		{ "/run/docker.sock", true, true },
		{ "/run/containerd/containerd.sock", true, true },
		{ "/run/containerd", true, true },
		{ "/proc", true, true },
		{ "/proc/1/root", true, true },
		{ "/root/.ssh", true, true },
		{ "/etc/kubernetes/pki", true, true },
		{ "/var/lib/kubelet", true, true },
		{ "/dev/mem", true, true },
		{ "/dev", true, true },
		{ "/sys", false, true },
		{ "/sys/fs/cgroup", false, true },
		{ "/usr/bin", false, true },
		{ "/var/log", false, true },
		{ "/etc/cron.d", false, true },
		{ "/lib/modules", false, true },
		/* What everybody mounts. */
		{ "/etc/localtime", false, false },
		{ "/etc/ssl/certs", false, false },
		{ "/var/lib/docker/volumes/x/_data", false, false },
		{ "/var/lib/docker/containers/" HEX "/resolv.conf", false, false },
		{ "/var/lib/kubelet/pods/x/volumes/y", false, false },
		{ "/run/user/1000", false, false },
		{ "/run/docker.sockets", false, false },
		{ "/srv/data", false, false },
		{ "/var/log/app", false, false },
		{ "/home/ann/src", false, false },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
		for (int writable = 0; writable < 2; writable++) {
			const struct config_fact f = { .kind = FACT_MOUNT,
						       .a = BYTES_LIT("/x"),
						       .b = bytes_str(samples[i].source),
						       .c = BYTES_LIT("none"),
						       .number = (uint64_t)(CONFIG_MOUNT_BIND |
									    writable * 2) };
			bool wanted = writable ? samples[i].writable : samples[i].read_only;
			if (has_risk(judged(*state, &f, 1), ITEM_START_MOUNT) != wanted)
				fail_msg("%s, writable: %d", samples[i].source, writable);
		}
}

static void a_cgroup_of_version_1_that_can_be_written_is_told(void **state)
{
	struct config_fact facts[] = { { .kind = FACT_MOUNT,
					 .a = BYTES_LIT("/sys/fs/cgroup"),
					 .b = BYTES_LIT("cgroup"),
					 .c = BYTES_LIT("cgroup"),
					 .number = CONFIG_MOUNT_WRITABLE },
				       { .kind = FACT_NAMESPACE, .a = BYTES_LIT("cgroup") } };
	assert_true(has_risk(judged(*state, facts, 1), ITEM_START_MOUNT));
	assert_false(has_risk(judged(*state, facts, 2), ITEM_START_MOUNT));
	facts[0].number = 0;
	assert_false(has_risk(judged(*state, facts, 1), ITEM_START_MOUNT));
}

static void capabilities_over_others_are_told(void **state)
{
	const struct config_fact facts[] = {
		{ .kind = FACT_CAPABILITY, .a = BYTES_LIT("CAP_CHOWN") },
		{ .kind = FACT_CAPABILITY, .a = BYTES_LIT("CAP_NO_SUCH") },
		{ .kind = FACT_CAPABILITY, .a = BYTES_LIT("CAP_BPF") },
		{ .kind = FACT_NAMESPACE, .a = BYTES_LIT("user") },
	};
	assert_false(has_risk(judged(*state, facts, 2), ITEM_START_CAPABILITY));
	assert_true(has_risk(judged(*state, facts, 3), ITEM_START_CAPABILITY));
	/* In a user namespace of its own they are its own only. */
	assert_false(has_risk(judged(*state, facts, 4), ITEM_START_CAPABILITY));
}

static void privileged_means_all_of_it(void **state)
{
	static const char *const names[] = { "CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
					     "CAP_SYS_BOOT", "CAP_MAC_ADMIN" };
	struct config_fact facts[7] = { 0 };
	for (size_t i = 0; i < 5; i++)
		facts[i] =
			(struct config_fact){ .kind = FACT_CAPABILITY, .a = bytes_str(names[i]) };
	facts[5] = (struct config_fact){ .kind = FACT_MASKED_PATH, .a = BYTES_LIT("/proc/kcore") };
	facts[6] = (struct config_fact){ .kind = FACT_ALL_DEVICES, .number = 1 };
	assert_true(has_risk(judged(*state, facts, 5), ITEM_START_PRIVILEGED));
	assert_false(has_risk(judged(*state, facts, 6), ITEM_START_PRIVILEGED));
	assert_true(has_risk(judged(*state, facts, 7), ITEM_START_PRIVILEGED));
	assert_false(has_risk(judged(*state, facts + 1, 4), ITEM_START_PRIVILEGED));
}

static void namespaces_of_the_node_are_told(void **state)
{
	struct entry *e = table_add(*state, NULL), *own = judged(*state, NULL, 0);
	const struct config_fact joined = { .kind = FACT_NAMESPACE,
					    .a = BYTES_LIT("network"),
					    .b = BYTES_LIT("/proc/1/ns/net") };
	container_judge(e);
	assert_true(has_risk(e, ITEM_START_NAMESPACE));
	assert_int_equal(e->c.flags & (CONTAINER_HOST_PID | CONTAINER_HOST_NET),
			 CONTAINER_HOST_PID | CONTAINER_HOST_NET);
	assert_false(has_risk(own, ITEM_START_NAMESPACE));
	assert_int_equal(own->c.flags & (CONTAINER_HOST_PID | CONTAINER_HOST_NET), 0);
	if (access("/proc/1/ns/net", R_OK) == 0)
		assert_true(has_risk(judged(*state, &joined, 1), ITEM_START_NAMESPACE));
}

static void devices_of_disks_and_memory_are_told(void **state)
{
	static const struct {
		const char *path, *type;
		bool wanted;
	} samples[] = { { "/dev/sda", "b", true },
			{ "/dev/mem", "c", true },
			{ "/dev/fuse", "c", false },
			{ "/dev/null", "c", false } };
	for (size_t i = 0; i < 4; i++) {
		const struct config_fact f = { .kind = FACT_DEVICE,
					       .a = bytes_str(samples[i].path),
					       .b = bytes_str(samples[i].type) };
		assert_int_equal(has_risk(judged(*state, &f, 1), ITEM_START_MOUNT),
				 samples[i].wanted);
	}
}

static void working_directories_of_descriptors_are_told(void **state)
{
	static const struct {
		const char *cwd;
		bool wanted;
	} samples[] = {
		{ "/proc/self/fd/7", true },
		{ "/proc/self/fd/7/../../../etc", true },
		{ "/proc/1/fd/7", true },
		{ "/proc/thread-self/fd/8/x", true },
		{ "//proc//self/./fd/8", true },
		{ "/dev/fd/7", true },
		{ "/srv/../proc/self/fd/9/..", true },
		{ "/proc/../srv/fd/9", false },
		{ "/", false },
		{ "/proc", false },
		{ "/srv/fd", false },
		{ "/process/fd/1", false },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		const struct config_fact f = { .kind = FACT_CWD, .a = bytes_str(samples[i].cwd) };
		if (has_risk(judged(*state, &f, 1), ITEM_LEAKED_DESCRIPTOR) != samples[i].wanted)
			fail_msg("%s", samples[i].cwd);
	}
}

#define WITH_TABLE(f) cmocka_unit_test_setup_teardown(f, make_table, free_table)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TABLE(a_control_group_of_a_container_makes_one),
		WITH_TABLE(control_groups_below_belong_to_it),
		WITH_TABLE(a_start_is_joined_by_path),
		WITH_TABLE(a_start_is_joined_by_its_id),
		WITH_TABLE(one_that_starts_again_is_another),
		WITH_TABLE(starts_that_never_come_are_forgotten),
		WITH_TABLE(a_container_is_found_by_id_part_or_name),
		WITH_TABLE(ten_thousand_come_and_go),
		WITH_TABLE(the_table_has_a_limit),
		WITH_TABLE(labels_name_the_application),
		WITH_TABLE(a_label_that_comes_again_replaces),
		WITH_TABLE(digests_are_understood_however_they_are_written),
		WITH_TABLE(mounts_that_give_the_node_away_are_told),
		WITH_TABLE(a_cgroup_of_version_1_that_can_be_written_is_told),
		WITH_TABLE(capabilities_over_others_are_told),
		WITH_TABLE(privileged_means_all_of_it),
		WITH_TABLE(namespaces_of_the_node_are_told),
		WITH_TABLE(devices_of_disks_and_memory_are_told),
		WITH_TABLE(working_directories_of_descriptors_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
