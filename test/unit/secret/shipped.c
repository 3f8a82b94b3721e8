/* The rules that come with Corten: their samples, and the classes they must know. */
#include <fcntl.h>
#include <stdlib.h>

#include "secret_try.h"

enum { RULES_MOST = 1000 };

struct counted {
	const struct secret_rules *rules;
	unsigned fire[RULES_MOST], silent[RULES_MOST];
	unsigned failed;
};

static int count(void *ctx, const struct secret_sample_result *s, struct error *err)
{
	struct counted *c = ctx;
	struct secret_rule_info info;
	(void)err;
	(s->fires ? c->fire : c->silent)[s->rule]++;
	if (s->passed)
		return 0;
	secret_rule_info(c->rules, s->rule, &info);
	print_error("%s: %s sample %u is not so\n", info.id, s->fires ? "firing" : "silent",
		    s->number);
	c->failed++;
	return 0;
}

static void every_sample_does_what_it_should(void **state)
{
	(void)state;
	static struct counted c;
	struct error err = { 0 };
	struct secret_rules *r = rules_shipped();
	c.rules = r;
	assert_in_range(secret_rules_count(r), 112, RULES_MOST);
	if (secret_rules_test(r, UINT32_MAX, count, &c, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(c.failed, 0);
	for (size_t i = 0; i < secret_rules_count(r); i++) {
		struct secret_rule_info info;
		secret_rule_info(r, i, &info);
		if (c.fire[i] < 1 || c.silent[i] < 2)
			fail_msg("%s has %u firing and %u silent samples", info.id, c.fire[i],
				 c.silent[i]);
	}
	secret_rules_free(r);
}

static bool is_covered(const struct secret_rules *r, struct bytes class)
{
	for (size_t i = 0; i < secret_rules_count(r); i++) {
		struct secret_rule_info info;
		secret_rule_info(r, i, &info);
		for (size_t k = 0; k < info.cover_count; k++)
			if (bytes_equal(class, bytes_str(info.covers[k])))
				return true;
	}
	return false;
}

static void every_published_class_has_a_rule(void **state)
{
	(void)state;
	char path[4096];
	struct secret_rules *r = rules_shipped();
	cleanup_buf struct buf text = buf_max(LIMIT_SMALL_FILE);
	(void)snprintf(path, sizeof path, "%s/secret/classes.txt", getenv("CORTEN_TEST_DATA"));
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(fd_read_all(fd, &text, NULL), 0);
	struct bytes rest = buf_view(&text), class;
	size_t n = 0;
	while (bytes_next_field(&rest, '\n', &class)) {
		if (class.n == 0)
			continue;
		if (!is_covered(r, class))
			fail_msg("no rule covers %.*s", (int)class.n, (const char *)class.p);
		n++;
	}
	assert_int_equal(n, 112);
	secret_rules_free(r);
}

static void every_rule_says_what_it_is_and_what_to_do(void **state)
{
	(void)state;
	struct secret_rules *r = rules_shipped();
	for (size_t i = 0; i < secret_rules_count(r); i++) {
		struct secret_rule_info info;
		secret_rule_info(r, i, &info);
		assert_int_equal(strncmp(info.id, "secret/", 7), 0);
		if (info.title[0] == '\0' || info.advice[0] == '\0' || info.line == 0 ||
		    info.severity == SEVERITY_UNKNOWN || strcmp(info.class, "custom") == 0)
			fail_msg("%s does not say enough", info.id);
	}
	secret_rules_free(r);
}

static void nothing_of_a_rule_file_is_passed_over(void **state)
{
	(void)state;
	struct secret_rules *r = rules_shipped();
	assert_int_equal(secret_rules_note_count(r), 0);
	secret_rules_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_does_what_it_should),
		cmocka_unit_test(every_published_class_has_a_rule),
		cmocka_unit_test(every_rule_says_what_it_is_and_what_to_do),
		cmocka_unit_test(nothing_of_a_rule_file_is_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
