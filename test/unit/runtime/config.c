#include "runtime/config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* "KIND A|B|C=NUMBER;" of each fact of the wanted kinds (0: all). */
struct told {
	struct buf text;
	uint64_t kinds;
	size_t count;
};

static int take(void *ctx, const struct config_fact *f, struct error *err)
{
	struct told *t = ctx;
	t->count++;
	if (t->kinds != 0 && (t->kinds >> f->kind & 1) == 0)
		return 0;
	return buf_printf(&t->text, err, "%d %.*s|%.*s|%.*s=%llu;", (int)f->kind, (int)f->a.n,
			  (const char *)f->a.p, (int)f->b.n, (const char *)f->b.p, (int)f->c.n,
			  (const char *)f->c.p, (unsigned long long)f->number);
}

#define KIND(k) (UINT64_C(1) << (k))

static void expect(config_read_fn *read, struct bytes json, uint64_t kinds, const char *wanted)
{
	struct told t = { .text = buf_max(1 * MIB), .kinds = kinds };
	struct error err = { 0 };
	if (read(json, take, &t, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(buf_cstr(&t.text, NULL), wanted);
	buf_free(&t.text);
}

static void expect_text(config_read_fn *read, const char *json, const char *wanted)
{
	expect(read, bytes_str(json), 0, wanted);
}

static struct buf sample(const char *name)
{
	struct buf b = buf_max(1 * MIB);
	char path[512];
	(void)snprintf(path, sizeof path, "%s/runtime/%s", getenv("CORTEN_TEST_DATA"), name);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fd_read_all(fd, &b, NULL), 0);
	return b;
}

static void expect_sample(config_read_fn *read, const char *name, uint64_t kinds,
			  const char *wanted)
{
	struct buf b = sample(name);
	expect(read, buf_view(&b), kinds, wanted);
	buf_free(&b);
}

#define ID "d71ef50c7f28b622f52c1b34c9596ed8ff27cfcdc9401a54aa0b3850253d70db"
#define TASKS "/run/containerd/io.containerd.runtime.v2.task"

static void dockers_bundle_is_read(void **state)
{
	(void)state;
	expect_sample(config_read_bundle, "docker-config.json",
		      KIND(FACT_ROOT) | KIND(FACT_CGROUPS_PATH) | KIND(FACT_NAMESPACE) |
			      KIND(FACT_SECCOMP) | KIND(FACT_CWD) | KIND(FACT_USER) |
			      KIND(FACT_ALL_DEVICES) | KIND(FACT_NO_NEW_PRIVILEGES),
		      "6 ||=0;7 /||=0;"
		      "1 /var/lib/docker/overlay2/"
		      "793472b109458549f8a57d916c331d3bc39d2e28dcf89d8acba5885515a415cc/merged||=0;"
		      "2 /docker/" ID "||=0;5 mount||=0;5 network||=0;5 uts||=0;5 pid||=0;"
		      "5 ipc||=0;9 ||=1;");
}

static void dockers_mounts_tell_who_may_write(void **state)
{
	struct buf b = sample("docker-config.json");
	struct told t = { .text = buf_max(1 * MIB), .kinds = KIND(FACT_MOUNT) };
	(void)state;
	assert_int_equal(config_read_bundle(buf_view(&b), take, &t, NULL), 0);
	const char *text = buf_cstr(&t.text, NULL);
	assert_non_null(strstr(text, "3 /sys|sysfs|sysfs=0;"));
	assert_non_null(strstr(text, "3 /dev|tmpfs|tmpfs=2;"));
	assert_non_null(strstr(text, "3 /host-etc|/etc|bind=1;"));
	assert_non_null(strstr(text, "3 /var/run/docker.sock|/var/run/docker.sock|bind=3;"));
	buf_free(&t.text);
	buf_free(&b);
}

static void bundles_by_hand_have_no_cgroup_and_no_seccomp(void **state)
{
	static const char *const samples[] = { "runc-spec.json", "crun-spec.json" };
	(void)state;
	for (size_t i = 0; i < 2; i++)
		expect_sample(config_read_bundle, samples[i],
			      KIND(FACT_ROOT) | KIND(FACT_CGROUPS_PATH) | KIND(FACT_SECCOMP) |
				      KIND(FACT_NO_NEW_PRIVILEGES) | KIND(FACT_IMAGE),
			      "8 ||=1;1 rootfs||=0;");
}

static void containerds_bundle_is_read(void **state)
{
	(void)state;
	expect_sample(config_read_bundle, "containerd-config.json",
		      KIND(FACT_ROOT) | KIND(FACT_CGROUPS_PATH) | KIND(FACT_SECCOMP) |
			      KIND(FACT_ALL_DEVICES),
		      "1 rootfs||=0;2 /default/corten-shop||=0;");
}

static void dockers_own_file_tells_image_and_labels(void **state)
{
	(void)state;
	expect_sample(config_read_state, "docker-config.v2.json", 0,
		      "25 ||=125;26 ||=1795379836000000000;14 " ID "||=0;16 shop/app:1.0||=0;"
		      "21 a|b|=0;21 com.docker.compose.service|front|=0;"
		      "17 sha256:7372613ef24e762529a8be383bc890c0dedf96a6a23181110936fb819d0ad1f4"
		      "||=0;15 web||=0;");
}

static void runcs_state_tells_bundle_and_cgroup(void **state)
{
	struct buf b = sample("containerd-state.json");
	struct told t = { .text = buf_max(1 * MIB),
			  .kinds = ~KIND(FACT_CGROUP) & ~KIND(FACT_STARTED) };
	(void)state;
	assert_int_equal(config_read_state(buf_view(&b), take, &t, NULL), 0);
	assert_string_equal(buf_cstr(&t.text, NULL), "14 corten-shop||=0;25 ||=318;"
						     "1 " TASKS "/default/corten-shop/rootfs||=0;"
						     "23 " TASKS "/default/corten-shop||=0;");
	buf_free(&t.text);
	buf_free(&b);
}

/* By the keys of libcrun 1.8, src/libcrun/status.c, as crun wrote them here. */
static void cruns_status_is_read(void **state)
{
	(void)state;
	expect_text(config_read_state,
		    "{\"pid\":77,\"process-start-time\":5,\"cgroup-path\":\"/x/web\","
		    "\"scope\":null,\"rootfs\":\"/b/rootfs\",\"systemd-cgroup\":false,"
		    "\"bundle\":\"/b\",\"created\":\"2026-01-02T03:04:05Z\",\"detached\":true}",
		    "25 ||=77;24 /x/web||=0;1 /b/rootfs||=0;23 /b||=0;26 ||=1767323045000000000;");
}

/* Made by hand after containers/storage containers.go and libpod's metadata. */
static void a_stores_list_tells_each_container(void **state)
{
	(void)state;
	expect_text(config_read_state,
		    "[{\"id\":\"aa\",\"names\":[\"web\",\"other\"],\"image\":\"bb\",\"metadata\":"
		    "\"{\\\"image-name\\\":\\\"docker.io/x:1\\\",\\\"image-id\\\":\\\"bb\\\"}\"},"
		    "{\"id\":\"cc\",\"metadata\":\"{\\\"image-na\"}]",
		    "14 aa||=0;15 web||=0;16 docker.io/x:1||=0;17 bb||=0;14 cc||=0;");
}

/* Made by hand: the keys are those of containerd's pkg/cri/annotations, of CRI-O's
 * pkg/annotations, of libpod's define/annotations.go. */
static void annotations_tell_the_pod(void **state)
{
	(void)state;
	expect_text(config_read_bundle,
		    "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"container\","
		    "\"io.kubernetes.cri.container-name\":\"web\","
		    "\"io.kubernetes.cri.image-name\":\"docker.io/library/nginx:1\","
		    "\"io.kubernetes.cri.sandbox-id\":\"5b\","
		    "\"io.kubernetes.cri.sandbox-name\":\"web-0\","
		    "\"io.kubernetes.cri.sandbox-namespace\":\"shop\",\"other\":\"x\"}}",
		    "22 ||=3;15 web||=0;16 docker.io/library/nginx:1||=0;20 5b||=0;18 web-0||=0;"
		    "19 shop||=0;");
	expect_text(config_read_bundle,
		    "{\"annotations\":{\"io.container.manager\":\"cri-o\","
		    "\"io.kubernetes.container.name\":\"coredns\","
		    "\"io.kubernetes.cri-o.ImageName\":\"k8s.gcr.io/coredns:v1\","
		    "\"io.kubernetes.cri-o.Labels\":"
		    "\"{\\\"k8s-app\\\":\\\"dns\\\",\\\"n\\\":1}\","
		    "\"io.kubernetes.cri-o.Volumes\":\"[]\"}}",
		    "22 ||=4;15 coredns||=0;16 k8s.gcr.io/coredns:v1||=0;21 k8s-app|dns|=0;");
	expect_text(config_read_bundle,
		    "{\"annotations\":{\"io.container.manager\":\"libpod\","
		    "\"io.kubernetes.cri-o.TTY\":\"false\"}}",
		    "22 ||=5;");
}

static void the_last_device_rule_for_all_counts(void **state)
{
	static const struct {
		const char *rules;
		bool all;
	} samples[] = {
		{ "{\"allow\":true,\"access\":\"rwm\"}", true },
		{ "{\"allow\":true,\"type\":\"a\"}", true },
		{ "{\"allow\":true,\"type\":\"a\",\"major\":-1,\"minor\":-1}", true },
		{ "{\"allow\":true},{\"allow\":false}", false },
		{ "{\"allow\":false},{\"allow\":true,\"type\":\"c\"}", false },
		{ "{\"allow\":false},{\"allow\":true,\"major\":1}", false },
		{ "{\"allow\":true},{\"allow\":false,\"major\":8}", true },
		{ "{\"allow\":\"true\"}", false },
		{ "7,null,{}", false },
	};
	char json[512];
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		(void)snprintf(json, sizeof json, "{\"linux\":{\"resources\":{\"devices\":[%s]}}}",
			       samples[i].rules);
		expect_text(config_read_bundle, json, samples[i].all ? "11 ||=1;" : "");
	}
}

static void of_mount_options_the_last_counts(void **state)
{
	(void)state;
	expect_text(config_read_bundle,
		    "{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":"
		    "[\"bind\",\"ro\",\"rw\"]},{\"type\":\"none\",\"options\":[\"rbind\",\"rro\"]},"
		    "{\"options\":7},5]}",
		    "3 /a|/b|=3;3 ||none=1;3 ||=2;");
}

static void what_is_no_configuration_is_an_error(void **state)
{
	static const struct {
		const char *json;
		enum error_code code;
	} samples[] = {
		{ "", ERR_TRUNCATED },          { "[]", ERR_MALFORMED },
		{ "7", ERR_MALFORMED },         { "{", ERR_TRUNCATED },
		{ "{}x", ERR_MALFORMED },       { "{\"root\":{\"path\":\"/x\"}", ERR_TRUNCATED },
		{ "{\"a\" 1}", ERR_MALFORMED },
	};
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct told t = { .text = buf_max(1 * MIB) };
		struct error err = { 0 };
		assert_int_equal(config_read_bundle(bytes_str(samples[i].json), take, &t, &err),
				 -1);
		assert_int_equal(err.code, samples[i].code);
		buf_free(&t.text);
	}
}

static void wrong_kinds_of_values_are_passed_over(void **state)
{
	(void)state;
	expect_text(config_read_bundle,
		    "{\"root\":[],\"process\":7,\"mounts\":{},\"linux\":[1],\"annotations\":null}",
		    "");
	expect_text(config_read_bundle,
		    "{\"root\":{\"path\":7},\"process\":{\"cwd\":{},\"user\":{\"uid\":-1},"
		    "\"capabilities\":{\"bounding\":\"CAP_SYS_ADMIN\",\"effective\":[7,{}]}},"
		    "\"linux\":{\"seccomp\":null,\"cgroupsPath\":[],\"maskedPaths\":\"/x\"}}",
		    "");
	expect_text(config_read_state, "{\"init_process_pid\":-5,\"created\":\"soon\",\"Name\":7}",
		    "");
}

static void texts_that_no_kernel_takes_are_left_out(void **state)
{
	static char json[3 * CONFIG_TEXT_MAX];
	(void)state;
	expect_text(config_read_bundle, "{\"root\":{\"path\":\"/a\\u0000b\"}}", "");
	size_t n = (size_t)snprintf(json, sizeof json, "{\"root\":{\"path\":\"");
	memset(json + n, 'a', CONFIG_TEXT_MAX + 1);
	(void)snprintf(json + n + CONFIG_TEXT_MAX + 1, 8, "\"}}");
	expect_text(config_read_bundle, json, "");
}

static void too_many_facts_are_an_error(void **state)
{
	cleanup_buf struct buf json = buf_max(4 * MIB);
	struct told t = { .text = buf_max(1 * MIB), .kinds = KIND(FACT_ID) };
	struct error err = { 0 };
	(void)state;
	(void)buf_append_str(&json, "{\"linux\":{\"maskedPaths\":[\"/a\"", NULL);
	for (size_t i = 0; i < CONFIG_FACTS_MAX; i++)
		(void)buf_append_str(&json, ",\"/a\"", NULL);
	(void)buf_append_str(&json, "]}}", NULL);
	assert_int_equal(config_read_bundle(buf_view(&json), take, &t, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(t.count, CONFIG_FACTS_MAX);
}

static void what_a_worker_says_is_checked(void **state)
{
	const struct config_fact good = { .kind = FACT_LABEL,
					  .a = BYTES_LIT("k"),
					  .b = BYTES_LIT("v") };
	struct config_fact bad = good, back;
	cleanup_msg struct msg m = { 0 };
	(void)state;
	for (int i = 0; i < 4; i++) {
		cleanup_buf struct buf frame = buf_max(64 * KIB);
		struct msg_reader r;
		struct error err = { 0 };
		static const uint8_t zeros[CONFIG_TEXT_MAX + 1];
		bad = good;
		if (i == 1)
			bad.kind = FACT_KINDS;
		else if (i == 2)
			bad.a = bytes_of(zeros, 1);
		else if (i == 3)
			bad.c = bytes_of(zeros, sizeof zeros);
		config_put_fact(&m, &bad);
		assert_int_equal(frame_encode(&m, &frame, &err), 0);
		struct cursor c = cursor_of(buf_view(&frame));
		assert_int_equal(frame_decode(&c, &r, &err), 1);
		assert_int_equal(config_get_fact(&r, &back, &err), i == 0 ? 0 : -1);
		assert_int_equal(err.code, i == 0 ? ERR_NONE : ERR_PROTOCOL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dockers_bundle_is_read),
		cmocka_unit_test(dockers_mounts_tell_who_may_write),
		cmocka_unit_test(bundles_by_hand_have_no_cgroup_and_no_seccomp),
		cmocka_unit_test(containerds_bundle_is_read),
		cmocka_unit_test(dockers_own_file_tells_image_and_labels),
		cmocka_unit_test(runcs_state_tells_bundle_and_cgroup),
		cmocka_unit_test(cruns_status_is_read),
		cmocka_unit_test(a_stores_list_tells_each_container),
		cmocka_unit_test(annotations_tell_the_pod),
		cmocka_unit_test(the_last_device_rule_for_all_counts),
		cmocka_unit_test(of_mount_options_the_last_counts),
		cmocka_unit_test(what_is_no_configuration_is_an_error),
		cmocka_unit_test(wrong_kinds_of_values_are_passed_over),
		cmocka_unit_test(texts_that_no_kernel_takes_are_left_out),
		cmocka_unit_test(too_many_facts_are_an_error),
		cmocka_unit_test(what_a_worker_says_is_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
