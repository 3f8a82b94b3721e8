/* The builder's strings: each stored once and known by a 32-bit number, so that
 * a fact is a handful of numbers however long its text is. Number 0 is "". */
#ifndef CORTEN_VULN_STRPOOL_H
#define CORTEN_VULN_STRPOOL_H

#include "base/base.h"

struct strpool {
	struct buf text; /* all strings, each with its NUL */
	uint32_t *offsets; /* by number */
	size_t n, cap;
	uint32_t *slots; /* number + 1; 0: free */
	size_t slot_count;
	uint64_t key;
};

void strpool_init(struct strpool *p);
void strpool_free(struct strpool *p);

/* False when b has a NUL byte in it or is longer than any name or version is. */
bool strpool_takes(struct bytes b);

/* The number of b. ERR_MALFORMED when it is not taken; ERR_LIMIT, ERR_MEMORY. */
int strpool_put(struct strpool *p, struct bytes b, uint32_t *ret, struct error *err);

/* Good until the next put. */
const char *strpool_get(const struct strpool *p, uint32_t number);

/* Numbers the strings anew in the order of strcmp. Returns new[old number],
 * which the caller frees; NULL without memory. */
uint32_t *strpool_sort(struct strpool *p, struct error *err);

#endif
