/* Which rules are about a path, without trying the globs of all rules: those whose glob
 * ends in a name are found by the name, those that end in "*.x" by what is behind the
 * dot, those of a folder by the folder. */
#ifndef CORTEN_BASELINE_INDEX_H
#define CORTEN_BASELINE_INDEX_H

#include "baseline/internal.h"

struct index_link {
	uint32_t rule; /* in the engine's list */
	uint32_t next; /* link + 1; 0: the last */
	struct bytes glob;
};

struct path_index {
	struct map names, extensions, folders; /* → link + 1 */
	struct index_link *links;
	size_t n, cap;
	uint32_t loose; /* link + 1: globs that are none of these */
};

void path_index_init(struct path_index *x);
void path_index_free(struct path_index *x);
int path_index_add(struct path_index *x, struct bytes glob, uint32_t rule, struct error *err);
/* Calls found for each glob that fits, of a rule perhaps more than once. */
void path_index_ask(const struct path_index *x, struct bytes path,
		    void (*found)(void *ctx, uint32_t rule), void *ctx);

#endif
