#include "report/group.h"

#include "vercmp/vercmp.h"
#include "vuln/vuln.h"

/* Packages of kernel headers as the distributions name them; a '*' at the end
 * stands for anything. */
static bool is_kernel_headers(const char *name)
{
	static const char *const patterns[] = {
		"linux-libc-dev*",   "linux-headers*",    "linux-kbuild-*", "linux-compiler-*",
		"kernel-headers*",   "kernel-devel*",     "kernel-*-devel", "kernel-*-headers",
		"linux-api-headers", "linux-glibc-devel",
	};
	struct bytes n = bytes_str(name);
	for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
		struct bytes p = bytes_str(patterns[i]);
		ptrdiff_t star = bytes_index(p, '*');
		if (star < 0 ? bytes_equal(n, p)
			     : n.n + 1 >= p.n &&
				       bytes_starts_with(n, bytes_sub(p, 0, (size_t)star)) &&
				       bytes_ends_with(n, bytes_sub(p, (size_t)star + 1, p.n)))
			return true;
	}
	return false;
}

enum fold group_fold(const struct report_options *o, const struct finding *f)
{
	if (f->package == NULL)
		return FOLD_PLACES;
	if (is_kernel_headers(f->package->name))
		return FOLD_HEADERS;
	if (f->status == STATUS_UNIMPORTANT)
		return FOLD_MINOR;
	if (f->severity == SEVERITY_NEGLIGIBLE && !o->severities[SEVERITY_NEGLIGIBLE])
		return FOLD_MINOR;
	return FOLD_NONE;
}

const char *group_name(const struct finding *f)
{
	if (f->package == NULL)
		return f->path == NULL ? "" : f->path;
	const char *source = f->package->source_name;
	return source != NULL && source[0] != '\0' ? source : f->package->name;
}

const char *group_version(const struct finding *f)
{
	if (f->package == NULL)
		return "";
	const char *source = f->package->source_version;
	return source != NULL && source[0] != '\0' ? source : f->package->version;
}

const struct finding *group_lead(const struct group *g)
{
	return g->issues[0].findings[0];
}

int group_compare_versions(enum pkg_type type, const char *a, const char *b)
{
	int order;
	if (vercmp(vuln_version_scheme(type), bytes_str(a), bytes_str(b), &order))
		return order;
	return strcmp(a, b);
}

const char *group_fixed(const struct group *g)
{
	const char *best = NULL;
	for (size_t i = 0; i < g->count; i++) {
		const struct finding *f = g->issues[i].findings[0];
		if (f->fixed_version == NULL || f->package == NULL)
			continue;
		if (best == NULL ||
		    group_compare_versions(f->package->type, best, f->fixed_version) < 0)
			best = f->fixed_version;
	}
	return best;
}

/* --- order ------------------------------------------------------------------ */

static int compare_text(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

/* Types of no package come last. */
static int type_of(const struct finding *f)
{
	return f->package == NULL ? PKG_TYPES : (int)f->package->type;
}

static bool same_group(const struct finding *a, const struct finding *b)
{
	return type_of(a) == type_of(b) && strcmp(group_name(a), group_name(b)) == 0 &&
	       strcmp(group_version(a), group_version(b)) == 0;
}

static bool same_issue(const struct finding *a, const struct finding *b)
{
	return strcmp(a->id, b->id) == 0 && a->severity == b->severity && a->status == b->status &&
	       compare_text(a->fixed_version, b->fixed_version) == 0;
}

/* The worse first. */
static int compare_badness(const struct finding *a, const struct finding *b)
{
	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if ((a->kev_added == NULL) != (b->kev_added == NULL))
		return a->kev_added != NULL ? -1 : 1;
	return 0;
}

static int compare_in_issue(const struct finding *a, const struct finding *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (a->package == NULL || b->package == NULL)
		return compare_text(a->path, b->path);
	int c = strcmp(a->package->name, b->package->name);
	return c != 0 ? c : compare_text(a->package->purl, b->package->purl);
}

static int compare_findings(const void *pa, const void *pb)
{
	const struct finding *a = *(const struct finding *const *)pa;
	const struct finding *b = *(const struct finding *const *)pb;
	int c = type_of(a) - type_of(b);
	if (c == 0)
		c = strcmp(group_name(a), group_name(b));
	if (c == 0)
		c = strcmp(group_version(a), group_version(b));
	if (c == 0)
		c = compare_badness(a, b);
	if (c == 0)
		c = strverscmp(a->id, b->id); /* CVE-2024-9999 before CVE-2024-10000 */
	if (c == 0)
		c = (int)a->status - (int)b->status;
	if (c == 0)
		c = compare_text(a->fixed_version, b->fixed_version);
	return c != 0 ? c : compare_in_issue(a, b);
}

static int compare_groups(const void *pa, const void *pb)
{
	const struct group *a = pa, *b = pb;
	const struct finding *fa = group_lead(a), *fb = group_lead(b);
	int c = compare_badness(fa, fb);
	if (c == 0 && fa->priority != fb->priority)
		c = fa->priority < fb->priority ? -1 : 1;
	if (c == 0 && a->count != b->count)
		c = a->count > b->count ? -1 : 1;
	if (c == 0)
		c = strcmp(group_name(fa), group_name(fb));
	return c != 0 ? c : strcmp(group_version(fa), group_version(fb));
}

/* --- building ---------------------------------------------------------------- */

static const struct finding **select_findings(const struct scan_result *r,
					      const struct report_options *o, unsigned folds,
					      struct grouping *g)
{
	const struct finding **list =
		arena_array(&g->arena, r->finding_count, sizeof(struct finding *));
	for (size_t i = 0; list != NULL && i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		if (report_shows(o, f) && (folds & 1u << group_fold(o, f)) != 0)
			list[g->findings++] = f;
	}
	return list;
}

static size_t cut_issues(const struct finding **list, size_t n, struct issue *issues)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || !same_group(list[i - 1], list[i]) ||
		    !same_issue(list[i - 1], list[i]))
			issues[count++] = (struct issue){ &list[i], 0 };
		issues[count - 1].count++;
	}
	return count;
}

static size_t cut_groups(const struct issue *issues, size_t n, struct group *groups)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		const struct finding *f = issues[i].findings[0];
		if (i == 0 || !same_group(issues[i - 1].findings[0], f))
			groups[count++] = (struct group){ .issues = &issues[i] };
		groups[count - 1].count++;
		groups[count - 1].fixable += f->fixed_version != NULL;
	}
	return count;
}

int group_make(const struct scan_result *r, const struct report_options *o, unsigned folds,
	       struct grouping *ret, struct error *err)
{
	struct grouping g = { .arena = arena_max(SIZE_MAX / 2) };
	if (r->finding_count > 0) {
		const struct finding **list = select_findings(r, o, folds, &g);
		struct issue *issues = arena_array(&g.arena, g.findings, sizeof *issues);
		struct group *groups = arena_array(&g.arena, g.findings, sizeof *groups);
		if (list == NULL || issues == NULL || groups == NULL) {
			arena_free(&g.arena);
			return error_set(err, ERR_MEMORY, "no memory to group %zu findings",
					 r->finding_count);
		}
		qsort(list, g.findings, sizeof(struct finding *), compare_findings);
		g.issues = cut_issues(list, g.findings, issues);
		g.count = cut_groups(issues, g.issues, groups);
		qsort(groups, g.count, sizeof *groups, compare_groups);
		g.groups = groups;
	}
	*ret = g;
	return 0;
}

void group_free(struct grouping *g)
{
	arena_free(&g->arena);
}
