/* Reading the maps of a document by tables of their keys, for files that people write:
 * everything must be understood. A key that is misspelt would be a rule that never
 * speaks, and of one that is there twice nobody knows which was meant. */
#ifndef CORTEN_FORMAT_FIELDS_H
#define CORTEN_FORMAT_FIELDS_H

#include <stddef.h>

#include "format/tree.h"

struct field_reader {
	struct arena *arena; /* of what is read */
	const char *origin; /* file, in errors */
	enum error_code code; /* of errors */
	struct error *err;
	void *ctx; /* the caller's */
};

typedef int field_fn(struct field_reader *r, const struct node *n, void *out);

struct field {
	const char *key; /* NULL ends a table; at most 32 */
	field_fn *read;
	size_t offset; /* of what it fills, in what the map fills */
	bool required;
};

/* "origin:line: text"; -1. */
int field_fail(const struct field_reader *r, const struct node *n, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* what: "a rule"; ret_seen (may be NULL): a bit for each field that was there. */
int fields_read(struct field_reader *r, const struct node *n, const struct field *fields,
		const char *what, void *out, unsigned *ret_seen);
/* For maps whose keys are the author's own: none is there twice. */
int field_once(const struct field_reader *r, const struct node *map);

/* Text, number or truth value. */
bool node_is_scalar(const struct node *n);

#endif
