/* One repository as it is read: shared by the files of this room. */
#ifndef CORTEN_GIT_INTERNAL_H
#define CORTEN_GIT_INTERNAL_H

#include <isa-l/igzip_lib.h>

#include "git/git.h"

/* gitformat-pack(5), "Object types". */
enum object_type {
	TYPE_UNKNOWN,
	TYPE_COMMIT,
	TYPE_TREE,
	TYPE_BLOB,
	TYPE_TAG,
	TYPE_OFS_DELTA = 6,
	TYPE_REF_DELTA = 7,
	TYPE_BAD = 15 /* could not be read: nor what builds on it */
};

enum { ID_MAX = 32, CHAIN_MAX = 4096 /* git makes none longer than 4095 */ };

/* --- inflate.c: a zlib stream somewhere in the source --------------------------------- */

enum { INFLATE_WINDOW = 16 * 1024 };

struct inflater {
	const struct git_source *source;
	uint64_t end; /* of the file at hand */
	uint64_t window_at; /* of window[0] in the source */
	size_t window_n;
	uint64_t next; /* what the stream has not taken yet */
	struct inflate_state state;
	uint8_t window[INFLATE_WINDOW];
};

/* The bytes at `at`, as many as there are up to n (at most 64); fewer at the file's end. */
int inflate_peek(struct inflater *z, uint64_t at, size_t n, struct bytes *ret, struct error *err);
int inflate_begin(struct inflater *z, uint64_t at, struct error *err);
/* Up to n bytes; 0 at the stream's end, when z->next is behind it. */
ssize_t inflate_read(struct inflater *z, void *p, size_t n, struct error *err);

/* --- ids.c: names of objects -------------------------------------------------------- */

struct id_row {
	uint32_t entry; /* + 1; 0: the object is not here */
	uint32_t commit; /* of a commit its own number + 1, else of the one that first has it */
	uint32_t path; /* of a blob */
	bool seen; /* trees: walked; blobs: told */
};

struct ids {
	unsigned size; /* of one id */
	uint64_t key;
	uint8_t *bytes;
	struct id_row *rows; /* from 1 */
	uint32_t n, cap;
	uint32_t *slots;
	uint32_t slot_count;
};

int ids_init(struct ids *t, unsigned size, struct error *err);
void ids_free(struct ids *t);
/* The row's number, made when new; 0 with ERR_LIMIT or ERR_MEMORY. */
uint32_t ids_put(struct ids *t, const uint8_t *id, struct error *err);
/* 0: not there. */
uint32_t ids_get(const struct ids *t, const uint8_t *id);
static inline const uint8_t *ids_bytes(const struct ids *t, uint32_t row)
{
	return t->bytes + (size_t)row * t->size;
}

/* --- paths.c: names of files, each once ------------------------------------------------ */

struct path_node {
	const uint8_t *key; /* four bytes of the parent's number, and the name */
	uint16_t key_n;
	uint16_t length; /* of the whole path */
};

struct paths {
	struct arena arena;
	struct map map;
	struct path_node *nodes; /* 0 is the root */
	uint32_t n, cap;
};

int git_paths_start(struct paths *t, struct error *err);
void git_paths_end(struct paths *t);
/* 1: *ret is the number of `name` in `parent`; 0: no such path can be checked out. */
int git_paths_put(struct paths *t, uint32_t parent, struct bytes name, uint32_t *ret,
		  struct error *err);
/* out: room for LIMIT_PATH_BYTES. */
struct bytes git_paths_text(const struct paths *t, uint32_t node, uint8_t *out);

/* --- the repository -------------------------------------------------------------------- */

struct entry {
	uint64_t at; /* of its header, in the source */
	uint32_t file;
	uint32_t base; /* of a delta: + 1; 0: not known yet */
	uint32_t row; /* 0: has no name yet */
	uint8_t kind; /* as it is stored */
	uint8_t type; /* as it is */
};

struct content {
	uint8_t *p;
	size_t n;
	uint32_t entry; /* + 1; 0: empty */
};

/* Objects that others build on; a slot for each remainder of the entry's number. */
enum { CACHE_SLOTS = 1024 };

struct commit {
	uint32_t row, tree; /* rows */
	uint32_t parents, parent_count; /* part of repo.parents */
	uint32_t order;
	int64_t committed, authored;
	uint8_t state;
};

/* What could not be read, of one kind: told once, with its number. */
struct trouble {
	size_t n;
	struct error first;
};

struct repo {
	const struct git_folder *folder;
	struct git_sink sink;
	struct inflater *inflater;
	struct ids ids;
	struct paths paths;
	struct entry *entries;
	uint32_t entry_count, entry_cap;
	bool has_refs; /* deltas that name their base by its id */
	struct content cache[CACHE_SLOTS];
	size_t cached, cache_hand;
	struct content last; /* that object_read gave */
	uint32_t chain[CHAIN_MAX];
	struct commit *commits;
	uint32_t commit_count, commit_cap;
	uint32_t *order; /* their numbers, parents before children, else by time */
	uint32_t *parents; /* rows */
	uint32_t parent_count, parent_cap;
	struct trouble trouble;
	struct git_missing missing;
	uint64_t made, made_told; /* bytes */
	bool ended; /* by the sink, or a limit on all */
};

/* Counts bytes made; ERR_LIMIT when it is too many, or what the sink says. */
int repo_made(struct repo *r, uint64_t n, struct error *err);
/* What concerns one object is kept; what ends the reading is passed on: -1. */
int repo_trouble(struct repo *r, const struct error *why, struct error *err);
/* Room for one more in a growing array of 32-bit counts. */
int repo_grow(void *list, uint32_t n, uint32_t *cap, size_t size, struct error *err);

/* --- pack.c --- */

struct entry_head {
	uint8_t kind;
	uint64_t size; /* of what is deflated */
	uint64_t content; /* where the deflated bytes begin, in the source */
	size_t skip; /* a loose object's header in them */
	uint64_t base_at; /* TYPE_OFS_DELTA */
	uint8_t base_id[ID_MAX]; /* TYPE_REF_DELTA */
};

/* Of a pack's entry or a loose object. Leaves the inflater anywhere. */
int entry_head(struct repo *r, const struct entry *e, struct entry_head *ret, struct error *err);
/* Finds the entries of all files. What is damaged is trouble. */
int repo_list(struct repo *r, struct error *err);

/* --- delta.c --- */

/* Applies a delta to its base: *ret is allocated. */
int delta_apply(struct bytes base, struct bytes delta, struct content *ret, struct error *err);

/* --- object.c --- */

/* The whole object; good until the next call. Its type must be known. */
int object_read(struct repo *r, uint32_t entry, struct bytes *ret, struct error *err);
/* Of one that is stored whole: in pieces, of any size. */
int object_stream(struct repo *r, uint32_t entry,
		  int (*piece)(void *ctx, struct bytes piece, struct error *err), void *ctx,
		  struct error *err);
void object_cache_free(struct repo *r);

struct git_sum; /* of an object: its name */
struct git_sum *git_sum_new(unsigned id_size, uint8_t type, uint64_t size);
void git_sum_add(struct git_sum *s, struct bytes b);
/* Frees it. */
void git_sum_end(struct git_sum *s, uint8_t *ret_id);
void git_id_of(unsigned id_size, uint8_t type, struct bytes content, uint8_t *ret_id);

/* --- history.c --- */

/* Types of all entries; names of all but blobs; commits. */
int repo_resolve(struct repo *r, struct error *err);
/* Which commit first has which tree and blob, and where. */
int repo_walk(struct repo *r, struct error *err);

/* --- order.c --- */

/* Fills r->order. */
int repo_order(struct repo *r, struct error *err);

/* --- blobs.c --- */

int repo_tell_blobs(struct repo *r, struct error *err);

#endif
