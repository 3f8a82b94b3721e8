#include "image/links.h"

#include <stdlib.h>

#define LINKS_MEMORY (32 * MIB)
/* Far more than a real layer needs, and done in a second. */
#define SWEEP_MAX UINT64_C(1000000000)

struct layer_link {
	struct bytes path, target;
};

void layer_links_init(struct layer_links *l)
{
	*l = (struct layer_links){ .arena = arena_max(LINKS_MEMORY) };
	l->at = l->rest = l->joined = l->straight = buf_max(4 * LIMIT_PAX_BYTES);
	map_init(&l->by_path);
	map_init(&l->dirs);
}

void layer_links_free(struct layer_links *l)
{
	free(l->links);
	map_free(&l->by_path);
	map_free(&l->dirs);
	arena_free(&l->arena);
	buf_free(&l->at);
	buf_free(&l->rest);
	buf_free(&l->joined);
	buf_free(&l->straight);
}

static const struct layer_link *link_at(const struct layer_links *l, struct bytes path)
{
	const uint64_t *index = map_get(&l->by_path, path);
	return index == NULL || *index == 0 ? NULL : &l->links[*index - 1];
}

bool layer_links_get(const struct layer_links *l, struct bytes path, struct bytes *ret_target)
{
	const struct layer_link *link = link_at(l, path);
	if (link != NULL)
		*ret_target = link->target;
	return link != NULL;
}

/* --- following ---------------------------------------------------------------------- */

static bool any_link_above(const struct layer_links *l, struct bytes path)
{
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '/' && link_at(l, bytes_sub(path, 0, i)) != NULL)
			return true;
	return false;
}

/* Goes one name on; a link on the way is put before what is left. */
static int step(struct layer_links *l, struct bytes name, struct bytes rest, bool *ret_linked,
		struct error *err)
{
	size_t before = l->at.n;
	if ((before > 0 && buf_append(&l->at, "/", 1, err) < 0) ||
	    buf_append(&l->at, name.p, name.n, err) < 0)
		return -1;
	const struct layer_link *link = rest.n > 0 ? link_at(l, buf_view(&l->at)) : NULL;
	*ret_linked = link != NULL;
	if (link == NULL)
		return 0;
	l->at.n = bytes_starts_with(link->target, BYTES_LIT("/")) ? 0 : before;
	l->joined.n = 0;
	if (buf_append(&l->joined, link->target.p, link->target.n, err) < 0 ||
	    buf_append(&l->joined, "/", 1, err) < 0 ||
	    buf_append(&l->joined, rest.p, rest.n, err) < 0)
		return -1;
	struct buf old = l->rest;
	l->rest = l->joined;
	l->joined = old;
	return 0;
}

/* Name by name from the root, as the kernel does below a chroot: ".." of a
 * link's target goes up from where the link led. */
static int walk(struct layer_links *l, struct error *err)
{
	struct bytes rest = buf_view(&l->rest), name;
	unsigned links = 0;
	l->at.n = 0;
	while (bytes_next_field(&rest, '/', &name)) {
		bool linked = false;
		if (name.n == 0 || bytes_equal(name, BYTES_LIT(".")))
			continue;
		if (bytes_equal(name, BYTES_LIT(".."))) {
			l->at.n = path_dir(buf_view(&l->at)).n;
			continue;
		}
		if (step(l, name, rest, &linked, err) < 0)
			return -1;
		if (!linked)
			continue;
		if (++links > LIMIT_LINK_STEPS)
			return error_set(err, ERR_LIMIT, "links of a layer go in a circle");
		rest = buf_view(&l->rest);
	}
	return 0;
}

int layer_links_follow(struct layer_links *l, struct buf *path, struct error *err)
{
	struct bytes dir = path_dir(buf_view(path));
	if (l->n == 0 || dir.n == 0)
		return 0;
	if (l->straight_known && bytes_equal(dir, buf_view(&l->straight)))
		return 0;
	if (!any_link_above(l, buf_view(path))) {
		l->straight.n = 0;
		l->straight_known = true;
		return buf_append(&l->straight, dir.p, dir.n, err);
	}
	l->rest.n = 0;
	if (buf_append(&l->rest, path->p, path->n, err) < 0 || walk(l, err) < 0)
		return -1;
	path->n = 0;
	return buf_append(path, l->at.p, l->at.n, err);
}

/* --- what is there --------------------------------------------------------------------- */

static int no_room(struct error *err)
{
	return error_set(err, ERR_LIMIT, "more than %d symbolic links in one layer",
			 LIMIT_LAYER_LINKS);
}

/* The directories above a link; those above a known one are known. */
static int add_dirs(struct layer_links *l, struct bytes path, struct error *err)
{
	for (struct bytes dir = path_dir(path); dir.n > 0; dir = path_dir(dir)) {
		bool is_new = false;
		if (l->dirs.n >= LIMIT_LAYER_LINKS || map_put(&l->dirs, dir, &is_new) == NULL)
			return no_room(err);
		if (!is_new)
			return 0;
	}
	return 0;
}

static struct bytes keep(struct layer_links *l, struct bytes b)
{
	uint8_t *copy = arena_alloc(&l->arena, b.n + 1);
	if (copy != NULL && b.n > 0)
		memcpy(copy, b.p, b.n);
	return bytes_of(copy, b.n);
}

static int links_grow(struct layer_links *l, struct error *err)
{
	size_t cap = l->cap == 0 ? 64 : l->cap * 2;
	struct layer_link *links = reallocarray(l->links, cap, sizeof *links);
	if (links == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a layer's links");
	l->links = links;
	l->cap = cap;
	return 0;
}

int layer_links_add(struct layer_links *l, struct bytes path, struct bytes target,
		    struct error *err)
{
	/* No system can make it, so nothing can be written through it. */
	if (path.n > LIMIT_PATH_BYTES || target.n > LIMIT_PATH_BYTES)
		return 0;
	if (l->n == LIMIT_LAYER_LINKS)
		return no_room(err);
	if (l->n == l->cap && links_grow(l, err) < 0)
		return -1;
	struct layer_link link = { keep(l, path), keep(l, target) };
	uint64_t *index = link.path.p == NULL ? NULL : map_put(&l->by_path, link.path, NULL);
	if (index == NULL || link.target.p == NULL || add_dirs(l, link.path, err) < 0)
		return no_room(err);
	l->links[l->n++] = link;
	*index = l->n;
	l->straight_known = false;
	return 0;
}

static void forget(struct layer_links *l, struct bytes path)
{
	uint64_t *index = map_get(&l->by_path, path);
	if (index != NULL)
		*index = 0;
}

int layer_links_replace(struct layer_links *l, struct bytes path, bool is_dir, struct error *err)
{
	if (l->n == 0)
		return 0;
	forget(l, path);
	if (is_dir || map_get(&l->dirs, path) == NULL)
		return 0;
	l->swept += l->n;
	if (l->swept > SWEEP_MAX)
		return error_set(err, ERR_LIMIT,
				 "a layer replaces directories of its own again and again");
	for (size_t i = 0; i < l->n; i++)
		if (path_within(l->links[i].path, path))
			forget(l, l->links[i].path);
	return 0;
}
