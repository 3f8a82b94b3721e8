/* The program's side of the room: rules as they are read, before they are compiled. */
#ifndef CORTEN_SECRET_INTERNAL_H
#define CORTEN_SECRET_INTERNAL_H

#include "format/tree.h"
#include "secret/blob.h"
#include "secret/secret.h"

struct words {
	const char **p;
	size_t n;
};

struct allow {
	bool all;
	enum allow_target target;
	bool everywhere; /* for the rules of all files */
	struct words paths, patterns, stopwords;
	struct words rules; /* ids it is for; none: all */
};

struct allows {
	const struct allow **p;
	size_t n, cap;
};

struct rule {
	struct secret_rule_info info;
	const char *pattern, *path; /* NULL: none */
	uint32_t group, entropy_milli;
	enum secret_check check;
	bool placeholders, pem_like;
	struct bytes magic;
	struct words keywords, covers;
	struct allows allows;
	const char *test_path;
	struct words fire, silent;
};

struct secret_rules {
	struct arena arena;
	struct rule **rules;
	size_t count, cap;
	struct allows everywhere;
	const char **notes;
	size_t note_count, note_cap;
	struct digest digest;
};

/* rules_file.c: adds one file's rules; NULL-terminated origin lies in the arena. */
int rules_read_file(struct secret_rules *r, const char *origin, struct bytes text,
		    struct error *err);

int rules_note(struct secret_rules *r, struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* pattern.c: an expression without what may be empty at its begin: where the whole one
 * matches, it matches at most *ret_lead bytes (LEAD_ANY: no bound) further on. The
 * expression itself when nothing is left out. */
char *pattern_core(struct arena *arena, const char *pattern, uint32_t *ret_lead);
/* The expression that Vectorscan searches for, from the core of the one that PCRE2
 * reads: it matches wherever that does. */
char *pattern_for_search(struct arena *arena, const char *core);
/* Whether PCRE2 takes it: ERR_MALFORMED with what is wrong and where. */
int pattern_check(const char *pattern, struct error *err);

/* tables.c: the blob's tables without databases and widths. What it holds decides
 * what is found: its digest is the rules' digest. */
struct tables {
	struct buf rules, patterns, allows, paths, index, strings, string_bytes;
	struct map string_numbers;
	struct arena keys;
};
void tables_free(struct tables *t);
/* The number of a text in the string table. */
int tables_string(struct tables *t, struct bytes text, uint32_t *ret, struct error *err);
int tables_build(const struct secret_rules *r, struct tables *t, struct error *err);
void tables_digest(const struct tables *t, struct digest *ret);

/* compile.c: the whole blob. */
int blob_build(const struct secret_rules *r, struct buf *out, struct error *err);

/* What `validate` of a rule names; false for an unknown name. */
bool secret_check_parse(struct bytes name, enum secret_check *ret);

#endif
