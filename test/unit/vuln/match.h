/* Matching in tests: packages by name and version, findings in an array. */
#ifndef CORTEN_TEST_VULN_MATCH_H
#define CORTEN_TEST_VULN_MATCH_H

#include "make.h"

enum { FOUND_MAX = 64 };

struct found {
	struct arena arena;
	struct finding findings[FOUND_MAX];
	size_t count;
	struct match_stats stats;
	size_t degraded;
	char why[256];
};

static inline int found_finding(void *ctx, const struct finding *f, struct error *err)
{
	struct found *found = ctx;
	if (found->count == FOUND_MAX)
		return error_set(err, ERR_LIMIT, "more findings than the test expects");
	found->findings[found->count++] = *f;
	return 0;
}

static inline void found_degraded(void *ctx, const struct package *p, const char *why)
{
	struct found *found = ctx;
	found->degraded++;
	(void)snprintf(found->why, sizeof found->why, "%s: %s", p->name, why);
}

static inline void found_free(struct found *f)
{
	arena_free(&f->arena);
}
#define cleanup_found __attribute__((cleanup(found_free)))

static inline void match_all(const struct vulndb *db, const struct os_identity *os,
			     const struct package *packages, size_t n, struct found *ret)
{
	struct error err = { 0 };
	*ret = (struct found){ .arena = arena_max(64 * MIB) };
	const struct match_sink sink = { found_finding, found_degraded, ret };
	if (vuln_match(db, os, packages, n, &ret->arena, sink, &ret->stats, &err) < 0)
		fail_msg("%s", err.text);
}

static inline struct package deb(const char *name, const char *version, const char *source,
				 const char *source_version)
{
	return (struct package){
		.type = PKG_DEB,
		.purl = "",
		.name = name,
		.version = version,
		.arch = "amd64",
		.source_name = source == NULL ? name : source,
		.source_version = source_version == NULL ? version : source_version,
		.vendor = "",
		.modularity = "",
		.license = "",
		.path = "var/lib/dpkg/status",
		.layer = 0,
	};
}

static inline struct package rpm(const char *name, const char *version, const char *modularity)
{
	struct package p = deb(name, version, NULL, NULL);
	p.type = PKG_RPM;
	p.arch = "x86_64";
	p.modularity = modularity;
	return p;
}

static inline struct package apk(const char *name, const char *version, const char *origin)
{
	struct package p = deb(name, version, origin, NULL);
	p.type = PKG_APK;
	p.arch = "x86_64";
	return p;
}

static const struct os_identity debian_12 = { .id = "debian",
					      .version = "12",
					      .name = "Debian GNU/Linux 12 (bookworm)",
					      .codename = "bookworm" };

static inline const struct finding *found_id(const struct found *f, const char *id)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->findings[i].id, id) == 0)
			return &f->findings[i];
	return NULL;
}

#endif
