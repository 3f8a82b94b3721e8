#include "format/toml_internal.h"

#include <inttypes.h>

enum {
	/* Named by a header, or by dotted keys of a section that is over: neither
	 * may name it again. */
	DEFINED = 1,
	/* Written as a value, { } or [ ]: complete where it was written. */
	FROZEN = 2,
	/* Written as [[ ]]: its last member is the table under way. */
	TABLES = 4
};

/* A document under way. */
struct document {
	struct toml t;
	struct tree_node *root;
	struct tree_node *table; /* of the last header */
	uint32_t section; /* counts headers; the keys before the first are in 1 */
};

int toml_error(struct toml *t, const char *what)
{
	return error_set(t->err, ERR_MALFORMED, "line %" PRIu32 ": not TOML: %s", t->line, what);
}

void toml_blanks(struct toml *t)
{
	while (toml_peek(t, 0) == ' ' || toml_peek(t, 0) == '\t')
		t->at++;
}

bool toml_newline(struct toml *t)
{
	size_t n = toml_peek(t, 0) == '\n' ? 1 : 0;
	if (toml_peek(t, 0) == '\r' && toml_peek(t, 1) == '\n')
		n = 2;
	t->at += n;
	t->line += n > 0 ? 1 : 0;
	return n > 0;
}

static int skip_comment(struct toml *t)
{
	if (toml_peek(t, 0) != '#')
		return 0;
	for (;; t->at++) {
		uint8_t c = toml_peek(t, 0);
		if (t->at == t->text.n || c == '\n' || (c == '\r' && toml_peek(t, 1) == '\n'))
			return 0;
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return toml_error(t, "a control character in a comment");
	}
}

/* Past everything that may stand between the values of an array. */
static int skip_space(struct toml *t)
{
	do {
		toml_blanks(t);
		if (skip_comment(t) < 0)
			return -1;
	} while (toml_newline(t));
	return 0;
}

static int end_of_line(struct toml *t)
{
	toml_blanks(t);
	if (skip_comment(t) < 0)
		return -1;
	if (t->at < t->text.n && !toml_newline(t))
		return toml_error(t, "the line goes on behind its value");
	return 0;
}

/* --- keys -------------------------------------------------------------------------- */

static int check_depth(struct toml *t, const struct tree_node *parent)
{
	if (parent->depth < TREE_DEPTH_LIMIT)
		return 0;
	return error_set(t->err, ERR_LIMIT, "line %" PRIu32 ": more than %d levels", t->line,
			 TREE_DEPTH_LIMIT);
}

/* A dot behind a part of a key. */
static bool next_part(struct toml *t)
{
	toml_blanks(t);
	if (toml_peek(t, 0) != '.')
		return false;
	t->at++;
	toml_blanks(t);
	return true;
}

static struct tree_node *new_member(struct toml *t, struct tree_node *map, struct bytes key,
				    enum node_kind kind)
{
	if (check_depth(t, map) < 0)
		return NULL;
	return tree_member_new(&t->tree, map, key, kind, t->line);
}

static struct tree_node *new_item(struct toml *t, struct tree_node *list, enum node_kind kind)
{
	if (check_depth(t, list) < 0)
		return NULL;
	struct tree_node *n = tree_node_new(&t->tree, kind, t->line);
	if (n == NULL)
		return NULL;
	n->depth = (uint8_t)(list->depth + 1);
	tree_append(list, n);
	return n;
}

/* What a part of a key before its last leads to; a header's may pass through an
 * array of tables, into the last of them. */
static struct tree_node *step(struct toml *t, struct tree_node *map, struct bytes key, bool lists)
{
	struct tree_node *n = tree_member(&t->tree, map, key);
	if (n == NULL)
		return t->err->code != ERR_NONE ? NULL : new_member(t, map, key, NODE_MAP);
	if (lists && (n->flags & TABLES) != 0)
		n = n->last;
	if (n->n.kind == NODE_MAP && (n->flags & FROZEN) == 0)
		return n;
	(void)toml_error(t, "a key goes into what was given a value already");
	return NULL;
}

/* --- values ------------------------------------------------------------------------- */

/* "a.b.c": the table that a.b is, and c as a member of it, new. A table that
 * dotted keys made is as good as named by a header when the section is over. */
static struct tree_node *key_target(struct toml *t, struct tree_node *table, uint32_t section)
{
	struct bytes part;
	if (toml_key_part(t, &part) < 0)
		return NULL;
	while (next_part(t)) {
		table = step(t, table, part, false);
		if (table == NULL)
			return NULL;
		if ((table->flags & DEFINED) != 0 ||
		    (table->section != 0 && table->section != section)) {
			(void)toml_error(t, "a dotted key adds to a table that has its own header");
			return NULL;
		}
		table->section = section;
		if (toml_key_part(t, &part) < 0)
			return NULL;
	}
	if (tree_member(&t->tree, table, part) != NULL) {
		(void)toml_error(t, "a key for the second time");
		return NULL;
	}
	return t->err->code != ERR_NONE ? NULL : new_member(t, table, part, NODE_NULL);
}

static int expect_equals(struct toml *t)
{
	toml_blanks(t);
	if (toml_peek(t, 0) != '=')
		return toml_error(t, "a key without '='");
	t->at++;
	toml_blanks(t);
	return 0;
}

/* Fills n from what is here. A container is only opened: *ret_open. */
static int begin_value(struct toml *t, struct tree_node *n, bool *ret_open)
{
	uint8_t c = toml_peek(t, 0);
	struct bytes text;
	*ret_open = c == '[' || c == '{';
	n->n.line = t->line;
	if (*ret_open) {
		n->n.kind = c == '[' ? NODE_LIST : NODE_MAP;
		t->at++;
		return 0;
	}
	n->n.kind = NODE_STRING;
	if ((c == '"' || c == '\'' ? toml_string(t, &text) : toml_scalar(t, &n->n.kind, &text)) < 0)
		return -1;
	return tree_text(&t->tree, text, &n->n.text) ? 0 : -1;
}

/* The next value's place in an open container; NULL without an error at its
 * end. first: nothing stands before it. */
static struct tree_node *next_in_array(struct toml *t, struct tree_node *array, bool first)
{
	if (skip_space(t) < 0)
		return NULL;
	if (!first && toml_peek(t, 0) == ',') {
		t->at++;
		if (skip_space(t) < 0)
			return NULL;
	} else if (!first && toml_peek(t, 0) != ']') {
		(void)toml_error(t, "neither ',' nor ']' behind a value of an array");
		return NULL;
	}
	if (toml_peek(t, 0) != ']')
		return new_item(t, array, NODE_NULL);
	t->at++;
	return NULL;
}

static struct tree_node *next_in_table(struct toml *t, struct tree_node *table, bool first)
{
	toml_blanks(t);
	uint8_t c = toml_peek(t, 0);
	if (c == '}') {
		t->at++;
		return NULL;
	}
	if (!first && c != ',') {
		(void)toml_error(t, "neither ',' nor '}' behind a value of an inline table");
		return NULL;
	}
	if (!first) {
		t->at++;
		toml_blanks(t);
	}
	struct tree_node *n = key_target(t, table, 0);
	return n == NULL || expect_equals(t) < 0 ? NULL : n;
}

/* A value of any depth; the containers that are open wait on a stack. */
static int read_value(struct toml *t, struct tree_node *n)
{
	struct tree_node *open[TREE_DEPTH_LIMIT + 1];
	size_t depth = 0;
	bool opened;
	for (;;) {
		if (begin_value(t, n, &opened) < 0)
			return -1;
		if (opened)
			open[depth++] = n;
		for (n = NULL; depth > 0 && n == NULL;) {
			struct tree_node *in = open[depth - 1];
			n = in->n.kind == NODE_LIST ? next_in_array(t, in, in->last == NULL)
						    : next_in_table(t, in, in->last == NULL);
			if (t->err->code != ERR_NONE)
				return -1;
			if (n == NULL) {
				in->flags |= FROZEN;
				depth--;
			}
		}
		if (n == NULL)
			return 0;
	}
}

static int read_pair(struct document *d)
{
	struct toml *t = &d->t;
	struct tree_node *n = key_target(t, d->table, d->section);
	if (n == NULL || expect_equals(t) < 0 || read_value(t, n) < 0)
		return -1;
	return end_of_line(t);
}

/* --- headers ---------------------------------------------------------------------------- */

/* [a.b]: b may exist already as the parent of another header's table. */
static struct tree_node *define_table(struct document *d, struct tree_node *parent,
				      struct bytes key)
{
	struct toml *t = &d->t;
	struct tree_node *n = tree_member(&t->tree, parent, key);
	if (n == NULL && t->err->code == ERR_NONE)
		n = new_member(t, parent, key, NODE_MAP);
	if (n == NULL)
		return NULL;
	if (n->n.kind != NODE_MAP || (n->flags & (DEFINED | FROZEN)) != 0 || n->section != 0) {
		(void)toml_error(t, "a table's header for what exists already");
		return NULL;
	}
	n->flags |= DEFINED;
	return n;
}

/* [[a.b]] */
static struct tree_node *define_item(struct document *d, struct tree_node *parent, struct bytes key)
{
	struct toml *t = &d->t;
	struct tree_node *n = tree_member(&t->tree, parent, key);
	if (n == NULL && t->err->code == ERR_NONE) {
		n = new_member(t, parent, key, NODE_LIST);
		if (n != NULL)
			n->flags |= DEFINED | TABLES;
	}
	if (n == NULL)
		return NULL;
	if ((n->flags & TABLES) == 0) {
		(void)toml_error(t, "an array of tables where something else exists already");
		return NULL;
	}
	return new_item(t, n, NODE_MAP);
}

static int read_header(struct document *d)
{
	struct toml *t = &d->t;
	struct tree_node *parent = d->root;
	struct bytes part;
	t->at++;
	bool item = toml_peek(t, 0) == '[';
	t->at += item ? 1 : 0;
	toml_blanks(t);
	if (toml_key_part(t, &part) < 0)
		return -1;
	while (next_part(t)) {
		parent = step(t, parent, part, true);
		if (parent == NULL || toml_key_part(t, &part) < 0)
			return -1;
	}
	if (toml_peek(t, 0) != ']' || (item && toml_peek(t, 1) != ']'))
		return toml_error(t, "a header without its closing bracket");
	t->at += item ? 2 : 1;
	d->section++;
	d->table = item ? define_item(d, parent, part) : define_table(d, parent, part);
	return d->table == NULL ? -1 : end_of_line(t);
}

/* --- documents ----------------------------------------------------------------------------- */

static int read_document(struct document *d)
{
	struct toml *t = &d->t;
	while (t->at < t->text.n) {
		toml_blanks(t);
		uint8_t c = toml_peek(t, 0);
		if (t->at == t->text.n || c == '#' || c == '\n' || c == '\r') {
			if (end_of_line(t) < 0)
				return -1;
		} else if ((c == '[' ? read_header(d) : read_pair(d)) < 0) {
			return -1;
		}
	}
	return 0;
}

/* All of it must be UTF-8: then no part of the grammar has to ask. */
static int check_utf8(struct toml *t)
{
	uint32_t line = 1, point;
	for (size_t at = 0; at < t->text.n;) {
		size_t n = utf8_length(bytes_sub(t->text, at, t->text.n), &point);
		if (n == 0)
			return error_set(t->err, ERR_MALFORMED,
					 "line %" PRIu32 ": not TOML: bytes that are not UTF-8",
					 line);
		line += point == '\n' ? 1 : 0;
		at += n;
	}
	return 0;
}

int toml_parse(struct bytes text, struct arena *arena, const struct node **ret, struct error *err)
{
	struct error own = { 0 };
	struct document d = { .section = 1 };
	if (bytes_starts_with(text, BYTES_LIT("\xef\xbb\xbf")))
		text = bytes_sub(text, 3, text.n);
	d.t = (struct toml){ .text = text, .line = 1, .scratch = buf_max(text.n + 4), .err = &own };
	tree_build_init(&d.t.tree, arena, &own);
	int r = check_utf8(&d.t);
	if (r == 0) {
		d.table = d.root = tree_node_new(&d.t.tree, NODE_MAP, 1);
		r = d.root == NULL ? -1 : read_document(&d);
	}
	tree_build_free(&d.t.tree);
	buf_free(&d.t.scratch);
	if (r == 0)
		*ret = &d.root->n;
	else if (err != NULL)
		*err = own;
	return r;
}
