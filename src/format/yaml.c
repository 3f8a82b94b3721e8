/* libyaml makes events of the text; here they become a tree. Aliases are nodes
 * of their own with the anchored node's members, and count as all of them: nine
 * lines that would be a milliard of nodes end at the limit. */
#include <inttypes.h>

#include <yaml.h>

#include "format/tree_build.h"
#include "format/yaml_scalar.h"

/* What a name stands for. It is a copy: the node itself can be replaced by a
 * later member of the same key. */
struct anchor {
	bool closed; /* else it is used inside itself */
	struct tree_node value;
};

struct open {
	struct tree_node *node;
	struct anchor *anchor; /* its own; NULL: none */
};

struct yaml {
	yaml_parser_t parser;
	struct bytes text;
	struct tree_build tree;
	struct tree_node *root; /* of the document under way */
	struct open open[TREE_DEPTH_LIMIT + 1];
	size_t depth;
	bool has_key; /* the next event is the value of… */
	struct bytes key;
	struct map anchors;
	struct error *err;
};

static uint32_t line_of(yaml_mark_t mark)
{
	return mark.line < UINT32_MAX ? (uint32_t)mark.line + 1 : UINT32_MAX;
}

static int yaml_error(struct yaml *y, uint32_t line, const char *what)
{
	return error_set(y->err, ERR_MALFORMED, "line %" PRIu32 ": not YAML: %s", line, what);
}

/* libyaml puts the end of a text that lacks its last line feed on a line more. */
static uint32_t problem_line(const struct yaml *y)
{
	uint32_t lines = 1, line = line_of(y->parser.problem_mark);
	for (size_t i = 0; i < y->text.n && lines < line; i++)
		lines += y->text.p[i] == '\n' ? 1 : 0;
	return lines < line ? lines : line;
}

static int parser_error(struct yaml *y)
{
	const yaml_parser_t *p = &y->parser;
	const char *what = p->problem != NULL ? p->problem : "it cannot be read";
	if (p->error == YAML_MEMORY_ERROR)
		return error_set(y->err, ERR_MEMORY, "no memory to read YAML");
	if (p->error == YAML_READER_ERROR)
		return error_set(y->err, ERR_MALFORMED, "byte %zu: not YAML: %s", p->problem_offset,
				 what);
	return yaml_error(y, problem_line(y), what);
}

static int out_of_memory(struct yaml *y)
{
	return error_set(y->err, ERR_MEMORY, "no memory left to read YAML");
}

/* --- nodes ------------------------------------------------------------------------- */

/* The place of the node that an event begins: the document itself, a list's
 * next item, a map's member. */
static struct tree_node *place(struct yaml *y, enum node_kind kind, uint32_t line)
{
	if (y->depth == 0)
		return y->root = tree_node_new(&y->tree, kind, line);
	struct tree_node *in = y->open[y->depth - 1].node, *n;
	if (in->n.kind == NODE_LIST) {
		n = tree_node_new(&y->tree, kind, line);
		if (n != NULL)
			tree_append(in, n);
		return n;
	}
	y->has_key = false;
	n = tree_member(&y->tree, in, y->key);
	if (n == NULL && y->err->code == ERR_NONE)
		return tree_member_new(&y->tree, in, y->key, kind, line);
	if (n != NULL) { /* the last of equal keys holds */
		tree_node_reset(&y->tree, n, kind, line);
		n->n.again = true;
	}
	return n;
}

static bool expects_key(const struct yaml *y)
{
	return y->depth > 0 && y->open[y->depth - 1].node->n.kind == NODE_MAP && !y->has_key;
}

/* Adds a closed node to its container's sums. */
static void add_up(struct yaml *y, const struct tree_node *n)
{
	if (y->depth == 0)
		return;
	struct tree_node *in = y->open[y->depth - 1].node;
	in->size += n->size;
	if (in->height <= n->height)
		in->height = (uint8_t)(n->height + 1);
}

static int anchor_new(struct yaml *y, const yaml_char_t *name, struct anchor **ret)
{
	*ret = NULL;
	if (name == NULL)
		return 0;
	struct bytes key;
	struct anchor *a = arena_alloc(y->tree.arena, sizeof *a);
	if (a == NULL || !tree_text(&y->tree, bytes_str((const char *)name), &key))
		return out_of_memory(y);
	uint64_t *value = map_put(&y->anchors, key, NULL);
	if (value == NULL)
		return out_of_memory(y);
	*value = (uintptr_t)a;
	*ret = a;
	return 0;
}

static void anchor_close(struct anchor *a, const struct tree_node *n)
{
	if (a == NULL)
		return;
	a->value = *n;
	a->closed = true;
}

/* --- events ------------------------------------------------------------------------- */

/* A boolean has two spellings in a tree, and null none. */
static struct bytes value_text(enum node_kind kind, struct bytes text)
{
	if (kind == NODE_BOOL)
		return (text.p[0] | 0x20) == 't' ? BYTES_LIT("true") : BYTES_LIT("false");
	return kind == NODE_NULL ? BYTES_LIT("") : text;
}

/* A key is a string whatever it looks like; only its anchor can need the rest. */
static int take_key(struct yaml *y, const struct tree_node *n, struct bytes text)
{
	if (n->n.kind == NODE_LIST || n->n.kind == NODE_MAP)
		return yaml_error(y, n->n.line, "a key that is a list or a map is not read");
	y->key = text;
	y->has_key = true;
	return 0;
}

static int on_scalar(struct yaml *y, const yaml_event_t *e)
{
	struct bytes raw = bytes_of(e->data.scalar.value, e->data.scalar.length), text;
	uint32_t line = line_of(e->start_mark);
	bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && e->data.scalar.tag == NULL;
	struct anchor *a;
	if (!tree_text(&y->tree, raw, &text) || anchor_new(y, e->data.scalar.anchor, &a) < 0)
		return -1;
	enum node_kind kind = plain ? yaml_plain_kind(text) : NODE_STRING;
	struct tree_node key = { .n = { .kind = kind, .line = line }, .size = 1 }, *n = &key;
	bool is_key = expects_key(y);
	if (!is_key && (n = place(y, kind, line)) == NULL)
		return -1;
	n->n.text = value_text(kind, text);
	anchor_close(a, n);
	if (is_key)
		return take_key(y, n, text);
	add_up(y, n);
	return 0;
}

static int on_open(struct yaml *y, enum node_kind kind, const yaml_char_t *anchor, uint32_t line)
{
	struct anchor *a;
	if (expects_key(y))
		return yaml_error(y, line, "a key that is a list or a map is not read");
	if (y->depth == TREE_DEPTH_LIMIT)
		return error_set(y->err, ERR_LIMIT, "line %" PRIu32 ": more than %d levels", line,
				 TREE_DEPTH_LIMIT);
	if (anchor_new(y, anchor, &a) < 0)
		return -1;
	struct tree_node *n = place(y, kind, line);
	if (n == NULL)
		return -1;
	y->open[y->depth++] = (struct open){ n, a };
	return 0;
}

static int on_close(struct yaml *y)
{
	if (y->depth == 0)
		return error_set(y->err, ERR_INTERNAL, "YAML closes what was not opened");
	struct open *o = &y->open[--y->depth];
	anchor_close(o->anchor, o->node);
	add_up(y, o->node);
	return 0;
}

static int on_alias(struct yaml *y, const yaml_event_t *e)
{
	uint32_t line = line_of(e->start_mark);
	const uint64_t *found = map_get(&y->anchors, bytes_str((const char *)e->data.alias.anchor));
	const struct anchor *a = found == NULL ? NULL : (const struct anchor *)(uintptr_t)*found;
	if (a == NULL)
		return yaml_error(y, line, "an alias of what has no such anchor");
	if (!a->closed)
		return yaml_error(y, line, "an alias inside of what it stands for");
	if (expects_key(y))
		return take_key(y, &a->value, a->value.n.text);
	if (y->depth + a->value.height > TREE_DEPTH_LIMIT)
		return error_set(y->err, ERR_LIMIT, "line %" PRIu32 ": more than %d levels", line,
				 TREE_DEPTH_LIMIT);
	if (tree_count(&y->tree, a->value.size, line) < 0)
		return -1;
	struct tree_node *n = place(y, a->value.n.kind, line);
	if (n == NULL)
		return -1;
	n->n.text = a->value.n.text;
	n->n.first = a->value.n.first;
	n->n.count = a->value.n.count;
	n->size = a->value.size;
	n->height = a->value.height;
	add_up(y, n);
	return 0;
}

static int on_event(struct yaml *y, const yaml_event_t *e)
{
	uint32_t line = line_of(e->start_mark);
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(y, e);
	case YAML_ALIAS_EVENT:
		return on_alias(y, e);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(y, NODE_LIST, e->data.sequence_start.anchor, line);
	case YAML_MAPPING_START_EVENT:
		return on_open(y, NODE_MAP, e->data.mapping_start.anchor, line);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_close(y);
	default:
		return 0;
	}
}

/* --- documents ------------------------------------------------------------------------- */

/* The next event's type; where it ends is *ret_end. */
static int take_event(struct yaml *y, yaml_event_type_t *ret, yaml_mark_t *ret_end)
{
	yaml_event_t e;
	if (yaml_parser_parse(&y->parser, &e) == 0)
		return parser_error(y);
	*ret = e.type;
	*ret_end = e.end_mark;
	int r = on_event(y, &e);
	yaml_event_delete(&e);
	return r;
}

/* 1 when there was a document, 0 at the end of the text. */
static int read_document(struct yaml *y, yaml_mark_t *ret_end)
{
	yaml_event_type_t type = YAML_NO_EVENT;
	y->root = NULL;
	do
		if (take_event(y, &type, ret_end) < 0)
			return -1;
	while (type != YAML_DOCUMENT_END_EVENT && type != YAML_STREAM_END_EVENT);
	/* Anchors are a document's own (YAML 1.2.2, 3.2.2.2). */
	map_free(&y->anchors);
	map_init(&y->anchors);
	return type == YAML_DOCUMENT_END_EVENT ? 1 : 0;
}

/* libyaml compares each %TAG with all before it: some thousands would take
 * minutes. Nobody writes more than a few, and none is followed. */
static int check_directives(struct yaml *y)
{
	enum { DIRECTIVES_MAX = 256 };
	struct bytes rest = y->text, line;
	unsigned count = 0;
	while (bytes_next_field(&rest, '\n', &line))
		if (bytes_starts_with(line, BYTES_LIT("%TAG")) && ++count > DIRECTIVES_MAX)
			return error_set(y->err, ERR_LIMIT,
					 "the document has more than %d %%TAG directives",
					 DIRECTIVES_MAX);
	return 0;
}

static int yaml_begin(struct yaml *y, struct bytes *text, struct arena *arena, struct error *own)
{
	*y = (struct yaml){ .err = own };
	if (bytes_starts_with(*text, BYTES_LIT("\xef\xbb\xbf")))
		*text = bytes_sub(*text, 3, text->n);
	y->text = *text;
	tree_build_init(&y->tree, arena, own);
	map_init(&y->anchors);
	if (yaml_parser_initialize(&y->parser) == 0)
		return out_of_memory(y);
	yaml_parser_set_encoding(&y->parser, YAML_UTF8_ENCODING);
	/* libyaml insists on an address, and an empty file may have none. */
	yaml_parser_set_input_string(&y->parser, text->n == 0 ? (const uint8_t *)"" : text->p,
				     text->n);
	return check_directives(y);
}

static void yaml_end(struct yaml *y)
{
	yaml_parser_delete(&y->parser);
	map_free(&y->anchors);
	tree_build_free(&y->tree);
}

/* libyaml counts characters. */
static struct bytes behind(struct bytes text, size_t characters)
{
	size_t at = 0;
	for (; characters > 0 && at < text.n; characters--)
		for (at++; at < text.n && (text.p[at] & 0xc0) == 0x80;)
			at++;
	return bytes_sub(text, at, text.n);
}

/* What follows the first document: nothing, when only its end does. */
static int rest_of(struct yaml *y, struct bytes text, yaml_mark_t end, struct bytes *ret)
{
	yaml_event_type_t type = YAML_NO_EVENT;
	yaml_mark_t waste;
	struct error broken = { 0 };
	y->err = y->tree.err = &broken;
	*ret = behind(text, end.index);
	if (take_event(y, &type, &waste) == 0 && type == YAML_STREAM_END_EVENT)
		*ret = bytes_sub(text, text.n, text.n);
	return 0;
}

/* An empty document: the text of nothing but comments too. */
static int root_of(struct yaml *y, const struct node **ret)
{
	if (y->root == NULL)
		y->root = tree_node_new(&y->tree, NODE_NULL, 1);
	if (y->root == NULL)
		return -1;
	*ret = &y->root->n;
	return 0;
}

int yaml_parse(struct bytes text, struct arena *arena, const struct node **ret,
	       struct bytes *ret_rest, struct error *err)
{
	struct error own = { 0 };
	struct yaml y;
	yaml_mark_t end = { 0 };
	const struct node *root = NULL;
	struct bytes rest = BYTES_LIT("");
	int r = yaml_begin(&y, &text, arena, &own);
	if (r == 0)
		r = read_document(&y, &end);
	bool more = r == 1;
	if (r >= 0)
		r = root_of(&y, &root);
	if (r == 0 && more)
		r = rest_of(&y, text, end, &rest);
	if (r == 0 && ret_rest == NULL && rest.n > 0)
		r = error_set(&own, ERR_MALFORMED,
			      "line %" PRIu32 ": not one YAML document: more follow", line_of(end));
	yaml_end(&y);
	if (r < 0) {
		if (err != NULL)
			*err = own;
		return -1;
	}
	*ret = root;
	if (ret_rest != NULL)
		*ret_rest = rest;
	return 0;
}

int yaml_parse_all(struct bytes text, struct arena *arena, const struct node **ret,
		   struct error *err)
{
	struct error own = { 0 };
	struct yaml y;
	yaml_mark_t end;
	int r = yaml_begin(&y, &text, arena, &own);
	struct tree_node *list = r == 0 ? tree_node_new(&y.tree, NODE_LIST, 1) : NULL;
	r = list == NULL ? -1 : 1;
	while (r > 0 && (r = read_document(&y, &end)) > 0) {
		const struct node *root;
		if (root_of(&y, &root) < 0)
			r = -1;
		else
			tree_append(list, y.root);
	}
	yaml_end(&y);
	if (r == 0)
		*ret = &list->n;
	else if (err != NULL)
		*err = own;
	return r;
}
