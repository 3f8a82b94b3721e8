/* Small XML documents as a tree: an element is a map of its attributes and elements
 * by name, or, with none of either, its text. */
#include "apps/internal.h"
#include "format/xml.h"

struct xml_level {
	struct node *element;
	struct node *last; /* of its members */
};

struct xml_builder {
	struct arena *arena;
	struct node *root;
	uint32_t line; /* that was fed last */
	unsigned silent; /* feeds since an element began or ended */
	size_t nodes;
	size_t depth;
	struct xml_level levels[XML_DEPTH_MAX + 1];
};

static int no_room(struct error *err)
{
	return error_set(err, ERR_LIMIT, "the document has more elements than are kept");
}

static bool keep(struct arena *arena, struct bytes text, struct bytes *ret)
{
	const char *copy = arena_cstr(arena, text);
	*ret = bytes_str(copy);
	return copy != NULL;
}

static struct node *add_member(struct xml_builder *b, struct bytes key)
{
	struct node *n = b->nodes++ < TREE_NODE_LIMIT ? arena_alloc(b->arena, sizeof *n) : NULL;
	if (n == NULL || !keep(b->arena, key, &n->key))
		return NULL;
	n->kind = NODE_STRING;
	n->line = b->line;
	if (b->depth == 0) {
		b->root = n;
		return n;
	}
	struct xml_level *in = &b->levels[b->depth - 1];
	if (in->last == NULL)
		in->element->first = n;
	else
		in->last->next = n;
	in->last = n;
	in->element->kind = NODE_MAP;
	in->element->count++;
	return n;
}

static int on_start(void *ctx, const char *name, const char *const *attrs, struct error *err)
{
	struct xml_builder *b = ctx;
	b->silent = 0;
	struct node *n = add_member(b, bytes_str(name));
	if (n == NULL || b->depth > XML_DEPTH_MAX)
		return no_room(err);
	b->levels[b->depth++] = (struct xml_level){ .element = n };
	for (; attrs[0] != NULL; attrs += 2) {
		struct node *a = add_member(b, bytes_str(attrs[0]));
		if (a == NULL || !keep(b->arena, bytes_str(attrs[1]), &a->text))
			return no_room(err);
	}
	return 0;
}

static int on_end(void *ctx, const char *name, struct bytes text, struct error *err)
{
	struct xml_builder *b = ctx;
	b->silent = 0;
	(void)name;
	struct node *n = b->levels[--b->depth].element;
	if (n->kind == NODE_STRING && !keep(b->arena, text, &n->text))
		return no_room(err);
	return 0;
}

/* Bytes to feed at once: a line, and when nothing came of the last ones more and
 * more: a parser that waits for the end of a token looks at all of it again each time
 * it gets a piece (Expat's CVE-2023-52425). */
static size_t next_piece(const struct xml_builder *b, struct bytes text)
{
	enum { PATIENCE = 64, DOUBLINGS = 20 };
	ptrdiff_t end = bytes_index(text, '\n');
	size_t line = end < 0 ? text.n : (size_t)end + 1;
	if (b->silent <= PATIENCE)
		return line;
	unsigned doublings = b->silent - PATIENCE;
	size_t more = (size_t)1 << (doublings < DOUBLINGS ? doublings : DOUBLINGS);
	more = more < text.n ? more : text.n;
	return more > line ? more : line;
}

/* Fed line by line, so that the line of an element is that of its start tag's end. */
static int feed(struct xml_reader *x, struct xml_builder *b, struct bytes text, struct error *err)
{
	while (text.n > 0) {
		struct bytes piece = bytes_sub(text, 0, next_piece(b, text));
		b->silent++;
		if (xml_feed(x, piece, err) < 0)
			return -1;
		for (size_t i = 0; i < piece.n; i++)
			b->line += piece.p[i] == '\n';
		text = bytes_sub(text, piece.n, text.n);
	}
	return xml_finish(x, err);
}

int app_xml_tree(struct bytes text, struct arena *arena, const struct node **ret, struct error *err)
{
	struct xml_builder b = { .arena = arena, .line = 1 };
	struct xml_reader *x =
		xml_new((struct xml_sink){ .start = on_start, .end = on_end, .ctx = &b });
	if (x == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read XML");
	int result = feed(x, &b, text, err);
	xml_free(x);
	if (result < 0)
		return -1;
	if (b.root == NULL)
		return error_set(err, ERR_TRUNCATED, "the file ends before its first element");
	*ret = b.root;
	return 0;
}
