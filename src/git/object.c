/* One object: inflated, or put together along its chain of deltas. What was made on the
 * way is kept for others that build on it. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdio.h>
#include <stdlib.h>

#include <openssl/sha.h>

#include "git/internal.h"

/* --- names ---------------------------------------------------------------------------- */

struct git_sum {
	unsigned id_size;
	SHA_CTX sha1;
	SHA256_CTX sha256;
};

void git_sum_add(struct git_sum *s, struct bytes b)
{
	if (s->id_size == GIT_SHA1)
		(void)SHA1_Update(&s->sha1, b.p, b.n);
	else
		(void)SHA256_Update(&s->sha256, b.p, b.n);
}

struct git_sum *git_sum_new(unsigned id_size, uint8_t type, uint64_t size)
{
	static const char *const words[] = { "", "commit", "tree", "blob", "tag" };
	char head[32];
	struct git_sum *s = calloc(1, sizeof *s);
	if (s == NULL)
		abort();
	s->id_size = id_size;
	(void)SHA1_Init(&s->sha1);
	(void)SHA256_Init(&s->sha256);
	int n = snprintf(head, sizeof head, "%s %llu", words[type], (unsigned long long)size);
	git_sum_add(s, bytes_of(head, (size_t)n + 1));
	return s;
}

void git_sum_end(struct git_sum *s, uint8_t *ret_id)
{
	if (s->id_size == GIT_SHA1)
		(void)SHA1_Final(ret_id, &s->sha1);
	else
		(void)SHA256_Final(ret_id, &s->sha256);
	free(s);
}

void git_id_of(unsigned id_size, uint8_t type, struct bytes content, uint8_t *ret_id)
{
	struct git_sum *s = git_sum_new(id_size, type, content.n);
	git_sum_add(s, content);
	git_sum_end(s, ret_id);
}

/* --- what is kept ------------------------------------------------------------------------ */

static void drop(struct repo *r, struct content *c)
{
	if (c->entry == 0)
		return;
	r->cached -= c->n;
	free(c->p);
	*c = (struct content){ 0 };
}

/* Takes c over. */
static void keep(struct repo *r, struct content c)
{
	if (c.entry == 0 || c.n > LIMIT_GIT_CACHE / 4) {
		free(c.p);
		return;
	}
	drop(r, &r->cache[(c.entry - 1) % CACHE_SLOTS]);
	while (r->cached + c.n > LIMIT_GIT_CACHE)
		drop(r, &r->cache[r->cache_hand++ % CACHE_SLOTS]);
	r->cache[(c.entry - 1) % CACHE_SLOTS] = c;
	r->cached += c.n;
}

static bool is_kept(const struct repo *r, uint32_t entry)
{
	return r->cache[entry % CACHE_SLOTS].entry == entry + 1;
}

static struct content take_kept(struct repo *r, uint32_t entry)
{
	struct content *slot = &r->cache[entry % CACHE_SLOTS], c = *slot;
	r->cached -= c.n;
	*slot = (struct content){ 0 };
	return c;
}

void object_cache_free(struct repo *r)
{
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		drop(r, &r->cache[i]);
	free(r->last.p);
	r->last = (struct content){ 0 };
}

/* --- inflating --------------------------------------------------------------------------- */

/* At the content's first byte. */
static int open_content(struct repo *r, const struct entry *e, struct entry_head *h,
			struct error *err)
{
	uint8_t skipped[64];
	if (entry_head(r, e, h, err) < 0 || inflate_begin(r->inflater, h->content, err) < 0)
		return -1;
	for (size_t left = h->skip; left > 0;) {
		ssize_t n = inflate_read(r->inflater, skipped,
					 left < sizeof skipped ? left : sizeof skipped, err);
		if (n <= 0)
			return n < 0 ? -1 : error_set(err, ERR_TRUNCATED, "no loose object");
		left -= (size_t)n;
	}
	return 0;
}

/* All that is deflated of an entry: an object, or a delta. */
static int read_stored(struct repo *r, uint32_t entry, struct content *ret, struct error *err)
{
	struct entry_head h;
	size_t n = 0;
	if (open_content(r, &r->entries[entry], &h, err) < 0)
		return -1;
	if (h.size > LIMIT_GIT_HELD)
		return error_set(err, ERR_LIMIT, "an object of %llu bytes, that must be held",
				 (unsigned long long)h.size);
	uint8_t *p = malloc((size_t)h.size + 1);
	if (p == NULL)
		return error_set(err, ERR_MEMORY, "no memory for an object");
	ssize_t got = 1;
	/* One byte more than it should have: that there is none ends the stream. */
	while (got > 0 && n <= h.size) {
		got = inflate_read(r->inflater, p + n, (size_t)h.size + 1 - n, err);
		n += got > 0 ? (size_t)got : 0;
	}
	if (got >= 0 && n != h.size)
		got = error_set(err, ERR_MALFORMED, "an object of another size than it says");
	if (got < 0 || repo_made(r, n, err) < 0) {
		free(p);
		return -1;
	}
	*ret = (struct content){ p, n, entry + 1 };
	return 0;
}

int object_stream(struct repo *r, uint32_t entry,
		  int (*piece)(void *ctx, struct bytes piece, struct error *err), void *ctx,
		  struct error *err)
{
	uint8_t bytes[64 * 1024];
	struct entry_head h;
	uint64_t size = 0;
	ssize_t n;
	if (open_content(r, &r->entries[entry], &h, err) < 0)
		return -1;
	while ((n = inflate_read(r->inflater, bytes, sizeof bytes, err)) > 0) {
		size += (uint64_t)n;
		if (size > h.size || repo_made(r, (uint64_t)n, err) < 0)
			break;
		if (piece(ctx, bytes_of(bytes, (size_t)n), err) < 0)
			return -1;
	}
	if (n < 0 || (n > 0 && size <= h.size))
		return -1;
	return size == h.size
		       ? 0
		       : error_set(err, ERR_MALFORMED, "an object of another size than it says");
}

/* --- chains -------------------------------------------------------------------------------- */

/* The deltas from `entry` down to what is kept or stored whole: into r->chain. */
static int find_chain(struct repo *r, uint32_t entry, uint32_t *ret_base, size_t *ret_n,
		      struct error *err)
{
	size_t n = 0;
	while (r->entries[entry].kind > TYPE_TAG && !is_kept(r, entry)) {
		if (n == CHAIN_MAX)
			return error_set(err, ERR_LIMIT, "a chain of more than %d deltas",
					 CHAIN_MAX);
		if (r->entries[entry].base == 0)
			return error_set(err, ERR_NOT_FOUND, "a delta whose base is not there");
		r->chain[n++] = entry;
		entry = r->entries[entry].base - 1;
	}
	*ret_base = entry;
	*ret_n = n;
	return 0;
}

/* Replaces *c by what the delta makes of it. */
static int step(struct repo *r, uint32_t entry, struct content *c, struct error *err)
{
	struct content delta, made;
	if (read_stored(r, entry, &delta, err) < 0)
		return -1;
	int done = delta_apply(bytes_of(c->p, c->n), bytes_of(delta.p, delta.n), &made, err);
	free(delta.p);
	if (done < 0)
		return -1;
	made.entry = entry + 1;
	keep(r, *c);
	*c = made;
	return repo_made(r, made.n, err);
}

int object_read(struct repo *r, uint32_t entry, struct bytes *ret, struct error *err)
{
	struct content c = { 0 };
	uint32_t base = 0;
	size_t n = 0;
	keep(r, r->last);
	r->last = (struct content){ 0 };
	if (find_chain(r, entry, &base, &n, err) < 0)
		return -1;
	if (is_kept(r, base))
		c = take_kept(r, base);
	else if (read_stored(r, base, &c, err) < 0)
		return -1;
	while (n > 0)
		if (step(r, r->chain[--n], &c, err) < 0) {
			keep(r, c);
			return -1;
		}
	r->last = c;
	*ret = bytes_of(c.p, c.n);
	return 0;
}
