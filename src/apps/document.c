/* JSON as a tree, with the lines that format/json.h does not count, and what is
 * asked of trees. */
#include "apps/internal.h"
#include "format/json.h"

/* --- JSON --------------------------------------------------------------------------- */

struct level {
	struct node *container;
	struct node *last; /* of its members */
};

struct builder {
	struct json_reader *json;
	struct arena *arena;
	struct bytes text;
	size_t counted; /* bytes of text whose line ends were counted */
	uint32_t line; /* of the byte there */
	size_t nodes;
	unsigned depth;
	struct level levels[LIMIT_JSON_DEPTH + 1];
};

static uint32_t line_now(struct builder *b)
{
	size_t at = (size_t)json_offset(b->json);
	if (at > b->text.n)
		at = b->text.n;
	for (; b->counted < at; b->counted++)
		if (b->text.p[b->counted] == '\n')
			b->line++;
	return b->line;
}

static int no_room(struct error *err)
{
	return error_set(err, ERR_LIMIT, "the document has more values than are kept");
}

/* Text of the reader is good only until its next call. */
static int keep(struct builder *b, struct bytes text, struct bytes *ret, struct error *err)
{
	uint8_t *p = arena_alloc(b->arena, text.n + 1);
	if (p == NULL)
		return no_room(err);
	if (text.n > 0)
		memcpy(p, text.p, text.n);
	*ret = bytes_of(p, text.n);
	return 0;
}

static struct node *add_node(struct builder *b, struct error *err)
{
	struct node *n = b->nodes++ < TREE_NODE_LIMIT ? arena_alloc(b->arena, sizeof *n) : NULL;
	if (n == NULL) {
		(void)no_room(err);
		return NULL;
	}
	if (b->depth == 0)
		return n;
	struct level *in = &b->levels[b->depth - 1];
	if (in->last == NULL)
		in->container->first = n;
	else
		in->last->next = n;
	in->last = n;
	in->container->count++;
	return n;
}

static void open_level(struct builder *b, struct node *n, enum node_kind kind)
{
	n->kind = kind;
	b->levels[b->depth++] = (struct level){ .container = n };
}

/* Fills n with the next value; a container becomes the innermost level. */
static int put_value(struct builder *b, struct node *n, struct error *err)
{
	struct bytes text = { 0 };
	bool truth = false;
	switch (json_peek(b->json)) {
	case JSON_OBJECT:
		if (json_enter_object(b->json))
			open_level(b, n, NODE_MAP);
		return 0;
	case JSON_ARRAY:
		if (json_enter_array(b->json))
			open_level(b, n, NODE_LIST);
		return 0;
	case JSON_STRING:
		n->kind = NODE_STRING;
		(void)json_get_string(b->json, &text);
		return keep(b, text, &n->text, err);
	case JSON_NUMBER:
		n->kind = NODE_NUMBER;
		(void)json_get_number(b->json, &text);
		return keep(b, text, &n->text, err);
	case JSON_BOOL:
		n->kind = NODE_BOOL;
		(void)json_get_bool(b->json, &truth);
		n->text = truth ? BYTES_LIT("true") : BYTES_LIT("false");
		return 0;
	default:
		json_skip(b->json);
		return 0;
	}
}

/* One step: the next member of the innermost container, or its end. */
static int put_member(struct builder *b, struct error *err)
{
	struct bytes key = { 0 };
	bool map = b->levels[b->depth - 1].container->kind == NODE_MAP;
	if (map ? !json_next_key(b->json, &key) : !json_next_item(b->json)) {
		b->depth--;
		return 0;
	}
	struct node *n = add_node(b, err);
	if (n == NULL || (map && keep(b, key, &n->key, err) < 0))
		return -1;
	if (!map)
		(void)json_peek(b->json); /* the line of the value, not of the comma */
	n->line = line_now(b);
	return put_value(b, n, err);
}

static int build(struct builder *b, const struct node **ret, struct error *err)
{
	(void)json_peek(b->json);
	struct node *root = add_node(b, err);
	if (root == NULL)
		return -1;
	root->line = line_now(b);
	if (put_value(b, root, err) < 0)
		return -1;
	while (b->depth > 0)
		if (put_member(b, err) < 0)
			return -1;
	*ret = root;
	return 0;
}

int app_json_tree(struct bytes text, struct arena *arena, const struct node **ret,
		  struct error *err)
{
	const struct node *root = NULL;
	struct builder b = {
		.json = json_open_bytes(text), .arena = arena, .text = text, .line = 1
	};
	if (b.json == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read JSON");
	int result = build(&b, &root, err);
	if (result == 0)
		result = json_finish(b.json, err);
	json_close(b.json);
	if (result == 0)
		*ret = root;
	return result;
}

/* --- questions ------------------------------------------------------------------------ */

bool app_list_has(const struct node *list, struct bytes text)
{
	if (list == NULL || list->kind != NODE_LIST)
		return false;
	for (const struct node *n = list->first; n != NULL; n = n->next)
		if (n->kind == NODE_STRING && bytes_equal(n->text, text))
			return true;
	return false;
}

bool app_text_is(const struct node *map, const char *key, const char *value)
{
	return bytes_equal(node_text(map, key), bytes_str(value));
}

enum { LICENSE_MAX = 4096 };

static struct bytes one_license(const struct node *n)
{
	return n->kind == NODE_STRING ? n->text : node_text(n, "type");
}

/* Appends the licences of a list; one that has no room any more is left out. */
static void join_licenses(struct buf *out, const struct node *list)
{
	for (const struct node *n = list->first; n != NULL; n = n->next) {
		struct bytes next = one_license(n);
		if (next.n == 0 || buf_reserve(out, next.n + 4, NULL) < 0)
			continue;
		if (out->n > 0)
			(void)buf_append_str(out, " OR ", NULL);
		(void)buf_append(out, next.p, next.n, NULL);
	}
}

struct bytes app_license(struct arena *arena, const struct node *license)
{
	cleanup_buf struct buf joined = buf_max(LICENSE_MAX);
	if (license == NULL)
		return bytes_of(NULL, 0);
	if (license->kind != NODE_LIST)
		return one_license(license);
	join_licenses(&joined, license);
	const char *copy = arena_cstr(arena, buf_view(&joined));
	return bytes_str(copy);
}

/* --- indexes ---------------------------------------------------------------------------- */

int app_index(struct map *index, const struct node *map, struct error *err)
{
	if (map == NULL || map->kind != NODE_MAP)
		return 0;
	for (const struct node *n = map->first; n != NULL; n = n->next) {
		uint64_t *place = map_put(index, n->key, NULL);
		if (place == NULL)
			return error_set(err, ERR_MEMORY, "no memory for an index");
		*place = (uintptr_t)n;
	}
	return 0;
}

const struct node *app_indexed(const struct map *index, struct bytes key)
{
	const uint64_t *place = map_get(index, key);
	return place == NULL ? NULL : (const struct node *)(uintptr_t)*place; /* NOLINT: ours */
}
