/* corten scan: reads an image from anywhere and says what is known of it. */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "cli/scan_each.h"
#include "policy/policy.h"
#include "policy/risks.h"

static const struct cli_option scan_options[] = {
	SCAN_EACH_FORMAT_OPTION,
	{ .name = "output",
	  .letter = 'o',
	  .argument = "FILE",
	  .help = "Write the report to FILE instead; its form is --format's, or what the name "
		  "ends in (.sarif, .cdx.json, .spdx.json, .json, .xml, .csv, .html). May be "
		  "given several times." },
	{ .name = "layer",
	  .argument = "DIFF-ID",
	  .help = "Show only findings of this layer (its diff-id, or its number from 1)." },
	SCAN_EACH_OPTIONS,
	{ 0 },
};

/* --- options ------------------------------------------------------------------ */

struct gate {
	bool set, only_fixed, ignore_unknown;
	enum severity least;
};

enum { EXCEPTIONS_MAX = 16 };
#define EXCEPTIONS_MEMORY (16 * MIB)

struct run {
	struct scan_setup setup;
	struct policy *exceptions[EXCEPTIONS_MAX];
	size_t exception_count;
	struct risks *risks; /* NULL: none are asked for */
	struct vex_set vex;
	struct gate gate;
};

static bool take_gate(struct run *run, int *ret_exit)
{
	const char *text = cli_value(run->setup.args, "fail-on");
	const char *unknown = cli_value(run->setup.args, "unknown-severity");
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
	*ret_exit = cli_usage_error(run->setup.args,
				    "--fail-on takes a severity (critical, high, medium, low, "
				    "negligible) and perhaps \",fixed\", not \"%s\"",
				    text);
	return false;
}

static void take_severities(struct run *run)
{
	const char *text;
	for (size_t i = 0; (text = cli_value_at(run->setup.args, "severity", i)) != NULL; i++) {
		struct bytes rest = bytes_str(text), word;
		enum severity s;
		while (bytes_next_field(&rest, ',', &word))
			if (severity_parse(word, &s))
				run->setup.report.severities[s] = true;
	}
}

/* --- exceptions --------------------------------------------------------------- */

static int read_exceptions(struct run *run, const char *path, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "the exceptions %s", path);
	if (policy_read(fd, path, &run->exceptions[run->exception_count], err) < 0)
		return -1;
	run->exception_count++;
	return 0;
}

static bool take_exceptions(struct run *run, int *ret_exit)
{
	struct error err = { 0 };
	const char *path;
	for (size_t i = 0; (path = cli_value_at(run->setup.args, "exceptions", i)) != NULL; i++) {
		if (i < EXCEPTIONS_MAX && read_exceptions(run, path, &err) == 0)
			continue;
		if (i == EXCEPTIONS_MAX)
			(void)error_set(&err, ERR_USAGE, "more than %d files of exceptions",
					EXCEPTIONS_MAX);
		(void)cli_fail(&err);
		*ret_exit = EXIT_USAGE;
		return false;
	}
	return true;
}

static bool take_risks(struct run *run, int *ret_exit)
{
	struct error err = { 0 };
	const char *path = cli_value(run->setup.args, "risks");
	if (path == NULL || risks_read(path, &run->risks, &err) == 0)
		return true;
	(void)cli_fail(&err);
	*ret_exit = EXIT_USAGE;
	return false;
}

/* The machine's clock and no other, as in the gate. */
static int apply_exceptions(const struct run *run, struct scan_result *r, struct error *err)
{
	struct policy_facts facts;
	cleanup_arena struct arena arena = arena_max(EXCEPTIONS_MEMORY);
	if (run->exception_count == 0 && run->risks == NULL)
		return 0;
	if (policy_facts_of(r, NULL, (int64_t)time(NULL), &arena, &facts, err) < 0)
		return -1;
	for (size_t i = 0; i < run->exception_count; i++)
		if (policy_except(run->exceptions[i], r, &facts, err) < 0)
			return -1;
	return run->risks == NULL ? 0 : risks_apply(run->risks, r, &facts, err);
}

/* --- the layer filter ------------------------------------------------------------- */

static bool find_layer(struct run *run, const struct scan_result *r, int *ret_exit)
{
	const char *text = cli_value(run->setup.args, "layer");
	uint64_t number;
	struct digest d;
	if (text == NULL)
		return true;
	if (bytes_to_u64(bytes_str(text), &number) && number >= 1 && number <= r->layer_count) {
		run->setup.report.layer = (uint32_t)number - 1;
		return true;
	}
	for (uint32_t i = 0; digest_parse(bytes_str(text), &d) && i < r->layer_count; i++) {
		if (digest_equal(&d, &r->layers[i].diff_id)) {
			run->setup.report.layer = i;
			return true;
		}
	}
	*ret_exit = cli_usage_error(run->setup.args, "the image has no layer %s; it has %zu", text,
				    r->layer_count);
	return false;
}

/* --- output ------------------------------------------------------------------------- */

static int write_reports(struct run *run, const struct scan_turn *turn, const struct scan_result *r,
			 struct error *err)
{
	enum report_format format = REPORT_TABLE;
	const char *name = cli_value(run->setup.args, "format");
	const char *path;
	size_t files = 0;
	if (name != NULL)
		(void)report_format_parse(bytes_str(name), &format);
	if (turn->file[0] != '\0')
		return scan_setup_write_file(&run->setup, turn->file, format, r, err);
	for (; (path = cli_value_at(run->setup.args, "output", files)) != NULL; files++) {
		enum report_format of_file = format;
		if (name == NULL)
			(void)report_format_of_file(path, &of_file);
		if (scan_setup_write_file(&run->setup, path, of_file, r, err) < 0)
			return -1;
	}
	return files > 0 ? 0 : scan_setup_write_stdout(&run->setup, format, r, err);
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

/* Why nothing could be read, for whom the report does not tell it: programs read
 * it, or a file gets it. */
static void tell_unreadable(const struct run *run, const struct scan_result *r)
{
	const char *format = cli_value(run->setup.args, "format");
	bool table = format == NULL || strcmp(format, "table") == 0;
	bool is_told = table && !cli_has(run->setup.args, "output");
	if (run->setup.quiet || r->package_count > 0 || is_told)
		return;
	for (size_t i = 0; i < r->incomplete_count && i < 5; i++)
		log_at(LOG_ERROR, "%s: %s", r->incomplete[i].what, r->incomplete[i].text);
}

static int scan_and_report(struct run *run, const struct scan_each *each,
			   const struct scan_turn *turn)
{
	struct scan_result result = { 0 };
	struct error err = { 0 };
	int status = EXIT_USAGE;
	run->setup.scan.target = turn->target;
	run->setup.scan.container = turn->container;
	if (scan_setup_run(&run->setup, &result, &err) < 0) {
		(void)cli_fail(&err); /* a target that is not there is wrong usage */
	} else if (find_layer(run, &result, &status)) {
		vex_set_apply(&run->vex, &result, NULL);
		if (apply_exceptions(run, &result, &err) < 0)
			(void)cli_fail(&err); /* more is told than had to be */
		scan_setup_warn(&run->setup, &result);
		tell_unreadable(run, &result);
		status = verdict(run, &result);
		if (write_reports(run, turn, &result, &err) < 0) {
			int failed = cli_fail(&err);
			status = status == EXIT_BROKEN ? status : failed;
		}
	}
	if (each->done != NULL)
		each->done(each->ctx, &result, status);
	scan_result_free(&result);
	return status;
}

static int worse(int a, int b)
{
	static const int order[] = { EXIT_COMPLETE, EXIT_INCOMPLETE, EXIT_USAGE, EXIT_BROKEN };
	int worst = a;
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
		if (order[i] == a || order[i] == b)
			worst = order[i];
	return worst;
}

static int run_each(struct run *run, const struct scan_each *each)
{
	struct scan_turn turn = { 0 };
	int status = EXIT_COMPLETE;
	while (each->next(each->ctx, &turn)) {
		status = worse(status, scan_and_report(run, each, &turn));
		turn = (struct scan_turn){ 0 };
	}
	return status;
}

static void take_filter(struct run *run)
{
	run->setup.report.only_fixed = cli_has(run->setup.args, "only-fixed");
	take_severities(run);
}

int scan_each(struct cli_args *args, const struct scan_each *each)
{
	struct run run = { 0 };
	int status = EXIT_USAGE;
	if (scan_setup_take(&run.setup, args, &status) && take_gate(&run, &status) &&
	    vex_set_take(&run.vex, args, &status) && take_exceptions(&run, &status) &&
	    take_risks(&run, &status) && scan_setup_open_database(&run.setup, &status) &&
	    scan_setup_load_rules(&run.setup, &status)) {
		take_filter(&run);
		status = run_each(&run, each);
	}
	for (size_t i = 0; i < run.exception_count; i++)
		policy_free(run.exceptions[i]);
	risks_free(run.risks);
	vex_set_free(&run.vex);
	scan_setup_close(&run.setup);
	return status;
}

static bool next_image(void *ctx, struct scan_turn *ret)
{
	const char **target = ctx;
	ret->target = *target;
	*target = NULL;
	return ret->target != NULL;
}

static int run_scan(struct cli_args *args)
{
	const char *target = args->arguments[0];
	struct scan_each each = { .next = next_image, .ctx = &target };
	return scan_each(args, &each);
}

const struct cli_command cli_command_scan = {
	.name = "scan",
	.arguments = "TARGET",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "find vulnerabilities, secrets, malware and risks in an image",
	.description = SCAN_SETUP_TARGETS
	"\n\n"
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
