/* Manual pages in man(7) macros, from the same tables as --help. What is only
 * for the manual (files, environment) is added behind by man/meson.build. */
#include "cli/internal.h"

static void put_escaped(FILE *out, struct bytes text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = (char)text.p[i];
		/* A dot or an apostrophe in the first column would be a request. */
		if (i == 0 && (c == '.' || c == '\''))
			(void)fputs("\\&", out);
		if (c == '-')
			(void)fputs("\\-", out);
		else if (c == '\\')
			(void)fputs("\\e", out);
		else
			(void)fputc(c, out);
	}
}

static void put(FILE *out, const char *text)
{
	put_escaped(out, bytes_str(text));
}

/* An empty line parts paragraphs; a line that begins with a space is kept. */
static void put_paragraphs(FILE *out, const char *text)
{
	struct bytes rest = bytes_str(text), line;
	while (bytes_next_field(&rest, '\n', &line)) {
		bool kept = line.n > 0 && line.p[0] == ' ';
		if (line.n == 0) {
			(void)fputs(".PP\n", out);
			continue;
		}
		if (kept)
			(void)fputs(".nf\n", out);
		put_escaped(out, line);
		(void)fputs(kept ? "\n.fi\n" : "\n", out);
	}
}

/* "db build" -> "db-build" */
static void page_name(const char *command, char *out, size_t size)
{
	(void)snprintf(out, size, "%s", command);
	for (char *at = out; *at != '\0'; at++) {
		if (*at == ' ')
			*at = '-';
	}
}

static void title(FILE *out, const char *command, const char *summary)
{
	char name[64];
	page_name(command, name, sizeof name);
	(void)fprintf(out, ".TH corten%s%s 1 \"\" \"corten " CORTEN_VERSION "\" \"Corten\"\n",
		      name[0] != '\0' ? "\\-" : "", name);
	(void)fprintf(out, ".SH NAME\ncorten%s", name[0] != '\0' ? "\\-" : "");
	put(out, name);
	(void)fputs(" \\- ", out);
	put(out, summary);
	(void)fputc('\n', out);
}

static void option(FILE *out, const struct cli_option *o)
{
	char choices[CLI_CHOICES_TEXT];
	cli_choices_text(o, choices);
	(void)fputs(".TP\n", out);
	if (o->letter != 0)
		(void)fprintf(out, "\\fB\\-%c\\fR, ", o->letter);
	(void)fputs("\\fB\\-\\-", out);
	put(out, o->name);
	(void)fputs("\\fR", out);
	if (o->argument != NULL) {
		(void)fputs(" \\fI", out);
		put(out, o->argument);
		(void)fputs("\\fR", out);
	}
	(void)fputc('\n', out);
	put_paragraphs(out, o->help);
	if (choices[0] != '\0')
		put_paragraphs(out, choices);
}

static void examples(FILE *out, const char *lines)
{
	struct bytes rest = bytes_str(lines), line;
	(void)fputs(".SH EXAMPLES\n", out);
	while (bytes_next_field(&rest, '\n', &line)) {
		struct bytes command = { 0 };
		(void)bytes_next_field(&line, '\t', &command);
		(void)fputs(".TP\n.B ", out);
		put_escaped(out, command);
		(void)fputc('\n', out);
		put_escaped(out, line);
		(void)fputc('\n', out);
	}
}

static void exit_status(FILE *out)
{
	static const char *const meanings[] = {
		"Done, and complete.",
		"A gate given on the command line is broken; this wins over 3.",
		"The command line could not be understood.",
		"The work could not be completed, or its result not be trusted.",
	};
	(void)fputs(".SH \"EXIT STATUS\"\n", out);
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		(void)fprintf(out, ".TP\n.B %zu\n%s\n", i, meanings[i]);
}

void cli_man_command(FILE *out, const struct cli_command *c)
{
	bool options = c->options != NULL && c->options->name != NULL;
	title(out, c->name, c->summary);
	(void)fputs(".SH SYNOPSIS\n\\fBcorten ", out);
	put(out, c->name);
	(void)fprintf(out, "\\fR%s \\fI", options ? " [\\fIOPTION\\fR]..." : "");
	put(out, c->arguments);
	(void)fputs("\\fR\n.SH DESCRIPTION\n", out);
	put_paragraphs(out, c->description != NULL ? c->description : c->summary);
	if (options)
		(void)fputs(".SH OPTIONS\n", out);
	for (const struct cli_option *o = c->options; o != NULL && o->name != NULL; o++)
		option(out, o);
	if (c->examples != NULL)
		examples(out, c->examples);
	exit_status(out);
	(void)fputs(".SH \"SEE ALSO\"\n.BR corten (1)\n", out);
}

void cli_man_overview(FILE *out, const struct cli_command *const *commands)
{
	title(out, "", "find the known vulnerabilities of container images");
	(void)fputs(".SH SYNOPSIS\n\\fBcorten\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... "
		    "[\\fIARGUMENT\\fR]...\n.SH COMMANDS\n",
		    out);
	for (; *commands != NULL; commands++) {
		(void)fputs(".TP\n\\fB", out);
		put(out, (*commands)->name);
		(void)fputs("\\fR \\fI", out);
		put(out, (*commands)->arguments);
		(void)fputs("\\fR\n", out);
		put_paragraphs(out, (*commands)->summary);
	}
	exit_status(out);
}
