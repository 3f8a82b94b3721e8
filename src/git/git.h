/* git: what a repository's folder holds, for those who look for something in all of
 * its history. Runs in the worker: every byte is hostile, and there are no side effects
 * but calls of the sink.
 *
 * Followed are gitformat-pack(5) (packs of version 2 and 3), the loose objects of
 * gitrepository-layout(5), and hash-function-transition (SHA-256). Indexes of packs,
 * multi-pack indexes, bitmaps and commit graphs are not read: they say nothing that the
 * objects do not say. */
#ifndef CORTEN_GIT_H
#define CORTEN_GIT_H

#include "base/base.h"

/* --- the folder --------------------------------------------------------------------- */

enum git_file_kind {
	GIT_FILE_NONE, /* of no repository */
	GIT_FILE_PACK,
	GIT_FILE_LOOSE,
	GIT_FILE_CONFIG,
	GIT_FILE_SHALLOW, /* its history is cut off */
	GIT_FILE_ALTERNATES, /* objects lie in other folders */
	GIT_FILE_PROMISOR, /* a partial clone: objects lie on a server */
	GIT_FILE_POINTER, /* ".git" as a file: the repository is elsewhere */
	GIT_FILE_OTHER /* in a folder ".git", and of no interest */
};

/* What a path is. ret_folder: the repository's folder, ".git", "sub/.git",
 * ".git/modules/sub", "bare.git"; "" for one that is the root itself. Packs and loose
 * objects are known wherever they lie, the others only inside a folder ".git". */
enum git_file_kind git_classify(struct bytes path, struct bytes *ret_folder);

/* Where the files of the repository lay, as their paths begin: "" of ".git", "sub/" of
 * "sub/.git" and of ".git/modules/sub", "bare.git/" of "bare.git". 0: into out, or
 * ERR_LIMIT. */
int git_work_tree(struct bytes folder, struct buf *out, struct error *err);

enum { GIT_SHA1 = 20, GIT_SHA256 = 32 }; /* bytes of an object's name */
/* By the config's extensions.objectFormat; 0: one that is not known. */
unsigned git_object_format(struct bytes config);

/* --- its objects -------------------------------------------------------------------- */

/* Where the bytes of packs and loose objects are. */
struct git_source {
	/* Exactly n bytes at `at` into p, or -1. */
	int (*read_at)(void *ctx, uint64_t at, void *p, size_t n, struct error *err);
	void *ctx;
};

struct git_file {
	uint64_t at, size; /* in the source */
	bool pack; /* else a loose object */
};

struct git_folder {
	const struct git_file *files;
	size_t file_count;
	unsigned id_size; /* GIT_SHA1 or GIT_SHA256 */
};

/* Good only during the call. */
struct git_blob {
	struct bytes path; /* where the commit has it; empty: no commit names it */
	const char *id; /* hexadecimal */
	const char *commit; /* of those that have it the first, parents before children; "": none */
	int64_t time; /* when that was written by its author, as it says; 0: it does not */
	uint32_t order; /* of the commit among all, parents first; UINT32_MAX: none */
	uint64_t size;
};

/* -1 from any (err filled) ends the reading. */
struct git_sink {
	int (*blob)(void *ctx, const struct git_blob *b, struct error *err); /* 1: wants it */
	int (*piece)(void *ctx, struct bytes piece, struct error *err);
	int (*end)(void *ctx, struct error *err); /* of the blob that was wanted */
	/* What could not be read; the rest goes on. Few, with numbers. */
	int (*problem)(void *ctx, const struct error *why, struct error *err);
	/* So many bytes were made since the last call: a sign of life. */
	int (*working)(void *ctx, uint64_t bytes, struct error *err);
	void *ctx;
};

/* What was found not to be there: normal for clones that are shallow or partial. */
struct git_missing {
	size_t commits, objects;
};

/* Every blob once, in the order of the files. -1: the sink's error, ERR_MEMORY or
 * ERR_LIMIT: what was told until then stands. */
int git_read(const struct git_source *source, const struct git_folder *folder, struct git_sink sink,
	     struct git_missing *ret_missing, struct error *err);

#endif
