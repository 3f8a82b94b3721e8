/* Reading, replacing and switching rules; messages for what is wrong in them. */
#include <unistd.h>

#include "secret_try.h"

static const char two[] = "corten = 1\n"
			  "class = 'kind-a'\n"
			  "[[rules]]\nid = 'one'\nregex = 'one_[a-z]{4}'\n"
			  "[[rules]]\nid = 'two'\nclass = 'kind-b'\nregex = 'two_[a-z]{4}'\n";

static void a_wrong_file_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *toml, *says;
	} wrong[] = {
		{ "[[rules]\n", "toml" },
		{ "[[rules]]\nregex = 'a'\n", ":1: a rule needs an id" },
		{ "\n[[rules]]\nid = 'a'\n", ":2: a rule needs a regex or a path" },
		{ "[[rules]]\nid = 'a'\nregex = 7\n", ":3: \"regex\" must be a string" },
		{ "[[rules]]\nid = 'a'\nregex = 'a'\nkeywords = 'a'\n", "must be a list" },
		{ "[[rules]]\nid = 'a'\nregex = 'a'\nentropy = 9\n", "must be a number up to 8" },
		{ "[[rules]]\nid = 'a'\nregex = 'a'\nentropy = -1\n", "must be a number up to 8" },
		{ "[[rules]]\nid = 'a'\nregex = 'a'\nseverity = 'bad'\n", "severity" },
		{ "[[rules]]\nid = 'a'\nregex = 'a'\nvalidate = 'moon'\n", "no check" },
		{ "[[rules]]\nid = 'a'\npath = 'a'\nmagic = 'xyz'\n", "hexadecimal" },
		{ "[[rules]]\nid = 'a'\nregex = 'a'\n[[rules.allowlists]]\ncondition = 'XOR'\n",
		  "AND" },
		{ "[[rules]]\nid = 'a'\nregex = 'a'\n[[rules.allowlists]]\nregexTarget = 'x'\n",
		  "regexTarget" },
		{ "corten = 2\n", "form 2" },
		{ "rules = 'none'\n", "must be tables" },
		{ "rules = ['none']\n", "must be a table" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct error err = { 0 };
		struct secret_rules *r = NULL;
		const char *path = rules_path(wrong[i].toml);
		struct secret_rule_options o = { .files = &path, .file_count = 1 };
		assert_int_equal(secret_rules_load(&o, &r, &err), -1);
		(void)unlink(path);
		if (strstr(err.text, wrong[i].says) == NULL)
			fail_msg("%zu: %s", i, err.text);
		assert_non_null(strstr(err.text, path));
	}
}

static void a_pattern_that_cannot_be_read_names_its_rule(void **state)
{
	static const char *const wrong[] = { "a(b", "[z-a]", "(?<n", "a{2,1}", "\\p{Klingon}" };
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		char toml[256];
		struct error err = { 0 };
		int fd = -1;
		(void)snprintf(toml, sizeof toml, "\n[[rules]]\nid = 'odd'\nregex = '''%s'''\n",
			       wrong[i]);
		struct secret_rules *r = rules_of(toml);
		assert_int_equal(secret_rules_compile(r, NULL, &fd, NULL, &err), -1);
		if (strstr(err.text, "toml:2: the regex of secret/odd") == NULL)
			fail_msg("%s: %s", wrong[i], err.text);
		secret_rules_free(r);
	}
}

static void a_later_rule_takes_the_place_of_one_of_its_name(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct secret_rules *r = NULL;
	char first[128];
	(void)snprintf(first, sizeof first, "%s", rules_path(two));
	const char *files[] = { first,
				rules_path("[[rules]]\nid = 'one'\nregex = 'other_[a-z]{4}'\n") };
	struct secret_rule_options o = { .files = files, .file_count = 2 };
	assert_int_equal(secret_rules_load(&o, &r, &err), 0);
	assert_int_equal(secret_rules_count(r), 2);
	struct secret_rule_info info;
	secret_rule_info(r, 0, &info);
	assert_string_equal(info.origin, files[1]);
	struct secret_engine *e = engine_of(r);
	static struct hits h;
	look(e, "a", BYTES_LIT("one_abcd other_abcd two_abcd"), 0, &h);
	assert_int_equal(h.n, 2);
	secret_engine_close(e);
	secret_rules_free(r);
	(void)unlink(files[0]);
	(void)unlink(files[1]);
}

static struct secret_rules *switched(const char *disable, const char *enable)
{
	struct error err = { 0 };
	struct secret_rules *r = NULL;
	const char *path = rules_path(two);
	struct secret_rule_options o = { .files = &path, .file_count = 1 };
	if (disable != NULL) {
		o.disable = &disable;
		o.disable_count = 1;
	}
	if (enable != NULL) {
		o.enable = &enable;
		o.enable_count = 1;
	}
	assert_int_equal(secret_rules_load(&o, &r, &err), 0);
	(void)unlink(path);
	return r;
}

static void rules_are_switched_by_id_class_and_glob(void **state)
{
	static const struct {
		const char *disable, *enable;
		size_t left;
	} cases[] = {
		{ NULL, NULL, 2 },        { "one", NULL, 1 },   { "secret/one", NULL, 1 },
		{ "kind-b", NULL, 1 },    { "*", NULL, 0 },     { "*", "two", 1 },
		{ "secret/t*", NULL, 1 }, { "*", "kind-a", 1 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		static struct hits h;
		struct secret_rules *r = switched(cases[i].disable, cases[i].enable);
		assert_non_null(r);
		struct secret_engine *e = engine_of(r);
		look(e, "a", BYTES_LIT("one_abcd two_abcd"), 0, &h);
		assert_int_equal(h.n, cases[i].left);
		secret_engine_close(e);
		secret_rules_free(r);
	}
	struct secret_rules *r = switched("three", NULL);
	assert_true(secret_rules_named(r, "one"));
	assert_false(secret_rules_named(r, "three"));
	secret_rules_free(r);
}

static void the_digest_changes_with_what_is_found_only(void **state)
{
	(void)state;
	struct secret_rules *a = switched(NULL, NULL), *b = switched("one", NULL),
			    *c = switched("one", "one");
	struct secret_rules *d = rules_of("corten = 1\nadvice = 'x'\n"
					  "[[rules]]\nid = 'one'\nregex = 'one_[a-z]{4}'\n"
					  "title = 'another'\n"
					  "[[rules]]\nid = 'two'\nregex = 'two_[a-z]{4}'\n");
	struct digest x, y;
	secret_rules_digest(a, &x);
	secret_rules_digest(b, &y);
	assert_false(digest_equal(&x, &y));
	secret_rules_digest(c, &y);
	assert_true(digest_equal(&x, &y));
	secret_rules_digest(d, &y);
	assert_true(digest_equal(&x, &y));
	struct secret_rules *all[] = { a, b, c, d };
	for (size_t i = 0; i < 4; i++)
		secret_rules_free(all[i]);
}

static void a_set_without_rules_finds_nothing(void **state)
{
	(void)state;
	static struct hits h;
	struct secret_engine *e = engine_of_text("corten = 1\n");
	look(e, "root/.ssh/id_rsa", BYTES_LIT("AKIAWQ3M7ZTKX2LPDV5N\n"), 0, &h);
	assert_int_equal(h.n, 0);
	secret_engine_close(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_file_is_refused_with_its_line),
		cmocka_unit_test(a_pattern_that_cannot_be_read_names_its_rule),
		cmocka_unit_test(a_later_rule_takes_the_place_of_one_of_its_name),
		cmocka_unit_test(rules_are_switched_by_id_class_and_glob),
		cmocka_unit_test(the_digest_changes_with_what_is_found_only),
		cmocka_unit_test(a_set_without_rules_finds_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
