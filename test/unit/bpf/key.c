/* The key of a cgroup's path: the agent and the kernel programs must agree on it. */
#include "bpf/bpf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 64-bit FNV-1a, draft-eastlake-fnv, test vectors. */
static void the_key_is_fnv_1a(void **state)
{
	(void)state;
	assert_true(guard_cgroup_key("") == UINT64_C(0xcbf29ce484222325));
	assert_true(guard_cgroup_key("a") == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(guard_cgroup_key("foobar") == UINT64_C(0x85944171f73967e8));
}

static void the_words_of_used_policies_hold_each_policy_once(void **state)
{
	(void)state;
	assert_int_equal(GUARD_POLICY_WORDS * 64, GUARD_POLICIES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_is_fnv_1a),
		cmocka_unit_test(the_words_of_used_policies_hold_each_policy_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
