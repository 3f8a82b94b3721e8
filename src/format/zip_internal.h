/* Shared by zip.c (the directory) and zip_member.c (the content). */
#ifndef CORTEN_FORMAT_ZIP_INTERNAL_H
#define CORTEN_FORMAT_ZIP_INTERNAL_H

#include <isa-l/igzip_lib.h>

#include "format/zip.h"

enum { ZIP_WINDOW = 64 * 1024, ZIP_NAME_MAX = 65535 };

/* A range of the archive read through a window. */
struct zip_window {
	uint64_t at, end; /* of the archive: not yet in the window */
	size_t from, to; /* of bytes: not yet consumed */
	size_t ahead; /* how much is worth reading at once */
	uint8_t bytes[ZIP_WINDOW];
};

struct zip_member {
	bool open, deflated, done;
	uint32_t crc, want_crc;
	uint64_t given, size, stored;
	struct inflate_state inflate;
};

struct zip {
	struct zip_source src;
	uint64_t directory_at, entries, seen;
	uint64_t claimed; /* sum of what the members seen so far take */
	struct zip_window directory;
	struct zip_window content;
	struct zip_member member;
	uint8_t name[ZIP_NAME_MAX];
};

/* Makes n bytes (at most ZIP_WINDOW) ready at the window's front and returns
 * them; NULL with err when the range has not so many. */
const uint8_t *zip_window_need(struct zip *z, struct zip_window *w, size_t n, struct error *err);

static inline size_t zip_window_has(const struct zip_window *w)
{
	return w->to - w->from;
}

#endif
