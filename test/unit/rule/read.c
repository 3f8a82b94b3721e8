/* What rules are understood, what is told of those that are not, and that what is
 * written is read as the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rule/internal.h"

#define DRIFT "rules:\n- name: a\n  kind: drift\n  action: block\n  criteria: {items: all}\n"
#define ESCAPE "rules:\n- name: a\n  kind: escape\n  action: block\n  criteria:\n    items: "
#define FILES "rules:\n- name: a\n  kind: file\n  action: block\n  criteria: "

static struct rule_set taken(const char *text)
{
	struct rule_set s = { 0 };
	struct error err = { 0 };
	if (rule_set_read(&s, "r.yaml", bytes_str(text), &err) < 0)
		fail_msg("%s", err.text);
	return s;
}

static const char whole[] =
	"version: 1\ndescription: shop\nrules:\n"
	"- name: drift ä\n  description: \"a \\\"quoted\\\"\\nline\"\n  priority: 7\n"
	"  enabled: false\n  kind: drift\n"
	"  scope: {clusters: c, namespaces: [prod-*, live], apps: a, images: 'nginx*',\n"
	"          containers: web, labels: {team: 'we*', tier: front}}\n"
	"  criteria:\n    items: [exec-changed, library]\n  action: block\n"
	"  exceptions: {paths: ['/opt/**'], images: [redis], until: 2027-01-31, reason: r, "
	"author: me}\n"
	"- name: escapes\n  kind: escape\n  criteria:\n"
	"    items: {all: block, mount: pass, release-agent: alert}\n  action: alert\n"
	"- name: files\n  kind: file\n  scope: {host: true}\n  criteria:\n"
	"    directories: [/var/www/, /etc/passwd]\n    include: ['*.php', '*.html']\n"
	"    exclude: '*.tmp.php'\n    operations: [write, chmod, read]\n"
	"  action: block\n  exceptions: {processes: /usr/sbin/nginx}\n"
	"- name: kept files\n  kind: file\n  criteria:\n    directories: /etc\n"
	"    restore_from: /srv/backup\n  action: alert\n";

static void check_drift(const struct rule *r)
{
	assert_string_equal(r->name, "drift \xc3\xa4");
	assert_string_equal(r->description, "a \"quoted\"\nline");
	assert_int_equal(r->priority, 7);
	assert_false(r->enabled);
	assert_int_equal(r->line, 4);
	assert_string_equal(r->origin, "r.yaml");
	assert_int_equal(r->items, 1 << ITEM_EXEC_CHANGED | 1 << ITEM_LIBRARY);
	assert_int_equal(r->item_action[ITEM_LIBRARY], GUARD_BLOCK);
	assert_int_equal(r->scope.namespaces.count, 2);
	assert_string_equal(r->scope.labels.value[0], "team=we*");
	assert_string_equal(r->exceptions.until, "2027-01-31");
	assert_string_equal(r->exceptions.paths.value[0], "/opt/**");
}

static void a_whole_file_is_read(void **state)
{
	struct rule_set s = taken(whole);
	(void)state;
	assert_int_equal(s.count, 4);
	check_drift(&s.rule[0]);
	const struct rule *e = &s.rule[1], *f = &s.rule[2];
	assert_string_equal(e->name, "escapes");
	assert_int_equal(e->priority, 100);
	assert_int_equal(e->item_action[ITEM_MOUNT], GUARD_PASS);
	assert_int_equal(e->item_action[ITEM_RELEASE_AGENT], GUARD_ALERT);
	assert_int_equal(e->item_action[ITEM_SETNS], GUARD_BLOCK);
	assert_int_equal(e->item_action[ITEM_START_PRIVILEGED], GUARD_ALERT);
	assert_string_equal(f->file.directories.value[0], "/var/www");
	assert_int_equal(f->file.ops, FILE_OP_WRITE | FILE_OP_CHMOD | FILE_OP_READ);
	assert_string_equal(s.rule[3].file.restore_from, "/srv/backup");
	assert_true(f->scope.host);
	assert_int_equal(f->items, 1 << ITEM_FILE);
	rule_set_free(&s);
}

static void what_is_written_is_read_as_the_same(void **state)
{
	struct rule_set s = taken(whole);
	cleanup_buf struct buf text = buf_max(MIB);
	struct error err = { 0 };
	(void)state;
	assert_int_equal(buf_append_str(&text, "rules:\n", &err), 0);
	for (size_t i = 0; i < s.count; i++)
		assert_int_equal(rule_write(&s.rule[i], &text, &err), 0);
	struct rule_set again = taken(buf_cstr(&text, &err));
	assert_string_equal(again.digest, s.digest);
	assert_int_equal(again.rule[1].item_action[ITEM_MOUNT], GUARD_PASS);
	check_drift((again.rule[0].line = 4, &again.rule[0]));
	rule_set_free(&again);
	rule_set_free(&s);
}

#define X10 "xxxxxxxxxx"
#define X80 X10 X10 X10 X10 X10 X10 X10 X10
#define E10 "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
#define E80 E10 E10 E10 E10 E10 E10 E10 E10
#define NAMED(name)                                                                                \
	"rules:\n- name: " name "\n  kind: drift\n  action: alert\n  criteria: {items: all}\n"

static void a_name_has_one_to_eighty_characters(void **state)
{
	(void)state;
	static const char *const good[] = { NAMED("x"), NAMED(X80), NAMED(E80), NAMED("12") };
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct rule_set s = taken(good[i]);
		rule_set_free(&s);
	}
}

/* Each is refused, and the message begins and goes on like this. */
static const struct {
	const char *text, *where, *says;
} refused[] = {
	{ "", "r.yaml:", "empty" },
	{ "[", "r.yaml:", "" },
	{ "- a", "r.yaml:1: ", "must be a map" },
	{ "rule: []", "r.yaml:1: ", "no key \"rule\". Did you mean rules?" },
	{ "version: 1", "r.yaml:1: ", "needs the key \"rules\"" },
	{ "version: 2\nrules: []", "r.yaml:1: ", "version 1" },
	{ "rules: 1", "r.yaml:1: ", "must be a list" },
	{ "rules:\n- 1", "r.yaml:2: ", "must be a map" },
	{ "rules:\n- {}", "r.yaml:2: ", "needs the key \"name\"" },
	{ "rules:\n- name: a\n  action: block\n  criteria: {items: all}",
	  "r.yaml:2: ", "\"kind\"" },
	{ "rules:\n- name: a\n  kind: drift\n  criteria: {items: all}",
	  "r.yaml:2: ", "\"action\"" },
	{ "rules:\n- name: a\n  kind: drift\n  action: block", "r.yaml:2: ", "\"criteria\"" },
	{ NAMED("''"), "r.yaml:2: ", "1 to 80" },
	{ NAMED(X80 "x"), "r.yaml:2: ", "81 characters" },
	{ NAMED("\"a\\tb\""), "r.yaml:2: ", "one line" },
	{ NAMED("' a'"), "r.yaml:2: ", "one line" },
	{ NAMED("\"a\\u202eb\""), "r.yaml:2: ", "control" },
	{ NAMED("\"a\\0b\""), "r.yaml:2: ", "control" },
	{ NAMED("[a]"), "r.yaml:2: ", "must be a text" },
	{ DRIFT "  priorty: 1", "r.yaml:6: ", "\"priorty\". Did you mean priority?" },
	{ DRIFT "  priority: 0", "r.yaml:6: ", "1 to 1000" },
	{ DRIFT "  priority: 1001", "r.yaml:6: ", "1 to 1000" },
	{ DRIFT "  priority: -1", "r.yaml:6: ", "1 to 1000" },
	{ DRIFT "  priority: 1.5", "r.yaml:6: ", "1 to 1000" },
	{ DRIFT "  priority: high", "r.yaml:6: ", "1 to 1000" },
	{ DRIFT "  priority: '5'", "r.yaml:6: ", "1 to 1000" },
	{ DRIFT "  enabled: 'yes'", "r.yaml:6: ", "true or false" },
	{ DRIFT "  enabled: 1", "r.yaml:6: ", "true or false" },
	{ DRIFT "  scope: x", "r.yaml:6: ", "must be a map" },
	{ DRIFT "  scope:\n    image: x", "r.yaml:7: ", "Did you mean images?" },
	{ DRIFT "  scope: {images: []}", "r.yaml:6: ", "not empty" },
	{ DRIFT "  scope: {images: {a: b}}", "r.yaml:6: ", "list of texts" },
	{ DRIFT "  scope: {labels: a=b}", "r.yaml:6: ", "map of labels" },
	{ DRIFT "  scope: {labels: {'a=b': c}}", "r.yaml:6: ", "label's name" },
	{ DRIFT "  scope: {host: true, images: a}", "r.yaml:6: ", "node's own" },
	{ DRIFT "  exceptions: {reason: x}", "r.yaml:6: ", "must name paths" },
	{ DRIFT "  exceptions: {paths: opt}", "r.yaml:6: ", "never match" },
	{ DRIFT "  exceptions: {processes: /bin/x}", "r.yaml:2: ", "by \"paths\"" },
	{ DRIFT "  exceptions:\n    paths: /x\n    until: 2026-02-30",
	  "r.yaml:8: ", "date as in 2027-01-31" },
	{ DRIFT "  exceptions:\n    paths: /x\n    until: soon", "r.yaml:8: ", "\"soon\"" },
	{ DRIFT "  exceptions:\n    paths: /x\n    until: 2027-01-01T00:00:00Z",
	  "r.yaml:8: ", "date" },
	{ ESCAPE "mont", "r.yaml:6: ", "no item \"mont\" of kind escape. Did you mean mount?" },
	{ ESCAPE "[mount, setsn]", "r.yaml:6: ", "Did you mean setns?" },
	{ ESCAPE "exec-changed", "r.yaml:6: ", "of kind escape" },
	{ ESCAPE "file", "r.yaml:6: ", "of kind escape" },
	{ ESCAPE "\n    - start-privileged", "r.yaml:7: ", "cannot be blocked" },
	{ ESCAPE "{start-mount: block}", "r.yaml:6: ", "cannot be blocked" },
	{ ESCAPE "{mount: deny}", "r.yaml:6: ", "\"mount\" must be pass, alert or block" },
	{ ESCAPE "{all: 1}", "r.yaml:6: ", "\"all\" must be pass" },
	{ ESCAPE "[]", "r.yaml:6: ", "\"items\" must be" },
	{ ESCAPE "{}", "r.yaml:6: ", "\"items\" must be" },
	{ ESCAPE "3", "r.yaml:6: ", "\"items\" must be" },
	{ ESCAPE "[[mount]]", "r.yaml:6: ", "must be a name" },
	{ ESCAPE "all\n  exceptions: {paths: /x}", "r.yaml:2: ", "images only" },
	{ "rules:\n- name: a\n  kind: escapes\n", "r.yaml:3: ", "drift, escape or file" },
	{ "rules:\n- name: a\n  action: deny\n", "r.yaml:3: ", "pass, alert or block" },
	{ FILES "{items: all}", "r.yaml:5: ", "no key \"items\"" },
	{ FILES "{include: '*.php'}", "r.yaml:5: ", "\"directories\"" },
	{ FILES "{directories: var}", "r.yaml:5: ", "path from the root" },
	{ FILES "{directories: /a/../b}", "r.yaml:5: ", "path from the root" },
	{ FILES "{directories: //a}", "r.yaml:5: ", "path from the root" },
	{ FILES "{directories: /a/*}", "r.yaml:5: ", "patterns are not possible" },
	{ FILES "{directories: /a, include: x.php}", "r.yaml:5: ", "an ending" },
	{ FILES "{directories: /a, include: '*'}", "r.yaml:5: ", "an ending" },
	{ FILES "{directories: /a, include: '*a*'}", "r.yaml:5: ", "an ending" },
	{ FILES "{directories: /a, include: '*0123456789abcdef'}", "r.yaml:5: ", "an ending" },
	{ FILES "{directories: /a, include: ['*a','*b','*c','*d','*e'], exclude: "
		"['*f','*g','*h','*i']}",
	  "r.yaml:5: ", "more than 8" },
	{ FILES "{directories: /a, operations: wite}", "r.yaml:5: ", "Did you mean write?" },
	{ FILES "{directories: /a, directories: /b}",
	  "r.yaml:5: ", "\"directories\" is there twice" },
	{ DRIFT "  action: pass\n", "r.yaml:6: ", "\"action\" is there twice" },
	{ ESCAPE "{mount: pass, bpf: block, mount: block}\n",
	  "r.yaml:6: ", "\"mount\" is there twice" },
	{ "version: 1\nversion: 1\nrules: []\n", "r.yaml:2: ", "\"version\" is there twice" },
	{ "rules: []\nrules: []\n", "r.yaml:2: ", "\"rules\" is there twice" },
	{ DRIFT "  scope: {labels: {team: a, tier: b, team: c}}\n",
	  "r.yaml:6: ", "\"team\" is there twice" },
	{ FILES "{directories: /a, operations: []}", "r.yaml:5: ", "list of operations" },
	{ FILES "{directories: /a, restore_from: b}", "r.yaml:5: ", "path from the root" },
	{ FILES "{directories: /a, restore_from: /b}\n  exceptions: {processes: /bin/c}\n",
	  "r.yaml:2: ", "one or the other" },
	{ "rules:\n- name: a\n  kind: drift\n  action: alert\n  criteria: {items: all}\n"
	  "  scope: {host: true}\n",
	  "r.yaml:2: ", "rules of kind file" },
	{ FILES "{directories: /a, restore_from: /b}\n  scope: {host: true}\n",
	  "r.yaml:2: ", "files of containers" },
	{ FILES "{directories: /a}\n  exceptions: {paths: /a/b}",
	  "r.yaml:2: ", "no path patterns" },
	{ NAMED("a") "- {name: a, kind: drift, action: pass, criteria: {items: all}}",
	  "r.yaml:6: ", "r.yaml:2 has the name" },
};

static void what_cannot_be_understood_is_refused_with_its_line_and_the_set_stays(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct rule_set s = taken("rules: [{name: old, kind: drift, action: alert, "
					  "criteria: {items: all}}]");
		struct rule *before = s.rule;
		struct error err = { 0 };
		if (rule_set_read(&s, "r.yaml", bytes_str(refused[i].text), &err) == 0)
			fail_msg("taken: %s", refused[i].text);
		if (strstr(err.text, refused[i].says) == NULL ||
		    strncmp(err.text, refused[i].where, strlen(refused[i].where)) != 0)
			fail_msg("%s: %s", refused[i].text, err.text);
		assert_int_equal(err.code, ERR_MALFORMED);
		assert_true(s.rule == before && s.count == 1);
		rule_set_free(&s);
	}
}

static void a_faulty_text_leaves_nothing_behind(void **state)
{
	struct rule_set s = { 0 };
	struct error err = { 0 };
	(void)state;
	assert_int_equal(rule_set_read(&s, "r.yaml", BYTES_LIT("rules: 1"), &err), -1);
	assert_true(s.arena == NULL && s.rule == NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_file_is_read),
		cmocka_unit_test(what_is_written_is_read_as_the_same),
		cmocka_unit_test(a_name_has_one_to_eighty_characters),
		cmocka_unit_test(
			what_cannot_be_understood_is_refused_with_its_line_and_the_set_stays),
		cmocka_unit_test(a_faulty_text_leaves_nothing_behind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
