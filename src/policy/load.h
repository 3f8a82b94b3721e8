/* Reading maps by a table of their keys. */
#ifndef CORTEN_POLICY_LOAD_H
#define CORTEN_POLICY_LOAD_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/internal.h"

enum { TEXT_MAX = 4096 };

struct loader {
	struct policy *policy;
	struct error *err;
};

typedef int load_fn(struct loader *l, const struct node *n, void *out);

struct field {
	const char *key; /* NULL ends a table; at most 32 */
	load_fn *read;
	size_t offset; /* of what it fills, in what the map fills */
	bool required;
};

/* ERR_USAGE "file:line: text". */
int load_fail(const struct loader *l, const struct node *n, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* what: "a rule"; ret_seen (may be NULL): a bit for each field that was there. */
int load_map(struct loader *l, const struct node *n, const struct field *fields, const char *what,
	     void *out, unsigned *ret_seen);

bool is_true(const struct node *n);
load_fn load_text, load_bool, load_globs;
load_fn load_criteria; /* load_criteria.c */

#endif
