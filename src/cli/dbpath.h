/* Which vulnerability database a command uses. */
#ifndef CORTEN_CLI_DBPATH_H
#define CORTEN_CLI_DBPATH_H

#include <limits.h>

#include "base/base.h"

/* The first that exists of: given (--db), $CORTEN_DB, the user's data directory
 * ($XDG_DATA_HOME/corten/db), /var/lib/corten/db, /usr/share/corten/db, and
 * ../share/corten/db from the program. A directory stands for the database in
 * it that is in use. ERR_DB_MISSING when there is none; one that was given by
 * hand must exist. */
int db_path_find(const char *given, char out[static PATH_MAX], struct error *err);

#endif
