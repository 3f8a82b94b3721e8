/* corten db build: published files -> a database. */
#include <signal.h>
#include <stdio.h>

#include "cli/db.h"

enum { TELL_MOST = 10 }; /* skipped records that are told one by one */

/* --- building, for `db update` too -------------------------------------------- */

static void tell_skipped(void *ctx, const char *what, const char *why)
{
	struct db_build *b = ctx;
	if (b->quiet || b->told >= TELL_MOST)
		return;
	b->told++;
	log_at(LOG_WARNING, "left out %s: %s", what, why);
}

int db_build_begin(struct db_build *b, bool quiet, struct error *err)
{
	*b = (struct db_build){ .builder = vulndb_builder_new(), .quiet = quiet };
	if (b->builder == NULL)
		return error_set(err, ERR_MEMORY, "no memory");
	vulndb_builder_on_skip(b->builder, tell_skipped, b);
	/* A worker that dies must be an error of a write, not the end of us. */
	(void)signal(SIGPIPE, SIG_IGN);
	return 0;
}

void db_build_end(struct db_build *b)
{
	vulndb_builder_free(b->builder);
	b->builder = NULL;
}

void db_build_tell(const struct db_build *b, const char *path)
{
	struct vulndb *db;
	struct vulndb_info info;
	struct error err = { 0 };
	uint64_t skipped = vulndb_builder_skipped(b->builder);
	if (b->quiet || vulndb_open(path, &db, &err) < 0)
		return;
	vulndb_info(db, &info);
	(void)fprintf(stderr,
		      "generation %llu: %llu facts on %llu CVEs and %llu other ids from %zu "
		      "sources; %llu records left out\n",
		      (unsigned long long)info.generation, (unsigned long long)info.facts,
		      (unsigned long long)info.cves, (unsigned long long)(info.ids - info.cves),
		      vulndb_sources(db), (unsigned long long)skipped);
	vulndb_close(db);
}

/* --- the command ---------------------------------------------------------------- */

static const struct cli_option options[] = {
	{ .name = "from",
	  .argument = "FILE|DIR",
	  .help = "Read this file, or all files below this directory. Their format is told by "
		  "their content. May be given several times." },
	{ .name = "out", .letter = 'o', .argument = "FILE", .help = "Write the database to FILE." },
	{ .name = "generation",
	  .argument = "N",
	  .help = "Number of this database; a higher one is newer. Default: the time in seconds." },
	{ .name = "source",
	  .argument = "NAME",
	  .help = "Who published the files, where their content does not say." },
	{ .name = "snapshot",
	  .argument = "DATE",
	  .help = "Date of the data. Default: what the content says, else the files' time." },
	{ .name = "quiet", .letter = 'q', .help = "Do not tell what was left out." },
	{ 0 },
};

static int take_generation(struct cli_args *a, uint64_t *ret, int *ret_exit)
{
	const char *text = cli_value(a, "generation");
	*ret = (uint64_t)clock_now();
	if (text == NULL || (bytes_to_u64(bytes_str(text), ret) && *ret > 0))
		return 0;
	*ret_exit = cli_usage_error(a, "--generation takes a number above 0, not \"%s\"", text);
	return -1;
}

static int import_all(struct cli_args *a, struct db_build *b, struct error *err)
{
	const struct feed_options feed = { .name = cli_value(a, "source"),
					   .snapshot = cli_value(a, "snapshot") };
	const char *path;
	for (size_t i = 0; (path = cli_value_at(a, "from", i)) != NULL; i++) {
		struct feed_stats stats;
		if (feed_import_path(path, &feed, vulndb_builder_sink(b->builder), &stats, err) < 0)
			return -1;
	}
	return 0;
}

/* Builds, writes, and reads it all once more. */
static int build_to(struct cli_args *a, struct db_build *b, uint64_t generation, const char *out,
		    struct error *err)
{
	struct vulndb *db;
	if (import_all(a, b, err) < 0 ||
	    vulndb_builder_write(b->builder, generation, out, err) < 0 ||
	    vulndb_open(out, &db, err) < 0)
		return -1;
	int result = vulndb_verify(db, err);
	vulndb_close(db);
	return result;
}

static int run(struct cli_args *a)
{
	const char *out = cli_value(a, "out");
	struct db_build b;
	struct error err = { 0 };
	uint64_t generation;
	int usage;
	if (cli_value(a, "from") == NULL)
		return cli_usage_error(a, "--from must name what to build from");
	if (out == NULL)
		return cli_usage_error(a, "--out must name the file to write");
	if (take_generation(a, &generation, &usage) < 0)
		return usage;
	if (db_build_begin(&b, cli_has(a, "quiet"), &err) < 0)
		return cli_fail(&err);
	int result = build_to(a, &b, generation, out, &err);
	if (result == 0)
		db_build_tell(&b, out);
	db_build_end(&b);
	return result < 0 ? cli_fail(&err) : EXIT_COMPLETE;
}

const struct cli_command cli_command_db_build = {
	.name = "db build",
	.arguments = "",
	.summary = "build a vulnerability database from published files",
	.description =
		"Reads advisories and compiles them into one file: OSV JSON (records, lists, and "
		"the "
		"ecosystems' zip files), the Debian security tracker's JSON, secdb JSON of Alpine, "
		"Wolfi and Chainguard, CISA's KEV, EPSS scores, NVD's JSON 2.0, and Corten's own "
		"tables; plain or compressed. A file is read in a sandboxed process. A record that "
		"cannot be understood is left out and told.\n\n"
		"The same files give the same database in whatever order they are named; with "
		"$SOURCE_DATE_EPOCH set, byte for byte.",
	.examples = "corten db build --from almalinux/ --from kev.json --out corten.cdb\t"
		    "A database of AlmaLinux's advisories",
	.options = options,
	.run = run,
};
