/* The presets that come with the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rule_try.h"

static struct rule_set preset(const char *name)
{
	char path[4096];
	struct error err = { 0 };
	struct rule_set s = { 0 };
	cleanup_buf struct buf text = buf_max(MIB);
	(void)snprintf(path, sizeof path, "%s/../../rules/guard/%s.yaml",
		       getenv("CORTEN_TEST_DATA"), name);
	cleanup_close int fd = fd_open_read(-100, path, &err);
	if (fd < 0 || fd_read_all(fd, &text, &err) < 0 ||
	    rule_set_read(&s, name, buf_view(&text), &err) < 0)
		fail_msg("%s", err.text);
	return s;
}

static struct guard_policy policy(const struct rule_set *s)
{
	struct guard_policy p;
	struct rule_subject who = { .image = "any" };
	struct error err = { 0 };
	assert_int_equal(rule_compile(s, &who, ALL_BACKENDS, &p, &err), 0);
	return p;
}

static void every_preset_decides_every_item_and_can_be_enforced_by_lsm(void **state)
{
	static const char *const names[] = { "observe", "baseline-protect", "strict" };
	size_t count;
	const struct rule_item *items = rule_items(&count);
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct error err = { 0 };
		struct rule_set s = preset(names[i]);
		struct guard_policy p = policy(&s);
		for (size_t k = 0; k < count; k++)
			if (items[k].kind != RULE_FILE && p.action[items[k].item] == GUARD_PASS)
				fail_msg("%s passes %s", names[i], items[k].name);
		for (size_t k = 0; k < s.count; k++)
			if (rule_enforceable(&s.rule[k], ALL_BACKENDS, &err) < 0)
				fail_msg("%s", err.text);
		rule_set_free(&s);
	}
}

static void each_preset_blocks_all_that_the_weaker_one_blocks(void **state)
{
	struct rule_set a = preset("observe"), b = preset("baseline-protect"), c = preset("strict");
	struct guard_policy pa = policy(&a), pb = policy(&b), pc = policy(&c);
	size_t blocks[3] = { 0 };
	(void)state;
	for (size_t i = 0; i < GUARD_ITEMS; i++) {
		assert_true(pa.action[i] <= pb.action[i] && pb.action[i] <= pc.action[i]);
		blocks[0] += pa.action[i] == GUARD_BLOCK;
		blocks[1] += pb.action[i] == GUARD_BLOCK;
		blocks[2] += pc.action[i] == GUARD_BLOCK;
	}
	assert_int_equal(blocks[0], 0);
	assert_true(blocks[1] > 20 && blocks[2] > blocks[1]);
	rule_set_free(&a);
	rule_set_free(&b);
	rule_set_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_preset_decides_every_item_and_can_be_enforced_by_lsm),
		cmocka_unit_test(each_preset_blocks_all_that_the_weaker_one_blocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
