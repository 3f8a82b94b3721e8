/* What a file of the image is read as: its path tells, or a link of the image
 * that leads to it from a path that tells. */
#ifndef CORTEN_SCAN_ROLE_H
#define CORTEN_SCAN_ROLE_H

#include "scan/wire.h"

/* Files of one family are read alike, whichever of their paths leads to them. */
enum role_family {
	ROLE_NONE,
	ROLE_DPKG,
	ROLE_APK,
	ROLE_RPM,
	ROLE_RPM_LOG,
	ROLE_RPM_MANIFEST,
	ROLE_RELEASE
};

/* The path whose place a file takes: its own where that says something, so that
 * no link can take a database away from its place; else that of the extra path
 * that covers it; else its own. scratch holds what had to be put together. */
struct bytes role_of(const struct extra_path *extras, size_t count, struct bytes path,
		     struct buf *scratch);

enum role_family role_family_of(struct bytes role);

/* Files of two directories are read alike, whatever their names. */
bool role_dirs_alike(const struct extra_path *extras, size_t count, struct bytes dir,
		     struct bytes role_dir);
/* Files of a directory are not read. */
bool role_dir_free(const struct extra_path *extras, size_t count, struct bytes dir);

#endif
