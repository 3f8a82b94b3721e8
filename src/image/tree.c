#include "image/tree.h"

#include <stdlib.h>

enum { TREE_ROOT = 0 };
#define TREE_MEMORY (128 * MIB)

/* Nodes are only ever added; a node that is replaced or removed stays in the
 * array and loses its place in the map. So an index, once handed out, keeps
 * its meaning, and hiding a subtree costs one store. */
struct image_tree {
	struct arena arena;
	struct map places; /* parent index and name → node index, 0 free */
	struct tree_node *nodes;
	size_t n, cap;
	struct buf key, path;
};

static uint32_t node_add(struct image_tree *t, uint32_t parent, const char *name,
			 struct error *err);

struct image_tree *image_tree_new(void)
{
	struct image_tree *t = calloc(1, sizeof *t);
	if (t == NULL)
		return NULL;
	t->arena = arena_max(TREE_MEMORY);
	map_init(&t->places);
	t->key = t->path = buf_max(4 * LIMIT_PATH_BYTES + 64);
	if (node_add(t, TREE_ROOT, "", NULL) == UINT32_MAX) {
		image_tree_free(t);
		return NULL;
	}
	t->nodes[TREE_ROOT].kind = CHANGE_DIR;
	return t;
}

void image_tree_free(struct image_tree *t)
{
	if (t == NULL)
		return;
	map_free(&t->places);
	free(t->nodes);
	buf_free(&t->key);
	buf_free(&t->path);
	arena_free(&t->arena);
	free(t);
}

/* UINT32_MAX on failure. */
static uint32_t node_add(struct image_tree *t, uint32_t parent, const char *name, struct error *err)
{
	if (t->n == TREE_NODES_MAX) {
		error_set(err, ERR_LIMIT, "more than %d paths that matter in one image",
			  TREE_NODES_MAX);
		return UINT32_MAX;
	}
	if (t->n == t->cap) {
		size_t cap = t->cap == 0 ? 64 : t->cap * 2;
		struct tree_node *nodes = reallocarray(t->nodes, cap, sizeof *nodes);
		if (nodes == NULL) {
			error_set(err, ERR_MEMORY, "no memory for the image's tree");
			return UINT32_MAX;
		}
		t->nodes = nodes;
		t->cap = cap;
	}
	t->nodes[t->n] = (struct tree_node){ .parent = parent, .name = name };
	return (uint32_t)t->n++;
}

/* The key of a place: the parent's index, then the name. */
static int place_key(struct buf *key, uint32_t parent, struct bytes name, struct error *err)
{
	key->n = 0;
	if (buf_append(key, &parent, sizeof parent, err) < 0)
		return -1;
	return buf_append(key, name.p, name.n, err);
}

/* The child's index, 0 when there is none. Only reads the tree: the key buffer
 * is the caller's. */
static uint32_t child_of(const struct image_tree *t, struct buf *key, uint32_t parent,
			 struct bytes name)
{
	if (place_key(key, parent, name, NULL) < 0)
		return 0;
	uint64_t *place = map_get(&t->places, buf_view(key));
	return place == NULL ? 0 : (uint32_t)*place;
}

/* Puts a fresh node into a place, hiding what was there. */
static uint32_t child_put(struct image_tree *t, uint32_t parent, struct bytes name,
			  struct error *err)
{
	if (place_key(&t->key, parent, name, err) < 0)
		return UINT32_MAX;
	uint64_t *place = map_get(&t->places, buf_view(&t->key));
	if (place == NULL) {
		uint8_t *key = arena_alloc(&t->arena, t->key.n + 1);
		if (key != NULL) {
			memcpy(key, t->key.p, t->key.n);
			place = map_put(&t->places, bytes_of(key, t->key.n), NULL);
		}
	}
	char *copy = arena_cstr(&t->arena, name);
	if (place == NULL || copy == NULL) {
		error_set(err, ERR_LIMIT, "no room for the image's tree");
		return UINT32_MAX;
	}
	uint32_t node = node_add(t, parent, copy, err);
	if (node != UINT32_MAX)
		*place = node;
	return node;
}

static void child_remove(struct image_tree *t, uint32_t parent, struct bytes name)
{
	if (place_key(&t->key, parent, name, NULL) < 0)
		return;
	uint64_t *place = map_get(&t->places, buf_view(&t->key));
	if (place != NULL)
		*place = 0;
}

/* The directory that path names, without following links; 0 stands for the root
 * and, with *ret_absent, for "not there". */
static uint32_t find_plain(const struct image_tree *t, struct buf *key, struct bytes path,
			   bool *ret_absent)
{
	uint32_t at = TREE_ROOT;
	struct bytes name;
	*ret_absent = false;
	while (bytes_next_field(&path, '/', &name)) {
		at = child_of(t, key, at, name);
		if (at == 0) {
			*ret_absent = true;
			return 0;
		}
	}
	return at;
}

static void apply_removal(struct image_tree *t, const struct layer_change *c, struct error *err)
{
	bool absent;
	uint32_t node = find_plain(t, &t->key, c->path, &absent);
	if (absent)
		return;
	if (node == TREE_ROOT) {
		if (c->kind == CHANGE_OPAQUE)
			map_free(&t->places);
		return;
	}
	uint32_t parent = t->nodes[node].parent;
	struct bytes name = bytes_str(t->nodes[node].name);
	struct tree_node before = t->nodes[node];
	child_remove(t, parent, name);
	if (c->kind == CHANGE_WHITEOUT || before.kind != CHANGE_DIR)
		return;
	uint32_t fresh = child_put(t, parent, name, err);
	if (fresh != UINT32_MAX) {
		t->nodes[fresh].kind = CHANGE_DIR;
		t->nodes[fresh].layer = before.layer;
	}
}

/* The directory that holds path, made where it is missing; a file or link in
 * the way becomes a directory. */
static uint32_t make_parents(struct image_tree *t, struct bytes dir, uint32_t layer,
			     struct error *err)
{
	uint32_t at = TREE_ROOT;
	struct bytes name;
	while (bytes_next_field(&dir, '/', &name)) {
		uint32_t child = child_of(t, &t->key, at, name);
		if (child == 0 || t->nodes[child].kind != CHANGE_DIR) {
			child = child_put(t, at, name, err);
			if (child == UINT32_MAX)
				return UINT32_MAX;
			t->nodes[child].kind = CHANGE_DIR;
			t->nodes[child].layer = layer;
		}
		at = child;
	}
	return at;
}

/* The node that a hard link's target names: links on the way are followed, but a
 * link at its end is what gets a second name (link(2)). 0 when it was not kept. */
static uint32_t link_target(struct image_tree *t, struct bytes target)
{
	const struct tree_node *dir = NULL;
	if (image_tree_resolve(t, NULL, path_dir(target), NULL, &dir) != TREE_FOUND)
		return 0;
	uint32_t to = child_of(t, &t->key, (uint32_t)(dir - t->nodes), path_base(target));
	return t->nodes[to].kind == CHANGE_DIR ? 0 : to;
}

/* A hard link is a second name of the same content. The first name tells how
 * that was read, and where it was not kept, what a second pass has to read. */
static int link_content(struct image_tree *t, uint32_t node, struct bytes target, uint32_t below,
			struct error *err)
{
	uint32_t found = link_target(t, target);
	if (found == 0)
		found = below;
	const struct tree_node *to = found == 0 ? NULL : &t->nodes[found];
	struct tree_node *n = &t->nodes[node];
	n->unread = to == NULL || to->unread;
	if (!n->unread) {
		n->kind = to->kind;
		n->target = to->target;
		n->content = to->content;
		n->content_layer = to->content_layer;
	}
	bool is_first = to == NULL || to->linked == NULL;
	n->linked = is_first ? arena_cstr(&t->arena, target) : to->linked;
	return n->linked != NULL ? 0 : error_set(err, ERR_LIMIT, "no room for the image's tree");
}

/* below: what a hard link's target was before the layer's whiteouts, or 0. */
static int apply_addition(struct image_tree *t, const struct layer_change *c, uint32_t below,
			  uint32_t layer, struct error *err)
{
	if (c->path.n == 0)
		return 0; /* the root is always there */
	uint32_t parent = make_parents(t, path_dir(c->path), layer, err);
	if (parent == UINT32_MAX)
		return -1;
	struct bytes name = path_base(c->path);
	uint32_t old = child_of(t, &t->key, parent, name);
	if (c->kind == CHANGE_DIR && old != 0 && t->nodes[old].kind == CHANGE_DIR)
		return 0;
	uint32_t node = child_put(t, parent, name, err);
	if (node == UINT32_MAX)
		return -1;
	struct tree_node *n = &t->nodes[node];
	n->kind = c->kind == CHANGE_HARDLINK ? CHANGE_FILE : c->kind;
	n->layer = n->content_layer = layer;
	n->content = c->content;
	if (c->kind == CHANGE_HARDLINK)
		return link_content(t, node, c->target, below, err);
	if (c->kind == CHANGE_SYMLINK) {
		n->target = arena_cstr(&t->arena, c->target);
		if (n->target == NULL)
			return error_set(err, ERR_LIMIT, "no room for the image's tree");
	}
	return 0;
}

static bool is_removal(const struct layer_change *c)
{
	return c->kind == CHANGE_WHITEOUT || c->kind == CHANGE_OPAQUE;
}

int image_tree_apply(struct image_tree *t, const struct layer_change *changes, size_t n,
		     uint32_t layer, struct error *err)
{
	struct error failed = { 0 };
	/* A layer can give a file of the layers below another name and take the first. */
	cleanup_free uint32_t *below = calloc(n + 1, sizeof *below);
	if (below == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the image's tree");
	for (size_t i = 0; i < n; i++)
		if (changes[i].kind == CHANGE_HARDLINK)
			below[i] = link_target(t, changes[i].target);
	for (size_t i = 0; i < n; i++)
		if (is_removal(&changes[i]))
			apply_removal(t, &changes[i], &failed);
	if (failed.code != ERR_NONE) {
		*err = failed;
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		if (!is_removal(&changes[i]) &&
		    apply_addition(t, &changes[i], below[i], layer, err) < 0)
			return -1;
	return 0;
}

/* --- reading ------------------------------------------------------------------ */

/* A walk: what is done is in `at` (a clean path) and `node`, what is to come in
 * `rest`. */
struct walk {
	const struct image_tree *t;
	const struct interest *kept;
	struct buf key, at, rest, joined;
	uint32_t node; /* the last on the way that the tree has */
	size_t node_n; /* length of its path */
	unsigned links;
};

static bool off_tree(const struct walk *w)
{
	return w->at.n > w->node_n;
}

/* Puts a link's target before what is left of the path. */
static enum tree_found walk_link(struct walk *w, struct bytes target, struct bytes rest)
{
	if (++w->links > LIMIT_LINK_STEPS)
		return TREE_LOOP;
	w->joined.n = 0;
	if (buf_append(&w->joined, target.p, target.n, NULL) < 0 ||
	    buf_append(&w->joined, "/", 1, NULL) < 0 ||
	    buf_append(&w->joined, rest.p, rest.n, NULL) < 0)
		return TREE_TOO_LONG;
	struct buf old = w->rest;
	w->rest = w->joined;
	w->joined = old;
	if (bytes_starts_with(target, BYTES_LIT("/"))) {
		w->at.n = w->node_n = 0;
		w->node = TREE_ROOT;
	}
	return TREE_FOUND;
}

/* "..": off the tree by the path alone, which is right for all that is no link. */
static enum tree_found walk_up(struct walk *w)
{
	if (off_tree(w) && w->kept != NULL && !interest_touches(w->kept, buf_view(&w->at)))
		return TREE_UNKNOWN;
	if (!off_tree(w)) {
		w->node = w->t->nodes[w->node].parent;
		w->node_n = path_dir(buf_view(&w->at)).n;
	}
	w->at.n = path_dir(buf_view(&w->at)).n;
	return TREE_FOUND;
}

/* One name on; *ret_link is the node of a link in the way, which was not taken. */
static enum tree_found walk_down(struct walk *w, struct bytes name,
				 const struct tree_node **ret_link)
{
	uint32_t child = off_tree(w) ? 0 : child_of(w->t, &w->key, w->node, name);
	*ret_link = NULL;
	if (child != 0 && w->t->nodes[child].kind == CHANGE_SYMLINK) {
		*ret_link = &w->t->nodes[child];
		return TREE_FOUND;
	}
	if ((w->at.n > 0 && buf_append(&w->at, "/", 1, NULL) < 0) ||
	    buf_append(&w->at, name.p, name.n, NULL) < 0)
		return TREE_TOO_LONG;
	if (child != 0) {
		w->node = child;
		w->node_n = w->at.n;
	}
	return TREE_FOUND;
}

static enum tree_found walk_path(struct walk *w)
{
	struct bytes rest = buf_view(&w->rest), name;
	while (bytes_next_field(&rest, '/', &name)) {
		const struct tree_node *link = NULL;
		enum tree_found how;
		if (name.n == 0 || bytes_equal(name, BYTES_LIT(".")))
			continue;
		how = bytes_equal(name, BYTES_LIT("..")) ? walk_up(w) : walk_down(w, name, &link);
		if (link != NULL) {
			how = walk_link(w, bytes_str(link->target), rest);
			rest = buf_view(&w->rest);
		}
		if (how != TREE_FOUND)
			return how;
	}
	return off_tree(w) ? TREE_ABSENT : TREE_FOUND;
}

enum tree_found image_tree_resolve(const struct image_tree *t, const struct interest *kept,
				   struct bytes path, struct buf *ret_path,
				   const struct tree_node **ret_node)
{
	const size_t max = 64 * LIMIT_PATH_BYTES;
	struct walk w = { .t = t,
			  .kept = kept,
			  .key = buf_max(max),
			  .at = buf_max(max),
			  .rest = buf_max(max),
			  .joined = buf_max(max),
			  .node = TREE_ROOT };
	enum tree_found found = TREE_TOO_LONG;
	if (buf_append(&w.rest, path.p, path.n, NULL) == 0)
		found = walk_path(&w);
	if (ret_path != NULL) {
		ret_path->n = 0;
		if (buf_append(ret_path, w.at.p, w.at.n, NULL) < 0)
			found = TREE_TOO_LONG;
	}
	*ret_node = found == TREE_FOUND ? &t->nodes[w.node] : NULL;
	buf_free(&w.key);
	buf_free(&w.at);
	buf_free(&w.rest);
	buf_free(&w.joined);
	return found;
}

/* Writes the path of a node whose ancestors are all visible. */
static int node_path(const struct image_tree *t, uint32_t node, struct buf *out, struct error *err)
{
	size_t total = 0;
	for (uint32_t i = node; i != TREE_ROOT; i = t->nodes[i].parent)
		total += strlen(t->nodes[i].name) + 1;
	out->n = 0;
	if (buf_reserve(out, total + 1, err) < 0)
		return -1;
	size_t at = total;
	for (uint32_t i = node; i != TREE_ROOT; i = t->nodes[i].parent) {
		size_t n = strlen(t->nodes[i].name);
		out->p[--at] = i == node ? '\0' : '/';
		at -= n;
		memcpy(out->p + at, t->nodes[i].name, n);
	}
	out->n = total;
	return 0;
}

int image_tree_each(const struct image_tree *t,
		    int (*fn)(void *ctx, const char *path, const struct tree_node *node,
			      struct error *err),
		    void *ctx, struct error *err)
{
	cleanup_free bool *visible = calloc(t->n, sizeof *visible);
	cleanup_buf struct buf key = buf_max(4 * LIMIT_PATH_BYTES + 64);
	cleanup_buf struct buf path = buf_max(64 * LIMIT_PATH_BYTES);
	if (visible == NULL)
		return error_set(err, ERR_MEMORY, "no memory to walk the image's tree");
	visible[TREE_ROOT] = true;
	/* A parent is always older than its children. */
	for (uint32_t i = 1; i < t->n; i++) {
		const struct tree_node *n = &t->nodes[i];
		if (!visible[n->parent] || child_of(t, &key, n->parent, bytes_str(n->name)) != i)
			continue;
		visible[i] = true;
		if (node_path(t, i, &path, err) < 0 || fn(ctx, (const char *)path.p, n, err) < 0)
			return -1;
	}
	return 0;
}
