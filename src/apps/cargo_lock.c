/* Cargo.lock (The Cargo Book): [[package]] tables. One without a source is a crate of
 * the project itself; what those name under "dependencies" is asked for directly.
 * Nothing tells what is only for development. */
#include "apps/internal.h"

/* "name", "name version" or "name version (source)". */
static int ask(struct map *asked, const struct node *dependencies, struct error *err)
{
	const struct node *d = dependencies == NULL ? NULL : dependencies->first;
	for (; d != NULL; d = d->next) {
		struct bytes name = d->text;
		/* Without the source: it is the key of one version. */
		ptrdiff_t source = app_find(name, BYTES_LIT(" ("));
		if (source >= 0)
			name = bytes_sub(name, 0, (size_t)source);
		if (map_put(asked, name, NULL) == NULL)
			return error_set(err, ERR_MEMORY, "no memory for an index");
	}
	return 0;
}

static bool is_asked(const struct map *asked, struct buf *scratch, const struct app_record *r)
{
	return map_get(asked, r->name) != NULL ||
	       map_get(asked, app_join(scratch, r->name, ' ', r->version)) != NULL;
}

static int read_packages(struct app_text *t, const struct node *list, struct map *asked,
			 struct error *err)
{
	cleanup_buf struct buf scratch = buf_max(APP_LOCK_MAX);
	const struct node *p;
	for (p = list->first; p != NULL; p = p->next)
		if (node_get(p, "source") == NULL &&
		    ask(asked, node_get(p, "dependencies"), err) < 0)
			return -1;
	for (p = list->first; p != NULL; p = p->next) {
		struct app_record r = {
			.type = PKG_CARGO,
			.name = node_text(p, "name"),
			.version = node_text(p, "version"),
			.line = p->line,
		};
		r.direct = is_asked(asked, &scratch, &r);
		if (node_get(p, "source") != NULL && app_add(t, &r, err) < 0)
			return -1;
	}
	return 0;
}

int app_read_cargo_lock(struct app_text *t, struct error *err)
{
	const struct node *root, *list;
	struct map asked;
	if (toml_parse(t->text, &t->arena, &root, err) < 0)
		return -1;
	list = node_get(root, "package");
	if (list == NULL || list->kind != NODE_LIST)
		return 0;
	map_init(&asked);
	int result = read_packages(t, list, &asked, err);
	map_free(&asked);
	return result;
}
