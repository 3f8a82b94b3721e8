#include "scan/merge_apps.h"

#include <stdio.h>

#include "scan/findings.h"

enum { KEY_MAX = 1024 * 1024 };

struct app_merge {
	const struct merge_input *in;
	struct fact_store *st;
	struct shadow_index hidden; /* by layers above */
	struct shadow_index owned; /* by packages of the system */
	struct shadow_index earlier; /* by layers below the one at hand */
	/* package at its path → of the layers one after the other that have it the first,
	 * in the upper half, and the last + 1, in the lower; 0: none yet */
	struct map runs;
	struct buf key;
	struct app_merge_sink sink;
	size_t owned_count;
};

/* Its run; NULL: not told yet. The key is in m->key. */
static uint64_t *run_of(struct app_merge *m, const struct file_fact *file, const struct app_fact *a)
{
	char type[16];
	const char *const parts[] = { type, a->name, a->version, a->inner, file->path };
	(void)snprintf(type, sizeof type, "%u", a->type);
	m->key.n = 0;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (buf_append(&m->key, parts[i], strlen(parts[i]) + 1, NULL) < 0)
			return NULL;
	return map_get(&m->runs, buf_view(&m->key));
}

static int add_run(struct app_merge *m, struct error *err)
{
	uint8_t *key = arena_alloc(&m->st->arena, m->key.n);
	if (key != NULL)
		memcpy(key, m->key.p, m->key.n);
	if (key == NULL || map_put(&m->runs, bytes_of(key, m->key.n), NULL) == NULL)
		return error_set(err, ERR_LIMIT, "the image's packages need too much memory");
	return 0;
}

/* Asks for what several layers have: most packages are in one. */
static int ask_earlier(struct app_merge *m, const struct layer_facts *f, struct error *err)
{
	for (size_t i = 0; i < f->app_count; i++) {
		const struct file_fact *file = layer_file(f, f->apps[i].content);
		if (file == NULL)
			continue;
		int r = run_of(m, file, &f->apps[i]) == NULL
				? add_run(m, err)
				: shadow_ask_file(&m->earlier, bytes_str(file->path), err);
		if (r < 0)
			return -1;
	}
	return 0;
}

static int ask(struct app_merge *m, struct error *err)
{
	const bool several = m->in->layer_count > 1;
	for (uint32_t layer = 0; layer < m->in->layer_count; layer++) {
		const struct layer_facts *f = m->in->layers[layer];
		for (size_t i = 0; f != NULL && i < f->file_count; i++) {
			struct bytes path = bytes_str(f->files[i].path);
			if (shadow_ask_file(&m->hidden, path, err) < 0 ||
			    shadow_ask(&m->owned, owned_hash(path), err) < 0)
				return -1;
		}
		if (f != NULL && several && ask_earlier(m, f, err) < 0)
			return -1;
	}
	return 0;
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

/* The layer that brought it: the lowest of those that have this version at this path one
 * after the other, for a layer that only changes the owner of files has them all again.
 * What was gone or another version in between, came with the layer where it is back. */
static uint32_t brought_by(struct app_merge *m, const struct file_fact *file,
			   const struct app_fact *a, uint32_t layer)
{
	uint64_t *run = run_of(m, file, a);
	if (run == NULL)
		return layer;
	uint32_t last = (uint32_t)*run, first = (uint32_t)(*run >> 32);
	bool goes_on = last == layer + 1 ||
		       (last > 0 && shadow_last_at(&m->earlier, bytes_str(file->path)) == last);
	if (!goes_on)
		first = layer;
	*run = (uint64_t)first << 32 | (layer + 1);
	return first;
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
		if (file == NULL)
			continue;
		uint32_t first = brought_by(m, file, &f->apps[i], layer);
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
	struct app_merge m = { .in = in, .st = st, .sink = sink, .key = buf_max(KEY_MAX) };
	map_init(&m.runs);
	int r = ask(&m, err);
	if (r == 0) {
		layers_note_paths(&m.hidden, in->layers, in->layer_count);
		note_owned(&m);
	}
	for (uint32_t layer = 0; r == 0 && layer < in->layer_count; layer++) {
		const struct layer_facts *f = in->layers[layer];
		if (f == NULL)
			continue;
		r = merge_layer(&m, f, layer, err);
		shadow_note(&m.earlier, f->shadow.hashes, f->shadow.n, layer);
	}
	shadow_index_free(&m.hidden);
	shadow_index_free(&m.owned);
	shadow_index_free(&m.earlier);
	map_free(&m.runs);
	buf_free(&m.key);
	*ret_owned = m.owned_count;
	return r;
}
