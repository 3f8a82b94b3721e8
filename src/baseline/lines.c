/* Forms of one statement a line. */
#include "baseline/internal.h"

static bool is_one_of(uint8_t c, const char *set)
{
	return set != NULL && c != 0 && strchr(set, c) != NULL;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

bool is_in_text(const struct settings *s, struct bytes b)
{
	uintptr_t from = (uintptr_t)s->text.p, at = (uintptr_t)b.p;
	return b.p != NULL && at >= from && at + b.n <= from + s->text.n;
}

/* A comment behind a statement has a blank before it, and is not in quotes. */
static struct bytes without_comment(struct bytes text, const char *comments)
{
	uint8_t quote = 0;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		if (quote != 0)
			quote = c == quote ? 0 : quote;
		else if ((c == '"' || c == '\'') && (i == 0 || !is_blank(text.p[i]))) {
			/* Only a quote that is closed: "don't" is none. */
			if (bytes_index(bytes_sub(text, i + 1, text.n), c) >= 0)
				quote = c;
		} else if (i > 0 && is_blank(text.p[i - 1]) && is_one_of(c, comments)) {
			return bytes_trim(bytes_sub(text, 0, i));
		}
	}
	return text;
}

static bool next_raw(struct lines *l, struct bytes *ret)
{
	if (!bytes_next_field(&l->rest, '\n', ret))
		return false;
	l->number++;
	return true;
}

static bool has_more(const struct lines *l, struct bytes text)
{
	return l->form->continues && bytes_ends_with(text, BYTES_LIT("\\"));
}

static struct bytes joined(struct lines *l, struct bytes text)
{
	struct bytes raw;
	text = bytes_trim(bytes_sub(text, 0, text.n - 1));
	while (next_raw(l, &raw)) {
		bool more = has_more(l, bytes_trim(raw));
		raw = bytes_trim(raw);
		if (more)
			raw = bytes_trim(bytes_sub(raw, 0, raw.n - 1));
		text = settings_join(l->settings, text, raw, " ");
		if (!more)
			break;
	}
	return text;
}

bool lines_next(struct lines *l, struct line *ret)
{
	struct bytes raw;
	while (next_raw(l, &raw)) {
		struct bytes text = bytes_trim(raw);
		if (text.n == 0 || is_one_of(text.p[0], l->form->comments))
			continue;
		ret->first = l->number;
		ret->indented = is_blank(raw.p[0]);
		if (has_more(l, text))
			text = joined(l, text);
		ret->text = without_comment(text, l->form->comments);
		ret->last = l->number;
		return true;
	}
	return false;
}

/* Where the key ends: at the first separator; blanks count where there are no others. */
static size_t key_end(struct bytes text, const char *separators)
{
	for (size_t i = 0; i < text.n; i++)
		if (separators == NULL ? is_blank(text.p[i]) : is_one_of(text.p[i], separators))
			return i;
	return text.n;
}

bool lines_add(const struct lines *l, const struct line *line, struct bytes scope, uint32_t block)
{
	size_t end = key_end(line->text, l->form->separators);
	struct bytes value = bytes_trim(
		bytes_sub(line->text, l->form->separators == NULL ? end : end + 1, line->text.n));
	struct setting one = { .scope = scope,
			       .key = bytes_trim(bytes_sub(line->text, 0, end)),
			       .value = unquoted(value),
			       .line = line->first,
			       .last = line->last,
			       .block = block };
	if (is_in_text(l->settings, one.value) && line->first == line->last)
		one.at = one.value;
	return settings_add(l->settings, &one);
}

bool read_lines(const struct form *f, struct settings *s, const char **ret_why)
{
	struct lines l = { .form = f, .settings = s, .rest = s->text };
	struct line line;
	(void)ret_why;
	while (lines_next(&l, &line))
		if (!lines_add(&l, &line, bytes_of(NULL, 0), 0))
			break;
	return true;
}

/* --- sections in brackets --------------------------------------------------------------- */

/* "[name]", also where a comment or a blank is behind it. */
static bool is_section(struct bytes text, struct bytes *ret_name)
{
	ptrdiff_t end = bytes_index(text, ']');
	if (text.n < 2 || text.p[0] != '[' || end < 0)
		return false;
	*ret_name = bytes_trim(bytes_sub(text, 1, (size_t)end));
	return true;
}

static bool add_head(struct settings *s, const struct line *line, struct bytes name)
{
	struct setting head = { .scope = name,
				.key = name,
				.line = line->first,
				.last = line->last,
				.block = ++s->blocks,
				.opens = true };
	return settings_add(s, &head);
}

bool read_ini(const struct form *f, struct settings *s, const char **ret_why)
{
	struct lines l = { .form = f, .settings = s, .rest = s->text };
	struct bytes scope = { 0 }, name;
	struct line line;
	(void)ret_why;
	while (lines_next(&l, &line)) {
		bool is_head = is_section(line.text, &name);
		if (is_head)
			scope = name;
		if (is_head ? !add_head(s, &line, name) : !lines_add(&l, &line, scope, s->blocks))
			break;
	}
	return true;
}

/* --- units of systemd, and files of the environment ------------------------------------- */

/* What runs is also told flag by flag. */
static void add_command(struct settings *s, const struct line *line, struct bytes key,
			struct bytes text)
{
	struct command c = { .line = line->first,
			     .last = line->last,
			     .block = ++s->blocks,
			     .one_line = line->first == line->last && is_in_text(s, text) };
	/* "-/usr/bin/x": prefixes of systemd.service(5), "Command lines". */
	while (key.n == 0 && text.n > 0 && is_one_of(text.p[0], "@-:+!"))
		text = bytes_sub(text, 1, text.n);
	if (key.n > 0)
		c.scope = key;
	command_text(s, &c, text);
	command_end(s, &c);
}

bool read_unit(const struct form *f, struct settings *s, const char **ret_why)
{
	size_t n;
	if (!read_ini(f, s, ret_why))
		return false;
	n = s->n;
	for (size_t i = 0; i < n; i++) {
		struct setting one = s->list[i];
		struct line line = { .first = one.line, .last = one.last };
		if (!one.opens && bytes_starts_with(one.key, BYTES_LIT("Exec")))
			add_command(s, &line, bytes_of(NULL, 0), one.value);
	}
	return true;
}

bool read_env(const struct form *f, struct settings *s, const char **ret_why)
{
	size_t n;
	if (!read_lines(f, s, ret_why))
		return false;
	n = s->n;
	for (size_t i = 0; i < n; i++) {
		struct setting *one = &s->list[i];
		if (bytes_starts_with(one->key, BYTES_LIT("export ")))
			one->key = bytes_trim(bytes_sub(one->key, strlen("export "), one->key.n));
		struct line line = { .first = one->line, .last = one->last };
		struct bytes key = one->key, value = one->value;
		if (bytes_index(value, '-') >= 0)
			add_command(s, &line, key, value);
	}
	return true;
}

bool read_flags(const struct form *f, struct settings *s, const char **ret_why)
{
	struct lines l = { .form = f, .settings = s, .rest = s->text };
	struct line line;
	(void)ret_why;
	while (lines_next(&l, &line)) {
		struct command c = { .scope = BYTES_LIT("file"),
				     .line = line.first,
				     .last = line.last,
				     .one_line = line.first == line.last };
		command_text(s, &c, line.text);
		command_end(s, &c);
	}
	return true;
}
