/* vuln: advisories as facts, the compiled database, matching, priority and fix
 * advice. The database is one immutable file that is mapped read-only; its
 * layout is described in vulndb.c and doc/vulndb.md. */
#ifndef CORTEN_VULN_H
#define CORTEN_VULN_H

#include "base/base.h"
#include "finding/finding.h"
#include "pkgdb/pkgdb.h"
#include "vercmp/vercmp.h"

/* --- facts, as feeds give them ------------------------------------------- */

/* A fact says: in this ecosystem, this package is touched by this
 * vulnerability, and since, until when. Absent strings are empty.
 *
 * Ecosystem keys are lower case "id:release" as Corten writes them:
 * "debian:12", "ubuntu:22.04", "ubuntu-pro:18.04", "alpine:3.18", "wolfi",
 * "chainguard", "almalinux:9", "rocky:9", "redhat:9", "oracle:9",
 * "amazon:2023", "fedora:40", "sles:15.5", "opensuse-leap:15.5",
 * "opensuse-tumbleweed", "azurelinux:3", "mariner:2", "photon:5",
 * "openeuler:22.03-lts-sp3", "anolis:8", "alinux:3", "alpaquita:23".
 * That of application packages is the name of their type (pkg_type_name), without a
 * release: "npm", "pypi", "maven", "golang", "cargo", "gem", "composer", "nuget",
 * "conan", "swift", "cocoapods", "pub", "hex", "cran", "conda", "wordpress",
 * "generic"; their names are those of enum pkg_type, in any spelling
 * (vuln_package_name). Feeds also give "githubactions", "hackage", "julia", "opam",
 * which no package has yet. */
struct vuln_fact {
	struct bytes ecosystem;
	/* source package, or binary where the source lists binaries; of applications
	 * the name in the ecosystem */
	struct bytes package;
	struct bytes id; /* CVE where one exists, else the advisory's id */
	struct bytes advisory; /* DSA-…, ALSA-…; empty: id itself */
	struct bytes introduced; /* first touched version; empty or "0": all */
	struct bytes fixed; /* first version that is not; empty: none */
	struct bytes last_affected; /* last touched version, where no fixed one is known */
	enum finding_status status;
	enum severity severity; /* the source's own; SEVERITY_UNKNOWN: none */
	struct bytes module; /* rpm module stream "nodejs:18"; else empty */
	struct bytes arch; /* only this architecture; else empty */
};

/* What is known of an id whatever the package: from NVD, KEV, EPSS, OSV. */
struct vuln_detail {
	struct bytes id;
	enum severity severity;
	double cvss_score; /* < 0: not said */
	struct bytes cvss_vector;
	double epss, epss_percentile; /* < 0: not said */
	struct bytes kev_added, kev_due;
	bool kev_ransomware;
	struct bytes published; /* "2022-03-03", the day; empty: not said */
	struct bytes alias; /* one other id of the same vulnerability */
};

/* Where facts come from; each belongs to the source named last. */
struct vuln_source {
	struct bytes name; /* "debian", "almalinux" … */
	struct bytes url; /* the publisher's address */
	struct bytes snapshot; /* RFC 3339 date of the data */
};

struct vuln_fact_sink {
	int (*source)(void *ctx, const struct vuln_source *s, struct error *err);
	int (*fact)(void *ctx, const struct vuln_fact *f, struct error *err);
	int (*detail)(void *ctx, const struct vuln_detail *d, struct error *err);
	void (*skipped)(void *ctx, const char *what, const char *why);
	void *ctx;
};

/* --- the database --------------------------------------------------------- */

struct vulndb_builder;
struct vulndb_builder *vulndb_builder_new(void);
void vulndb_builder_free(struct vulndb_builder *b);
/* The sink that feeds a builder. */
struct vuln_fact_sink vulndb_builder_sink(struct vulndb_builder *b);
/* Told of every record that was left out, by an importer or by the builder. */
void vulndb_builder_on_skip(struct vulndb_builder *b,
			    void (*on_skip)(void *ctx, const char *what, const char *why),
			    void *ctx);
uint64_t vulndb_builder_skipped(const struct vulndb_builder *b);
/* Merges (doc/vulndb.md) and writes the file whole or not at all (new name,
 * fsync, rename). The same facts in any order give the same bytes, apart from
 * the generation and the time, which is $SOURCE_DATE_EPOCH where that is set. */
int vulndb_builder_write(struct vulndb_builder *b, uint64_t generation, const char *path,
			 struct error *err);

struct vulndb;
/* Opens and maps; checks header and section table (ERR_DB_CORRUPT,
 * ERR_UNSUPPORTED for another format version). */
int vulndb_open(const char *path, struct vulndb **ret, struct error *err);
void vulndb_close(struct vulndb *db);
/* Reads all of it: every offset, string and order. */
int vulndb_verify(const struct vulndb *db, struct error *err);

struct vulndb_info {
	uint64_t generation;
	int64_t built; /* seconds since 1970 */
	int64_t oldest_snapshot; /* its age is that of its oldest source */
	uint64_t facts, ids, cves, packages;
};
void vulndb_info(const struct vulndb *db, struct vulndb_info *ret);

struct vulndb_source {
	const char *name, *url, *snapshot;
};
size_t vulndb_sources(const struct vulndb *db);
bool vulndb_source(const struct vulndb *db, size_t i, struct vulndb_source *ret);

/* --- matching -------------------------------------------------------------- */

/* How versions of this type's packages compare. */
enum vercmp_scheme vuln_version_scheme(enum pkg_type type);

/* The one spelling under which the database has a package, in room or name
 * itself: Python's by PEP 503, without case where the ecosystem has none
 * (Composer, NuGet, Go's and Swift's repositories). The builder and vuln_match
 * use it on both sides. */
enum { VULN_NAME_ROOM = 512 };
struct bytes vuln_package_name(enum pkg_type type, struct bytes name, char room[VULN_NAME_ROOM]);

/* The operating system of an image, as matching needs it. */
struct os_identity {
	const char *id; /* os-release ID; NULL: cannot be told */
	const char *version; /* VERSION_ID; may be "" */
	const char *name; /* for people */
	const char *codename;
	const char *extended; /* Ubuntu Pro services in force, "esm-infra,esm-apps" */
	/* What updates packages in this image, from vuln_package_tool: "apt-get",
	 * "microdnf" …; "": nothing does; NULL: the distribution's usual one. */
	const char *package_tool;
};

/* "apt-get", "apk", "dnf", "microdnf", "yum", "tdnf", "zypper": the one that is
 * installed; "" when none is (distroless); NULL when the system is not known. */
const char *vuln_package_tool(const struct os_identity *os, const struct package *packages,
			      size_t count);

/* True for a package that only developers, documentation or a kernel that a
 * container does not run need, development dependencies of applications
 * included: priority and the folding of tables ask. */
bool vuln_package_unexposed(const struct package *p);
/* True for kernel headers (linux-libc-dev and its like): folded in tables. */
bool vuln_package_kernel_headers(const struct package *p);

struct match_stats {
	size_t packages; /* that were looked for, of the system and of applications */
	size_t compared, unparsable;
	/* Left out because somebody else than the distribution made them: its
	 * advisories say nothing about them (doc/matching.md). */
	size_t third_party;
	/* Of another type than the distribution's packages (debs in an Alpine). */
	size_t foreign;
	size_t unversioned; /* application packages without a version: not matched */
	/* The database has nothing for this system, or packages of a system are there
	 * that cannot be told. */
	bool no_advisories;
	/* Types of application packages (1u << enum pkg_type) that are there and that
	 * the database has nothing for: not matched. */
	uint32_t types_without_advisories;
};

/* Findings of all packages, appended through sink. os NULL, or without an id: the
 * system cannot be told, its packages are not matched, those of applications are.
 * Strings of a finding live in the arena, in db or in the packages. A package
 * version that its scheme cannot read degrades that package only: `unparsable` is
 * told per package through `degraded`. Findings come ordered by package, then id.
 *
 * Of an application package `class` is "app", `fix` says in words which version
 * to go to and where ("set lodash to 4.17.21 or newer in app/package-lock.json"),
 * and is no command. */
struct match_sink {
	int (*finding)(void *ctx, const struct finding *f, struct error *err);
	void (*degraded)(void *ctx, const struct package *p, const char *why);
	void *ctx;
};
int vuln_match(const struct vulndb *db, const struct os_identity *os,
	       const struct package *packages, size_t count, struct arena *arena,
	       struct match_sink sink, struct match_stats *ret_stats, struct error *err);

/* doc/priority.md: severity, KEV, EPSS, fix available, exposure. */
struct priority_facts {
	enum severity severity;
	enum finding_status status;
	bool kev, fix_available;
	bool exposed; /* not a development, kernel-header or documentation package */
	double epss; /* < 0: unknown */
};
enum priority vuln_priority(const struct priority_facts *f);

/* The one command that brings these packages (names, count > 0) to their fixed
 * versions or newer ones on this system. No version is pinned: mirrors keep only
 * the newest, and a line in a Dockerfile should work tomorrow. Names that a
 * shell could misread are left out. Only for packages of the system. NULL when no name or no tool remains, or
 * without memory. versions may be NULL. */
const char *vuln_update_command(const struct os_identity *os, const char *const *names,
				const char *const *versions, size_t count, struct arena *arena);

#endif
