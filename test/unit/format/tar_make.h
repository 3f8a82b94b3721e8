/* Tar archives byte by byte, for tests: what a writer would never make is what
 * a reader must bear. */
#ifndef CORTEN_TEST_TAR_MAKE_H
#define CORTEN_TEST_TAR_MAKE_H

#include "base/base.h"

struct make {
	struct buf out;
};

struct make make_new(void);
void make_free(struct make *m);

/* Bytes, and zeros up to the next block. */
void make_bytes(struct make *m, struct bytes b);
void make_content(struct make *m, const char *text);
void make_zeros(struct make *m, size_t n);
void make_end(struct make *m); /* two zero blocks */

/* A header block (ustar) with its checksum; good until the next call. Who
 * changes it seals it again. */
uint8_t *make_head(struct make *m, const char *name, char type, uint64_t size);
void make_seal(uint8_t *block);
void make_magic(uint8_t *block, const char *magic); /* seals */
void make_number(uint8_t *field, uint64_t value); /* 12 bytes; base-256 where octal is short */

void make_file(struct make *m, const char *name, const char *content);
void make_link(struct make *m, char type, const char *name, const char *target);
/* 'L' or 'K': GNU's long name or link for the entry behind it. */
void make_long(struct make *m, char type, const char *text);
/* records: "key=value\n…"; the lengths are put before them. */
void make_pax(struct make *m, const char *records);
void make_global(struct make *m, const char *records);
/* Old GNU sparse; map: "offset,length,offset,length…". The header's size is the
 * sum of the lengths. */
uint8_t *make_sparse(struct make *m, const char *name, uint64_t size, const char *map);

#endif
