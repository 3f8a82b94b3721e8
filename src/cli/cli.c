#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>

#include "cli/internal.h"

enum { MESSAGE_MAX = 1024 };

/* --- messages --------------------------------------------------------------- */

static void complain(const char *command, const char *text)
{
	cleanup_buf struct buf line = buf_max((size_t)8 * MESSAGE_MAX);
	const char *gap = command != NULL ? " " : "", *name = command != NULL ? command : "";
	if (buf_printf(&line, NULL, "corten%s%s: ", gap, name) < 0 ||
	    text_escape(&line, bytes_str(text), NULL) < 0 ||
	    buf_printf(&line, NULL, "\n'corten%s%s --help' shows how it is used.\n", gap, name) < 0)
		return;
	(void)fd_write_full(STDERR_FILENO, line.p, line.n);
}

int cli_usage_error(const struct cli_args *a, const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	complain(a != NULL ? a->command->name : NULL, text);
	return EXIT_USAGE;
}

int cli_fail(const struct error *err)
{
	log_at(LOG_ERROR, "%s", err->text);
	return err->code == ERR_USAGE ? EXIT_USAGE : EXIT_INCOMPLETE;
}

/* --- from words to a command ------------------------------------------------ */

static int unknown_command(const char *const group, const char *word)
{
	struct guess guess = guess_of(bytes_str(word));
	size_t skip = group != NULL ? strlen(group) + 1 : 0;
	for (const struct cli_command *const *c = cli_commands; *c != NULL; c++) {
		struct bytes name = bytes_str((*c)->name), first;
		if (group != NULL &&
		    !(strncmp((*c)->name, group, skip - 1) == 0 && (*c)->name[skip - 1] == ' '))
			continue;
		name = bytes_sub(name, skip, name.n);
		if (bytes_next_field(&name, ' ', &first))
			guess_try(&guess, first);
	}
	char meant[GUESS_TEXT], text[MESSAGE_MAX];
	guess_text(&guess, "", meant);
	(void)snprintf(text, sizeof text, "there is no command \"%s\".%s", word, meant);
	complain(group, text);
	return EXIT_USAGE;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* words[0] is "db" and no command of it follows. */
static int run_group(char **words, size_t count)
{
	struct cli_page page = cli_page_stdout();
	if (count > 1 && !is_help(words[1]))
		return unknown_command(words[0], words[1]);
	if (count == 1)
		page.out = stderr;
	cli_help_overview(&page, cli_commands, words[0]);
	return count > 1 ? EXIT_COMPLETE : EXIT_USAGE;
}

static int run_command(const struct cli_command *command, char **words, size_t count)
{
	struct error err = { 0 };
	cleanup_cli_line struct cli_line line = { 0 };
	if (cli_parse(command, words, count, &line, &err) < 0) {
		complain(command->name, err.text);
		return EXIT_USAGE;
	}
	if (line.help) {
		struct cli_page page = cli_page_stdout();
		cli_help_command(&page, command);
		return EXIT_COMPLETE;
	}
	return command->run(&line.args);
}

static int run(char **words, size_t count)
{
	if (count == 0) {
		struct cli_page page = cli_page_stdout();
		page.out = stderr;
		cli_help_overview(&page, cli_commands, NULL);
		return EXIT_USAGE;
	}
	if (strcmp(words[0], "--version") == 0 || strcmp(words[0], "-V") == 0)
		return cli_command_version.run(NULL);
	if (is_help(words[0])) {
		struct cli_page page = cli_page_stdout();
		cli_help_overview(&page, cli_commands, NULL);
		return EXIT_COMPLETE;
	}
	if (words[0][0] == '-') {
		char text[MESSAGE_MAX];
		(void)snprintf(text, sizeof text, "a command must come before \"%s\"", words[0]);
		complain(NULL, text);
		return EXIT_USAGE;
	}
	size_t used;
	const struct cli_command *command = cli_find(cli_commands, words, count, &used);
	if (command != NULL)
		return run_command(command, words + used, count - used);
	if (cli_is_group(cli_commands, words[0]))
		return run_group(words, count);
	return unknown_command(NULL, words[0]);
}

int cli_main(int argc, char **argv)
{
	int status = argc > 0 ? run(argv + 1, (size_t)argc - 1) : EXIT_USAGE;
	/* Output that never arrived must not look like a success (a full disk). */
	struct error err = { 0 };
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	(void)error_errno(&err, "cannot write to standard output");
	int failed = cli_fail(&err);
	return status == EXIT_BROKEN ? status : failed;
}
