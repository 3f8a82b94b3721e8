/* corten process kill, quarantine, operations: what people do to the node, and what was
 * done. The agent does it, and keeps the record. */
#include "cli/columns.h"
#include "cli/node.h"
#include "format/tree.h"

static const struct cli_option kill_options[] = {
	{ .name = "host", .help = "Also a process that is of no container." },
	NODE_RUN_DIR_OPTION,
	{ 0 },
};
static const struct cli_option plain_options[] = { NODE_RUN_DIR_OPTION, { 0 } };
static const struct cli_option list_options[] = { NODE_FORMAT_OPTION, NODE_RUN_DIR_OPTION, { 0 } };
static const struct cli_option restore_options[] = {
	{ .name = "to",
	  .argument = "FOLDER",
	  .help = "Puts the file into this folder of the node. Default: where it was." },
	NODE_RUN_DIR_OPTION,
	{ 0 },
};

static bool no_line(void *ctx, struct bytes text, const struct node *line)
{
	(void)ctx, (void)text, (void)line;
	return true;
}

static int run_kill(struct cli_args *a)
{
	struct error err = { 0 };
	const char *words[] = { "kill", a->arguments[0], cli_has(a, "host") ? "host" : "" };
	if (node_ask(a, words, 3, no_line, NULL, &err) != 0)
		return cli_fail(&err);
	(void)printf("process %s is killed\n", a->arguments[0]);
	return EXIT_COMPLETE;
}

/* --- quarantine ---------------------------------------------------------------- */

static bool id_line(void *ctx, struct bytes text, const struct node *line)
{
	const struct cli_args *a = ctx;
	struct bytes id = node_text(line, "id");
	(void)text;
	(void)printf("%s of %s is in quarantine: %.*s\n", a->arguments[1], a->arguments[0],
		     (int)id.n, (const char *)id.p);
	return true;
}

static int run_add(struct cli_args *a)
{
	struct error err = { 0 };
	const char *words[] = { "quarantine", a->arguments[0], a->arguments[1] };
	return node_ask(a, words, 3, id_line, a, &err) == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

static int run_restore(struct cli_args *a)
{
	struct error err = { 0 };
	const char *to = cli_value(a, "to");
	const char *words[] = { "restore", a->arguments[0], to == NULL ? "" : to };
	if (node_ask(a, words, 3, no_line, NULL, &err) != 0)
		return cli_fail(&err);
	(void)printf("%s is restored\n", a->arguments[0]);
	return EXIT_COMPLETE;
}

/* --- lists --------------------------------------------------------------------- */

struct listing {
	struct columns table;
	bool json;
	struct error *err;
};

static struct bytes time_text(const struct node *line, char out[static RFC3339_TEXT])
{
	int64_t ns = 0;
	(void)node_i64(line, "time", &ns);
	rfc3339_text(ns / 1000000000, out);
	return bytes_str(out);
}

static bool print_json(const struct listing *l, struct bytes text)
{
	if (l->json)
		(void)printf("%.*s\n", (int)text.n, (const char *)text.p);
	return l->json;
}

static bool quarantine_line(void *ctx, struct bytes text, const struct node *line)
{
	struct listing *l = ctx;
	char when[RFC3339_TEXT];
	if (print_json(l, text))
		return true;
	struct bytes container = node_text(line, "container");
	struct bytes cells[] = { node_text(line, "id"), time_text(line, when),
				 bytes_sub(container, 0, 12), node_text(line, "image"),
				 node_text(line, "path") };
	return columns_add(&l->table, cells, l->err) == 0;
}

/* 1000 who is root by sudo; else who logged in, else the process's own. */
static struct bytes user_of(const struct node *line)
{
	struct bytes user = node_text(line, "sudo_uid");
	if (user.n == 0)
		user = node_text(line, "login_uid");
	return user.n == 0 ? node_text(line, "uid") : user;
}

static bool operation_line(void *ctx, struct bytes text, const struct node *line)
{
	struct listing *l = ctx;
	char when[RFC3339_TEXT];
	cleanup_buf struct buf words = buf_max(1 << 16);
	if (print_json(l, text))
		return true;
	const struct node *arguments = node_get(line, "arguments");
	for (const struct node *x = arguments == NULL ? NULL : arguments->first; x != NULL;
	     x = x->next)
		if (x->text.n > 0 && buf_printf(&words, l->err, "%s%.*s", words.n == 0 ? "" : " ",
						(int)x->text.n, (const char *)x->text.p) != 0)
			return false;
	struct bytes reason = node_text(line, "reason");
	struct bytes container = node_text(line, "container");
	struct bytes cells[] = { time_text(line, when),
				 user_of(line),
				 node_text(line, "operation"),
				 buf_view(&words),
				 bytes_sub(container, 0, 12),
				 node_text(line, "detail"),
				 reason.n > 0 ? reason : node_text(line, "result") };
	return columns_add(&l->table, cells, l->err) == 0;
}

static int list(struct cli_args *a, const char *verb, const struct bytes *head, size_t columns,
		node_line *f)
{
	struct error err = { 0 };
	struct listing l = { .table = columns_of(columns),
			     .json = node_wants_json(a),
			     .err = &err };
	int r = columns_add(&l.table, head, &err);
	if (r == 0)
		r = node_ask(a, &verb, 1, f, &l, &err);
	if (r == 0 && !l.json)
		columns_print(&l.table, stdout);
	columns_free(&l.table);
	return r == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

static int run_list(struct cli_args *a)
{
	static const struct bytes head[] = { BYTES_LIT("ID"), BYTES_LIT("SINCE"),
					     BYTES_LIT("CONTAINER"), BYTES_LIT("IMAGE"),
					     BYTES_LIT("FILE") };
	return list(a, "quarantined", head, 5, quarantine_line);
}

static int run_operations(struct cli_args *a)
{
	static const struct bytes head[] = { BYTES_LIT("TIME"),      BYTES_LIT("USER"),
					     BYTES_LIT("OPERATION"), BYTES_LIT("OF"),
					     BYTES_LIT("CONTAINER"), BYTES_LIT("DETAIL"),
					     BYTES_LIT("RESULT") };
	return list(a, "operations", head, 7, operation_line);
}

const struct cli_command cli_command_process_kill = {
	.name = "process kill",
	.arguments = "PID",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "kill one process of a container",
	.description = "PID is the node's number of the process, as events and alerts have it. A "
		       "process that is of no container is refused without --host.",
	.examples = "corten process kill 4711\n",
	.options = kill_options,
	.run = run_kill,
};

const struct cli_command cli_command_quarantine_add = {
	.name = "quarantine add",
	.arguments = "CONTAINER PATH",
	.least_arguments = 2,
	.most_arguments = 2,
	.summary = "take a file away from a container, and keep it",
	.description =
		"Moves a regular file of a running container into the agent's quarantine, with "
		"owner, mode and time; \"corten quarantine restore\" puts it back. PATH is as "
		"the "
		"container's programs see it. A process that runs it goes on: see \"corten "
		"process kill\".",
	.examples = "corten quarantine add web /tmp/miner\n",
	.options = plain_options,
	.run = run_add,
};

const struct cli_command cli_command_quarantine_list = {
	.name = "quarantine list",
	.arguments = "",
	.summary = "list the files in quarantine",
	.description = "Which file of which container, since when, by its id.",
	.examples = "corten quarantine list\ncorten quarantine list --format json\n",
	.options = list_options,
	.run = run_list,
};

const struct cli_command cli_command_quarantine_restore = {
	.name = "quarantine restore",
	.arguments = "ID",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "put a file from the quarantine back",
	.description = "With owner, mode and time as it had; where another file has taken its name "
		       "nothing is done. The container must run, or --to names another folder.",
	.examples = "corten quarantine restore 0123456789abcdef0123456789abcdef\n",
	.options = restore_options,
	.run = run_restore,
};

const struct cli_command cli_command_operations = {
	.name = "operations",
	.arguments = "",
	.summary = "list what people did to the node",
	.description = "Every stop, pause, cut, kill, quarantine, reload and handling of an alert: "
		       "when, by which user (behind sudo where it tells), what came of it. Kept in "
		       "operations.log of the agent's state folder.",
	.examples = "corten operations\ncorten operations --format json\n",
	.options = list_options,
	.run = run_operations,
};
