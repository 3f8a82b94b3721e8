/* A table for people: rows of cells, columns as wide as their widest cell. */
#ifndef CORTEN_CLI_COLUMNS_H
#define CORTEN_CLI_COLUMNS_H

#include <stdio.h>

#include "base/base.h"

enum { COLUMNS_MOST = 10 };

struct columns {
	size_t count; /* of cells a row */
	struct buf cells; /* escaped, each ends in NUL */
	size_t rows, width[COLUMNS_MOST];
};

struct columns columns_of(size_t count);
void columns_free(struct columns *c);
#define cleanup_columns __attribute__((cleanup(columns_free)))

/* One row of `count` cells; what could drive a terminal is escaped. */
int columns_add(struct columns *c, const struct bytes *cells, struct error *err);
void columns_print(const struct columns *c, FILE *out);

#endif
