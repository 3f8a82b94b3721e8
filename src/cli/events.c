/* corten events: what happened on this node, from the disk and, with --follow, on. */
#include <errno.h>

#include "cli/guard_print.h"
#include "cli/node.h"
#include "format/tree.h"
#include "sensor/sensor.h"

enum { EVENT_MEMORY = 16 << 20, LINES_MOST = 1000000 };

static const struct cli_option options[] = {
	{ .name = "follow", .letter = 'f', .help = "Go on with what happens from now on." },
	{ .name = "last",
	  .letter = 'n',
	  .argument = "COUNT",
	  .help = "Show so many of the events on disk. Default: 20, with --follow 0." },
	{ .name = "state-dir",
	  .argument = "DIR",
	  .help = "Where the agent keeps its events. Default: /var/lib/corten." },
	NODE_FORMAT_OPTION,
	NODE_RUN_DIR_OPTION,
	{ 0 },
};

struct output {
	bool json;
	uint64_t skip; /* lines before the last ones */
	struct error *err;
	bool failed;
};

static bool print_event(void *ctx, struct bytes text, const struct node *line)
{
	struct output *o = ctx;
	if (o->json)
		(void)printf("%.*s\n", (int)text.n, (const char *)text.p);
	else if (event_print(line, stdout, o->err) != 0)
		o->failed = true;
	(void)fflush(stdout);
	return !o->failed && !ferror(stdout);
}

static bool count_line(void *ctx, struct bytes line)
{
	(void)line;
	++*(uint64_t *)ctx;
	return true;
}

static bool disk_line(void *ctx, struct bytes text)
{
	struct output *o = ctx;
	cleanup_arena struct arena arena = arena_max(EVENT_MEMORY);
	const struct node *line;
	if (o->skip > 0) {
		o->skip--;
		return true;
	}
	/* A line that a crash cut short is passed over. */
	if (yaml_parse(text, &arena, &line, NULL, NULL) != 0)
		return true;
	return print_event(ctx, text, line);
}

static int print_last(const struct cli_args *a, struct output *o, uint64_t last, struct error *err)
{
	char folder[4200];
	const char *state = cli_value(a, "state-dir");
	uint64_t lines = 0;
	(void)snprintf(folder, sizeof folder, "%s/events",
		       state == NULL ? "/var/lib/corten" : state);
	if (event_log_read(folder, count_line, &lines, err) != 0)
		return -1;
	o->skip = lines > last ? lines - last : 0;
	return event_log_read(folder, disk_line, o, err);
}

static int run(struct cli_args *a)
{
	static const char *const words[] = { "follow" };
	struct error err = { 0 };
	bool follow = cli_has(a, "follow");
	struct output o = { .json = node_wants_json(a), .err = &err };
	uint64_t last = follow ? 0 : 20;
	const char *text = cli_value(a, "last");
	if (text != NULL && (!bytes_to_u64(bytes_str(text), &last) || last > LINES_MOST))
		return cli_usage_error(a, "--last takes a number of events, not \"%s\"", text);
	int r = last == 0 ? 0 : print_last(a, &o, last, &err);
	if (r == 0 && follow)
		r = node_ask(a, words, 1, print_event, &o, &err);
	return r == 0 && !o.failed ? EXIT_COMPLETE : cli_fail(&err);
}

const struct cli_command cli_command_events = {
	.name = "events",
	.arguments = "",
	.summary = "show what happened in the containers of this node",
	.description = "The agent keeps recent events on disk, oldest dropped first; with --follow "
		       "they are shown as they happen. With --format json each is one line "
		       "(doc/events.md).",
	.examples = "corten events --follow\ncorten events --last 100 --format json\n",
	.options = options,
	.run = run,
};
