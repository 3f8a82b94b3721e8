/* Paths of an image: relative, without "." and "..", '/' between names. */
#ifndef CORTEN_BASE_PATH_H
#define CORTEN_BASE_PATH_H

#include "base/buf.h"
#include "base/bytes.h"

/* Rewrites a tar member's name as a clean path: leading "/" and "./" go, "."
 * and empty components go, ".." steps up but never above the root (what a
 * container runtime's chroot does). The root itself is "". out must have room
 * for in.n bytes and may be in.p itself; returns the length. */
size_t path_clean(struct bytes in, uint8_t *out);

/* The same into a buffer, whose content it replaces. */
int path_clean_into(struct buf *out, struct bytes raw, struct error *err);

/* True when path is dir itself or lies below it; the root "" holds all. */
bool path_within(struct bytes path, struct bytes dir);

/* The part before the last '/', "" if there is none. */
struct bytes path_dir(struct bytes path);
/* The part behind the last '/'. */
struct bytes path_base(struct bytes path);

#endif
