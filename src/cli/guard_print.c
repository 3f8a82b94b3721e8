#include "cli/guard_print.h"

#include "format/tree.h"

/* The text of a member of a member: "container", "image", "name". */
static struct bytes deep(const struct node *n, const char *a, const char *b, const char *c)
{
	if (c != NULL)
		return node_text(node_get(node_get(n, a), b), c);
	return node_text(node_get(n, a), b);
}

static struct bytes first_of(struct bytes a, struct bytes b)
{
	return a.n > 0 ? a : b;
}

static int put(struct buf *out, const char *before, struct bytes text, struct error *err)
{
	if (text.n == 0)
		return 0;
	if (buf_append_str(out, before, err) < 0)
		return -1;
	return text_escape(out, text, err);
}

/* "2026-11-22T21:05:06.268967545Z" as "2026-11-22 21:05:06". */
static struct bytes short_time(struct bytes time, char out[static 32])
{
	(void)snprintf(out, 32, "%.*s %.*s", (int)bytes_sub(time, 0, 10).n, (const char *)time.p,
		       (int)bytes_sub(time, 11, 19).n, (const char *)bytes_sub(time, 11, 19).p);
	return bytes_str(out);
}

/* --- a table of alerts ------------------------------------------------------------------- */

int alert_print_head(struct columns *c, struct error *err)
{
	static const struct bytes head[ALERT_COLUMNS] = {
		BYTES_LIT("ID"),      BYTES_LIT("LAST"), BYTES_LIT("COUNT"), BYTES_LIT("SEVERITY"),
		BYTES_LIT("OUTCOME"), BYTES_LIT("ITEM"), BYTES_LIT("WHERE"), BYTES_LIT("WHAT"),
	};
	return columns_add(c, head, err);
}

int alert_print_row(struct columns *c, const struct node *a, struct error *err)
{
	char last[32];
	char state[80];
	struct bytes outcome = node_text(a, "outcome"), is = node_text(a, "state");
	bool plain = bytes_equal(is, BYTES_LIT("new"));
	(void)snprintf(state, sizeof state, "%.*s%s%.*s%s", (int)bytes_sub(outcome, 0, 20).n,
		       (const char *)outcome.p, plain ? "" : " (",
		       plain ? 0 : (int)bytes_sub(is, 0, 20).n, (const char *)is.p,
		       plain ? "" : ")");
	const struct bytes cells[ALERT_COLUMNS] = {
		bytes_sub(node_text(a, "id"), 0, 8),
		short_time(node_text(a, "last"), last),
		node_text(a, "count"),
		node_text(a, "severity"),
		bytes_str(state),
		first_of(node_text(a, "rule_id"), node_text(a, "item")),
		first_of(first_of(node_text(a, "pod"), node_text(a, "container_name")),
			 bytes_sub(node_text(a, "container_id"), 0, 12)),
		first_of(node_text(a, "object"), node_text(a, "process")),
	};
	return columns_add(c, cells, err);
}

/* --- one alert -------------------------------------------------------------------------------- */

static int put_line(struct buf *out, const char *name, struct bytes text, struct error *err)
{
	char head[32];
	(void)snprintf(head, sizeof head, "  %-12s ", name);
	if (text.n == 0)
		return 0;
	if (put(out, head, text, err) < 0)
		return -1;
	return buf_append_str(out, "\n", err);
}

static int put_times(struct buf *out, const struct node *a, struct error *err)
{
	char first[32], last[32];
	struct bytes count = node_text(a, "count");
	(void)short_time(node_text(a, "first"), first);
	(void)short_time(node_text(a, "last"), last);
	if (bytes_equal(count, BYTES_LIT("1")))
		return buf_printf(out, err, "  %-12s %s\n", "when", last);
	return buf_printf(out, err, "  %-12s %.*s times, from %s to %s\n", "when", (int)count.n,
			  (const char *)count.p, first, last);
}

/* From the eldest to the process itself, each a step further in. */
static int put_tree(struct buf *out, const struct node *tree, struct error *err)
{
	const struct node *process[64];
	size_t n = 0;
	for (const struct node *m = tree == NULL ? NULL : tree->first; m != NULL && n < 64;
	     m = m->next)
		process[n++] = m;
	if (n > 0 && buf_append_str(out, "\n  processes\n", err) < 0)
		return -1;
	for (size_t depth = 0; depth < n; depth++) {
		const struct node *p = process[n - 1 - depth];
		struct bytes line =
			first_of(node_text(p, "command_line"),
				 first_of(node_text(p, "executable"), node_text(p, "name")));
		if (buf_printf(out, err, "    %*s%s", (int)(2 * depth), "",
			       depth == 0 ? "" : "\\_ ") < 0 ||
		    put(out, "", node_text(p, "pid"), err) < 0 || put(out, " ", line, err) < 0 ||
		    buf_append_str(out, "\n", err) < 0)
			return -1;
	}
	return 0;
}

static int put_attack(struct buf *out, const struct node *a, struct error *err)
{
	cleanup_buf struct buf text = buf_max(KIB);
	struct bytes technique = node_text(a, "technique"), tactic = node_text(a, "tactic");
	if (technique.n == 0)
		return 0;
	if (buf_printf(&text, err, "%.*s, %.*s", (int)bytes_sub(technique, 0, 40).n,
		       (const char *)technique.p, (int)bytes_sub(tactic, 0, 80).n,
		       (const char *)tactic.p) < 0)
		return -1;
	return put_line(out, "ATT&CK", buf_view(&text), err);
}

static int put_alert(struct buf *out, const struct node *a, struct error *err)
{
	static const struct {
		const char *name, *member;
	} lines[] = {
		{ "rule", "rule" },
		{ "item", "rule_id" },
		{ "severity", "severity" },
		{ "outcome", "outcome" },
		{ "container", "container_id" },
		{ "name", "container_name" },
		{ "image", "image" },
		{ "namespace", "namespace" },
		{ "pod", "pod" },
		{ "object", "object" },
		{ "process", "process" },
		{ "state", "state" },
		{ "by", "user" },
		{ "note", "note" },
	};
	if (put(out, "", node_text(a, "id"), err) < 0 ||
	    put(out, "  ", node_text(a, "title"), err) < 0 ||
	    buf_append_str(out, "\n\n", err) < 0 || put_times(out, a, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		if (put_line(out, lines[i].name, node_text(a, lines[i].member), err) < 0)
			return -1;
	return put_attack(out, a, err);
}

static int print(FILE *out, const struct buf *text, struct error *err)
{
	if (fwrite(text->p, 1, text->n, out) < text->n)
		return error_errno(err, "cannot write");
	return 0;
}

int alert_print(const struct node *a, FILE *out, struct error *err)
{
	cleanup_buf struct buf text = buf_max(4 * MIB);
	if (put_alert(&text, a, err) < 0 || put_tree(&text, node_get(a, "tree"), err) < 0)
		return -1;
	return print(out, &text, err);
}

/* --- events ---------------------------------------------------------------------------------------- */

static int put_who(struct buf *out, const struct node *e, struct error *err)
{
	const struct node *process = node_get(e, "process");
	struct bytes where = first_of(deep(e, "orchestrator", "resource", "name"),
				      first_of(deep(e, "container", "name", NULL),
					       bytes_sub(deep(e, "container", "id", NULL), 0, 12)));
	if (put(out, "  ", first_of(where, deep(e, "host", "name", NULL)), err) < 0 ||
	    put(out, "  ", node_text(process, "name"), err) < 0 ||
	    put(out, "[", node_text(process, "pid"), err) < 0)
		return -1;
	return process == NULL ? 0 : buf_append_str(out, "]", err);
}

/* The arguments of a program that is executed; else a file, an address. */
static int put_what(struct buf *out, const struct node *e, struct error *err)
{
	const struct node *args = node_get(node_get(e, "process"), "args");
	const char *end = node_get(e, "destination") != NULL ? "destination" : "source";
	bool exec = bytes_equal(deep(e, "event", "action", NULL), BYTES_LIT("exec"));
	if (exec && args != NULL && args->first != NULL) {
		if (buf_append_str(out, " ", err) < 0)
			return -1;
		for (const struct node *m = args->first; m != NULL; m = m->next)
			if (put(out, " ", m->text, err) < 0)
				return -1;
		return 0;
	}
	if (put(out, "  ", deep(e, "file", "path", NULL), err) < 0 ||
	    put(out, "  ", deep(e, end, "ip", NULL), err) < 0 ||
	    put(out, " port ", deep(e, end, "port", NULL), err) < 0)
		return -1;
	return put(out, "  lost ", deep(e, "event", "lost", NULL), err);
}

static int put_event(struct buf *out, const struct node *e, struct error *err)
{
	char when[32];
	struct bytes time = node_text(e, "@timestamp");
	bool told = bytes_equal(deep(e, "event", "kind", NULL), BYTES_LIT("alert"));
	(void)short_time(time, when);
	if (buf_printf(out, err, "%s.%.*s  ", when, (int)bytes_sub(time, 20, 23).n,
		       (const char *)bytes_sub(time, 20, 23).p) < 0 ||
	    put(out, "", deep(e, "event", told ? "outcome" : "action", NULL), err) < 0 ||
	    put_who(out, e, err) < 0 || put_what(out, e, err) < 0)
		return -1;
	if (told && (put(out, "  ", deep(e, "rule", "id", NULL), err) < 0 ||
		     put(out, " ", deep(e, "threat", "technique", "id"), err) < 0 ||
		     put(out, " by ", deep(e, "event", "provider", NULL), err) < 0))
		return -1;
	return buf_append_str(out, "\n", err);
}

int event_print(const struct node *e, FILE *out, struct error *err)
{
	cleanup_buf struct buf text = buf_max(4 * MIB);
	return put_event(&text, e, err) < 0 ? -1 : print(out, &text, err);
}
