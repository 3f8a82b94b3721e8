/* Lock files of Python: poetry.lock, uv.lock, Pipfile.lock, pylock.toml (PEP 751). */
#include "apps/internal.h"

static bool is_list(const struct node *n)
{
	return n != NULL && n->kind == NODE_LIST;
}

static struct app_record package_record(const struct node *p)
{
	return (struct app_record){
		.type = PKG_PYPI,
		.name = node_text(p, "name"),
		.version = node_text(p, "version"),
		.line = p->line,
	};
}

/* --- poetry --------------------------------------------------------------------------- */

/* Until 1.4 "category", since 2.0 "groups"; between them the file does not tell. */
static bool poetry_dev(const struct node *p)
{
	const struct node *groups = node_get(p, "groups");
	if (is_list(groups) && groups->count > 0)
		return !app_list_has(groups, BYTES_LIT("main"));
	return app_text_is(p, "category", "dev");
}

int app_read_poetry_lock(struct app_text *t, struct error *err)
{
	const struct node *root, *packages;
	if (toml_parse(t->text, &t->arena, &root, err) < 0)
		return -1;
	packages = node_get(root, "package");
	if (!is_list(packages))
		return 0;
	for (const struct node *p = packages->first; p != NULL; p = p->next) {
		struct app_record r = package_record(p);
		r.dev = poetry_dev(p);
		if (!app_text_is(node_get(p, "source"), "type", "directory") &&
		    app_add(t, &r, err) < 0)
			return -1;
	}
	return 0;
}

/* --- uv ------------------------------------------------------------------------------- */

enum { FORKS_MAX = 64 }; /* versions of one package, for different platforms */

struct uv {
	struct app_text *t;
	struct map by_name; /* the first of that name; the others follow it */
	struct app_reach reach; /* of what is needed at run time */
	struct map asked; /* names */
};

/* The project itself and its members: had from a folder. */
static bool uv_own(const struct node *p)
{
	const struct node *source = node_get(p, "source");
	return node_get(source, "editable") != NULL || node_get(source, "virtual") != NULL ||
	       node_get(source, "directory") != NULL;
}

/* All packages of the name (one a resolution fork, which have the same name next to
 * each other), or the one of the version that is told with it. */
static int uv_need_one(struct uv *u, const struct node *d, struct error *err)
{
	struct bytes name = node_text(d, "name"), version = node_text(d, "version");
	const struct node *p = app_indexed(&u->by_name, name);
	int forks = 0;
	for (; p != NULL && forks++ < FORKS_MAX && bytes_equal(node_text(p, "name"), name);
	     p = p->next)
		if ((version.n == 0 || bytes_equal(node_text(p, "version"), version)) &&
		    app_reach_push(&u->reach, p, err) < 0)
			return -1;
	return 0;
}

/* list: of maps with "name". */
static int uv_need(struct uv *u, const struct node *list, bool follow, bool asked,
		   struct error *err)
{
	if (!is_list(list))
		return 0;
	for (const struct node *d = list->first; d != NULL; d = d->next) {
		struct bytes name = node_text(d, "name");
		if (asked && map_put(&u->asked, name, NULL) == NULL)
			return error_set(err, ERR_MEMORY, "no memory for an index");
		if (follow && uv_need_one(u, d, err) < 0)
			return -1;
	}
	return 0;
}

/* The lists of a map of lists: extras and groups. */
static int uv_need_all(struct uv *u, const struct node *map, bool follow, bool asked,
		       struct error *err)
{
	if (map == NULL || map->kind != NODE_MAP)
		return 0;
	for (const struct node *list = map->first; list != NULL; list = list->next)
		if (uv_need(u, list, follow, asked, err) < 0)
			return -1;
	return 0;
}

static int uv_follow(struct uv *u, const struct node *packages, struct error *err)
{
	const struct node *p;
	for (p = packages->first; p != NULL; p = p->next) {
		bool new;
		uint64_t *place = map_put(&u->by_name, node_text(p, "name"), &new);
		if (place == NULL)
			return error_set(err, ERR_MEMORY, "no memory for an index");
		if (new)
			*place = (uintptr_t)p;
		if (!uv_own(p))
			continue;
		if (app_reach_push(&u->reach, p, err) < 0 ||
		    uv_need(u, node_get(p, "dependencies"), false, true, err) < 0 ||
		    uv_need_all(u, node_get(p, "optional-dependencies"), false, true, err) < 0 ||
		    uv_need_all(u, node_get(p, "dev-dependencies"), false, true, err) < 0)
			return -1;
	}
	while ((p = app_reach_next(&u->reach)) != NULL)
		if (uv_need(u, node_get(p, "dependencies"), true, false, err) < 0 ||
		    uv_need_all(u, node_get(p, "optional-dependencies"), true, false, err) < 0)
			return -1;
	return 0;
}

static int uv_read(struct uv *u, const struct node *packages, struct error *err)
{
	if (uv_follow(u, packages, err) < 0)
		return -1;
	bool has_own = u->reach.n > 0; /* else nothing tells what is needed */
	for (const struct node *p = packages->first; p != NULL; p = p->next) {
		struct app_record r = package_record(p);
		r.dev = has_own && !app_reached(&u->reach, p);
		r.direct = map_get(&u->asked, r.name) != NULL;
		if (!uv_own(p) && app_add(u->t, &r, err) < 0)
			return -1;
	}
	return 0;
}

int app_read_uv_lock(struct app_text *t, struct error *err)
{
	struct uv u = { .t = t };
	const struct node *root, *packages;
	if (toml_parse(t->text, &t->arena, &root, err) < 0)
		return -1;
	packages = node_get(root, "package");
	if (!is_list(packages))
		return 0;
	map_init(&u.by_name);
	map_init(&u.asked);
	app_reach_init(&u.reach, &t->arena);
	int result = uv_read(&u, packages, err);
	app_reach_free(&u.reach);
	map_free(&u.asked);
	map_free(&u.by_name);
	return result;
}

/* --- pylock ------------------------------------------------------------------------------ */

/* Packages of a folder have no version, and are the project's. Which groups a
 * package is for may only be told in a marker ("'dev' in dependency_groups"), which
 * is not evaluated. */
int app_read_pylock(struct app_text *t, struct error *err)
{
	const struct node *root, *packages;
	if (toml_parse(t->text, &t->arena, &root, err) < 0)
		return -1;
	packages = node_get(root, "packages");
	if (!is_list(packages))
		return 0;
	for (const struct node *p = packages->first; p != NULL; p = p->next) {
		struct app_record r = package_record(p);
		if (node_get(p, "directory") == NULL && app_add(t, &r, err) < 0)
			return -1;
	}
	return 0;
}

/* --- Pipfile.lock -------------------------------------------------------------------------- */

/* "==1.2.3": all that pipenv writes for a package of an index. */
static struct bytes pipfile_version(const struct node *p)
{
	struct bytes v = node_text(p, "version");
	return bytes_starts_with(v, BYTES_LIT("==")) ? bytes_trim(bytes_sub(v, 2, v.n)) : v;
}

static int pipfile_section(struct app_text *t, const struct node *section, bool dev,
			   struct error *err)
{
	if (section == NULL || section->kind != NODE_MAP)
		return 0;
	for (const struct node *p = section->first; p != NULL; p = p->next) {
		struct app_record r = {
			.type = PKG_PYPI,
			.name = p->key,
			.version = pipfile_version(p),
			.line = p->line,
			.dev = dev,
		};
		bool own = node_get(p, "path") != NULL || node_bool(p, "editable", false);
		if (!own && app_add(t, &r, err) < 0)
			return -1;
	}
	return 0;
}

/* Sections are "default", "develop" and, since 2022.10.9, any other category. */
int app_read_pipfile_lock(struct app_text *t, struct error *err)
{
	const struct node *root;
	if (app_json_tree(t->text, &t->arena, &root, err) < 0)
		return -1;
	if (root->kind != NODE_MAP)
		return error_set(err, ERR_MALFORMED, "a lock file of pipenv that is no object");
	for (const struct node *s = root->first; s != NULL; s = s->next) {
		bool dev = bytes_equal(s->key, BYTES_LIT("develop"));
		if (!bytes_equal(s->key, BYTES_LIT("_meta")) && pipfile_section(t, s, dev, err) < 0)
			return -1;
	}
	return 0;
}
