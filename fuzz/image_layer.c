/* Layers upon each other: bytes become entries, entries changes, changes a
 * tree; then paths are looked up in it. Lines of the input: a type letter, a
 * path, and behind a ">" a link's target; "=" starts the next layer, "?" looks
 * a path up. */
#include <stdlib.h>

#include "image/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHANGES_MAX = 512 };

struct state {
	struct interest interest;
	struct layer_reader *reader;
	struct image_tree *tree;
	struct layer_change changes[CHANGES_MAX];
	size_t n;
	uint32_t layer;
	struct arena arena;
};

static struct bytes keep(struct state *s, struct bytes b)
{
	char *copy = arena_cstr(&s->arena, b);
	return bytes_str(copy == NULL ? "" : copy);
}

static enum tar_type type_of(uint8_t letter)
{
	switch (letter) {
	case 'd':
		return TAR_DIR;
	case 'l':
		return TAR_SYMLINK;
	case 'h':
		return TAR_HARDLINK;
	case 'c':
		return TAR_CHAR;
	default:
		return TAR_FILE;
	}
}

static void add_entry(struct state *s, uint8_t letter, struct bytes line)
{
	struct error err = { 0 };
	struct layer_change c;
	struct bytes path = line;
	(void)bytes_next_field(&line, '>', &path);
	struct tar_entry e = { .type = type_of(letter), .path = path, .link = line };
	if (s->n == CHANGES_MAX || layer_reader_entry(s->reader, &e, &c, &err) <= 0)
		return;
	c.path = keep(s, c.path);
	c.target = keep(s, c.target);
	c.content = (uint32_t)s->n + 1;
	s->changes[s->n++] = c;
}

static void end_layer(struct state *s)
{
	struct error err = { 0 };
	(void)image_tree_apply(s->tree, s->changes, s->n, s->layer++, &err);
	s->n = 0;
	layer_reader_free(s->reader);
	s->reader = layer_reader_new(&s->interest);
}

static int on_node(void *ctx, const char *path, const struct tree_node *node, struct error *err)
{
	const struct tree_node *found;
	struct state *s = ctx;
	(void)err;
	/* What is visible and no link can be looked up by its own path. */
	enum tree_found how = image_tree_resolve(s->tree, NULL, bytes_str(path), NULL, &found);
	if (node->kind != CHANGE_SYMLINK && (how != TREE_FOUND || found != node))
		abort();
	return 0;
}

static void look_up(struct state *s, struct bytes path)
{
	const struct tree_node *node;
	cleanup_buf struct buf out = buf_max(MIB);
	(void)image_tree_resolve(s->tree, &s->interest, path, &out, &node);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	struct bytes rest = bytes_of(data, size), line;
	struct state *s = calloc(1, sizeof *s);
	interest_init(&s->interest);
	s->interest.all = size > 0 && data[0] == '*';
	(void)interest_add(&s->interest, BYTES_LIT("var/lib/dpkg/status"), &err);
	(void)interest_add(&s->interest, BYTES_LIT("var/lib/rpm/"), &err);
	s->arena = arena_max(16 * MIB);
	s->reader = layer_reader_new(&s->interest);
	s->tree = image_tree_new();
	while (bytes_next_field(&rest, '\n', &line)) {
		if (line.n == 0)
			continue;
		if (line.p[0] == '=')
			end_layer(s);
		else if (line.p[0] == '?')
			look_up(s, bytes_sub(line, 1, line.n));
		else
			add_entry(s, line.p[0], bytes_sub(line, 1, line.n));
	}
	end_layer(s);
	(void)image_tree_each(s->tree, on_node, s, &err);
	image_tree_free(s->tree);
	layer_reader_free(s->reader);
	interest_free(&s->interest);
	arena_free(&s->arena);
	free(s);
	return 0;
}
