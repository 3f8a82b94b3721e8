/* NuGet: NAME.deps.json beside a published program, and what projects lock or list:
 * packages.lock.json, packages.config, Directory.Packages.props. */
#include "apps/internal.h"

static bool is_map(const struct node *n)
{
	return n != NULL && n->kind == NODE_MAP;
}

/* --- deps.json (.NET's "runtime configuration files") ------------------------------------ */

/* What projects name: "targets" has for each target a map of "NAME/VERSION" with
 * "dependencies". */
static int index_asked(struct map *asked, const struct node *root, const struct map *libraries,
		       struct error *err)
{
	const struct node *targets = node_get(root, "targets");
	const struct node *target = is_map(targets) ? targets->first : NULL;
	for (; target != NULL; target = target->next)
		for (const struct node *l = is_map(target) ? target->first : NULL; l != NULL;
		     l = l->next)
			if (app_text_is(app_indexed(libraries, l->key), "type", "project") &&
			    app_index(asked, node_get(l, "dependencies"), err) < 0)
				return -1;
	return 0;
}

/* Types are "package", "project" (own), "reference" (a file of the project), and
 * "runtimepack": the runtime itself, put into the program. */
static int add_library(struct app_text *t, const struct node *l, const struct map *asked,
		       struct error *err)
{
	static const char pack[] = "runtimepack.";
	struct app_record r = { .type = PKG_NUGET, .line = l->line };
	bool is_pack = app_text_is(l, "type", "runtimepack");
	if (!is_pack && !app_text_is(l, "type", "package"))
		return 0;
	if (!app_cut_last(l->key, '/', &r.name, &r.version)) {
		app_skip(t, "line %u: a library that is not NAME/VERSION", l->line);
		return 0;
	}
	r.direct = map_get(asked, r.name) != NULL;
	if (is_pack && bytes_starts_with(r.name, BYTES_LIT(pack)))
		r.name = bytes_sub(r.name, sizeof pack - 1, r.name.n);
	return app_add(t, &r, err);
}

static int read_libraries(struct app_text *t, const struct node *root, struct map *index,
			  struct map *asked, struct error *err)
{
	const struct node *libraries = node_get(root, "libraries");
	if (app_index(index, libraries, err) < 0 || index_asked(asked, root, index, err) < 0)
		return -1;
	for (const struct node *l = is_map(libraries) ? libraries->first : NULL; l != NULL;
	     l = l->next)
		if (add_library(t, l, asked, err) < 0)
			return -1;
	return 0;
}

int app_read_nuget_deps(struct app_text *t, struct error *err)
{
	struct map index, asked;
	const struct node *root;
	if (app_json_tree(t->text, &t->arena, &root, err) < 0)
		return -1;
	map_init(&index);
	map_init(&asked);
	int result = read_libraries(t, root, &index, &asked, err);
	map_free(&asked);
	map_free(&index);
	return result;
}

/* --- packages.lock.json -------------------------------------------------------------------- */

static int read_lock(struct app_text *t, struct error *err)
{
	const struct node *root, *frameworks;
	if (app_json_tree(t->text, &t->arena, &root, err) < 0)
		return -1;
	frameworks = node_get(root, "dependencies");
	for (const struct node *f = is_map(frameworks) ? frameworks->first : NULL; f != NULL;
	     f = f->next)
		for (const struct node *p = is_map(f) ? f->first : NULL; p != NULL; p = p->next) {
			struct app_record r = {
				.type = PKG_NUGET,
				.name = p->key,
				.version = node_text(p, "resolved"),
				.line = p->line,
				.direct = app_text_is(p, "type", "Direct"),
			};
			if (!app_text_is(p, "type", "Project") && app_add(t, &r, err) < 0)
				return -1;
		}
	return 0;
}

/* --- packages.config ------------------------------------------------------------------------ */

static int read_config(struct app_text *t, struct error *err)
{
	const struct node *root;
	if (app_xml_tree(t->text, &t->arena, &root, err) < 0)
		return -1;
	for (const struct node *p = root->first; p != NULL; p = p->next) {
		struct app_record r = {
			.type = PKG_NUGET,
			.name = node_text(p, "id"),
			.version = node_text(p, "version"),
			.line = p->line,
			.dev = app_text_is(p, "developmentDependency", "true"),
			.direct = true,
		};
		if (bytes_equal(p->key, BYTES_LIT("package")) && app_add(t, &r, err) < 0)
			return -1;
	}
	return 0;
}

/* --- Directory.Packages.props ----------------------------------------------------------------- */

static bool property(const void *ctx, struct bytes name, struct bytes *ret)
{
	const struct node *n = app_indexed(ctx, name);
	if (n == NULL || n->kind != NODE_STRING)
		return false;
	*ret = n->text;
	return true;
}

/* "[1.0]" is one version; "[1.0,2.0)" and "1.*" are many. */
static struct bytes one_version(struct bytes v)
{
	if (v.n >= 2 && v.p[0] == '[' && v.p[v.n - 1] == ']')
		v = bytes_trim(bytes_sub(v, 1, v.n - 1));
	for (size_t i = 0; i < v.n; i++)
		if (strchr(",*[]()", v.p[i]) != NULL)
			return bytes_of(NULL, 0);
	return v;
}

/* <PackageVersion Include="NAME" Version="1.0"/>, where Version may also be an
 * element; conditions are not evaluated. */
static int add_version(struct app_text *t, const struct node *p, const struct map *properties,
		       struct error *err)
{
	cleanup_buf struct buf scratch = buf_max(LIMIT_PKG_FIELD);
	struct app_record r = {
		.type = PKG_NUGET, .name = node_text(p, "Include"), .line = p->line, .direct = true
	};
	bool global = bytes_equal(p->key, BYTES_LIT("GlobalPackageReference"));
	bool named = global || bytes_equal(p->key, BYTES_LIT("PackageVersion")) ||
		     (bytes_equal(p->key, BYTES_LIT("PackageReference")) &&
		      node_get(p, "Version") != NULL);
	if (!named || r.name.n == 0)
		return 0;
	if (!app_expand(node_text(p, "Version"), '(', property, properties, &scratch, &r.version) ||
	    (r.version = one_version(r.version)).n == 0) {
		app_note(t, p->line, "a package without a single version, and so not checked");
		return 0;
	}
	r.dev = global; /* analysers and the like, for the build only */
	return app_add(t, &r, err);
}

static int read_groups(struct app_text *t, const struct node *root, struct map *properties,
		       struct error *err)
{
	const struct node *g;
	for (g = root->first; g != NULL; g = g->next)
		if (bytes_equal(g->key, BYTES_LIT("PropertyGroup")) &&
		    app_index(properties, g, err) < 0)
			return -1;
	for (g = root->first; g != NULL; g = g->next)
		for (const struct node *p = g->first; p != NULL; p = p->next)
			if (add_version(t, p, properties, err) < 0)
				return -1;
	return 0;
}

static int read_props(struct app_text *t, struct error *err)
{
	const struct node *root;
	struct map properties;
	if (app_xml_tree(t->text, &t->arena, &root, err) < 0)
		return -1;
	map_init(&properties);
	int result = read_groups(t, root, &properties, err);
	map_free(&properties);
	return result;
}

int app_read_nuget_lock(struct app_text *t, struct error *err)
{
	if (bytes_ends_with(t->base, BYTES_LIT(".config")))
		return read_config(t, err);
	if (bytes_ends_with(t->base, BYTES_LIT(".props")))
		return read_props(t, err);
	return read_lock(t, err);
}
