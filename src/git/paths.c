#include <stdlib.h>

#include "git/internal.h"

#define PATHS_MEMORY (64 * MIB)

int git_paths_start(struct paths *t, struct error *err)
{
	*t = (struct paths){ .arena = arena_max(PATHS_MEMORY) };
	map_init(&t->map);
	t->nodes = calloc(1, sizeof *t->nodes);
	if (t->nodes == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a repository");
	t->n = t->cap = 1;
	return 0;
}

void git_paths_end(struct paths *t)
{
	map_free(&t->map);
	arena_free(&t->arena);
	free(t->nodes);
	*t = (struct paths){ 0 };
}

/* What git itself checks out, fsck(1) "treeNotSorted" and its like apart. */
static bool is_name(struct bytes name)
{
	return name.n > 0 && name.n <= 255 && bytes_index(name, '/') < 0 &&
	       bytes_index(name, 0) < 0 && !bytes_equal(name, BYTES_LIT(".")) &&
	       !bytes_equal(name, BYTES_LIT(".."));
}

int git_paths_put(struct paths *t, uint32_t parent, struct bytes name, uint32_t *ret,
		  struct error *err)
{
	uint8_t key[sizeof parent + 256];
	size_t key_n = sizeof parent + name.n, length = t->nodes[parent].length + name.n + 1;
	bool fresh;
	if (!is_name(name) || length > LIMIT_PATH_BYTES / 2)
		return 0;
	memcpy(key, &parent, sizeof parent);
	memcpy(key + sizeof parent, name.p, name.n);
	uint64_t *known = map_get(&t->map, bytes_of(key, key_n));
	if (known != NULL) {
		*ret = (uint32_t)*known;
		return 1;
	}
	uint8_t *kept = arena_alloc(&t->arena, key_n);
	if (kept == NULL)
		return error_set(err, ERR_LIMIT,
				 "the paths of one repository need too much memory");
	memcpy(kept, key, key_n);
	if (repo_grow(&t->nodes, t->n, &t->cap, sizeof *t->nodes, err) < 0)
		return -1;
	uint64_t *slot = map_put(&t->map, bytes_of(kept, key_n), &fresh);
	if (slot == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %u paths", t->n);
	t->nodes[t->n] = (struct path_node){ kept, (uint16_t)key_n, (uint16_t)length };
	*slot = t->n;
	*ret = t->n++;
	return 1;
}

struct bytes git_paths_text(const struct paths *t, uint32_t node, uint8_t *out)
{
	/* Each name is followed by a '/', the last one's is left out. */
	size_t n = t->nodes[node].length, at = n;
	while (node != 0) {
		const struct path_node *p = &t->nodes[node];
		size_t name_n = p->key_n - sizeof node;
		out[--at] = '/';
		at -= name_n;
		memcpy(out + at, p->key + sizeof node, name_n);
		memcpy(&node, p->key, sizeof node);
	}
	return bytes_of(out, n == 0 ? 0 : n - 1);
}
