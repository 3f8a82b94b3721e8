#include "cli/internal.h"

static const char bash_head[] =
	"# bash completion for corten, made by 'corten completion bash'\n"
	"_corten_words()\n"
	"{\n"
	"\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
	"}\n"
	"\n"
	"# Words joined by commas: only the last one is completed.\n"
	"_corten_list()\n"
	"{\n"
	"\tlocal last=${cur##*,}\n"
	"\tmapfile -t COMPREPLY < <(compgen -P \"${cur%\"$last\"}\" -W \"$1\" -- \"$last\")\n"
	"\tcompopt -o nospace 2>/dev/null\n"
	"}\n"
	"\n"
	"_corten_paths()\n"
	"{\n"
	"\tmapfile -t COMPREPLY < <(compgen \"$1\" -- \"$cur\")\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"}\n"
	"\n"
	"# $1: prefixes. Bash parts words at \":\", too: behind one there are files.\n"
	"_corten_targets()\n"
	"{\n"
	"\tlocal files=()\n"
	"\tif [[ $cur == : ]]; then\n"
	"\t\tcur=''\n"
	"\telif [[ $option != : ]]; then\n"
	"\t\t_corten_words \"$1\"\n"
	"\t\t[[ ${#COMPREPLY[@]} -gt 0 ]] && compopt -o nospace 2>/dev/null\n"
	"\tfi\n"
	"\tmapfile -t files < <(compgen -f -- \"$cur\")\n"
	"\tCOMPREPLY+=(\"${files[@]}\")\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"}\n"
	"\n"
	"_corten()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]}\n"
	"\tlocal command='' word i\n"
	"\tCOMPREPLY=()\n"
	"\t# Bash parts words at \"=\": --format=json is three of them.\n"
	"\tif [[ $cur == = ]]; then\n"
	"\t\tcur=''\n"
	"\telif [[ $option == = ]]; then\n"
	"\t\toption=${COMP_WORDS[COMP_CWORD-2]}\n"
	"\tfi\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tcase \"$command $word\" in\n";

/* ' scan') and ' db') and 'db build'): each name word by word. A group is
 * listed once for each of its commands; the first one matches. */
static void path_cases(FILE *out, const struct cli_command *const *commands)
{
	for (; *commands != NULL; commands++) {
		const char *name = (*commands)->name;
		const char *space = strchr(name, ' ');
		if (space == NULL) {
			(void)fprintf(out, "\t\t' %s') command='%s' ;;\n", name, name);
			continue;
		}
		int first = (int)(space - name);
		(void)fprintf(out, "\t\t' %.*s') command='%.*s' ;;\n", first, name, first, name);
		(void)fprintf(out, "\t\t'%s') command='%s' ;;\n", name, name);
	}
}

/* The words that may follow group ("" or "db"). */
static void next_words(FILE *out, const struct cli_command *const *commands, const char *group)
{
	size_t skip = strlen(group);
	for (; *commands != NULL; commands++) {
		const char *name = (*commands)->name;
		if (skip > 0 && !(strncmp(name, group, skip) == 0 && name[skip] == ' '))
			continue;
		const char *word = skip > 0 ? name + skip + 1 : name;
		(void)fprintf(out, "%.*s ", (int)strcspn(word, " "), word);
	}
}

static void spaced(FILE *out, const char *choices)
{
	for (; *choices != '\0'; choices++)
		(void)fputc(*choices == ',' ? ' ' : *choices, out);
}

static void value_case(FILE *out, const struct cli_option *o)
{
	(void)fprintf(out, "\t\t--%s", o->name);
	if (o->letter != 0)
		(void)fprintf(out, "|-%c", o->letter);
	(void)fputs(") ", out);
	if (o->choices != NULL) {
		(void)fprintf(out, "_corten_%s '", o->list ? "list" : "words");
		spaced(out, o->choices);
		(void)fputs("'; ", out);
	} else if (cli_word_of(o->argument) == CLI_WORD_FILE) {
		(void)fputs("_corten_paths -f; ", out);
	} else if (cli_word_of(o->argument) == CLI_WORD_DIRECTORY) {
		(void)fputs("_corten_paths -d; ", out);
	}
	(void)fputs("return ;;\n", out);
}

static void argument_words(FILE *out, const struct cli_command *const *commands,
			   const struct cli_command *c)
{
	switch (cli_word_of(c->arguments)) {
	case CLI_WORD_FILE:
		(void)fputs("_corten_paths -f", out);
		return;
	case CLI_WORD_TARGET:
		(void)fprintf(out, "_corten_targets '%s'", cli_target_prefixes);
		return;
	case CLI_WORD_DIRECTORY:
		(void)fputs("_corten_paths -d", out);
		return;
	case CLI_WORD_COMMAND:
		(void)fputs("_corten_words '", out);
		next_words(out, commands, "");
		(void)fputc('\'', out);
		return;
	case CLI_WORD_OTHER:
		break;
	}
	/* "bash|zsh|fish" is a choice; "TARGET" and "PURL" are not. */
	if (strchr(c->arguments, '|') == NULL) {
		(void)fputc(':', out);
		return;
	}
	(void)fputs("_corten_words '", out);
	for (const char *at = c->arguments; *at != '\0'; at++)
		(void)fputc(*at == '|' ? ' ' : *at, out);
	(void)fputc('\'', out);
}

static void command_case(FILE *out, const struct cli_command *const *commands,
			 const struct cli_command *c)
{
	(void)fprintf(out, "\t'%s')\n\t\tcase $option in\n", c->name);
	for (const struct cli_option *o = c->options; o != NULL && o->name != NULL; o++) {
		if (o->argument != NULL)
			value_case(out, o);
	}
	(void)fputs("\t\tesac\n\t\tif [[ $cur == -* ]]; then\n\t\t\t_corten_words '--help ", out);
	for (const struct cli_option *o = c->options; o != NULL && o->name != NULL; o++)
		(void)fprintf(out, "--%s ", o->name);
	(void)fputs("'\n\t\telse\n\t\t\t", out);
	argument_words(out, commands, c);
	(void)fputs("\n\t\tfi ;;\n", out);
}

void cli_complete_bash(FILE *out, const struct cli_command *const *commands)
{
	(void)fputs(bash_head, out);
	path_cases(out, commands);
	(void)fputs("\t\tesac\n\tdone\n\tcase $command in\n\t'') _corten_words '--help --version ",
		    out);
	next_words(out, commands, "");
	(void)fputs("' ;;\n", out);
	for (const struct cli_command *const *c = commands; *c != NULL; c++) {
		const char *space = strchr((*c)->name, ' ');
		command_case(out, commands, *c);
		if (space == NULL)
			continue;
		char group[32];
		(void)snprintf(group, sizeof group, "%.*s", (int)(space - (*c)->name), (*c)->name);
		(void)fprintf(out, "\t'%s') _corten_words '--help ", group);
		next_words(out, commands, group);
		(void)fputs("' ;;\n", out);
	}
	(void)fputs("\tesac\n}\ncomplete -F _corten corten\n", out);
}
