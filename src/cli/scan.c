/* corten scan: reads an image from anywhere and says what is known of it. */
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/dbpath.h"
#include "cli/internal.h"
#include "report/report.h"
#include "scan/scan.h"

enum { SECRET_MAX = 64 * 1024, DAY_SECONDS = 86400 };

static const struct cli_option scan_options[] = {
	{ .name = "format",
	  .letter = 'f',
	  .argument = "FORMAT",
	  .choices = "table,json,sarif,cyclonedx,spdx,junit,csv,html",
	  .help = "Form of the report on standard output. Default: table." },
	{ .name = "output",
	  .letter = 'o',
	  .argument = "FILE",
	  .help = "Write the report to FILE instead; its form is --format's, or what the name "
		  "ends in (.sarif, .cdx.json, .spdx.json, .json, .xml, .csv, .html). May be "
		  "given several times." },
	{ .name = "severity",
	  .letter = 's',
	  .argument = "LIST",
	  .choices = "critical,high,medium,low,negligible,unknown",
	  .list = true,
	  .help = "Show only findings of these severities." },
	{ .name = "only-fixed", .help = "Show only findings that an update mends." },
	{ .name = "layer",
	  .argument = "DIFF-ID",
	  .help = "Show only findings of this layer (its diff-id, or its number from 1)." },
	{ .name = "families",
	  .argument = "LIST",
	  .choices = "vulnerability",
	  .list = true,
	  .help = "What to look for. Default: all." },
	{ .name = "fail-on",
	  .argument = "SEVERITY[,fixed]",
	  .help = "Exit with status 1 when a finding is of this severity or worse; with "
		  "\",fixed\", only when an update mends it." },
	{ .name = "unknown-severity",
	  .argument = "HOW",
	  .choices = "fail,ignore",
	  .help = "Whether a finding of unknown severity breaks --fail-on. Default: fail." },
	{ .name = "platform",
	  .argument = "OS/ARCH",
	  .help = "Which image of a multi-platform one, as in linux/arm64. Default: this "
		  "machine's." },
	{ .name = "username", .argument = "NAME", .help = "User of the registry." },
	{ .name = "password-stdin", .help = "Read the registry's password from standard input." },
	{ .name = "ca-file",
	  .argument = "FILE",
	  .help = "Trust the certificates in FILE (PEM) for the registry, too." },
	{ .name = "plain-http",
	  .help = "Speak to the registry without TLS. Loopback is allowed anyway." },
	{ .name = "insecure-tls", .help = "Do not check the registry's certificate." },
	{ .name = "db", .argument = "FILE", .help = "Vulnerability database to use." },
	{ .name = "offline",
	  .help = "Never speak to the network, and do not warn that the database is old." },
	{ .name = "cache-dir",
	  .argument = "DIR",
	  .help = "Where layer results are kept. Default: ~/.cache/corten." },
	{ .name = "no-cache", .help = "Neither use nor keep layer results." },
	{ .name = "parallel",
	  .argument = "N",
	  .help = "Layers read at the same time. Default: one for each processor, at most 8." },
	{ .name = "timeout",
	  .argument = "SECONDS",
	  .help = "Give up after this time; what was read is reported. 0: never. Default: 3600." },
	{ .name = "color",
	  .argument = "WHEN",
	  .choices = "auto,always,never",
	  .help = "Colour in the table. auto: on a terminal, unless NO_COLOR is set." },
	{ .name = "quiet", .letter = 'q', .help = "No progress and no warnings." },
	{ 0 },
};

/* --- options ------------------------------------------------------------------ */

struct gate {
	bool set, only_fixed, ignore_unknown;
	enum severity least;
};

struct run {
	struct cli_args *args;
	struct scan_options scan;
	struct report_options report;
	struct gate gate;
	char password[SECRET_MAX];
	bool quiet, tty, progress_shown;
	uint64_t progress_ns;
};

static bool take_number(struct run *run, const char *option, unsigned *out, int *ret_exit)
{
	uint64_t v;
	const char *text = cli_value(run->args, option);
	if (text == NULL)
		return true;
	if (bytes_to_u64(bytes_str(text), &v) && v <= 1000000) {
		*out = (unsigned)v;
		return true;
	}
	*ret_exit = cli_usage_error(run->args, "--%s takes a number, not \"%s\"", option, text);
	return false;
}

static bool take_gate(struct run *run, int *ret_exit)
{
	const char *text = cli_value(run->args, "fail-on");
	const char *unknown = cli_value(run->args, "unknown-severity");
	struct bytes rest = bytes_str(text), word;
	run->gate.ignore_unknown = unknown != NULL && strcmp(unknown, "ignore") == 0;
	if (text == NULL)
		return true;
	run->gate.set = bytes_next_field(&rest, ',', &word) &&
			severity_parse(word, &run->gate.least) &&
			run->gate.least != SEVERITY_UNKNOWN;
	if (run->gate.set && rest.n > 0)
		run->gate.only_fixed = bytes_equal(rest, BYTES_LIT("fixed"));
	if (run->gate.set && (rest.n == 0 || run->gate.only_fixed))
		return true;
	*ret_exit = cli_usage_error(run->args,
				    "--fail-on takes a severity (critical, high, medium, low, "
				    "negligible) and perhaps \",fixed\", not \"%s\"",
				    text);
	return false;
}

static void take_severities(struct run *run)
{
	const char *text;
	for (size_t i = 0; (text = cli_value_at(run->args, "severity", i)) != NULL; i++) {
		struct bytes rest = bytes_str(text), word;
		enum severity s;
		while (bytes_next_field(&rest, ',', &word))
			if (severity_parse(word, &s))
				run->report.severities[s] = true;
	}
}

static bool take_password(struct run *run, int *ret_exit)
{
	run->scan.fetch.username = cli_value(run->args, "username");
	if (!cli_has(run->args, "password-stdin"))
		return true;
	if (strcmp(run->scan.target, "-") == 0 || run->scan.fetch.username == NULL) {
		*ret_exit = cli_usage_error(run->args,
					    "--password-stdin needs --username, and a target that "
					    "is not read from standard input");
		return false;
	}
	ssize_t n = fd_read_full(STDIN_FILENO, run->password, sizeof run->password - 1);
	while (n > 0 && (run->password[n - 1] == '\n' || run->password[n - 1] == '\r'))
		n--;
	run->password[n < 0 ? 0 : n] = '\0';
	run->scan.fetch.password = run->password;
	return true;
}

static bool use_color(const struct run *run)
{
	const char *when = cli_value(run->args, "color");
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	if (when != NULL && strcmp(when, "always") == 0)
		return true;
	if (when != NULL && strcmp(when, "never") == 0)
		return false;
	return isatty(STDOUT_FILENO) == 1 && (no_color == NULL || no_color[0] == '\0') &&
	       (term == NULL || strcmp(term, "dumb") != 0);
}

static unsigned terminal_columns(void)
{
	struct winsize w;
	if (isatty(STDOUT_FILENO) != 1)
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_col == 0)
		return 80;
	return w.ws_col;
}

static bool take_options(struct run *run, int *ret_exit)
{
	struct scan_options *s = &run->scan;
	s->target = run->args->arguments[0];
	s->platform = cli_value(run->args, "platform");
	s->cache_dir = cli_value(run->args, "cache-dir");
	s->no_cache = cli_has(run->args, "no-cache");
	s->match = true;
	s->timeout_seconds = 3600;
	s->fetch.ca_file = cli_value(run->args, "ca-file");
	s->fetch.plain_http = cli_has(run->args, "plain-http");
	s->fetch.insecure_tls = cli_has(run->args, "insecure-tls");
	run->quiet = cli_has(run->args, "quiet");
	run->tty = !run->quiet && isatty(STDERR_FILENO) == 1;
	run->report = (struct report_options){ .columns = terminal_columns(),
					       .color = use_color(run),
					       .only_fixed = cli_has(run->args, "only-fixed"),
					       .layer = LAYER_NONE,
					       .tool_version = CORTEN_VERSION };
	(void)setlocale(LC_CTYPE, "");
	run->report.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	take_severities(run);
	return take_number(run, "parallel", &s->parallel, ret_exit) &&
	       take_number(run, "timeout", &s->timeout_seconds, ret_exit) &&
	       take_gate(run, ret_exit) && take_password(run, ret_exit);
}

/* --- progress ------------------------------------------------------------------- */

static void clear_progress(struct run *run)
{
	if (run->progress_shown)
		(void)fprintf(stderr, "\r\033[K");
	run->progress_shown = false;
}

static void on_progress(void *ctx, const char *what, size_t done, size_t total, uint64_t raw)
{
	struct run *run = ctx;
	uint64_t now = clock_monotonic_ns();
	if (now - run->progress_ns < 100000000)
		return;
	run->progress_ns = now;
	run->progress_shown = true;
	(void)fprintf(stderr, "\r\033[K%s: %zu of %zu, %llu MiB", what, done, total,
		      (unsigned long long)(raw / MIB));
}

/* --- the layer filter ------------------------------------------------------------- */

static bool find_layer(struct run *run, const struct scan_result *r, int *ret_exit)
{
	const char *text = cli_value(run->args, "layer");
	uint64_t number;
	struct digest d;
	if (text == NULL)
		return true;
	if (bytes_to_u64(bytes_str(text), &number) && number >= 1 && number <= r->layer_count) {
		run->report.layer = (uint32_t)number - 1;
		return true;
	}
	for (uint32_t i = 0; digest_parse(bytes_str(text), &d) && i < r->layer_count; i++) {
		if (digest_equal(&d, &r->layers[i].diff_id)) {
			run->report.layer = i;
			return true;
		}
	}
	*ret_exit = cli_usage_error(run->args, "the image has no layer %s; it has %zu", text,
				    r->layer_count);
	return false;
}

/* --- output ------------------------------------------------------------------------- */

static int write_to(FILE *out, enum report_format format, const struct scan_result *r,
		    const struct report_options *o, const char *name, struct error *err)
{
	if (report_write(format, r, o, out, err) < 0)
		return error_wrap(err, "%s", name);
	if (fflush(out) != 0)
		return error_errno(err, "%s", name);
	return 0;
}

/* A file is written beside its name and renamed: whole or not at all. */
static int write_file(const char *path, enum report_format format, const struct scan_result *r,
		      const struct report_options *o, struct error *err)
{
	char temporary[PATH_MAX];
	struct report_options plain = *o;
	int n = snprintf(temporary, sizeof temporary, "%s.%d.tmp", path, (int)getpid());
	if (n < 0 || (size_t)n >= sizeof temporary)
		return error_set(err, ERR_USAGE, "%s: the name is too long", path);
	bool is_special = access(path, F_OK) == 0 && strncmp(path, "/dev/", 5) == 0;
	const char *target = is_special ? path : temporary;
	cleanup_fclose FILE *out = fopen(target, "we");
	if (out == NULL)
		return error_errno(err, "%s", path);
	plain.color = false;
	plain.columns = 0;
	if (write_to(out, format, r, &plain, path, err) < 0 ||
	    (!is_special && rename(temporary, path) < 0 && error_errno(err, "%s", path) < 0)) {
		if (!is_special)
			(void)unlink(temporary);
		return -1;
	}
	return 0;
}

static int write_reports(struct run *run, const struct scan_result *r, struct error *err)
{
	enum report_format format = REPORT_TABLE;
	const char *name = cli_value(run->args, "format");
	const char *path;
	size_t files = 0;
	if (name != NULL)
		(void)report_format_parse(bytes_str(name), &format);
	for (; (path = cli_value_at(run->args, "output", files)) != NULL; files++) {
		enum report_format of_file = format;
		if (name == NULL)
			(void)report_format_of_file(path, &of_file);
		if (write_file(path, of_file, r, &run->report, err) < 0)
			return -1;
	}
	return files > 0 ? 0 : write_to(stdout, format, r, &run->report, "standard output", err);
}

/* --- verdict ------------------------------------------------------------------------- */

static bool breaks(const struct gate *g, const struct finding *f)
{
	if (g->only_fixed && f->fixed_version == NULL)
		return false;
	if (f->severity == SEVERITY_UNKNOWN)
		return !g->ignore_unknown;
	return f->severity >= g->least;
}

static int verdict(const struct run *run, const struct scan_result *r)
{
	for (size_t i = 0; run->gate.set && i < r->finding_count; i++)
		if (breaks(&run->gate, &r->findings[i]))
			return EXIT_BROKEN;
	return r->incomplete_count > 0 ? EXIT_INCOMPLETE : EXIT_COMPLETE;
}

static void warn_old_database(const struct run *run, const struct scan_result *r)
{
	int64_t age = clock_now() - r->db.oldest_snapshot;
	if (run->quiet || cli_has(run->args, "offline") || r->db_source_count == 0 ||
	    age < DAY_SECONDS)
		return;
	log_at(LOG_WARNING,
	       "the vulnerability database is %lld days old; `corten db update` fetches newer "
	       "advisories (--offline silences this)",
	       (long long)(age / DAY_SECONDS));
}

/* Why nothing could be read, for whom the report does not tell it: programs read
 * it, or a file gets it. */
static void tell_unreadable(const struct run *run, const struct scan_result *r)
{
	const char *format = cli_value(run->args, "format");
	bool table = format == NULL || strcmp(format, "table") == 0;
	bool is_told = table && !cli_has(run->args, "output");
	if (run->quiet || r->package_count > 0 || is_told)
		return;
	for (size_t i = 0; i < r->incomplete_count && i < 5; i++)
		log_at(LOG_ERROR, "%s: %s", r->incomplete[i].what, r->incomplete[i].text);
}

static int scan_and_report(struct run *run)
{
	struct scan_result result = { 0 };
	struct error err = { 0 };
	int status = EXIT_USAGE;
	int r = scan_run(&run->scan, &result, &err);
	clear_progress(run);
	if (r < 0) {
		(void)cli_fail(&err); /* a target that is not there is wrong usage */
	} else if (find_layer(run, &result, &status)) {
		warn_old_database(run, &result);
		tell_unreadable(run, &result);
		status = verdict(run, &result);
		if (write_reports(run, &result, &err) < 0) {
			int failed = cli_fail(&err);
			status = status == EXIT_BROKEN ? status : failed;
		}
	}
	scan_result_free(&result);
	return status;
}

static int run_scan(struct cli_args *args)
{
	struct run run = { .args = args };
	struct error err = { 0 };
	struct vulndb *db = NULL;
	char path[PATH_MAX];
	int status = EXIT_USAGE;
	if (!take_options(&run, &status))
		return status;
	if (run.tty) {
		run.scan.progress = on_progress;
		run.scan.progress_ctx = &run;
	}
	if (db_path_find(cli_value(args, "db"), path, &err) == 0) {
		if (vulndb_open(path, &db, &err) < 0)
			return cli_fail(&err);
	} else if (cli_has(args, "db")) {
		return cli_fail(&err);
	}
	run.scan.db = db;
	status = scan_and_report(&run);
	vulndb_close(db);
	explicit_bzero(run.password, sizeof run.password);
	return status;
}

const struct cli_command cli_command_scan = {
	.name = "scan",
	.arguments = "TARGET",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "list the packages of an image and their known vulnerabilities",
	.description =
		"TARGET is an image, wherever it is: docker-archive:FILE, oci-archive:FILE, "
		"oci:DIR[:REF], rootfs:DIR, registry:HOST/REPOSITORY[:TAG|@DIGEST], a path "
		"without prefix (told by its content), an image reference (its registry is "
		"asked), or - for an archive on standard input.\n\n"
		"Layers are read in sandboxed processes; nothing is unpacked. What could not be "
		"read is listed in the report as incomplete and never counts as clean.\n\n"
		"Exit status: 0 complete; 1 --fail-on is broken; 2 wrong usage; 3 the scan could "
		"not be completed or trusted (the report is still written).",
	.examples = "corten scan debian:12\n"
		    "corten scan --severity critical,high --only-fixed oci:./layout\tfrom an OCI "
		    "layout\n"
		    "docker save app | corten scan --fail-on high,fixed -\tin a pipeline\n"
		    "corten scan -o app.sarif -o app.cdx.json app.tar\tseveral reports at once\n",
	.options = scan_options,
	.run = run_scan,
};
