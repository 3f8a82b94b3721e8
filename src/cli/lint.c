/* corten lint: risks in the instructions of Dockerfiles, and the lines that mend them. */
#include <stdio.h>
#include <string.h>

#include "cli/scan_setup.h"
#include "scan/lint.h"

static const struct cli_option lint_options[] = {
	{ .name = "format",
	  .letter = 'f',
	  .argument = "FORMAT",
	  .choices = "table,json,sarif,junit,csv,html,gitlab",
	  .help = "Form of the report on standard output. Default: table." },
	{ .name = "output",
	  .letter = 'o',
	  .argument = "FILE",
	  .help = "Write the report to FILE instead; its form is --format's, or what the name "
		  "ends in (.sarif, .json, .xml, .csv, .html)." },
	{ .name = "severity",
	  .letter = 's',
	  .argument = "LIST",
	  .choices = "critical,high,medium,low,negligible",
	  .list = true,
	  .help = "Show only findings of these severities." },
	{ .name = "fail-on",
	  .argument = "SEVERITY",
	  .choices = "critical,high,medium,low,negligible",
	  .help = "Exit with status 1 when a finding is of this severity or worse." },
	RULESET_DIR_OPTION,
	RULESET_SWITCH_OPTIONS,
	{ .name = "color",
	  .argument = "WHEN",
	  .choices = "auto,always,never",
	  .help = "Colour in the table. auto: on a terminal, unless NO_COLOR is set." },
	{ .name = "quiet", .letter = 'q', .help = "No warnings." },
	{ 0 },
};

static void take_severities(struct scan_setup *s)
{
	const char *text;
	for (size_t i = 0; (text = cli_value_at(s->args, "severity", i)) != NULL; i++) {
		struct bytes rest = bytes_str(text), word;
		enum severity severity;
		while (bytes_next_field(&rest, ',', &word))
			if (severity_parse(word, &severity))
				s->report.severities[severity] = true;
	}
}

static int write_report(struct scan_setup *s, const struct scan_result *r, struct error *err)
{
	enum report_format format = REPORT_TABLE;
	const char *name = cli_value(s->args, "format"), *path = cli_value(s->args, "output");
	if (name != NULL)
		(void)report_format_parse(bytes_str(name), &format);
	else if (path != NULL)
		(void)report_format_of_file(path, &format);
	return path != NULL ? scan_setup_write_file(s, path, format, r, err)
			    : scan_setup_write_stdout(s, format, r, err);
}

static int verdict(const struct scan_setup *s, const struct scan_result *r)
{
	const char *text = cli_value(s->args, "fail-on");
	enum severity least = SEVERITY_CRITICAL;
	for (size_t i = 0; text != NULL && i < r->finding_count; i++)
		if (severity_parse(bytes_str(text), &least) && r->findings[i].severity >= least)
			return EXIT_BROKEN;
	return r->incomplete_count > 0 ? EXIT_INCOMPLETE : EXIT_COMPLETE;
}

static int lint_and_report(struct scan_setup *s)
{
	struct lint_options o = { .targets = s->args->arguments,
				  .target_count = s->args->argument_count,
				  .check_rules = s->rules.checks,
				  .rules = s->scan.rules };
	struct scan_result result = { 0 };
	struct error err = { 0 };
	int status = EXIT_USAGE;
	if (lint_run(&o, &result, &err) < 0) {
		(void)cli_fail(&err); /* a file that is not there is wrong usage */
	} else {
		status = verdict(s, &result);
		if (write_report(s, &result, &err) < 0) {
			int failed = cli_fail(&err);
			status = status == EXIT_BROKEN ? status : failed;
		}
	}
	scan_result_free(&result);
	return status;
}

static int run_lint(struct cli_args *args)
{
	struct scan_setup s;
	int status = EXIT_USAGE;
	if (scan_setup_take(&s, args, &status)) {
		s.scan.families = FAMILY_BUILD;
		take_severities(&s);
		if (scan_setup_load_rules(&s, &status))
			status = lint_and_report(&s);
	}
	scan_setup_close(&s);
	return status;
}

const struct cli_command cli_command_lint = {
	.name = "lint",
	.arguments = "FILE|DIR|-",
	.least_arguments = 1,
	.most_arguments = -1,
	.summary = "find risks in Dockerfiles, with the lines that mend them",
	.description =
		"Reads Dockerfiles, and what their RUN lines tell a shell, and holds both against "
		"the "
		"rules of kind build. A folder is searched for Dockerfile, Dockerfile.*, "
		"*.dockerfile "
		"and Containerfile; - is a Dockerfile on standard input. Nothing is built and "
		"nothing "
		"is fetched.\n\n"
		"Where a fix is mechanical it is told as lines to remove (-) and to add (+), and "
		"in "
		"JSON and SARIF as a diff for patch(1). Values of secrets are masked.\n\n"
		"The same rules judge the history and config of an image in `corten scan`.\n\n"
		"Exit status: 0 complete; 1 --fail-on is broken; 2 wrong usage; 3 a file could not "
		"be "
		"read (the report is still written).",
	.examples = "corten lint Dockerfile\tall that is found\n"
		    "corten lint . --fail-on high\tall Dockerfiles of a repository, for CI\n"
		    "corten lint - < Dockerfile\tfrom standard input\n"
		    "corten lint . -f sarif -o lint.sarif\tfor code scanning\n"
		    "corten lint . --disable-rules 'build/*-unpinned'\twithout some rules",
	.options = lint_options,
	.run = run_lint,
};
