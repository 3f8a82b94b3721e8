/* What rules come to in the kernel's tables, and for whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rule_try.h"

static const char three[] =
	"rules:\n"
	"- {name: late, priority: 200, kind: escape, criteria: {items: all}, action: alert}\n"
	"- {name: shop, priority: 10, kind: escape, scope: {namespaces: shop}, action: block,\n"
	"   criteria: {items: [mount, core-pattern, io-uring, credential]}}\n"
	"- {name: excuse, priority: 5, kind: escape, scope: {namespaces: shop, images: builder},\n"
	"   criteria: {items: mount}, action: pass}\n";

static struct guard_policy policy_of(const struct rule_set *s, const struct rule_subject *who,
				     unsigned backends)
{
	struct guard_policy p;
	struct error err = { 0 };
	if (rule_compile(s, who, backends, &p, &err) < 0)
		fail_msg("%s", err.text);
	return p;
}

static void the_rule_of_smallest_priority_that_holds_decides(void **state)
{
	struct rule_set s = rules_of(three);
	struct rule_subject shop = { .namespace = "shop", .image = "web:1" };
	struct rule_subject builder = { .namespace = "shop",
					.image = "docker.io/library/builder:9" };
	struct rule_subject other = { .namespace = "bank" };
	(void)state;
	struct guard_policy p = policy_of(&s, &shop, ALL_BACKENDS);
	assert_int_equal(p.action[ITEM_MOUNT], GUARD_BLOCK);
	assert_int_equal(p.rule[ITEM_MOUNT], 2);
	assert_string_equal(s.rule[p.rule[ITEM_MOUNT] - 1].name, "shop");
	assert_int_equal(p.action[ITEM_SETNS], GUARD_ALERT);
	assert_int_equal(p.action[ITEM_EXEC_CHANGED], GUARD_PASS);
	assert_int_equal(p.rule[ITEM_EXEC_CHANGED], 0);
	p = policy_of(&s, &builder, ALL_BACKENDS);
	assert_int_equal(p.action[ITEM_MOUNT], GUARD_PASS);
	assert_int_equal(p.rule[ITEM_MOUNT], 1);
	assert_int_equal(p.action[ITEM_CORE_PATTERN], GUARD_BLOCK);
	p = policy_of(&s, &other, ALL_BACKENDS);
	assert_int_equal(p.action[ITEM_MOUNT], GUARD_ALERT);
	rule_set_free(&s);
}

static void a_rule_that_is_verified_holds_alone_whatever_its_scope(void **state)
{
	struct rule_set s = rules_of(three);
	struct guard_policy p;
	struct error err = { 0 };
	(void)state;
	assert_int_equal(rule_compile_alone(&s, "shop", ALL_BACKENDS, &p, &err), 0);
	assert_int_equal(p.action[ITEM_MOUNT], GUARD_BLOCK);
	assert_int_equal(p.rule[ITEM_MOUNT], 2);
	assert_int_equal(p.rule[ITEM_SETNS], 0);
	assert_int_equal(p.action[ITEM_SETNS], GUARD_PASS);
	assert_int_equal(rule_compile_alone(&s, "nobody's", ALL_BACKENDS, &p, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	rule_set_free(&s);
}

static void a_block_that_nobody_guarantees_is_compiled_as_alert(void **state)
{
	struct rule_set s = rules_of(three);
	struct rule_subject shop = { .namespace = "shop" };
	(void)state;
	struct guard_policy p = policy_of(&s, &shop, NATIVE);
	assert_int_equal(p.action[ITEM_MOUNT], GUARD_ALERT);
	assert_int_equal(p.action[ITEM_IO_URING], GUARD_ALERT);
	assert_int_equal(p.action[ITEM_CORE_PATTERN], GUARD_BLOCK);
	assert_int_equal(p.action[ITEM_CREDENTIAL], GUARD_BLOCK); /* condemns */
	rule_set_free(&s);
}

static void rules_for_the_node_and_for_containers_do_not_mix(void **state)
{
	struct rule_set s = rules_of(
		"rules:\n"
		"- {name: c, kind: escape, criteria: {items: bpf}, action: block}\n"
		"- {name: h, kind: file, scope: {host: true}, criteria: {directories: /a}, "
		"action: block}\n");
	struct rule_subject node = { .flags = CONTAINER_HOST }, container = { .image = "a" };
	(void)state;
	struct guard_policy p = policy_of(&s, &node, ALL_BACKENDS);
	assert_int_equal(p.file_rules, 1);
	assert_int_equal(p.action[ITEM_BPF], GUARD_PASS);
	p = policy_of(&s, &container, ALL_BACKENDS);
	assert_int_equal(p.file_rules, 0);
	assert_int_equal(p.action[ITEM_BPF], GUARD_BLOCK);
	rule_set_free(&s);
}

/* --- scope ------------------------------------------------------------------------------- */

static const char *const labels[] = { "team=web", "tier=front", NULL };

static const struct {
	const char *scope;
	bool holds;
} scopes[] = {
	{ "{}", true },
	{ "{images: nginx}", true },
	{ "{images: 'nginx:*'}", true },
	{ "{images: 'docker.io/library/nginx:1.25'}", true },
	{ "{images: 'docker.io/*'}", true },
	{ "{images: ngin}", false },
	{ "{images: 'nginx:1.24'}", false },
	{ "{images: [redis, 'ngi?x']}", true },
	{ "{namespaces: 'pro*'}", true },
	{ "{namespaces: dev}", false },
	{ "{clusters: east}", true },
	{ "{clusters: west}", false },
	{ "{apps: shop}", true },
	{ "{apps: shops}", false },
	{ "{containers: 'web-?'}", true },
	{ "{containers: web}", false },
	{ "{labels: {team: web}}", true },
	{ "{labels: {team: 'w*', tier: front}}", true },
	{ "{labels: {team: web, tier: back}}", false },
	{ "{labels: {tea: '*'}}", false },
	{ "{images: nginx, namespaces: dev}", false },
	{ "{host: true}", false },
};

static void a_scope_holds_when_all_of_it_does(void **state)
{
	const struct rule_subject who = { .cluster = "east",
					  .namespace = "prod",
					  .app = "shop",
					  .image = "docker.io/library/nginx:1.25",
					  .container = "web-1",
					  .labels = labels };
	(void)state;
	for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
		char text[512];
		(void)snprintf(text, sizeof text,
			       "rules:\n- name: a\n  kind: file\n  action: alert\n  criteria: "
			       "{directories: /a}\n  scope: %s\n",
			       scopes[i].scope);
		struct rule_set s = rules_of(text);
		if (rule_applies(&s.rule[0], &who) != scopes[i].holds)
			fail_msg("%s", scopes[i].scope);
		rule_set_free(&s);
	}
}

static const struct {
	const char *pattern, *image;
	bool holds;
} images[] = {
	{ "r.example:5000/a", "r.example:5000/a", true },
	{ "r.example:5000/a", "r.example:5000/a:2", true },
	{ "r.example:5000/a", "r.example:5000/a@sha256:00", true },
	{ "r.example:5000/a", "r.example:5000/a:2@sha256:00", true },
	{ "r.example", "r.example:5000", true },
	{ "r.example", "r.example:5000/a", false },
	{ "me/a", "docker.io/me/a:1", true },
	{ "*", "", true },
	{ "?*", "", false },
};

static void images_are_known_by_the_names_people_write(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof images / sizeof images[0]; i++) {
		char text[512];
		(void)snprintf(text, sizeof text,
			       "rules:\n- name: a\n  kind: drift\n  action: alert\n  criteria: "
			       "{items: all}\n  scope: {images: '%s'}\n",
			       images[i].pattern);
		struct rule_set s = rules_of(text);
		struct rule_subject who = { .image = images[i].image };
		if (rule_applies(&s.rule[0], &who) != images[i].holds)
			fail_msg("%s on %s", images[i].pattern, images[i].image);
		rule_set_free(&s);
	}
}

static void an_exception_holds_until_the_end_of_its_last_day(void **state)
{
	struct rule_set s = rules_of(
		"rules:\n- name: a\n  kind: drift\n  action: block\n  criteria: {items: all}\n"
		"  exceptions: {images: nginx, paths: '/opt/**', until: 2027-01-31}\n");
	struct rule_subject who = { .image = "nginx:1" };
	(void)state;
	(void)setenv("SOURCE_DATE_EPOCH", "1801439999", 1); /* 2027-01-31T23:59:59Z */
	assert_false(rule_applies(&s.rule[0], &who));
	assert_true(rule_path_excepted(&s.rule[0], "/opt/a/b"));
	assert_false(rule_path_excepted(&s.rule[0], "/usr/bin/a"));
	(void)setenv("SOURCE_DATE_EPOCH", "1801440000", 1);
	assert_true(rule_applies(&s.rule[0], &who));
	assert_false(rule_path_excepted(&s.rule[0], "/opt/a/b"));
	(void)unsetenv("SOURCE_DATE_EPOCH");
	rule_set_free(&s);
}

/* --- files ------------------------------------------------------------------------------- */

static const char files[] =
	"rules:\n"
	"- {name: off, priority: 1, enabled: false, kind: file, criteria: {directories: /x}, "
	"action: block}\n"
	"- {name: host, priority: 2, kind: escape, criteria: {items: host-file}, action: block}\n"
	"- {name: logs, priority: 3, kind: file, criteria: {directories: /var/www/log}, action: "
	"pass}\n"
	"- {name: www, priority: 4, kind: file, scope: {images: nginx}, action: block,\n"
	"   criteria: {directories: [/var/www, /etc/nginx], include: ['*.php', '*.html'], exclude: "
	"'*.tmp.php', operations: [write, create]}}\n"
	"- {name: host2, priority: 5, kind: escape, criteria: {items: host-file}, action: alert}\n";

static void file_rules_are_numbered_in_the_order_of_the_set(void **state)
{
	struct rule_set s = rules_of(files);
	struct guard_file_rule r[GUARD_FILE_RULES];
	struct error err = { 0 };
	struct rule_subject nginx = { .image = "nginx:1" }, redis = { .image = "redis" };
	size_t n = 0;
	(void)state;
	assert_int_equal(rule_compile_files(&s, ALL_BACKENDS, r, &n, &err), 0);
	assert_int_equal(n, 4);
	assert_int_equal(r[0].item, ITEM_HOST_FILE);
	assert_int_equal(r[0].rule, 2);
	assert_int_equal(r[1].action, GUARD_PASS);
	assert_int_equal(r[2].ops, FILE_OP_WRITE | FILE_OP_CREATE);
	assert_int_equal(r[2].includes, 2);
	assert_int_equal(r[2].excludes, 1);
	assert_string_equal(r[2].suffix[0], ".php");
	assert_string_equal(r[2].suffix[2], ".tmp.php");
	assert_int_equal(policy_of(&s, &nginx, ALL_BACKENDS).file_rules, 7);
	assert_int_equal(policy_of(&s, &redis, ALL_BACKENDS).file_rules, 3);
	assert_string_equal(rule_file_place(&s.rule[3], 1), "/etc/nginx");
	assert_null(rule_file_place(&s.rule[3], 2));
	assert_string_equal(rule_file_place(&s.rule[1], 0), "/etc/cron.d");
	assert_int_equal(rule_compile_files(&s, NATIVE, r, &n, &err), 0);
	assert_int_equal(r[2].action, GUARD_ALERT);
	rule_set_free(&s);
}

/* --- explanations --------------------------------------------------------------------------- */

static void an_explanation_tells_which_rule_decides_and_what_truly_happens(void **state)
{
	struct rule_set s = rules_of(three);
	struct rule_subject shop = { .namespace = "shop", .image = "web:1" };
	struct error err = { 0 };
	static const char *const expected[] = {
		"guard/escape/mount: ",
		"T1611",
		"in a container of image web:1, namespace shop:",
		"\"excuse\" (r.yaml:5) says pass; does not hold: the image is another",
		"\"shop\" (r.yaml:3) says block; decides",
		"\"late\" (r.yaml:2) says alert; decided above",
		"result: nothing happens; the rule says block, and no attached back-end can",
		"bpf-lsm    block (not attached)",
	};
	cleanup_buf struct buf out = buf_max(MIB);
	(void)state;
	assert_int_equal(rule_explain(&s, &shop, NATIVE, ITEM_MOUNT, &out, &err), 0);
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
		if (strstr(buf_cstr(&out, &err), expected[i]) == NULL)
			fail_msg("%s is not in\n%s", expected[i], (char *)out.p);
	assert_int_equal(rule_explain(&s, &shop, NATIVE, ITEM_NONE, &out, &err), -1);
	rule_set_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rule_of_smallest_priority_that_holds_decides),
		cmocka_unit_test(a_block_that_nobody_guarantees_is_compiled_as_alert),
		cmocka_unit_test(rules_for_the_node_and_for_containers_do_not_mix),
		cmocka_unit_test(a_scope_holds_when_all_of_it_does),
		cmocka_unit_test(images_are_known_by_the_names_people_write),
		cmocka_unit_test(an_exception_holds_until_the_end_of_its_last_day),
		cmocka_unit_test(file_rules_are_numbered_in_the_order_of_the_set),
		cmocka_unit_test(a_rule_that_is_verified_holds_alone_whatever_its_scope),
		cmocka_unit_test(an_explanation_tells_which_rule_decides_and_what_truly_happens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
