/* Each role gives up what it does not need, for good. */
#ifndef CORTEN_AGENT_PRIVILEGE_H
#define CORTEN_AGENT_PRIVILEGE_H

#include "base/base.h"

enum privilege_role { PRIVILEGE_PRIV, PRIVILEGE_ENFORCE, PRIVILEGE_SENSOR };

/* Keeps, of what the process has, the role's capabilities, and no_new_privs; of this
 * thread and those that it starts. PRIVILEGE_PRIV keeps the others permitted, for the
 * roles that it starts, but not effective. */
int privilege_keep(enum privilege_role role, struct error *err);

#endif
