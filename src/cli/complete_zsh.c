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
	else if (word == CLI_WORD_DIRECTORY)
		(void)fputs("_files -/", out);
	else if (word == CLI_WORD_COMMAND)
		(void)fputs("_corten_commands", out);
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

/* The commands as _describe wants them; words of a group behind their group. */
static void put_commands(FILE *out, const struct cli_command *const *commands)
{
	(void)fputs("_corten_commands()\n{\n\tlocal -a names=(\n", out);
	for (const struct cli_command *const *c = commands; *c != NULL; c++) {
		(void)fprintf(out, "\t\t'%s:", (*c)->name);
		put(out, (*c)->summary);
		(void)fputs("'\n", out);
	}
	(void)fputs("\t)\n"
		    "\t[[ -n $1 ]] && names=(${${(M)names:#$1 *}#$1 })\n"
		    "\t[[ -z $1 ]] && names=(${(u)names%% *:*})\n"
		    "\t_describe command names\n"
		    "}\n\n",
		    out);
}

void cli_complete_zsh(FILE *out, const struct cli_command *const *commands)
{
	(void)fputs("#compdef corten\n# made by 'corten completion zsh'\n", out);
	put_commands(out, commands);
	(void)fputs("_corten()\n"
		    "{\n"
		    "\tif (( CURRENT == 2 )); then\n"
		    "\t\t_corten_commands\n"
		    "\t\treturn\n"
		    "\tfi\n"
		    "\tlocal command=$words[2]\n"
		    "\tcase $command in\n",
		    out);
	for (const struct cli_command *const *c = commands; *c != NULL; c++) {
		const char *space = strchr((*c)->name, ' ');
		if (space == NULL)
			continue;
		(void)fprintf(out,
			      "\t%.*s)\n"
			      "\t\tif (( CURRENT == 3 )); then\n"
			      "\t\t\t_corten_commands $command\n"
			      "\t\t\treturn\n"
			      "\t\tfi\n"
			      "\t\tcommand+=\" $words[3]\"\n"
			      "\t\tshift words\n"
			      "\t\t(( CURRENT-- )) ;;\n",
			      (int)(space - (*c)->name), (*c)->name);
	}
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
