#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "source/runtime_internal.h"

#define PROC "620 619 0:58 / /proc rw,nosuid - proc proc rw\n"
#define OTHER                                                                                      \
	"621 619 0:60 / /data rw - overlay overlay rw,lowerdir=/l,upperdir=/wrong,workdir=/w\n"

static void the_upper_directory_of_the_root_is_found(void **state)
{
	(void)state;
	static const struct {
		const char *mountinfo, *upper;
	} samples[] = {
		/* as docker and containerd mount it */
		{ "619 548 0:57 / / rw,relatime master:1 - overlay overlay "
		  "rw,lowerdir=/d/l/A:/d/l/B,"
		  "upperdir=/var/lib/docker/overlay2/ab/diff,workdir=/d/ab/work\n" PROC OTHER,
		  "/var/lib/docker/overlay2/ab/diff" },
		{ PROC OTHER "619 548 0:57 / / rw - overlay x rw,upperdir=/a\\040b\\134c",
		  "/a b\\c" },
		/* read-only, no overlay, none at all */
		{ "619 548 0:57 / / ro - overlay overlay ro,lowerdir=/a:/b\n" PROC OTHER, "" },
		{ "619 548 8:1 /root / rw - ext4 /dev/sda1 rw,upperdir=/x\n", "" },
		{ OTHER, "" },
		{ "", "" },
		{ "\n\n - - - overlay\n619 548 0:57 / / rw", "" },
		/* what is mounted over it hides it */
		{ "1 0 0:1 / / rw - overlay o rw,upperdir=/below\n2 1 0:2 / / rw - tmpfs t rw\n",
		  "" },
		{ "1 0 0:1 / / rw - overlay o rw,upperdir=/below\n"
		  "2 1 0:2 / / rw - overlay o rw,upperdir=/above\n",
		  "/above" },
		/* longer than its room: none, rather than another path */
		{ "1 0 0:1 / / rw - overlay o "
		  "rw,upperdir=/0123456789012345678901234567890123456789\n",
		  "" },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		char upper[40];
		runtime_upper(bytes_str(samples[i].mountinfo), upper, sizeof upper);
		assert_string_equal(upper, samples[i].upper);
	}
}

static void a_process_is_a_containers_by_its_control_group(void **state)
{
	(void)state;
	static const struct {
		const char *cgroups, *id;
		bool is_in;
	} samples[] = {
		{ "0::/system.slice/docker-ab12.scope\n", "ab12", true },
		{ "12:pids:/docker/ab12\n0::/\n", "ab12", true },
		{ "0::/../../ab12", "ab12", true },
		{ "0::/kubepods/pod77/cri-containerd-ab12.scope/x\n", "ab12", true },
		{ "0::/default/web\n", "web", true },
		{ "0::/default/webmail\n", "web", false },
		{ "0::/docker/ab123\n", "ab12", false },
		{ "0::/\n", "ab12", false },
		{ "", "ab12", false },
		{ "0::/\n", "", false },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
		if (runtime_in_cgroup(bytes_str(samples[i].cgroups), samples[i].id) !=
		    samples[i].is_in)
			fail_msg("%s in %s", samples[i].id, samples[i].cgroups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_is_a_containers_by_its_control_group),
		cmocka_unit_test(the_upper_directory_of_the_root_is_found),
	};
	return cmocka_run_group_tests_name("runtime_proc", tests, NULL, NULL);
}
