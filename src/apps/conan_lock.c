/* conan.lock: version 1 has a graph of nodes with a "ref", version 2 lists of
 * references (Conan's documentation, "Lockfiles"). */
#include "apps/internal.h"

/* NAME/VERSION[@USER/CHANNEL][#REVISION][:PACKAGE][%TIME] */
static int add_reference(struct app_text *t, struct app_record r, struct bytes ref,
			 struct error *err)
{
	if (!app_cut(ref, '/', &r.name, &r.version)) {
		app_skip(t, "line %u: a reference that is not NAME/VERSION", r.line);
		return 0;
	}
	for (size_t i = 0; i < r.version.n; i++)
		if (r.version.p[i] != '\0' && strchr("@#:%", r.version.p[i]) != NULL)
			r.version = bytes_sub(r.version, 0, i);
	return app_add(t, &r, err);
}

static int read_list(struct app_text *t, const struct node *list, bool dev, struct error *err)
{
	if (list == NULL || list->kind != NODE_LIST)
		return 0;
	for (const struct node *n = list->first; n != NULL; n = n->next) {
		struct app_record r = { .type = PKG_CONAN, .line = n->line, .dev = dev };
		/* With revisions of recipes: ["ref", {…}]. */
		bool pair = n->kind == NODE_LIST && n->first != NULL;
		if (add_reference(t, r, pair ? n->first->text : n->text, err) < 0)
			return -1;
	}
	return 0;
}

/* Before Conan 1.17 it was called "pref". */
static struct bytes reference(const struct node *n)
{
	struct bytes ref = node_text(n, "ref");
	return ref.n > 0 ? ref : node_text(n, "pref");
}

/* The consumer has the path of its own recipe; what it requires are numbers of nodes. */
static const struct node *consumer(const struct node *nodes)
{
	for (const struct node *n = nodes->first; n != NULL; n = n->next)
		if (node_get(n, "path") != NULL || reference(n).n == 0)
			return n;
	return NULL;
}

static int index_asked(struct map *asked, const struct node *list, struct error *err)
{
	if (list == NULL || list->kind != NODE_LIST)
		return 0;
	for (const struct node *n = list->first; n != NULL; n = n->next)
		if (map_put(asked, n->text, NULL) == NULL)
			return error_set(err, ERR_MEMORY, "no memory for an index");
	return 0;
}

static int read_nodes(struct app_text *t, const struct node *nodes, struct map *asked,
		      struct error *err)
{
	const struct node *project = consumer(nodes);
	if (index_asked(asked, node_get(project, "requires"), err) < 0)
		return -1;
	for (const struct node *n = nodes->first; n != NULL; n = n->next) {
		struct app_record r = {
			.type = PKG_CONAN,
			.line = n->line,
			.dev = app_text_is(n, "context", "build"),
			.direct = map_get(asked, n->key) != NULL,
		};
		struct bytes ref = reference(n);
		if (n != project && ref.n > 0 && add_reference(t, r, ref, err) < 0)
			return -1;
	}
	return 0;
}

static int read_graph(struct app_text *t, const struct node *nodes, struct error *err)
{
	struct map asked;
	map_init(&asked);
	int result = read_nodes(t, nodes, &asked, err);
	map_free(&asked);
	return result;
}

int app_read_conan_lock(struct app_text *t, struct error *err)
{
	const struct node *root, *nodes;
	if (app_json_tree(t->text, &t->arena, &root, err) < 0)
		return -1;
	if (root->kind != NODE_MAP)
		return error_set(err, ERR_MALFORMED, "a lock file of Conan that is no object");
	nodes = node_get(node_get(root, "graph_lock"), "nodes");
	if (nodes != NULL && nodes->kind == NODE_MAP)
		return read_graph(t, nodes, err);
	if (read_list(t, node_get(root, "requires"), false, err) < 0 ||
	    read_list(t, node_get(root, "python_requires"), true, err) < 0)
		return -1;
	return read_list(t, node_get(root, "build_requires"), true, err);
}
