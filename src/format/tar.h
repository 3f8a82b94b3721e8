/* tar: a streaming reader that is fed pieces of any size, and a writer.
 *
 * Reads what container runtimes read, as Go's archive/tar does, because what
 * they unpack is what must be scanned: v7, ustar (prefix), star, GNU long names
 * and base-256 numbers, pax (POSIX.1-2001) with GNU sparse 0.0, 0.1 and 1.0, old
 * GNU sparse. A global pax header changes nothing. What stands behind the two
 * zero blocks is not read. */
#ifndef CORTEN_FORMAT_TAR_H
#define CORTEN_FORMAT_TAR_H

#include "base/base.h"

enum tar_type {
	TAR_FILE,
	TAR_HARDLINK,
	TAR_SYMLINK,
	TAR_DIR,
	TAR_CHAR,
	TAR_BLOCK,
	TAR_FIFO,
	TAR_OTHER
};

struct tar_entry {
	enum tar_type type;
	struct bytes path; /* raw name as written; good during the callback */
	struct bytes link; /* target of TAR_HARDLINK and TAR_SYMLINK */
	uint64_t size; /* bytes of content, holes included */
	uint64_t stored; /* bytes in the archive */
	uint32_t mode, uid, gid;
	int64_t mtime;
	bool sparse;
	bool has_capability; /* xattr security.capability is set */
};

enum tar_want { TAR_SKIP, TAR_CONTENT };

struct tar_sink {
	/* An entry begins. TAR_CONTENT: its content follows through `content` and
	 * ends with `end`, holes as zeros. -1 stops with err. */
	int (*entry)(void *ctx, const struct tar_entry *e, struct error *err);
	int (*content)(void *ctx, struct bytes piece, struct error *err);
	int (*end)(void *ctx, struct error *err);
	void *ctx;
};

struct tar_reader;

struct tar_reader *tar_reader_new(struct tar_sink sink); /* NULL without memory */
void tar_reader_free(struct tar_reader *t);

/* 0, or -1: ERR_MALFORMED (with the offset), ERR_LIMIT, or the sink's error. */
int tar_feed(struct tar_reader *t, struct bytes piece, struct error *err);

/* After the last piece: ERR_TRUNCATED inside an entry. A missing end marker is
 * accepted at an entry's border, as runtimes do. */
int tar_finish(struct tar_reader *t, struct error *err);

/* For a caller that can seek: how many of the next bytes of the archive the
 * reader would only skip. tar_skipped tells it that they were left out. */
uint64_t tar_skippable(const struct tar_reader *t);
void tar_skipped(struct tar_reader *t, uint64_t n);

/* Bytes of the archive consumed; entries begun; whether the end marker came. */
uint64_t tar_offset(const struct tar_reader *t);
uint64_t tar_entries(const struct tar_reader *t);
bool tar_ended(const struct tar_reader *t);

/* Writer: pax headers where ustar cannot say it. Appends to out. */
int tar_write_header(struct buf *out, const struct tar_entry *e, struct error *err);
/* Zeros that fill the last block of `size` bytes of content: their number. */
size_t tar_padding(uint64_t size);
/* The two zero blocks. */
int tar_write_end(struct buf *out, struct error *err);

#endif
