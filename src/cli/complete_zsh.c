#include "cli/internal.h"

/* Inside single quotes and a specification of _arguments or _describe, where
 * brackets and colons part the fields. Only the first sentence is shown. */
static void put(FILE *out, const char *text)
{
	for (; *text != '\0' && !(text[0] == '.' && (text[1] == ' ' || text[1] == '\0')); text++) {
		if (strchr("[]:\\", *text) != NULL)
			(void)fprintf(out, "\\%c", *text);
		else if (*text == '\'')
			(void)fputs("'\\''", out);
		else
			(void)fputc(*text, out);
	}
}

static void put_action(FILE *out, enum cli_word word)
{
	if (word == CLI_WORD_FILE)
		(void)fputs("_files", out);
	else if (word == CLI_WORD_TARGET)
		(void)fputs(" _corten_targets", out);
	else if (word == CLI_WORD_DIRECTORY)
		(void)fputs("_files -/", out);
	else if (word == CLI_WORD_COMMAND)
		(void)fputs(" _corten_commands", out); /* the space: called without options */
	else
		(void)fputc(' ', out);
}

static void put_choices(FILE *out, const struct cli_option *o)
{
	(void)fputs(o->list ? "_values -s , value " : "(", out);
	for (const char *at = o->choices; *at != '\0'; at++)
		(void)fputc(*at == ',' ? ' ' : *at, out);
	if (!o->list)
		(void)fputc(')', out);
}

static void put_option(FILE *out, const struct cli_option *o)
{
	(void)fputs(" \\\n\t\t'*'", out);
	if (o->letter != 0)
		(void)fprintf(out, "{-%c,--%s%s}'[", o->letter, o->name,
			      o->argument != NULL ? "=" : "");
	else
		(void)fprintf(out, "--%s%s'[", o->name, o->argument != NULL ? "=" : "");
	put(out, o->help);
	(void)fputc(']', out);
	if (o->argument != NULL) {
		(void)fputc(':', out);
		put(out, o->argument);
		(void)fputc(':', out);
		if (o->choices != NULL)
			put_choices(out, o);
		else
			put_action(out, cli_word_of(o->argument));
	}
	(void)fputc('\'', out);
}

static void put_arguments(FILE *out, const struct cli_command *c)
{
	if (c->most_arguments == 0)
		return;
	(void)fputs(" \\\n\t\t'*:", out);
	put(out, c->arguments);
	(void)fputc(':', out);
	if (strchr(c->arguments, '|') != NULL && cli_word_of(c->arguments) == CLI_WORD_OTHER) {
		(void)fputc('(', out);
		for (const char *at = c->arguments; *at != '\0'; at++)
			(void)fputc(*at == '|' ? ' ' : *at, out);
		(void)fputc(')', out);
	} else {
		put_action(out, cli_word_of(c->arguments));
	}
	(void)fputc('\'', out);
}

static void put_command(FILE *out, const struct cli_command *c)
{
	(void)fprintf(out, "\t'%s')\n\t\t_arguments -s -S '(-h --help)'{-h,--help}'[show help]'",
		      c->name);
	for (const struct cli_option *o = c->options; o != NULL && o->name != NULL; o++)
		put_option(out, o);
	put_arguments(out, c);
	(void)fputs(" ;;\n", out);
}

static void put_name(FILE *out, int length, const char *name, const char *summary)
{
	(void)fprintf(out, "\t\t\t'%.*s:", length, name);
	put(out, summary);
	(void)fputs("'\n", out);
}

/* Is c the first command of its group? */
static bool opens_group(const struct cli_command *const *commands, const struct cli_command *c)
{
	size_t length = strcspn(c->name, " ");
	while (*commands != c && strncmp((*commands)->name, c->name, length + 1) != 0)
		commands++;
	return *commands == c;
}

/* The words that may follow nothing, or a group, as _describe wants them. */
static void put_commands(FILE *out, const struct cli_command *const *commands)
{
	(void)fputs("_corten_commands()\n{\n\tlocal -a names\n\tcase $1 in\n\t'')\n\t\tnames=(\n",
		    out);
	for (const struct cli_command *const *c = commands; *c != NULL; c++) {
		int length = (int)strcspn((*c)->name, " ");
		if ((*c)->name[length] == '\0')
			put_name(out, length, (*c)->name, (*c)->summary);
		else if (opens_group(commands, *c))
			put_name(out, length, (*c)->name, "commands of this group");
	}
	(void)fputs("\t\t) ;;\n", out);
	for (const struct cli_command *const *c = commands; *c != NULL; c++) {
		int length = (int)strcspn((*c)->name, " ");
		if ((*c)->name[length] == '\0')
			continue;
		if (opens_group(commands, *c))
			(void)fprintf(out, "\t%.*s)\n\t\tnames=(\n", length, (*c)->name);
		const char *word = (*c)->name + length + 1;
		put_name(out, (int)strlen(word), word, (*c)->summary);
		if (c[1] == NULL || opens_group(commands, c[1]))
			(void)fputs("\t\t) ;;\n", out);
	}
	(void)fputs("\tesac\n\t_describe command names\n}\n\n", out);
}

/* A group's second word is found once, in front of the commands. */
static void put_groups(FILE *out, const struct cli_command *const *commands)
{
	for (const struct cli_command *const *c = commands; *c != NULL; c++) {
		int length = (int)strcspn((*c)->name, " ");
		if ((*c)->name[length] != '\0' && opens_group(commands, *c))
			(void)fprintf(out,
				      "\t%.*s)\n"
				      "\t\tif (( CURRENT == 3 )); then\n"
				      "\t\t\t_corten_commands $command\n"
				      "\t\t\treturn\n"
				      "\t\tfi\n"
				      "\t\tcommand+=\" $words[3]\"\n"
				      "\t\tshift words\n"
				      "\t\t(( CURRENT-- )) ;;\n",
				      length, (*c)->name);
	}
}

void cli_complete_zsh(FILE *out, const struct cli_command *const *commands)
{
	(void)fputs("#compdef corten\n# made by 'corten completion zsh'\n", out);
	put_commands(out, commands);
	(void)fprintf(out,
		      "_corten_targets()\n{\n\tlocal -a prefixes\n\tprefixes=(%s)\n"
		      "\tcompset -P '*:' || compadd -S '' -a prefixes\n\t_files\n}\n\n",
		      cli_target_prefixes);
	(void)fputs("_corten()\n"
		    "{\n"
		    "\tif (( CURRENT == 2 )); then\n"
		    "\t\t_corten_commands\n"
		    "\t\treturn\n"
		    "\tfi\n"
		    "\tlocal command=$words[2]\n"
		    "\tcase $command in\n",
		    out);
	put_groups(out, commands);
	(void)fputs("\tesac\n\tshift words\n\t(( CURRENT-- ))\n\tcase $command in\n", out);
	for (const struct cli_command *const *c = commands; *c != NULL; c++)
		put_command(out, *c);
	(void)fputs("\tesac\n"
		    "}\n\n"
		    "if [[ $funcstack[1] == _corten ]]; then\n"
		    "\t_corten \"$@\"\n"
		    "else\n"
		    "\tcompdef _corten corten\n"
		    "fi\n",
		    out);
}
