/* Lock files of builds for the Java machine: gradle.lockfile and sbt's. */
#include "apps/internal.h"

/* --- Gradle ---------------------------------------------------------------------------- */

/* All configurations ("a,b,…") belong to tests: testRuntimeClasspath and its kind. */
static bool only_tests(struct bytes configurations)
{
	struct bytes name;
	size_t n = 0;
	while (bytes_next_field(&configurations, ',', &name)) {
		name = bytes_trim(name);
		if (!bytes_starts_with(name, BYTES_LIT("test")) &&
		    app_find(name, BYTES_LIT("Test")) < 0)
			return false;
		n++;
	}
	return n > 0;
}

/* "group:artifact:version=configuration,…" (Gradle's user guide, dependency
 * locking); the files of Gradle 4 and 5, one a configuration, have no '='. */
static int gradle_line(struct app_text *t, struct bytes line, uint32_t number, struct error *err)
{
	struct bytes configurations = { 0 }, module = line;
	struct app_record r = { .type = PKG_MAVEN, .line = number };
	(void)app_cut(line, '=', &module, &configurations);
	if (bytes_equal(module, BYTES_LIT("empty"))) /* configurations with nothing in them */
		return 0;
	if (!app_cut_last(module, ':', &r.name, &r.version) || bytes_index(r.name, ':') < 0) {
		app_skip(t, "line %u: no group:artifact:version", number);
		return 0;
	}
	bool build = bytes_starts_with(t->base, BYTES_LIT("buildscript"));
	r.dev = build || only_tests(configurations) ||
		(configurations.n == 0 && bytes_starts_with(t->base, BYTES_LIT("test")));
	return app_add(t, &r, err);
}

int app_read_gradle_lock(struct app_text *t, struct error *err)
{
	struct app_lines lines = app_lines_of(t->text);
	struct bytes line;
	while (app_next_line(&lines, &line)) {
		line = bytes_trim(line);
		if (line.n > 0 && line.p[0] != '#' && gradle_line(t, line, lines.number, err) < 0)
			return -1;
	}
	return 0;
}

/* --- sbt --------------------------------------------------------------------------------- */

static bool sbt_dev(const struct node *dependency)
{
	const struct node *c = node_get(dependency, "configurations");
	if (c == NULL || c->kind != NODE_LIST || c->count == 0)
		return false;
	for (const struct node *n = c->first; n != NULL; n = n->next)
		if (!bytes_starts_with(n->text, BYTES_LIT("test")))
			return false;
	return true;
}

/* build.sbt.lock of sbt-dependency-lock. */
int app_read_sbt_lock(struct app_text *t, struct error *err)
{
	cleanup_buf struct buf name = buf_max(LIMIT_PKG_FIELD);
	const struct node *root, *list;
	if (app_json_tree(t->text, &t->arena, &root, err) < 0)
		return -1;
	list = node_get(root, "dependencies");
	if (list == NULL || list->kind != NODE_LIST)
		return error_set(err, ERR_MALFORMED, "a lock file of sbt without dependencies");
	for (const struct node *d = list->first; d != NULL; d = d->next) {
		struct bytes org = node_text(d, "org"), artifact = node_text(d, "name");
		struct app_record r = {
			.type = PKG_MAVEN,
			.version = node_text(d, "version"),
			.line = d->line,
			.dev = sbt_dev(d),
		};
		if (org.n > 0 && artifact.n > 0)
			r.name = app_join(&name, org, ':', artifact);
		if (app_add(t, &r, err) < 0)
			return -1;
	}
	return 0;
}
