/* corten rules: which rules there are, what they say, and whether their own samples
 * hold. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/guard.h"
#include "cli/rulesets.h"
#include "format/json.h"

#define KIND_OPTION                                                                                \
	{                                                                                          \
		.name = "kind", .argument = "KIND", .choices = "secret",                           \
		.help = "Only rules of this kind. Default: all."                                   \
	}

static const struct cli_option list_options[] = {
	{ .name = "kind",
	  .argument = "KIND",
	  .choices = "secret,guard",
	  .help = "Only rules of this kind. Default: all." },
	RULESET_OPTIONS,
	GUARD_DIR_OPTION,
	GUARD_PRESET_OPTION,
	GUARD_BACKENDS_OPTION,
	{ .name = "format",
	  .letter = 'f',
	  .argument = "FORMAT",
	  .choices = "table,json",
	  .help = "Form of the list. Default: table." },
	{ 0 },
};

static const struct cli_option rule_options[] = {
	KIND_OPTION,
	RULESET_OPTIONS,
	{ 0 },
};

static int load(const struct cli_args *args, struct secret_rules **ret)
{
	struct error err = { 0 };
	if (ruleset_secrets(args, ret, &err) == 0)
		return 0;
	return cli_fail(&err);
}

static void print_notes(const struct secret_rules *rules)
{
	for (size_t i = 0; i < secret_rules_note_count(rules); i++)
		log_at(LOG_WARNING, "%s", secret_rules_note(rules, i));
}

/* --- list ------------------------------------------------------------------------ */

static void list_table(const struct secret_rules *rules)
{
	size_t n = secret_rules_count(rules), off = 0;
	(void)printf("%-44s %-9s %-20s %s\n", "ID", "SEVERITY", "CLASS", "WHAT");
	for (size_t i = 0; i < n; i++) {
		struct secret_rule_info r;
		secret_rule_info(rules, i, &r);
		off += !r.enabled;
		(void)printf("%-44s %-9s %-20s %s%s\n", r.id, severity_name(r.severity), r.class,
			     r.title, r.enabled ? "" : " (off)");
	}
	(void)printf("\n%zu rules, %zu of them off\n", n, off);
}

static void list_json(struct json_writer *w, const struct secret_rules *rules)
{
	for (size_t i = 0; i < secret_rules_count(rules); i++) {
		struct secret_rule_info r;
		secret_rule_info(rules, i, &r);
		json_object_begin(w);
		json_member_string(w, "id", r.id);
		json_member_string(w, "kind", "secret");
		json_member_string(w, "class", r.class);
		json_member_string(w, "title", r.title);
		json_member_string(w, "severity", severity_name(r.severity));
		json_member_bool(w, "enabled", r.enabled);
		json_member_string(w, "origin", r.origin);
		json_member_u64(w, "line", r.line);
		json_object_end(w);
	}
}

/* Rules for secrets; w NULL: as a table. */
static int list_secrets(const struct cli_args *args, struct json_writer *w)
{
	struct secret_rules *rules = NULL;
	int status = load(args, &rules);
	if (status != 0)
		return status;
	print_notes(rules);
	if (w != NULL)
		list_json(w, rules);
	else
		list_table(rules);
	secret_rules_free(rules);
	return 0;
}

static int list_guard(const struct cli_args *args, struct json_writer *w)
{
	struct error err = { 0 };
	int r = w != NULL ? guard_list_json(args, w, &err) : guard_list_table(args, &err);
	return r == 0 ? 0 : cli_fail(&err);
}

static int run_list(struct cli_args *args)
{
	struct json_writer writer, *w = NULL;
	const char *format = cli_value(args, "format"), *kind = cli_value(args, "kind");
	bool secret = kind == NULL || strcmp(kind, "secret") == 0;
	bool guard = kind == NULL || strcmp(kind, "guard") == 0;
	int status = 0;
	if (format != NULL && strcmp(format, "json") == 0) {
		w = &writer;
		json_write_init(w, stdout, true);
		json_array_begin(w);
	}
	if (secret)
		status = list_secrets(args, w);
	if (status == 0 && guard) {
		if (w == NULL && secret)
			(void)putchar('\n');
		status = list_guard(args, w);
	}
	if (w != NULL) {
		json_array_end(w);
		(void)putchar('\n');
	}
	return status != 0 ? status : ferror(stdout) ? EXIT_FAILURE : 0;
}

const struct cli_command cli_command_rules_list = {
	.name = "rules list",
	.arguments = "",
	.summary = "list the rules for images and for running containers",
	.description =
		"Prints every rule for secrets with its id, severity and class, and every rule of "
		"the guard with its priority, items and scope. Rules that come with the program "
		"are "
		"text files (share/corten/rules); --rules and --secret-rules add others for "
		"secrets, "
		"--dir and --preset name others of the guard. What of the guard's rules is truly "
		"in "
		"force on this node, `corten status` says.",
	.examples = "corten rules list --kind secret\tAll rules for secrets\n"
		    "corten rules list --secret-rules .gitleaks.toml\tWith those of gitleaks\n"
		    "corten rules list --kind guard --preset strict\tWhat a preset says\n"
		    "corten rules list --kind guard --backends tp-kill,cgroup-bpf\tWhat a node "
		    "without BPF LSM would make of them",
	.options = list_options,
	.run = run_list,
};

/* --- show -------------------------------------------------------------------------- */

static bool find_rule(const struct secret_rules *rules, const char *id, size_t *ret,
		      struct secret_rule_info *ret_info)
{
	for (size_t i = 0; i < secret_rules_count(rules); i++) {
		secret_rule_info(rules, i, ret_info);
		const char *slash = strchr(ret_info->id, '/');
		if (strcmp(ret_info->id, id) == 0 ||
		    (slash != NULL && strcmp(slash + 1, id) == 0)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static int no_rule(const struct cli_args *args, const char *id)
{
	return cli_usage_error(args, "there is no rule \"%s\"; `corten rules list` names all", id);
}

static void show(const struct secret_rule_info *r)
{
	(void)printf("%s\n\n  %s\n\n", r->id, r->title);
	if (r->description != NULL && r->description[0] != '\0')
		(void)printf("  %s\n\n", r->description);
	(void)printf("  Severity: %s\n  Class:    %s\n  Where:    %s:%u\n  State:    %s\n",
		     severity_name(r->severity), r->class, r->origin, r->line,
		     r->enabled ? "on" : "off");
	if (r->advice != NULL && r->advice[0] != '\0')
		(void)printf("  Advice:   %s\n", r->advice);
}

static int run_show(struct cli_args *args)
{
	struct secret_rules *rules = NULL;
	struct secret_rule_info r;
	size_t i;
	int status = load(args, &rules);
	if (status != 0)
		return status;
	if (find_rule(rules, args->arguments[0], &i, &r))
		show(&r);
	else
		status = no_rule(args, args->arguments[0]);
	secret_rules_free(rules);
	return status;
}

const struct cli_command cli_command_rules_show = {
	.name = "rules show",
	.arguments = "ID",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "say what one rule looks for, and what to do about it",
	.description = "Prints a rule's title, severity, class, file and advice. ID is the rule's "
		       "id, with or without its kind in front.",
	.examples = "corten rules show secret/aws-access-key\tOne rule",
	.options = rule_options,
	.run = run_show,
};

/* --- test -------------------------------------------------------------------------- */

struct testing {
	const struct secret_rules *rules;
	size_t passed, failed;
};

static int on_sample(void *ctx, const struct secret_sample_result *s, struct error *err)
{
	struct testing *t = ctx;
	struct secret_rule_info r;
	(void)err;
	t->passed += s->passed;
	t->failed += !s->passed;
	if (s->passed)
		return 0;
	secret_rule_info(t->rules, s->rule, &r);
	(void)printf("%s:%u: %s: sample %u that should %s does not\n", r.origin, r.line, r.id,
		     s->number, s->fires ? "fire" : "be silent");
	return 0;
}

static int run_test(struct cli_args *args)
{
	struct testing t = { 0 };
	struct secret_rules *rules = NULL;
	struct secret_rule_info info;
	struct error err = { 0 };
	size_t one = UINT32_MAX;
	int status = load(args, &rules);
	if (status != 0)
		return status;
	t.rules = rules;
	print_notes(rules);
	if (args->argument_count > 0 && !find_rule(rules, args->arguments[0], &one, &info))
		status = no_rule(args, args->arguments[0]);
	else if (secret_rules_test(rules, (uint32_t)one, on_sample, &t, &err) < 0)
		status = cli_fail(&err);
	else
		(void)printf("%zu samples as they should be, %zu not\n", t.passed, t.failed);
	secret_rules_free(rules);
	return status == 0 && t.failed > 0 ? 1 : status;
}

const struct cli_command cli_command_rules_test = {
	.name = "rules test",
	.arguments = "[ID]",
	.most_arguments = 1,
	.summary = "try rules on the samples that stand beside them",
	.description =
		"Each rule carries samples that it must find and samples that it must leave. "
		"Tries all of them, or those of one rule, and prints what fails.\n\n"
		"Exit status: 0 all as they should be, 1 some are not, 2 usage.",
	.examples = "corten rules test --rules ./rules\tYour own rules, and ours",
	.options = rule_options,
	.run = run_test,
};
