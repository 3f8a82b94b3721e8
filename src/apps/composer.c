/* Composer: vendor/composer/installed.json, an array of packages in version 1, since
 * version 2 an object with "packages" and the names of those for development; and
 * composer.lock with "packages" and "packages-dev". */
#include "apps/internal.h"

static int add_packages(struct app_text *t, const struct node *list, bool dev,
			const struct map *dev_names, struct error *err)
{
	if (list == NULL || list->kind != NODE_LIST)
		return 0;
	for (const struct node *p = list->first; p != NULL; p = p->next) {
		struct app_record r = {
			.type = PKG_COMPOSER,
			.name = node_text(p, "name"),
			.version = node_text(p, "version"),
			.license = app_license(&t->arena, node_get(p, "license")),
			.line = p->line,
		};
		r.dev = dev || (dev_names != NULL && map_get(dev_names, r.name) != NULL);
		if (app_add(t, &r, err) < 0)
			return -1;
	}
	return 0;
}

static int index_names(struct map *names, const struct node *list, struct error *err)
{
	if (list == NULL || list->kind != NODE_LIST)
		return 0;
	for (const struct node *n = list->first; n != NULL; n = n->next)
		if (map_put(names, n->text, NULL) == NULL)
			return error_set(err, ERR_MEMORY, "no memory for an index");
	return 0;
}

int app_read_composer_installed(struct app_text *t, struct error *err)
{
	const struct node *root;
	struct map dev;
	if (app_json_tree(t->text, &t->arena, &root, err) < 0)
		return -1;
	if (root->kind == NODE_LIST)
		return add_packages(t, root, false, NULL, err);
	map_init(&dev);
	int result = index_names(&dev, node_get(root, "dev-package-names"), err);
	if (result == 0)
		result = add_packages(t, node_get(root, "packages"), false, &dev, err);
	map_free(&dev);
	return result;
}

int app_read_composer_lock(struct app_text *t, struct error *err)
{
	const struct node *root;
	if (app_json_tree(t->text, &t->arena, &root, err) < 0)
		return -1;
	if (root->kind != NODE_MAP)
		return error_set(err, ERR_MALFORMED, "a lock file of Composer that is no object");
	if (add_packages(t, node_get(root, "packages"), false, NULL, err) < 0)
		return -1;
	return add_packages(t, node_get(root, "packages-dev"), true, NULL, err);
}
