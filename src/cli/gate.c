/* corten gate: scans as `corten scan` does, and lets a pipeline go on or ends it. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/gate_print.h"
#include "cli/scan_setup.h"
#include "cli/vex.h"
#include "policy/policy.h"

enum { POLICIES_MAX = 16, MEMORY = 256 * 1024 * 1024 };

static const struct cli_option gate_options[] = {
	{ .name = "policy",
	  .letter = 'p',
	  .argument = "FILE",
	  .help = "The policy (doc/policy.md). May be given several times: the strictest "
		  "decision counts." },
	{ .name = "report",
	  .letter = 'r',
	  .argument = "FORMAT=FILE",
	  .help = "Write a report, too: table, json, sarif, cyclonedx, spdx, junit, csv, html, "
		  "gitlab. May be given several times." },
	{ .name = "name",
	  .argument = "IMAGE",
	  .help = "What the image will be called where it is pushed: what scopes and "
		  "exceptions of the policy are about. Default: the name that it has." },
	{ .name = "project",
	  .argument = "DIR",
	  .help = "Where the project's own .corten.yaml is looked for. It can only tighten the "
		  "policy. Default: the target of dir:, else the current directory." },
	{ .name = "trust-project-policy",
	  .help = "Let exceptions of the project's .corten.yaml count." },
	{ .name = "early",
	  .argument = "WHEN",
	  .choices = "auto,always,never",
	  .help = "Whether to end as soon as what was read of a registry's image breaks the "
		  "policy and no other layer can take that back: these are not fetched. auto: "
		  "unless a report is asked for." },
	VEX_OPTION,
	SCAN_SETUP_OPTIONS,
	{ 0 },
};

struct gate {
	struct scan_setup setup;
	int64_t now;
	struct policy *policies[POLICIES_MAX + 1];
	struct policy_use uses[POLICIES_MAX + 1];
	size_t use_count;
	struct vex_set vex;
	struct arena arena;
};

/* --- policies -------------------------------------------------------------------- */

static int use_policy(struct gate *g, int fd, const char *file, bool project, struct error *err)
{
	struct policy **p = &g->policies[g->use_count];
	if (policy_read(fd, file, p, err) < 0)
		return -1;
	g->uses[g->use_count++] = (struct policy_use){
		.policy = *p,
		.project = project,
		.trusted = cli_has(g->setup.args, "trust-project-policy"),
	};
	return 0;
}

static int use_file(struct gate *g, const char *path, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "the policy %s", path);
	return use_policy(g, fd, path, false, err);
}

static const char *project_dir(const struct gate *g)
{
	const char *given = cli_value(g->setup.args, "project");
	const char *target = g->setup.scan.target;
	if (given != NULL)
		return given;
	return strncmp(target, "dir:", 4) == 0 ? target + 4 : ".";
}

/* Only a file that lies there itself: a project must not point elsewhere. */
static int use_project(struct gate *g, struct error *err)
{
	static const char name[] = ".corten.yaml";
	const char *dir = project_dir(g);
	struct stat st;
	cleanup_close int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return error_errno(err, "the project's directory %s", dir);
	cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	const char *path =
		strcmp(dir, ".") == 0 ? name : arena_printf(&g->arena, "%s/%s", dir, name);
	if (path == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a path");
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, "the project's policy %s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_USAGE, "the project's policy %s is no file", path);
	return use_policy(g, fd, path, true, err);
}

/* A gate without a policy that can be used would be open: wrong usage, always. */
static bool take_policies(struct gate *g, int *ret_exit)
{
	struct error err = { 0 };
	const char *path;
	*ret_exit = EXIT_USAGE;
	if (cli_value(g->setup.args, "policy") == NULL) {
		(void)cli_usage_error(g->setup.args, "--policy FILE is missing");
		return false;
	}
	for (size_t i = 0; (path = cli_value_at(g->setup.args, "policy", i)) != NULL; i++) {
		if (i == POLICIES_MAX) {
			(void)cli_usage_error(g->setup.args, "more than %d policies", POLICIES_MAX);
			return false;
		}
		if (use_file(g, path, &err) < 0)
			break;
	}
	if (err.code == ERR_NONE && use_project(g, &err) == 0)
		return true;
	(void)cli_fail(&err);
	return false;
}

/* --- reports ------------------------------------------------------------------------ */

static bool split_report(const char *text, enum report_format *format, const char **ret_path)
{
	struct bytes rest = bytes_str(text), name;
	if (!bytes_next_field(&rest, '=', &name) || rest.n == 0 ||
	    !report_format_parse(name, format))
		return false;
	*ret_path = (const char *)rest.p;
	return true;
}

static bool check_reports(const struct gate *g, int *ret_exit)
{
	const char *text, *path;
	enum report_format format;
	for (size_t i = 0; (text = cli_value_at(g->setup.args, "report", i)) != NULL; i++) {
		if (split_report(text, &format, &path))
			continue;
		*ret_exit = cli_usage_error(g->setup.args,
					    "--report takes FORMAT=FILE, as in sarif=gate.sarif, "
					    "not \"%s\"",
					    text);
		return false;
	}
	return true;
}

static int write_reports(const struct gate *g, const struct scan_result *r, struct error *err)
{
	const char *text, *path = NULL;
	enum report_format format = REPORT_JSON;
	for (size_t i = 0; (text = cli_value_at(g->setup.args, "report", i)) != NULL; i++)
		if (split_report(text, &format, &path) &&
		    scan_setup_write_file(&g->setup, path, format, r, err) < 0)
			return -1;
	return 0;
}

/* --- the verdict ---------------------------------------------------------------------- */

/* A scan that was ended early and then breaks nothing has said nothing. */
static int status_of(const struct scan_result *r, const struct policy_verdict *v)
{
	if (v->action == POLICY_BLOCK)
		return EXIT_BROKEN;
	if (r->is_part)
		return EXIT_INCOMPLETE;
	return v->open_count > 0 ? EXIT_INCOMPLETE : EXIT_COMPLETE;
}

static int evaluate(const struct gate *g, const struct scan_result *r, struct arena *arena,
		    struct policy_facts *facts, struct policy_verdict *verdict, struct error *err)
{
	const char *name = cli_value(g->setup.args, "name");
	if (policy_facts_of(r, name, g->now, arena, facts, err) < 0)
		return -1;
	return policy_evaluate(g->uses, g->use_count, r, facts, arena, verdict, err);
}

/* Whether what is known of the image ends the pipeline already. Any failure to tell is
 * a no: the verdict on the whole image will meet it, too. */
static bool is_decided(void *ctx, struct scan_result *part)
{
	struct gate *g = ctx;
	struct arena arena = arena_max(MEMORY);
	struct policy_facts facts;
	struct policy_verdict verdict;
	struct error ignored = { 0 };
	vex_set_apply(&g->vex, part, cli_value(g->setup.args, "name"));
	bool blocked = evaluate(g, part, &arena, &facts, &verdict, &ignored) == 0 &&
		       verdict.action == POLICY_BLOCK;
	arena_free(&arena);
	return blocked;
}

static void take_early(struct gate *g)
{
	const char *when = cli_value(g->setup.args, "early");
	bool automatic = when == NULL || strcmp(when, "auto") == 0;
	bool reports = cli_value(g->setup.args, "report") != NULL;
	if (automatic ? reports : strcmp(when, "never") == 0)
		return;
	g->setup.scan.enough = is_decided;
	g->setup.scan.enough_ctx = g;
}

static int judge(struct gate *g, struct scan_result *r, struct error *err)
{
	struct policy_facts facts;
	struct policy_verdict verdict;
	if (evaluate(g, r, &g->arena, &facts, &verdict, err) < 0)
		return cli_fail(err);
	int status = status_of(r, &verdict);
	struct gate_page page = { .out = stdout,
				  .report = &g->setup.report,
				  .result = r,
				  .uses = g->uses,
				  .use_count = g->use_count,
				  .verdict = &verdict,
				  .vex = &g->vex,
				  .facts = &facts };
	gate_print(&page);
	/* Reports say of a finding that is excepted by whom, not that it is one. */
	if (policy_suppress(g->uses, g->use_count, &verdict, &facts, r, err) < 0)
		(void)cli_fail(err);
	return status;
}

static int scan_and_judge(struct gate *g)
{
	struct scan_result result = { 0 };
	struct error err = { 0 };
	int status = EXIT_USAGE;
	if (scan_setup_run(&g->setup, &result, &err) < 0) {
		(void)cli_fail(&err);
	} else {
		scan_setup_warn(&g->setup, &result);
		vex_set_apply(&g->vex, &result, cli_value(g->setup.args, "name"));
		status = judge(g, &result, &err);
		if (status != EXIT_USAGE && write_reports(g, &result, &err) < 0) {
			int failed = cli_fail(&err);
			status = status == EXIT_BROKEN ? status : failed;
		}
	}
	scan_result_free(&result);
	return status;
}

static int run_gate(struct cli_args *args)
{
	/* The machine's clock and no other: a pipeline that sets SOURCE_DATE_EPOCH
	 * must not bring back exceptions that have ended. */
	struct gate g = { .arena = arena_max(MEMORY), .now = (int64_t)time(NULL) };
	int status = EXIT_USAGE;
	if (scan_setup_take(&g.setup, args, &status) && check_reports(&g, &status) &&
	    take_policies(&g, &status) && vex_set_take(&g.vex, args, &status) &&
	    scan_setup_open_database(&g.setup, &status) &&
	    scan_setup_load_rules(&g.setup, &status)) {
		take_early(&g);
		status = scan_and_judge(&g);
	}
	for (size_t i = 0; i < g.use_count; i++)
		policy_free(g.policies[i]);
	vex_set_free(&g.vex);
	arena_free(&g.arena);
	scan_setup_close(&g.setup);
	return status;
}

const struct cli_command cli_command_gate = {
	.name = "gate",
	.arguments = "TARGET",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "scan an image and end the pipeline where it breaks a policy",
	.description = SCAN_SETUP_TARGETS
	"\n\n"
	"The policy is a list of rules: what they are about, and whether that passes, is told "
	"(alert) or ends the pipeline (block). Printed is what broke, by which rule, and what "
	"would mend it. What no rule is about passes, but what could not be checked does not, "
	"unless a rule says so.\n\n"
	"A file .corten.yaml of the scanned project is used, too, and can only tighten; its "
	"exceptions count only with --trust-project-policy. Nothing of the image leaves the "
	"machine.\n\n"
	"Exit status: 0 passed; 1 blocked; 2 wrong usage or a policy that makes no sense; 3 the "
	"scan could not be completed or trusted (1 wins over 3).",
	.examples =
		"corten gate --policy policy.yaml registry.example.org/shop/api:1.4\n"
		"corten gate -p policy.yaml -r sarif=gate.sarif -r gitlab=gl-container-"
		"scanning-report.json app.tar\twith reports\n"
		"docker save app | corten gate -p policy.yaml --name registry.example.org/app:1 "
		"-\tbefore it is pushed\n",
	.options = gate_options,
	.run = run_gate,
};
