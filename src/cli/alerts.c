/* corten alerts list|show|handle: what the agent told, and what became of it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/guard_print.h"
#include "cli/node.h"
#include "format/tree.h"

static const struct cli_option list_options[] = {
	{ .name = "all",
	  .letter = 'a',
	  .help = "Also those that were handled, ignored or whitelisted." },
	NODE_FORMAT_OPTION,
	NODE_RUN_DIR_OPTION,
	{ 0 },
};

static const struct cli_option show_options[] = { NODE_FORMAT_OPTION, NODE_RUN_DIR_OPTION, { 0 } };

static const struct cli_option handle_options[] = {
	{ .name = "as",
	  .argument = "STATE",
	  .choices = "handling,handled,ignored,whitelisted,new",
	  .help = "What it becomes. Default: handled." },
	{ .name = "do",
	  .argument = "WHAT",
	  .choices = "stop,pause,cut,quarantine",
	  .help = "First stops, pauses or cuts off the alert's container, or takes the file that "
		  "it names away." },
	{ .name = "note", .argument = "TEXT", .help = "What was done, for those who look later." },
	NODE_RUN_DIR_OPTION,
	{ 0 },
};

struct listing {
	struct columns table;
	bool json, all;
	size_t shown, left_out;
	struct error *err;
};

static bool is_open(const struct node *alert)
{
	struct bytes state = node_text(alert, "state");
	return bytes_equal(state, BYTES_LIT("new")) || bytes_equal(state, BYTES_LIT("handling"));
}

static bool list_line(void *ctx, struct bytes text, const struct node *line)
{
	struct listing *l = ctx;
	if (!l->all && !is_open(line)) {
		l->left_out++;
		return true;
	}
	l->shown++;
	if (!l->json)
		return alert_print_row(&l->table, line, l->err) == 0;
	(void)printf("%.*s\n", (int)text.n, (const char *)text.p);
	return true;
}

static void list_print(const struct listing *l)
{
	if (l->shown > 0)
		columns_print(&l->table, stdout);
	else
		(void)printf("no open alerts\n");
	if (l->left_out > 0)
		(void)printf("%zu more that are handled, ignored or whitelisted: --all\n",
			     l->left_out);
}

static int run_list(struct cli_args *a)
{
	static const char *const words[] = { "alerts" };
	struct error err = { 0 };
	struct listing l = { .table = columns_of(ALERT_COLUMNS),
			     .json = node_wants_json(a),
			     .all = cli_has(a, "all"),
			     .err = &err };
	int r = alert_print_head(&l.table, &err);
	if (r == 0)
		r = node_ask(a, words, 1, list_line, &l, &err);
	if (r == 0 && !l.json)
		list_print(&l);
	columns_free(&l.table);
	return r == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

struct showing {
	bool json;
	struct error *err;
};

static bool show_line(void *ctx, struct bytes text, const struct node *line)
{
	const struct showing *s = ctx;
	if (!s->json)
		return alert_print(line, stdout, s->err) == 0;
	(void)printf("%.*s\n", (int)text.n, (const char *)text.p);
	return true;
}

static int run_show(struct cli_args *a)
{
	struct error err = { 0 };
	struct showing s = { .json = node_wants_json(a), .err = &err };
	const char *words[] = { "alert", a->arguments[0] };
	return node_ask(a, words, 2, show_line, &s, &err) == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

static bool no_line(void *ctx, struct bytes text, const struct node *line)
{
	(void)ctx, (void)text, (void)line;
	return true;
}

/* Who stands behind root, where sudo tells. */
static const char *user_name(void)
{
	const char *name = getenv("SUDO_USER");
	return name != NULL ? name : "root";
}

struct target {
	char container[160], object[4096];
};

static bool target_line(void *ctx, struct bytes text, const struct node *line)
{
	struct target *t = ctx;
	struct bytes container = node_text(line, "container_id"),
		     object = node_text(line, "object");
	(void)text;
	(void)snprintf(t->container, sizeof t->container, "%.*s", (int)container.n,
		       (const char *)container.p);
	(void)snprintf(t->object, sizeof t->object, "%.*s", (int)object.n, (const char *)object.p);
	return true;
}

/* What is done to the container of an alert, before the alert says so. */
static int operate(struct cli_args *a, const char *what, struct error *err)
{
	struct target t = { 0 };
	const char *alert[] = { "alert", a->arguments[0] };
	const char *words[] = { what, t.container, t.object };
	bool file = strcmp(what, "quarantine") == 0;
	if (node_ask(a, alert, 2, target_line, &t, err) != 0)
		return -1;
	if (t.container[0] == '\0')
		return error_set(err, ERR_USAGE, "the alert is of no container");
	if (file && t.object[0] != '/')
		return error_set(err, ERR_USAGE, "the alert names no file");
	return node_ask(a, words, file ? 3 : 2, no_line, NULL, err);
}

static int run_handle(struct cli_args *a)
{
	struct error err = { 0 };
	const char *as = cli_value(a, "as"), *note = cli_value(a, "note"),
		   *what = cli_value(a, "do");
	if (note == NULL)
		note = what == NULL ? "" : what;
	const char *words[] = { "handle", a->arguments[0], as == NULL ? "handled" : as, user_name(),
				note };
	if ((what != NULL && operate(a, what, &err) != 0) ||
	    node_ask(a, words, 5, no_line, NULL, &err) != 0)
		return cli_fail(&err);
	(void)printf("%s is %s\n", a->arguments[0], words[2]);
	return EXIT_COMPLETE;
}

const struct cli_command cli_command_alerts_list = {
	.name = "alerts list",
	.arguments = "",
	.summary = "list what the agent alerted of",
	.description = "Equal events are one alert, with how often it happened, first and last. "
		       "Newest first.",
	.examples = "corten alerts list\ncorten alerts list --all --format json\n",
	.options = list_options,
	.run = run_list,
};

const struct cli_command cli_command_alerts_show = {
	.name = "alerts show",
	.arguments = "ID",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "show one alert with its process tree",
	.description = "Rule, technique, container, object, and which process did it for whom.",
	.examples = "corten alerts show 0123456789abcdef\n",
	.options = show_options,
	.run = run_show,
};

const struct cli_command cli_command_alerts_handle = {
	.name = "alerts handle",
	.arguments = "ID",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "say what became of an alert",
	.description = "Keeps who said it, when, and the note. An alert that is handled or ignored "
		       "can be made new again. With --do something is done about it first; where "
		       "that cannot be, the alert stays as it was.",
	.examples = "corten alerts handle 0123456789abcdef --as ignored --note \"a build job\"\n"
		    "corten alerts handle 0123456789abcdef --do cut\n",
	.options = handle_options,
	.run = run_handle,
};
