/* corten rules: which rules there are, what they say, and whether their own samples
 * hold. */
#include <stdio.h>
#include <stdlib.h>

#include "baseline/baseline.h"
#include "buildstep/buildstep.h"
#include "cli/guard.h"
#include "cli/rulesets.h"
#include "cli/yara_list.h"
#include "format/json.h"

#define IMAGE_KINDS "secret,malware,baseline,build"

#define KIND_OPTION                                                                                \
	{                                                                                          \
		.name = "kind", .argument = "KIND", .choices = IMAGE_KINDS,                        \
		.help = "Only rules of this kind. Default: all."                                   \
	}

static const struct cli_option list_options[] = {
	{ .name = "kind",
	  .argument = "KIND",
	  .choices = IMAGE_KINDS ",guard",
	  .help = "Only rules of this kind. Default: all." },
	RULESET_OPTIONS,
	MALWARE_RULE_OPTIONS,
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

/* A rule for images, of whichever kind. */
struct row {
	const char *kind, *id, *class, *title, *description, *advice, *origin;
	enum severity severity;
	struct check_words references;
	uint32_t line;
	bool enabled;
	size_t number; /* among the rules of its loader */
};

static void row_of_secret(const struct ruleset *r, size_t i, struct row *ret)
{
	struct secret_rule_info s;
	secret_rule_info(r->secrets, i, &s);
	*ret = (struct row){ .kind = "secret",
			     .id = s.id,
			     .class = s.class,
			     .title = s.title,
			     .description = s.description,
			     .advice = s.advice,
			     .origin = s.origin,
			     .severity = s.severity,
			     .line = s.line,
			     .enabled = s.enabled,
			     .number = i };
}

static void row_of_check(const struct ruleset *r, size_t i, struct row *ret)
{
	struct check_rule_info c;
	check_rule_info(r->checks, i, &c);
	*ret = (struct row){ .kind = check_family_name(c.family),
			     .id = c.id,
			     .class = c.class,
			     .title = c.title,
			     .description = c.description,
			     .advice = c.advice,
			     .origin = c.origin,
			     .severity = c.severity,
			     .references = c.references,
			     .line = c.line,
			     .enabled = c.enabled,
			     .number = i };
}

/* All rules of these kinds, in order; false behind the last. */
static bool next_row(const struct ruleset *r, unsigned kinds, size_t *at, struct row *ret)
{
	size_t secrets = r->secrets == NULL ? 0 : secret_rules_count(r->secrets);
	size_t checks = r->checks == NULL ? 0 : check_rules_count(r->checks);
	while (*at < secrets + checks) {
		size_t i = (*at)++;
		struct check_rule_info c;
		unsigned kind = RULES_SECRET;
		if (i >= secrets) {
			check_rule_info(r->checks, i - secrets, &c);
			kind = 1U << c.family;
		}
		if ((kinds & kind) == 0)
			continue;
		if (i < secrets)
			row_of_secret(r, i, ret);
		else
			row_of_check(r, i - secrets, ret);
		return true;
	}
	return false;
}

static unsigned kinds_of(const struct cli_args *args)
{
	const char *kind = cli_value(args, "kind");
	if (kind == NULL)
		return RULES_SECRET | RULES_CHECKS;
	for (enum check_family f = 0; f < CHECK_FAMILIES; f++)
		if (strcmp(kind, check_family_name(f)) == 0)
			return 1U << f;
	return strcmp(kind, "secret") == 0 ? RULES_SECRET : 0;
}

static int load(const struct cli_args *args, struct ruleset *ret)
{
	struct error err = { 0 };
	if (ruleset_load(args, kinds_of(args), ret, &err) < 0)
		return cli_fail(&err);
	for (size_t i = 0; ret->secrets != NULL && i < secret_rules_note_count(ret->secrets); i++)
		log_at(LOG_WARNING, "%s", secret_rules_note(ret->secrets, i));
	return 0;
}

/* --- list ------------------------------------------------------------------------ */

static void list_table(const struct ruleset *rules, unsigned kinds)
{
	size_t at = 0, n = 0, off = 0;
	struct row r;
	(void)printf("%-44s %-9s %-20s %s\n", "ID", "SEVERITY", "CLASS", "WHAT");
	while (next_row(rules, kinds, &at, &r)) {
		n++;
		off += !r.enabled;
		(void)printf("%-44s %-9s %-20s %s%s\n", r.id, severity_name(r.severity), r.class,
			     r.title, r.enabled ? "" : " (off)");
	}
	(void)printf("\n%zu rules, %zu of them off\n", n, off);
}

static void json_references(struct json_writer *w, const struct check_words *words)
{
	json_key(w, "references");
	json_array_begin(w);
	for (size_t i = 0; i < words->n; i++)
		json_string(w, words->p[i]);
	json_array_end(w);
}

static void list_json(struct json_writer *w, const struct ruleset *rules, unsigned kinds)
{
	size_t at = 0;
	struct row r;
	while (next_row(rules, kinds, &at, &r)) {
		json_object_begin(w);
		json_member_string(w, "id", r.id);
		json_member_string(w, "kind", r.kind);
		json_member_string(w, "class", r.class);
		json_member_string(w, "title", r.title);
		json_member_string(w, "severity", severity_name(r.severity));
		json_references(w, &r.references);
		json_member_bool(w, "enabled", r.enabled);
		json_member_string(w, "origin", r.origin);
		json_member_u64(w, "line", r.line);
		json_object_end(w);
	}
}

/* Rules for images; w NULL: as a table. */
static int list_images(const struct cli_args *args, struct json_writer *w)
{
	struct ruleset rules;
	int status = load(args, &rules);
	if (status != 0)
		return status;
	if (w != NULL)
		list_json(w, &rules, kinds_of(args));
	else
		list_table(&rules, kinds_of(args));
	ruleset_free(&rules);
	return (kinds_of(args) & RULES_MALWARE) != 0 ? yara_list(args, w) : 0;
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
	bool images = kinds_of(args) != 0;
	bool guard = kind == NULL || strcmp(kind, "guard") == 0;
	int status = 0;
	if (format != NULL && strcmp(format, "json") == 0) {
		w = &writer;
		json_write_init(w, stdout, true);
		json_array_begin(w);
	}
	if (images)
		status = list_images(args, w);
	if (status == 0 && guard) {
		if (w == NULL && images)
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
		"Prints every rule for images (secret, malware, baseline, build) with its id, "
		"severity and class, and every rule of the guard with its priority, items and "
		"scope. Rules that come with the program are text files (share/corten/rules); "
		"--rules and --secret-rules add others for images, --dir and --preset name others "
		"of the guard. What of the guard's rules is truly in force on this node, `corten "
		"status` says.",
	.examples = "corten rules list --kind secret\tAll rules for secrets\n"
		    "corten rules list --secret-rules .gitleaks.toml\tWith those of gitleaks\n"
		    "corten rules list --kind guard --preset strict\tWhat a preset says\n"
		    "corten rules list --kind guard --backends tp-kill,cgroup-bpf\tWhat a node "
		    "without BPF LSM would make of them",
	.options = list_options,
	.run = run_list,
};

/* --- show -------------------------------------------------------------------------- */

static bool find_rule(const struct ruleset *rules, unsigned kinds, const char *id, struct row *ret)
{
	size_t at = 0;
	while (next_row(rules, kinds, &at, ret)) {
		const char *slash = strchr(ret->id, '/');
		if (strcmp(ret->id, id) == 0 || (slash != NULL && strcmp(slash + 1, id) == 0))
			return true;
	}
	return false;
}

static int no_rule(const struct cli_args *args, const char *id)
{
	return cli_usage_error(args, "there is no rule \"%s\"; `corten rules list` names all", id);
}

static void show(const struct row *r)
{
	(void)printf("%s\n\n  %s\n\n", r->id, r->title);
	if (r->description != NULL && r->description[0] != '\0')
		(void)printf("  %s\n\n", r->description);
	(void)printf("  Severity: %s\n  Class:    %s\n  Where:    %s:%u\n  State:    %s\n",
		     severity_name(r->severity), r->class, r->origin, r->line,
		     r->enabled ? "on" : "off");
	for (size_t i = 0; i < r->references.n; i++)
		(void)printf("  %s %s\n", i == 0 ? "See:     " : "         ", r->references.p[i]);
	if (r->advice != NULL && r->advice[0] != '\0')
		(void)printf("  Advice:   %s\n", r->advice);
}

static int run_show(struct cli_args *args)
{
	struct ruleset rules;
	struct row r;
	int status = load(args, &rules);
	if (status != 0)
		return status;
	if (find_rule(&rules, kinds_of(args), args->arguments[0], &r))
		show(&r);
	else
		status = no_rule(args, args->arguments[0]);
	ruleset_free(&rules);
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
	const struct ruleset *rules;
	size_t passed, failed;
};

static void tell_sample(struct testing *t, const struct row *r, uint32_t number, bool fires,
			bool passed)
{
	t->passed += passed;
	t->failed += !passed;
	if (!passed)
		(void)printf("%s:%u: %s: sample %u that should %s does not\n", r->origin, r->line,
			     r->id, number, fires ? "fire" : "be silent");
}

static int on_secret(void *ctx, const struct secret_sample_result *s, struct error *err)
{
	struct testing *t = ctx;
	struct row r;
	(void)err;
	row_of_secret(t->rules, s->rule, &r);
	tell_sample(t, &r, s->number, s->fires, s->passed);
	return 0;
}

static int on_check(void *ctx, const struct check_sample *s, bool passed, struct error *err)
{
	struct testing *t = ctx;
	struct row r;
	(void)err;
	row_of_check(t->rules, s->rule, &r);
	tell_sample(t, &r, s->number, s->fires, passed);
	return 0;
}

/* one: NULL for all. */
static int test_rules(struct testing *t, unsigned kinds, const struct row *one, struct error *err)
{
	static check_try_fn *const tries[CHECK_FAMILIES] = { [CHECK_MALWARE] = malware_try,
							     [CHECK_BASELINE] = baseline_try,
							     [CHECK_BUILD] = buildstep_try };
	bool secret = one == NULL || strcmp(one->kind, "secret") == 0;
	if ((kinds & RULES_SECRET) != 0 && secret &&
	    secret_rules_test(t->rules->secrets, one == NULL ? UINT32_MAX : (uint32_t)one->number,
			      on_secret, t, err) < 0)
		return -1;
	for (enum check_family f = 0; f < CHECK_FAMILIES; f++)
		if ((kinds & 1U << f) != 0 && tries[f] != NULL && (one == NULL || !secret) &&
		    check_rules_test(t->rules->checks, f, one == NULL ? SIZE_MAX : one->number,
				     tries[f], on_check, t, err) < 0)
			return -1;
	return 0;
}

static int run_test(struct cli_args *args)
{
	struct ruleset rules;
	struct testing t = { .rules = &rules };
	struct error err = { 0 };
	struct row one;
	const char *id = args->argument_count > 0 ? args->arguments[0] : NULL;
	int status = load(args, &rules);
	if (status != 0)
		return status;
	if (id != NULL && !find_rule(&rules, kinds_of(args), id, &one))
		status = no_rule(args, id);
	else if (test_rules(&t, kinds_of(args), id == NULL ? NULL : &one, &err) < 0)
		status = cli_fail(&err);
	else
		(void)printf("%zu samples as they should be, %zu not\n", t.passed, t.failed);
	ruleset_free(&rules);
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
