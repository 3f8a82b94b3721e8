#include "image/layer.h"

#include <stdlib.h>

#include "image/links.h"

enum { PATTERNS_MAX = 4096 };

void interest_init(struct interest *in)
{
	*in = (struct interest){ .arena = arena_max(PATTERNS_MAX * (LIMIT_PATH_BYTES + 64)) };
}

void interest_free(struct interest *in)
{
	free(in->patterns);
	free(in->is_dir);
	arena_free(&in->arena);
	*in = (struct interest){ 0 };
}

static int interest_grow(struct interest *in, struct error *err)
{
	size_t cap = in->cap == 0 ? 64 : in->cap * 2;
	struct bytes *patterns = reallocarray(in->patterns, cap, sizeof *patterns);
	if (patterns != NULL)
		in->patterns = patterns;
	bool *is_dir = reallocarray(in->is_dir, cap, sizeof *is_dir);
	if (is_dir != NULL)
		in->is_dir = is_dir;
	if (patterns == NULL || is_dir == NULL)
		return error_set(err, ERR_MEMORY, "no memory for paths");
	in->cap = cap;
	return 0;
}

int interest_add(struct interest *in, struct bytes pattern, struct error *err)
{
	bool is_dir = pattern.n > 0 && pattern.p[pattern.n - 1] == '/';
	if (in->n == PATTERNS_MAX)
		return error_set(err, ERR_LIMIT, "more than %d paths to look at", PATTERNS_MAX);
	if (in->n == in->cap && interest_grow(in, err) < 0)
		return -1;
	if (is_dir)
		pattern.n--;
	uint8_t *copy = arena_alloc(&in->arena, pattern.n + 1);
	if (copy == NULL)
		return error_set(err, ERR_MEMORY, "no memory for paths");
	memcpy(copy, pattern.p, pattern.n);
	in->patterns[in->n] = bytes_of(copy, pattern.n);
	in->is_dir[in->n++] = is_dir;
	return 0;
}

bool interest_wants(const struct interest *in, struct bytes path)
{
	if (in->all)
		return true;
	for (size_t i = 0; i < in->n; i++) {
		struct bytes want = in->patterns[i];
		if (path.n < want.n || (path.n > want.n && !in->is_dir[i]))
			continue;
		if (path_within(path, want) && (path.n > want.n || !in->is_dir[i]))
			return true;
	}
	return false;
}

bool interest_touches(const struct interest *in, struct bytes path)
{
	if (in->all || path.n == 0)
		return true;
	for (size_t i = 0; i < in->n; i++) {
		struct bytes want = in->patterns[i];
		if (path.p[0] != want.p[0])
			continue;
		if (path_within(want, path) || (in->is_dir[i] && path_within(path, want)))
			return true;
	}
	return false;
}

struct layer_reader {
	const struct interest *in;
	struct layer_links links;
	struct buf path, target;
};

struct layer_reader *layer_reader_new(const struct interest *in)
{
	struct layer_reader *l = calloc(1, sizeof *l);
	if (l == NULL)
		return NULL;
	l->in = in;
	layer_links_init(&l->links);
	l->path = l->target = buf_max(4 * LIMIT_PAX_BYTES);
	return l;
}

void layer_reader_free(struct layer_reader *l)
{
	if (l == NULL)
		return;
	layer_links_free(&l->links);
	buf_free(&l->path);
	buf_free(&l->target);
	free(l);
}

/* Where an entry of this name lands, as a clean path. */
static int place(struct layer_reader *l, struct buf *out, struct bytes name, struct error *err)
{
	if (path_clean_into(out, name, err) < 0)
		return -1;
	return layer_links_follow(&l->links, out, err);
}

/* Keeps what the layer has at c->path now; a hard link to a link is that link
 * once more. */
static int note_links(struct layer_reader *l, const struct layer_change *c, struct error *err)
{
	struct bytes target = c->target;
	bool is_link = c->kind == CHANGE_SYMLINK;
	if (c->kind == CHANGE_HARDLINK)
		is_link = layer_links_get(&l->links, c->target, &target);
	if (layer_links_replace(&l->links, c->path, c->kind == CHANGE_DIR, err) < 0)
		return -1;
	return is_link ? layer_links_add(&l->links, c->path, target, err) : 0;
}

static enum change_kind kind_of(enum tar_type type)
{
	switch (type) {
	case TAR_FILE:
		return CHANGE_FILE;
	case TAR_HARDLINK:
		return CHANGE_HARDLINK;
	case TAR_SYMLINK:
		return CHANGE_SYMLINK;
	case TAR_DIR:
		return CHANGE_DIR;
	default:
		return CHANGE_OTHER;
	}
}

/* layer.md#whiteouts: ".wh.NAME" beside what goes, ".wh..wh..opq" in the
 * directory whose lower content goes; other ".wh..wh." names are aufs's own (what
 * lies below them is kept: hard links may lead there). */
static bool classify_whiteout(struct bytes path, struct layer_change *c, bool *ret_ignore)
{
	struct bytes base = path_base(path);
	*ret_ignore = false;
	if (!bytes_starts_with(base, BYTES_LIT(".wh.")))
		return false;
	c->target = bytes_of(NULL, 0);
	if (bytes_equal(base, BYTES_LIT(".wh..wh..opq"))) {
		c->kind = CHANGE_OPAQUE;
		c->path = path_dir(path);
		return true;
	}
	*ret_ignore = bytes_starts_with(base, BYTES_LIT(".wh..wh."));
	c->kind = CHANGE_WHITEOUT;
	return true;
}

/* "dir/.wh.name" → "dir/name", in place. */
static void cut_whiteout_mark(struct buf *path)
{
	size_t dir = path->n - path_base(buf_view(path)).n;
	memmove(path->p + dir, path->p + dir + 4, path->n - dir - 4);
	path->n -= 4;
}

int layer_reader_entry(struct layer_reader *l, const struct tar_entry *e, struct layer_change *ret,
		       struct error *err)
{
	bool ignore;
	if (place(l, &l->path, e->path, err) < 0)
		return -1;
	struct layer_change c = { .kind = kind_of(e->type), .path = buf_view(&l->path) };
	if (classify_whiteout(c.path, &c, &ignore)) {
		if (ignore)
			return 0;
		if (c.kind == CHANGE_WHITEOUT) {
			cut_whiteout_mark(&l->path);
			c.path = buf_view(&l->path);
		}
		*ret = c;
		return interest_touches(l->in, c.path);
	}
	if (c.kind == CHANGE_SYMLINK)
		c.target = e->link;
	if (c.kind == CHANGE_HARDLINK) {
		if (place(l, &l->target, e->link, err) < 0)
			return -1;
		c.target = buf_view(&l->target);
	}
	if (note_links(l, &c, err) < 0)
		return -1;
	if (!interest_touches(l->in, c.path))
		return 0;
	if (c.path.n > LIMIT_PATH_BYTES && !l->in->all)
		return error_set(err, ERR_LIMIT, "a path of %zu bytes", c.path.n);
	*ret = c;
	return 1;
}
