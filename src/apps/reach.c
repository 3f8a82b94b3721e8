/* What is reached from what a project needs itself. */
#include "apps/internal.h"

void app_reach_init(struct app_reach *r, struct arena *arena)
{
	*r = (struct app_reach){ .arena = arena };
	map_init(&r->seen);
}

void app_reach_free(struct app_reach *r)
{
	map_free(&r->seen);
	free(r->queue);
}

static int queue_grow(struct app_reach *r, struct error *err)
{
	size_t cap = r->cap == 0 ? 64 : 2 * r->cap, size;
	if (r->n < r->cap)
		return 0;
	if (checked_mul(cap, sizeof(void *), &size))
		return error_set(err, ERR_MEMORY, "no memory for %zu dependencies", cap);
	const struct node **more = realloc(r->queue, size);
	if (more == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu dependencies", cap);
	r->queue = more;
	r->cap = cap;
	return 0;
}

int app_reach_push(struct app_reach *r, const struct node *node, struct error *err)
{
	bool new;
	if (node == NULL || app_reached(r, node))
		return 0;
	const struct node **key = arena_alloc(r->arena, sizeof(void *)); /* outlives the map */
	if (key == NULL)
		return error_set(err, ERR_LIMIT, "the file has more dependencies than are kept");
	*key = node;
	if (queue_grow(r, err) < 0)
		return -1;
	if (map_put(&r->seen, bytes_of(key, sizeof(void *)), &new) == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu dependencies", r->n);
	r->queue[r->n++] = node;
	return 0;
}

const struct node *app_reach_next(struct app_reach *r)
{
	return r->done < r->n ? r->queue[r->done++] : NULL;
}

bool app_reached(const struct app_reach *r, const struct node *node)
{
	return map_get(&r->seen, bytes_of(&node, sizeof(void *))) != NULL;
}
