#include "cli/internal.h"

static const char fish_head[] =
	"# fish completion for corten, made by 'corten completion fish'\n"
	"function __corten_exactly\n"
	"\tset -l words (commandline -opc)\n"
	"\ttest \"$words[2..]\" = \"$argv\"\n"
	"end\n"
	"\n"
	"function __corten_begins\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l last (math (count $argv) + 1)\n"
	"\ttest (count $words) -ge $last; and test \"$words[2..$last]\" = \"$argv\"\n"
	"end\n"
	"\n"
	"complete -c corten -f\n"
	"complete -c corten -n __corten_exactly -l version -d 'print the version'\n"
	"complete -c corten -s h -l help -d 'show help'\n";

/* A single-quoted word: fish knows \' and \\ in it. */
static void quoted(FILE *out, const char *text)
{
	(void)fputc('\'', out);
	for (; *text != '\0' && !(text[0] == '.' && (text[1] == ' ' || text[1] == '\0')); text++) {
		if (*text == '\'' || *text == '\\')
			(void)fputc('\\', out);
		(void)fputc(*text, out);
	}
	(void)fputc('\'', out);
}

static void words_of(FILE *out, const char *choices, char separator)
{
	(void)fputs(" -x -a '", out);
	for (; *choices != '\0'; choices++)
		(void)fputc(*choices == separator ? ' ' : *choices, out);
	(void)fputc('\'', out);
}

static void put_option(FILE *out, const struct cli_command *c, const struct cli_option *o)
{
	(void)fprintf(out, "complete -c corten -n '__corten_begins %s' -l %s", c->name, o->name);
	if (o->letter != 0)
		(void)fprintf(out, " -s %c", o->letter);
	if (o->choices != NULL)
		words_of(out, o->choices, ',');
	else if (o->argument != NULL && cli_word_of(o->argument) == CLI_WORD_FILE)
		(void)fputs(" -r -F", out);
	else if (o->argument != NULL && cli_word_of(o->argument) == CLI_WORD_DIRECTORY)
		(void)fputs(" -x -a '(__fish_complete_directories)'", out);
	else if (o->argument != NULL)
		(void)fputs(" -x", out);
	(void)fputs(" -d ", out);
	quoted(out, o->help);
	(void)fputc('\n', out);
}

static void put_arguments(FILE *out, const struct cli_command *const *commands,
			  const struct cli_command *c)
{
	enum cli_word word = cli_word_of(c->arguments);
	bool choice = word == CLI_WORD_OTHER && strchr(c->arguments, '|') != NULL;
	if (word == CLI_WORD_OTHER && !choice)
		return;
	(void)fprintf(out, "complete -c corten -n '__corten_begins %s'", c->name);
	if (choice) {
		words_of(out, c->arguments, '|');
	} else if (word == CLI_WORD_COMMAND) {
		(void)fputs(" -x -a '", out);
		for (; *commands != NULL; commands++)
			(void)fprintf(out, "%s ", (*commands)->name);
		(void)fputc('\'', out);
	} else if (word == CLI_WORD_TARGET) {
		(void)fprintf(out, " -F -a '%s'", cli_target_prefixes);
	} else {
		(void)fputs(word == CLI_WORD_FILE ? " -F" : " -a '(__fish_complete_directories)'",
			    out);
	}
	(void)fputc('\n', out);
}

void cli_complete_fish(FILE *out, const struct cli_command *const *commands)
{
	(void)fputs(fish_head, out);
	for (const struct cli_command *const *c = commands; *c != NULL; c++) {
		const char *name = (*c)->name, *space = strchr(name, ' ');
		if (space == NULL)
			(void)fprintf(out, "complete -c corten -n __corten_exactly -a %s -d ",
				      name);
		else
			(void)fprintf(out,
				      "complete -c corten -n __corten_exactly -a %.*s\n"
				      "complete -c corten -n '__corten_exactly %.*s' -a %s -d ",
				      (int)(space - name), name, (int)(space - name), name,
				      space + 1);
		quoted(out, (*c)->summary);
		(void)fputc('\n', out);
		for (const struct cli_option *o = (*c)->options; o != NULL && o->name != NULL; o++)
			put_option(out, *c, o);
		put_arguments(out, commands, *c);
	}
}
