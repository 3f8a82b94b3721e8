/* Which files of a layer are still there under the layers above it, without a tree
 * of all files: each layer tells the hashes of all paths that it has anything at,
 * and the few files that matter are looked up in those of the layers above. A
 * hash is 64 bits of SipHash with a fixed key: who makes two paths collide could
 * as well have removed the file. */
#ifndef CORTEN_SCAN_SHADOW_H
#define CORTEN_SCAN_SHADOW_H

#include "image/layer.h"

/* More entries than these in one layer are not told: what lies below them counts
 * as still there. */
enum { SHADOW_ENTRIES_MAX = 4000000 };

/* What a change does to paths of lower layers. */
uint64_t shadow_hash(const struct layer_change *c);

/* The hash of a path that a package manager's list names, and of a file that may
 * be one: /bin/x and /usr/bin/x are the same. */
uint64_t owned_hash(struct bytes path);
/* Where the system's packages keep files that are theirs alone. Elsewhere a list that
 * claims a file proves nothing: distributions do not put files there, others do. */
bool is_system_path(struct bytes path);

/* A growing list of hashes. */
struct hash_list {
	uint64_t *hashes;
	size_t n, cap;
};

void hash_list_free(struct hash_list *l);
/* hashes: eight bytes each, as they lie. ERR_LIMIT without memory. */
int hash_list_add(struct hash_list *l, struct bytes hashes, struct error *err);

/* Which of some hashes occur in the lists of layers, and in which layer last. First
 * all questions, then all lists, then the answers. */
struct shadow_index {
	struct shadow_slot {
		uint64_t hash; /* 0: free */
		uint32_t last; /* layer + 1; 0: in none */
	} * slots;
	size_t n, cap; /* cap: a power of two */
};

void shadow_index_free(struct shadow_index *x);
/* ERR_LIMIT without memory. */
int shadow_ask(struct shadow_index *x, uint64_t hash, struct error *err);
/* All that tells whether the file at path (clean) is hidden. */
int shadow_ask_file(struct shadow_index *x, struct bytes path, struct error *err);
/* Layers in their order. */
void shadow_note(struct shadow_index *x, const uint64_t *hashes, size_t n, uint32_t layer);
/* layer + 1 of the last list that has it, 0 for none. */
uint32_t shadow_last(const struct shadow_index *x, uint64_t hash);
/* layer + 1 of the last list with something that is at path or hides it, 0 for none. */
uint32_t shadow_last_at(const struct shadow_index *x, struct bytes path);
/* Is the file at path, brought by this layer, hidden by one above it? */
bool shadow_hides(const struct shadow_index *x, struct bytes path, uint32_t layer);

#endif
