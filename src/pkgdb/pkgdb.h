/* pkgdb: package databases -> packages. Runs in the worker: everything here
 * reads hostile bytes and has no side effects but calls of its sink.
 *
 * A database is recognised by its path in the image (pkgdb_classify). Text
 * databases (dpkg, apk) are parsed as they stream by; rpm databases need
 * random access and come as a struct pkg_file. */
#ifndef CORTEN_PKGDB_H
#define CORTEN_PKGDB_H

#include "base/base.h"

enum pkg_type {
	PKG_DEB, /* of the system's package manager … */
	PKG_RPM,
	PKG_APK,
	PKG_NPM, /* … and of applications (room apps) */
	PKG_PYPI,
	PKG_MAVEN, /* name: "group:artifact" */
	PKG_GOLANG, /* name: the module's path; "stdlib" is the standard library */
	PKG_CARGO,
	PKG_GEM,
	PKG_COMPOSER, /* name: "vendor/name" */
	PKG_NUGET,
	PKG_CONAN,
	PKG_SWIFT,
	PKG_COCOAPODS,
	PKG_PUB,
	PKG_HEX,
	PKG_CRAN,
	PKG_CONDA,
	PKG_WORDPRESS, /* a plugin's or theme's slug */
	PKG_GENERIC, /* a product that no package manager installed: "nginx" */
	PKG_TYPES
};

/* "deb", "rpm", "apk", "npm" …: the purl type ("wordpress" is ours). */
const char *pkg_type_name(enum pkg_type type);
/* False for deb, rpm, apk. */
bool pkg_type_is_app(enum pkg_type type);

/* A package as its database tells it. Views are good only during the sink's
 * call. Absent fields are empty. */
struct pkg_record {
	enum pkg_type type;
	struct bytes name;
	struct bytes version; /* as the distribution's tool prints it:
	                               * deb [e:]v[-r], rpm [e:]v-r (epoch only when not 0), apk v-rN */
	struct bytes arch;
	struct bytes source_name; /* deb Source or Package; rpm from SOURCERPM; apk o: (origin) */
	struct bytes source_version; /* of the source: deb Source: x (v), else version;
	                               * rpm [e:]v-r of SOURCERPM with the package's epoch */
	struct bytes vendor; /* rpm VENDOR, deb Maintainer or Origin: tells third-party packages */
	struct bytes modularity; /* rpm MODULARITYLABEL */
	struct bytes maintainer;
	struct bytes license;
};

/* Returning -1 (err filled) stops the parser with that error. */
typedef int pkg_sink_fn(void *ctx, const struct pkg_record *pkg, struct error *err);
/* A record that could not be understood: the parser leaves it out and goes on. */
typedef void pkg_skip_fn(void *ctx, const char *why);

struct pkg_sink {
	pkg_sink_fn *package;
	pkg_skip_fn *skipped; /* may be NULL */
	void *ctx;
	/* rpm: a file that the package told last brought, without "/" in front; NULL:
	 * not wanted. (dpkg and apk: filelist.h.) */
	void (*file)(void *ctx, struct bytes path);
};

/* What a path in an image is to this room. */
enum pkgdb_kind {
	PKGDB_NONE,
	PKGDB_DPKG_STATUS, /* var/lib/dpkg/status and its journal updates/NUMBER, usr/lib/dpkg/status */
	PKGDB_DPKG_STATUS_D, /* …/dpkg/status.d/NAME (distroless); not *.md5sums */
	PKGDB_APK_INSTALLED, /* lib/apk/db/installed, usr/lib/apk/db/installed */
	PKGDB_RPM_BDB, /* …/Packages */
	PKGDB_RPM_NDB, /* …/Packages.db */
	PKGDB_RPM_SQLITE, /* …/rpmdb.sqlite */
	PKGDB_RPM_WAL, /* …/rpmdb.sqlite-wal: changes to the former, not read here */
	PKGDB_OS_RELEASE, /* etc/os-release, the older files, Ubuntu Pro's: osrelease.h */
	PKGDB_RPM_MANIFEST, /* var/lib/rpmmanifest/container-manifest-2: Azure Linux distroless */
	PKGDB_KINDS
};

/* path: clean, relative (base/path.h). rpm directories: var/lib/rpm,
 * usr/lib/sysimage/rpm, usr/share/rpm. */
enum pkgdb_kind pkgdb_classify(struct bytes path);

/* The paths (and, where they end in "/", whole directories) that
 * pkgdb_classify can answer with anything but PKGDB_NONE; NULL-terminated. The
 * tree merge keeps only what can touch these. */
extern const char *const pkgdb_paths[];

/* dpkg, apk and the manifest: feed pieces of any size, then finish once. */
struct pkg_text_parser;
struct pkg_text_parser *pkg_text_new(enum pkgdb_kind kind, struct pkg_sink sink);
void pkg_text_free(struct pkg_text_parser *p);
int pkg_text_feed(struct pkg_text_parser *p, struct bytes piece, struct error *err);
int pkg_text_finish(struct pkg_text_parser *p, struct error *err);

/* Random access for rpm: memory, or a file. */
struct pkg_file {
	uint64_t size;
	/* Exactly n bytes at `at` into p, or -1. */
	int (*read_at)(void *ctx, uint64_t at, void *p, size_t n, struct error *err);
	void *ctx;
};

/* A PKGDB_RPM_WAL that is no longer than this holds no changes. */
enum { RPM_WAL_HEADER = 32 }; /* SQLite's file format, section 4.1: frames follow */

/* PKGDB_RPM_BDB, _NDB, _SQLITE: an empty or zero-length database is
 * ERR_TRUNCATED, a wrong magic ERR_MALFORMED. A database of another rpm form than its name says is
 * recognised by its magic. A header that cannot be understood is skipped; where
 * pages are damaged, all that can still be reached is told before the error is
 * returned. Memory is fixed (under 4 MiB), time linear in the size of the file.
 * Not listed: gpg-pubkey, which rpm keeps as packages but which install nothing.
 * Not seen: what a PKGDB_RPM_WAL beside the file would change. */
int pkg_rpm_read(const struct pkg_file *file, struct pkg_sink sink, struct error *err);

/* A package URL (ECMA-427, purl-spec's types) into out:
 * pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12 . os_id and
 * os_version may be NULL (then no namespace, no distro qualifier). What is ""
 * or NULL is left out; rpm's epoch becomes a qualifier. Of application packages
 * only name and version count: pkg:npm/%40babel/core@7.1.0,
 * pkg:maven/org.slf4j/slf4j-api@2.0.9 . "wordpress" is a type of ours. */
struct purl_parts {
	enum pkg_type type;
	const char *name, *version, *arch;
	const char *source_name, *source_version; /* deb and rpm: `upstream` when it differs */
	const char *modularity;
	const char *os_id, *os_version;
};
int purl_write(const struct purl_parts *p, struct buf *out, struct error *err);

/* The reverse, for `corten db lookup PURL`: fields are C strings in the arena
 * (or constants), "" when absent; os_id and os_version NULL when absent. Without
 * `upstream` the source is the package itself; application packages have none.
 * Their names are whole, as enum pkg_type says, in the type's canonical form. Other writers' namespaces
 * (redhat, amazon …) become os-release IDs. ERR_MALFORMED, ERR_LIMIT,
 * ERR_UNSUPPORTED for another type. */
int purl_parse(struct bytes purl, struct arena *arena, struct purl_parts *ret, struct error *err);

#endif
