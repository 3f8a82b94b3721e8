/* zip archives (PKWARE APPNOTE.TXT 6.3): the central directory and its members
 * over random access, stored and deflate, zip64. Nothing is believed: members
 * lie inside the archive and do not overlap in sum, sizes and CRC are checked
 * while reading, and what a member grows to is limited, so that an archive
 * costs constant memory and time in proportion to its size. */
#ifndef CORTEN_FORMAT_ZIP_H
#define CORTEN_FORMAT_ZIP_H

#include "base/base.h"

/* Random access to the archive. */
struct zip_source {
	uint64_t size;
	/* Exactly n bytes at `at` into p, or -1. */
	int (*read_at)(void *ctx, uint64_t at, void *p, size_t n, struct error *err);
	void *ctx;
};

enum { ZIP_STORED = 0, ZIP_DEFLATED = 8 };

enum {
	ZIP_ENTRIES_MAX = 4000000,
	ZIP_RATIO_MAX = 256, /* raw bytes for a stored one, past ZIP_RATIO_FREE raw */
	ZIP_RATIO_FREE = 4 << 20
};

struct zip_entry {
	struct bytes name; /* as stored; good until the next zip_next */
	uint16_t method, flags;
	uint32_t crc;
	uint64_t stored, size; /* bytes in the archive, bytes when read */
	uint64_t header_at; /* of its local header */
};

struct zip;

/* Finds the central directory: ERR_MALFORMED, ERR_TRUNCATED (no end record),
 * ERR_UNSUPPORTED (several disks), ERR_LIMIT. src is copied; its ctx must
 * outlive the reader. */
int zip_open(const struct zip_source *src, struct zip **ret, struct error *err);
void zip_close(struct zip *z);

uint64_t zip_entries(const struct zip *z);

/* The next entry of the central directory: 1, 0 at its end, -1. */
int zip_next(struct zip *z, struct zip_entry *ret, struct error *err);

/* Starts reading a member, and ends reading of another; ERR_UNSUPPORTED for an
 * encrypted one or another method. */
int zip_member_open(struct zip *z, const struct zip_entry *e, struct error *err);
/* Up to n bytes into p; 0 at the member's end, when size and CRC were right. */
ssize_t zip_member_read(struct zip *z, void *p, size_t n, struct error *err);

#endif
