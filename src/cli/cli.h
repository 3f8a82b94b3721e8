/* cli: one file per subcommand. A command is a table: from it come parsing,
 * --help, shell completion and the option lists of the man pages, so that they
 * cannot disagree. */
#ifndef CORTEN_CLI_H
#define CORTEN_CLI_H

#include "base/base.h"

/* Exit statuses of `corten`. */
enum cli_exit { EXIT_COMPLETE = 0, EXIT_BROKEN = 1, EXIT_USAGE = 2, EXIT_INCOMPLETE = 3 };

struct cli_args;

struct cli_option {
	const char *name; /* without "--" */
	char letter; /* 'o', or 0 */
	const char *argument; /* "FILE"; NULL: a switch */
	const char *choices; /* "table,json": checked and completed; NULL */
	bool list; /* choices may be combined with commas */
	const char *help; /* one or two sentences */
};

struct cli_command {
	const char *name; /* "scan", "db build" */
	const char *arguments; /* "TARGET", "" */
	int least_arguments, most_arguments; /* most < 0: any number */
	const char *summary; /* one line */
	const char *description; /* paragraphs, wrapped when printed */
	const char *examples; /* lines "command\texplanation"; NULL */
	const struct cli_option *options; /* ends with name NULL */
	int (*run)(struct cli_args *args); /* returns the exit status */
};

/* One parsed command line. */
struct cli_args {
	const struct cli_command *command;
	const struct cli_given { /* options in the order given */
		const struct cli_option *option;
		const char *value; /* NULL for a switch */
	} * given;
	size_t given_count;
	const char *const *arguments;
	size_t argument_count;
};

extern const struct cli_command *const cli_commands[]; /* NULL-terminated */

bool cli_has(const struct cli_args *a, const char *option);
/* The last value given, or NULL. */
const char *cli_value(const struct cli_args *a, const char *option);
/* The i-th value given, or NULL behind the last. */
const char *cli_value_at(const struct cli_args *a, const char *option, size_t i);

/* "corten scan: text" and a hint at --help on standard error; EXIT_USAGE. */
int cli_usage_error(const struct cli_args *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* "corten: error: text"; the exit status that fits the error. */
int cli_fail(const struct error *err);

/* The whole of `corten`: finds the command, parses, runs. --version, --help,
 * `help COMMAND`, `completion bash|zsh|fish` included; a mistyped command or
 * option gets the nearest real one proposed. */
int cli_main(int argc, char **argv);

#endif
