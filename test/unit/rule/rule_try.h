/* Rules from a text, for the tests of this room. */
#ifndef CORTEN_TEST_RULE_TRY_H
#define CORTEN_TEST_RULE_TRY_H

#include "rule/internal.h"

/* Fails the test when the text is refused. */
struct rule_set rules_of(const char *text);

enum {
	ALL_BACKENDS = BACKEND_BPF_LSM | BACKEND_TP_KILL | BACKEND_CGROUP_BPF | BACKEND_FANOTIFY |
		       BACKEND_RUNTIME,
	NATIVE = ALL_BACKENDS & ~BACKEND_BPF_LSM
};

#endif
