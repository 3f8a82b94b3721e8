/* Runs a reader over text in memory. */
#ifndef CORTEN_TEST_APPS_READ_HELPER_H
#define CORTEN_TEST_APPS_READ_HELPER_H

#include "apps/apps.h"

struct read_result {
	struct buf packages; /* "type name version|- [dev] [direct] [(licence)] [:LINE]\n" … */
	struct buf skipped; /* a line each */
	struct error err; /* code 0: none */
};
#define cleanup_read __attribute__((cleanup(read_result_free)))

struct read_result read_text(const char *path, struct bytes text);
void read_result_free(struct read_result *r);

/* A table of files: what is read of each, and nothing left out. */
struct read_row {
	const char *path, *text, *packages;
};
void check_rows(const struct read_row *rows, size_t count);

#endif
