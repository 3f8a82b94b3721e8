/* The file at hand while a layer streams by, kept for random access: in memory, and
 * from LIMIT_FILE_MEMORY on in the temporary file. One at a time; what is kept for later
 * lies in the temporary file before it. */
#ifndef CORTEN_SCAN_HELD_FILE_H
#define CORTEN_SCAN_HELD_FILE_H

#include "pkgdb/pkgdb.h"

struct held_file {
	int temp_fd; /* -1: none */
	struct buf memory;
	uint64_t kept; /* bytes in the temporary file that outlive the file at hand */
	uint64_t spilled; /* … and those of the file at hand, behind them */
};

void held_init(struct held_file *h, int temp_fd);
void held_free(struct held_file *h);
/* ERR_LIMIT when it is too large for memory and there is no temporary file. */
int held_add(struct held_file *h, struct bytes piece, struct error *err);
/* Access to all that was added; good until the next call of another function. */
int held_open(struct held_file *h, struct pkg_file *ret, struct error *err);
/* Keeps what was added, at *ret_at among all that is kept. Ready for the next file. */
int held_keep(struct held_file *h, uint64_t *ret_at, struct error *err);
/* Access to all that was kept. */
void held_open_kept(struct held_file *h, struct pkg_file *ret);
/* Ready for the next file. */
int held_reset(struct held_file *h, struct error *err);

#endif
