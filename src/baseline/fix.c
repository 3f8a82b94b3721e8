/* What mends a match: a patch without context for patch(1), so that it shows no line but
 * the one that changes. Of a rule about secrets it is the new line alone, which takes the
 * place of the one that was told, or the command that takes lines out. */
#include "baseline/internal.h"

struct edit {
	const struct settings *s;
	const struct rule *rule;
	struct bytes path;
	struct buf *out;
	uint32_t first, last; /* lines that go; last < first: none, it is put in behind `last` */
};

static bool append(struct buf *out, struct bytes b)
{
	return b.n == 0 || buf_append(out, b.p, b.n, NULL) == 0;
}

static bool append_text(struct buf *out, const char *s)
{
	return s == NULL || buf_append_str(out, s, NULL) == 0;
}

/* --- what must not be shown ------------------------------------------------------------- */

static bool names_secret(struct bytes text)
{
	static const struct bytes words[] = {
		{ (const uint8_t *)"*passw*", 7 },  { (const uint8_t *)"*secret*", 8 },
		{ (const uint8_t *)"*token*", 7 },  { (const uint8_t *)"*credential*", 12 },
		{ (const uint8_t *)"*apikey*", 8 }, { (const uint8_t *)"*api_key*", 9 },
		{ (const uint8_t *)"*api-key*", 9 }
	};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (base_glob(words[i], text, GLOB_TEXT, true))
			return true;
	return false;
}

/* What stands beside a statement's key and value on its lines. */
static bool has_secret_beside(const struct settings *s, const struct setting *hit)
{
	for (uint32_t n = hit->line; n <= hit->last; n++) {
		struct bytes line = settings_line(s, n);
		size_t from = 0, to = 0;
		ptrdiff_t key = bytes_find(line, hit->key);
		if (line.n > 0 && hit->at.p >= line.p && hit->at.p <= line.p + line.n) {
			from = (size_t)(hit->at.p - line.p);
			to = from + hit->at.n;
		}
		if (key >= 0 && (size_t)key + hit->key.n <= from) {
			if (names_secret(bytes_sub(line, (size_t)key + hit->key.n, from)))
				return true;
			from = (size_t)key;
		} else if (key >= 0 && from == to) {
			from = (size_t)key;
			to = from + hit->key.n;
		}
		if (names_secret(bytes_sub(line, 0, from)) ||
		    names_secret(bytes_sub(line, to, line.n)))
			return true;
	}
	return false;
}

/* --- patches ------------------------------------------------------------------------------- */

static bool put_line(struct buf *out, char sign, struct bytes line)
{
	bool has_end = bytes_ends_with(line, BYTES_LIT("\n"));
	if (buf_append(out, &sign, 1, NULL) < 0 || !append(out, line))
		return false;
	return has_end || append_text(out, "\n\\ No newline at end of file\n");
}

static uint32_t count_lines(struct bytes text)
{
	uint32_t n = 0;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n' || i + 1 == text.n;
	return n;
}

static bool put_lines(struct buf *out, char sign, struct bytes text)
{
	struct bytes line;
	while (text.n > 0) {
		ptrdiff_t end = bytes_index(text, '\n');
		size_t n = end < 0 ? text.n : (size_t)end + 1;
		line = bytes_sub(text, 0, n);
		text = bytes_sub(text, n, text.n);
		if (!put_line(out, sign, line))
			return false;
	}
	return true;
}

static bool is_plain_path(struct bytes path)
{
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] < 0x20 || path.p[i] == 0x7f)
			return false;
	return path.n > 0;
}

/* diff -U0's form (POSIX diff, "Diff -u Output Format"). */
static bool put_patch(struct edit *e, struct bytes new)
{
	uint32_t gone = e->last + 1 - e->first, come = count_lines(new);
	int n = (int)e->path.n;
	const char *path = (const char *)e->path.p;
	if (!is_plain_path(e->path))
		return false;
	if (buf_printf(e->out, NULL, "--- a/%.*s\n+++ b/%.*s\n@@ -%u,%u +%u,%u @@\n", n, path, n,
		       path, gone > 0 ? e->first : e->last, gone,
		       come > 0 ? e->first : e->first - 1, come) < 0)
		return false;
	for (uint32_t i = e->first; i <= e->last; i++)
		if (!put_line(e->out, '-', settings_line(e->s, i)))
			return false;
	return put_lines(e->out, '+', new);
}

static bool put_removal(struct edit *e)
{
	if (!is_plain_path(e->path) || bytes_index(e->path, '\'') >= 0)
		return false;
	return buf_printf(e->out, NULL, "sed -i '%u,%ud' '/%.*s'", e->first, e->last,
			  (int)e->path.n, (const char *)e->path.p) == 0;
}

static bool put_edit(struct edit *e, struct bytes new)
{
	bool adds = e->last < e->first;
	if (!e->rule->setting.secret || adds)
		return put_patch(e, new);
	if (new.n == 0)
		return put_removal(e);
	size_t end = new.n - bytes_ends_with(new, BYTES_LIT("\n"));
	return e->first == e->last && append(e->out, bytes_sub(new, 0, end));
}

/* --- the new text of a statement --------------------------------------------------------------- */

static struct bytes indent_of(struct bytes line)
{
	size_t n = 0;
	while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
		n++;
	return bytes_sub(line, 0, n);
}

/* "key = value" in the file's form. */
static bool put_statement(struct buf *out, const struct form *f, struct bytes key,
			  struct bytes value)
{
	return append_text(out, f->before) && append(out, key) && append_text(out, f->between) &&
	       append(out, value) && append_text(out, f->behind);
}

static bool drop_words(struct buf *out, const struct words *drop, struct bytes value)
{
	size_t from = 0, kept = 0;
	for (size_t i = 0; i <= value.n; i++) {
		uint8_t c = i < value.n ? value.p[i] : ' ';
		if (c != ' ' && c != '\t' && c != ',')
			continue;
		struct bytes word = bytes_sub(value, from, i);
		bool goes = word.n == 0;
		for (size_t k = 0; k < drop->n; k++)
			goes |= base_glob(drop->list[k], word, GLOB_TEXT, true);
		/* A word goes with the separator before it. */
		struct bytes whole = bytes_sub(value, kept > 0 && from > 0 ? from - 1 : from, i);
		if (!goes && !append(out, whole))
			return false;
		kept += !goes;
		from = i + 1;
	}
	return true;
}

static bool swap_text(struct buf *out, const struct fix *f, struct bytes value)
{
	for (;;) {
		ptrdiff_t at = bytes_find(value, f->old);
		if (at < 0)
			return append(out, value);
		if (!append(out, bytes_sub(value, 0, (size_t)at)) || !append(out, f->text))
			return false;
		value = bytes_sub(value, (size_t)at + f->old.n, value.n);
	}
}

static bool new_value(struct buf *out, const struct fix *f, struct bytes value)
{
	if (f->kind == FIX_DROP)
		return drop_words(out, &f->drop, value);
	if (f->kind == FIX_SWAP)
		return swap_text(out, f, value);
	return append(out, f->text);
}

/* A new value that brings its quotes takes the place of the old one with its own. */
static struct bytes with_quotes(struct bytes at, struct bytes value, const uint8_t *from,
				const uint8_t *end)
{
	if (value.n == 0 || (value.p[0] != '"' && value.p[0] != '\'') || at.p == from ||
	    at.p + at.n == end)
		return at;
	uint8_t before = at.p[-1], behind = at.p[at.n];
	if (before != behind || (before != '"' && before != '\''))
		return at;
	return bytes_of(at.p - 1, at.n + 2);
}

/* The statement's lines with another value in the place of the old one. */
static bool put_spliced(struct buf *out, const struct settings *s, const struct setting *hit,
			struct bytes value)
{
	struct bytes first = settings_line(s, hit->line), last = settings_line(s, hit->last);
	if (first.n == 0 || last.n == 0 || hit->at.p == NULL)
		return false;
	const uint8_t *end = last.p + last.n;
	if (hit->at.p < first.p || hit->at.p + hit->at.n > end)
		return false;
	struct bytes at = with_quotes(hit->at, value, first.p, end);
	return append(out, bytes_of(first.p, (size_t)(at.p - first.p))) && append(out, value) &&
	       append(out, bytes_of(at.p + at.n, (size_t)(end - at.p) - at.n));
}

static bool put_whole(struct buf *out, const struct settings *s, const struct form *f,
		      const struct setting *hit, struct bytes value)
{
	bool is_line_form =
		f->insert == INSERT_TOP || f->insert == INSERT_END || f->insert == INSERT_SECTION;
	if (!is_line_form)
		return false;
	return append(out, indent_of(settings_line(s, hit->line))) &&
	       put_statement(out, f, hit->key, value) && append_text(out, "\n");
}

static void change(struct edit *e, const struct setting *hit)
{
	const struct fix *f = &e->rule->setting.fix;
	cleanup_buf struct buf value = buf_max(CHECK_FIX_MAX), text = buf_max(CHECK_FIX_MAX);
	bool done = true;
	if (f->kind == FIX_LINE) {
		done = append(&text, indent_of(settings_line(e->s, hit->line))) &&
		       append(&text, f->text) && append_text(&text, "\n");
	} else if (f->kind != FIX_REMOVE) {
		done = new_value(&value, f, hit->value);
		bool is_gone = f->kind == FIX_DROP && value.n == 0;
		if (done && !is_gone)
			done = hit->at.p != NULL ? put_spliced(&text, e->s, hit, buf_view(&value))
						 : put_whole(&text, e->s, e->rule->setting.form,
							     hit, buf_view(&value));
	}
	if (!done || !put_edit(e, buf_view(&text)))
		e->out->n = 0;
}

/* --- a statement that is put in ----------------------------------------------------------------- */

static const struct setting *head_of(const struct settings *s, struct bytes name)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].opens && base_glob(name, s->list[i].key, GLOB_TEXT, true))
			return &s->list[i];
	return NULL;
}

/* Behind line `behind`; the last line of a file may lack its line feed. */
static bool insert(struct edit *e, uint32_t behind, struct bytes text)
{
	struct bytes last = settings_line(e->s, behind);
	cleanup_buf struct buf both = buf_max(CHECK_FIX_MAX);
	e->first = behind + 1;
	e->last = behind;
	if (last.n == 0 || bytes_ends_with(last, BYTES_LIT("\n")))
		return put_patch(e, text);
	e->first = behind;
	if (names_secret(last) || !append(&both, last) || !append_text(&both, "\n") ||
	    !append(&both, text))
		return false;
	return put_patch(e, buf_view(&both));
}

static bool insert_in_section(struct edit *e, struct bytes scope, struct bytes line)
{
	cleanup_buf struct buf text = buf_max(CHECK_FIX_MAX);
	const struct setting *head = head_of(e->s, scope);
	if (scope.n == 0 && e->s->lines > 0 && e->s->blocks > 0)
		return insert(e, 0, line); /* before the first section */
	if (scope.n == 0)
		return insert(e, (uint32_t)e->s->lines, line);
	if (head != NULL)
		return insert(e, head->last, line);
	return append_text(&text, "[") && append(&text, scope) && append_text(&text, "]\n") &&
	       append(&text, line) && insert(e, (uint32_t)e->s->lines, buf_view(&text));
}

static bool insert_inside(struct edit *e, struct bytes name, struct bytes line)
{
	cleanup_buf struct buf text = buf_max(CHECK_FIX_MAX);
	if (name.n == 0)
		return insert(e, (uint32_t)e->s->lines, line);
	const struct setting *head = head_of(e->s, name);
	if (head == NULL)
		return false;
	struct bytes at = bytes_trim(settings_line(e->s, head->last));
	if (!bytes_ends_with(at, BYTES_LIT("{")) && !bytes_ends_with(at, BYTES_LIT(">")) &&
	    e->rule->setting.form->read != read_haproxy)
		return false;
	return append(&text, indent_of(settings_line(e->s, head->line))) &&
	       append_text(&text, "    ") && append(&text, line) &&
	       insert(e, head->last, buf_view(&text));
}

/* Parts of "a.b.c" below the deepest that is there: *ret_rest; NULL: none is. */
static const struct setting *deepest(const struct settings *s, struct bytes key,
				     struct bytes *ret_rest)
{
	for (size_t n = key.n; n-- > 1;)
		if (key.p[n] == '.') {
			const struct setting *head = head_of(s, bytes_sub(key, 0, n));
			*ret_rest = bytes_sub(key, n + 1, key.n);
			if (head != NULL)
				return head;
		}
	*ret_rest = key;
	return NULL;
}

static bool insert_yaml(struct edit *e, struct bytes key, struct bytes value)
{
	cleanup_buf struct buf text = buf_max(CHECK_FIX_MAX);
	struct bytes rest, part, indent = { 0 };
	const struct setting *head = deepest(e->s, key, &rest);
	uint32_t behind = (uint32_t)e->s->lines;
	if (head != NULL) {
		struct bytes line = settings_line(e->s, head->line);
		if (bytes_index(line, '{') >= 0 || head->line == 0)
			return false;
		indent = indent_of(line);
		behind = head->line - 1;
	}
	for (unsigned depth = 0; bytes_next_field(&rest, '.', &part); depth++) {
		if (!append(&text, indent))
			return false;
		for (unsigned i = 0; i < depth; i++)
			if (!append_text(&text, "  "))
				return false;
		if (!append(&text, part) || !append_text(&text, rest.n > 0 ? ":\n" : ": "))
			return false;
	}
	return append(&text, value) && append_text(&text, "\n") &&
	       insert(e, behind, buf_view(&text));
}

/* "\"a\": { \"b\": value }" */
static bool put_json_members(struct buf *out, struct bytes key, struct bytes value)
{
	struct bytes part;
	unsigned depth = 0;
	while (bytes_next_field(&key, '.', &part)) {
		if (!append_text(out, "\"") || !append(out, part) || !append_text(out, "\": ") ||
		    (key.n > 0 && !append_text(out, "{ ")))
			return false;
		depth += key.n > 0;
	}
	if (!append(out, value))
		return false;
	while (depth-- > 0)
		if (!append_text(out, " }"))
			return false;
	return true;
}

static bool insert_json(struct edit *e, struct bytes key, struct bytes value)
{
	cleanup_buf struct buf text = buf_max(CHECK_FIX_MAX);
	struct bytes rest;
	const struct setting *head = deepest(e->s, key, &rest);
	uint32_t number = head == NULL ? 1 : head->line;
	while (head == NULL && number < e->s->lines &&
	       bytes_index(settings_line(e->s, number), '{') < 0)
		number++;
	struct bytes line = settings_line(e->s, number);
	ptrdiff_t brace = bytes_index(line, '{');
	if (brace < 0 || names_secret(line))
		return false;
	size_t at = (size_t)brace + 1;
	struct bytes behind = bytes_trim(
		bytes_of(line.p + at, e->s->text.n - (size_t)(line.p - e->s->text.p) - at));
	bool is_empty = behind.n > 0 && behind.p[0] == '}';
	if (!append(&text, bytes_sub(line, 0, at)) || !append_text(&text, "\n") ||
	    !append(&text, indent_of(line)) || !append_text(&text, "  ") ||
	    !put_json_members(&text, rest, value) || !append_text(&text, is_empty ? "\n" : ",\n"))
		return false;
	struct bytes tail = bytes_sub(line, at, line.n);
	if (bytes_trim(tail).n > 0 && !append(&text, tail))
		return false;
	e->first = e->last = number;
	return put_patch(e, buf_view(&text));
}

/* Behind the program, as an item as it is. */
static bool insert_item(struct edit *e, struct bytes scope, struct bytes key, struct bytes value)
{
	cleanup_buf struct buf text = buf_max(CHECK_FIX_MAX);
	const struct setting *head = head_of(e->s, scope);
	struct bytes line = head == NULL ? bytes_of(NULL, 0) : settings_line(e->s, head->line);
	struct bytes indent = indent_of(line);
	if (!bytes_starts_with(bytes_trim(line), BYTES_LIT("- ")))
		return false;
	return append(&text, indent) && append_text(&text, "- ") && append(&text, key) &&
	       (value.n == 0 || append_text(&text, "=")) && append(&text, value) &&
	       append_text(&text, "\n") && insert(e, head->line, buf_view(&text));
}

static bool insert_flag(struct edit *e, struct bytes scope, struct bytes key, struct bytes value)
{
	cleanup_buf struct buf text = buf_max(CHECK_FIX_MAX);
	const struct setting *head = head_of(e->s, scope);
	struct bytes line = head == NULL ? bytes_of(NULL, 0) : settings_line(e->s, head->last);
	if (line.n == 0 || names_secret(line))
		return false;
	e->first = e->last = head->last;
	return append(&text, bytes_trim(line)) && append_text(&text, " ") && append(&text, key) &&
	       (value.n == 0 || append_text(&text, "=")) && append(&text, value) &&
	       append_text(&text, "\n") && put_patch(e, buf_view(&text));
}

static bool put_in(struct edit *e)
{
	const struct setting_rule *r = &e->rule->setting;
	const struct fix *f = &r->fix;
	struct bytes key = f->key.n > 0 ? f->key : r->when[0].key;
	struct bytes scope = f->scope.n > 0 ? f->scope : r->when[0].scope;
	cleanup_buf struct buf line = buf_max(CHECK_FIX_MAX);
	if (f->kind != FIX_VALUE && f->kind != FIX_LINE)
		return false;
	if (f->kind == FIX_LINE ? !append(&line, f->text)
				: !put_statement(&line, r->form, key, f->text))
		return false;
	if (!append_text(&line, "\n"))
		return false;
	switch (r->form->insert) {
	case INSERT_TOP:
		return insert(e, 0, buf_view(&line));
	case INSERT_END:
		return insert(e, (uint32_t)e->s->lines, buf_view(&line));
	case INSERT_SECTION:
		return insert_in_section(e, scope, buf_view(&line));
	case INSERT_INSIDE:
		return insert_inside(e, f->behind, buf_view(&line));
	case INSERT_YAML:
		return insert_yaml(e, key, f->text);
	case INSERT_JSON:
		return insert_json(e, key, f->text);
	case INSERT_ITEM:
		return insert_item(e, scope, key, f->text);
	case INSERT_FLAG:
		return insert_flag(e, scope, key, f->text);
	default:
		return false;
	}
}

void fix_setting(struct buf *out, const struct rule *r, const struct settings *s, struct bytes path,
		 const struct setting *hit)
{
	struct edit e = { .s = s, .rule = r, .path = path, .out = out };
	if (r->setting.fix.kind == FIX_NONE)
		return;
	if (hit == NULL) {
		if (!put_in(&e))
			out->n = 0;
		return;
	}
	e.first = hit->line;
	e.last = hit->last;
	if (hit->line > 0 && hit->last >= hit->line && !has_secret_beside(s, hit))
		change(&e, hit);
}
