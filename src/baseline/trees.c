/* Forms that are trees: YAML, JSON (which YAML holds), TOML. A value's key is its way
 * from the root: "security.authorization", of a list's items "hosts[]". */
#include "baseline/internal.h"

struct place {
	const struct node *node; /* the next one to look at */
	struct bytes path; /* of what it is in */
	uint32_t block;
	bool is_list;
};

struct walk {
	struct settings *s;
	struct place open[TREE_DEPTH_LIMIT + 1];
	size_t depth;
	bool commands; /* are also told flag by flag */
};

static struct bytes key_of(struct walk *w, const struct place *in, const struct node *n)
{
	if (in->is_list)
		return in->path;
	return settings_join(w->s, in->path, n->key, ".");
}

static void add_leaf(struct walk *w, const struct place *in, const struct node *n)
{
	struct setting one = { .key = key_of(w, in, n),
			       .value = n->text,
			       .line = n->line,
			       .last = n->line,
			       .block = in->block };
	if (n->kind != NODE_NULL)
		one.at = settings_value_at(w->s, n->line, n->key, n->text);
	(void)settings_add(w->s, &one);
}

static void open_node(struct walk *w, const struct place *in, const struct node *n)
{
	struct settings *s = w->s;
	bool is_list = n->kind == NODE_LIST;
	struct bytes path = key_of(w, in, n);
	struct setting head = {
		.key = path, .line = n->line, .last = n->line, .block = in->block, .opens = true
	};
	if (path.n > 0)
		(void)settings_add(s, &head);
	if (w->depth > TREE_DEPTH_LIMIT)
		return;
	if (is_list)
		path = settings_join(s, path, BYTES_LIT("[]"), "");
	w->open[w->depth++] = (struct place){ n->first, path, ++s->blocks, is_list };
}

/* --- what containers run ------------------------------------------------------------------ */

static void add_words(struct walk *w, struct command *c, const struct node *list)
{
	if (list == NULL)
		return;
	c->line = c->last = list->line;
	if (list->kind == NODE_STRING) {
		command_text(w->s, c, list->text);
		return;
	}
	for (const struct node *n = list->first; n != NULL; n = n->next) {
		c->line = c->last = n->line;
		if (n->kind == NODE_STRING)
			command_word(w->s, c, n->text,
				     settings_value_at(w->s, n->line, BYTES_LIT("-"), n->text));
	}
}

static void add_command(struct walk *w, const struct node *map)
{
	const struct node *command = node_get(map, "command"), *args = node_get(map, "args");
	struct command c = { .block = ++w->s->blocks, .one_line = true };
	if (command == NULL && args == NULL)
		return;
	if (command == NULL || command->count == 0)
		c.scope = node_text(map, "name");
	else if (command->first->text.n > 0 && command->first->text.p[0] == '-')
		c.scope = map->key; /* a service of a compose file */
	add_words(w, &c, command);
	add_words(w, &c, args);
	command_end(w->s, &c);
}

/* --- all of it ------------------------------------------------------------------------------ */

static void walk(struct walk *w, const struct node *top)
{
	struct place root = { .node = top };
	if (top->kind == NODE_MAP || top->kind == NODE_LIST)
		open_node(w, &root, top);
	while (w->depth > 0 && !w->s->cut) {
		struct place *in = &w->open[w->depth - 1];
		const struct node *n = in->node;
		if (n == NULL) {
			w->depth--;
			continue;
		}
		in->node = n->next;
		if (n->kind == NODE_MAP && w->commands)
			add_command(w, n);
		if (n->kind == NODE_MAP || n->kind == NODE_LIST)
			open_node(w, in, n);
		else
			add_leaf(w, in, n);
	}
}

static bool read_documents(struct settings *s, bool commands, const char **ret_why)
{
	const struct node *list;
	if (yaml_parse_all(s->text, &s->arena, &list, NULL) < 0) {
		*ret_why = "it is not YAML or JSON";
		return false;
	}
	for (const struct node *n = list->first; n != NULL; n = n->next) {
		struct walk w = { .s = s, .commands = commands };
		walk(&w, n);
	}
	return true;
}

bool read_yaml(const struct form *f, struct settings *s, const char **ret_why)
{
	(void)f;
	return read_documents(s, false, ret_why);
}

bool read_pod(const struct form *f, struct settings *s, const char **ret_why)
{
	(void)f;
	return read_documents(s, true, ret_why);
}

bool read_toml(const struct form *f, struct settings *s, const char **ret_why)
{
	struct walk w = { .s = s };
	const struct node *top;
	(void)f;
	if (toml_parse(s->text, &s->arena, &top, NULL) < 0) {
		*ret_why = "it is not TOML";
		return false;
	}
	walk(&w, top);
	return true;
}
