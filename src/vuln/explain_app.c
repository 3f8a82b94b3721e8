/* The sentences of a finding in an application package. Nothing here is a command:
 * which one mends it depends on how the application is built, and the names come
 * from files of the image. */
#include "vuln/explain.h"

const char *explain_app_evidence(const struct package *p, struct arena *arena)
{
	const char *dev = p->dev ? ", for development only" : "";
	const char *type = pkg_type_name(p->type);
	const char *path = p->path == NULL ? "" : p->path;
	if (path[0] == '\0')
		return arena_printf(arena, "%s %s (%s%s)", p->name, p->version, type, dev);
	if (p->line > 0)
		return arena_printf(arena, "%s %s (%s%s) in %s, line %u", p->name, p->version, type,
				    dev, path, p->line);
	return arena_printf(arena, "%s %s (%s%s) in %s", p->name, p->version, type, dev, path);
}

/* ">= 2.0.0 < 2.3.1", as advisories write ranges. */
const char *explain_app_reason(const struct explained *x, struct arena *arena)
{
	const struct vulndb_fact *f = x->fact;
	const char *from = f->introduced[0] == '\0' ? "0" : f->introduced;
	const char *relation = f->fixed[0] != '\0'           ? " < "
			       : f->last_affected[0] != '\0' ? " <= "
							     : "";
	const char *bound = f->fixed[0] != '\0' ? f->fixed : f->last_affected;
	const char *open = bound[0] == '\0' ? ", which has no fixed version" : "";
	return arena_printf(arena, "%s %s is in the range >= %s%s%s%s", x->package->name,
			    x->version, from, relation, bound, open);
}

const char *explain_app_advice(const struct explained *x, struct arena *arena)
{
	const char *name = x->package->name;
	const char *dev = x->package->dev
				  ? " Only development needs it: an image that leaves development "
				    "dependencies out does not have it."
				  : "";
	if (x->fixed == NULL)
		return arena_printf(arena,
				    "No fix yet. Replace %s, or make sure that the application "
				    "does not use what is affected.%s",
				    name, dev);
	return arena_printf(arena,
			    "Update %s to %s or newer and build the image again; if another "
			    "package asks for it, update that one.%s",
			    name, x->fixed, dev);
}

/* --- what to change --------------------------------------------------------------- */

static struct bytes base_name(struct bytes path)
{
	const uint8_t *slash = path.n == 0 ? NULL : memrchr(path.p, '/', path.n);
	return slash == NULL ? path : bytes_sub(path, (size_t)(slash - path.p) + 1, path.n);
}

static bool ends_with_one_of(struct bytes b, const char *const *ends, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes_ends_with(b, bytes_str(ends[i])))
			return true;
	return false;
}

/* A file that says which versions to install, so that it is the one to edit. */
static bool is_lock(struct bytes path)
{
	static const char *const ends[] = {
		".lock",     "-lock.json", ".lock.json", "-lock.yaml",      "npm-shrinkwrap.json",
		".lockfile", "lock.toml",  "pom.xml",    "go.mod",          "Package.resolved",
		".txt",      ".config",    ".props",     "environment.yml", "environment.yaml",
		".lockb",    "lock.sbt",   ".csproj",
	};
	return bytes_index(path, '!') < 0 &&
	       ends_with_one_of(base_name(path), ends, sizeof ends / sizeof *ends);
}

/* What is compiled or packed is made anew. */
static bool is_built(enum pkg_type type, struct bytes path)
{
	static const char *const archives[] = { ".jar", ".war", ".ear",      ".par",
						".jpi", ".hpi", ".deps.json" };
	return type == PKG_GOLANG || type == PKG_CARGO || bytes_index(path, '!') >= 0 ||
	       ends_with_one_of(path, archives, sizeof archives / sizeof *archives);
}

/* The outermost file: "opt/a.war" of "opt/a.war!/WEB-INF/lib/b.jar". */
static struct bytes outer_file(struct bytes path)
{
	const uint8_t *inner = path.n == 0 ? NULL : memmem(path.p, path.n, "!/", 2);
	return inner == NULL ? path : bytes_sub(path, 0, (size_t)(inner - path.p));
}

/* The folder in front of where an ecosystem's tool keeps what it installed, with
 * its slash; false when the path has no such part. */
static bool project_of(struct bytes path, const char *part, struct bytes *ret)
{
	const uint8_t *at = path.n == 0 ? NULL : memmem(path.p, path.n, part, strlen(part));
	if (at == NULL || (at != path.p && at[-1] != '/'))
		return false;
	*ret = bytes_sub(path, 0, (size_t)(at - path.p));
	return true;
}

static int shown(struct bytes b)
{
	return (int)(b.n & 0xffff);
}

const char *explain_app_fix(const struct package *p, const char *fixed, struct arena *arena)
{
	struct bytes path = bytes_str(p->path), outer = outer_file(path), project;
	const char *text = (const char *)outer.p;

	if (path.n == 0)
		return arena_printf(arena, "set %s to %s or newer", p->name, fixed);
	if (is_lock(path))
		return arena_printf(arena, "set %s to %s or newer in %s", p->name, fixed, p->path);
	if (p->type == PKG_GOLANG && strcmp(p->name, "stdlib") == 0)
		return arena_printf(arena, "build %.*s with Go %s or newer", shown(outer), text,
				    fixed);
	if (is_built(p->type, path))
		return arena_printf(arena, "set %s to %s or newer and build %.*s again", p->name,
				    fixed, shown(outer), text);
	if (p->type == PKG_NPM && project_of(path, "node_modules/", &project))
		return arena_printf(arena, "set %s to %s or newer in %.*spackage.json", p->name,
				    fixed, shown(project), text);
	if (p->type == PKG_COMPOSER && project_of(path, "vendor/composer/", &project))
		return arena_printf(arena, "set %s to %s or newer in %.*scomposer.json", p->name,
				    fixed, shown(project), text);
	return arena_printf(arena, "install %s %s or newer instead of the one in %s", p->name,
			    fixed, p->path);
}

/* --- where it is -------------------------------------------------------------------- */

/* usr/lib/python3/dist-packages/foo-1.2.dist-info: "-1.2" is left out. */
const char *explain_app_place(const struct package *p, struct arena *arena)
{
	struct bytes path = bytes_str(p->path), version = bytes_str(p->version);
	char *out = arena_alloc(arena, path.n + 1);
	size_t n = 0;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < path.n;) {
		struct bytes rest = bytes_sub(path, i + 1, path.n);
		if (path.p[i] == '-' && version.n > 0 && bytes_starts_with(rest, version)) {
			i += 1 + version.n;
			continue;
		}
		out[n++] = (char)path.p[i++];
	}
	return out; /* the arena zeroes */
}
