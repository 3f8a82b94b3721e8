/* TOML reader: what is a tree keeps the limits it was promised. */
#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena struct arena arena = arena_max(64 * MIB);
	struct error err = { 0 };
	const struct node *root = NULL;
	if (toml_parse(bytes_of(data, size), &arena, &root, &err) == 0)
		check_tree(root);
	else if (err.code == ERR_NONE || root != NULL)
		abort();
	return 0;
}
