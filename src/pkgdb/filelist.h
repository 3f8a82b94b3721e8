/* The lists of files that package managers keep: what lies there was brought by
 * the system, and its manager's record of it is the one that counts. Text of
 * strangers: a line that makes no sense is no path. */
#ifndef CORTEN_PKGDB_FILELIST_H
#define CORTEN_PKGDB_FILELIST_H

#include "pkgdb/pkgdb.h"

enum filelist_kind {
	FILELIST_NONE,
	FILELIST_PATHS, /* var/lib/dpkg/info/NAME.list */
	FILELIST_SUMS, /* var/lib/dpkg/status.d/NAME.md5sums (distroless) */
	FILELIST_APK /* the installed database itself */
};

/* path: clean, relative. */
enum filelist_kind filelist_classify(struct bytes path);

/* path: without "/" in front, not cleaned further; good during the call. */
typedef void filelist_fn(void *ctx, struct bytes path);

struct filelist;
struct filelist *filelist_new(enum filelist_kind kind, filelist_fn *file, void *ctx);
void filelist_free(struct filelist *l);
/* Pieces of any size, then finish once. */
void filelist_feed(struct filelist *l, struct bytes piece);
void filelist_finish(struct filelist *l);

#endif
