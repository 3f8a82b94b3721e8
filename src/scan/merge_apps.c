#include "scan/merge_apps.h"

struct app_merge {
	const struct merge_input *in;
	struct fact_store *st;
	struct shadow_index hidden; /* by layers above */
	struct shadow_index owned; /* by packages of the system */
	struct map brought; /* package at its path → layer + 1 that first had it */
	struct app_merge_sink sink;
	size_t owned_count;
};

static int ask(struct app_merge *m, struct error *err)
{
	for (uint32_t layer = 0; layer < m->in->layer_count; layer++) {
		const struct layer_facts *f = m->in->layers[layer];
		for (size_t i = 0; f != NULL && i < f->file_count; i++) {
			struct bytes path = bytes_str(f->files[i].path);
			if (shadow_ask_file(&m->hidden, path, err) < 0 ||
			    shadow_ask(&m->owned, owned_hash(path), err) < 0)
				return -1;
		}
	}
	return 0;
}

static void note_layers(struct app_merge *m)
{
	for (uint32_t layer = 0; layer < m->in->layer_count; layer++) {
		const struct layer_facts *f = m->in->layers[layer];
		if (f != NULL)
			shadow_note(&m->hidden, f->shadow.hashes, f->shadow.n, layer);
	}
}

/* Only lists that are still there: what was uninstalled owns nothing. */
static void note_owned(struct app_merge *m)
{
	for (uint32_t layer = 0; layer < m->in->layer_count; layer++) {
		const struct layer_facts *f = m->in->layers[layer];
		for (size_t i = 0; f != NULL && i < f->list_count; i++) {
			const struct owned_fact *o = &f->lists[i];
			const struct file_fact *file = layer_file(f, o->content);
			if (file != NULL && !shadow_hides(&m->hidden, bytes_str(file->path), layer))
				shadow_note(&m->owned, f->owned.hashes + o->from, o->n, layer);
		}
	}
}

/* "opt/a.war" and what lies in it: "opt/a.war!/WEB-INF/lib/b.jar". */
static const char *path_of(struct app_merge *m, const struct file_fact *file,
			   const struct app_fact *a)
{
	if (a->inner[0] == '\0')
		return file->path;
	return arena_printf(&m->st->arena, "%s!/%s", file->path, a->inner);
}

static int add_package(struct app_merge *m, const struct file_fact *file, const struct app_fact *a,
		       uint32_t layer, struct error *err)
{
	struct package p = { .type = a->type,
			     .name = a->name,
			     .version = a->version,
			     .arch = "",
			     .source_name = "",
			     .source_version = "",
			     .vendor = "",
			     .modularity = "",
			     .license = a->license,
			     .path = path_of(m, file, a),
			     .layer = layer,
			     .line = a->line,
			     .dev = a->dev,
			     .direct = a->direct };
	if (p.path == NULL)
		return error_set(err, ERR_LIMIT, "the image's packages need too much memory");
	return m->sink.package(m->sink.ctx, &p, err);
}

/* The lowest layer that has this version at this path: a layer that only changes the
 * owner of files has them all again. */
static int brought_by(struct app_merge *m, const struct file_fact *file, const struct app_fact *a,
		      uint32_t layer, uint32_t *ret, struct error *err)
{
	const char *key = arena_printf(&m->st->arena, "%u:%s:%s:%s:%s", a->type, a->name,
				       a->version, a->inner, file->path);
	uint64_t *slot = key == NULL ? NULL : map_put(&m->brought, bytes_str(key), NULL);
	if (slot == NULL)
		return error_set(err, ERR_LIMIT, "the image's packages need too much memory");
	if (*slot == 0)
		*slot = layer + UINT64_C(1);
	*ret = (uint32_t)(*slot - 1);
	return 0;
}

static bool is_visible(const struct app_merge *m, const struct file_fact *file, uint32_t layer)
{
	return file != NULL && !shadow_hides(&m->hidden, bytes_str(file->path), layer);
}

static bool is_owned(const struct app_merge *m, const struct file_fact *file)
{
	struct bytes path = bytes_str(file->path);
	return is_system_path(path) && shadow_last(&m->owned, owned_hash(path)) > 0;
}

static int merge_layer(struct app_merge *m, const struct layer_facts *f, uint32_t layer,
		       struct error *err)
{
	for (size_t i = 0; i < f->app_count; i++) {
		const struct file_fact *file = layer_file(f, f->apps[i].content);
		uint32_t first = layer;
		if (file == NULL)
			continue;
		if (m->in->layer_count > 1 &&
		    brought_by(m, file, &f->apps[i], layer, &first, err) < 0)
			return -1;
		if (!is_visible(m, file, layer))
			continue;
		if (is_owned(m, file))
			m->owned_count++;
		else if (add_package(m, file, &f->apps[i], first, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < f->problem_count; i++) {
		const struct problem_fact *p = &f->problems[i];
		const struct file_fact *file = p->content == 0 ? NULL : layer_file(f, p->content);
		if (is_visible(m, file, layer) && m->sink.problem(m->sink.ctx, p, layer, err) < 0)
			return -1;
	}
	return 0;
}

int merge_apps(const struct merge_input *in, struct fact_store *st, struct app_merge_sink sink,
	       size_t *ret_owned, struct error *err)
{
	struct app_merge m = { .in = in, .st = st, .sink = sink };
	map_init(&m.brought);
	int r = ask(&m, err);
	if (r == 0) {
		note_layers(&m);
		note_owned(&m);
	}
	for (uint32_t layer = 0; r == 0 && layer < in->layer_count; layer++)
		if (in->layers[layer] != NULL)
			r = merge_layer(&m, in->layers[layer], layer, err);
	shadow_index_free(&m.hidden);
	shadow_index_free(&m.owned);
	map_free(&m.brought);
	*ret_owned = m.owned_count;
	return r;
}
