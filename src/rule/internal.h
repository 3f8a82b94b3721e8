/* What the files of this room share. */
#ifndef CORTEN_RULE_INTERNAL_H
#define CORTEN_RULE_INTERNAL_H

#include "format/tree.h"
#include "rule/rule.h"

enum {
	RULE_NAME_MOST = 80, /* characters */
	RULE_PRIORITY_MOST = 1000,
	RULE_PRIORITY_USUAL = 100,
	RULE_TEXT_MOST = 4096, /* bytes of one text */
	RULE_LIST_MOST = 1024, /* words of one list */
	RULE_ARENA_MOST = 64 * 1024 * 1024
};

/* read.c: one document's rules, appended to a list in the arena. */
struct rule_batch {
	struct rule *rule;
	size_t count;
};
int rule_read(struct arena *arena, const char *origin, struct bytes yaml, struct rule_batch *ret,
	      struct error *err);

/* The whole of rules in their order, with the limits; sorts in place. */
int rules_check(struct rule *rule, size_t count, struct error *err);
int rules_digest(const struct rule *rule, size_t count, char out[static 65], struct error *err);

/* write.c: YAML in double quotes. */
int rule_put_quoted(struct buf *out, const char *text, struct error *err);

/* Which of the scope's conditions does not hold, or NULL: all do. */
const char *scope_misses(const struct rule *r, const struct rule_subject *who);
bool list_match(const struct rule_list *l, const char *text, bool path);
/* The exception's last day is over. */
bool exception_ended(const struct rule_exceptions *e);

/* The most that these back-ends guarantee. */
enum guard_action best_guarantee(enum guard_item item, unsigned backends);
enum guard_action best_file_guarantee(enum guard_file_op op, unsigned backends);

/* A way to do what an item is about that some back-end treats differently. */
struct rule_form {
	enum guard_item item;
	const char *name; /* "shebang", as in test/guard/expected.tsv */
	const char *title; /* for people */
	char by[6];
};
const struct rule_form *rule_forms(size_t *ret_count);
enum guard_action form_guarantee(const struct rule_form *f, unsigned backends);

/* A file rule of the node, in the order of their bits: rules of kind file, and
 * escape rules that have the item host-file. */
bool takes_file_rule(const struct rule *r);

#endif
