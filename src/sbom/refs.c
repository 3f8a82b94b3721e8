#include "sbom/refs.h"

void refs_init(struct refs *r)
{
	r->arena = arena_max(REFS_MEMORY);
	map_init(&r->map);
}

void refs_free(struct refs *r)
{
	map_free(&r->map);
	arena_free(&r->arena);
}

struct bytes refs_copy(struct refs *r, struct bytes b)
{
	uint8_t *copy = b.n == 0 ? NULL : arena_alloc(&r->arena, b.n);
	if (copy == NULL)
		return BYTES_LIT("");
	memcpy(copy, b.p, b.n);
	return bytes_of(copy, b.n);
}

struct ref *refs_put(struct refs *r, struct bytes name)
{
	uint64_t *known = map_get(&r->map, name);
	if (known != NULL)
		return (struct ref *)(uintptr_t)*known;
	struct bytes key = refs_copy(r, name);
	struct ref *ref = arena_alloc(&r->arena, sizeof *ref);
	uint64_t *place = key.n == 0 || ref == NULL ? NULL : map_put(&r->map, key, NULL);
	if (place == NULL)
		return NULL;
	*ref = (struct ref){ 0 };
	*place = (uint64_t)(uintptr_t)ref;
	return ref;
}

const struct ref *refs_get(const struct refs *r, struct bytes name)
{
	const uint64_t *place = map_get(&r->map, name);
	return place == NULL ? NULL : (const struct ref *)(uintptr_t)*place;
}
