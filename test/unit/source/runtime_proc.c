#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "source/runtime_internal.h"

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
	};
	return cmocka_run_group_tests_name("runtime_proc", tests, NULL, NULL);
}
