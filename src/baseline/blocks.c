/* Forms with blocks in braces: nginx, HCL, dovecot. A statement ends at ';', or at the
 * end of its line where the form has none. */
#include "baseline/internal.h"

enum { DEPTH_MAX = 32, NAME_MAX_BYTES = 512 };

struct reader {
	struct settings *s;
	const struct form *form;
	size_t at;
	uint32_t line;
	bool by_line; /* statements end with their lines */
	struct {
		struct bytes scope;
		uint32_t block;
	} open[DEPTH_MAX];
	size_t depth, lost; /* blocks deeper than can be held */
};

static bool at_end(const struct reader *r)
{
	return r->at >= r->s->text.n;
}

static uint8_t here(const struct reader *r)
{
	return r->s->text.p[r->at];
}

static void step(struct reader *r)
{
	r->line += here(r) == '\n';
	r->at++;
}

static void skip_line(struct reader *r)
{
	while (!at_end(r) && here(r) != '\n')
		step(r);
}

static bool is_comment(const struct reader *r)
{
	struct bytes rest = bytes_sub(r->s->text, r->at, r->s->text.n);
	uint8_t before = r->at == 0 ? '\n' : r->s->text.p[r->at - 1];
	if (before != ' ' && before != '\t' && before != '\n' && before != ';' && before != '{')
		return false;
	return rest.p[0] == '#' || (r->by_line && bytes_starts_with(rest, BYTES_LIT("//")));
}

/* From a quote behind the one that closes it. */
static void skip_quoted(struct reader *r)
{
	uint8_t quote = here(r);
	for (step(r); !at_end(r) && here(r) != quote; step(r))
		if (here(r) == '\\' && r->at + 1 < r->s->text.n)
			step(r);
	if (!at_end(r))
		step(r);
}

static struct bytes scope_of(const struct reader *r)
{
	return r->depth == 0 ? bytes_of(NULL, 0) : r->open[r->depth - 1].scope;
}

static uint32_t block_of(const struct reader *r)
{
	return r->depth == 0 ? 0 : r->open[r->depth - 1].block;
}

static void open_block(struct reader *r, struct bytes name, uint32_t first)
{
	struct settings *s = r->s;
	if (r->depth == DEPTH_MAX) {
		r->lost++;
		return;
	}
	name = bytes_trim(bytes_sub(name, 0, NAME_MAX_BYTES));
	if (r->by_line && bytes_ends_with(name, BYTES_LIT("="))) /* "acl = {" */
		name = bytes_trim(bytes_sub(name, 0, name.n - 1));
	struct bytes scope = settings_join(s, scope_of(r), name, " ");
	struct setting head = { .scope = scope,
				.key = name,
				.line = first,
				.last = r->line,
				.block = ++s->blocks,
				.opens = true };
	(void)settings_add(s, &head);
	r->open[r->depth].scope = scope;
	r->open[r->depth++].block = s->blocks;
}

static void close_block(struct reader *r)
{
	if (r->lost > 0)
		r->lost--;
	else
		r->depth -= r->depth > 0;
}

/* "key value", and where the form has it "key = value". */
static void add_statement(struct reader *r, struct bytes text, uint32_t first)
{
	size_t end = 0;
	text = bytes_trim(text);
	while (end < text.n && text.p[end] != ' ' && text.p[end] != '\t' && text.p[end] != '\n' &&
	       !(r->by_line && text.p[end] == '='))
		end++;
	struct bytes value = bytes_trim(bytes_sub(text, end, text.n));
	if (r->by_line && value.n > 0 && value.p[0] == '=')
		value = bytes_trim(bytes_sub(value, 1, value.n));
	if (bytes_ends_with(value, BYTES_LIT(",")))
		value = bytes_trim(bytes_sub(value, 0, value.n - 1));
	struct setting one = { .scope = scope_of(r),
			       .key = unquoted(bytes_sub(text, 0, end)),
			       .value = unquoted(value),
			       .at = unquoted(value),
			       .line = first,
			       .last = r->line,
			       .block = block_of(r) };
	if (text.n > 0)
		(void)settings_add(r->s, &one);
}

static bool ends_statement(const struct reader *r)
{
	uint8_t c = here(r);
	return c == ';' || c == '{' || c == '}' || (r->by_line && c == '\n') || is_comment(r);
}

static void one_statement(struct reader *r)
{
	size_t from = r->at;
	uint32_t first = r->line;
	while (!at_end(r) && !ends_statement(r)) {
		if (here(r) == '"' || here(r) == '\'')
			skip_quoted(r);
		else
			step(r);
	}
	struct bytes text = bytes_sub(r->s->text, from, r->at);
	if (!at_end(r) && here(r) == '{')
		open_block(r, text, first);
	else
		add_statement(r, text, first);
	if (!at_end(r) && here(r) == '}')
		close_block(r);
	if (!at_end(r) && (here(r) == ';' || here(r) == '{' || here(r) == '}'))
		step(r);
}

bool read_blocks(const struct form *f, struct settings *s, const char **ret_why)
{
	struct reader r = { .s = s, .form = f, .line = 1, .by_line = f->behind == NULL };
	(void)ret_why;
	while (!at_end(&r) && !s->cut) {
		uint8_t c = here(&r);
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			step(&r);
		else if (is_comment(&r))
			skip_line(&r);
		else
			one_statement(&r);
	}
	return true;
}
