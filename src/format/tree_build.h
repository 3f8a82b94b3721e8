/* What the readers of TOML and YAML share: nodes that are still growing, the
 * limits, and an index of members, so that a document of one table with a
 * million keys takes no longer than one of a thousand tables. */
#ifndef CORTEN_FORMAT_TREE_BUILD_H
#define CORTEN_FORMAT_TREE_BUILD_H

#include "format/tree.h"

struct tree_node {
	struct node n; /* first: a pointer to it is a pointer to this */
	struct tree_node *last; /* member */
	uint64_t serial; /* names the container in the index */
	uint64_t size; /* of the closed node with all below it, aliases expanded */
	uint32_t section; /* TOML: where dotted keys made it; 0: they did not */
	uint8_t depth; /* members of the document are at 1 */
	uint8_t height; /* YAML: of the closed node; a scalar has 0 */
	uint8_t flags; /* TOML's */
};

struct tree_build {
	struct arena *arena;
	struct map members; /* serial and key -> node */
	uint64_t nodes; /* so far, aliases expanded */
	uint64_t serials;
	struct error *err;
};

void tree_build_init(struct tree_build *b, struct arena *arena, struct error *err);
void tree_build_free(struct tree_build *b);

/* ERR_LIMIT, naming the line, when the document has more than TREE_NODE_LIMIT. */
int tree_count(struct tree_build *b, uint64_t nodes, uint32_t line);
/* A container (list, map) gets its serial here; NULL without memory or over a
 * limit. */
struct tree_node *tree_node_new(struct tree_build *b, enum node_kind kind, uint32_t line);
/* Makes a node what it is to be, with no member. */
void tree_node_reset(struct tree_build *b, struct tree_node *n, enum node_kind kind, uint32_t line);
/* A copy of text with a NUL behind it; false without memory. */
bool tree_text(struct tree_build *b, struct bytes text, struct bytes *ret);

void tree_append(struct tree_node *parent, struct tree_node *child);
/* The member of that key. */
struct tree_node *tree_member(struct tree_build *b, const struct tree_node *map, struct bytes key);
/* A new member of map; the caller knows that the key is free. */
struct tree_node *tree_member_new(struct tree_build *b, struct tree_node *map, struct bytes key,
				  enum node_kind kind, uint32_t line);

#endif
