#include <stdlib.h>

#include "git/internal.h"

#define WORKING_STEP (16 * MIB)

int repo_made(struct repo *r, uint64_t n, struct error *err)
{
	r->made += n;
	if (r->made > LIMIT_GIT_MADE) {
		r->ended = true;
		return error_set(err, ERR_LIMIT, "more than %llu bytes in one history",
				 (unsigned long long)LIMIT_GIT_MADE);
	}
	if (r->made - r->made_told < WORKING_STEP)
		return 0;
	uint64_t since = r->made - r->made_told;
	r->made_told = r->made;
	if (r->sink.working(r->sink.ctx, since, err) == 0)
		return 0;
	r->ended = true;
	return -1;
}

int repo_trouble(struct repo *r, const struct error *why, struct error *err)
{
	if (r->ended || why->code == ERR_MEMORY) {
		if (err != NULL)
			*err = *why;
		return -1;
	}
	if (r->trouble.n++ == 0)
		r->trouble.first = *why;
	return 0;
}

int repo_grow(void *list, uint32_t n, uint32_t *cap, size_t size, struct error *err)
{
	void *p;
	uint32_t more;
	if (n < *cap)
		return 0;
	memcpy(&p, list, sizeof p);
	if (checked_add(*cap, *cap / 2 + 64, &more) || (p = reallocarray(p, more, size)) == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a repository");
	memcpy(list, &p, sizeof p);
	*cap = more;
	return 0;
}

static int tell_trouble(struct repo *r, struct error *err)
{
	struct error why = r->trouble.first;
	if (r->trouble.n == 0)
		return 0;
	if (r->trouble.n > 1)
		(void)error_wrap(&why, "%zu things cannot be read; the first", r->trouble.n);
	return r->sink.problem(r->sink.ctx, &why, err);
}

static int repo_init(struct repo *r, const struct git_source *source,
		     const struct git_folder *folder, struct git_sink sink, struct error *err)
{
	r->folder = folder;
	r->sink = sink;
	r->inflater = calloc(1, sizeof *r->inflater);
	if (r->inflater == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a repository");
	r->inflater->source = source;
	isal_inflate_init(&r->inflater->state);
	if (ids_init(&r->ids, folder->id_size, err) < 0)
		return -1;
	return git_paths_start(&r->paths, err);
}

static void repo_free(struct repo *r)
{
	object_cache_free(r);
	ids_free(&r->ids);
	git_paths_end(&r->paths);
	free(r->inflater);
	free(r->entries);
	free(r->commits);
	free(r->order);
	free(r->parents);
	free(r);
}

int git_read(const struct git_source *source, const struct git_folder *folder, struct git_sink sink,
	     struct git_missing *ret_missing, struct error *err)
{
	struct repo *r = calloc(1, sizeof *r);
	if (r == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a repository");
	int done = repo_init(r, source, folder, sink, err);
	if (done == 0)
		done = repo_list(r, err);
	if (done == 0)
		done = repo_resolve(r, err);
	if (done == 0)
		done = repo_walk(r, err);
	if (done == 0)
		done = repo_tell_blobs(r, err);
	if (done == 0)
		done = tell_trouble(r, err);
	*ret_missing = r->missing;
	repo_free(r);
	return done;
}
