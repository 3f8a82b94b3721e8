#include "scan/follow.h"

#include "scan/role.h"

/* A link costs at most LIMIT_LINK_STEPS targets of LIMIT_PATH_BYTES each. */
enum { LISTED_MAX = 256, FOLLOWED_MAX = 4096 };

void follow_init(struct follow *f, const struct image_tree *tree, const struct interest *interest,
		 const struct extra_path *extras, size_t extra_count, struct fact_store *st)
{
	*f = (struct follow){ .tree = tree,
			      .interest = interest,
			      .extras = extras,
			      .extra_count = extra_count,
			      .st = st,
			      .role = buf_max(4 * LIMIT_PATH_BYTES),
			      .path = buf_max(64 * LIMIT_PATH_BYTES) };
}

void follow_free(struct follow *f)
{
	buf_free(&f->role);
	buf_free(&f->path);
}

static int too_many(struct error *err)
{
	return error_set(err, ERR_LIMIT, "more than %d links to package databases", LISTED_MAX);
}

static int list_add(struct follow *f, struct extra_path **list, size_t *count, struct bytes path,
		    struct bytes role, struct error *err)
{
	for (size_t i = 0; i < *count; i++)
		if (bytes_equal((*list)[i].path, path) && bytes_equal((*list)[i].role, role))
			return 0;
	if (*list == NULL)
		*list = arena_array(&f->st->arena, LISTED_MAX, sizeof **list);
	if (*list == NULL || *count == LISTED_MAX)
		return too_many(err);
	const char *p = intern_bytes(&f->st->strings, path);
	const char *r = intern_bytes(&f->st->strings, role);
	if (p == NULL || r == NULL)
		return too_many(err);
	(*list)[(*count)++] = (struct extra_path){ bytes_str(p), bytes_str(r) };
	return 0;
}

static int refuse(struct follow *f, struct bytes path, struct bytes role, struct error *err)
{
	return list_add(f, &f->refused, &f->refused_count, bytes_sub(path, 0, LIMIT_PATH_BYTES),
			role, err);
}

/* dir: with "/" behind both. */
static int miss(struct follow *f, struct bytes path, struct bytes role, bool is_dir,
		struct error *err)
{
	cleanup_buf struct buf p = buf_max(2 * LIMIT_PATH_BYTES), r = buf_max(2 * LIMIT_PATH_BYTES);
	const char *end = is_dir ? "/" : "";
	if (buf_append(&p, path.p, path.n, err) < 0 || buf_append_str(&p, end, err) < 0 ||
	    buf_append(&r, role.p, role.n, err) < 0 || buf_append_str(&r, end, err) < 0)
		return -1;
	return list_add(f, &f->missing, &f->missing_count, buf_view(&p), buf_view(&r), err);
}

static bool is_extra(const struct follow *f, struct bytes path)
{
	for (size_t i = 0; i < f->extra_count; i++)
		if (f->extras[i].role.n > 0 && bytes_equal(f->extras[i].path, path))
			return true;
	return false;
}

/* The file at path is to be read as the role says. */
static int want_file(struct follow *f, struct bytes path, struct bytes role, struct error *err)
{
	cleanup_buf struct buf scratch = buf_max(4 * LIMIT_PATH_BYTES);
	enum role_family wanted = role_family_of(role);
	struct bytes now = role_of(f->extras, f->extra_count, path, &scratch);
	enum role_family is = role_family_of(now);
	if (is == wanted || path.n == 0)
		return 0;
	if (is != ROLE_NONE || is_extra(f, path) || path.n >= LIMIT_PATH_BYTES)
		return refuse(f, path, role, err);
	return miss(f, path, role, false, err);
}

/* Nobody's database lies in the root, and a pass that keeps every path of the
 * root would keep too many. */
static int want_dir(struct follow *f, struct bytes path, struct bytes role, struct error *err)
{
	if (path.n > 0 && role_dirs_alike(f->extras, f->extra_count, path, role))
		return 0;
	if (path.n == 0 || path.n >= LIMIT_PATH_BYTES ||
	    !role_dir_free(f->extras, f->extra_count, path))
		return refuse(f, path, role, err);
	return miss(f, path, role, true, err);
}

/* SQLite opens the file that links lead to, and its log beside that. */
static int want_log(struct follow *f, struct bytes path, struct bytes role, struct error *err)
{
	static const struct bytes suffix = { (const uint8_t *)"-wal", 4 };
	cleanup_buf struct buf p = buf_max(2 * LIMIT_PATH_BYTES), r = buf_max(2 * LIMIT_PATH_BYTES);
	if (pkgdb_classify(role) != PKGDB_RPM_SQLITE || path.n >= LIMIT_PATH_BYTES)
		return 0;
	if (buf_append(&p, path.p, path.n, err) < 0 ||
	    buf_append(&p, suffix.p, suffix.n, err) < 0 ||
	    buf_append(&r, role.p, role.n, err) < 0 || buf_append(&r, suffix.p, suffix.n, err) < 0)
		return -1;
	return want_file(f, buf_view(&p), buf_view(&r), err);
}

static int follow(struct follow *f, struct bytes from, struct bytes role, bool is_dir,
		  struct error *err)
{
	const struct tree_node *node;
	if (++f->followed > FOLLOWED_MAX)
		return error_set(err, ERR_LIMIT, "more than %d links at paths of package databases",
				 FOLLOWED_MAX);
	enum tree_found how = image_tree_resolve(f->tree, f->interest, from, &f->path, &node);
	struct bytes to = buf_view(&f->path);
	if (how == TREE_LOOP || (how == TREE_FOUND && bytes_equal(to, from)))
		return 0; /* nobody can open it; or it is no link */
	if (how == TREE_TOO_LONG)
		return refuse(f, to, role, err);
	if (how == TREE_UNKNOWN) /* to be kept, but read as nothing */
		return to.n >= LIMIT_PATH_BYTES ? refuse(f, to, role, err)
						: miss(f, to, bytes_of(NULL, 0), false, err);
	if (is_dir)
		return want_dir(f, to, role, err);
	return want_file(f, to, role, err) < 0 ? -1 : want_log(f, to, role, err);
}

int follow_roles(struct follow *f, struct error *err)
{
	for (const char *const *p = pkgdb_paths; *p != NULL; p++) {
		struct bytes role = bytes_str(*p);
		bool is_dir = bytes_ends_with(role, BYTES_LIT("/"));
		if (is_dir)
			role.n--;
		if (follow(f, role, role, is_dir, err) < 0)
			return -1;
	}
	return 0;
}

int follow_symlink(struct follow *f, struct bytes path, struct error *err)
{
	struct bytes role = role_of(f->extras, f->extra_count, path, &f->role);
	return role_family_of(role) == ROLE_NONE ? 0 : follow(f, path, role, false, err);
}

int follow_hardlink(struct follow *f, struct bytes path, const struct tree_node *node,
		    struct error *err)
{
	struct bytes role = role_of(f->extras, f->extra_count, path, &f->role);
	struct bytes linked = bytes_str(node->linked);
	if (role_family_of(role) == ROLE_NONE)
		return 0;
	/* Looked for and not there: whoever unpacks the image will stumble, too. */
	if (node->unread && is_extra(f, linked))
		return refuse(f, linked, role, err);
	return want_file(f, linked, role, err);
}
