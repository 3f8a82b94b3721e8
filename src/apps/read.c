/* One reader a kind, and what text readers share: the file in memory, and a list of
 * packages that is told once the reader is done. */
#include <stdarg.h>
#include <stdio.h>

#include "apps/internal.h"

static const struct reader {
	app_file_fn *file;
	app_text_fn *text;
	size_t max; /* bytes of text */
} readers[APP_KINDS] = {
	[APP_NODE_PACKAGE] = { NULL, app_read_node_package, APP_MANIFEST_MAX },
	[APP_PYTHON_DIST] = { NULL, app_read_python_dist, APP_MANIFEST_MAX },
	[APP_PYTHON_EGG] = { app_read_python_egg, NULL, 0 },
	[APP_JAVA_ARCHIVE] = { app_read_java_archive, NULL, 0 },
	[APP_ELF] = { app_read_elf, NULL, 0 },
	[APP_GEMSPEC] = { NULL, app_read_gemspec, APP_MANIFEST_MAX },
	[APP_COMPOSER_INSTALLED] = { NULL, app_read_composer_installed, APP_LOCK_MAX },
	[APP_NUGET_DEPS] = { NULL, app_read_nuget_deps, APP_LOCK_MAX },
	[APP_CONDA_META] = { NULL, app_read_conda_meta, APP_LOCK_MAX },
	[APP_R_DESCRIPTION] = { NULL, app_read_r_description, APP_MANIFEST_MAX },
	[APP_WORDPRESS] = { app_read_wordpress, NULL, 0 },
	[APP_JAVASCRIPT] = { app_read_javascript, NULL, 0 },
	[APP_PRODUCT] = { app_read_product, NULL, 0 },
	[APP_NPM_LOCK] = { NULL, app_read_npm_lock, APP_LOCK_MAX },
	[APP_YARN_LOCK] = { NULL, app_read_yarn_lock, APP_LOCK_MAX },
	[APP_PNPM_LOCK] = { NULL, app_read_pnpm_lock, APP_LOCK_MAX },
	[APP_BUN_LOCK] = { NULL, app_read_bun_lock, APP_LOCK_MAX },
	[APP_POETRY_LOCK] = { NULL, app_read_poetry_lock, APP_LOCK_MAX },
	[APP_UV_LOCK] = { NULL, app_read_uv_lock, APP_LOCK_MAX },
	[APP_PIPFILE_LOCK] = { NULL, app_read_pipfile_lock, APP_LOCK_MAX },
	[APP_PYLOCK] = { NULL, app_read_pylock, APP_LOCK_MAX },
	[APP_REQUIREMENTS] = { NULL, app_read_requirements, APP_LOCK_MAX },
	[APP_POM] = { NULL, app_read_pom, APP_MANIFEST_MAX },
	[APP_GRADLE_LOCK] = { NULL, app_read_gradle_lock, APP_LOCK_MAX },
	[APP_SBT_LOCK] = { NULL, app_read_sbt_lock, APP_LOCK_MAX },
	[APP_GO_MOD] = { NULL, app_read_go_mod, APP_MANIFEST_MAX },
	[APP_CARGO_LOCK] = { NULL, app_read_cargo_lock, APP_LOCK_MAX },
	[APP_GEMFILE_LOCK] = { NULL, app_read_gemfile_lock, APP_LOCK_MAX },
	[APP_COMPOSER_LOCK] = { NULL, app_read_composer_lock, APP_LOCK_MAX },
	[APP_NUGET_LOCK] = { NULL, app_read_nuget_lock, APP_LOCK_MAX },
	[APP_CONAN_LOCK] = { NULL, app_read_conan_lock, APP_LOCK_MAX },
	[APP_SWIFT_RESOLVED] = { NULL, app_read_swift_resolved, APP_LOCK_MAX },
	[APP_PUB_LOCK] = { NULL, app_read_pub_lock, APP_LOCK_MAX },
	[APP_MIX_LOCK] = { NULL, app_read_mix_lock, APP_LOCK_MAX },
	[APP_RENV_LOCK] = { NULL, app_read_renv_lock, APP_LOCK_MAX },
	[APP_CONDA_ENVIRONMENT] = { NULL, app_read_conda_environment, APP_LOCK_MAX },
};

int app_load(const struct app_input *in, struct buf *out, struct error *err)
{
	uint64_t size = in->file->size;
	if (size > out->max)
		return error_set(err, ERR_LIMIT,
				 "the file has %llu bytes, more than the %zu that are read",
				 (unsigned long long)size, out->max);
	if (size == 0)
		return 0;
	if (buf_reserve(out, (size_t)size, err) < 0 ||
	    in->file->read_at(in->file->ctx, 0, out->p, (size_t)size, err) < 0)
		return -1;
	out->n = (size_t)size;
	return 0;
}

/* --- the list --------------------------------------------------------------------- */

/* Names and versions go to terminals and reports: no control characters, and
 * nothing that is longer than a field of a package database may be. */
static bool is_plain(struct bytes b)
{
	if (b.n > LIMIT_PKG_FIELD || !utf8_valid(b))
		return false;
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < 0x20 || b.p[i] == 0x7f)
			return false;
	return true;
}

static void append(uint8_t *p, size_t *n, struct bytes b)
{
	if (b.n > 0)
		memcpy(p + *n, b.p, b.n);
	*n += b.n;
}

/* Copies of name and version, one behind the other: also the key of the index. */
static int copy_key(struct arena *arena, struct app_record *r, struct bytes *ret_key,
		    struct error *err)
{
	size_t n = 0;
	uint8_t *p = arena_alloc(arena, r->name.n + 1 + r->version.n + r->license.n);
	if (p == NULL)
		return error_set(err, ERR_LIMIT, "the file names more packages than are kept");
	append(p, &n, r->name);
	append(p, &n, bytes_of("", 1));
	append(p, &n, r->version);
	*ret_key = bytes_of(p, n);
	append(p, &n, r->license);
	r->name.p = p;
	r->version.p = p + r->name.n + 1;
	r->license.p = p + ret_key->n;
	return 0;
}

static int list_grow(struct app_list *l, struct error *err)
{
	size_t cap = l->cap == 0 ? 64 : 2 * l->cap, size;
	if (l->n < l->cap)
		return 0;
	if (cap > LIMIT_PACKAGES)
		return error_set(err, ERR_LIMIT, "the file names more than %zu packages", l->n);
	if (checked_mul(cap, sizeof l->records[0], &size))
		return error_set(err, ERR_MEMORY, "no memory for %zu packages", cap);
	struct app_record *more = realloc(l->records, size);
	if (more == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu packages", cap);
	l->records = more;
	l->cap = cap;
	return 0;
}

static void merge(struct app_record *old, const struct app_record *r)
{
	old->dev = old->dev && r->dev;
	old->direct = old->direct || r->direct;
}

static void skip_package(const struct app_text *t, uint32_t line)
{
	static const char why[] = "a package whose name or version is no text";
	if (line == 0)
		app_skip(t, "%s", why);
	else
		app_skip(t, "line %u: %s", line, why);
}

int app_add(struct app_text *t, const struct app_record *r, struct error *err)
{
	struct app_record copy = *r;
	struct bytes key = { 0 };
	bool new;

	if (r->name.n == 0 || !is_plain(r->name) || !is_plain(r->version)) {
		skip_package(t, r->line);
		return 0;
	}
	if (!is_plain(copy.license))
		copy.license.n = 0;
	if (copy_key(&t->arena, &copy, &key, err) < 0 || list_grow(&t->list, err) < 0)
		return -1;
	uint64_t *place = map_put(&t->list.index, key, &new);
	if (place == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu packages", t->list.n);
	if (!new) {
		merge(&t->list.records[*place - 1], &copy);
		return 0;
	}
	t->list.records[t->list.n++] = copy;
	*place = t->list.n;
	return 0;
}

void app_skip(const struct app_text *t, const char *fmt, ...)
{
	char why[256];
	va_list args;
	if (t->sink.skipped == NULL)
		return;
	va_start(args, fmt);
	(void)vsnprintf(why, sizeof why, fmt, args);
	va_end(args);
	t->sink.skipped(t->sink.ctx, why);
}

void app_note(const struct app_text *t, uint32_t line, const char *fmt, ...)
{
	char what[256];
	va_list args;
	if (t->sink.noted == NULL)
		return;
	va_start(args, fmt);
	(void)vsnprintf(what, sizeof what, fmt, args);
	va_end(args);
	t->sink.noted(t->sink.ctx, line, what);
}

static int list_tell(const struct app_text *t, struct error *err)
{
	for (size_t i = 0; i < t->list.n; i++)
		if (t->sink.package(t->sink.ctx, &t->list.records[i], err) < 0)
			return -1;
	return 0;
}

/* --- dispatch ---------------------------------------------------------------------- */

/* What was found before an error stands: it is told, and then the error returned. */
static int read_text(const struct reader *reader, const struct app_input *in, struct error *err)
{
	cleanup_buf struct buf text = buf_max(reader->max);
	if (app_load(in, &text, err) < 0)
		return -1;
	struct app_text t = {
		.path = in->path,
		.base = path_base(in->path),
		.text = text.n > 0 ? buf_view(&text) : BYTES_LIT(""),
		.sink = in->sink,
		.arena = arena_max(APP_TEXT_MEMORY),
	};
	struct error told = { 0 };
	map_init(&t.list.index);
	int result = reader->text(&t, err);
	if (list_tell(&t, &told) < 0) {
		if (err != NULL)
			*err = told;
		result = -1;
	}
	map_free(&t.list.index);
	free(t.list.records);
	arena_free(&t.arena);
	return result;
}

int apps_read(enum app_kind kind, struct bytes path, const struct pkg_file *file,
	      struct app_sink sink, struct error *err)
{
	struct app_input in = { .kind = kind, .path = path, .file = file, .sink = sink };
	const struct reader *reader = (unsigned)kind < APP_KINDS ? &readers[kind] : &readers[0];

	if (reader->file != NULL)
		return reader->file(&in, err);
	if (reader->text != NULL)
		return read_text(reader, &in, err);
	return error_set(err, ERR_UNSUPPORTED, "a file of no kind that is read");
}
