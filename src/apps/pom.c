/* pom.xml (Maven's POM reference): the project's own coordinates and its
 * dependencies, as far as this file tells their versions. Versions that a parent or
 * an imported list manages are not known here; parents are not fetched. Profiles are
 * left out: which of them hold is decided at the build. */
#include "apps/internal.h"

enum { SCRATCHES = 3 }; /* group, artifact, version are expanded at once */

struct pom {
	struct app_text *t;
	const struct node *project, *parent;
	struct map properties;
	struct map managed; /* "group:artifact" -> its <dependency> */
	struct buf scratch[SCRATCHES], name;
	unsigned unknown; /* dependencies without a version here */
	uint32_t first_unknown;
};

/* A field of the project, or what it has from its parent. */
static struct bytes inherited(const struct pom *p, const char *field)
{
	struct bytes own = node_text(p->project, field);
	return own.n > 0 ? own : node_text(p->parent, field);
}

/* ${project.version} and the older ${pom.version}, ${version}; properties. */
static bool value_of(const void *ctx, struct bytes name, struct bytes *ret)
{
	static const char *const prefixes[] = { "project.", "pom." };
	static const char *const fields[] = { "groupId", "artifactId", "version" };
	const struct pom *p = ctx;
	const struct node *property = app_indexed(&p->properties, name);
	*ret = bytes_of(NULL, 0);
	if (property != NULL) {
		*ret = property->text;
		return property->kind == NODE_STRING;
	}
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (bytes_starts_with(name, bytes_str(prefixes[i])))
			name = bytes_sub(name, strlen(prefixes[i]), name.n);
	bool of_parent = bytes_starts_with(name, BYTES_LIT("parent."));
	if (of_parent)
		name = bytes_sub(name, 7, name.n);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (bytes_equal(name, bytes_str(fields[i])))
			*ret = of_parent ? node_text(p->parent, fields[i])
					 : inherited(p, fields[i]);
	return ret->n > 0;
}

/* Empty when it is absent or cannot be told from this file. */
static struct bytes expanded(struct pom *p, struct bytes text, int scratch)
{
	struct bytes out;
	if (!app_expand(text, '{', value_of, p, &p->scratch[scratch], &out))
		return bytes_of(NULL, 0);
	return out;
}

/* "group:artifact" in p->name. */
static struct bytes full_name(struct pom *p, struct bytes group, struct bytes artifact)
{
	group = expanded(p, group, 0);
	artifact = expanded(p, artifact, 1);
	if (group.n == 0 || artifact.n == 0)
		return bytes_of(NULL, 0);
	return app_join(&p->name, group, ':', artifact);
}

static struct bytes dependency_name(struct pom *p, const struct node *d)
{
	return full_name(p, node_text(d, "groupId"), node_text(d, "artifactId"));
}

/* A range ("[1.0,2.0)") or LATEST is no version; "[1.0]" is. */
static struct bytes one_version(struct bytes v)
{
	if (v.n >= 2 && v.p[0] == '[' && v.p[v.n - 1] == ']' && bytes_index(v, ',') < 0)
		return bytes_trim(bytes_sub(v, 1, v.n - 1));
	if (bytes_index(v, ',') >= 0 || bytes_index(v, '[') >= 0 || bytes_index(v, '(') >= 0 ||
	    bytes_equal(v, BYTES_LIT("LATEST")) || bytes_equal(v, BYTES_LIT("RELEASE")))
		return bytes_of(NULL, 0);
	return v;
}

/* --- the parts of the document ------------------------------------------------------------ */

static int index_managed(struct pom *p, struct error *err)
{
	const struct node *list =
		node_get(node_get(p->project, "dependencyManagement"), "dependencies");
	const struct node *d = list == NULL ? NULL : list->first;
	for (; d != NULL; d = d->next) {
		struct bytes name = dependency_name(p, d);
		const char *key = name.n == 0 ? NULL : arena_cstr(&p->t->arena, name);
		if (key == NULL)
			continue;
		uint64_t *place = map_put(&p->managed, bytes_str(key), NULL);
		if (place == NULL)
			return error_set(err, ERR_MEMORY, "no memory for an index");
		*place = (uintptr_t)d;
	}
	return 0;
}

static int add_own(struct pom *p, struct error *err)
{
	const struct node *licenses = node_get(p->project, "licenses");
	struct app_record r = {
		.type = PKG_MAVEN,
		.license = node_text(node_get(licenses, "license"), "name"),
		.line = p->project->line,
	};
	r.name = full_name(p, inherited(p, "groupId"), node_text(p->project, "artifactId"));
	r.version = expanded(p, inherited(p, "version"), 2);
	/* Without one it is a part of something that tells it elsewhere. */
	return r.name.n > 0 && r.version.n > 0 ? app_add(p->t, &r, err) : 0;
}

static int add_dependency(struct pom *p, const struct node *d, struct error *err)
{
	struct app_record r = { .type = PKG_MAVEN, .line = d->line, .direct = true };
	r.name = dependency_name(p, d);
	const struct node *managed = r.name.n == 0 ? NULL : app_indexed(&p->managed, r.name);
	struct bytes version = node_text(d, "version"), scope = node_text(d, "scope");
	if (version.n == 0)
		version = node_text(managed, "version");
	if (scope.n == 0)
		scope = node_text(managed, "scope");
	r.version = one_version(expanded(p, version, 2));
	r.dev = bytes_equal(scope, BYTES_LIT("test"));
	if (r.name.n > 0 && r.version.n > 0)
		return app_add(p->t, &r, err);
	if (p->unknown++ == 0)
		p->first_unknown = d->line;
	return 0;
}

static int read_project(struct pom *p, struct error *err)
{
	const struct node *list = node_get(p->project, "dependencies");
	if (app_index(&p->properties, node_get(p->project, "properties"), err) < 0 ||
	    index_managed(p, err) < 0 || add_own(p, err) < 0)
		return -1;
	for (const struct node *d = list == NULL ? NULL : list->first; d != NULL; d = d->next)
		if (add_dependency(p, d, err) < 0)
			return -1;
	if (p->unknown > 0)
		app_note(p->t, p->first_unknown,
			 "no single version in this file, and so not checked: %u dependenc%s, "
			 "the first on this line",
			 p->unknown, p->unknown == 1 ? "y" : "ies");
	return 0;
}

int app_read_pom(struct app_text *t, struct error *err)
{
	struct pom p = { .t = t, .name = buf_max(LIMIT_PKG_FIELD) };
	if (app_xml_tree(t->text, &t->arena, &p.project, err) < 0)
		return -1;
	if (!bytes_equal(p.project->key, BYTES_LIT("project")))
		return error_set(err, ERR_MALFORMED, "a pom.xml whose first element is no project");
	p.parent = node_get(p.project, "parent");
	for (int i = 0; i < SCRATCHES; i++)
		p.scratch[i] = buf_max(LIMIT_PKG_FIELD);
	map_init(&p.managed);
	map_init(&p.properties);
	int result = read_project(&p, err);
	map_free(&p.properties);
	map_free(&p.managed);
	for (int i = 0; i < SCRATCHES; i++)
		buf_free(&p.scratch[i]);
	buf_free(&p.name);
	return result;
}
