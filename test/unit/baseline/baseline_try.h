/* Rules from a text or from the source tree, and what they find in samples. */
#ifndef TEST_BASELINE_TRY_H
#define TEST_BASELINE_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "baseline/baseline.h"

/* Those that come with the programs. */
struct check_rules *rules_shipped(void);
/* A file of rules with this text alone. */
struct check_rules *rules_text(const char *toml);
/* One rule alone, as the worker gets it. */
struct check_set *set_of(const struct check_rules *r, const char *id);

/* What was told of a sample; texts lie in the arena. */
struct looked {
	struct arena arena;
	struct check_match list[64];
	size_t n;
	char limited[128];
};
void look(struct looked *ret, const struct check_set *set, const char *path, uint32_t mode,
	  const char *text);
void looked_free(struct looked *l);

/* The sample's text with a fix applied; NULL when it cannot be. In the arena. */
char *apply_fix(struct arena *arena, const char *path, const char *text,
		const struct check_match *m);

#endif
