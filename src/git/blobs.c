/* Every blob once, in the order in which they are stored: what one builds on is then
 * mostly at hand. */
#include "git/internal.h"

struct telling {
	struct repo *r;
	struct git_sum *sum;
};

static int sum_piece(void *ctx, struct bytes piece, struct error *err)
{
	struct telling *t = ctx;
	(void)err;
	git_sum_add(t->sum, piece);
	return 0;
}

static int give_piece(void *ctx, struct bytes piece, struct error *err)
{
	struct telling *t = ctx;
	if (t->r->sink.piece(t->r->sink.ctx, piece, err) == 0)
		return 0;
	t->r->ended = true;
	return -1;
}

/* What a blob is told with, and whether it is wanted. */
static int begin(struct repo *r, uint32_t row, uint64_t size, struct error *err)
{
	uint8_t path[LIMIT_PATH_BYTES];
	char id[2 * ID_MAX + 1], commit[2 * ID_MAX + 1] = "";
	const struct id_row *known = &r->ids.rows[row];
	struct git_blob b = { .id = id, .commit = commit, .size = size, .order = UINT32_MAX };
	hex_text(ids_bytes(&r->ids, row), r->ids.size, id);
	if (known->commit != 0) {
		const struct commit *c = &r->commits[r->order[known->commit - 1]];
		hex_text(ids_bytes(&r->ids, c->row), r->ids.size, commit);
		b.time = c->authored;
		b.order = c->order;
		b.path = git_paths_text(&r->paths, known->path, path);
	}
	int wanted = r->sink.blob(r->sink.ctx, &b, err);
	r->ended = r->ended || wanted < 0;
	return wanted;
}

static int finish(struct repo *r, struct error *err)
{
	if (r->sink.end(r->sink.ctx, err) == 0)
		return 0;
	r->ended = true;
	return -1;
}

/* 1: it was not told yet. */
static int is_new(struct repo *r, uint32_t entry, const uint8_t *id, uint32_t *ret_row,
		  struct error *err)
{
	uint32_t row = ids_put(&r->ids, id, err);
	if (row == 0)
		return -1;
	struct id_row *known = &r->ids.rows[row];
	bool fresh = !known->seen;
	known->seen = true;
	known->entry = entry + 1;
	*ret_row = row;
	return fresh;
}

/* Too large to be held: read once for its name, and again to be told. */
static int tell_large(struct repo *r, uint32_t entry, uint64_t size, struct error *err)
{
	struct telling t = { .r = r, .sum = git_sum_new(r->ids.size, TYPE_BLOB, size) };
	uint8_t id[ID_MAX];
	uint32_t row;
	int done = object_stream(r, entry, sum_piece, &t, err);
	git_sum_end(t.sum, id);
	if (done == 0)
		done = is_new(r, entry, id, &row, err);
	if (done == 1)
		done = begin(r, row, size, err);
	if (done <= 0)
		return done;
	if (object_stream(r, entry, give_piece, &t, err) < 0)
		return -1;
	return finish(r, err);
}

static int tell_held(struct repo *r, uint32_t entry, struct error *err)
{
	struct telling t = { .r = r };
	uint8_t id[ID_MAX];
	struct bytes content;
	uint32_t row = r->entries[entry].row;
	if (row != 0 && r->ids.rows[row].seen)
		return 0;
	if (object_read(r, entry, &content, err) < 0)
		return -1;
	git_id_of(r->ids.size, TYPE_BLOB, content, id);
	int fresh = is_new(r, entry, id, &row, err);
	if (fresh <= 0)
		return fresh;
	int wanted = begin(r, row, content.n, err);
	if (wanted <= 0)
		return wanted;
	if (content.n > 0 && give_piece(&t, content, err) < 0)
		return -1;
	return finish(r, err);
}

static int tell(struct repo *r, uint32_t i, struct error *err)
{
	const struct entry *e = &r->entries[i];
	struct entry_head h = { 0 };
	if (e->kind == TYPE_BLOB && entry_head(r, e, &h, err) < 0)
		return -1;
	return h.size > LIMIT_GIT_HELD ? tell_large(r, i, h.size, err) : tell_held(r, i, err);
}

/* Blobs that trees name and that are not here. */
static void count_missing(struct repo *r)
{
	for (uint32_t row = 1; row < r->ids.n; row++) {
		const struct id_row *known = &r->ids.rows[row];
		r->missing.objects += known->path != 0 && known->entry == 0 && !known->seen;
	}
}

int repo_tell_blobs(struct repo *r, struct error *err)
{
	for (uint32_t i = 0; i < r->entry_count; i++) {
		struct error why = { 0 };
		if (r->entries[i].type != TYPE_BLOB)
			continue;
		if (tell(r, i, &why) < 0 && repo_trouble(r, &why, err) < 0)
			return -1;
	}
	count_missing(r);
	return 0;
}
