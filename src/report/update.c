#include "report/update.h"

#include "report/group.h"

static int compare_names(const void *pa, const void *pb)
{
	const struct finding *a = *(const struct finding *const *)pa;
	const struct finding *b = *(const struct finding *const *)pb;
	return strcmp(a->package->name, b->package->name);
}

/* A package's name is the image's word, and the command will be pasted into a
 * shell: only names that any distribution would give go in (Debian Policy
 * 5.6.1, rpm and apk allow a little more), none that reads as an option. */
static bool is_plain_name(const char *name)
{
	static const char first[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	static const char others[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		"+-._";
	return strspn(name, first) > 0 && name[strspn(name, others)] == '\0';
}

bool update_mends(const struct finding *f)
{
	return f->fixed_version != NULL && f->package != NULL &&
	       !pkg_type_is_app(f->package->type) && is_plain_name(f->package->name);
}

/* Findings with a fix that a package brings, by package name. */
static const struct finding **fixable(const struct scan_result *r, const struct report_options *o,
				      struct update *u)
{
	const struct finding **list =
		arena_array(&u->arena, r->finding_count, sizeof(struct finding *));
	for (size_t i = 0; list != NULL && i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		if (update_mends(f) && report_shows(o, f))
			list[u->findings++] = f;
	}
	if (list != NULL)
		qsort(list, u->findings, sizeof(struct finding *), compare_names);
	return list;
}

/* Each name once, with the newest of its fixed versions. */
static void newest(const struct finding *const *list, struct update *u, const char **names,
		   const char **versions)
{
	for (size_t i = 0; i < u->findings; i++) {
		const struct finding *f = list[i];
		if (i == 0 || strcmp(names[u->packages - 1], f->package->name) != 0) {
			names[u->packages] = f->package->name;
			versions[u->packages++] = f->fixed_version;
		} else if (group_compare_versions(f->package->type, versions[u->packages - 1],
						  f->fixed_version) < 0) {
			versions[u->packages - 1] = f->fixed_version;
		}
	}
}

int update_make(const struct scan_result *r, const struct report_options *o, struct update *ret,
		struct error *err)
{
	struct update u = { .arena = arena_max(SIZE_MAX / 2) };
	if (r->finding_count > 0) {
		const struct finding **list = fixable(r, o, &u);
		const char **names = arena_array(&u.arena, u.findings, sizeof(char *));
		const char **versions = arena_array(&u.arena, u.findings, sizeof(char *));
		if (list == NULL || names == NULL || versions == NULL) {
			arena_free(&u.arena);
			return error_set(err, ERR_MEMORY, "no memory for %zu findings",
					 r->finding_count);
		}
		newest(list, &u, names, versions);
		if (u.packages > 0)
			u.command =
				vuln_update_command(&r->os, names, versions, u.packages, &u.arena);
	}
	*ret = u;
	return 0;
}

void update_free(struct update *u)
{
	arena_free(&u->arena);
}
