#include "scan/shadow.h"

#include <stdlib.h>

/* The keys of hashes, so that one set holds them all. */
enum { KEY_HIDES_ALL = 1, KEY_HIDES_BELOW, KEY_HIDES_FILE, KEY_OWNED };

uint64_t shadow_hash(const struct layer_change *c)
{
	switch (c->kind) {
	case CHANGE_OPAQUE:
		return hash_bytes(KEY_HIDES_BELOW, c->path);
	case CHANGE_DIR:
		return hash_bytes(KEY_HIDES_FILE, c->path);
	default:
		return hash_bytes(KEY_HIDES_ALL, c->path);
	}
}

uint64_t owned_hash(struct bytes path)
{
	/* Where systems have links from the root to /usr. */
	const struct bytes merged[] = { BYTES_LIT("bin/"), BYTES_LIT("sbin/"), BYTES_LIT("lib/"),
					BYTES_LIT("lib32/"), BYTES_LIT("lib64/") };
	struct bytes usr = BYTES_LIT("usr/");
	if (bytes_starts_with(path, usr)) {
		struct bytes below = bytes_sub(path, usr.n, path.n);
		for (size_t i = 0; i < sizeof merged / sizeof merged[0]; i++)
			if (bytes_starts_with(below, merged[i]))
				return hash_bytes(KEY_OWNED, below);
	}
	return hash_bytes(KEY_OWNED, path);
}

bool is_system_path(struct bytes path)
{
	const struct bytes places[] = { BYTES_LIT("usr/"), BYTES_LIT("lib"), BYTES_LIT("bin/"),
					BYTES_LIT("sbin/"), BYTES_LIT("etc/") };
	if (bytes_starts_with(path, BYTES_LIT("usr/local/")))
		return false;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (bytes_starts_with(path, places[i]))
			return true;
	return false;
}

void hash_list_free(struct hash_list *l)
{
	free(l->hashes);
	*l = (struct hash_list){ 0 };
}

int hash_list_add(struct hash_list *l, struct bytes hashes, struct error *err)
{
	size_t n = hashes.n / sizeof *l->hashes;
	if (n == 0)
		return 0;
	if (l->n + n > l->cap) {
		size_t cap = l->cap * 2 > l->n + n ? l->cap * 2 : l->n + n;
		uint64_t *more = reallocarray(l->hashes, cap, sizeof *more);
		if (more == NULL)
			return error_set(err, ERR_LIMIT, "no memory for a layer's paths");
		l->hashes = more;
		l->cap = cap;
	}
	memcpy(l->hashes + l->n, hashes.p, hashes.n);
	l->n += n;
	return 0;
}

/* --- the index ------------------------------------------------------------------------ */

enum { SLOTS_FIRST = 1024 };

void shadow_index_free(struct shadow_index *x)
{
	free(x->slots);
	*x = (struct shadow_index){ 0 };
}

static struct shadow_slot *slot_of(const struct shadow_index *x, uint64_t hash)
{
	size_t i = (size_t)hash & (x->cap - 1);
	while (x->slots[i].hash != 0 && x->slots[i].hash != hash)
		i = (i + 1) & (x->cap - 1);
	return &x->slots[i];
}

static int grow(struct shadow_index *x, struct error *err)
{
	struct shadow_index more = { .cap = x->cap == 0 ? SLOTS_FIRST : x->cap * 2, .n = x->n };
	more.slots = calloc(more.cap, sizeof *more.slots);
	if (more.slots == NULL)
		return error_set(err, ERR_LIMIT, "no memory for the image's files");
	for (size_t i = 0; i < x->cap; i++)
		if (x->slots[i].hash != 0)
			*slot_of(&more, x->slots[i].hash) = x->slots[i];
	free(x->slots);
	*x = more;
	return 0;
}

int shadow_ask(struct shadow_index *x, uint64_t hash, struct error *err)
{
	if (2 * x->n >= x->cap && grow(x, err) < 0)
		return -1;
	hash |= hash == 0;
	struct shadow_slot *slot = slot_of(x, hash);
	x->n += slot->hash == 0;
	slot->hash = hash;
	return 0;
}

int shadow_ask_file(struct shadow_index *x, struct bytes path, struct error *err)
{
	if (shadow_ask(x, hash_bytes(KEY_HIDES_ALL, path), err) < 0 ||
	    shadow_ask(x, hash_bytes(KEY_HIDES_FILE, path), err) < 0)
		return -1;
	for (struct bytes dir = path_dir(path);; dir = path_dir(dir)) {
		if (shadow_ask(x, hash_bytes(KEY_HIDES_BELOW, dir), err) < 0)
			return -1;
		if (dir.n == 0)
			return 0;
		if (shadow_ask(x, hash_bytes(KEY_HIDES_ALL, dir), err) < 0)
			return -1;
	}
}

void shadow_note(struct shadow_index *x, const uint64_t *hashes, size_t n, uint32_t layer)
{
	for (size_t i = 0; x->cap > 0 && i < n; i++) {
		struct shadow_slot *slot = slot_of(x, hashes[i] | (hashes[i] == 0));
		if (slot->hash != 0)
			slot->last = layer + 1;
	}
}

uint32_t shadow_last(const struct shadow_index *x, uint64_t hash)
{
	return x->cap == 0 ? 0 : slot_of(x, hash | (hash == 0))->last;
}

static uint32_t later(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

uint32_t shadow_last_at(const struct shadow_index *x, struct bytes path)
{
	uint32_t last = later(shadow_last(x, hash_bytes(KEY_HIDES_ALL, path)),
			      shadow_last(x, hash_bytes(KEY_HIDES_FILE, path)));
	for (struct bytes dir = path_dir(path);; dir = path_dir(dir)) {
		last = later(last, shadow_last(x, hash_bytes(KEY_HIDES_BELOW, dir)));
		if (dir.n == 0)
			return last;
		last = later(last, shadow_last(x, hash_bytes(KEY_HIDES_ALL, dir)));
	}
}

bool shadow_hides(const struct shadow_index *x, struct bytes path, uint32_t layer)
{
	return shadow_last_at(x, path) > layer + 1;
}
