/* Package.resolved of the Swift package manager, and Podfile.lock of CocoaPods. */
#include "apps/internal.h"

/* --- Package.resolved ----------------------------------------------------------------------- */

/* A package is named by where it lies, without scheme and ".git"
 * (purl-spec, "swift"): "github.com/apple/swift-nio". */
static struct bytes location_name(struct bytes location, struct buf *scratch)
{
	struct bytes user, name = location, path;
	ptrdiff_t scheme = app_find(name, BYTES_LIT("://"));
	if (scheme >= 0)
		name = bytes_sub(name, (size_t)scheme + 3, name.n);
	else if (app_cut(name, '@', &user, &name) && app_cut(name, ':', &user, &path))
		name = app_join(scratch, user, '/', path); /* git@host:path */
	while (bytes_ends_with(name, BYTES_LIT("/")))
		name.n--;
	return bytes_ends_with(name, BYTES_LIT(".git")) ? bytes_sub(name, 0, name.n - 4) : name;
}

/* Versions 2 and 3: "pins" with "identity" and "location"; 1: "object"."pins" with
 * "package" and "repositoryURL". A pin of a branch has no version. */
static int read_pins(struct app_text *t, const struct node *pins, struct error *err)
{
	cleanup_buf struct buf scratch = buf_max(LIMIT_PKG_FIELD);
	for (const struct node *p = pins->first; p != NULL; p = p->next) {
		struct bytes location = node_text(p, "location");
		struct app_record r = {
			.type = PKG_SWIFT,
			.version = node_text(node_get(p, "state"), "version"),
			.line = p->line,
		};
		if (location.n == 0)
			location = node_text(p, "repositoryURL");
		r.name = location_name(location, &scratch);
		if (r.name.n == 0)
			r.name = node_text(p, "identity");
		if (!app_text_is(p, "kind", "localSourceControl") && app_add(t, &r, err) < 0)
			return -1;
	}
	return 0;
}

static int read_resolved(struct app_text *t, struct error *err)
{
	const struct node *root, *pins;
	if (app_json_tree(t->text, &t->arena, &root, err) < 0)
		return -1;
	pins = node_get(root, "pins");
	if (pins == NULL)
		pins = node_get(node_get(root, "object"), "pins");
	if (pins == NULL || pins->kind != NODE_LIST)
		return error_set(err, ERR_MALFORMED, "a Package.resolved without pins");
	return read_pins(t, pins, err);
}

/* --- Podfile.lock ------------------------------------------------------------------------------ */

/* "Name/Part (1.0)": a part of a pod has the pod's version and name. */
static void split_pod(struct bytes text, struct bytes *ret_name, struct bytes *ret_version)
{
	struct bytes rest;
	*ret_name = text;
	*ret_version = bytes_of(NULL, 0);
	if (app_cut(text, '(', ret_name, ret_version))
		(void)app_cut(*ret_version, ')', ret_version, &rest);
	*ret_name = bytes_trim(*ret_name);
	(void)app_cut(*ret_name, '/', ret_name, &rest);
}

/* An item is the pod, or a map of the pod to what it needs. */
static struct bytes pod_text(const struct node *item)
{
	return item->kind == NODE_MAP && item->first != NULL ? item->first->key : item->text;
}

static int index_asked(struct map *asked, const struct node *list, struct error *err)
{
	struct bytes name, version;
	if (list == NULL || list->kind != NODE_LIST)
		return 0;
	for (const struct node *n = list->first; n != NULL; n = n->next) {
		split_pod(pod_text(n), &name, &version);
		if (map_put(asked, name, NULL) == NULL)
			return error_set(err, ERR_MEMORY, "no memory for an index");
	}
	return 0;
}

/* "EXTERNAL SOURCES" tells which pods are folders of the project. */
static int read_pods(struct app_text *t, const struct node *root, struct map *asked,
		     struct map *sources, struct error *err)
{
	const struct node *pods = node_get(root, "PODS");
	if (index_asked(asked, node_get(root, "DEPENDENCIES"), err) < 0 ||
	    app_index(sources, node_get(root, "EXTERNAL SOURCES"), err) < 0)
		return -1;
	if (pods == NULL || pods->kind != NODE_LIST)
		return 0;
	for (const struct node *n = pods->first; n != NULL; n = n->next) {
		struct app_record r = { .type = PKG_COCOAPODS, .line = n->line };
		split_pod(pod_text(n), &r.name, &r.version);
		r.direct = map_get(asked, r.name) != NULL;
		bool own = node_get(app_indexed(sources, r.name), ":path") != NULL;
		if (!own && app_add(t, &r, err) < 0)
			return -1;
	}
	return 0;
}

static int read_podfile(struct app_text *t, struct error *err)
{
	const struct node *root;
	struct map asked, sources;
	if (yaml_parse(t->text, &t->arena, &root, NULL, err) < 0)
		return -1;
	if (root->kind != NODE_MAP)
		return error_set(err, ERR_MALFORMED, "a Podfile.lock that is no map");
	map_init(&asked);
	map_init(&sources);
	int result = read_pods(t, root, &asked, &sources, err);
	map_free(&sources);
	map_free(&asked);
	return result;
}

int app_read_swift_resolved(struct app_text *t, struct error *err)
{
	return bytes_equal(t->base, BYTES_LIT("Podfile.lock")) ? read_podfile(t, err)
							       : read_resolved(t, err);
}
