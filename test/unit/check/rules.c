/* Rules from files: what is read, what is refused and where, how they are switched, and
 * that the worker gets what the program read. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "check/check.h"

#define HEAD "corten = 1\nkind = 'malware'\nengine = 'script'\nclass = 'miner'\nseverity = 'high'\n"
#define TWO                                                                                        \
	HEAD "[[rules]]\nid = 'one'\ntitle = 'One'\nwords = ['a', 'b']\n[rules.deep]\nx = 1\n"     \
	     "[rules.deep.er]\ny = 'z'\n[[rules]]\nid = 'two'\ntitle = 'Two'\nclass = 'wiper'\n"   \
	     "severity = 'low'\nflag = true\n[rules.test]\npath = 'a'\nmode = 0o755\n"             \
	     "fire = ['f1', 'f2']\nsilent = ['s1']\n"

/* A folder of rules with one file in it. */
struct folder {
	char dir[64], sub[80], file[96];
};

static void folder_make(struct folder *f, const char *kind, const char *text)
{
	(void)snprintf(f->dir, sizeof f->dir, "/tmp/corten-check-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->sub, sizeof f->sub, "%s/%s", f->dir, kind);
	assert_int_equal(mkdir(f->sub, 0700), 0);
	(void)snprintf(f->file, sizeof f->file, "%s/a.toml", f->sub);
	FILE *out = fopen(f->file, "we");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void folder_remove(const struct folder *f)
{
	assert_int_equal(unlink(f->file), 0);
	assert_int_equal(rmdir(f->sub), 0);
	assert_int_equal(rmdir(f->dir), 0);
}

static struct check_rules *load(const char *text, const char *disable, const char *enable)
{
	struct folder f;
	struct error err = { 0 };
	struct check_rules *r = NULL;
	folder_make(&f, "malware", text);
	const char *dir = f.dir;
	struct check_rule_options o = { .dirs = &dir,
					.dir_count = 1,
					.disable = &disable,
					.disable_count = disable != NULL,
					.enable = &enable,
					.enable_count = enable != NULL };
	int result = check_rules_load(&o, &r, &err);
	folder_remove(&f);
	if (result < 0)
		print_message("%s\n", err.text);
	return r;
}

static void a_rule_has_what_its_file_says(void **state)
{
	struct check_rule_info i;
	struct check_rules *r = load(TWO, NULL, NULL);
	(void)state;
	assert_int_equal(check_rules_count(r), 2);
	check_rule_info(r, 0, &i);
	assert_string_equal(i.id, "malware/one");
	assert_string_equal(i.class, "miner");
	assert_string_equal(i.engine, "script");
	assert_int_equal(i.severity, SEVERITY_HIGH);
	assert_int_equal(i.line, 6);
	check_rule_info(r, 1, &i);
	assert_string_equal(i.class, "wiper");
	assert_int_equal(i.severity, SEVERITY_LOW);
	assert_int_equal(i.fire.n, 2);
	assert_string_equal(i.silent.p[0], "s1");
	assert_int_equal(i.test_mode, 0755);
	check_rules_free(r);
}

static void a_file_that_is_wrong_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "kind = 'malware'\n", "corten = 1" },
		{ "corten = 2\nkind = 'malware'\n", "corten = 1" },
		{ "corten = 1\nkind = 'build'\n", "kind" },
		{ "corten = 1\nkind = 'malware'\nrules = 3\n", "[[rules]]" },
		{ HEAD "[[rules]]\ntitle = 'x'\n", ":6:" },
		{ HEAD "[[rules]]\nid = 'Big'\ntitle = 'x'\n", "small letters" },
		{ HEAD "[[rules]]\nid = 'a'\n", "title" },
		{ HEAD "[[rules]]\nid = 'a'\ntitle = 'x'\nseverity = 'bad'\n", ":9:" },
		{ HEAD "[[rules]]\nid = 'a'\ntitle = 'x'\nreferences = 'T1'\n", "list" },
		{ HEAD "[[rules]]\nid = 'a'\ntitle = 'x'\n[rules.test]\nmode = 99999\n", "mode" },
		{ HEAD "[[rules]]\nid = 'a'\ntitle = 'x'\n[[rules]]\nid = 'a'\ntitle = 'x'\n",
		  "twice" },
		{ "corten = \n", "line 1" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct folder f;
		struct error err = { 0 };
		struct check_rules *r = NULL;
		folder_make(&f, "malware", cases[i].text);
		const char *dir = f.dir;
		struct check_rule_options o = { .dirs = &dir, .dir_count = 1 };
		assert_int_equal(check_rules_load(&o, &r, &err), -1);
		folder_remove(&f);
		assert_non_null(strstr(err.text, "malware/a.toml"));
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg("case %zu: %s", i, err.text);
	}
}

static void a_later_folder_takes_the_place_of_a_rule(void **state)
{
	struct folder a, b;
	struct error err = { 0 };
	struct check_rules *r = NULL;
	struct check_rule_info i;
	(void)state;
	folder_make(&a, "malware", TWO);
	folder_make(&b, "malware", HEAD "[[rules]]\nid = 'one'\ntitle = 'Mine'\n");
	const char *dirs[] = { a.dir, b.dir };
	struct check_rule_options o = { .dirs = dirs, .dir_count = 2 };
	assert_int_equal(check_rules_load(&o, &r, &err), 0);
	assert_int_equal(check_rules_count(r), 2);
	check_rule_info(r, 0, &i);
	assert_string_equal(i.title, "Mine");
	check_rules_free(r);
	folder_remove(&a);
	folder_remove(&b);
}

static void rules_are_switched_by_id_class_and_glob(void **state)
{
	static const struct {
		const char *disable, *enable;
		bool one, two;
	} cases[] = {
		{ NULL, NULL, true, true },           { "one", NULL, false, true },
		{ "malware/one", NULL, false, true }, { "wiper", NULL, true, false },
		{ "*", NULL, false, false },          { "malware/*", "two", false, true },
	};
	(void)state;
	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
		struct check_rule_info i;
		struct check_rules *r = load(TWO, cases[k].disable, cases[k].enable);
		check_rule_info(r, 0, &i);
		assert_int_equal(i.enabled, cases[k].one);
		check_rule_info(r, 1, &i);
		assert_int_equal(i.enabled, cases[k].two);
		assert_true(check_rules_named(r, "miner"));
		assert_false(check_rules_named(r, "three"));
		check_rules_free(r);
	}
}

static void the_worker_gets_what_the_program_read(void **state)
{
	struct error err = { 0 };
	struct check_set *s = NULL;
	int fd = -1;
	struct check_rules *r = load(TWO, NULL, NULL);
	(void)state;
	assert_int_equal(check_rules_send(r, 1U << CHECK_MALWARE, &fd, &err), 0);
	assert_int_equal(check_set_open(fd, &s, &err), 0);
	assert_int_equal(check_set_count(s), 2);
	const struct check_entry *e = check_set_entry(s, 0);
	assert_string_equal(e->engine, "script");
	assert_true(bytes_equal(node_get(e->table, "words")->first->next->text, BYTES_LIT("b")));
	assert_true(bytes_equal(node_text(node_get(node_get(e->table, "deep"), "er"), "y"),
				BYTES_LIT("z")));
	assert_null(node_get(e->table, "title"));
	e = check_set_entry(s, 1);
	assert_int_equal(e->rule, 1);
	assert_true(node_bool(e->table, "flag", false));
	assert_null(node_get(e->table, "test"));
	check_set_close(s);
	(void)close(fd);
	check_rules_free(r);
}

static void a_rule_that_is_off_keeps_the_others_numbers(void **state)
{
	struct error err = { 0 };
	struct check_set *s = NULL;
	int fd = -1;
	struct check_rules *r = load(TWO, "one", NULL);
	(void)state;
	assert_int_equal(check_rules_send(r, 1U << CHECK_MALWARE, &fd, &err), 0);
	assert_int_equal(check_set_open(fd, &s, &err), 0);
	assert_int_equal(check_set_count(s), 1);
	assert_int_equal(check_set_entry(s, 0)->rule, 1);
	check_set_close(s);
	(void)close(fd);
	check_rules_free(r);
}

static void the_digest_is_of_what_engines_read(void **state)
{
	struct digest a, b;
	struct check_rules *x = load(TWO, NULL, NULL);
	struct check_rules *y = load("advice = 'other words'\n" TWO, NULL, NULL);
	struct check_rules *z = load(TWO, "two", NULL);
	(void)state;
	check_rules_digest(x, 1U << CHECK_MALWARE, &a);
	check_rules_digest(y, 1U << CHECK_MALWARE, &b);
	assert_true(digest_equal(&a, &b));
	check_rules_digest(z, 1U << CHECK_MALWARE, &b);
	assert_false(digest_equal(&a, &b));
	check_rules_digest(x, 1U << CHECK_BUILD, &b);
	assert_false(digest_equal(&a, &b));
	check_rules_free(x);
	check_rules_free(y);
	check_rules_free(z);
}

static int try_words(const struct check_set *set, const struct check_sample *s, bool *ret_fired,
		     struct error *err)
{
	(void)err;
	assert_int_equal(check_set_count(set), 1);
	*ret_fired = s->text[0] == 'f' && s->text[1] != '2';
	return 0;
}

static int count(void *ctx, const struct check_sample *s, bool passed, struct error *err)
{
	unsigned *told = ctx;
	(void)err;
	told[passed]++;
	if (!passed) {
		assert_true(s->fires);
		assert_int_equal(s->number, 2);
		assert_int_equal(s->mode, 0755);
		assert_string_equal(s->path, "a");
	}
	return 0;
}

static void samples_are_tried_with_their_rule_alone(void **state)
{
	unsigned told[2] = { 0 };
	struct error err = { 0 };
	struct check_rules *r = load(TWO, NULL, NULL);
	(void)state;
	assert_int_equal(check_rules_test(r, CHECK_MALWARE, SIZE_MAX, try_words, count, told, &err),
			 0);
	assert_int_equal(told[true], 2);
	assert_int_equal(told[false], 1);
	check_rules_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_has_what_its_file_says),
		cmocka_unit_test(a_file_that_is_wrong_is_refused_with_its_line),
		cmocka_unit_test(a_later_folder_takes_the_place_of_a_rule),
		cmocka_unit_test(rules_are_switched_by_id_class_and_glob),
		cmocka_unit_test(the_worker_gets_what_the_program_read),
		cmocka_unit_test(a_rule_that_is_off_keeps_the_others_numbers),
		cmocka_unit_test(the_digest_is_of_what_engines_read),
		cmocka_unit_test(samples_are_tried_with_their_rule_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
