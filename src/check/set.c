/* Rules on their way to the worker: written by the program, read by the worker. */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "check/internal.h"

enum { SET_MEMORY = 128 * 1024 * 1024 };

struct check_set {
	struct arena arena;
	struct check_entry *list;
	size_t count;
};

/* --- writing ---------------------------------------------------------------------------- */

int check_put_u32(struct buf *out, uint32_t v, struct error *err)
{
	return buf_append(out, &v, sizeof v, err);
}

static int put_bytes(struct buf *out, struct bytes b, struct error *err)
{
	if (check_put_u32(out, (uint32_t)b.n, err) < 0)
		return -1;
	return b.n == 0 ? 0 : buf_append(out, b.p, b.n, err);
}

static int put_node(struct buf *out, const struct node *n, bool lines, struct error *err)
{
	if (check_put_u32(out, n->kind, err) < 0 ||
	    check_put_u32(out, lines ? n->line : 0, err) < 0 ||
	    check_put_u32(out, (uint32_t)n->count, err) < 0 || put_bytes(out, n->key, err) < 0)
		return -1;
	return put_bytes(out, n->text, err);
}

/* Texts for people and samples stay here, and do not change what is found. */
static bool is_for_people(struct bytes key)
{
	static const char *const keys[] = { "id",         "title",    "description", "advice",
					    "references", "severity", "class",       "test",
					    "engine",     "enabled" };
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (bytes_equal(key, bytes_str(keys[i])))
			return true;
	return false;
}

/* In order, with its members behind it. */
static int put_tree(struct buf *out, const struct node *top, bool lines, struct error *err)
{
	const struct node *path[TREE_DEPTH_LIMIT];
	size_t depth = 0;
	const struct node *n = top;
	while (n != NULL) {
		if (put_node(out, n, lines, err) < 0)
			return -1;
		if (n->first != NULL && depth < TREE_DEPTH_LIMIT) {
			path[depth++] = n;
			n = n->first;
			continue;
		}
		while (n != NULL && n != top && n->next == NULL)
			n = depth == 0 ? NULL : path[--depth];
		n = n == NULL || n == top ? NULL : n->next;
	}
	return 0;
}

int check_put_entry(struct buf *out, const struct check_entry *e, bool lines, struct error *err)
{
	struct node top = { .kind = NODE_MAP, .line = e->table->line };
	for (const struct node *n = e->table->first; n != NULL; n = n->next)
		top.count += !is_for_people(n->key);
	if (check_put_u32(out, e->rule, err) < 0 || check_put_u32(out, e->family, err) < 0 ||
	    put_bytes(out, bytes_str(e->engine), err) < 0 || put_node(out, &top, lines, err) < 0)
		return -1;
	for (const struct node *n = e->table->first; n != NULL; n = n->next) {
		if (is_for_people(n->key))
			continue;
		if (put_tree(out, n, lines, err) < 0)
			return -1;
	}
	return 0;
}

/* --- reading ------------------------------------------------------------------------------ */

struct reading {
	struct cursor at;
	struct arena *arena;
	struct error *err;
};

static int broken(struct reading *r)
{
	return error_set(r->err, ERR_PROTOCOL, "the rules for this worker are damaged");
}

static bool get_u32(struct reading *r, uint32_t *ret)
{
	struct bytes b = cursor_take(&r->at, sizeof *ret);
	if (b.n != sizeof *ret)
		return false;
	memcpy(ret, b.p, sizeof *ret);
	return true;
}

/* Its own copy, with a NUL behind it. */
static bool get_bytes(struct reading *r, struct bytes *ret)
{
	uint32_t n;
	if (!get_u32(r, &n))
		return false;
	struct bytes b = cursor_take(&r->at, n);
	if (b.n != n)
		return false;
	char *copy = arena_alloc(r->arena, (size_t)n + 1);
	if (copy == NULL)
		return false;
	if (n > 0)
		memcpy(copy, b.p, n);
	*ret = bytes_of(copy, n);
	return true;
}

static struct node *get_node(struct reading *r)
{
	uint32_t kind, count;
	struct node *n = arena_alloc(r->arena, sizeof *n);
	if (n == NULL || !get_u32(r, &kind) || !get_u32(r, &n->line) || !get_u32(r, &count) ||
	    !get_bytes(r, &n->key) || !get_bytes(r, &n->text) || kind > NODE_MAP)
		return NULL;
	n->kind = (enum node_kind)kind;
	n->count = count;
	return n;
}

/* A node with all its members, as put_tree wrote them. */
static const struct node *get_tree(struct reading *r)
{
	struct {
		struct node *node, *last;
		size_t left;
	} path[TREE_DEPTH_LIMIT + 1];
	size_t depth = 0;
	struct node *top = get_node(r);
	if (top == NULL)
		return NULL;
	path[depth].node = top;
	path[depth].left = top->count;
	path[depth++].last = NULL;
	while (depth > 0) {
		if (path[depth - 1].left == 0) {
			depth--;
			continue;
		}
		struct node *n = get_node(r);
		if (n == NULL)
			return NULL;
		path[depth - 1].left--;
		if (path[depth - 1].last == NULL)
			path[depth - 1].node->first = n;
		else
			path[depth - 1].last->next = n;
		path[depth - 1].last = n;
		if (n->count > 0 && depth == TREE_DEPTH_LIMIT)
			return NULL;
		if (n->count > 0) {
			path[depth].node = n;
			path[depth].left = n->count;
			path[depth++].last = NULL;
		}
	}
	return top;
}

static int get_entry(struct reading *r, struct check_entry *ret)
{
	uint32_t family;
	struct bytes engine;
	if (!get_u32(r, &ret->rule) || !get_u32(r, &family) || family >= CHECK_FAMILIES ||
	    !get_bytes(r, &engine))
		return broken(r);
	ret->family = (enum check_family)family;
	ret->engine = (const char *)engine.p;
	ret->table = get_tree(r);
	return ret->table == NULL ? broken(r) : 0;
}

static int read_all(struct check_set *s, struct reading *r)
{
	uint32_t n;
	if (!get_u32(r, &n) || n > LIMIT_CHECK_RULES)
		return broken(r);
	s->list = arena_array(r->arena, (size_t)n + 1, sizeof *s->list);
	if (s->list == NULL)
		return error_set(r->err, ERR_MEMORY, "no memory for the rules");
	for (; s->count < n; s->count++)
		if (get_entry(r, &s->list[s->count]) < 0)
			return -1;
	return 0;
}

int check_set_read(struct bytes blob, struct check_set **ret, struct error *err)
{
	struct check_set *s = calloc(1, sizeof *s);
	if (s == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the rules");
	s->arena = arena_max(SET_MEMORY);
	struct reading r = { .at = cursor_of(blob), .arena = &s->arena, .err = err };
	if (read_all(s, &r) < 0) {
		check_set_close(s);
		return -1;
	}
	*ret = s;
	return 0;
}

int check_set_open(int fd, struct check_set **ret, struct error *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0 || st.st_size <= 0)
		return error_set(err, ERR_PROTOCOL, "there are no rules for this worker");
	void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return error_errno(err, "cannot read the rules");
	int r = check_set_read(bytes_of(map, (size_t)st.st_size), ret, err);
	(void)munmap(map, (size_t)st.st_size);
	return r;
}

void check_set_close(struct check_set *s)
{
	if (s == NULL)
		return;
	arena_free(&s->arena);
	free(s);
}

size_t check_set_count(const struct check_set *s)
{
	return s->count;
}

const struct check_entry *check_set_entry(const struct check_set *s, size_t i)
{
	return &s->list[i];
}
