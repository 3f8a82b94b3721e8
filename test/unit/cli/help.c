#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/internal.h"

static const struct cli_option options[] = {
	{ .name = "format",
	  .letter = 'f',
	  .argument = "FORMAT",
	  .choices = "table,json",
	  .help = "The form of the output. The default is a table." },
	{ .name = "only",
	  .argument = "LIST",
	  .choices = "high,low",
	  .list = true,
	  .help = "Which." },
	{ .name = "output", .argument = "FILE", .help = "It's a file [not: a folder]." },
	{ 0 },
};
static const struct cli_command look = {
	.name = "look",
	.arguments = "TARGET",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "look at something",
	.description =
		"A first paragraph that is long enough to be wrapped somewhere.\n\n  kept as it is",
	.examples = "corten look x\tlooks at x\n",
	.options = options,
};
static const struct cli_command db_build = { .name = "db build",
					     .arguments = "",
					     .summary = "build" };
static const struct cli_command *const commands[] = { &look, &db_build, NULL };

/* What print writes, owned by the caller. */
static char *printed(void (*print)(FILE *out))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	print(out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("not there: %s\nin:\n%s", part, text);
}

static void print_narrow(FILE *out)
{
	const struct cli_page page = { out, 40, false };
	cli_help_command(&page, &look);
}

static void no_line_of_help_is_wider_than_the_page(void **state)
{
	(void)state;
	cleanup_free char *text = printed(print_narrow);
	struct bytes rest = bytes_str(text), line;
	while (bytes_next_field(&rest, '\n', &line))
		assert_true(line.n <= 40);
	assert_has(text, "Usage: corten look [OPTION]... TARGET\n");
	assert_has(text, "\n  kept as it is\n");
	assert_has(text, "Look at something.\n");
}

static void print_wide(FILE *out)
{
	const struct cli_page page = { out, 100, false };
	cli_help_command(&page, &look);
}

static void help_lists_options_choices_and_examples(void **state)
{
	(void)state;
	cleanup_free char *text = printed(print_wide);
	assert_has(text,
		   "  -f, --format FORMAT       The form of the output. The default is a table. "
		   "One of: table, json.\n");
	assert_has(text,
		   "      --only LIST           Which. Any of: high, low; several with commas.\n");
	assert_has(text, "  -h, --help ");
	assert_has(text, "  corten look x\n      looks at x\n");
	assert_null(strchr(text, '\x1b'));
}

static void print_group(FILE *out)
{
	const struct cli_page page = { out, 80, true };
	cli_help_overview(&page, commands, "db");
}

static void a_group_lists_only_its_own(void **state)
{
	(void)state;
	cleanup_free char *text = printed(print_group);
	assert_has(text, "db build");
	assert_null(strstr(text, "look"));
	assert_has(text, "\x1b[1mCommands:\x1b[0m");
}

static void print_man(FILE *out)
{
	cli_man_command(out, &look);
	cli_man_overview(out, commands);
}

static void the_manual_has_the_options_of_the_table(void **state)
{
	(void)state;
	cleanup_free char *text = printed(print_man);
	assert_has(text, ".TH corten\\-look 1 ");
	assert_has(text, "\\fB\\-f\\fR, \\fB\\-\\-format\\fR \\fIFORMAT\\fR\n");
	assert_has(text, "One of: table, json.\n");
	assert_has(text, ".TP\n\\fBdb build\\fR");
}

static void print_bash(FILE *out)
{
	cli_complete_bash(out, commands);
}

static void print_zsh(FILE *out)
{
	cli_complete_zsh(out, commands);
}

static void print_fish(FILE *out)
{
	cli_complete_fish(out, commands);
}

static void completion_scripts_know_choices_files_and_groups(void **state)
{
	(void)state;
	cleanup_free char *bash = printed(print_bash);
	assert_has(bash, "--format|-f) _corten_words 'table json'; return ;;");
	assert_has(bash, "--only) _corten_list 'high low'; return ;;");
	assert_has(bash, "--output) _corten_paths -f; return ;;");
	assert_has(bash, "'db build') command='db build' ;;");
	cleanup_free char *zsh = printed(print_zsh);
	assert_has(zsh, "{-f,--format=}'[The form of the output]:FORMAT:(table json)'");
	assert_has(zsh, "It'\\''s a file \\[not\\: a folder\\]");
	assert_has(zsh, "\t\t\t'look:look at something'\n\t\t\t'db:commands of this group'\n");
	assert_has(zsh, "\tdb)\n\t\tnames=(\n\t\t\t'build:build'\n\t\t) ;;\n");
	cleanup_free char *fish = printed(print_fish);
	assert_has(fish, "-n '__corten_begins look' -l format -s f -x -a 'table json' -d "
			 "'The form of the output'");
	assert_has(fish, "'It\\'s a file [not: a folder]'");
	assert_has(fish, "-n '__corten_exactly db' -a build");
}

static void every_command_of_corten_explains_itself(void **state)
{
	(void)state;
	for (const struct cli_command *const *c = cli_commands; *c != NULL; c++) {
		assert_non_null((*c)->run);
		assert_non_null((*c)->arguments);
		assert_true(strlen((*c)->summary) > 0 && strlen((*c)->summary) < 80);
		for (const struct cli_option *o = (*c)->options; o != NULL && o->name != NULL;
		     o++) {
			assert_true(strlen(o->help) > 0 && strlen(o->help) < 700);
			assert_true(o->choices == NULL || o->argument != NULL);
			char choices[CLI_CHOICES_TEXT];
			cli_choices_text(o, choices);
			assert_true(o->choices == NULL || choices[0] != '\0');
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_line_of_help_is_wider_than_the_page),
		cmocka_unit_test(help_lists_options_choices_and_examples),
		cmocka_unit_test(a_group_lists_only_its_own),
		cmocka_unit_test(the_manual_has_the_options_of_the_table),
		cmocka_unit_test(completion_scripts_know_choices_files_and_groups),
		cmocka_unit_test(every_command_of_corten_explains_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
