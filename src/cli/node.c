#include "cli/node.h"

#include "agent/control.h"
#include "format/tree.h"

enum { LINE_MEMORY = 16 << 20 };

struct asking {
	node_line *f;
	void *ctx;
	struct error *err;
	bool failed;
};

/* JSON is read as the YAML that it is. */
static bool take_line(void *ctx, struct bytes text)
{
	struct asking *a = ctx;
	cleanup_arena struct arena arena = arena_max(LINE_MEMORY);
	const struct node *line;
	if (yaml_parse(text, &arena, &line, NULL, a->err) != 0) {
		a->failed = true;
		return false;
	}
	return a->f(a->ctx, text, line);
}

int node_ask(const struct cli_args *a, const char *const *words, size_t count, node_line *f,
	     void *ctx, struct error *err)
{
	const char *run_dir = cli_value(a, "run-dir");
	struct asking asking = { .f = f, .ctx = ctx, .err = err };
	int r = control_ask(run_dir == NULL ? "/run/corten" : run_dir, words, count, take_line,
			    &asking, err);
	return asking.failed ? -1 : r;
}

bool node_wants_json(const struct cli_args *a)
{
	const char *format = cli_value(a, "format");
	return format != NULL && bytes_equal(bytes_str(format), BYTES_LIT("json"));
}
