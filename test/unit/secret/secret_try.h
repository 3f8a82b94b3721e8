/* For tests: rules from a text, and what an engine finds with them. */
#ifndef SECRET_TRY_H
#define SECRET_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "secret/engine.h"
#include "secret/secret.h"

enum { HITS_MOST = 600, HIT_TEXT = 256 };

struct hit {
	uint32_t rule, line, column;
	uint64_t offset;
	int64_t expires;
	bool valid;
	struct digest hash;
	char masked[HIT_TEXT], context[HIT_TEXT];
};

struct hits {
	struct hit all[HITS_MOST];
	size_t n;
	char limits[HIT_TEXT]; /* words, a space behind each */
};

/* A file of rules in a folder of its own; the path is good until the next call. */
const char *rules_path(const char *toml);
/* Fail the test when they cannot be had. */
struct secret_rules *rules_of(const char *toml);
struct secret_rules *rules_shipped(void);
struct secret_engine *engine_of(const struct secret_rules *r);
/* Of rules in a text; the rules are freed with it. */
struct secret_engine *engine_of_text(const char *toml);

/* Looks through a file that comes in pieces of so many bytes (0: whole). */
void look(struct secret_engine *e, const char *path, struct bytes text, size_t piece,
	  struct hits *ret);
void look_text(struct secret_engine *e, const char *name, const char *text, struct hits *ret);

#endif
