/* Command lines: of units, of environments, of containers in a pod. */
#include "baseline/internal.h"

static void add_flag(struct settings *s, const struct command *c, struct bytes key,
		     struct bytes value, struct bytes at)
{
	struct setting one = { .scope = c->scope,
			       .key = key,
			       .value = value,
			       .at = c->one_line ? at : bytes_of(NULL, 0),
			       .line = c->line,
			       .last = c->last,
			       .block = c->block };
	(void)settings_add(s, &one);
}

static void add_program(struct settings *s, struct command *c, struct bytes word)
{
	struct setting head = { .scope = path_base(word),
				.key = path_base(word),
				.line = c->line,
				.last = c->last,
				.block = c->block,
				.opens = true };
	c->scope = head.scope;
	c->has_program = true;
	(void)settings_add(s, &head);
}

static void flush(struct settings *s, struct command *c)
{
	if (c->pending.n > 0)
		add_flag(s, c, c->pending, bytes_of(NULL, 0), bytes_of(NULL, 0));
	c->pending = bytes_of(NULL, 0);
}

static bool is_flag(struct bytes word)
{
	return word.n >= 2 && word.p[0] == '-' && !(word.p[1] >= '0' && word.p[1] <= '9');
}

void command_word(struct settings *s, struct command *c, struct bytes word, struct bytes at)
{
	ptrdiff_t equals = bytes_index(word, '=');
	if (c->scope.n == 0 && !c->has_program && !is_flag(word)) {
		add_program(s, c, word);
	} else if (is_flag(word) && equals > 0) {
		size_t from = (size_t)equals + 1;
		flush(s, c);
		add_flag(s, c, bytes_sub(word, 0, (size_t)equals),
			 unquoted(bytes_sub(word, from, word.n)),
			 unquoted(bytes_sub(at, from, at.n)));
	} else if (is_flag(word)) {
		flush(s, c);
		c->pending = word;
	} else if (c->pending.n > 0) {
		add_flag(s, c, c->pending, word, at);
		c->pending = bytes_of(NULL, 0);
	} else {
		add_flag(s, c, BYTES_LIT("argument"), word, at);
	}
}

void command_end(struct settings *s, struct command *c)
{
	flush(s, c);
}

/* A word ends at a blank outside of quotes. */
static struct bytes next_word(struct bytes *rest)
{
	uint8_t quote = 0;
	size_t i = 0;
	*rest = bytes_trim(*rest);
	for (; i < rest->n; i++) {
		uint8_t c = rest->p[i];
		if (quote != 0)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == ' ' || c == '\t')
			break;
	}
	struct bytes word = bytes_sub(*rest, 0, i);
	*rest = bytes_sub(*rest, i, rest->n);
	return unquoted(word);
}

void command_text(struct settings *s, struct command *c, struct bytes text)
{
	for (struct bytes word = next_word(&text); word.n > 0 || text.n > 0;
	     word = next_word(&text))
		if (word.n > 0)
			command_word(s, c, word, word);
}
