/* corten container scan: the existing scan, of containers that run and that the agent
 * knows, whatever started them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/columns.h"
#include "cli/container_pick.h"
#include "cli/node.h"
#include "cli/scan_each.h"

static const struct cli_option options[] = {
	{ .name = "all", .help = "Every container that runs." },
	{ .name = "app", .argument = "GLOB", .help = "Those of this application." },
	{ .name = "image",
	  .argument = "GLOB",
	  .help = "Those of this image; \"nginx\" is docker.io/library/nginx:1.25, too." },
	{ .name = "namespace", .argument = "GLOB", .help = "Those of this namespace." },
	{ .name = "output-dir",
	  .argument = "DIR",
	  .help = "Write each report to a file of DIR, called by the container's id." },
	NODE_RUN_DIR_OPTION,
	SCAN_EACH_FORMAT_OPTION,
	SCAN_EACH_OPTIONS,
	{ 0 },
};

enum { SUMMARY_CELLS = 9 };

struct scanning {
	const struct cli_args *args;
	struct picked_list list;
	size_t at; /* the next to scan */
	struct known_container known;
	char target[256];
	struct columns summary;
	bool to_stdout;
	struct error *err;
};

/* --- one after the other ---------------------------------------------------------------- */

static const char *ending_of(const char *format)
{
	static const struct {
		const char *format, *ending;
	} endings[] = {
		{ "json", "json" },      { "sarif", "sarif" },        { "cyclonedx", "cdx.json" },
		{ "spdx", "spdx.json" }, { "junit", "xml" },          { "csv", "csv" },
		{ "html", "html" },      { "gitlab", "gitlab.json" },
	};
	for (size_t i = 0; format != NULL && i < sizeof endings / sizeof endings[0]; i++)
		if (strcmp(endings[i].format, format) == 0)
			return endings[i].ending;
	return "txt";
}

/* An id is its creator's choice. */
static void file_of(const struct scanning *p, const char *id, char out[static PATH_MAX])
{
	const char *dir = cli_value(p->args, "output-dir");
	char name[160];
	(void)snprintf(name, sizeof name, "%s%s", id[0] == '.' ? "_" : "", id);
	for (char *c = name; *c != '\0'; c++)
		if (*c == '/')
			*c = '_';
	(void)snprintf(out, PATH_MAX, "%s/%s.%s", dir, name,
		       ending_of(cli_value(p->args, "format")));
}

/* One line of cells, escaped. */
static void head_print(const struct runtime_container *c)
{
	struct columns line = columns_of(4);
	struct error ignored = { 0 };
	struct bytes cells[] = { BYTES_LIT("=="), bytes_sub(bytes_str(c->id), 0, 12),
				 bytes_str(c->name), bytes_str(c->image) };
	if (columns_add(&line, cells, &ignored) == 0)
		columns_print(&line, stdout);
	columns_free(&line);
}

static bool next_container(void *ctx, struct scan_turn *ret)
{
	struct scanning *p = ctx;
	if (p->at == p->list.count)
		return false;
	const struct picked *c = &p->list.one[p->at++];
	p->known = (struct known_container){ c->c, c->cgroup };
	(void)snprintf(p->target, sizeof p->target, "container:%s", c->c.id);
	*ret = (struct scan_turn){ .target = p->target, .container = &p->known };
	if (cli_has(p->args, "output-dir"))
		file_of(p, c->c.id, ret->file);
	else if (p->to_stdout) {
		if (p->at > 1)
			(void)printf("\n");
		head_print(&c->c);
	}
	return true;
}

static size_t count_of(const struct scan_result *r, enum severity s)
{
	size_t n = 0;
	for (size_t i = 0; i < r->finding_count; i++)
		n += r->findings[i].severity == s;
	return n;
}

/* What its next start will not have. */
static size_t count_added(const struct scan_result *r)
{
	size_t n = 0;
	for (size_t i = 0; i < r->package_count; i++)
		n += r->packages[i].origin == ORIGIN_CONTAINER;
	for (size_t i = 0; i < r->finding_count; i++)
		n += r->findings[i].package == NULL && r->findings[i].origin == ORIGIN_CONTAINER;
	return n;
}

static const char *outcome_of(int status)
{
	switch (status) {
	case EXIT_COMPLETE:
		return "complete";
	case EXIT_BROKEN:
		return "broken";
	case EXIT_INCOMPLETE:
		return "incomplete";
	default:
		return "failed";
	}
}

static void container_done(void *ctx, const struct scan_result *r, int status)
{
	static const enum severity columns[] = { SEVERITY_CRITICAL, SEVERITY_HIGH, SEVERITY_MEDIUM,
						 SEVERITY_LOW };
	struct scanning *p = ctx;
	const struct runtime_container *c = &p->list.one[p->at - 1].c;
	char number[5][24];
	for (size_t i = 0; i < 4; i++)
		(void)snprintf(number[i], sizeof number[i], "%zu", count_of(r, columns[i]));
	(void)snprintf(number[4], sizeof number[4], "%zu", count_added(r));
	struct bytes cells[SUMMARY_CELLS] = { bytes_sub(bytes_str(c->id), 0, 12),
					      bytes_str(c->name),
					      bytes_str(c->image),
					      bytes_str(outcome_of(status)),
					      bytes_str(number[0]),
					      bytes_str(number[1]),
					      bytes_str(number[2]),
					      bytes_str(number[3]),
					      bytes_str(number[4]) };
	(void)columns_add(&p->summary, cells, p->err);
}

static void summary_print(const struct scanning *p)
{
	FILE *out = p->to_stdout || cli_has(p->args, "output-dir") ? stdout : stderr;
	if (cli_has(p->args, "quiet"))
		return;
	(void)fprintf(out, "\n");
	columns_print(&p->summary, out);
}

/* --- the command -------------------------------------------------------------------------- */

static int scan(struct scanning *p, struct cli_args *args)
{
	static const struct bytes head[SUMMARY_CELLS] = {
		BYTES_LIT("CONTAINER"), BYTES_LIT("NAME"),     BYTES_LIT("IMAGE"),
		BYTES_LIT("SCAN"),      BYTES_LIT("CRITICAL"), BYTES_LIT("HIGH"),
		BYTES_LIT("MEDIUM"),    BYTES_LIT("LOW"),      BYTES_LIT("NOT FROM IMAGE")
	};
	struct scan_each each = { .next = next_container, .done = container_done, .ctx = p };
	if (containers_pick(args, &p->list, p->err) != 0 ||
	    columns_add(&p->summary, head, p->err) != 0)
		return cli_fail(p->err);
	int status = scan_each(args, &each);
	if (p->at > 0)
		summary_print(p);
	else if (p->list.count == 0)
		(void)fputs("corten: no container that runs is meant\n", stderr);
	return status;
}

static int run(struct cli_args *args)
{
	const char *format = cli_value(args, "format");
	struct error err = { 0 };
	if (args->argument_count == 0 && !cli_has(args, "all") && !cli_has(args, "app") &&
	    !cli_has(args, "image") && !cli_has(args, "namespace"))
		return cli_usage_error(args, "name containers, or give --all, --app, --image or "
					     "--namespace");
	if (geteuid() != 0)
		return cli_usage_error(args, "the agent and the files of containers are for root");
	struct scanning p = { .args = args,
			      .summary = columns_of(SUMMARY_CELLS),
			      .to_stdout = format == NULL || strcmp(format, "table") == 0,
			      .err = &err };
	int status = scan(&p, args);
	picked_list_free(&p.list);
	columns_free(&p.summary);
	return status;
}

const struct cli_command cli_command_container_scan = {
	.name = "container scan",
	.arguments = "[CONTAINER...]",
	.most_arguments = -1,
	.summary = "scan containers that run, as they are now",
	.description =
		"Scans the root file systems of containers that the agent knows, whatever started "
		"them, as \"corten scan container:ID\" does; none is stopped. What a container "
		"has that is not from its image is marked. Each gets a report of its own, on "
		"standard output one after the other, or in a file each with --output-dir; a "
		"summary comes last. CONTAINER is an id, the beginning of one, or a name.\n\n"
		"Exit status: the worst of all scans: 0 complete; 1 --fail-on is broken; 2 wrong "
		"usage; 3 a scan could not be completed, or no agent answers.",
	.examples = "corten container scan web\n"
		    "corten container scan --all --fail-on critical,fixed\n"
		    "corten container scan --image nginx --families secret,malware "
		    "--output-dir /var/tmp/scans -f json\n",
	.options = options,
	.run = run,
};
