/* R: DESCRIPTION of an installed package (Writing R Extensions 1.1.1, Debian's control
 * format), and renv.lock. */
#include "apps/internal.h"

static bool field(struct bytes line, const char *name, struct bytes *ret)
{
	struct bytes key, value;
	if (!app_cut(line, ':', &key, &value) || !bytes_equal(key, bytes_str(name)))
		return false;
	*ret = bytes_trim(value);
	return true;
}

/* "Built" is written when a package is installed: without it these are sources. */
int app_read_r_description(struct app_text *t, struct error *err)
{
	struct app_lines lines = app_lines_of(t->text);
	struct app_record r = { .type = PKG_CRAN };
	struct bytes line, built = { 0 };
	while (app_next_line(&lines, &line))
		if (!field(line, "Package", &r.name) && !field(line, "Version", &r.version) &&
		    !field(line, "License", &r.license))
			(void)field(line, "Built", &built);
	if (r.name.n == 0 || r.version.n == 0 || built.n == 0)
		return 0; /* other programs have files of that name, too */
	return app_add(t, &r, err);
}

int app_read_renv_lock(struct app_text *t, struct error *err)
{
	const struct node *root, *packages;
	if (app_json_tree(t->text, &t->arena, &root, err) < 0)
		return -1;
	packages = node_get(root, "Packages");
	if (packages == NULL || packages->kind != NODE_MAP)
		return error_set(err, ERR_MALFORMED, "a lock file of renv without Packages");
	for (const struct node *p = packages->first; p != NULL; p = p->next) {
		struct app_record r = {
			.type = PKG_CRAN,
			.name = node_text(p, "Package"),
			.version = node_text(p, "Version"),
			.line = p->line,
		};
		if (r.name.n == 0)
			r.name = p->key;
		if (app_add(t, &r, err) < 0)
			return -1;
	}
	return 0;
}
