/* YAML reader: documents one by one and all together are the same number, and
 * what is a tree keeps the limits it was promised. */
#include "tree.h"

static size_t one_by_one(struct bytes text)
{
	size_t count = 0;
	for (;;) {
		cleanup_arena struct arena arena = arena_max(64 * MIB);
		const struct node *root = NULL;
		size_t before = text.n;
		if (yaml_parse(text, &arena, &root, &text, NULL) < 0)
			return SIZE_MAX;
		check_tree(root);
		count++;
		if (text.n == 0)
			return count;
		if (text.n >= before)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena struct arena arena = arena_max(64 * MIB);
	struct error err = { 0 };
	const struct node *root = NULL;
	struct bytes text = bytes_of(data, size);
	size_t count = one_by_one(text);
	if (yaml_parse_all(text, &arena, &root, &err) < 0) {
		if (err.code == ERR_NONE || root != NULL)
			abort();
		return 0;
	}
	check_tree(root);
	if (count != SIZE_MAX && root->count != count && !(root->count == 0 && count == 1))
		abort();
	return 0;
}
