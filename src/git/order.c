/* Commits in the order in which they were made: parents before children, whatever their
 * dates say; where that leaves a choice, by date. */
#include <stdlib.h>

#include "git/internal.h"

enum { STATE_NEW, STATE_OPEN, STATE_DONE };

static bool is_before(const struct repo *r, uint32_t a, uint32_t b)
{
	const struct commit *x = &r->commits[a], *y = &r->commits[b];
	if (x->committed != y->committed)
		return x->committed < y->committed;
	return memcmp(ids_bytes(&r->ids, x->row), ids_bytes(&r->ids, y->row), r->ids.size) < 0;
}

/* Two sorted runs of `from`, [a, b) and [b, c), into one of `to`. */
static void merge_runs(const struct repo *r, const uint32_t *from, uint32_t *to, size_t a, size_t b,
		       size_t c)
{
	size_t left = a, right = b;
	for (size_t at = a; at < c; at++) {
		bool takes_left =
			left < b && (right == c || !is_before(r, from[right], from[left]));
		to[at] = takes_left ? from[left++] : from[right++];
	}
}

/* All commits by date: a merge sort from the bottom up, which is never slow; qsort(3) asks
 * the system how much memory it has, which a worker may not. Returns one of the two. */
static uint32_t *sort_by_date(const struct repo *r, uint32_t *list, uint32_t *other)
{
	size_t n = r->commit_count;
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t a = 0; a < n; a += 2 * width) {
			size_t b = a + width < n ? a + width : n;
			merge_runs(r, list, other, a, b, b + width < n ? b + width : n);
		}
		uint32_t *sorted = other;
		other = list;
		list = sorted;
	}
	return list;
}

/* The next parent of c that was not looked at; UINT32_MAX: none. The parents that were are
 * counted off. */
static uint32_t next_parent(struct repo *r, struct commit *c)
{
	while (c->parent_count > 0) {
		const struct id_row *row = &r->ids.rows[r->parents[c->parents]];
		c->parents++;
		c->parent_count--;
		if (row->entry == 0 || row->commit == 0)
			r->missing.commits++;
		else if (r->commits[row->commit - 1].state == STATE_NEW)
			return row->commit - 1;
	}
	return UINT32_MAX;
}

/* Everything that `from` stands on, and then itself. */
static uint32_t put_after_parents(struct repo *r, uint32_t from, uint32_t *stack, uint32_t at)
{
	uint32_t depth = 0;
	if (r->commits[from].state != STATE_NEW)
		return at;
	r->commits[from].state = STATE_OPEN;
	stack[depth++] = from;
	while (depth > 0) {
		uint32_t i = stack[depth - 1], parent = next_parent(r, &r->commits[i]);
		if (parent == UINT32_MAX) {
			r->commits[i].state = STATE_DONE;
			r->order[at++] = i;
			depth--;
		} else {
			r->commits[parent].state = STATE_OPEN;
			stack[depth++] = parent;
		}
	}
	return at;
}

int repo_order(struct repo *r, struct error *err)
{
	size_t n = (size_t)r->commit_count + 1;
	cleanup_free uint32_t *dated = calloc(n, sizeof *dated);
	cleanup_free uint32_t *spare = calloc(n, sizeof *spare);
	cleanup_free uint32_t *stack = calloc(n, sizeof *stack);
	r->order = calloc(n, sizeof *r->order);
	if (dated == NULL || spare == NULL || stack == NULL || r->order == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %u commits", r->commit_count);
	for (uint32_t i = 0; i < r->commit_count; i++)
		dated[i] = i;
	const uint32_t *sorted = sort_by_date(r, dated, spare);
	uint32_t at = 0;
	for (uint32_t i = 0; i < r->commit_count; i++)
		at = put_after_parents(r, sorted[i], stack, at);
	return 0;
}
