/* Which object is what, and which commit first had it at which path. */
#include <stdlib.h>

#include "git/internal.h"

/* --- ids in text ------------------------------------------------------------------------ */

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_id(unsigned size, struct bytes text, uint8_t *ret)
{
	if (text.n != 2 * (size_t)size)
		return false;
	for (size_t i = 0; i < size; i++) {
		int high = hex_value(text.p[2 * i]), low = hex_value(text.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* --- commits ------------------------------------------------------------------------------ */

/* "author NAME <MAIL> SECONDS ZONE": the seconds. */
static int64_t time_of(struct bytes line)
{
	uint64_t seconds;
	size_t to = line.n;
	while (to > 0 && line.p[to - 1] != ' ')
		to--;
	to -= to > 0;
	size_t from = to;
	while (from > 0 && line.p[from - 1] != ' ')
		from--;
	if (!bytes_to_u64(bytes_sub(line, from, to), &seconds) || seconds > INT64_MAX / 2)
		return 0;
	return (int64_t)seconds;
}

static int add_parent(struct repo *r, struct commit *c, uint32_t row, struct error *err)
{
	if (repo_grow(&r->parents, r->parent_count, &r->parent_cap, sizeof *r->parents, err) < 0)
		return -1;
	r->parents[r->parent_count++] = row;
	c->parent_count++;
	return 0;
}

static int take_header(struct repo *r, struct commit *c, struct bytes line, struct error *err)
{
	uint8_t id[ID_MAX];
	struct bytes word;
	if (!bytes_next_field(&line, ' ', &word))
		return 0;
	bool is_tree = bytes_equal(word, BYTES_LIT("tree"));
	if (is_tree || bytes_equal(word, BYTES_LIT("parent"))) {
		if (!parse_id(r->ids.size, line, id))
			return 0;
		uint32_t row = ids_put(&r->ids, id, err);
		if (row == 0)
			return -1;
		if (is_tree)
			c->tree = row;
		return is_tree ? 0 : add_parent(r, c, row, err);
	}
	if (bytes_equal(word, BYTES_LIT("author")))
		c->authored = time_of(line);
	else if (bytes_equal(word, BYTES_LIT("committer")))
		c->committed = time_of(line);
	return 0;
}

/* Headers up to an empty line (git-commit-tree(1)). */
static int add_commit(struct repo *r, uint32_t row, struct bytes text, struct error *err)
{
	struct commit c = { .row = row, .parents = r->parent_count };
	struct bytes line;
	while (bytes_next_field(&text, '\n', &line) && line.n > 0)
		if (take_header(r, &c, line, err) < 0)
			return -1;
	if (repo_grow(&r->commits, r->commit_count, &r->commit_cap, sizeof *r->commits, err) < 0)
		return -1;
	r->ids.rows[row].commit = r->commit_count + 1;
	r->commits[r->commit_count++] = c;
	return 0;
}

/* --- types and names -------------------------------------------------------------------------- */

static int name_entry(struct repo *r, uint32_t i, struct error *err)
{
	struct entry *e = &r->entries[i];
	uint8_t id[ID_MAX];
	struct bytes content;
	if (object_read(r, i, &content, err) < 0)
		return -1;
	git_id_of(r->ids.size, e->type, content, id);
	e->row = ids_put(&r->ids, id, err);
	if (e->row == 0)
		return -1;
	if (r->ids.rows[e->row].entry != 0)
		return 0; /* there twice */
	r->ids.rows[e->row].entry = i + 1;
	return e->type == TYPE_COMMIT ? add_commit(r, e->row, content, err) : 0;
}

/* The base of a delta that names it, once that has a name itself. */
static int find_named_base(struct repo *r, struct entry *e, struct error *err)
{
	struct entry_head h;
	if (e->kind != TYPE_REF_DELTA || e->base != 0)
		return 0;
	if (entry_head(r, e, &h, err) < 0)
		return -1;
	uint32_t row = ids_get(&r->ids, h.base_id);
	e->base = row == 0 ? 0 : r->ids.rows[row].entry;
	return 0;
}

/* 1: the type of entry i is known now. */
static int resolve(struct repo *r, uint32_t i, struct error *err)
{
	struct entry *e = &r->entries[i];
	if (find_named_base(r, e, err) < 0)
		return -1;
	if (e->kind <= TYPE_TAG)
		e->type = e->kind;
	else if (e->base != 0)
		e->type = r->entries[e->base - 1].type;
	if (e->type == TYPE_UNKNOWN || e->type == TYPE_BAD)
		return e->type == TYPE_BAD;
	/* Blobs get their names when they are told, unless others build on names. */
	if (e->type == TYPE_BLOB && !r->has_refs)
		return 1;
	return name_entry(r, i, err) < 0 ? -1 : 1;
}

/* One round over what has no type: a delta may lie before what it builds on. */
static int resolve_round(struct repo *r, uint32_t *ret_left, bool *ret_some, struct error *err)
{
	uint32_t left = 0;
	for (uint32_t i = 0; i < r->entry_count; i++) {
		struct error why = { 0 };
		if (r->entries[i].type != TYPE_UNKNOWN)
			continue;
		int known = resolve(r, i, &why);
		if (known < 0) {
			r->entries[i].type = TYPE_BAD;
			if (repo_trouble(r, &why, err) < 0)
				return -1;
		}
		left += known == 0;
		*ret_some = *ret_some || known != 0;
	}
	*ret_left = left;
	return 0;
}

int repo_resolve(struct repo *r, struct error *err)
{
	uint32_t left = r->entry_count;
	bool some = true;
	for (unsigned round = 0; left > 0 && some && round < CHAIN_MAX; round++) {
		some = false;
		if (resolve_round(r, &left, &some, err) < 0)
			return -1;
	}
	for (uint32_t i = 0; i < r->entry_count && left > 0; i++) {
		struct error why = { 0 };
		if (r->entries[i].type != TYPE_UNKNOWN)
			continue;
		r->entries[i].type = TYPE_BAD;
		(void)error_set(&why, ERR_NOT_FOUND, "a delta whose base is not there");
		if (repo_trouble(r, &why, err) < 0)
			return -1;
	}
	return 0;
}

/* --- trees ------------------------------------------------------------------------------------- */

/* Trees that were met and not looked into. */
struct pending {
	struct {
		uint32_t row, path;
	} * list;
	uint32_t n, cap;
};

enum { MODE_TREE = 040000, MODE_TYPE = 0170000, MODE_GITLINK = 0160000 };

static bool next_in_tree(struct cursor *c, unsigned id_size, uint32_t *ret_mode,
			 struct bytes *ret_name, struct bytes *ret_id)
{
	struct bytes rest = bytes_sub(c->data, c->at, c->data.n), mode;
	ptrdiff_t end = bytes_index(rest, 0);
	if (rest.n == 0)
		return false;
	struct bytes text = cursor_take(c, end < 0 ? SIZE_MAX : (size_t)end + 1);
	*ret_id = cursor_take(c, id_size);
	if (c->failed)
		return false;
	text.n--;
	*ret_mode = 0;
	if (!bytes_next_field(&text, ' ', &mode) || mode.n > 6)
		c->failed = true;
	for (size_t i = 0; i < mode.n; i++)
		*ret_mode = *ret_mode << 3 | (mode.p[i] & 7u);
	*ret_name = text;
	return !c->failed;
}

static int push(struct pending *p, uint32_t row, uint32_t path, struct error *err)
{
	if (repo_grow(&p->list, p->n, &p->cap, sizeof *p->list, err) < 0)
		return -1;
	p->list[p->n].row = row;
	p->list[p->n++].path = path;
	return 0;
}

/* What is met for the first time belongs to this commit. */
static int take_child(struct repo *r, struct pending *p, uint32_t path, uint32_t order,
		      uint32_t mode, struct bytes name, struct bytes id, struct error *err)
{
	uint32_t at;
	if ((mode & MODE_TYPE) == MODE_GITLINK)
		return 0; /* a commit of another repository */
	uint32_t row = ids_put(&r->ids, id.p, err);
	if (row == 0)
		return -1;
	struct id_row *child = &r->ids.rows[row];
	if (child->commit != 0)
		return 0;
	int placed = git_paths_put(&r->paths, path, name, &at, err);
	if (placed <= 0)
		return placed; /* cannot be checked out: told without a path */
	child->commit = order + 1;
	child->path = at;
	return (mode & MODE_TYPE) == MODE_TREE ? push(p, row, at, err) : 0;
}

static int walk_tree(struct repo *r, struct pending *p, uint32_t row, uint32_t path, uint32_t order,
		     struct error *err)
{
	struct id_row *tree = &r->ids.rows[row];
	struct bytes content, name, id;
	uint32_t mode;
	if (tree->seen)
		return 0;
	tree->seen = true;
	if (tree->entry == 0) {
		r->missing.objects++;
		return 0;
	}
	if (r->entries[tree->entry - 1].type != TYPE_TREE)
		return error_set(err, ERR_MALFORMED, "a tree that is none");
	if (object_read(r, tree->entry - 1, &content, err) < 0)
		return -1;
	struct cursor c = cursor_of(content);
	while (next_in_tree(&c, r->ids.size, &mode, &name, &id))
		if (take_child(r, p, path, order, mode, name, id, err) < 0)
			return -1;
	return c.failed ? error_set(err, ERR_MALFORMED, "a damaged tree") : 0;
}

static int walk_commit(struct repo *r, struct pending *p, const struct commit *c, struct error *err)
{
	p->n = 0;
	if (c->tree == 0)
		return 0;
	if (push(p, c->tree, 0, err) < 0)
		return -1;
	while (p->n > 0) {
		struct error why = { 0 };
		p->n--;
		if (walk_tree(r, p, p->list[p->n].row, p->list[p->n].path, c->order, &why) < 0 &&
		    repo_trouble(r, &why, err) < 0)
			return -1;
	}
	return 0;
}

int repo_walk(struct repo *r, struct error *err)
{
	struct pending p = { 0 };
	int done = repo_order(r, err);
	for (uint32_t i = 0; done == 0 && i < r->commit_count; i++) {
		r->commits[r->order[i]].order = i;
		done = walk_commit(r, &p, &r->commits[r->order[i]], err);
	}
	free(p.list);
	return done;
}
