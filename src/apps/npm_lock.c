/* package-lock.json and npm-shrinkwrap.json (npm's package-lock-json(5)). Version 1
 * has a tree of "dependencies"; versions 2 and 3 have "packages" by the folder that
 * each is installed in (2 has the tree, too, for old readers). */
#include "apps/internal.h"

static const char *const asked_by[] = { "dependencies", "devDependencies", "optionalDependencies",
					"peerDependencies" };

/* --- versions 2 and 3 --------------------------------------------------------------- */

static const char modules[] = "node_modules/";

/* "node_modules/a/node_modules/@b/c" -> "@b/c"; false for the project's own folders. */
static bool installed_name(struct bytes folder, struct bytes *ret)
{
	ptrdiff_t at = -1;
	struct bytes rest = folder;
	for (ptrdiff_t next; (next = app_find(rest, BYTES_LIT(modules))) >= 0;) {
		rest = bytes_sub(rest, (size_t)next + sizeof modules - 1, rest.n);
		at = (ptrdiff_t)(folder.n - rest.n);
	}
	*ret = rest;
	return at > 0;
}

/* What the project (a folder that npm did not install) asks for, by name. */
static int index_asked(struct map *asked, const struct node *packages, struct error *err)
{
	struct bytes name;
	for (const struct node *p = packages->first; p != NULL; p = p->next) {
		if (installed_name(p->key, &name))
			continue;
		for (size_t i = 0; i < sizeof asked_by / sizeof *asked_by; i++)
			if (app_index(asked, node_get(p, asked_by[i]), err) < 0)
				return -1;
	}
	return 0;
}

static int add_installed(struct app_text *t, const struct node *p, const struct map *asked,
			 struct error *err)
{
	struct bytes folder_name, alias_of = node_text(p, "name");
	if (!installed_name(p->key, &folder_name) || node_bool(p, "link", false))
		return 0;
	bool top = p->key.n == folder_name.n + sizeof modules - 1;
	struct app_record r = {
		.type = PKG_NPM,
		.name = alias_of.n > 0 ? alias_of : folder_name,
		.version = node_text(p, "version"),
		.license = app_license(&t->arena, node_get(p, "license")),
		.line = p->line,
		.dev = node_bool(p, "dev", false),
		.direct = top && map_get(asked, folder_name) != NULL,
	};
	return app_add(t, &r, err);
}

static int read_packages(struct app_text *t, const struct node *packages, struct error *err)
{
	struct map asked;
	int result;
	map_init(&asked);
	result = index_asked(&asked, packages, err);
	for (const struct node *p = packages->first; result == 0 && p != NULL; p = p->next)
		result = add_installed(t, p, &asked, err);
	map_free(&asked);
	return result;
}

/* --- version 1 ------------------------------------------------------------------------ */

/* A version is a version, "npm:NAME@VERSION" under another name, or where it was
 * had from: then the file tells no version. */
static bool read_version(struct bytes *name, struct bytes *version)
{
	struct bytes v = *version;
	if (bytes_starts_with(v, BYTES_LIT("file:")) || bytes_starts_with(v, BYTES_LIT("link:")))
		return false;
	if (bytes_starts_with(v, BYTES_LIT("npm:")))
		return app_cut_last(bytes_sub(v, 4, v.n), '@', name, version) && name->n > 0;
	if (bytes_index(v, ':') >= 0)
		*version = bytes_of(NULL, 0);
	return true;
}

static int add_dependency(struct app_text *t, const struct node *d, struct error *err)
{
	struct app_record r = {
		.type = PKG_NPM,
		.name = d->key,
		.version = node_text(d, "version"),
		.line = d->line,
		.dev = node_bool(d, "dev", false),
	};
	return read_version(&r.name, &r.version) ? app_add(t, &r, err) : 0;
}

/* Dependencies nest; no recursion, since their depth is the input's choice (the
 * document's is limited). */
static int read_dependencies(struct app_text *t, const struct node *root, struct error *err)
{
	const struct node *open[LIMIT_JSON_DEPTH], *d = root->first;
	size_t depth = 0;
	while (d != NULL || depth > 0) {
		if (d == NULL) {
			d = open[--depth];
			continue;
		}
		if (add_dependency(t, d, err) < 0)
			return -1;
		const struct node *inner = node_get(d, "dependencies");
		d = d->next;
		if (inner != NULL && inner->kind == NODE_MAP && depth < LIMIT_JSON_DEPTH) {
			open[depth++] = d;
			d = inner->first;
		}
	}
	return 0;
}

int app_read_npm_lock(struct app_text *t, struct error *err)
{
	const struct node *root;
	if (app_json_tree(t->text, &t->arena, &root, err) < 0)
		return -1;
	const struct node *packages = node_get(root, "packages");
	const struct node *dependencies = node_get(root, "dependencies");
	if (packages != NULL && packages->kind == NODE_MAP)
		return read_packages(t, packages, err);
	if (dependencies != NULL && dependencies->kind == NODE_MAP)
		return read_dependencies(t, dependencies, err);
	if (node_get(root, "lockfileVersion") == NULL)
		return error_set(err, ERR_MALFORMED, "a lock file of npm without lockfileVersion");
	return 0; /* a project without dependencies */
}
