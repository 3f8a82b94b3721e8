/* The `corten db` commands, and what their files share. */
#ifndef CORTEN_CLI_DB_H
#define CORTEN_CLI_DB_H

#include <limits.h>

#include "cli/cli.h"
#include "feed/feed.h"
#include "vuln/store.h"
#include "vuln/vuln.h"

extern const struct cli_command cli_command_db_build;
extern const struct cli_command cli_command_db_install;
extern const struct cli_command cli_command_db_keygen;
extern const struct cli_command cli_command_db_lookup;
extern const struct cli_command cli_command_db_rollback;
extern const struct cli_command cli_command_db_sign;
extern const struct cli_command cli_command_db_status;
extern const struct cli_command cli_command_db_update;
extern const struct cli_command cli_command_db_verify;

/* The directory in which this user's databases are kept: --store, else
 * $XDG_DATA_HOME/corten/db. */
int db_store_directory(const struct cli_args *a, char out[static PATH_MAX], struct error *err);

/* $XDG_CONFIG_HOME/corten/NAME, or below ~/.config; false without a home. */
bool db_user_config(const char *name, char out[static PATH_MAX]);

/* A builder that tells the records it leaves out, the first few one by one. */
struct db_build {
	struct vulndb_builder *builder;
	uint64_t told;
	bool quiet;
};
int db_build_begin(struct db_build *b, bool quiet, struct error *err);
/* "N facts on M CVEs …" on standard error, once written. */
void db_build_tell(const struct db_build *b, const char *path);
void db_build_end(struct db_build *b);

/* --- feeds.conf (feeds.c) ------------------------------------------------------ */

/* A feed: who publishes it, and where. */
struct feed_place {
	const char *name; /* "": told by its content */
	const char *url;
};
struct feed_list {
	struct arena arena;
	struct feed_place *places;
	size_t count, cap;
};
void feed_list_free(struct feed_list *l);
#define cleanup_feed_list __attribute__((cleanup(feed_list_free)))

/* Text of a feeds.conf, one feed a line: NAME URL. '#' begins a comment;
 * {FIRST-} in a URL stands for every year from FIRST to this one. file is for
 * messages. ERR_MALFORMED names the line. */
int feed_list_parse(struct feed_list *l, struct bytes text, const char *file, struct error *err);
/* The user's feeds.conf, else /etc/corten/feeds.conf, else the built-in list. */
int feed_list_default(struct feed_list *l, struct error *err);
int feed_list_add(struct feed_list *l, struct bytes name, struct bytes url, struct error *err);

#endif
