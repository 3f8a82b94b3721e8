/* conan.lock: version 1 has a graph of nodes with a "ref", version 2 lists of
 * references (Conan's documentation, "Lockfiles"). */
#include "apps/internal.h"

/* NAME/VERSION[@USER/CHANNEL][#REVISION][:PACKAGE][%TIME] */
static int add_reference(struct app_text *t, const struct node *n, struct bytes ref, bool dev,
			 struct error *err)
{
	struct app_record r = { .type = PKG_CONAN, .line = n->line, .dev = dev };
	if (!app_cut(ref, '/', &r.name, &r.version)) {
		app_skip(t, "line %u: a reference that is not NAME/VERSION", n->line);
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
		/* With revisions of recipes: ["ref", {…}]. */
		struct bytes ref =
			n->kind == NODE_LIST && n->first != NULL ? n->first->text : n->text;
		if (add_reference(t, n, ref, dev, err) < 0)
			return -1;
	}
	return 0;
}

/* The consumer: it has the path of its own recipe. */
static const struct node *project_node(const struct node *nodes)
{
	for (const struct node *n = nodes->first; n != NULL; n = n->next)
		if (node_get(n, "path") != NULL || node_text(n, "ref").n == 0)
			return n;
	return NULL;
}

static int read_graph(struct app_text *t, const struct node *nodes, struct error *err)
{
	const struct node *project = project_node(nodes);
	for (const struct node *n = nodes->first; n != NULL; n = n->next) {
		bool build = app_text_is(n, "context", "build");
		struct bytes ref = node_text(n, "ref");
		if (n != project && ref.n > 0 && add_reference(t, n, ref, build, err) < 0)
			return -1;
	}
	return 0;
}

int app_read_conan_lock(struct app_text *t, struct error *err)
{
	const struct node *root, *nodes;
	if (app_json_tree(t->text, &t->arena, &root, err) < 0)
		return -1;
	nodes = node_get(node_get(root, "graph_lock"), "nodes");
	if (nodes != NULL && nodes->kind == NODE_MAP)
		return read_graph(t, nodes, err);
	if (read_list(t, node_get(root, "requires"), false, err) < 0 ||
	    read_list(t, node_get(root, "python_requires"), true, err) < 0)
		return -1;
	return read_list(t, node_get(root, "build_requires"), true, err);
}
