/* The parts that sandbox_enter is made of. */
#ifndef CORTEN_SANDBOX_INTERNAL_H
#define CORTEN_SANDBOX_INTERNAL_H

#include "sandbox/sandbox.h"

/* Everything of the file system is denied but reading below the paths of the
 * lists (a NULL-terminated list of NULL-terminated lists); network says whether
 * TCP stays allowed. *ret_missing: this kernel has no Landlock. */
int landlock_enter(const char *const *const *read_lists, bool network, bool *ret_missing,
		   struct error *err);

/* The system-call filter of a profile; needs no_new_privs. */
int seccomp_enter(enum sandbox_profile profile, struct error *err);

#endif
