/* corten help, corten version: what the program says about itself. */
#include "cli/internal.h"

static const struct cli_option help_options[] = {
	{ .name = "man",
	  .help = "Print the manual page in man(7) form, as the build of the pages does." },
	{ 0 },
};

/* "corten help db", "corten help db build" */
static int run_help(struct cli_args *a)
{
	struct cli_page page = cli_page_stdout();
	bool man = cli_has(a, "man");
	if (a->argument_count == 0) {
		if (man)
			cli_man_overview(page.out, cli_commands);
		else
			cli_help_overview(&page, cli_commands, NULL);
		return EXIT_COMPLETE;
	}
	char name[64];
	(void)snprintf(name, sizeof name, "%s%s%s", a->arguments[0],
		       a->argument_count > 1 ? " " : "",
		       a->argument_count > 1 ? a->arguments[1] : "");
	for (const struct cli_command *const *c = cli_commands; *c != NULL; c++) {
		if (strcmp((*c)->name, name) != 0)
			continue;
		if (man)
			cli_man_command(page.out, *c);
		else
			cli_help_command(&page, *c);
		return EXIT_COMPLETE;
	}
	if (!cli_is_group(cli_commands, name) || man)
		return cli_usage_error(a, "there is no command \"%s\"", name);
	cli_help_overview(&page, cli_commands, name);
	return EXIT_COMPLETE;
}

const struct cli_command cli_command_help = {
	.name = "help",
	.arguments = "[COMMAND]",
	.least_arguments = 0,
	.most_arguments = 2,
	.summary = "say what a command does and which options it has",
	.description = "Without a COMMAND, lists all of them.",
	.examples = "corten help scan\n",
	.options = help_options,
	.run = run_help,
};

static int run_version(struct cli_args *a)
{
	(void)a;
	(void)printf("corten %s\n", CORTEN_VERSION);
	return EXIT_COMPLETE;
}

const struct cli_command cli_command_version = {
	.name = "version",
	.arguments = "",
	.summary = "print the version of this program",
	.description = "The same as corten --version.",
	.run = run_version,
};
