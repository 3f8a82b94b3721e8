/* corten risk: what people say of findings, kept for every later scan. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/columns.h"
#include "cli/internal.h"
#include "format/json.h"
#include "policy/risks.h"

#define STATES "unhandled,verifying,ignored,false-positive,handled"

enum { RISKS_AT_ONCE = 1024 };

#define RISK_FILE_OPTION                                                                           \
	{                                                                                          \
		.name = "file", .argument = "FILE",                                                \
		.help = "The file of states, as `corten scan --risks` takes it. Default: "         \
			"corten-risks.jsonl."                                                      \
	}

static const char *file_of(const struct cli_args *args)
{
	const char *file = cli_value(args, "file");
	return file != NULL ? file : "corten-risks.jsonl";
}

/* --- set --------------------------------------------------------------------------------- */

static const struct cli_option set_options[] = {
	RISK_FILE_OPTION,
	{ .name = "repository",
	  .argument = "GLOB",
	  .help = "Only in images of these repositories, as in registry.example/shop/**. "
		  "Default: in any." },
	{ .name = "reason", .argument = "TEXT", .help = "Why, for those who look later." },
	{ .name = "author", .argument = "NAME", .help = "Who says so. Default: your login name." },
	{ 0 },
};

static const char *author_of(const struct cli_args *args)
{
	const char *author = cli_value(args, "author");
	const struct passwd *own = getpwuid(getuid());
	return author != NULL ? author : own != NULL ? own->pw_name : "";
}

static const char *text_of(const struct cli_args *args, const char *option)
{
	const char *text = cli_value(args, option);
	return text == NULL ? "" : text;
}

static int set(struct cli_args *args, enum risk_state state)
{
	struct error err = { 0 };
	static const size_t most = RISKS_AT_ONCE;
	size_t n = args->argument_count - 1;
	cleanup_free struct risk *list = calloc(n, sizeof *list);
	if (list == NULL || n > most)
		return cli_usage_error(args, "at most %zu fingerprints at once", most);
	for (size_t i = 0; i < n; i++) {
		const char *fingerprint = args->arguments[i + 1];
		if (!risk_fingerprint_ok(fingerprint))
			return cli_usage_error(args,
					       "\"%s\" is no fingerprint: 12 to 64 hexadecimal "
					       "digits, as reports show it behind #",
					       fingerprint);
		list[i] = (struct risk){ .fingerprint = fingerprint,
					 .repository = text_of(args, "repository"),
					 .state = state,
					 .reason = text_of(args, "reason"),
					 .author = author_of(args),
					 .time = (int64_t)time(NULL) };
	}
	return risks_add(file_of(args), list, n, &err) == 0 ? 0 : cli_fail(&err);
}

static int run_set(struct cli_args *args)
{
	enum risk_state state;
	if (!risk_state_parse(args->arguments[0], &state))
		return cli_usage_error(args, "a state is one of " STATES ", not \"%s\"",
				       args->arguments[0]);
	return set(args, state);
}

const struct cli_command cli_command_risk_set = {
	.name = "risk set",
	.arguments = "STATE FINGERPRINT...",
	.least_arguments = 2,
	.most_arguments = RISKS_AT_ONCE + 1,
	.summary = "say what becomes of findings",
	.description =
		"Gives findings a state that every later `corten scan --risks FILE` heeds. STATE "
		"is "
		"handled, ignored or false-positive (the finding is told among the suppressed, "
		"with "
		"who said so and why, and breaks no --fail-on), verifying (somebody looks into it: "
		"it stays a finding) or unhandled (it is one again: nothing else brings it back). "
		"A "
		"fingerprint names one finding whatever the package's version, the layer or the "
		"database; its first 12 digits are enough. The file is a line of JSON for each "
		"change and is only appended to: it is its own history.",
	.examples = "corten risk set false-positive 3f9d0c2ab417 --reason 'a test key'\tNo secret\n"
		    "corten risk set unhandled 3f9d0c2ab417\tIt is one after all",
	.options = set_options,
	.run = run_set,
};

/* --- list ----------------------------------------------------------------------------------- */

static const struct cli_option list_options[] = {
	RISK_FILE_OPTION,
	{ .name = "format",
	  .letter = 'f',
	  .argument = "FORMAT",
	  .choices = "table,json",
	  .help = "Form of the list. Default: table." },
	{ 0 },
};

static int list_table(const struct risks *r, struct error *err)
{
	enum { CELLS = 6, SHORT = 12, DAY = 10 };
	const struct bytes head[CELLS] = { BYTES_LIT("FINDING"), BYTES_LIT("STATE"),
					   BYTES_LIT("SINCE"),   BYTES_LIT("BY"),
					   BYTES_LIT("IMAGES"),  BYTES_LIT("REASON") };
	cleanup_columns struct columns table = columns_of(CELLS);
	char when[RFC3339_TEXT];
	if (columns_add(&table, head, err) < 0)
		return -1;
	for (size_t i = 0; i < risks_count(r); i++) {
		const struct risk *one = risks_at(r, i);
		rfc3339_text(one->time, when);
		const struct bytes cells[CELLS] = {
			bytes_sub(bytes_str(one->fingerprint), 0, SHORT),
			bytes_str(risk_state_name(one->state)),
			bytes_of(when, DAY),
			bytes_str(one->author),
			one->repository[0] == '\0' ? BYTES_LIT("any") : bytes_str(one->repository),
			bytes_str(one->reason),
		};
		if (columns_add(&table, cells, err) < 0)
			return -1;
	}
	columns_print(&table, stdout);
	return 0;
}

static void list_json(const struct risks *r)
{
	struct json_writer w;
	char when[RFC3339_TEXT];
	json_write_init(&w, stdout, true);
	json_array_begin(&w);
	for (size_t i = 0; i < risks_count(r); i++) {
		const struct risk *one = risks_at(r, i);
		rfc3339_text(one->time, when);
		json_object_begin(&w);
		json_member_string(&w, "fingerprint", one->fingerprint);
		json_member_string(&w, "state", risk_state_name(one->state));
		json_member_string(&w, "repository", one->repository);
		json_member_string(&w, "reason", one->reason);
		json_member_string(&w, "author", one->author);
		json_member_string(&w, "time", when);
		json_member_u64(&w, "line", one->line);
		json_object_end(&w);
	}
	json_array_end(&w);
	(void)putchar('\n');
}

static int run_list(struct cli_args *args)
{
	struct error err = { 0 };
	struct risks *r = NULL;
	const char *format = cli_value(args, "format");
	if (risks_read(file_of(args), &r, &err) < 0)
		return cli_fail(&err);
	int status = 0;
	if (format != NULL && strcmp(format, "json") == 0)
		list_json(r);
	else if (list_table(r, &err) < 0)
		status = cli_fail(&err);
	risks_free(r);
	return status == 0 && ferror(stdout) ? EXIT_FAILURE : status;
}

const struct cli_command cli_command_risk_list = {
	.name = "risk list",
	.arguments = "",
	.summary = "list what was said of findings",
	.description = "Prints the last word about each finding: its state, since when, who said "
		       "so, for which repositories, and why.",
	.examples = "corten risk list --file risks.jsonl\tAll of a file",
	.options = list_options,
	.run = run_list,
};
