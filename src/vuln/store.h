/* A directory of databases: one file a generation, corten-GENERATION.cdb, and
 * the symbolic link `current` to the one in use. Files never change; what is in
 * use changes by renaming the link, so that a reader sees one or the other and
 * keeps what it has mapped. Writers take turns by a lock on the directory. */
#ifndef CORTEN_VULN_STORE_H
#define CORTEN_VULN_STORE_H

#include "vuln/vuln.h"

enum { STORE_KEEP = 5 }; /* generations that are kept, the one in use included */

struct store;

/* Makes the directory if need be and waits for its lock. */
int store_open(const char *directory, struct store **ret, struct error *err);
void store_close(struct store *s);

/* The generation in use, 0 for none. */
uint64_t store_current(const struct store *s);

/* All generations, ascending; the caller frees *ret. */
int store_list(const struct store *s, uint64_t **ret, size_t *ret_count, struct error *err);

/* A path in the directory for a database to be written to before store_install:
 * readers do not look at it. */
int store_new_path(const struct store *s, char *out, size_t size, struct error *err);

/* Opens the database at path (in the directory), reads all of it, gives it its
 * name and makes it the one in use, then removes the oldest ones beyond
 * STORE_KEEP. ERR_OLD_GENERATION unless it is newer than the one in use. On
 * failure the one in use stays and the file at path is gone. */
int store_install(struct store *s, const char *path, uint64_t *ret_generation, struct error *err);

/* Makes the newest generation below the one in use the one in use.
 * ERR_NOT_FOUND when there is none. */
int store_rollback(struct store *s, uint64_t *ret_generation, struct error *err);

#endif
