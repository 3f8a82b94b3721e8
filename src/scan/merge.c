#include "scan/merge.h"

#include <stdlib.h>

#include "image/tree.h"
#include "scan/attribution.h"
#include "scan/follow.h"
#include "scan/merge_apps.h"

/* A problem that counts only if its file is visible. */
struct candidate {
	uint32_t layer, content;
	const struct problem_fact *fact;
	bool visible;
};

struct merge {
	const struct merge_input *in;
	struct fact_store *st;
	struct image_tree *tree;
	struct interest interest; /* what the layers were read for */
	struct follow links;
	struct merge_result *out;
	struct os_facts os; /* joined so far */
	struct package *packages;
	size_t package_cap;
	struct attribution attribution;
	struct candidate *candidates; /* sorted */
	size_t candidate_count;
};

/* --- operating system ----------------------------------------------------------------- */

static void join_os(struct merge *m, const struct layer_facts *f, uint32_t content)
{
	size_t n;
	const struct os_fact *o = layer_systems(f, content, &n);
	for (; n > 0; n--, o++) {
		struct os_facts one = { .id = bytes_str(o->id),
					.version_id = bytes_str(o->version),
					.name = bytes_str(o->name),
					.codename = bytes_str(o->codename),
					.id_like = bytes_str(o->id_like),
					.extended = bytes_str(o->extended),
					.rank = o->rank };
		os_facts_add(&m->os, &one);
	}
}

/* etc/os-release itself, or the file that it leads to: their ranks are the best, and
 * another file can only become etc/os-release below what is there now. */
static void check_final(struct merge *m)
{
	const struct tree_node *node = NULL;
	size_t n;
	if (image_tree_resolve(m->tree, &m->interest, BYTES_LIT("etc/os-release"), NULL, &node) !=
		    TREE_FOUND ||
	    node->kind != CHANGE_FILE || node->content == 0)
		return;
	const struct os_fact *o =
		layer_systems(m->in->layers[node->content_layer], node->content, &n);
	for (size_t i = 0; i < n; i++)
		m->out->os_final |= o[i].id[0] != '\0' && o[i].rank == m->os.rank;
}

static const char *text_of(struct merge *m, struct bytes b)
{
	const char *s = intern_bytes(&m->st->strings, b);
	return s == NULL ? "" : s;
}

static void settle_os(struct merge *m)
{
	struct merge_result *out = m->out;
	if (m->os.id.n == 0)
		return;
	out->has_os = true;
	out->os = (struct os_identity){
		.id = text_of(m, m->os.id),
		.version = text_of(m, m->os.version_id),
		.name = text_of(m, m->os.name),
		.codename = text_of(m, m->os.codename),
		.extended = text_of(m, m->os.extended),
	};
}

/* --- packages ---------------------------------------------------------------------------- */

static int keep_package(void *ctx, const struct package *package, struct error *err)
{
	struct merge *m = ctx;
	struct merge_result *out = m->out;
	if (out->package_count == m->package_cap) {
		size_t cap = m->package_cap == 0 ? 256 : m->package_cap * 2;
		struct package *p = reallocarray(m->packages, cap, sizeof *p);
		if (p == NULL)
			return error_set(err, ERR_MEMORY, "no memory for the image's packages");
		m->packages = p;
		m->package_cap = cap;
	}
	m->packages[out->package_count++] = *package;
	return 0;
}

static int add_package(struct merge *m, const struct package_fact *f, const char *path,
		       uint32_t layer, struct error *err)
{
	struct package p = {
		.type = f->type,
		.name = f->name,
		.version = f->version,
		.arch = f->arch,
		.source_name = f->source_name,
		.source_version = f->source_version,
		.vendor = f->vendor,
		.modularity = f->modularity,
		.license = f->license,
		.path = path,
		.layer = layer,
	};
	return keep_package(m, &p, err);
}

/* The packages of one visible database, each with the layer that brought it. */
static int add_database(struct merge *m, const char *path, const struct tree_node *node,
			struct error *err)
{
	const struct layer_facts *f = m->in->layers[node->content_layer];
	size_t first = m->out->package_count, n;
	const struct package_fact *packages = layer_packages(f, node->content, &n);
	for (size_t i = 0; i < n; i++)
		if (add_package(m, &packages[i], path, node->content_layer, err) < 0)
			return -1;
	if (n == 0)
		return 0;
	return attribute_packages(&m->attribution, path, m->packages + first, n,
				  node->content_layer, err);
}

/* --- problems of visible files ------------------------------------------------------------- */

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->layer != y->layer)
		return x->layer < y->layer ? -1 : 1;
	return (x->content > y->content) - (x->content < y->content);
}

/* Into list, unless it is NULL; how many there are. */
static size_t list_candidates(const struct merge *m, struct candidate *list)
{
	size_t n = 0;
	for (uint32_t layer = 0; layer < m->in->layer_count; layer++) {
		const struct layer_facts *f = m->in->layers[layer];
		for (size_t i = 0; f != NULL && i < f->problem_count; i++) {
			const struct problem_fact *p = &f->problems[i];
			if (p->content == 0)
				continue;
			if (list != NULL)
				list[n] = (struct candidate){ layer, p->content, p, false };
			n++;
		}
	}
	return n;
}

static int find_candidates(struct merge *m, struct error *err)
{
	size_t n = list_candidates(m, NULL);
	m->candidates = calloc(n + 1, sizeof *m->candidates);
	if (m->candidates == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu problems", n);
	m->candidate_count = list_candidates(m, m->candidates);
	qsort(m->candidates, n, sizeof *m->candidates, compare_candidates);
	return 0;
}

static void mark_problem(struct merge *m, const struct tree_node *node)
{
	struct candidate key = { .layer = node->content_layer, .content = node->content };
	struct candidate *c = bsearch(&key, m->candidates, m->candidate_count,
				      sizeof *m->candidates, compare_candidates);
	if (c != NULL)
		c->visible = true;
}

static int make_problems(struct merge *m, struct error *err)
{
	struct merge_result *out = m->out;
	out->problems = arena_array(&m->st->arena, m->candidate_count + 1, sizeof *out->problems);
	return out->problems != NULL
		       ? 0
		       : error_set(err, ERR_LIMIT, "the image's problems need too much memory");
}

/* Of a file of applications: candidates count them all. */
static int keep_problem(void *ctx, const struct problem_fact *p, uint32_t layer, struct error *err)
{
	struct merge *m = ctx;
	(void)err;
	m->out->problems[m->out->problem_count++] = (struct merge_problem){ *p, layer };
	return 0;
}

static void settle_problems(struct merge *m)
{
	struct merge_result *out = m->out;
	for (size_t i = 0; i < m->candidate_count; i++) {
		const struct candidate *c = &m->candidates[i];
		if (c->visible)
			out->problems[out->problem_count++] =
				(struct merge_problem){ *c->fact, c->layer };
	}
}

/* --- the tree ------------------------------------------------------------------------------- */

static int on_file(struct merge *m, const char *path, const struct tree_node *node,
		   struct error *err)
{
	if (node->linked != NULL && follow_hardlink(&m->links, bytes_str(path), node, err) < 0)
		return -1;
	/* A database's other name, at a path where nobody looks for one. */
	if (node->content == 0 || !interest_wants(&m->interest, bytes_str(path)))
		return 0;
	mark_problem(m, node);
	join_os(m, m->in->layers[node->content_layer], node->content);
	const char *kept = intern_bytes(&m->st->strings, bytes_str(path));
	if (kept == NULL)
		return error_set(err, ERR_LIMIT, "the image's packages need too much memory");
	return add_database(m, kept, node, err);
}

static int on_node(void *ctx, const char *path, const struct tree_node *node, struct error *err)
{
	struct merge *m = ctx;
	if (node->kind == CHANGE_SYMLINK)
		return follow_symlink(&m->links, bytes_str(path), err);
	return node->kind == CHANGE_FILE ? on_file(m, path, node, err) : 0;
}

static int fill_interest(struct merge *m, struct error *err)
{
	interest_init(&m->interest);
	for (const char *const *p = pkgdb_paths; *p != NULL; p++)
		if (interest_add(&m->interest, bytes_str(*p), err) < 0)
			return -1;
	for (size_t i = 0; i < m->in->extra_count; i++)
		if (interest_add(&m->interest, m->in->extras[i].path, err) < 0)
			return -1;
	return 0;
}

static int build_tree(struct merge *m, struct error *err)
{
	m->tree = image_tree_new();
	if (m->tree == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the image's tree");
	for (uint32_t i = 0; i < m->in->layer_count; i++) {
		const struct layer_facts *f = m->in->layers[i];
		if (f == NULL)
			continue;
		for (size_t k = 0; k < f->package_count; k++)
			m->out->had_packages |= 1u << f->packages[k].type;
		if (image_tree_apply(m->tree, f->changes, f->change_count, i, err) < 0)
			return -1;
	}
	return 0;
}

/* --- the list -------------------------------------------------------------------------------- */

static bool same_package(const struct package *a, const struct package *b)
{
	if (pkg_type_is_app(a->type) && strcmp(a->path, b->path) != 0)
		return false; /* one that is there twice has to be mended twice */
	return a->type == b->type && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->version, b->version) == 0 && strcmp(a->arch, b->arch) == 0;
}

static const char *make_purl(struct merge *m, const struct package *p)
{
	cleanup_buf struct buf out = buf_max(8 * LIMIT_PKG_FIELD);
	bool has_os = m->out->has_os && !pkg_type_is_app(p->type);
	struct purl_parts parts = {
		.type = p->type,
		.name = p->name,
		.version = p->version,
		.arch = p->arch,
		.source_name = p->source_name,
		.source_version = p->source_version,
		.modularity = p->modularity,
		.os_id = has_os ? m->out->os.id : NULL,
		.os_version = has_os ? m->out->os.version : NULL,
	};
	if (purl_write(&parts, &out, NULL) < 0)
		return NULL;
	return arena_cstr(&m->st->arena, buf_view(&out));
}

/* Sorted, without what two databases of one image both list, with purls. */
static int settle_packages(struct merge *m, struct error *err)
{
	struct merge_result *out = m->out;
	size_t n = 0;
	if (out->package_count > 0)
		qsort(m->packages, out->package_count, sizeof *m->packages, package_compare);
	for (size_t i = 0; i < out->package_count; i++)
		if (n == 0 || !same_package(&m->packages[n - 1], &m->packages[i]))
			m->packages[n++] = m->packages[i];
	out->package_count = n;
	out->packages = arena_array(&m->st->arena, n + 1, sizeof *out->packages);
	if (out->packages == NULL)
		return error_set(err, ERR_LIMIT, "the image's packages need too much memory");
	for (size_t i = 0; i < n; i++) {
		out->packages[i] = m->packages[i];
		if (!m->in->layers_named)
			out->packages[i].layer = LAYER_NONE;
		out->packages[i].purl = make_purl(m, &m->packages[i]);
		if (out->packages[i].purl == NULL)
			return error_set(err, ERR_LIMIT,
					 "the image's packages need too much memory");
	}
	return 0;
}

int merge_layers(const struct merge_input *in, struct fact_store *st, struct merge_result *ret,
		 struct error *err)
{
	struct merge m = { .in = in, .st = st, .out = ret };
	*ret = (struct merge_result){ 0 };
	int r = fill_interest(&m, err);
	if (r == 0)
		r = find_candidates(&m, err);
	if (r == 0)
		r = attribution_init(&m.attribution, in->layers, in->layer_count, err);
	if (r == 0)
		r = build_tree(&m, err);
	follow_init(&m.links, m.tree, &m.interest, in->extras, in->extra_count, st);
	if (r == 0)
		r = follow_roles(&m.links, err);
	if (r == 0)
		r = image_tree_each(m.tree, on_node, &m, err);
	if (r == 0)
		r = make_problems(&m, err);
	if (r == 0)
		r = merge_apps(in, st, (struct app_merge_sink){ keep_package, keep_problem, &m },
			       &ret->owned_count, err);
	if (r == 0) {
		check_final(&m);
		settle_os(&m);
		settle_problems(&m);
		r = settle_packages(&m, err);
	}
	ret->missing = m.links.missing;
	ret->missing_count = m.links.missing_count;
	ret->refused = m.links.refused;
	ret->refused_count = m.links.refused_count;
	follow_free(&m.links);
	free(m.packages);
	free(m.candidates);
	attribution_free(&m.attribution);
	image_tree_free(m.tree);
	interest_free(&m.interest);
	return r;
}
