/* corten containers, corten container DO: what runs on the node, and stopping it. */
#include "cli/columns.h"
#include "cli/node.h"
#include "format/tree.h"

static const struct cli_option list_options[] = { NODE_FORMAT_OPTION, NODE_RUN_DIR_OPTION, { 0 } };
static const struct cli_option do_options[] = { NODE_RUN_DIR_OPTION, { 0 } };

/* --- the list ----------------------------------------------------------------- */

struct listing {
	struct columns table;
	bool json;
	struct error *err;
};

static struct bytes state_of(const struct node *line)
{
	if (node_bool(line, "paused", false))
		return BYTES_LIT("paused");
	if (node_bool(line, "cut", false))
		return BYTES_LIT("no network");
	if (!node_bool(line, "guarded", false))
		return BYTES_LIT("not guarded");
	return node_bool(line, "root_known", false) ? BYTES_LIT("guarded")
						    : BYTES_LIT("guarded, layers unknown");
}

static bool list_line(void *ctx, struct bytes text, const struct node *line)
{
	struct listing *l = ctx;
	if (l->json) {
		(void)printf("%.*s\n", (int)text.n, (const char *)text.p);
		return true;
	}
	struct bytes id = node_text(line, "id");
	struct bytes cells[] = { bytes_of(id.p, id.n < 12 ? id.n : 12),
				 node_text(line, "name"),
				 node_text(line, "image"),
				 node_text(line, "namespace"),
				 node_text(line, "pod"),
				 node_text(line, "pid"),
				 state_of(line) };
	return columns_add(&l->table, cells, l->err) == 0;
}

static int run_list(struct cli_args *a)
{
	static const char *const words[] = { "containers" };
	static const struct bytes head[] = { BYTES_LIT("CONTAINER"), BYTES_LIT("NAME"),
					     BYTES_LIT("IMAGE"),     BYTES_LIT("NAMESPACE"),
					     BYTES_LIT("POD"),       BYTES_LIT("PID"),
					     BYTES_LIT("STATE") };
	struct error err = { 0 };
	struct listing l = { .table = columns_of(7), .json = node_wants_json(a), .err = &err };
	int r = columns_add(&l.table, head, &err);
	if (r == 0)
		r = node_ask(a, words, 1, list_line, &l, &err);
	if (r == 0 && !l.json)
		columns_print(&l.table, stdout);
	columns_free(&l.table);
	return r == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

const struct cli_command cli_command_containers = {
	.name = "containers",
	.arguments = "",
	.summary = "list the containers that the agent guards",
	.description = "Every running container of this node, whatever started it, with what it is "
		       "and whether its rules are in force.",
	.examples = "corten containers\ncorten containers --format json\n",
	.options = list_options,
	.run = run_list,
};

/* --- operations ---------------------------------------------------------------- */

static bool no_line(void *ctx, struct bytes text, const struct node *line)
{
	(void)ctx, (void)text, (void)line;
	return true;
}

static int run_verb(struct cli_args *a, const char *verb, const char *done)
{
	struct error err = { 0 };
	const char *words[] = { verb, a->arguments[0] };
	if (node_ask(a, words, 2, no_line, NULL, &err) != 0)
		return cli_fail(&err);
	(void)printf("%s %s\n", a->arguments[0], done);
	return EXIT_COMPLETE;
}

static int run_stop(struct cli_args *a)
{
	return run_verb(a, "stop", "is stopped");
}

static int run_pause(struct cli_args *a)
{
	return run_verb(a, "pause", "is paused");
}

static int run_resume(struct cli_args *a)
{
	return run_verb(a, "resume", "runs again");
}

static int run_cut(struct cli_args *a)
{
	return run_verb(a, "cut", "has no network any more");
}

static int run_join(struct cli_args *a)
{
	return run_verb(a, "uncut", "has its network again");
}

#define CONTAINER_COMMAND(id, verb, text, more)                                                    \
	const struct cli_command cli_command_container_##id = {                                    \
		.name = "container " verb,                                                         \
		.arguments = "CONTAINER",                                                          \
		.least_arguments = 1,                                                              \
		.most_arguments = 1,                                                               \
		.summary = text,                                                                   \
		.description = more " CONTAINER is an id, the beginning of one that only "         \
				    "one container has, or a name.",                               \
		.examples = "corten container " verb " web\n",                                     \
		.options = do_options,                                                             \
		.run = run_##id,                                                                   \
	}

CONTAINER_COMMAND(stop, "stop", "stop a container at once",
		  "Kills every process of the container in one step, which none can escape. Its "
		  "runtime sees it end and may start a clean one.");
CONTAINER_COMMAND(pause, "pause", "freeze a container",
		  "No process of it runs on, and everything stays for a look at it.");
CONTAINER_COMMAND(resume, "resume", "let a frozen container run again",
		  "Undoes \"corten container pause\".");
CONTAINER_COMMAND(cut, "cut", "cut a container off from the network",
		  "Every packet from and to its IPv4 and IPv6 sockets is dropped, also of "
		  "connections that are open and of loopback, over which another container of its "
		  "pod would carry them on. It runs on, and stays cut off without the agent, until "
		  "it ends. Unix sockets go on, and so do sockets of raw packets, for which it "
		  "needs CAP_NET_RAW.");
CONTAINER_COMMAND(join, "join", "give a container its network back",
		  "Undoes \"corten container cut\".");
