/* apps: application packages: what language package managers installed, what lock
 * files and binaries say, and products that no package manager installed. Runs in
 * the worker: everything here reads hostile bytes and has no side effects but
 * calls of its sink.
 *
 * A file is recognised by its path in two steps: apps_classify asks for what may
 * be worth its bytes, apps_fits looks at the first of them. Then apps_read gets
 * random access to the whole file. */
#ifndef CORTEN_APPS_H
#define CORTEN_APPS_H

#include "base/base.h"
#include "pkgdb/pkgdb.h"

enum app_kind {
	APP_NONE,
	/* installed trees: images and directories */
	APP_NODE_PACKAGE, /* node_modules/…/package.json, or one with a name and version */
	APP_PYTHON_DIST, /* …dist-info/METADATA, …egg-info[/PKG-INFO] */
	APP_PYTHON_EGG, /* a zip: *.egg, *.whl left lying about */
	APP_JAVA_ARCHIVE, /* jar, war, ear, par, jpi, hpi */
	APP_ELF, /* executables and shared objects: Go, Rust, products */
	APP_GEMSPEC, /* specifications/…gemspec */
	APP_COMPOSER_INSTALLED, /* vendor/composer/installed.json */
	APP_NUGET_DEPS, /* *.deps.json */
	APP_CONDA_META, /* conda-meta/NAME.json */
	APP_R_DESCRIPTION, /* library/…/DESCRIPTION */
	APP_WORDPRESS, /* wp-includes/version.php, plugins and themes */
	APP_JAVASCRIPT, /* *.js in web roots: libraries by their own words (Retire.js data) */
	APP_PRODUCT, /* files other than ELF that tell a product's version */
	/* lock files and manifests: in directories of sources only, for in an image they
	 * tell what was wanted, not what is there */
	APP_NPM_LOCK,
	APP_YARN_LOCK,
	APP_PNPM_LOCK,
	APP_BUN_LOCK,
	APP_POETRY_LOCK,
	APP_UV_LOCK,
	APP_PIPFILE_LOCK,
	APP_PYLOCK,
	APP_REQUIREMENTS,
	APP_POM,
	APP_GRADLE_LOCK,
	APP_SBT_LOCK,
	APP_GO_MOD,
	APP_CARGO_LOCK,
	APP_GEMFILE_LOCK,
	APP_COMPOSER_LOCK,
	APP_NUGET_LOCK, /* packages.lock.json, packages.config, Directory.Packages.props */
	APP_CONAN_LOCK,
	APP_SWIFT_RESOLVED, /* Package.resolved, Podfile.lock */
	APP_PUB_LOCK,
	APP_MIX_LOCK,
	APP_RENV_LOCK,
	APP_CONDA_ENVIRONMENT,
	APP_KINDS
};

/* "npm-package", "cargo-lock" …: for evidence and problems. */
const char *app_kind_name(enum app_kind kind);
/* A lock file or manifest: what ought to be installed. */
bool app_kind_is_lock(enum app_kind kind);

/* path: clean, relative; mode: tar's permission bits (an ELF program may lie
 * anywhere, but then it is executable or a shared object by its name). */
enum app_kind apps_classify(struct bytes path, uint32_t mode, uint64_t size);

/* Can what begins like this be of the kind? head: the first APPS_HEAD bytes, or
 * all of a shorter file. For text kinds mostly true. */
enum { APPS_HEAD = 512 };
bool apps_fits(enum app_kind kind, struct bytes head);

/* A package as the file tells it. Views are good only during the sink's call. */
struct app_record {
	enum pkg_type type;
	struct bytes name; /* the ecosystem's own full name, see enum pkg_type */
	struct bytes version; /* as written; empty: not told */
	struct bytes license; /* as written; SPDX expression where one is told */
	struct bytes inner; /* where in the file: "BOOT-INF/lib/a.jar", nested with "!/" */
	uint32_t line; /* of a lock file; 0: not told */
	bool dev; /* only for development */
	bool direct; /* a lock file says that the project itself asks for it */
};

struct app_sink {
	/* -1 (err filled) stops. */
	int (*package)(void *ctx, const struct app_record *r, struct error *err);
	/* A record, or a member of an archive, that could not be understood: left out. */
	void (*skipped)(void *ctx, const char *why);
	void *ctx;
	/* Read in full, and normal, but it tells less than it could: requirements that
	 * are not pinned. line: 0 when none is told. May be NULL. */
	void (*noted)(void *ctx, uint32_t line, const char *what);
};

/* ERR_MALFORMED, ERR_TRUNCATED, ERR_LIMIT (what was told until then stands).
 * path: for kinds whose name or version lies in it. Memory is fixed (lock files:
 * in proportion to the file, which is limited), archives in archives are opened
 * to APPS_DEPTH_MAX. */
enum { APPS_DEPTH_MAX = 5 };
int apps_read(enum app_kind kind, struct bytes path, const struct pkg_file *file,
	      struct app_sink sink, struct error *err);

#endif
