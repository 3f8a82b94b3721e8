/* corten status: what is truly in force on this node. */
#include <fcntl.h>
#include <time.h>

#include "cli/columns.h"
#include "cli/node.h"
#include "format/tree.h"

static const struct cli_option options[] = { NODE_FORMAT_OPTION, NODE_RUN_DIR_OPTION, { 0 } };

struct showing {
	struct columns rules, containers;
	bool json;
	size_t active, degraded, inactive;
	size_t short_of; /* containers in which less is in force than on the node */
	struct error *err;
};

/* --- the agent ----------------------------------------------------------------- */

static void print_list(const struct node *list)
{
	const char *comma = "";
	for (const struct node *x = list == NULL ? NULL : list->first; x != NULL; x = x->next) {
		(void)printf("%s%.*s", comma, (int)x->text.n, (const char *)x->text.p);
		comma = ", ";
	}
}

static void print_member(const char *label, const struct node *map, const char *key)
{
	struct bytes text = node_text(map, key);
	if (text.n > 0)
		(void)printf("%-12s%.*s\n", label, (int)text.n, (const char *)text.p);
}

/* What is lost is told when there is any. */
static void print_count(const char *label, const struct node *map, const char *key,
			const char *what)
{
	uint64_t count = 0;
	if (map != NULL && bytes_to_u64(node_text(map, key), &count) && count > 0)
		(void)printf("%-12s%llu %s\n", label, (unsigned long long)count, what);
}

static void print_agent(const struct node *line)
{
	const struct node *events = node_get(line, "events");
	print_member("node", line, "node");
	print_member("agent", line, "version");
	print_member("kernel", line, "kernel");
	(void)printf("%-12s", "back-ends");
	print_list(node_get(line, "backends"));
	(void)printf("\n");
	print_member("no bpf-lsm", line, "no_bpf_lsm");
	print_member("containers", line, "containers");
	print_member("rules", line, "rules");
	print_member("refused", line, "rules_refused");
	print_member("events", events, "produced");
	print_member("  delivered", events, "delivered");
	print_member("  lost", events, "lost_in_kernel");
	print_member("blocked", events, "blocked");
	print_member("killed", events, "killed");
	print_count("not on disk", events, "lost_on_disk", "events");
	print_count("damaged", node_get(line, "alerts"), "damaged", "lines of alerts, passed over");
	print_count("dropped", node_get(line, "alerts"), "dropped", "alerts, for want of room");
	print_count("unrecorded", line, "operations_unrecorded", "operations");
}

static bool agent_line(void *ctx, struct bytes text, const struct node *line)
{
	const struct showing *s = ctx;
	if (s->json)
		(void)printf("%.*s\n", (int)text.n, (const char *)text.p);
	else
		print_agent(line);
	return true;
}

/* --- the rules ------------------------------------------------------------------ */

static struct bytes list_text(const struct node *list, struct buf *out)
{
	out->n = 0;
	for (const struct node *x = list == NULL ? NULL : list->first; x != NULL; x = x->next)
		if (buf_printf(out, NULL, "%s%.*s", out->n == 0 ? "" : " ", (int)x->text.n,
			       (const char *)x->text.p) != 0)
			break;
	return buf_view(out);
}

static bool rule_line(void *ctx, struct bytes text, const struct node *line)
{
	struct showing *s = ctx;
	struct bytes state = node_text(line, "state");
	if (bytes_equal(state, BYTES_LIT("active")))
		s->active++;
	else if (bytes_equal(state, BYTES_LIT("degraded")))
		s->degraded++;
	else
		s->inactive++;
	if (s->json) {
		(void)printf("%.*s\n", (int)text.n, (const char *)text.p);
		return true;
	}
	cleanup_buf struct buf names = buf_max(1 << 16);
	struct bytes cells[] = { node_text(line, "name"), state, node_text(line, "cause"),
				 list_text(node_get(line, "backends"), &names),
				 node_text(line, "detail") };
	return columns_add(&s->rules, cells, s->err) == 0;
}

/* --- the containers --------------------------------------------------------------- */

static int container_row(struct showing *s, const struct node *line, const struct bytes *what)
{
	struct bytes id = node_text(line, "container");
	struct bytes cells[] = { bytes_of(id.p, id.n < 12 ? id.n : 12),
				 node_text(line, "name"),
				 what[0],
				 what[1],
				 what[2],
				 what[3] };
	return columns_add(&s->containers, cells, s->err);
}

/* What falls short on the whole node stands with the rule already. */
static bool container_line(void *ctx, struct bytes text, const struct node *line)
{
	struct showing *s = ctx;
	bool worse = false;
	struct bytes problem = node_text(line, "problem");
	struct bytes all[] = { BYTES_LIT("(all)"), BYTES_LIT("degraded"), BYTES_LIT(""), problem };
	if (problem.n > 0 && container_row(s, line, all) != 0)
		return false;
	const struct node *rules = node_get(line, "rules");
	for (const struct node *r = rules == NULL ? NULL : rules->first; r != NULL; r = r->next) {
		struct bytes what[] = { node_text(r, "name"), node_text(r, "state"),
					node_text(r, "cause"), node_text(r, "detail") };
		if (node_bool(r, "everywhere", false))
			continue;
		worse = true;
		if (container_row(s, line, what) != 0)
			return false;
	}
	s->short_of += worse || problem.n > 0;
	if (s->json)
		(void)printf("%.*s\n", (int)text.n, (const char *)text.p);
	return true;
}

/* What the heartbeat file says of an agent that does not answer. */
static void print_offline(const struct cli_args *a)
{
	const char *run_dir = cli_value(a, "run-dir");
	cleanup_close int dir =
		open(run_dir == NULL ? "/run/corten" : run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_buf struct buf text = buf_max(4096);
	cleanup_close int fd = dir < 0 ? -1 : fd_open_read(dir, "heartbeat", NULL);
	if (fd >= 0 && fd_read_all(fd, &text, NULL) == 0)
		(void)fprintf(stderr, "corten: last heartbeat: %.*s", (int)text.n,
			      (const char *)text.p);
	(void)fputs("corten: every rule is inactive: agent_offline; what an agent pinned in the "
		    "kernel before it ended is still in force\n",
		    stderr);
}

static int show(struct cli_args *a, struct showing *s, struct error *err)
{
	static const char *const status[] = { "status" };
	static const char *const rules[] = { "rules" };
	static const struct bytes head[] = { BYTES_LIT("RULE"), BYTES_LIT("STATE"),
					     BYTES_LIT("CAUSE"), BYTES_LIT("HELD BY"),
					     BYTES_LIT("DETAIL") };
	static const char *const containers[] = { "containers-rules" };
	static const struct bytes more[] = { BYTES_LIT("CONTAINER"), BYTES_LIT("NAME"),
					     BYTES_LIT("RULE"),      BYTES_LIT("STATE"),
					     BYTES_LIT("CAUSE"),     BYTES_LIT("DETAIL") };
	if (node_ask(a, status, 1, agent_line, s, err) != 0 ||
	    columns_add(&s->rules, head, err) != 0 ||
	    node_ask(a, rules, 1, rule_line, s, err) != 0 ||
	    columns_add(&s->containers, more, err) != 0 ||
	    node_ask(a, containers, 1, container_line, s, err) != 0)
		return -1;
	if (s->json)
		return 0;
	(void)printf("\n");
	columns_print(&s->rules, stdout);
	(void)printf("\n%zu active, %zu degraded, %zu inactive\n", s->active, s->degraded,
		     s->inactive);
	if (s->short_of == 0)
		return 0;
	(void)printf("\nless than that in %zu container%s:\n", s->short_of,
		     s->short_of == 1 ? "" : "s");
	columns_print(&s->containers, stdout);
	return 0;
}

static int run(struct cli_args *a)
{
	struct error err = { 0 };
	struct showing s = { .rules = columns_of(5),
			     .containers = columns_of(6),
			     .json = node_wants_json(a),
			     .err = &err };
	int r = show(a, &s, &err);
	columns_free(&s.rules);
	columns_free(&s.containers);
	if (r == 0)
		return s.degraded + s.short_of > 0 ? EXIT_INCOMPLETE : EXIT_COMPLETE;
	if (err.code == ERR_NOT_FOUND)
		print_offline(a);
	return cli_fail(&err);
}

const struct cli_command cli_command_status = {
	.name = "status",
	.arguments = "",
	.summary = "show what is truly in force on this node",
	.description =
		"The agent, what this kernel lets it do, and for each rule its effective state: "
		"active, degraded or inactive, with the cause. A rule that is configured and "
		"cannot "
		"be enforced here is never shown as active. Then the containers in which less is "
		"in "
		"force than that, and why: a root without layers, a start that had to be let "
		"go, a folder that could not be marked.\n\n"
		"Exit status: 0 all rules are as configured, 3 no agent answers or a rule is "
		"degraded, on the node or in a container.",
	.examples = "corten status\ncorten status --format json\n",
	.options = options,
	.run = run,
};
