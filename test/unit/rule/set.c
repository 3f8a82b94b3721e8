/* A set as a whole: order, limits, folders. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "rule_try.h"

static void rules_stand_by_priority_then_by_the_bytes_of_their_name(void **state)
{
#define ONE(name, priority)                                                                        \
	"- {name: " name ", priority: " #priority                                                  \
	", kind: drift, action: alert, criteria: {items: all}}\n"
	struct rule_set s = rules_of("rules:\n" ONE("b", 5) ONE("a", 5) ONE("Z", 5) ONE("x", 1));
	struct rule_set t = rules_of("rules:\n" ONE("x", 1) ONE("Z", 5) ONE("a", 5) ONE("b", 5));
	(void)state;
	static const char *const order[] = { "x", "Z", "a", "b" };
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(s.rule[i].name, order[i]);
	assert_string_equal(s.digest, t.digest); /* of what they say, not where */
	rule_set_free(&s);
	rule_set_free(&t);
}

/* n file rules from the number `from` on. */
static void put_file_rules(struct buf *out, unsigned from, unsigned n)
{
	struct error err = { 0 };
	(void)buf_append_str(out, "rules:\n", &err);
	for (unsigned i = from; i < from + n; i++)
		(void)buf_printf(out, &err,
				 "- {name: f%03u, kind: file, action: block, criteria: "
				 "{directories: /d%u}}\n",
				 i, i);
}

static void the_rule_that_passes_a_limit_is_refused_by_name_and_the_others_stay(void **state)
{
	cleanup_buf struct buf first = buf_max(MIB), second = buf_max(MIB);
	struct error err = { 0 };
	(void)state;
	put_file_rules(&first, 0, RULE_FILES_MOST);
	struct rule_set s = rules_of(buf_cstr(&first, &err));
	put_file_rules(&second, RULE_FILES_MOST, 1);
	assert_int_equal(rule_set_read(&s, "new.yaml", buf_view(&second), &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_string_equal(err.text, "new.yaml:2: rule \"f062\" is one too many: a node holds 62 "
				      "rules about files");
	assert_int_equal(s.count, RULE_FILES_MOST);
	assert_int_equal(rule_set_check(&s, &err), 0);
	rule_set_free(&s);
}

/* --- folders -------------------------------------------------------------------------- */

static char folder[] = "/tmp/corten-rules-XXXXXX";

static void put(const char *name, const char *text, mode_t mode)
{
	struct error err = { 0 };
	cleanup_close int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd_write_file(fd, name, bytes_str(text), 0644, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(fchmodat(fd, name, mode, 0), 0);
}

static void drop(const char *name)
{
	char path[256];
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	(void)unlink(path);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "10.yaml", "20.yaml", ".x.yaml", "note.txt",
					     "30.yaml" };
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		drop(names[i]);
	return rmdir(folder);
}

static void a_folder_is_read_in_the_order_of_its_names(void **state)
{
	struct rule_set s = { 0 };
	struct error err = { 0 };
	(void)state;
	put("20.yaml", "rules:\n" ONE("b", 1), 0644);
	put("10.yaml", "rules:\n" ONE("a", 2), 0600);
	put(".x.yaml", "no rules", 0644);
	put("note.txt", "no rules", 0644);
	if (rule_set_load(&s, folder, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(s.count, 2);
	assert_string_equal(s.rule[0].name, "b");
	assert_non_null(strstr(s.rule[1].origin, "/10.yaml"));
	rule_set_free(&s);
}

static void one_faulty_file_leaves_the_old_set_in_force(void **state)
{
	struct rule_set s = { 0 };
	struct error err = { 0 };
	(void)state;
	assert_int_equal(rule_set_load(&s, folder, &err), 0);
	put("30.yaml", "rules:\n" ONE("c", 1) "- {name: d}\n", 0644);
	assert_int_equal(rule_set_load(&s, folder, &err), -1);
	assert_non_null(strstr(err.text, "/30.yaml:3: a rule needs the key \"kind\""));
	assert_int_equal(s.count, 2);
	put("30.yaml", "rules:\n" ONE("a", 1), 0644);
	assert_int_equal(rule_set_load(&s, folder, &err), -1);
	assert_non_null(strstr(err.text, "/30.yaml:2: the rule of "));
	assert_non_null(strstr(err.text, "/10.yaml:2 has the name \"a\", too"));
	put("30.yaml", "", 0644);
	assert_int_equal(rule_set_load(&s, folder, &err), -1);
	assert_non_null(strstr(err.text, "/30.yaml:1: the file is empty"));
	drop("30.yaml");
	rule_set_free(&s);
}

static void a_change_is_judged_with_all_the_others(void **state)
{
	struct rule_set s = { 0 };
	struct error err = { 0 };
	struct bytes good = BYTES_LIT("rules:\n" ONE("c", 1)),
		     twice = BYTES_LIT("rules:\n" ONE("a", 1));
	(void)state;
	assert_int_equal(rule_set_load_with(&s, folder, "15.yaml", &good, &err), 0);
	assert_int_equal(s.count, 3);
	assert_int_equal(rule_set_load_with(&s, folder, "99.yaml", &good, &err), 0);
	assert_int_equal(s.count, 3);
	assert_int_equal(rule_set_load_with(&s, folder, "20.yaml", &good, &err), 0);
	assert_int_equal(s.count, 2);
	assert_int_equal(rule_set_load_with(&s, folder, "20.yaml", NULL, &err), 0);
	assert_int_equal(s.count, 1);
	assert_int_equal(rule_set_load_with(&s, folder, "99.yaml", &twice, &err), -1);
	assert_non_null(strstr(err.text, "/99.yaml:2: the rule of "));
	assert_int_equal(s.count, 1);
	rule_set_free(&s);
}

static void what_others_can_write_is_not_believed(void **state)
{
	struct rule_set s = { 0 };
	struct error err = { 0 };
	(void)state;
	put("30.yaml", "rules:\n" ONE("c", 1), 0664);
	assert_int_equal(rule_set_load(&s, folder, &err), -1);
	assert_int_equal(err.code, ERR_PERMISSION);
	assert_non_null(strstr(err.text, "chmod go-w"));
	drop("30.yaml");
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(rule_set_load(&s, folder, &err), -1);
	assert_int_equal(err.code, ERR_PERMISSION);
	assert_int_equal(chmod(folder, 0700), 0);
	if (geteuid() == 0) {
		put("30.yaml", "rules:\n" ONE("c", 1), 0644);
		char path[256];
		(void)snprintf(path, sizeof path, "%s/30.yaml", folder);
		assert_int_equal(chown(path, 12345, 0), 0);
		assert_int_equal(rule_set_load(&s, folder, &err), -1);
		assert_non_null(strstr(err.text, "chown root"));
		drop("30.yaml");
	}
	assert_int_equal(rule_set_load(&s, "/nonexistent", &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_stand_by_priority_then_by_the_bytes_of_their_name),
		cmocka_unit_test(
			the_rule_that_passes_a_limit_is_refused_by_name_and_the_others_stay),
		cmocka_unit_test(a_folder_is_read_in_the_order_of_its_names),
		cmocka_unit_test(one_faulty_file_leaves_the_old_set_in_force),
		cmocka_unit_test(a_change_is_judged_with_all_the_others),
		cmocka_unit_test(what_others_can_write_is_not_believed),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
