#include <sys/ioctl.h>

#include "cli/internal.h"

enum {
	COLUMNS_DEFAULT = 80,
	COLUMNS_LEAST = 40, /* narrower, one word a line would be all that is left */
	COLUMNS_MOST = 100, /* wider, the eye loses the line */
	HEAD_MOST = 26, /* a longer option has its help on the next line */
};

/* --- the page --------------------------------------------------------------- */

static unsigned terminal_columns(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	uint64_t columns = 0;
	if (bytes_to_u64(bytes_str(getenv("COLUMNS")), &columns) && columns > 0)
		return columns < COLUMNS_MOST ? (unsigned)columns : COLUMNS_MOST;
	return COLUMNS_DEFAULT;
}

/* https://no-color.org: any value but the empty one. */
static bool wants_bold(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

struct cli_page cli_page_stdout(void)
{
	unsigned columns = terminal_columns();
	if (columns < COLUMNS_LEAST)
		columns = COLUMNS_LEAST;
	if (columns > COLUMNS_MOST)
		columns = COLUMNS_MOST;
	return (struct cli_page){ stdout, columns, wants_bold() };
}

static void heading(const struct cli_page *page, const char *text)
{
	(void)fprintf(page->out, page->bold ? "\n\x1b[1m%s\x1b[0m\n" : "\n%s\n", text);
}

static void pad(const struct cli_page *page, unsigned columns)
{
	(void)fprintf(page->out, "%*s", (int)columns, "");
}

/* One paragraph without a newline in it. */
static void wrap_line(const struct cli_page *page, struct bytes line, unsigned at, unsigned indent)
{
	struct bytes word;
	bool first = true;
	while (bytes_next_field(&line, ' ', &word)) {
		size_t width = text_columns(word);
		if (!first && at + 1 + width > page->columns) {
			(void)fputc('\n', page->out);
			pad(page, indent);
			at = indent;
			first = true;
		}
		(void)fprintf(page->out, "%s%.*s", first ? "" : " ", (int)word.n,
			      (const char *)word.p);
		at += (unsigned)width + (first ? 0 : 1);
		first = false;
	}
	(void)fputc('\n', page->out);
}

void cli_wrap(const struct cli_page *page, const char *text, unsigned at, unsigned indent)
{
	struct bytes rest = bytes_str(text), line;
	bool first = true;
	while (bytes_next_field(&rest, '\n', &line)) {
		if (!first && line.n > 0)
			pad(page, indent);
		if (line.n > 0 && line.p[0] == ' ')
			(void)fprintf(page->out, "%.*s\n", (int)line.n, (const char *)line.p);
		else
			wrap_line(page, line, first ? at : indent, indent);
		first = false;
	}
}

/* "  head     text", or the text below a long head. */
static void entry(const struct cli_page *page, const char *head, unsigned column, const char *text)
{
	unsigned width = 2 + (unsigned)text_columns(bytes_str(head));
	(void)fprintf(page->out, "  %s", head);
	if (width + 2 > column) {
		(void)fputc('\n', page->out);
		width = 0;
	}
	pad(page, column - width);
	cli_wrap(page, text, column, column);
}

/* --- a command -------------------------------------------------------------- */

void cli_choices_text(const struct cli_option *o, char out[static CLI_CHOICES_TEXT])
{
	struct buf text = buf_max(CLI_CHOICES_TEXT - 1);
	struct bytes rest = bytes_str(o->choices), choice;
	const char *before = o->list ? "Any of: " : "One of: ";
	bool good = true;
	out[0] = '\0';
	if (rest.n == 0)
		return;
	for (; bytes_next_field(&rest, ',', &choice); before = ", ")
		good &= buf_printf(&text, NULL, "%s%.*s", before, (int)choice.n,
				   (const char *)choice.p) == 0;
	good &= buf_append_str(&text, o->list ? "; several with commas." : ".", NULL) == 0;
	if (good)
		(void)snprintf(out, CLI_CHOICES_TEXT, "%.*s", (int)text.n, (const char *)text.p);
	buf_free(&text);
}

static void option_head(const struct cli_option *o, char *out, size_t size)
{
	char letter[] = "-x, ";
	letter[1] = o->letter;
	(void)snprintf(out, size, "%s--%s%s%s", o->letter != 0 ? letter : "    ", o->name,
		       o->argument != NULL ? " " : "", o->argument != NULL ? o->argument : "");
}

static const struct cli_option help_option = { .name = "help",
					       .letter = 'h',
					       .help = "Show this help and exit." };

static void print_option(const struct cli_page *page, const struct cli_option *o)
{
	char head[80], choices[CLI_CHOICES_TEXT], text[1024];
	option_head(o, head, sizeof head);
	cli_choices_text(o, choices);
	(void)snprintf(text, sizeof text, "%s%s%s", o->help, choices[0] != '\0' ? " " : "",
		       choices);
	entry(page, head, HEAD_MOST + 2, text);
}

static void print_examples(const struct cli_page *page, const char *examples)
{
	struct bytes rest = bytes_str(examples), line;
	heading(page, "Examples:");
	while (bytes_next_field(&rest, '\n', &line)) {
		struct bytes command = { 0 };
		(void)bytes_next_field(&line, '\t', &command);
		(void)fprintf(page->out, "  %.*s\n", (int)command.n, (const char *)command.p);
		if (line.n == 0)
			continue;
		pad(page, 6);
		wrap_line(page, line, 6, 6);
	}
}

/* "print the version" -> "Print the version." */
static void put_sentence(const struct cli_page *page, const char *summary)
{
	char text[256];
	(void)snprintf(text, sizeof text, "%s.", summary);
	if (text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	cli_wrap(page, text, 0, 0);
}

void cli_help_command(const struct cli_page *page, const struct cli_command *c)
{
	bool options = c->options != NULL && c->options->name != NULL;
	(void)fprintf(page->out, "Usage: corten %s%s%s%s\n\n", c->name,
		      options ? " [OPTION]..." : "", c->arguments[0] != '\0' ? " " : "",
		      c->arguments);
	put_sentence(page, c->summary);
	if (c->description != NULL && c->description[0] != '\0') {
		(void)fputc('\n', page->out);
		cli_wrap(page, c->description, 0, 0);
	}
	heading(page, "Options:");
	for (const struct cli_option *o = c->options; o != NULL && o->name != NULL; o++)
		print_option(page, o);
	print_option(page, &help_option);
	if (c->examples != NULL)
		print_examples(page, c->examples);
}

/* --- all of them ------------------------------------------------------------ */

static bool in_group(const struct cli_command *c, const char *group)
{
	size_t length = group != NULL ? strlen(group) : 0;
	return length == 0 || (strncmp(c->name, group, length) == 0 && c->name[length] == ' ');
}

void cli_help_overview(const struct cli_page *page, const struct cli_command *const *commands,
		       const char *group)
{
	(void)fprintf(page->out, "Usage: corten %s%sCOMMAND [OPTION]... [ARGUMENT]...\n",
		      group != NULL ? group : "", group != NULL ? " " : "");
	if (group == NULL) {
		(void)fputc('\n', page->out);
		cli_wrap(page,
			 "Finds known vulnerabilities, secrets, malware and risks in container "
			 "images, and says "
			 "what mends them.",
			 0, 0);
	}
	heading(page, "Commands:");
	for (; *commands != NULL; commands++) {
		const struct cli_command *c = *commands;
		char head[80];
		(void)snprintf(head, sizeof head, "%s %s", c->name, c->arguments);
		if (in_group(c, group))
			entry(page, head, HEAD_MOST + 2, c->summary);
	}
	if (group == NULL) {
		heading(page, "Exit status:");
		entry(page, "0", 6, "done, and complete");
		entry(page, "1", 6, "a gate given on the command line is broken");
		entry(page, "2", 6, "the command line could not be understood");
		entry(page, "3", 6, "the work could not be completed, or its result not trusted");
	}
	(void)fprintf(page->out, "\n'corten help COMMAND' says more about a command.\n");
}
