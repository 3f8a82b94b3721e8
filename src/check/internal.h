/* The program's side of the room, shared by its files. */
#ifndef CORTEN_CHECK_INTERNAL_H
#define CORTEN_CHECK_INTERNAL_H

#include "check/check.h"

struct check_rules {
	struct arena arena;
	struct check_rule_info *list; /* LIMIT_CHECK_RULES */
	size_t count;
};

/* Adds one file's rules; origin lies in the arena. */
int check_read_file(struct check_rules *r, enum check_family family, const char *origin,
		    struct bytes text, struct error *err);

/* The form of the blob that check_rules_send makes and check_set_open reads: a count,
 * then for each rule number, family, engine and its table as nodes in order, a node
 * being kind, line, members, key, text. Numbers are 32 bits of the machine's order. */
/* lines: as the worker gets it; else as the digest is of, which a line more above a rule
 * does not change. */
int check_put_entry(struct buf *out, const struct check_entry *e, bool lines, struct error *err);
int check_put_u32(struct buf *out, uint32_t v, struct error *err);
/* A set from such bytes, which need not outlive the call. */
int check_set_read(struct bytes blob, struct check_set **ret, struct error *err);

#endif
