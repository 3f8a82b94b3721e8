#include "scan/attribution.h"

#include <stdlib.h>

/* Paths by their address: any order will do. */
static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	if (x->path != y->path)
		return (uintptr_t)x->path < (uintptr_t)y->path ? -1 : 1;
	if (x->layer != y->layer)
		return x->layer < y->layer ? -1 : 1;
	return (x->content > y->content) - (x->content < y->content);
}

/* Into list, unless it is NULL; how many there are. */
static size_t list_places(const struct layer_facts *const *layers, size_t layer_count,
			  struct place *list)
{
	size_t n = 0;
	for (size_t layer = 0; layer < layer_count; layer++) {
		const struct layer_facts *f = layers[layer];
		for (size_t i = 0; f != NULL && i < f->change_count; i++) {
			const struct layer_change *c = &f->changes[i];
			if (c->kind != CHANGE_FILE || c->content == 0)
				continue;
			if (list != NULL)
				list[n] = (struct place){ (const char *)c->path.p, (uint32_t)layer,
							  c->content };
			n++;
		}
	}
	return n;
}

int attribution_init(struct attribution *a, const struct layer_facts *const *layers,
		     size_t layer_count, struct error *err)
{
	size_t n = list_places(layers, layer_count, NULL);
	struct place *places = calloc(n + 1, sizeof *places);
	if (places == NULL)
		return error_set(err, ERR_MEMORY, "no memory to compare package databases");
	*a = (struct attribution){ .layers = layers, .places = places };
	a->n = list_places(layers, layer_count, places);
	qsort(places, n, sizeof *places, compare_places);
	return 0;
}

void attribution_free(struct attribution *a)
{
	free(a->places);
	*a = (struct attribution){ 0 };
}

/* Of what was written there first: its index, or n. */
static size_t first_place(const struct attribution *a, const char *path)
{
	size_t low = 0, high = a->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if ((uintptr_t)a->places[middle].path < (uintptr_t)path)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Name, version and architecture as one key; strings are kept once, so their
 * addresses tell. */
struct package_key {
	const char *name, *version, *arch;
};

/* Packages that `newer` brought so far and an older state has already: it was
 * the older one that brought them. */
static int take_older(struct package *packages, size_t n, const struct package_fact *older,
		      size_t older_n, uint32_t layer, uint32_t newer, struct error *err)
{
	struct map has;
	cleanup_free struct package_key *keys = calloc(older_n + 1, sizeof *keys);
	if (keys == NULL)
		return error_set(err, ERR_MEMORY, "no memory to compare package databases");
	map_init(&has);
	for (size_t i = 0; i < older_n; i++) {
		keys[i] = (struct package_key){ older[i].name, older[i].version, older[i].arch };
		if (map_put(&has, bytes_of(&keys[i], sizeof keys[i]), NULL) == NULL) {
			map_free(&has);
			return error_set(err, ERR_MEMORY, "no memory to compare package databases");
		}
	}
	for (size_t i = 0; i < n; i++) {
		struct package_key key = { packages[i].name, packages[i].version,
					   packages[i].arch };
		if (packages[i].layer == newer && map_get(&has, bytes_of(&key, sizeof key)) != NULL)
			packages[i].layer = layer;
	}
	map_free(&has);
	return 0;
}

int attribute_packages(const struct attribution *a, const char *path, struct package *packages,
		       size_t n, uint32_t layer, struct error *err)
{
	size_t first = first_place(a, path), end = first;
	uint32_t newer = layer;
	while (end < a->n && a->places[end].path == path && a->places[end].layer < layer)
		end++;
	while (n > 0 && end-- > first) {
		const struct place *p = &a->places[end];
		if (p->layer == newer)
			continue; /* twice in one layer: the last counts */
		size_t older_n;
		const struct package_fact *older =
			layer_packages(a->layers[p->layer], p->content, &older_n);
		if (take_older(packages, n, older, older_n, p->layer, newer, err) < 0)
			return -1;
		newer = p->layer;
	}
	return 0;
}
