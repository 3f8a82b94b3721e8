#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/internal.h"

static const struct cli_option options[] = {
	{ .name = "format",
	  .letter = 'f',
	  .argument = "FORMAT",
	  .choices = "table,json,sarif",
	  .help = "How." },
	{ .name = "severity",
	  .argument = "LIST",
	  .choices = "high,low",
	  .list = true,
	  .help = "Which." },
	{ .name = "output", .letter = 'o', .argument = "FILE", .help = "Where." },
	{ .name = "quiet", .letter = 'q', .help = "Say nothing." },
	{ .name = "verbose", .letter = 'v', .help = "Say more." },
	{ 0 },
};

static const struct cli_command look = {
	.name = "look",
	.arguments = "TARGET",
	.least_arguments = 1,
	.most_arguments = 2,
	.summary = "look at something",
	.options = options,
};

enum { MOST_WORDS = 10 };

static int parse(struct cli_line *line, struct error *err, const char *const *words)
{
	char *copy[MOST_WORDS];
	size_t count = 0;
	for (; words[count] != NULL && count < MOST_WORDS; count++)
		copy[count] = (char *)(uintptr_t)words[count];
	return cli_parse(&look, copy, count, line, err);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void a_value_follows_or_is_joined(void **state)
{
	(void)state;
	static const char *const forms[][4] = {
		{ "--format", "json", "image", NULL }, { "--format=json", "image", NULL },
		{ "-f", "json", "image", NULL },       { "-fjson", "image", NULL },
		{ "image", "--format=json", NULL },
	};
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct error err = { 0 };
		cleanup_cli_line struct cli_line line = { 0 };
		assert_int_equal(parse(&line, &err, forms[i]), 0);
		assert_string_equal(cli_value(&line.args, "format"), "json");
		assert_int_equal(line.args.argument_count, 1);
		assert_string_equal(line.args.arguments[0], "image");
	}
}

static void switches_may_share_a_hyphen(void **state)
{
	(void)state;
	struct error err = { 0 };
	cleanup_cli_line struct cli_line line = { 0 };
	assert_int_equal(parse(&line, &err, WORDS("-qvo", "file", "image")), 0);
	assert_true(cli_has(&line.args, "quiet"));
	assert_true(cli_has(&line.args, "verbose"));
	assert_false(cli_has(&line.args, "format"));
	assert_string_equal(cli_value(&line.args, "output"), "file");
}

static void repeated_options_keep_their_order_and_the_last_wins(void **state)
{
	(void)state;
	struct error err = { 0 };
	cleanup_cli_line struct cli_line line = { 0 };
	assert_int_equal(parse(&line, &err, WORDS("-o", "a", "image", "-o", "b")), 0);
	assert_string_equal(cli_value(&line.args, "output"), "b");
	assert_string_equal(cli_value_at(&line.args, "output", 0), "a");
	assert_string_equal(cli_value_at(&line.args, "output", 1), "b");
	assert_null(cli_value_at(&line.args, "output", 2));
	assert_null(cli_value(&line.args, "format"));
}

static void a_lone_hyphen_and_what_follows_two_are_arguments(void **state)
{
	(void)state;
	struct error err = { 0 };
	cleanup_cli_line struct cli_line line = { 0 };
	assert_int_equal(parse(&line, &err, WORDS("-", "--", "--quiet")), 0);
	assert_int_equal(line.args.argument_count, 2);
	assert_string_equal(line.args.arguments[0], "-");
	assert_string_equal(line.args.arguments[1], "--quiet");
	assert_false(cli_has(&line.args, "quiet"));
}

static void help_needs_nothing_else_to_be_right(void **state)
{
	(void)state;
	struct error err = { 0 };
	cleanup_cli_line struct cli_line line = { 0 };
	assert_int_equal(parse(&line, &err, WORDS("--help")), 0);
	assert_true(line.help);
	cleanup_cli_line struct cli_line letter = { 0 };
	assert_int_equal(parse(&letter, &err, WORDS("-qh", "--nonsense")), 0);
	assert_true(letter.help);
}

static void a_wrong_line_is_refused_with_a_way_out(void **state)
{
	(void)state;
	static const struct {
		const char *words[4];
		const char *says;
	} wrong[] = {
		{ { "--fromat", "json", "x", NULL }, "no option --fromat. Did you mean --format?" },
		{ { "--hlep", "x", NULL }, "Did you mean --help?" },
		{ { "--banana", "x", NULL }, "no option --banana." },
		{ { "-z", "x", NULL }, "no option -z" },
		{ { "--format", "jsno", "x", NULL }, "cannot be \"jsno\". Did you mean json?" },
		{ { "--format", "xml", "x", NULL }, "One of: table, json, sarif." },
		{ { "--format=", "x", NULL }, "cannot be \"\"" },
		{ { "--severity", "high,hihg", "x", NULL },
		  "cannot be \"hihg\". Did you mean high?" },
		{ { "--severity=", "x", NULL }, "Any of: high, low; several with commas." },
		{ { "--severity", "high,,low", "x", NULL }, "cannot be \"\"" },
		{ { "--quiet=yes", "x", NULL }, "--quiet is a switch" },
		{ { "x", "--output", NULL }, "--output needs a value: --output FILE" },
		{ { "-q", NULL }, "TARGET is missing" },
		{ { "a", "b", "c", NULL }, "\"c\" is one argument too many" },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct error err = { 0 };
		cleanup_cli_line struct cli_line line = { 0 };
		assert_int_equal(parse(&line, &err, wrong[i].words), -1);
		assert_int_equal(err.code, ERR_USAGE);
		if (strstr(err.text, wrong[i].says) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err.text, wrong[i].says);
	}
}

static void the_longest_command_name_is_found(void **state)
{
	(void)state;
	static const struct cli_command scan = { .name = "scan" }, db = { .name = "db" },
					build = { .name = "db build" };
	static const struct cli_command *const commands[] = { &scan, &db, &build, NULL };
	char word_db[] = "db", word_build[] = "build", word_x[] = "x", word_scanner[] = "scanner";
	size_t used;
	assert_ptr_equal(cli_find(commands, (char *[]){ word_db, word_build }, 2, &used), &build);
	assert_int_equal(used, 2);
	assert_ptr_equal(cli_find(commands, (char *[]){ word_db, word_x }, 2, &used), &db);
	assert_int_equal(used, 1);
	assert_null(cli_find(commands, (char *[]){ word_scanner }, 1, &used));
	assert_true(cli_is_group(commands, "db"));
	assert_false(cli_is_group(commands, "scan"));
	assert_false(cli_is_group(commands, "d"));
}

static size_t distance(const char *a, const char *b)
{
	return guess_distance(bytes_str(a), bytes_str(b));
}

static void a_distance_counts_single_edits(void **state)
{
	(void)state;
	assert_int_equal(distance("", ""), 0);
	assert_int_equal(distance("", "scan"), 4);
	assert_int_equal(distance("scan", ""), 4);
	assert_int_equal(distance("kitten", "sitting"), 3);
	assert_int_equal(distance("fromat", "format"), 1);
	assert_int_equal(distance("scna", "scan"), 1);
	assert_int_equal(distance("ca", "abc"), 3); /* optimal string alignment, not 2 */
	char longer[100];
	memset(longer, 'a', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	assert_true(distance(longer, "a") == SIZE_MAX);
}

static void only_a_near_word_is_proposed(void **state)
{
	(void)state;
	struct guess guess = guess_of(BYTES_LIT("sacn"));
	guess_try(&guess, BYTES_LIT("completion"));
	assert_int_equal(guess.best.n, 0);
	guess_try(&guess, BYTES_LIT("scan"));
	guess_try(&guess, BYTES_LIT("sat"));
	assert_true(bytes_equal(guess.best, BYTES_LIT("scan")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_follows_or_is_joined),
		cmocka_unit_test(switches_may_share_a_hyphen),
		cmocka_unit_test(repeated_options_keep_their_order_and_the_last_wins),
		cmocka_unit_test(a_lone_hyphen_and_what_follows_two_are_arguments),
		cmocka_unit_test(help_needs_nothing_else_to_be_right),
		cmocka_unit_test(a_wrong_line_is_refused_with_a_way_out),
		cmocka_unit_test(the_longest_command_name_is_found),
		cmocka_unit_test(a_distance_counts_single_edits),
		cmocka_unit_test(only_a_near_word_is_proposed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
