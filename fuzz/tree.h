/* What must hold of every tree that a reader gives. */
#ifndef CORTEN_FUZZ_TREE_H
#define CORTEN_FUZZ_TREE_H

#include <stdlib.h>

#include "format/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void check_node(const struct node *n)
{
	if (n->line == 0 || !utf8_valid(n->key) || !utf8_valid(n->text) || n->key.p == NULL ||
	    n->text.p == NULL || n->key.p[n->key.n] != 0 || n->text.p[n->text.n] != 0)
		abort();
	size_t count = 0;
	for (const struct node *m = n->first; m != NULL; m = m->next)
		count++;
	bool container = n->kind == NODE_LIST || n->kind == NODE_MAP;
	if (count != n->count || (!container && count > 0) || (container && n->text.n > 0))
		abort();
	if (n->kind == NODE_BOOL && !bytes_equal(n->text, BYTES_LIT("true")) &&
	    !bytes_equal(n->text, BYTES_LIT("false")))
		abort();
}

/* Depth first, over members that aliases share. */
static inline void check_tree(const struct node *root)
{
	const struct node *left[TREE_DEPTH_LIMIT + 3];
	size_t depth = 0, nodes = 0;
	left[depth++] = root;
	while (depth > 0) {
		const struct node *n = left[depth - 1];
		if (n == NULL) {
			depth--;
			continue;
		}
		if (++nodes > TREE_NODE_LIMIT + 16 || depth == sizeof left / sizeof *left)
			abort();
		check_node(n);
		left[depth - 1] = n->next;
		left[depth++] = n->first;
	}
}

#endif
