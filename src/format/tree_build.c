#include "format/tree_build.h"

#include <inttypes.h>

void tree_build_init(struct tree_build *b, struct arena *arena, struct error *err)
{
	*b = (struct tree_build){ .arena = arena, .err = err };
	map_init(&b->members);
}

void tree_build_free(struct tree_build *b)
{
	map_free(&b->members);
}

static void no_memory(struct tree_build *b)
{
	(void)error_set(b->err, ERR_MEMORY, "no memory left for the document's %" PRIu64 " nodes",
			b->nodes);
}

int tree_count(struct tree_build *b, uint64_t nodes, uint32_t line)
{
	if (nodes > TREE_NODE_LIMIT - b->nodes)
		return error_set(b->err, ERR_LIMIT,
				 "line %" PRIu32 ": the document has more than %d nodes", line,
				 TREE_NODE_LIMIT);
	b->nodes += nodes;
	return 0;
}

void tree_node_reset(struct tree_build *b, struct tree_node *n, enum node_kind kind, uint32_t line)
{
	n->n.kind = kind;
	n->n.line = line;
	n->n.text = BYTES_LIT("");
	n->n.first = NULL;
	n->n.count = 0;
	n->last = NULL;
	n->size = 1;
	n->height = 0;
	n->serial = ++b->serials;
}

struct tree_node *tree_node_new(struct tree_build *b, enum node_kind kind, uint32_t line)
{
	if (tree_count(b, 1, line) < 0)
		return NULL;
	struct tree_node *n = arena_alloc(b->arena, sizeof *n);
	if (n == NULL) {
		no_memory(b);
		return NULL;
	}
	tree_node_reset(b, n, kind, line);
	n->n.key = BYTES_LIT("");
	return n;
}

bool tree_text(struct tree_build *b, struct bytes text, struct bytes *ret)
{
	uint8_t *copy = arena_alloc(b->arena, text.n + 1);
	if (copy == NULL) {
		no_memory(b);
		return false;
	}
	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	*ret = bytes_of(copy, text.n);
	return true;
}

void tree_append(struct tree_node *parent, struct tree_node *child)
{
	if (parent->last == NULL)
		parent->n.first = &child->n;
	else
		parent->last->n.next = &child->n;
	parent->last = child;
	parent->n.count++;
}

/* The index's key: the container's serial, then the member's key; a NUL behind. */
static bool index_key(struct tree_build *b, const struct tree_node *map, struct bytes key,
		      struct bytes *ret)
{
	uint8_t *p = arena_alloc(b->arena, sizeof map->serial + key.n + 1);
	if (p == NULL) {
		no_memory(b);
		return false;
	}
	memcpy(p, &map->serial, sizeof map->serial);
	if (key.n > 0)
		memcpy(p + sizeof map->serial, key.p, key.n);
	*ret = bytes_of(p, sizeof map->serial + key.n);
	return true;
}

static struct tree_node *node_of(uint64_t value)
{
	return (struct tree_node *)(uintptr_t)value;
}

struct tree_node *tree_member(struct tree_build *b, const struct tree_node *map, struct bytes key)
{
	uint8_t small[128];
	struct bytes full = bytes_of(small, sizeof map->serial + key.n);
	if (full.n <= sizeof small) {
		memcpy(small, &map->serial, sizeof map->serial);
		if (key.n > 0)
			memcpy(small + sizeof map->serial, key.p, key.n);
	} else if (!index_key(b, map, key, &full)) {
		return NULL;
	}
	const uint64_t *value = map_get(&b->members, full);
	return value == NULL ? NULL : node_of(*value);
}

struct tree_node *tree_member_new(struct tree_build *b, struct tree_node *map, struct bytes key,
				  enum node_kind kind, uint32_t line)
{
	struct bytes full;
	struct tree_node *n = tree_node_new(b, kind, line);
	if (n == NULL || !index_key(b, map, key, &full))
		return NULL;
	uint64_t *value = map_put(&b->members, full, NULL);
	if (value == NULL) {
		no_memory(b);
		return NULL;
	}
	*value = (uintptr_t)n;
	n->n.key = bytes_sub(full, sizeof map->serial, full.n);
	n->depth = (uint8_t)(map->depth + 1);
	tree_append(map, n);
	return n;
}
