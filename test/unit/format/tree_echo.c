/* Writes what the readers of TOML and YAML read, so that another parser can
 * compare.
 *
 * usage: tree_echo toml|yaml|yaml-all. Input: documents, each as a u32le length
 * and its bytes. Output, a line each: "E code text" or "V " and the document
 * with its kinds made plain: a map is ["o", key, value, …], a list ["a", …], a
 * string "$text", a number "#literal"; true, false and null are themselves. */
#include <stdio.h>
#include <stdlib.h>

#include "format/json.h"
#include "format/tree.h"

static void tagged(struct json_writer *w, char tag, struct bytes b)
{
	cleanup_buf struct buf text = buf_max(b.n + 1);
	if (buf_append(&text, &tag, 1, NULL) < 0 || buf_append(&text, b.p, b.n, NULL) < 0)
		abort();
	json_string_bytes(w, buf_view(&text));
}

/* True when it is a container, whose end is still to be written. */
static bool echo_node(const struct node *n, struct json_writer *w)
{
	switch (n->kind) {
	case NODE_LIST:
	case NODE_MAP:
		json_array_begin(w);
		json_string(w, n->kind == NODE_MAP ? "o" : "a");
		return true;
	case NODE_BOOL:
		json_bool(w, n->text.p[0] == 't');
		return false;
	case NODE_NULL:
		json_null(w);
		return false;
	default:
		tagged(w, n->kind == NODE_STRING ? '$' : '#', n->text);
		return false;
	}
}

static void echo(const struct node *n, struct json_writer *w)
{
	const struct node *left[TREE_DEPTH_LIMIT + 2]; /* members still to come */
	bool maps[TREE_DEPTH_LIMIT + 2];
	size_t depth = 0;
	for (;;) {
		if (echo_node(n, w)) {
			if (depth == sizeof left / sizeof *left)
				abort();
			maps[depth] = n->kind == NODE_MAP;
			left[depth++] = n->first;
		}
		while (depth > 0 && left[depth - 1] == NULL) {
			json_array_end(w);
			depth--;
		}
		if (depth == 0)
			return;
		n = left[depth - 1];
		left[depth - 1] = n->next;
		if (maps[depth - 1])
			json_string_bytes(w, n->key);
	}
}

static void document(struct bytes text, const char *language)
{
	cleanup_arena struct arena arena = arena_max(1 * GIB);
	struct error err = { 0 };
	const struct node *root = NULL;
	struct bytes rest;
	int r;
	if (strcmp(language, "toml") == 0)
		r = toml_parse(text, &arena, &root, &err);
	else if (strcmp(language, "yaml") == 0)
		r = yaml_parse(text, &arena, &root, &rest, &err);
	else
		r = yaml_parse_all(text, &arena, &root, &err);
	if (r < 0) {
		(void)printf("E %s %s\n", error_code_name(err.code), err.text);
		return;
	}
	struct json_writer w;
	json_write_init(&w, stdout, false);
	(void)printf("V ");
	echo(root, &w);
	(void)printf("\n");
}

int main(int argc, char **argv)
{
	cleanup_buf struct buf all = buf_max(1 * GIB);
	struct error err;
	if (argc != 2 || fd_read_all(STDIN_FILENO, &all, &err) < 0)
		return EXIT_FAILURE;
	struct cursor c = cursor_of(buf_view(&all));
	while (cursor_left(&c) > 0)
		document(cursor_take(&c, cursor_le32(&c)), argv[1]);
	return c.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
