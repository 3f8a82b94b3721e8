/* corten db lookup: what the database says of one package. */
#include <stdio.h>

#include "cli/db.h"
#include "cli/dbpath.h"
#include "format/json.h"
#include "vuln/ecosystem.h"
#include "vuln/vulndb.h"

enum { LOOKUP_MEMORY = 256 * 1024 * 1024 };

/* One line of the answer; absent strings are "". */
struct line {
	const char *ecosystem, *id, *status, *severity;
	const char *introduced, *fixed, *last_affected;
	const char *advisory, *source, *snapshot, *reason;
};

struct lookup {
	const struct vulndb *db;
	struct os_ecosystem ecosystem; /* of the URL's distribution, where it is known */
	struct purl_parts purl;
	struct arena arena;
	struct json_writer json;
	bool as_json;
	size_t lines;
};

/* --- printing ------------------------------------------------------------------- */

static void print_json(struct lookup *l, const struct line *x)
{
	const struct {
		const char *key, *value;
	} members[] = {
		{ "ecosystem", x->ecosystem },
		{ "id", x->id },
		{ "status", x->status },
		{ "severity", x->severity },
		{ "introduced", x->introduced },
		{ "fixed", x->fixed },
		{ "last_affected", x->last_affected },
		{ "advisory", x->advisory },
		{ "source", x->source },
		{ "snapshot", x->snapshot },
		{ "reason", x->reason },
	};
	json_object_begin(&l->json);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		json_member_string(&l->json, members[i].key,
				   members[i].value[0] != '\0' ? members[i].value : NULL);
	json_object_end(&l->json);
}

/* "since 1.0, fixed in 1.2" */
static const char *range_text(struct lookup *l, const struct line *x)
{
	const char *since = x->introduced[0] != '\0' ? "since " : "";
	const char *comma = x->introduced[0] != '\0' ? ", " : "";
	if (x->fixed[0] != '\0')
		return arena_printf(&l->arena, "%s%s%sfixed in %s", since, x->introduced, comma,
				    x->fixed);
	if (x->last_affected[0] != '\0')
		return arena_printf(&l->arena, "%s%s%sup to %s", since, x->introduced, comma,
				    x->last_affected);
	return arena_printf(&l->arena, "%s%s%sno fixed version", since, x->introduced, comma);
}

static void print_text(struct lookup *l, const struct line *x)
{
	cleanup_buf struct buf out = buf_max(MIB);
	const char *range = range_text(l, x);
	const char *advisory = strcmp(x->advisory, x->id) == 0 ? "" : x->advisory;
	const char *text = arena_printf(
		&l->arena, "%-16s %-16s %-12s %-10s %s%s%s%s  (%s%s%s)", x->ecosystem, x->id,
		x->status, x->severity, range == NULL ? "" : range, advisory[0] != '\0' ? ", " : "",
		advisory, "", x->source, x->snapshot[0] != '\0' ? " " : "", x->snapshot);
	if (text != NULL && text_escape(&out, bytes_str(text), NULL) == 0)
		(void)printf("%.*s\n", (int)out.n, (const char *)out.p);
}

static void put_line(struct lookup *l, const struct line *x)
{
	l->lines++;
	if (l->as_json)
		print_json(l, x);
	else
		print_text(l, x);
}

/* --- with a version: what touches it, by the same code as a scan ---------------------- */

static const char *or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

static int put_finding(void *ctx, const struct finding *f, struct error *err)
{
	struct lookup *l = ctx;
	(void)err;
	const struct line x = {
		.ecosystem = pkg_type_is_app(l->purl.type) ? pkg_type_name(l->purl.type)
							   : l->ecosystem.keys[0],
		.id = f->id,
		.status = finding_status_name(f->status),
		.severity = severity_name(f->severity),
		.introduced = "",
		.fixed = or_empty(f->fixed_version),
		.last_affected = "",
		.advisory = f->advisory.id,
		.source = f->advisory.source,
		.snapshot = f->advisory.snapshot,
		.reason = f->reason,
	};
	put_line(l, &x);
	return 0;
}

static void put_degraded(void *ctx, const struct package *p, const char *why)
{
	(void)ctx;
	log_at(LOG_WARNING, "%s: %s", p->name, why);
}

static struct package package_of(const struct purl_parts *p)
{
	bool source = or_empty(p->source_name)[0] != '\0';
	return (struct package){
		.type = p->type,
		.purl = "",
		.name = p->name,
		.version = p->version,
		.arch = or_empty(p->arch),
		.source_name = source ? p->source_name : p->name,
		.source_version =
			or_empty(p->source_version)[0] != '\0' ? p->source_version : p->version,
		.vendor = "",
		.modularity = or_empty(p->modularity),
		.license = "",
		.path = "",
		.layer = LAYER_NONE,
	};
}

static int lookup_version(struct lookup *l, const struct os_identity *os, struct error *err)
{
	const struct package package = package_of(&l->purl);
	const struct match_sink sink = { put_finding, put_degraded, l };
	struct match_stats stats;
	(void)os_ecosystem_of(os, &l->ecosystem);
	if (vuln_match(l->db, os, &package, 1, &l->arena, sink, &stats, err) < 0)
		return -1;
	if (stats.types_without_advisories != 0)
		return error_set(err, ERR_NO_ADVISORIES,
				 "the database has no advisories for packages of type %s",
				 pkg_type_name(package.type));
	if (stats.no_advisories)
		return error_set(err, ERR_NO_ADVISORIES, "the database has no advisories for %s %s",
				 or_empty(os->id), os->version);
	if (stats.unparsable > 0)
		return error_set(err, ERR_UNPARSABLE, "%s: not all facts could be compared",
				 package.version);
	return 0;
}

/* --- without: all facts of the name ------------------------------------------------------ */

static int put_fact(struct lookup *l, const char *ecosystem, size_t i, struct error *err)
{
	struct vulndb_fact f;
	struct vulndb_id id;
	struct vulndb_source source = { .name = "", .snapshot = "" };
	if (vulndb_fact_at(l->db, i, &f, err) < 0 || vulndb_id_at(l->db, f.id, &id, err) < 0)
		return -1;
	const char *text = vulndb_id_text(&id, &l->arena);
	if (text == NULL)
		return error_set(err, ERR_LIMIT, "the answer is too long");
	(void)vulndb_source(l->db, f.source, &source);
	const struct line x = {
		.ecosystem = ecosystem,
		.id = text,
		.status = finding_status_name(f.status),
		.severity =
			severity_name(f.severity != SEVERITY_UNKNOWN ? f.severity : id.severity),
		.introduced = f.introduced,
		.fixed = f.fixed,
		.last_affected = f.last_affected,
		.advisory = f.advisory,
		.source = source.name,
		.snapshot = source.snapshot,
		.reason = "",
	};
	put_line(l, &x);
	return 0;
}

/* Is this ecosystem meant? Without a release all of the distribution are; an
 * application package has one. */
static bool is_meant(const struct lookup *l, const struct os_identity *os, const char *ecosystem)
{
	struct os_ecosystem keys;
	if (pkg_type_is_app(l->purl.type))
		return strcmp(ecosystem, pkg_type_name(l->purl.type)) == 0;
	if (os->id == NULL)
		return true;
	if (os->version[0] != '\0' && os_ecosystem_of(os, &keys))
		return strcmp(keys.keys[0], ecosystem) == 0 ||
		       strcmp(keys.keys[1], ecosystem) == 0 || strcmp(keys.pro, ecosystem) == 0;
	size_t n = strlen(os->id);
	return strncmp(os->id, ecosystem, n) == 0 && strchr(":-", ecosystem[n]) != NULL;
}

static int lookup_name(struct lookup *l, const struct os_identity *os, struct error *err)
{
	const char *source = or_empty(l->purl.source_name);
	char room[VULN_NAME_ROOM];
	struct bytes name = vuln_package_name(
		l->purl.type, bytes_str(source[0] != '\0' ? source : l->purl.name), room);
	for (size_t i = 0; i < vulndb_ecosystems(l->db); i++) {
		struct vulndb_ecosystem eco;
		struct vulndb_range r;
		if (vulndb_ecosystem_at(l->db, i, &eco, err) < 0)
			return -1;
		if (!is_meant(l, os, eco.name))
			continue;
		if (vulndb_find(l->db, &eco, name, &r, err) < 0)
			return -1;
		for (uint32_t k = 0; k < r.count; k++)
			if (put_fact(l, eco.name, (size_t)r.first + k, err) < 0)
				return -1;
	}
	return 0;
}

/* --- the command --------------------------------------------------------------------------- */

static int look_up(struct lookup *l, const char *text, struct error *err)
{
	if (purl_parse(bytes_str(text), &l->arena, &l->purl, err) < 0)
		return error_wrap(err, "%s", text);
	const struct os_identity os = { .id = l->purl.os_id,
					.version = or_empty(l->purl.os_version) };
	bool known = os.id != NULL || pkg_type_is_app(l->purl.type);
	if (known && or_empty(l->purl.version)[0] != '\0')
		return lookup_version(l, &os, err);
	return lookup_name(l, &os, err);
}

static const struct cli_option options[] = {
	{ .name = "db",
	  .argument = "FILE",
	  .help = "Database to look into. Default: the one that a scan uses." },
	{ .name = "format",
	  .letter = 'f',
	  .argument = "FORMAT",
	  .choices = "text,json",
	  .help = "Form of the output. Default: text." },
	{ 0 },
};

static int run(struct cli_args *a)
{
	char path[PATH_MAX];
	struct vulndb *db;
	struct error err = { 0 };
	const char *format = cli_value(a, "format");
	if (db_path_find(cli_value(a, "db"), path, &err) < 0 || vulndb_open(path, &db, &err) < 0)
		return cli_fail(&err);
	struct lookup l = { .db = db,
			    .arena = arena_max(LOOKUP_MEMORY),
			    .as_json = format != NULL && strcmp(format, "json") == 0 };
	if (l.as_json) {
		json_write_init(&l.json, stdout, true);
		json_array_begin(&l.json);
	}
	int result = look_up(&l, a->arguments[0], &err);
	if (l.as_json) {
		json_array_end(&l.json);
		(void)fputc('\n', stdout);
	} else if (result == 0 && l.lines == 0) {
		(void)printf("nothing in the database touches it\n");
	}
	arena_free(&l.arena);
	vulndb_close(db);
	return result < 0 ? cli_fail(&err) : EXIT_COMPLETE;
}

const struct cli_command cli_command_db_lookup = {
	.name = "db lookup",
	.arguments = "PURL",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "show what the database says of one package",
	.description = "With a version (and a distribution, where the package is one of a "
		       "system), the vulnerabilities that touch this package, by the "
		       "same comparison as a scan; else every fact under its name. PURL is a "
		       "package URL as "
		       "reports show them; source packages are named by ?upstream=NAME.",
	.examples = "corten db lookup pkg:deb/debian/curl@7.88.1-10?distro=debian-12\t"
		    "What touches this version\n"
		    "corten db lookup pkg:deb/debian/curl\tAll that is known of curl in Debian",
	.options = options,
	.run = run,
};
