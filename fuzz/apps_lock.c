/* Readers of text: the first byte chooses the kind, the second the file's name, for
 * kinds that have more than one. A record's text must be such that it can go to a
 * report, and no name and version may come twice. */
#include <stdlib.h>

#include "apps/apps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct target {
	enum app_kind kind;
	const char *paths[4];
} targets[] = {
	{ APP_NODE_PACKAGE, { "package.json" } },
	{ APP_PYTHON_DIST, { "a-1.dist-info/METADATA" } },
	{ APP_GEMSPEC, { "specifications/a-1.gemspec", "specifications/.gemspec", "x" } },
	{ APP_COMPOSER_INSTALLED, { "vendor/composer/installed.json" } },
	{ APP_NUGET_DEPS, { "a.deps.json" } },
	{ APP_CONDA_META, { "conda-meta/a.json" } },
	{ APP_R_DESCRIPTION, { "library/a/DESCRIPTION" } },
	{ APP_NPM_LOCK, { "package-lock.json" } },
	{ APP_YARN_LOCK, { "yarn.lock" } },
	{ APP_PNPM_LOCK, { "pnpm-lock.yaml" } },
	{ APP_BUN_LOCK, { "bun.lock" } },
	{ APP_POETRY_LOCK, { "poetry.lock" } },
	{ APP_UV_LOCK, { "uv.lock" } },
	{ APP_PIPFILE_LOCK, { "Pipfile.lock" } },
	{ APP_PYLOCK, { "pylock.toml" } },
	{ APP_REQUIREMENTS, { "requirements.txt" } },
	{ APP_POM, { "pom.xml" } },
	{ APP_GRADLE_LOCK, { "gradle.lockfile", "buildscript-gradle.lockfile" } },
	{ APP_SBT_LOCK, { "build.sbt.lock" } },
	{ APP_GO_MOD, { "go.mod" } },
	{ APP_CARGO_LOCK, { "Cargo.lock" } },
	{ APP_GEMFILE_LOCK, { "Gemfile.lock" } },
	{ APP_COMPOSER_LOCK, { "composer.lock" } },
	{ APP_NUGET_LOCK, { "packages.lock.json", "packages.config", "Directory.Packages.props" } },
	{ APP_CONAN_LOCK, { "conan.lock" } },
	{ APP_SWIFT_RESOLVED, { "Package.resolved", "Podfile.lock" } },
	{ APP_PUB_LOCK, { "pubspec.lock" } },
	{ APP_MIX_LOCK, { "mix.lock" } },
	{ APP_RENV_LOCK, { "renv.lock" } },
	{ APP_CONDA_ENVIRONMENT, { "environment.yml" } },
};

struct seen {
	struct map map;
	struct arena arena;
};

static int check(void *ctx, const struct app_record *r, struct error *err)
{
	struct seen *seen = ctx;
	bool new;
	if (r->name.n == 0 || !utf8_valid(r->name) || !utf8_valid(r->version) ||
	    !utf8_valid(r->license) || r->inner.n > 0 || !pkg_type_is_app(r->type))
		abort();
	char *key = arena_alloc(&seen->arena, r->name.n + 1 + r->version.n);
	if (key == NULL)
		return error_set(err, ERR_LIMIT, "enough");
	memcpy(key, r->name.p, r->name.n);
	if (r->version.n > 0)
		memcpy(key + r->name.n + 1, r->version.p, r->version.n);
	if (map_put(&seen->map, bytes_of(key, r->name.n + 1 + r->version.n), &new) == NULL || !new)
		abort();
	return 0;
}

static void skipped(void *ctx, const char *why)
{
	(void)ctx;
	if (why[0] == '\0')
		abort();
}

static void noted(void *ctx, uint32_t line, const char *what)
{
	(void)line;
	skipped(ctx, what);
}

static int read_memory(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	struct bytes text = *(const struct bytes *)ctx;
	if (at > text.n || n > text.n - at)
		return error_set(err, ERR_TRUNCATED, "read beyond the end");
	memcpy(p, text.p + at, n);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	if (size < 2)
		return 0;
	const struct target *t = &targets[data[0] % (sizeof targets / sizeof *targets)];
	const char *path = t->paths[data[1] % 4];
	struct bytes text = bytes_of(data + 2, size - 2);
	struct seen seen = { .arena = arena_max(64 * MIB) };
	struct app_sink sink = {
		.package = check, .skipped = skipped, .ctx = &seen, .noted = noted
	};
	struct pkg_file file = { .size = text.n, .read_at = read_memory, .ctx = &text };
	map_init(&seen.map);
	path = path == NULL ? t->paths[0] : path;
	if (apps_read(t->kind, bytes_str(path), &file, sink, &err) < 0 && err.code == ERR_NONE)
		abort();
	map_free(&seen.map);
	arena_free(&seen.arena);
	return 0;
}
