#include "scan/origin.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "scan/merge_secrets.h"

/* What is known of a path; ORIGIN_… else. */
enum { PATH_CHANGED = ORIGINS };

struct marking {
	const struct origin_input *in;
	struct fact_store *st;
	struct map paths; /* file → ORIGIN_… or PATH_CHANGED, + 1 */
	struct map has; /* keys of what the image's versions of changed files tell */
	const char **changed; /* those files, and what belongs to them */
	size_t changed_count, changed_cap;
	bool is_compared;
};

static int no_memory(struct error *err)
{
	return error_set(err, ERR_LIMIT, "no memory to hold the container against its image");
}

/* --- files ----------------------------------------------------------------------------- */

/* "opt/a.war!/WEB-INF/lib/b.jar" is in the file "opt/a.war". */
static struct bytes file_of(const char *path)
{
	const char *end = strstr(path, "!/");
	return end == NULL ? bytes_str(path) : bytes_of(path, (size_t)(end - path));
}

static unsigned state_of(const struct overlay *o, const char *path)
{
	int changed = overlay_is_changed(o, path);
	if (changed != 0)
		return changed > 0 ? PATH_CHANGED : ORIGIN_UNKNOWN;
	/* It may have come from elsewhere with its directory, or be gone meanwhile. */
	cleanup_close int fd = overlay_open_image(o, path);
	if (fd >= 0)
		return ORIGIN_IMAGE;
	return errno == ENOENT ? ORIGIN_CONTAINER : ORIGIN_UNKNOWN;
}

static int keep_changed(struct marking *m, const char *path, struct error *err)
{
	if (m->changed_count == m->changed_cap) {
		size_t cap = m->changed_cap == 0 ? 64 : m->changed_cap * 2;
		const char **list = reallocarray(m->changed, cap, sizeof *list);
		if (list == NULL)
			return no_memory(err);
		m->changed = list;
		m->changed_cap = cap;
	}
	m->changed[m->changed_count++] = path;
	return 0;
}

/* The newest rows of SQLite's databases stand in a file beside them. */
static int look_at(struct marking *m, const char *path, bool is_rpm, struct error *err)
{
	bool fresh;
	const char *file = intern_bytes(&m->st->strings, file_of(path));
	uint64_t *state = file == NULL ? NULL : map_put(&m->paths, bytes_str(file), &fresh);
	if (state == NULL)
		return no_memory(err);
	if (!fresh)
		return 0;
	unsigned s = state_of(m->in->overlay, file);
	*state = s + UINT64_C(1);
	if (s != PATH_CHANGED)
		return 0;
	if (keep_changed(m, file, err) < 0)
		return -1;
	const char *log = is_rpm ? arena_printf(&m->st->arena, "%s-wal", file) : NULL;
	return log == NULL ? 0 : keep_changed(m, log, err);
}

static int look_at_all(struct marking *m, const struct scan_result *r, struct error *err)
{
	for (size_t i = 0; i < r->package_count; i++)
		if (look_at(m, r->packages[i].path, r->packages[i].type == PKG_RPM, err) < 0)
			return -1;
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		if (f->package == NULL && f->path != NULL && look_at(m, f->path, false, err) < 0)
			return -1;
	}
	return 0;
}

/* --- what the image's own version tells --------------------------------------------------- */

static const char *package_key(struct marking *m, enum pkg_type type, const char *name,
			       const char *version, const char *arch, const char *path)
{
	return arena_printf(&m->st->arena, "p:%u:%s:%s:%s:%s", type, name, version, arch, path);
}

/* key: that of the finding; "" where it has none. */
static const char *finding_key(struct marking *m, const char *rule, const char *key,
			       const char *path)
{
	return arena_printf(&m->st->arena, "f:%s:%s:%s", rule, key, path);
}

static int add_key(struct marking *m, const char *key, struct error *err)
{
	if (key == NULL || map_put(&m->has, bytes_str(key), NULL) == NULL)
		return no_memory(err);
	return 0;
}

static int add_system(struct marking *m, const struct layer_facts *f, struct error *err)
{
	for (size_t i = 0; i < f->change_count; i++) {
		const struct layer_change *c = &f->changes[i];
		size_t n = 0;
		const struct package_fact *p = NULL;
		if (c->kind == CHANGE_FILE && c->content != 0)
			p = layer_packages(f, c->content, &n);
		const char *path = intern_bytes(&m->st->strings, c->path);
		if (path == NULL)
			return no_memory(err);
		for (; n > 0; n--, p++)
			if (add_key(m, package_key(m, p->type, p->name, p->version, p->arch, path),
				    err) < 0)
				return -1;
	}
	return 0;
}

static int add_apps(struct marking *m, const struct layer_facts *f, struct error *err)
{
	for (size_t i = 0; i < f->app_count; i++) {
		const struct app_fact *a = &f->apps[i];
		const struct file_fact *file = layer_file(f, a->content);
		if (file == NULL)
			continue;
		const char *path = file->path;
		if (a->inner[0] != '\0')
			path = arena_printf(&m->st->arena, "%s!/%s", file->path, a->inner);
		if (path == NULL)
			return no_memory(err);
		if (add_key(m, package_key(m, a->type, a->name, a->version, "", path), err) < 0)
			return -1;
	}
	return 0;
}

/* Keyed as merge_secrets() does it. */
static int add_secrets(struct marking *m, const struct layer_facts *f, struct error *err)
{
	for (size_t i = 0; i < f->secret_count; i++) {
		const struct secret_fact *s = &f->secrets[i];
		struct secret_rule_info rule;
		char hash[SECRET_KEY_TEXT];
		if (m->in->rules == NULL || s->rule >= secret_rules_count(m->in->rules))
			continue;
		secret_rule_info(m->in->rules, s->rule, &rule);
		secret_key_text(s, hash);
		if (add_key(m, finding_key(m, rule.id, hash, s->path), err) < 0)
			return -1;
	}
	return 0;
}

static int add_checks(struct marking *m, const struct layer_facts *f, struct error *err)
{
	for (size_t i = 0; m->in->check_rules != NULL && i < f->check_count; i++) {
		const struct check_fact *c = &f->checks[i];
		struct check_rule_info rule;
		if (c->rule >= check_rules_count(m->in->check_rules))
			continue;
		check_rule_info(m->in->check_rules, c->rule, &rule);
		if (add_key(m, finding_key(m, rule.id, c->key, c->path), err) < 0)
			return -1;
	}
	return 0;
}

/* Reads the image's versions of what was changed. */
static int compare(struct marking *m, struct error *err)
{
	struct layer_task task = { 0 };
	if (m->changed_count == 0)
		return 0;
	int r = jobs_run_image_files(&task, m->in->overlay, m->changed, m->changed_count, m->st,
				     m->in->jobs, err);
	if (r == 0 && task.error.code != ERR_NONE) {
		*err = task.error;
		r = -1;
	}
	if (r == 0)
		r = add_system(m, &task.facts, err);
	if (r == 0)
		r = add_apps(m, &task.facts, err);
	if (r == 0)
		r = add_secrets(m, &task.facts, err);
	if (r == 0)
		r = add_checks(m, &task.facts, err);
	layer_facts_free(&task.facts);
	m->is_compared = r == 0;
	return r;
}

/* --- the marks ----------------------------------------------------------------------------- */

static enum origin_kind origin_of(const struct marking *m, const char *path, const char *key)
{
	const uint64_t *state = map_get(&m->paths, file_of(path));
	if (state == NULL || *state == 0)
		return ORIGIN_UNKNOWN;
	if (*state - 1 != PATH_CHANGED)
		return (enum origin_kind)(*state - 1);
	if (!m->is_compared || key == NULL)
		return ORIGIN_UNKNOWN;
	return map_get(&m->has, bytes_str(key)) != NULL ? ORIGIN_IMAGE : ORIGIN_CONTAINER;
}

static void mark_all(struct marking *m, struct scan_result *r)
{
	for (size_t i = 0; i < r->package_count; i++) {
		struct package *p = &r->packages[i];
		p->origin = origin_of(
			m, p->path, package_key(m, p->type, p->name, p->version, p->arch, p->path));
	}
	for (size_t i = 0; i < r->finding_count; i++) {
		struct finding *f = &r->findings[i];
		if (f->package != NULL)
			f->origin = f->package->origin;
		else if (f->path != NULL)
			f->origin = origin_of(
				m, f->path,
				finding_key(m, f->rule, f->key == NULL ? "" : f->key, f->path));
	}
}

int origin_mark(const struct origin_input *in, struct scan_result *r, struct fact_store *st,
		struct error *err)
{
	struct marking m = { .in = in, .st = st };
	map_init(&m.paths);
	map_init(&m.has);
	int result = look_at_all(&m, r, err);
	if (result == 0)
		result = compare(&m, err);
	mark_all(&m, r);
	map_free(&m.paths);
	map_free(&m.has);
	free(m.changed);
	return result;
}
