/* What the files of this room share: the way from argv to a command, and the
 * three forms in which a command's table is printed. */
#ifndef CORTEN_CLI_INTERNAL_H
#define CORTEN_CLI_INTERNAL_H

#include <limits.h>
#include <stdio.h>

#include "cli/cli.h"

/* The commands themselves, listed in commands.c. */
extern const struct cli_command cli_command_scan;
extern const struct cli_command cli_command_gate;
extern const struct cli_command cli_command_fix;
extern const struct cli_command cli_command_lint;
extern const struct cli_command cli_command_rules_list;
extern const struct cli_command cli_command_rules_show;
extern const struct cli_command cli_command_rules_test;
extern const struct cli_command cli_command_risk_set;
extern const struct cli_command cli_command_risk_list;
extern const struct cli_command cli_command_cache_status;
extern const struct cli_command cli_command_cache_clean;
extern const struct cli_command cli_command_completion;
extern const struct cli_command cli_command_help;
extern const struct cli_command cli_command_malware_list_check;
extern const struct cli_command cli_command_malware_list_sign;
extern const struct cli_command cli_command_version;

/* --- parse.c --------------------------------------------------------------- */

/* A parsed command line that owns its two arrays; the strings are argv's. */
struct cli_line {
	struct cli_args args;
	struct cli_given *given;
	const char **arguments;
	bool help; /* --help was met: nothing behind it was read */
};

void cli_line_free(struct cli_line *line);
#define cleanup_cli_line __attribute__((cleanup(cli_line_free)))

/* Reads words (what follows the command's name). Options may stand before,
 * between and behind arguments; "--" ends them; "-" is an argument; "--name
 * value", "--name=value", "-n value", "-nvalue" and "-ab" are understood.
 * ERR_USAGE with the nearest real option when one is unknown. */
int cli_parse(const struct cli_command *command, char *const *words, size_t count,
	      struct cli_line *ret, struct error *err);

/* The longest command name that words begin with ("db build" before "db");
 * NULL when there is none. ret_used is the number of words in it. */
const struct cli_command *cli_find(const struct cli_command *const *commands, char *const *words,
				   size_t count, size_t *ret_used);

/* True when some command's first word of several is word: "db". */
bool cli_is_group(const struct cli_command *const *commands, const char *word);

/* --- help.c ---------------------------------------------------------------- */

struct cli_page {
	FILE *out;
	unsigned columns; /* lines are wrapped before this one */
	bool bold; /* headings by SGR sequences */
};

/* Standard output: as wide as the terminal, or $COLUMNS, or 80, but readable. */
struct cli_page cli_page_stdout(void);

/* Prints text from column `at` on; lines that follow are indented, and a line
 * of text that begins with a space is kept as it is. Ends with a newline. */
void cli_wrap(const struct cli_page *page, const char *text, unsigned at, unsigned indent);

/* All commands, or with a group ("db") only its own. */
void cli_help_overview(const struct cli_page *page, const struct cli_command *const *commands,
		       const char *group);
void cli_help_command(const struct cli_page *page, const struct cli_command *command);

/* "One of: a, b." or "Any of: a, b; several with commas."; "" without choices. */
enum { CLI_CHOICES_TEXT = 256 };
void cli_choices_text(const struct cli_option *o, char out[static CLI_CHOICES_TEXT]);

/* --- man.c ----------------------------------------------------------------- */

/* A manual page in man(7) macros: corten(1), or corten-COMMAND(1). */
void cli_man_overview(FILE *out, const struct cli_command *const *commands);
void cli_man_command(FILE *out, const struct cli_command *command);

/* --- complete.c ------------------------------------------------------------ */

void cli_complete_bash(FILE *out, const struct cli_command *const *commands);
void cli_complete_zsh(FILE *out, const struct cli_command *const *commands);
void cli_complete_fish(FILE *out, const struct cli_command *const *commands);

/* What a shell should offer for an option's or a command's argument. */
enum cli_word {
	CLI_WORD_OTHER,
	CLI_WORD_FILE,
	CLI_WORD_TARGET,
	/* a file, or cli_target_prefixes */ CLI_WORD_DIRECTORY,
	CLI_WORD_COMMAND
};
extern const char *const cli_target_prefixes; /* blanks between them */
enum cli_word cli_word_of(const char *argument);

#endif
