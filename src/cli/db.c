/* corten db status, verify, rollback: what is in use, and whether it is sound. */
#include "cli/db.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/dbpath.h"
#include "format/json.h"

/* --- where -------------------------------------------------------------------- */

static bool below_home(const char *variable, const char *below, const char *name,
		       char out[static PATH_MAX])
{
	const char *base = getenv(variable), *home = getenv("HOME");
	int n = -1;
	if (base != NULL && base[0] == '/')
		n = snprintf(out, PATH_MAX, "%s/corten/%s", base, name);
	else if (home != NULL && home[0] == '/')
		n = snprintf(out, PATH_MAX, "%s/%s/corten/%s", home, below, name);
	return n > 0 && n < PATH_MAX;
}

bool db_user_config(const char *name, char out[static PATH_MAX])
{
	return below_home("XDG_CONFIG_HOME", ".config", name, out);
}

int db_store_directory(const struct cli_args *a, char out[static PATH_MAX], struct error *err)
{
	const char *given = cli_value(a, "store");
	if (given == NULL && below_home("XDG_DATA_HOME", ".local/share", "db", out))
		return 0;
	if (given == NULL)
		return error_set(err, ERR_USAGE,
				 "neither $XDG_DATA_HOME nor $HOME is set: name the directory with "
				 "--store");
	int n = snprintf(out, PATH_MAX, "%s", given);
	return n > 0 && n < PATH_MAX ? 0
				     : error_set(err, ERR_USAGE, "--store: the name is too long");
}

#define DB_OPTION                                                                                  \
	{                                                                                          \
		.name = "db", .argument = "FILE",                                                  \
		.help = "Database to look at. Default: the one that a scan uses."                  \
	}
#define STORE_OPTION                                                                               \
	{                                                                                          \
		.name = "store", .argument = "DIR",                                                \
		.help = "Directory of databases. Default: $XDG_DATA_HOME/corten/db, or "           \
			"~/.local/share/corten/db."                                                \
	}

static int open_used(struct cli_args *a, const char *given, char path[static PATH_MAX],
		     struct vulndb **ret, struct error *err)
{
	return db_path_find(given != NULL ? given : cli_value(a, "db"), path, err) < 0
		       ? -1
		       : vulndb_open(path, ret, err);
}

/* --- status --------------------------------------------------------------------- */

#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)

static void age_text(int64_t seconds, char *out, size_t size)
{
	if (seconds < 0)
		(void)snprintf(out, size, "from the future");
	else if (seconds < 2 * HOUR)
		(void)snprintf(out, size, "%lld minutes", (long long)(seconds / 60));
	else if (seconds < 2 * DAY)
		(void)snprintf(out, size, "%lld hours", (long long)(seconds / HOUR));
	else
		(void)snprintf(out, size, "%lld days", (long long)(seconds / DAY));
}

/* Text from outside must not drive the reader's terminal. */
static void print_escaped(const char *text)
{
	cleanup_buf struct buf b = buf_max(64 * KIB);
	if (text_escape(&b, bytes_str(text), NULL) == 0 && b.n > 0)
		(void)fwrite(b.p, 1, b.n, stdout);
}

static void status_text(const struct vulndb *db, const char *path)
{
	struct vulndb_info info;
	char built[RFC3339_TEXT], age[64];
	vulndb_info(db, &info);
	rfc3339_text(info.built, built);
	age_text(clock_now() - info.oldest_snapshot, age, sizeof age);
	(void)printf("database    ");
	print_escaped(path);
	(void)printf("\ngeneration  %llu\nbuilt       %s\nage         %s (of its oldest source)\n",
		     (unsigned long long)info.generation, built, age);
	(void)printf("contents    %llu facts on %llu CVEs and %llu other ids, %llu packages\n",
		     (unsigned long long)info.facts, (unsigned long long)info.cves,
		     (unsigned long long)(info.ids - info.cves), (unsigned long long)info.packages);
	(void)printf("\nsources\n");
	for (size_t i = 0; i < vulndb_sources(db); i++) {
		struct vulndb_source s;
		if (!vulndb_source(db, i, &s))
			continue;
		(void)printf("  ");
		print_escaped(s.name);
		(void)printf("%*s  ", (int)(strlen(s.name) < 16 ? 16 - strlen(s.name) : 0), "");
		print_escaped(s.snapshot[0] != '\0' ? s.snapshot : "no date");
		(void)printf("  ");
		print_escaped(s.url);
		(void)printf("\n");
	}
}

static void status_json(const struct vulndb *db, const char *path)
{
	struct vulndb_info info;
	struct json_writer w;
	char time[RFC3339_TEXT];
	vulndb_info(db, &info);
	json_write_init(&w, stdout, true);
	json_object_begin(&w);
	json_member_string(&w, "schema", "corten.db-status/1");
	json_member_string(&w, "path", path);
	json_member_u64(&w, "generation", info.generation);
	rfc3339_text(info.built, time);
	json_member_string(&w, "built", time);
	rfc3339_text(info.oldest_snapshot, time);
	json_member_string(&w, "oldest_snapshot", time);
	json_key(&w, "age_seconds");
	json_i64(&w, clock_now() - info.oldest_snapshot);
	json_member_u64(&w, "facts", info.facts);
	json_member_u64(&w, "ids", info.ids);
	json_member_u64(&w, "cves", info.cves);
	json_member_u64(&w, "packages", info.packages);
	json_key(&w, "sources");
	json_array_begin(&w);
	for (size_t i = 0; i < vulndb_sources(db); i++) {
		struct vulndb_source s;
		if (!vulndb_source(db, i, &s))
			continue;
		json_object_begin(&w);
		json_member_string(&w, "name", s.name);
		json_member_string(&w, "url", s.url);
		json_member_string(&w, "snapshot", s.snapshot[0] != '\0' ? s.snapshot : NULL);
		json_object_end(&w);
	}
	json_array_end(&w);
	json_object_end(&w);
	(void)fputc('\n', stdout);
}

static const struct cli_option status_options[] = {
	DB_OPTION,
	{ .name = "format",
	  .letter = 'f',
	  .argument = "FORMAT",
	  .choices = "text,json",
	  .help = "Form of the output. Default: text." },
	{ 0 },
};

static int run_status(struct cli_args *a)
{
	char path[PATH_MAX];
	struct vulndb *db;
	struct error err = { 0 };
	const char *format = cli_value(a, "format");
	if (open_used(a, NULL, path, &db, &err) < 0)
		return cli_fail(&err);
	if (format != NULL && strcmp(format, "json") == 0)
		status_json(db, path);
	else
		status_text(db, path);
	vulndb_close(db);
	return EXIT_COMPLETE;
}

const struct cli_command cli_command_db_status = {
	.name = "db status",
	.arguments = "",
	.summary = "show which vulnerability database is in use, its age and its sources",
	.description =
		"Shows the database that a scan would use, which is the first that exists of: "
		"--db, $CORTEN_DB, the user's ($XDG_DATA_HOME/corten/db), /var/lib/corten/db, "
		"/usr/share/corten/db, and the starter database beside the program. Its age is "
		"that of its oldest source.",
	.examples = "corten db status --format json\tFor programs",
	.options = status_options,
	.run = run_status,
};

/* --- verify ----------------------------------------------------------------------- */

static const struct cli_option verify_options[] = { DB_OPTION, { 0 } };

static int run_verify(struct cli_args *a)
{
	char path[PATH_MAX];
	struct vulndb *db;
	struct error err = { 0 };
	if (open_used(a, a->argument_count > 0 ? a->arguments[0] : NULL, path, &db, &err) < 0)
		return cli_fail(&err);
	int result = vulndb_verify(db, &err);
	vulndb_close(db);
	if (result < 0) {
		(void)error_wrap(&err, "%s", path);
		return cli_fail(&err);
	}
	print_escaped(path);
	(void)printf(": sound\n");
	return EXIT_COMPLETE;
}

const struct cli_command cli_command_db_verify = {
	.name = "db verify",
	.arguments = "[FILE]",
	.most_arguments = 1,
	.summary = "read a whole vulnerability database and check it",
	.description =
		"Checks the checksum of every section, the order of all records, and that every "
		"offset and string lies where it may. Without FILE the database in use is "
		"checked.",
	.examples = "corten db verify corten.cdb\tCheck a file before it is copied elsewhere",
	.options = verify_options,
	.run = run_verify,
};

/* --- rollback ----------------------------------------------------------------------- */

static const struct cli_option rollback_options[] = { STORE_OPTION, { 0 } };

static int run_rollback(struct cli_args *a)
{
	char directory[PATH_MAX];
	struct store *store;
	struct error err = { 0 };
	uint64_t from, to;
	if (db_store_directory(a, directory, &err) < 0 || store_open(directory, &store, &err) < 0)
		return cli_fail(&err);
	from = store_current(store);
	int result = store_rollback(store, &to, &err);
	store_close(store);
	if (result < 0)
		return cli_fail(&err);
	(void)printf("generation %llu is in use again instead of %llu\n", (unsigned long long)to,
		     (unsigned long long)from);
	return EXIT_COMPLETE;
}

const struct cli_command cli_command_db_rollback = {
	.name = "db rollback",
	.arguments = "",
	.summary = "use the generation before the one in use",
	.description =
		"Goes back to the newest older generation that is kept. Running scans are not "
		"disturbed. `corten db update` goes forward again.",
	.examples = "corten db rollback\tAfter an update that went wrong",
	.options = rollback_options,
	.run = run_rollback,
};
