#include "image/layer.h"

#include <stdlib.h>

enum { PATTERNS_MAX = 4096, ALIASES_MAX = 1024 };

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

/* A symbolic link of this layer: what is written below `from` lands below `to`. */
struct alias {
	struct bytes from, to;
};

struct layer_reader {
	const struct interest *in;
	struct alias aliases[ALIASES_MAX];
	size_t alias_count;
	struct arena arena;
	struct buf path, target, scratch;
};

struct layer_reader *layer_reader_new(const struct interest *in)
{
	struct layer_reader *l = calloc(1, sizeof *l);
	if (l == NULL)
		return NULL;
	l->in = in;
	l->arena = arena_max(16 * MIB);
	l->path = l->target = l->scratch = buf_max(4 * LIMIT_PAX_BYTES);
	return l;
}

void layer_reader_free(struct layer_reader *l)
{
	if (l == NULL)
		return;
	arena_free(&l->arena);
	buf_free(&l->path);
	buf_free(&l->target);
	buf_free(&l->scratch);
	free(l);
}

static int clean_into(struct buf *out, struct bytes raw, struct error *err)
{
	out->n = 0;
	if (buf_reserve(out, raw.n + 1, err) < 0)
		return -1;
	out->n = path_clean(raw, out->p);
	return 0;
}

static ptrdiff_t alias_of(const struct layer_reader *l, struct bytes path, bool exactly)
{
	for (size_t i = 0; i < l->alias_count; i++) {
		struct bytes from = l->aliases[i].from;
		if (exactly ? bytes_equal(path, from) : path.n > from.n && path_within(path, from))
			return (ptrdiff_t)i;
	}
	return -1;
}

/* Rewrites a clean path that goes through links of this layer, in place. */
static int follow_aliases(struct layer_reader *l, struct buf *path, struct error *err)
{
	for (unsigned steps = 0; l->alias_count > 0; steps++) {
		ptrdiff_t i = alias_of(l, buf_view(path), false);
		if (i < 0)
			return 0;
		if (steps == LIMIT_LINK_STEPS)
			return error_set(err, ERR_LIMIT, "links of a layer go in a circle");
		const struct alias *a = &l->aliases[i];
		l->scratch.n = 0;
		if (buf_append(&l->scratch, a->to.p, a->to.n, err) < 0 ||
		    buf_append(&l->scratch, path->p + a->from.n, path->n - a->from.n, err) < 0 ||
		    clean_into(path, buf_view(&l->scratch), err) < 0)
			return -1;
	}
	return 0;
}

static void drop_alias(struct layer_reader *l, struct bytes path)
{
	ptrdiff_t i = l->alias_count == 0 ? -1 : alias_of(l, path, true);
	if (i >= 0)
		l->aliases[i] = l->aliases[--l->alias_count];
}

static struct bytes keep(struct layer_reader *l, struct bytes b)
{
	uint8_t *copy = arena_alloc(&l->arena, b.n + 1);
	if (copy == NULL)
		return bytes_of(NULL, 0);
	if (b.n > 0)
		memcpy(copy, b.p, b.n);
	return bytes_of(copy, b.n);
}

/* Where a link leads, as a clean path of the image. */
static int link_destination(struct layer_reader *l, struct bytes path, struct bytes target,
			    struct error *err)
{
	l->scratch.n = 0;
	struct bytes dir = path_dir(path);
	if (!bytes_starts_with(target, BYTES_LIT("/")) &&
	    (buf_append(&l->scratch, dir.p, dir.n, err) < 0 ||
	     buf_append(&l->scratch, "/", 1, err) < 0))
		return -1;
	if (buf_append(&l->scratch, target.p, target.n, err) < 0)
		return -1;
	return clean_into(&l->target, buf_view(&l->scratch), err);
}

static int add_alias(struct layer_reader *l, struct bytes target, struct error *err)
{
	struct bytes path = buf_view(&l->path);
	if (link_destination(l, path, target, err) < 0)
		return -1;
	struct bytes to = buf_view(&l->target);
	bool matters = interest_touches(l->in, path) || interest_touches(l->in, to);
	if (!matters && alias_of(l, to, false) < 0 && alias_of(l, to, true) < 0)
		return 0;
	if (l->alias_count == ALIASES_MAX)
		return error_set(err, ERR_LIMIT, "more than %d links to package databases",
				 ALIASES_MAX);
	struct alias a = { keep(l, path), keep(l, to) };
	if (a.from.p == NULL || a.to.p == NULL)
		return error_set(err, ERR_LIMIT, "too many links to package databases");
	l->aliases[l->alias_count++] = a;
	return 0;
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
 * directory whose lower content goes; other ".wh..wh." names are aufs's own. */
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

/* aufs keeps its own files under names that start with ".wh..wh.". */
static bool in_aufs_directory(struct bytes path)
{
	return bytes_starts_with(path, BYTES_LIT(".wh..wh.")) &&
	       !bytes_equal(path, BYTES_LIT(".wh..wh..opq"));
}

int layer_reader_entry(struct layer_reader *l, const struct tar_entry *e, struct layer_change *ret,
		       struct error *err)
{
	bool ignore;
	if (clean_into(&l->path, e->path, err) < 0 || follow_aliases(l, &l->path, err) < 0)
		return -1;
	if (in_aufs_directory(buf_view(&l->path)))
		return 0;
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
	drop_alias(l, c.path);
	if (c.kind == CHANGE_SYMLINK && !l->in->all && add_alias(l, e->link, err) < 0)
		return -1;
	if (!interest_touches(l->in, c.path))
		return 0;
	if (c.path.n > LIMIT_PATH_BYTES)
		return error_set(err, ERR_LIMIT, "a path of %zu bytes", c.path.n);
	if (c.kind == CHANGE_SYMLINK)
		c.target = e->link;
	if (c.kind == CHANGE_HARDLINK) {
		if (clean_into(&l->target, e->link, err) < 0 ||
		    follow_aliases(l, &l->target, err) < 0)
			return -1;
		c.target = buf_view(&l->target);
	}
	*ret = c;
	return 1;
}
