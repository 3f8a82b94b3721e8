/* yarn.lock: version 1 is a format of its own, from version 2 ("berry") on it is
 * YAML of one shape. Both are blocks whose first line names what was asked for:
 *
 *	"@babel/core@^7.0.0", "@babel/core@^7.1.0":
 *	  version "7.2.2"
 *
 *	"lodash@npm:^4.17.0, lodash@npm:^4.17.21":
 *	  version: 4.17.21
 *	  resolution: "lodash@npm:4.17.21"
 *
 * so the lines are read, and not the documents. Neither tells what is only for
 * development. */
#include "apps/internal.h"

struct block {
	struct bytes head; /* as asked for; empty: none open */
	struct bytes version, resolution;
	uint32_t line;
};

/* NAME@RANGE at the '@' behind the name, which may begin with one ("@scope/name"). */
static bool split_descriptor(struct bytes d, struct bytes *ret_name, struct bytes *ret_range)
{
	ptrdiff_t at = bytes_index(bytes_sub(d, 1, d.n), '@');
	if (d.n < 2 || at < 0)
		return false;
	*ret_name = bytes_sub(d, 0, (size_t)at + 1);
	*ret_range = bytes_sub(d, (size_t)at + 2, d.n);
	return true;
}

/* Folders of the project itself, by the protocol of the range. */
static bool is_own(struct bytes range)
{
	static const char *const own[] = { "workspace:", "link:", "portal:", "file:" };
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (bytes_starts_with(range, bytes_str(own[i])))
			return true;
	return false;
}

/* "alias@npm:real@^1.0": the package is what stands behind "npm:". */
static void follow_alias(struct bytes *name, struct bytes range)
{
	struct bytes real, rest;
	if (bytes_starts_with(range, BYTES_LIT("npm:")) &&
	    split_descriptor(bytes_sub(range, 4, range.n), &real, &rest))
		*name = real;
}

static int end_block(struct app_text *t, struct block *b, struct error *err)
{
	struct bytes name, range, first = b->head, rest;
	struct app_record r = { .type = PKG_NPM, .version = b->version, .line = b->line };
	if (b->head.n == 0 || bytes_equal(b->head, BYTES_LIT("__metadata")))
		return 0;
	(void)app_cut(b->head, ',', &first, &rest);
	if (b->resolution.n > 0)
		first = b->resolution;
	first = bytes_trim(first);
	if (first.n > 0 && first.p[0] == '"')
		first = bytes_sub(first, 1, first.n - (first.p[first.n - 1] == '"'));
	if (!split_descriptor(first, &name, &range)) {
		name = first; /* any version */
		range = bytes_of(NULL, 0);
	}
	if (is_own(range))
		return 0;
	follow_alias(&name, range);
	r.name = name;
	return app_add(t, &r, err);
}

/* `version "1.0.0"`, `version: 1.0.0`, `"version" "1.0.0"` (npm writes quotes where
 * yarn does not) */
static bool take_field(struct bytes line, struct bytes name, struct bytes *ret)
{
	size_t quote = line.n > 0 && line.p[0] == '"';
	struct bytes rest = bytes_sub(line, quote, line.n);
	if (!bytes_starts_with(rest, name))
		return false;
	rest = bytes_sub(rest, name.n + quote, rest.n);
	if (rest.n == 0 || (rest.p[0] != ' ' && rest.p[0] != ':'))
		return false;
	if (rest.p[0] == ':')
		rest = bytes_sub(rest, 1, rest.n);
	*ret = app_unquote(bytes_trim(rest));
	return true;
}

/* A line at the margin: `"a@^1", "b@^1":`, or `? "a …"` with a ':' on the next. */
static void begin_block(struct block *b, struct bytes line, uint32_t number)
{
	*b = (struct block){ .line = number };
	if (bytes_starts_with(line, BYTES_LIT("? ")))
		line = bytes_sub(line, 2, line.n);
	if (bytes_ends_with(line, BYTES_LIT(":")))
		line.n--;
	b->head = app_unquote(bytes_trim(line));
}

int app_read_yarn_lock(struct app_text *t, struct error *err)
{
	struct app_lines lines = app_lines_of(t->text);
	struct block block = { 0 };
	struct bytes line;
	while (app_next_line(&lines, &line)) {
		size_t indent = app_indent(line);
		struct bytes body = bytes_sub(line, indent, line.n);
		if (body.n == 0 || body.p[0] == '#' || bytes_equal(body, BYTES_LIT(":")))
			continue;
		if (indent == 0) {
			if (end_block(t, &block, err) < 0)
				return -1;
			begin_block(&block, line, lines.number);
		} else if (indent == 2 && !take_field(body, BYTES_LIT("version"), &block.version)) {
			(void)take_field(body, BYTES_LIT("resolution"), &block.resolution);
		}
	}
	return end_block(t, &block, err);
}
