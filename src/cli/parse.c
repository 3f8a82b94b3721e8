#include "cli/internal.h"

struct parser {
	const struct cli_command *command;
	char *const *words;
	size_t count, at;
	struct cli_line *line;
	struct error *err;
};

void cli_line_free(struct cli_line *line)
{
	free(line->given);
	free(line->arguments);
	*line = (struct cli_line){ 0 };
}

/* --- options ---------------------------------------------------------------- */

static const struct cli_option *find_long(const struct cli_command *c, struct bytes name)
{
	for (const struct cli_option *o = c->options; o != NULL && o->name != NULL; o++) {
		if (bytes_equal(bytes_str(o->name), name))
			return o;
	}
	return NULL;
}

static const struct cli_option *find_letter(const struct cli_command *c, char letter)
{
	for (const struct cli_option *o = c->options; o != NULL && o->name != NULL; o++) {
		if (o->letter == letter)
			return o;
	}
	return NULL;
}

static int unknown_option(const struct parser *p, struct bytes name)
{
	struct guess guess = guess_of(name);
	for (const struct cli_option *o = p->command->options; o != NULL && o->name != NULL; o++)
		guess_try(&guess, bytes_str(o->name));
	guess_try(&guess, BYTES_LIT("help"));
	char meant[GUESS_TEXT];
	guess_text(&guess, "--", meant);
	return error_set(p->err, ERR_USAGE, "there is no option --%.*s.%s", (int)name.n,
			 (const char *)name.p, meant);
}

static bool is_choice(const char *choices, struct bytes value)
{
	struct bytes rest = bytes_str(choices), choice;
	while (bytes_next_field(&rest, ',', &choice)) {
		if (bytes_equal(choice, value))
			return true;
	}
	return false;
}

static int refuse_choice(const struct parser *p, const struct cli_option *o, struct bytes value)
{
	struct guess guess = guess_of(value);
	struct bytes rest = bytes_str(o->choices), choice;
	while (bytes_next_field(&rest, ',', &choice))
		guess_try(&guess, choice);
	char meant[GUESS_TEXT], all[CLI_CHOICES_TEXT];
	guess_text(&guess, "", meant);
	cli_choices_text(o, all);
	return error_set(p->err, ERR_USAGE, "--%s cannot be \"%.*s\".%s %s", o->name, (int)value.n,
			 (const char *)value.p, meant, all);
}

static int check_choices(const struct parser *p, const struct cli_option *o, const char *value)
{
	if (o->choices == NULL)
		return 0;
	if (!o->list)
		return is_choice(o->choices, bytes_str(value))
			       ? 0
			       : refuse_choice(p, o, bytes_str(value));
	struct bytes rest = bytes_str(value), part;
	if (rest.n == 0)
		return refuse_choice(p, o, rest);
	while (bytes_next_field(&rest, ',', &part)) {
		if (!is_choice(o->choices, part))
			return refuse_choice(p, o, part);
	}
	return 0;
}

static int take_option(struct parser *p, const struct cli_option *o, const char *value)
{
	if (o->argument == NULL && value != NULL)
		return error_set(p->err, ERR_USAGE, "--%s is a switch and takes no value", o->name);
	if (o->argument != NULL && value == NULL) {
		if (p->at == p->count)
			return error_set(p->err, ERR_USAGE, "--%s needs a value: --%s %s", o->name,
					 o->name, o->argument);
		value = p->words[p->at++];
	}
	if (value != NULL && check_choices(p, o, value) < 0)
		return -1;
	struct cli_line *line = p->line;
	line->given[line->args.given_count++] = (struct cli_given){ o, value };
	return 0;
}

static int parse_long(struct parser *p, const char *word)
{
	size_t length = strcspn(word + 2, "=");
	const char *value = word[2 + length] == '=' ? word + 2 + length + 1 : NULL;
	struct bytes name = bytes_of(word + 2, length);
	const struct cli_option *o = find_long(p->command, name);
	if (o != NULL)
		return take_option(p, o, value);
	if (bytes_equal(name, BYTES_LIT("help")) && value == NULL) {
		p->line->help = true;
		return 0;
	}
	return unknown_option(p, name);
}

/* "-abVALUE": switches until the first letter that takes a value. */
static int parse_letters(struct parser *p, const char *word)
{
	for (const char *at = word + 1; *at != '\0'; at++) {
		const struct cli_option *o = find_letter(p->command, *at);
		if (o == NULL && *at == 'h') {
			p->line->help = true;
			return 0;
		}
		if (o == NULL)
			return error_set(p->err, ERR_USAGE, "there is no option -%c", *at);
		if (o->argument != NULL)
			return take_option(p, o, at[1] != '\0' ? at + 1 : NULL);
		if (take_option(p, o, NULL) < 0)
			return -1;
	}
	return 0;
}

/* --- the line --------------------------------------------------------------- */

static int check_arguments(const struct parser *p)
{
	const struct cli_command *c = p->command;
	size_t n = p->line->args.argument_count;
	if (n < (size_t)c->least_arguments)
		return error_set(p->err, ERR_USAGE, "%s is missing", c->arguments);
	if (c->most_arguments >= 0 && n > (size_t)c->most_arguments)
		return error_set(p->err, ERR_USAGE, "\"%s\" is one argument too many",
				 p->line->arguments[c->most_arguments]);
	return 0;
}

static int parse_words(struct parser *p)
{
	bool options = true;
	while (p->at < p->count && !p->line->help) {
		const char *word = p->words[p->at++];
		if (options && strcmp(word, "--") == 0) {
			options = false;
			continue;
		}
		if (!options || word[0] != '-' || word[1] == '\0')
			p->line->arguments[p->line->args.argument_count++] = word;
		else if ((word[1] == '-' ? parse_long(p, word) : parse_letters(p, word)) < 0)
			return -1;
	}
	return p->line->help ? 0 : check_arguments(p);
}

/* How many options words can hold: every letter of "-abc" may be one. */
static size_t most_options(char *const *words, size_t count)
{
	size_t most = 0;
	for (size_t i = 0; i < count; i++)
		most += strlen(words[i]);
	return most;
}

int cli_parse(const struct cli_command *command, char *const *words, size_t count,
	      struct cli_line *ret, struct error *err)
{
	struct cli_line line = { .args.command = command };
	line.given = calloc(most_options(words, count) + 1, sizeof *line.given);
	line.arguments = calloc(count + 1, sizeof *line.arguments);
	struct parser p = { command, words, count, 0, &line, err };
	if (line.given == NULL || line.arguments == NULL) {
		cli_line_free(&line);
		return error_set(err, ERR_MEMORY, "no memory for the command line");
	}
	if (parse_words(&p) < 0) {
		cli_line_free(&line);
		return -1;
	}
	line.args.given = line.given;
	line.args.arguments = line.arguments;
	*ret = line;
	return 0;
}

/* --- the command ------------------------------------------------------------ */

/* The number of words in name when words begin with them, else 0. */
static size_t match_name(const char *name, char *const *words, size_t count)
{
	struct bytes rest = bytes_str(name), part;
	size_t used = 0;
	while (bytes_next_field(&rest, ' ', &part)) {
		if (used == count || !bytes_equal(part, bytes_str(words[used])))
			return 0;
		used++;
	}
	return used;
}

const struct cli_command *cli_find(const struct cli_command *const *commands, char *const *words,
				   size_t count, size_t *ret_used)
{
	const struct cli_command *best = NULL;
	size_t best_used = 0;
	for (; *commands != NULL; commands++) {
		size_t used = match_name((*commands)->name, words, count);
		if (used > best_used) {
			best = *commands;
			best_used = used;
		}
	}
	*ret_used = best_used;
	return best;
}

bool cli_is_group(const struct cli_command *const *commands, const char *word)
{
	size_t length = strlen(word);
	for (; *commands != NULL; commands++) {
		const char *name = (*commands)->name;
		if (strncmp(name, word, length) == 0 && name[length] == ' ')
			return true;
	}
	return false;
}

/* --- what commands ask ------------------------------------------------------ */

bool cli_has(const struct cli_args *a, const char *option)
{
	for (size_t i = 0; i < a->given_count; i++) {
		if (strcmp(a->given[i].option->name, option) == 0)
			return true;
	}
	return false;
}

const char *cli_value(const struct cli_args *a, const char *option)
{
	for (size_t i = a->given_count; i-- > 0;) {
		if (strcmp(a->given[i].option->name, option) == 0)
			return a->given[i].value;
	}
	return NULL;
}

const char *cli_value_at(const struct cli_args *a, const char *option, size_t i)
{
	for (size_t at = 0; at < a->given_count; at++) {
		if (strcmp(a->given[at].option->name, option) == 0 && i-- == 0)
			return a->given[at].value;
	}
	return NULL;
}
