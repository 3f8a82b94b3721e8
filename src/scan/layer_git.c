/* The history of a directory of sources: git's files are kept as they come by, and read
 * when all are there, for any of them may name any other. */
#include <stdio.h>
#include <stdlib.h>

#include "scan/layer_scan_internal.h"

void git_files_free(struct git_files *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->list[i].folder);
		free(f->list[i].files);
		buf_free(&f->list[i].config);
	}
	free(f->list);
	buf_free(&f->pointer);
}

static int no_memory(struct error *err)
{
	return error_set(err, ERR_MEMORY, "no memory for a history");
}

static int tell_problem(struct git_files *f, enum error_code code, const char *text,
			struct error *err)
{
	struct error why = { 0 };
	(void)error_set(&why, code, "%s", text);
	return output_problem(f->out, 0, &why, err);
}

/* A file that could not be kept. Of thousands of objects the first say it all. */
static int tell_lost(struct git_files *f, const struct error *why, struct error *err)
{
	enum { TOLD_MAX = 8 };
	f->kind = GIT_FILE_NONE;
	return f->lost++ < TOLD_MAX ? output_problem(f->out, 0, why, err) : 0;
}

/* --- what comes by ------------------------------------------------------------------ */

/* The repository of a folder, made when new; NULL with ERR_LIMIT or ERR_MEMORY. */
static struct git_repository *find(struct git_files *f, struct bytes folder, struct error *err)
{
	for (size_t i = 0; i < f->count; i++)
		if (bytes_equal(bytes_str(f->list[i].folder), folder))
			return &f->list[i];
	if (f->count == LIMIT_GIT_REPOSITORIES) {
		(void)error_set(err, ERR_LIMIT, "more than %d repositories",
				LIMIT_GIT_REPOSITORIES);
		return NULL;
	}
	if (f->list == NULL)
		f->list = calloc(LIMIT_GIT_REPOSITORIES, sizeof *f->list);
	char *copy = strndup((const char *)folder.p, folder.n);
	if (f->list == NULL || copy == NULL) {
		free(copy);
		(void)no_memory(err);
		return NULL;
	}
	f->list[f->count] =
		(struct git_repository){ .folder = copy, .config = buf_max(LIMIT_SMALL_FILE) };
	return &f->list[f->count++];
}

int git_files_begin(struct git_files *f, bool *ret_alone, struct error *err)
{
	struct bytes folder;
	struct error why = { 0 };
	f->kind = f->wanted ? git_classify(buf_view(&f->out->path), &folder) : GIT_FILE_NONE;
	*ret_alone = f->kind != GIT_FILE_NONE && f->kind != GIT_FILE_CONFIG;
	if (f->kind == GIT_FILE_NONE || f->kind == GIT_FILE_OTHER)
		return 0;
	f->pointer.n = 0;
	if (f->kind == GIT_FILE_POINTER)
		return 1;
	f->repository = find(f, folder, &why);
	if (f->repository != NULL)
		return 1;
	return tell_lost(f, &why, err);
}

int git_files_feed(struct git_files *f, struct bytes piece, struct error *err)
{
	struct error why = { 0 };
	int r = 0;
	if (f->kind == GIT_FILE_PACK || f->kind == GIT_FILE_LOOSE)
		r = held_add(&f->out->held, piece, &why);
	else if (f->kind == GIT_FILE_CONFIG)
		r = buf_append(&f->repository->config, piece.p, piece.n, &why);
	else if (f->kind == GIT_FILE_POINTER || f->kind == GIT_FILE_ALTERNATES)
		r = buf_append(&f->pointer, piece.p, piece.n, &why);
	return r == 0 ? 0 : tell_lost(f, &why, err);
}

static int keep_objects(struct git_files *f, struct error *err)
{
	struct git_repository *g = f->repository;
	struct git_file file = { .pack = f->kind == GIT_FILE_PACK };
	if (g->file_count == g->file_cap) {
		size_t cap = g->file_cap == 0 ? 64 : g->file_cap * 2;
		struct git_file *files = reallocarray(g->files, cap, sizeof *files);
		if (files == NULL)
			return no_memory(err);
		g->files = files;
		g->file_cap = cap;
	}
	if (held_keep(&f->out->held, &file.at, err) < 0)
		return -1;
	file.size = f->out->held.kept - file.at;
	g->files[g->file_count++] = file;
	return 0;
}

/* "gitdir: ../.git/modules/lib": what lies inside of the directory is read there. */
static int tell_pointer(struct git_files *f, struct error *err)
{
	char text[200];
	struct bytes line = bytes_trim(buf_view(&f->pointer)), word;
	if (!bytes_next_field(&line, ' ', &word) || !bytes_equal(word, BYTES_LIT("gitdir:")))
		return 0;
	line = bytes_sub(bytes_trim(line), 0, 100);
	if (memmem(line.p, line.n, "modules/", 8) != NULL && line.p[0] == '.')
		return 0;
	(void)snprintf(text, sizeof text,
		       "the repository lies elsewhere (%.*s): its history is not looked through",
		       (int)line.n, (const char *)line.p);
	return output_note(f->out, 0, 0, text, err);
}

int git_files_end(struct git_files *f, struct error *err)
{
	struct error why = { 0 };
	enum git_file_kind kind = f->kind;
	if ((kind == GIT_FILE_PACK || kind == GIT_FILE_LOOSE) && keep_objects(f, &why) < 0)
		return tell_lost(f, &why, err);
	f->kind = GIT_FILE_NONE;
	if (kind == GIT_FILE_SHALLOW)
		f->repository->shallow = true;
	if (kind == GIT_FILE_PROMISOR)
		f->repository->partial = true;
	if (kind == GIT_FILE_POINTER)
		return tell_pointer(f, err);
	if (kind == GIT_FILE_ALTERNATES && bytes_trim(buf_view(&f->pointer)).n > 0)
		return tell_problem(f, ERR_UNSUPPORTED,
				    "more objects lie in another folder, which is not read: "
				    "git repack -a -d brings them here",
				    err);
	return 0;
}

/* --- what it says ------------------------------------------------------------------- */

struct reading {
	struct git_files *f;
	struct git_repository *g;
	struct buf tree; /* what paths begin with */
};

static int set_path(struct git_files *f, struct bytes a, struct bytes b, struct error *err)
{
	f->out->path.n = 0;
	if (buf_append(&f->out->path, a.p, a.n, err) < 0)
		return -1;
	return buf_append(&f->out->path, b.p, b.n, err);
}

/* What no commit names is called by its object: ".git/objects/ab/cdef…". */
static int name_blob(struct reading *r, const struct git_blob *b, struct error *err)
{
	char object[96];
	if (b->path.n > 0 && r->tree.n + b->path.n <= LIMIT_PATH_BYTES)
		return set_path(r->f, buf_view(&r->tree), b->path, err);
	bool at_root = r->g->folder[0] == '\0';
	(void)snprintf(object, sizeof object, "%sobjects/%.2s/%s", at_root ? "" : "/", b->id,
		       b->id + 2);
	return set_path(r->f, bytes_str(r->g->folder), bytes_str(object), err);
}

static int on_blob(void *ctx, const struct git_blob *b, struct error *err)
{
	struct reading *r = ctx;
	struct git_files *f = r->f;
	if (name_blob(r, b, err) < 0)
		return -1;
	if (f->out->path.n > LIMIT_PATH_BYTES)
		return 0;
	(void)snprintf(f->commit, sizeof f->commit, "%s", b->commit);
	f->origin = (struct secret_origin){
		.history = true, .commit = bytes_str(f->commit), .time = b->time, .order = b->order
	};
	sums_begin(f->secret->sums);
	if (secret_file_begin(f->secret, b->size, err))
		return 1;
	return sums_end(f->secret->sums, err);
}

static int on_piece(void *ctx, struct bytes piece, struct error *err)
{
	struct reading *r = ctx;
	struct secret_file *s = r->f->secret;
	if (secret_file_feed(s, piece, err) < 0)
		return -1;
	sums_feed(s->sums, piece, secret_file_is_open(s));
	return 0;
}

static int on_end(void *ctx, struct error *err)
{
	struct reading *r = ctx;
	struct secret_file *s = r->f->secret;
	return secret_file_end(s, err) < 0 ? -1 : sums_end(s->sums, err);
}

static int on_problem(void *ctx, const struct error *why, struct error *err)
{
	struct reading *r = ctx;
	if (set_path(r->f, bytes_str(r->g->folder), BYTES_LIT(""), err) < 0)
		return -1;
	return output_problem(r->f->out, 0, why, err);
}

static int on_working(void *ctx, uint64_t bytes, struct error *err)
{
	struct reading *r = ctx;
	return r->f->working(r->f->working_ctx, bytes, err);
}

/* A clone that was never whole is normal; one with holes is not. */
static int tell_missing(struct reading *r, const struct git_missing *m, struct error *err)
{
	char text[200];
	const struct git_repository *g = r->g;
	if (m->commits + m->objects == 0)
		return 0;
	if (set_path(r->f, bytes_str(g->folder), BYTES_LIT(""), err) < 0)
		return -1;
	if (g->shallow && m->objects == 0)
		return output_note(r->f->out, 0, 0,
				   "a shallow clone: the history before it is not here, and was "
				   "not looked through",
				   err);
	(void)snprintf(text, sizeof text,
		       "%s%zu commits and %zu objects of the history are not here",
		       g->partial ? "a partial clone: " : "", m->commits, m->objects);
	if (g->partial)
		return output_note(r->f->out, 0, 0, text, err);
	return tell_problem(r->f, ERR_NOT_FOUND, text, err);
}

static int read_repository(struct git_files *f, struct git_repository *g, struct error *err)
{
	struct reading r = { .f = f, .g = g, .tree = buf_max(2 * LIMIT_PATH_BYTES) };
	struct git_sink sink = { on_blob, on_piece, on_end, on_problem, on_working, &r };
	struct git_missing missing = { 0 };
	struct error why = { 0 };
	struct pkg_file kept;
	struct git_folder folder = { g->files, g->file_count,
				     git_object_format(buf_view(&g->config)) };
	held_open_kept(&f->out->held, &kept);
	struct git_source source = { kept.read_at, kept.ctx };
	if (folder.id_size == 0)
		(void)error_set(&why, ERR_UNSUPPORTED, "names of objects by an unknown hash");
	else if (git_work_tree(bytes_str(g->folder), &r.tree, &why) == 0)
		(void)git_read(&source, &folder, sink, &missing, &why);
	buf_free(&r.tree);
	/* What the channel refuses to take is refused here once more. */
	if (why.code != ERR_NONE && on_problem(&r, &why, err) < 0)
		return -1;
	return tell_missing(&r, &missing, err);
}

int git_files_finish(struct git_files *f, struct error *err)
{
	int r = 0;
	f->secret->origin = &f->origin;
	for (size_t i = 0; r == 0 && i < f->count; i++)
		if (f->list[i].file_count > 0)
			r = read_repository(f, &f->list[i], err);
	f->secret->origin = NULL;
	return r;
}
