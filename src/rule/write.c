#include <stdio.h>

#include "rule/internal.h"

/* Double-quoted YAML with JSON's escapes (YAML 1.2, 5.7): whatever the text, it
 * is read as that text. */
int rule_put_quoted(struct buf *out, const char *text, struct error *err)
{
	if (buf_append_str(out, "\"", err) < 0)
		return -1;
	for (; *text != '\0'; text++) {
		char c = *text;
		int r = c == '"' || c == '\\' ? buf_printf(out, err, "\\%c", c)
			: c == '\n'           ? buf_append_str(out, "\\n", err)
			: c == '\t'           ? buf_append_str(out, "\\t", err)
					      : buf_append(out, &c, 1, err);
		if (r < 0)
			return -1;
	}
	return buf_append_str(out, "\"", err);
}

static int put_text(struct buf *out, const char *key, const char *text, struct error *err)
{
	if (text == NULL || *text == '\0')
		return 0;
	if (buf_append_str(out, key, err) < 0 || rule_put_quoted(out, text, err) < 0)
		return -1;
	return buf_append_str(out, "\n", err);
}

static int put_list(struct buf *out, const char *key, const struct rule_list *l, struct error *err)
{
	if (l->count == 0)
		return 0;
	if (buf_append_str(out, key, err) < 0)
		return -1;
	for (size_t i = 0; i < l->count; i++)
		if (buf_append_str(out, i == 0 ? "[" : ", ", err) < 0 ||
		    rule_put_quoted(out, l->value[i], err) < 0)
			return -1;
	return buf_append_str(out, "]\n", err);
}

static int put_labels(struct buf *out, const struct rule_list *l, struct error *err)
{
	if (l->count == 0)
		return 0;
	if (buf_append_str(out, "    labels:\n", err) < 0)
		return -1;
	for (size_t i = 0; i < l->count; i++) {
		char key[RULE_TEXT_MOST];
		size_t n = strcspn(l->value[i], "=");
		(void)snprintf(key, sizeof key, "%.*s", (int)n, l->value[i]);
		if (buf_append_str(out, "      ", err) < 0 || rule_put_quoted(out, key, err) < 0 ||
		    buf_append_str(out, ": ", err) < 0 ||
		    rule_put_quoted(out, l->value[i] + n + 1, err) < 0 ||
		    buf_append_str(out, "\n", err) < 0)
			return -1;
	}
	return 0;
}

static int put_scope(struct buf *out, const struct rule_scope *s, struct error *err)
{
	if (s->host)
		return buf_append_str(out, "  scope:\n    host: true\n", err);
	if (s->clusters.count + s->namespaces.count + s->apps.count + s->images.count +
		    s->containers.count + s->labels.count ==
	    0)
		return 0;
	if (buf_append_str(out, "  scope:\n", err) < 0 ||
	    put_list(out, "    clusters: ", &s->clusters, err) < 0 ||
	    put_list(out, "    namespaces: ", &s->namespaces, err) < 0 ||
	    put_list(out, "    apps: ", &s->apps, err) < 0 ||
	    put_list(out, "    images: ", &s->images, err) < 0 ||
	    put_list(out, "    containers: ", &s->containers, err) < 0)
		return -1;
	return put_labels(out, &s->labels, err);
}

/* Every item with its action: what "all" was is no longer to be guessed when a
 * later version knows more items. */
static int put_items(struct buf *out, const struct rule *r, struct error *err)
{
	size_t count;
	const struct rule_item *items = rule_items(&count);
	if (buf_append_str(out, "    items:\n", err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		enum guard_action action = r->item_action[items[i].item];
		if ((r->items >> items[i].item & 1) != 0 &&
		    buf_printf(out, err, "      %s: %s\n", items[i].name,
			       rule_action_name(action)) < 0)
			return -1;
	}
	return 0;
}

static int put_file(struct buf *out, const struct rule_file_criteria *f, struct error *err)
{
	bool first = true;
	if (put_list(out, "    directories: ", &f->directories, err) < 0 ||
	    put_list(out, "    include: ", &f->include, err) < 0 ||
	    put_list(out, "    exclude: ", &f->exclude, err) < 0 ||
	    buf_append_str(out, "    operations: [", err) < 0)
		return -1;
	for (uint32_t op = 1; op <= FILE_OP_READ; op <<= 1)
		if ((f->ops & op) != 0) {
			if (buf_printf(out, err, "%s%s", first ? "" : ", ",
				       rule_file_op_name((enum guard_file_op)op)) < 0)
				return -1;
			first = false;
		}
	if (buf_append_str(out, "]\n", err) < 0)
		return -1;
	return put_text(out, "    restore_from: ", f->restore_from, err);
}

static int put_exceptions(struct buf *out, const struct rule_exceptions *e, struct error *err)
{
	if (e->paths.count + e->images.count + e->processes.count == 0)
		return 0;
	if (buf_append_str(out, "  exceptions:\n", err) < 0 ||
	    put_list(out, "    paths: ", &e->paths, err) < 0 ||
	    put_list(out, "    images: ", &e->images, err) < 0 ||
	    put_list(out, "    processes: ", &e->processes, err) < 0 ||
	    put_text(out, "    until: ", e->until, err) < 0 ||
	    put_text(out, "    reason: ", e->reason, err) < 0)
		return -1;
	return put_text(out, "    author: ", e->author, err);
}

int rule_write(const struct rule *r, struct buf *out, struct error *err)
{
	if (put_text(out, "- name: ", r->name, err) < 0 ||
	    put_text(out, "  description: ", r->description, err) < 0 ||
	    buf_printf(out, err, "  kind: %s\n  priority: %u\n  enabled: %s\n",
		       rule_kind_name(r->kind), r->priority, r->enabled ? "true" : "false") < 0 ||
	    put_scope(out, &r->scope, err) < 0 || buf_append_str(out, "  criteria:\n", err) < 0)
		return -1;
	int criteria = r->kind == RULE_FILE ? put_file(out, &r->file, err) : put_items(out, r, err);
	if (criteria < 0 || buf_printf(out, err, "  action: %s\n", rule_action_name(r->action)) < 0)
		return -1;
	return put_exceptions(out, &r->exceptions, err);
}
