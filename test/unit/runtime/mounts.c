#include "runtime/mounts.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "runtime/proc.h"

static int root_of(const char *text, struct arena *arena, struct mount_root *ret, struct error *err)
{
	return mountinfo_root(bytes_str(text), arena, ret, err);
}

/* "lower|lower>upper" */
static void expect_layers(const char *options, const char *wanted)
{
	cleanup_arena struct arena arena = arena_max(1 * MIB);
	cleanup_buf struct buf got = buf_max(64 * KIB);
	struct mount_root r;
	struct error err = { 0 };
	char line[8192];
	(void)snprintf(line, sizeof line, "98 72 0:41 / / rw,relatime - overlay overlay rw,%s\n",
		       options);
	if (root_of(line, &arena, &r, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < r.lower_count; i++)
		(void)buf_printf(&got, NULL, "%s%s", i > 0 ? "|" : "", r.lower[i]);
	(void)buf_printf(&got, NULL, ">%s", r.upper);
	assert_string_equal(buf_cstr(&got, NULL), wanted);
}

static void overlays_layers_are_told_top_first(void **state)
{
	(void)state;
	expect_layers("lowerdir=/a:/b:/c,upperdir=/u,workdir=/w", "/a|/b|/c>/u");
	expect_layers("lowerdir=/only", "/only>");
	expect_layers("upperdir=/u,lowerdir=/a,index=off", "/a>/u");
	expect_layers("lowerdir=l/ABC:l/DEF,upperdir=x/diff", "l/ABC|l/DEF>x/diff");
}

static void each_way_of_escaping_is_undone(void **state)
{
	(void)state;
	/* As given to mount(2): "\:" and "\\"; as shown: octal. */
	expect_layers("lowerdir=/a\\134:b:/c", "/a:b|/c>");
	expect_layers("lowerdir=/a\\134\\134b:/c", "/a\\b|/c>");
	expect_layers("lowerdir=/a\\040b\\011c:/d", "/a b\tc|/d>");
	/* Linux 6.5 and 6.6. */
	expect_layers("lowerdir=/a\\072b:/c", "/a:b|/c>");
	/* Since 6.7, with fsconfig(2): one option a layer, nothing but octal. */
	expect_layers("lowerdir+=/a:b,lowerdir+=/c\\054d,datadir+=/data,upperdir=/u\\040x",
		      "/a:b|/c,d>/u x");
	/* Layers that hold data alone have no names. */
	expect_layers("lowerdir=/a:/b::/data1::/data2", "/a|/b>");
	expect_layers("lowerdir=/a\\", "/a\\>");
	expect_layers("lowerdir=/a\\0", "/a\\0>");
}

static void real_mounts_are_read(void **state)
{
	static const struct {
		const char *name;
		size_t layers;
		const char *first, *upper;
	} samples[] = {
		{ "docker-mountinfo", 3, "/var/lib/docker/overlay2/l/YB3SDPYLTV3TKLUJQS3WSWKXQJ",
		  "/var/lib/docker/overlay2/"
		  "793472b109458549f8a57d916c331d3bc39d2e28dcf89d8acba5885515a415cc/diff" },
		{ "containerd-mountinfo", 2,
		  "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/2/fs",
		  "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/3/fs" },
	};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		cleanup_arena struct arena arena = arena_max(1 * MIB);
		cleanup_buf struct buf text = buf_max(1 * MIB);
		struct mount_root r;
		char path[512];
		(void)snprintf(path, sizeof path, "%s/runtime/%s", getenv("CORTEN_TEST_DATA"),
			       samples[i].name);
		cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_int_equal(fd_read_all(fd, &text, NULL), 0);
		assert_int_equal(mountinfo_root(buf_view(&text), &arena, &r, NULL), 0);
		assert_int_equal(r.dev, 41);
		assert_true(r.overlay);
		assert_int_equal(r.lower_count, samples[i].layers);
		assert_string_equal(r.lower[0], samples[i].first);
		assert_string_equal(r.upper, samples[i].upper);
	}
}

static void what_is_mounted_last_is_the_root(void **state)
{
	cleanup_arena struct arena arena = arena_max(1 * MIB);
	struct mount_root r;
	(void)state;
	assert_int_equal(root_of("1 0 254:1 / / rw - ext4 /dev/vda rw\n"
				 "2 1 0:9 / /proc rw - proc proc rw\n"
				 "3 1 0:41 / / rw shared:1 master:2 - overlay overlay "
				 "rw,lowerdir=/a\n"
				 "4 3 8:1 /x / rw - xfs /dev/sda rw\n",
				 &arena, &r, NULL),
			 0);
	assert_int_equal(r.dev, 8 << 20 | 1);
	assert_false(r.overlay);
	assert_int_equal(r.lower_count, 0);
	assert_string_equal(r.type, "xfs");
}

static void broken_lines_are_passed_over(void **state)
{
	static const char *const texts[] = {
		"",
		"\n\n\n",
		"1 2 3",
		"1 2 0:41 / /x rw - overlay overlay rw",
		"1 2 0:41 / / rw no separator here",
		"1 2 0:41 / / rw -",
		"1 2 0:41 / / rw - overlay",
	};
	cleanup_arena struct arena arena = arena_max(1 * MIB);
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct mount_root r;
		struct error err = { 0 };
		assert_int_equal(root_of(texts[i], &arena, &r, &err), -1);
		assert_int_equal(err.code, ERR_NOT_FOUND);
	}
}

static void hostile_roots_are_errors(void **state)
{
	static const struct {
		const char *line;
		enum error_code code;
	} samples[] = {
		{ "1 2 0 / / rw - xfs x rw", ERR_MALFORMED },
		{ "1 2 0:x / / rw - xfs x rw", ERR_MALFORMED },
		{ "1 2 4096:1 / / rw - xfs x rw", ERR_MALFORMED },
		{ "1 2 0:1048576 / / rw - xfs x rw", ERR_MALFORMED },
		{ "1 2 0:1 / / rw - overlay x rw,lowerdir=/a\\000b", ERR_MALFORMED },
		{ "1 2 0:1 / / rw - overlay x rw,upperdir=/a\\000b", ERR_MALFORMED },
	};
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		cleanup_arena struct arena arena = arena_max(1 * MIB);
		struct mount_root r;
		struct error err = { 0 };
		assert_int_equal(root_of(samples[i].line, &arena, &r, &err), -1);
		assert_int_equal(err.code, samples[i].code);
	}
}

static void layers_have_a_limit(void **state)
{
	cleanup_arena struct arena arena = arena_max(64 * MIB);
	cleanup_buf struct buf line = buf_max(1 * MIB);
	struct mount_root r;
	struct error err = { 0 };
	(void)state;
	(void)buf_append_str(&line, "1 2 0:1 / / rw - overlay x rw", NULL);
	for (size_t i = 0; i <= MOUNT_LAYERS_MAX; i++)
		(void)buf_append_str(&line, ",lowerdir+=/a", NULL);
	assert_int_equal(mountinfo_root(buf_view(&line), &arena, &r, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
}

static void a_device_and_the_unified_hierarchy_are_found(void **state)
{
	static const char text[] = "1 0 8:1 / / rw - ext4 x rw\n"
				   "2 1 0:41 /sub /bind rw - overlay x rw\n"
				   "3 1 0:41 / /run/b\\040c/rootfs rw - overlay x rw\n"
				   "4 1 0:5 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
				   "5 1 0:5 /docker /other rw - cgroup2 cgroup2 rw\n"
				   "6 1 0:5 / /sys/fs/cgroup rw - cgroup2 none rw\n";
	cleanup_arena struct arena arena = arena_max(1 * MIB);
	char *path;
	(void)state;
	assert_int_equal(mountinfo_place(bytes_str(text), 41, &arena, &path, NULL), 0);
	assert_string_equal(path, "/run/b c/rootfs");
	assert_int_equal(mountinfo_place(bytes_str(text), 42, &arena, &path, NULL), 0);
	assert_string_equal(path, "");
	assert_int_equal(mountinfo_cgroup2(bytes_str(text), &arena, &path, NULL), 0);
	assert_string_equal(path, "/sys/fs/cgroup");
	assert_int_equal(mountinfo_cgroup2(BYTES_LIT(""), &arena, &path, NULL), 0);
	assert_string_equal(path, "");
}

static void control_groups_of_a_process_are_read(void **state)
{
	static const struct {
		const char *text, *path;
	} samples[] = {
		{ "0::/docker/x\n", "/docker/x" },
		{ "9:name=systemd:/a\n8:pids:/b\n0::/c\n", "/c" },
		{ "9:name=systemd:/a\n8:pids:/b\n0::/\n", "/a" },
		{ "9:name=systemd:/\n8:pids:/b\n", "/b" },
		{ "4:cpu,cpuacct:/docker/x\n", "/docker/x" },
		{ "0::/a:b/c\n", "/a:b/c" },
		{ "0::/\n", NULL },
		{ "", NULL },
		{ "0", NULL },
		{ ":::::\n", NULL },
		{ "0::relative\n", NULL },
		{ "x:y\n", NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct bytes path;
		bool any = cgroup_text_path(bytes_str(samples[i].text), &path);
		if (any != (samples[i].path != NULL) ||
		    (any && !bytes_equal(path, bytes_str(samples[i].path))))
			fail_msg("%s: %.*s", samples[i].text, (int)path.n, (const char *)path.p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overlays_layers_are_told_top_first),
		cmocka_unit_test(each_way_of_escaping_is_undone),
		cmocka_unit_test(real_mounts_are_read),
		cmocka_unit_test(what_is_mounted_last_is_the_root),
		cmocka_unit_test(broken_lines_are_passed_over),
		cmocka_unit_test(hostile_roots_are_errors),
		cmocka_unit_test(layers_have_a_limit),
		cmocka_unit_test(a_device_and_the_unified_hierarchy_are_found),
		cmocka_unit_test(control_groups_of_a_process_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
