/* Changes of one rule in a file's text. The text is changed where it stands, so that
 * people's comments and order stay; whether that came out right is not guessed but
 * read: the changed text must say exactly what is wanted. Where it does not (flow
 * style, a rule that spans odd places) the file is written anew from its rules. */
#include <stdlib.h>

#include "rule/internal.h"

/* The i-th line (from 1) of text with its newline; empty behind the end. */
static struct bytes line_at(struct bytes text, unsigned i)
{
	struct bytes line = { 0 };
	for (unsigned k = 0; k < i; k++) {
		ptrdiff_t end = bytes_index(text, '\n');
		size_t n = end < 0 ? text.n : (size_t)end + 1;
		line = bytes_sub(text, 0, n);
		text = bytes_sub(text, n, text.n);
	}
	return line;
}

static size_t offset_of(struct bytes text, unsigned line)
{
	struct bytes at = line_at(text, line);
	return at.n == 0 ? text.n : (size_t)(at.p - text.p);
}

static bool is_remark(struct bytes line)
{
	struct bytes t = bytes_trim(line);
	return t.n == 0 || t.p[0] == '#';
}

/* Lines [from, to) of a rule; remarks before the next rule are the next one's. */
static void lines_of(const struct rule_set *s, const struct rule *r, struct bytes text,
		     unsigned *from, unsigned *to)
{
	unsigned next = 1;
	while (offset_of(text, next) < text.n)
		next++;
	for (size_t i = 0; i < s->count; i++)
		if (s->rule[i].line > r->line && s->rule[i].line < next)
			next = s->rule[i].line;
	while (next > r->line + 1 && is_remark(line_at(text, next - 1)))
		next--;
	*from = r->line;
	*to = next;
}

/* Where the keys of the rule "- name: x" stand. */
static size_t column_of(struct bytes line)
{
	size_t n = 0;
	while (n < line.n && (line.p[n] == ' ' || line.p[n] == '-'))
		n++;
	return n;
}

/* The line of the rule's key "enabled"; 0: none. */
static unsigned find_enabled(struct bytes text, unsigned from, unsigned to)
{
	size_t column = column_of(line_at(text, from));
	for (unsigned i = from; i < to; i++) {
		struct bytes line = line_at(text, i);
		if (column_of(line) == column &&
		    bytes_starts_with(bytes_sub(line, column, line.n), BYTES_LIT("enabled:")))
			return i;
	}
	return 0;
}

static int put_enabled(struct bytes text, unsigned from, unsigned to, bool on, struct buf *out,
		       struct error *err)
{
	unsigned there = find_enabled(text, from, to);
	struct bytes line = line_at(text, there == 0 ? from : there);
	size_t column = column_of(line), at = offset_of(text, from + 1), behind = at;
	if (there != 0) {
		ptrdiff_t remark = bytes_index(line, '#');
		at = (size_t)(line.p - text.p);
		behind = remark < 0 ? at + line.n : at + (size_t)remark - 1;
	}
	/* "- enabled: true" keeps its dash. */
	if (buf_append(out, text.p, at, err) < 0 ||
	    (there != 0 ? buf_append(out, line.p, column, err)
			: buf_printf(out, err, "%*s", (int)column, "")) < 0 ||
	    buf_printf(out, err, "enabled: %s%s", on ? "true" : "false",
		       there != 0 && behind < at + line.n ? "" : "\n") < 0)
		return -1;
	return buf_append(out, text.p + behind, text.n - behind, err);
}

static int put_without(struct bytes text, unsigned from, unsigned to, struct buf *out,
		       struct error *err)
{
	size_t a = offset_of(text, from), b = offset_of(text, to);
	if (buf_append(out, text.p, a, err) < 0)
		return -1;
	return buf_append(out, text.p + b, text.n - b, err);
}

static int put_anew(const struct rule_set *s, struct buf *out, struct error *err)
{
	out->n = 0;
	if (buf_append_str(out, s->count == 0 ? "version: 1\nrules: []\n" : "version: 1\nrules:\n",
			   err) < 0)
		return -1;
	for (size_t i = 0; i < s->count; i++)
		if (rule_write(&s->rule[i], out, err) < 0)
			return -1;
	return 0;
}

/* Does the text say what the set says? */
static bool says(struct bytes text, const char *digest)
{
	struct rule_set s = { 0 };
	struct error err = { 0 };
	bool same = rule_set_read(&s, "", text, &err) == 0 && strcmp(s.digest, digest) == 0;
	rule_set_free(&s);
	return same;
}

static int edit(struct rule_set *s, size_t i, struct bytes text, enum rule_change change,
		struct buf *out, bool *ret_anew, struct error *err)
{
	unsigned from, to;
	char digest[65];
	bool on = change == RULE_ENABLE;
	lines_of(s, &s->rule[i], text, &from, &to);
	if (change == RULE_DELETE) {
		s->count--;
		memmove(&s->rule[i], &s->rule[i + 1], (s->count - i) * sizeof *s->rule);
	} else {
		s->rule[i].enabled = on;
	}
	if (rules_digest(s->rule, s->count, digest, err) < 0 ||
	    (change == RULE_DELETE ? put_without(text, from, to, out, err)
				   : put_enabled(text, from, to, on, out, err)) < 0)
		return -1;
	*ret_anew = !says(buf_view(out), digest);
	return *ret_anew ? put_anew(s, out, err) : 0;
}

int rule_edit(struct bytes text, const char *origin, const char *name, enum rule_change change,
	      struct buf *out, bool *ret_anew, struct error *err)
{
	struct rule_set s = { 0 };
	size_t i = 0;
	if (rule_set_read(&s, origin, text, err) < 0)
		return -1;
	while (i < s.count && strcmp(s.rule[i].name, name) != 0)
		i++;
	int r = i == s.count ? error_set(err, ERR_NOT_FOUND, "%s has no rule \"%s\"", origin, name)
			     : edit(&s, i, text, change, out, ret_anew, err);
	rule_set_free(&s);
	return r;
}

/* --- one more exception -------------------------------------------------------------- */

static int list_add(struct rule_set *s, struct rule_list *l, const char *word, struct error *err)
{
	char **more = arena_array(s->arena, l->count + 1, sizeof *more);
	char *copy = arena_printf(s->arena, "%s", word);
	if (more == NULL || copy == NULL)
		return error_set(err, ERR_MEMORY, "no memory for another exception");
	for (size_t i = 0; i < l->count; i++) {
		if (strcmp(l->value[i], word) == 0)
			return error_set(err, ERR_USAGE, "\"%s\" is an exception already", word);
		more[i] = l->value[i];
	}
	more[l->count] = copy;
	*l = (struct rule_list){ more, l->count + 1 };
	return 0;
}

/* Behind the rule's last line; right only where the rule had no exceptions. */
static int put_exception(struct bytes text, unsigned from, unsigned to, enum rule_exception list,
			 const char *word, struct buf *out, struct error *err)
{
	size_t at = offset_of(text, to);
	int column = (int)column_of(line_at(text, from));
	if (buf_append(out, text.p, at, err) < 0 ||
	    (at > 0 && text.p[at - 1] != '\n' && buf_append_str(out, "\n", err) < 0) ||
	    buf_printf(out, err, "%*sexceptions:\n%*s%s: [", column, "", column + 2, "",
		       list == RULE_EXCEPT_PATH ? "paths" : "processes") < 0 ||
	    rule_put_quoted(out, word, err) < 0 || buf_append_str(out, "]\n", err) < 0)
		return -1;
	return buf_append(out, text.p + at, text.n - at, err);
}

static int except(struct rule_set *s, size_t i, struct bytes text, enum rule_exception list,
		  const char *word, struct buf *out, bool *ret_anew, struct error *err)
{
	unsigned from, to;
	char digest[65];
	struct rule_exceptions *e = &s->rule[i].exceptions;
	lines_of(s, &s->rule[i], text, &from, &to);
	if (list_add(s, list == RULE_EXCEPT_PATH ? &e->paths : &e->processes, word, err) < 0 ||
	    rules_digest(s->rule, s->count, digest, err) < 0 ||
	    put_exception(text, from, to, list, word, out, err) < 0)
		return -1;
	*ret_anew = !says(buf_view(out), digest);
	return *ret_anew ? put_anew(s, out, err) : 0;
}

int rule_except(struct bytes text, const char *origin, const char *name, enum rule_exception list,
		const char *word, struct buf *out, bool *ret_anew, struct error *err)
{
	struct rule_set s = { 0 };
	size_t i = 0;
	if (rule_set_read(&s, origin, text, err) < 0)
		return -1;
	while (i < s.count && strcmp(s.rule[i].name, name) != 0)
		i++;
	int r = i == s.count ? error_set(err, ERR_NOT_FOUND, "%s has no rule \"%s\"", origin, name)
			     : except(&s, i, text, list, word, out, ret_anew, err);
	rule_set_free(&s);
	return r;
}
