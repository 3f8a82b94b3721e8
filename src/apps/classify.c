/* Which files are worth their bytes: by path, then by their first bytes. Asked for
 * every entry of an image, so names are told apart before anything else is done. */
#include <strings.h>

#include "apps/product.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A file of this name is of this kind wherever it lies. */
static const struct named {
	const char *base;
	enum app_kind kind;
} named[] = {
	{ "Cargo.lock", APP_CARGO_LOCK },
	{ "Directory.Packages.props", APP_NUGET_LOCK },
	{ "Gemfile.lock", APP_GEMFILE_LOCK },
	{ "gems.locked", APP_GEMFILE_LOCK },
	{ "Package.resolved", APP_SWIFT_RESOLVED },
	{ "Pipfile.lock", APP_PIPFILE_LOCK },
	{ "Podfile.lock", APP_SWIFT_RESOLVED },
	{ "build.sbt.lock", APP_SBT_LOCK },
	{ "buildscript-gradle.lockfile", APP_GRADLE_LOCK },
	{ "bun.lock", APP_BUN_LOCK },
	{ "bun.lockb", APP_BUN_LOCK },
	{ "composer.lock", APP_COMPOSER_LOCK },
	{ "conan.lock", APP_CONAN_LOCK },
	{ "environment.yaml", APP_CONDA_ENVIRONMENT },
	{ "environment.yml", APP_CONDA_ENVIRONMENT },
	{ "go.mod", APP_GO_MOD },
	{ "gradle.lockfile", APP_GRADLE_LOCK },
	{ "mix.lock", APP_MIX_LOCK },
	{ "npm-shrinkwrap.json", APP_NPM_LOCK },
	{ "package-lock.json", APP_NPM_LOCK },
	{ "packages.config", APP_NUGET_LOCK },
	{ "packages.lock.json", APP_NUGET_LOCK },
	{ "pnpm-lock.yaml", APP_PNPM_LOCK },
	{ "poetry.lock", APP_POETRY_LOCK },
	{ "pom.xml", APP_POM },
	{ "pubspec.lock", APP_PUB_LOCK },
	{ "renv.lock", APP_RENV_LOCK },
	{ "uv.lock", APP_UV_LOCK },
	{ "yarn.lock", APP_YARN_LOCK },
	/* products that are no single program */
	{ "release", APP_PRODUCT },
};

/* Endings of archives; people write them in capitals, too. */
static const struct named archives[] = {
	{ ".ear", APP_JAVA_ARCHIVE }, { ".egg", APP_PYTHON_EGG },   { ".hpi", APP_JAVA_ARCHIVE },
	{ ".jar", APP_JAVA_ARCHIVE }, { ".jpi", APP_JAVA_ARCHIVE }, { ".par", APP_JAVA_ARCHIVE },
	{ ".war", APP_JAVA_ARCHIVE }, { ".whl", APP_PYTHON_EGG },
};

/* Folders below which browsers are served. */
static const char *const web_roots[] = { "assets",      "dist",    "htdocs",      "html",
					 "javascript",  "public",  "public_html", "static",
					 "staticfiles", "webapps", "webroot",     "wp-content",
					 "www",         "wwwroot", "wp-includes" };

static bool ends(struct bytes b, const char *suffix)
{
	return bytes_ends_with(b, bytes_str(suffix));
}

static bool is(struct bytes b, const char *word)
{
	return bytes_equal(b, bytes_str(word));
}

/* --- folders ---------------------------------------------------------------------- */

/* The name of the folder that many steps above the file; 0 is the one it lies in. */
static struct bytes folder(struct bytes path, unsigned up)
{
	struct bytes dir = path_dir(path);
	while (up-- > 0)
		dir = path_dir(dir);
	return path_base(dir);
}

static bool has_folder(struct bytes path, const char *const *names, size_t count)
{
	struct bytes rest = path_dir(path), name;
	while (bytes_next_field(&rest, '/', &name))
		for (size_t i = 0; i < count; i++)
			if (is(name, names[i]))
				return true;
	return false;
}

static bool in_node_modules(struct bytes path)
{
	static const char *const names[] = { "node_modules" };
	return has_folder(path, names, COUNT(names));
}

/* node_modules/NAME/package.json and node_modules/@SCOPE/NAME/package.json; those
 * deeper in a package are its tests', or tell only how a folder's modules are
 * loaded. Without node_modules it may be the application's own. */
static bool is_node_package(struct bytes path)
{
	struct bytes name = folder(path, 0), scope = folder(path, 1);
	if (!in_node_modules(path))
		return true;
	if (name.n == 0 || name.p[0] == '.')
		return false;
	if (is(scope, "node_modules"))
		return name.p[0] != '@';
	return (scope.n > 1 && scope.p[0] == '@' && is(folder(path, 2), "node_modules"));
}

/* --- kinds that need more than a name --------------------------------------------- */

static enum app_kind python_kind(struct bytes path, struct bytes base)
{
	struct bytes dir = folder(path, 0);
	if (is(base, "METADATA"))
		return ends(dir, ".dist-info") ? APP_PYTHON_DIST : APP_NONE;
	if (is(base, "PKG-INFO"))
		return ends(dir, ".egg-info") || is(dir, "EGG-INFO") ? APP_PYTHON_DIST : APP_NONE;
	return ends(base, ".egg-info") ? APP_PYTHON_DIST : APP_NONE;
}

/* pylock.toml and pylock.NAME.toml (PEP 751); requirements.txt, dev-requirements.txt,
 * requirements/dev.txt: no rule, but what people do. */
static enum app_kind python_lock_kind(struct bytes path, struct bytes base)
{
	if (bytes_starts_with(base, BYTES_LIT("pylock.")) && ends(base, ".toml"))
		return APP_PYLOCK;
	if (!ends(base, ".txt"))
		return APP_NONE;
	if (is(folder(path, 0), "requirements"))
		return APP_REQUIREMENTS;
	struct bytes stem = bytes_sub(base, 0, base.n - 4);
	return bytes_starts_with(stem, BYTES_LIT("requirements")) || ends(stem, "requirements")
		       ? APP_REQUIREMENTS
		       : APP_NONE;
}

static enum app_kind json_kind(struct bytes path, struct bytes base)
{
	if (is(base, "package.json"))
		return is_node_package(path) ? APP_NODE_PACKAGE : APP_NONE;
	if (is(base, "installed.json"))
		return is(folder(path, 0), "composer") ? APP_COMPOSER_INSTALLED : APP_NONE;
	if (ends(base, ".deps.json"))
		return APP_NUGET_DEPS;
	return ends(base, ".json") && is(folder(path, 0), "conda-meta") ? APP_CONDA_META : APP_NONE;
}

/* wp-content/plugins/NAME.php or …/NAME/FILE.php (the one with the header is the
 * plugin's own), wp-content/themes/NAME/style.css, and WordPress itself. */
static enum app_kind wordpress_kind(struct bytes path, struct bytes base)
{
	struct bytes dir = folder(path, 0), up = folder(path, 1);
	if (is(base, "version.php") && is(dir, "wp-includes"))
		return APP_WORDPRESS;
	if (is(base, "style.css") && is(up, "themes") && is(folder(path, 2), "wp-content"))
		return APP_WORDPRESS;
	if (!ends(base, ".php"))
		return APP_NONE;
	bool plugin = (is(dir, "plugins") && is(up, "wp-content")) ||
		      (is(up, "plugins") && is(folder(path, 2), "wp-content"));
	return plugin ? APP_WORDPRESS : APP_NONE;
}

static enum app_kind javascript_kind(struct bytes path, struct bytes base)
{
	if ((!ends(base, ".js") && !ends(base, ".mjs")) || in_node_modules(path))
		return APP_NONE;
	return has_folder(path, web_roots, COUNT(web_roots)) ? APP_JAVASCRIPT : APP_NONE;
}

/* library/NAME/DESCRIPTION, site-library/…; specifications/NAME.gemspec and
 * specifications/default/…; gradle/dependency-locks/NAME.lockfile of Gradle 4 and 5. */
static enum app_kind folder_kind(struct bytes path, struct bytes base)
{
	struct bytes dir = folder(path, 0), up = folder(path, 1);
	if (is(base, "DESCRIPTION"))
		return is(up, "library") || is(up, "site-library") ? APP_R_DESCRIPTION : APP_NONE;
	if (ends(base, ".gemspec"))
		return is(dir, "specifications") || (is(dir, "default") && is(up, "specifications"))
			       ? APP_GEMSPEC
			       : APP_NONE;
	if (ends(base, ".lockfile"))
		return is(dir, "dependency-locks") ? APP_GRADLE_LOCK : APP_NONE;
	return APP_NONE;
}

static enum app_kind named_kind(struct bytes base)
{
	for (size_t i = 0; i < COUNT(named); i++)
		if (is(base, named[i].base))
			return named[i].kind;
	return APP_NONE;
}

static enum app_kind archive_kind(struct bytes base)
{
	for (size_t i = 0; i < COUNT(archives); i++) {
		size_t n = strlen(archives[i].base);
		if (base.n > n &&
		    strncasecmp((const char *)base.p + base.n - n, archives[i].base, n) == 0)
			return archives[i].kind;
	}
	return APP_NONE;
}

enum {
	ELF_HEADER = 52, /* of the 32-bit form, the shorter one */
	SHARED_OBJECT_MAX = 32 << 20
};

/* libz.so, libz.so.1.2.13, addon.node */
static bool is_shared_object(struct bytes base)
{
	if (ends(base, ".so") || ends(base, ".node"))
		return true;
	for (size_t i = 0; i + 4 < base.n; i++)
		if (memcmp(base.p + i, ".so.", 4) == 0)
			return true;
	return false;
}

/* Large libraries hold no list of packages, only a name that is known for a product:
 * reading some gigabytes of a graphics driver tells nothing. */
static bool is_program(struct bytes path, struct bytes base, uint32_t mode, uint64_t size)
{
	if (!is_shared_object(base))
		return (mode & 0111) != 0;
	return size <= SHARED_OBJECT_MAX || app_product_program(path);
}

enum app_kind apps_classify(struct bytes path, uint32_t mode, uint64_t size)
{
	static enum app_kind (*const by_path[])(struct bytes, struct bytes) = {
		python_kind,    python_lock_kind, json_kind,
		wordpress_kind, javascript_kind,  folder_kind,
	};
	struct bytes base = path_base(path);
	enum app_kind kind = size == 0 || base.n == 0 ? APP_NONE : named_kind(base);

	if (size == 0 || base.n == 0 || kind != APP_NONE)
		return kind;
	kind = archive_kind(base);
	for (size_t i = 0; kind == APP_NONE && i < COUNT(by_path); i++)
		kind = by_path[i](path, base);
	if (kind == APP_NONE && app_product_path(path))
		kind = APP_PRODUCT;
	if (kind == APP_NONE && size >= ELF_HEADER && is_program(path, base, mode, size))
		kind = APP_ELF;
	return kind;
}

/* --- first bytes ------------------------------------------------------------------- */

/* What follows white space and a byte order mark is one of these; or nothing does. */
static bool begins_with_one_of(struct bytes head, const char *bytes)
{
	if (bytes_starts_with(head, BYTES_LIT("\xef\xbb\xbf")))
		head = bytes_sub(head, 3, head.n);
	head = bytes_trim(head);
	return head.n == 0 || strchr(bytes, head.p[0]) != NULL;
}

/* A jar may have a script before it, which makes it a program: the directory of a
 * zip file is at its end. */
static bool fits_archive(struct bytes head)
{
	return bytes_starts_with(head, BYTES_LIT("PK")) || bytes_starts_with(head, BYTES_LIT("#!"));
}

/* C and script text has no NUL; the little that is asked of text. */
static bool fits_text(struct bytes head)
{
	return bytes_index(head, 0) < 0;
}

bool apps_fits(enum app_kind kind, struct bytes head)
{
	switch (kind) {
	case APP_NONE:
	case APP_KINDS:
		return false;
	case APP_ELF:
		return bytes_starts_with(head, BYTES_LIT("\177ELF"));
	case APP_JAVA_ARCHIVE:
	case APP_PYTHON_EGG:
		return fits_archive(head);
	case APP_COMPOSER_INSTALLED:
		return begins_with_one_of(head, "{[");
	case APP_NODE_PACKAGE:
	case APP_NUGET_DEPS:
	case APP_CONDA_META:
		return begins_with_one_of(head, "{");
	case APP_WORDPRESS:
	case APP_JAVASCRIPT:
	case APP_PRODUCT:
	case APP_PYTHON_DIST:
	case APP_R_DESCRIPTION:
		return fits_text(head);
	default:
		/* A lock file that is damaged is to be told; a gem's specification may
		 * have NUL bytes, between the extensions of its second stub line. */
		return head.n > 0;
	}
}
