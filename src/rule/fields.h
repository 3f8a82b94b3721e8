/* Reading maps by a table of their keys: what is not in the table is an error,
 * because a misspelt key would be a rule that never speaks. */
#ifndef CORTEN_RULE_FIELDS_H
#define CORTEN_RULE_FIELDS_H

#include "rule/internal.h"

struct reader {
	struct arena *arena;
	const char *origin;
	struct error *err;
};

typedef int read_fn(struct reader *r, const struct node *n, void *out);

struct field {
	const char *key; /* NULL ends a table */
	read_fn *read;
	size_t offset; /* of what it fills */
	bool required;
};

/* ERR_MALFORMED "origin:line: text"; -1. */
int read_fail(const struct reader *r, const struct node *n, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* what: "a rule". */
int read_map(struct reader *r, const struct node *n, const struct field *fields, const char *what,
	     void *out);

/* char *, bool, struct rule_list (a text or a list of texts). */
read_fn read_text, read_bool, read_list;
/* As read_list, absolute clean paths; as read_text, one. */
read_fn read_paths, read_path;

read_fn read_scope, read_exceptions; /* struct rule */
/* enum guard_action: pass, alert, block. */
read_fn read_action;
read_fn read_criteria; /* struct rule: what its kind asks for */

#endif
