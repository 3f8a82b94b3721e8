/* The unlinked temporary file for a database over LIMIT_FILE_MEMORY. */
#ifndef CORTEN_SCAN_TEMP_H
#define CORTEN_SCAN_TEMP_H

#include "base/base.h"

/* O_TMPFILE in $TMPDIR, /var/tmp or /tmp; -1 when none can be had (a worker
 * then says so, should it need one). */
int temp_file_open(struct error *err);

#endif
