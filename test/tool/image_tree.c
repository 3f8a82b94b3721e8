/* The tree of an image's layers, for comparison with what a runtime unpacks.
 *
 * usage: image_tree LAYER.tar...   (lowest first, not compressed)
 *
 * Prints a line for every visible path but the root:
 *   d path-in-hex
 *   l path-in-hex target-in-hex
 *   f path-in-hex sha256-of-its-content
 *   o path-in-hex            (devices, fifos)
 *   ? path-in-hex            (a hard link to what the layers do not hold) */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "image/tree.h"

/* Contents are numbered from 1 in every layer; their sums stand in one list. */
struct contents {
	struct digest *sums;
	size_t n, cap;
};

struct layer {
	struct layer_reader *reader;
	struct layer_change *changes;
	size_t n, cap;
	struct contents contents;
	struct sha256 *sum;
	struct arena *arena;
};

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "image_tree: %s\n", what);
	exit(EXIT_FAILURE);
}

static void *grow(void *items, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return items;
	*cap = *cap == 0 ? 64 : *cap * 2;
	items = reallocarray(items, *cap, size);
	must(items != NULL, "no memory");
	return items;
}

static struct bytes keep(struct arena *a, struct bytes b)
{
	const char *copy = arena_cstr(a, b);
	must(copy != NULL, "no memory, or a NUL byte in a name");
	return bytes_str(copy);
}

static int on_entry(void *ctx, const struct tar_entry *e, struct error *err)
{
	struct layer *l = ctx;
	struct layer_change c;
	int matters = layer_reader_entry(l->reader, e, &c, err);
	if (matters <= 0)
		return matters < 0 ? -1 : TAR_SKIP;
	c.path = keep(l->arena, c.path);
	c.target = keep(l->arena, c.target);
	bool is_file = c.kind == CHANGE_FILE && e->type == TAR_FILE;
	if (is_file)
		c.content = (uint32_t)l->contents.n + 1;
	l->changes = grow(l->changes, l->n, &l->cap, sizeof *l->changes);
	l->changes[l->n++] = c;
	sha256_reset(l->sum);
	return is_file ? TAR_CONTENT : TAR_SKIP;
}

static int on_content(void *ctx, struct bytes piece, struct error *err)
{
	struct layer *l = ctx;
	(void)err;
	sha256_update(l->sum, piece.p, piece.n);
	return 0;
}

static int on_end(void *ctx, struct error *err)
{
	struct layer *l = ctx;
	struct contents *c = &l->contents;
	(void)err;
	c->sums = grow(c->sums, c->n, &c->cap, sizeof *c->sums);
	sha256_final(l->sum, &c->sums[c->n++]);
	return 0;
}

static void read_layer(struct layer *l, const char *path)
{
	struct error err = { 0 };
	static uint8_t piece[1 << 16];
	struct tar_reader *t = tar_reader_new((struct tar_sink){ on_entry, on_content, on_end, l });
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;
	must(fd >= 0 && t != NULL, path);
	while ((n = fd_read_full(fd, piece, sizeof piece)) > 0)
		must(tar_feed(t, bytes_of(piece, (size_t)n), &err) == 0, err.text);
	must(n == 0 && tar_finish(t, &err) == 0, err.text);
	tar_reader_free(t);
	(void)close(fd);
}

static void say_hex(struct bytes b)
{
	(void)putchar(' ');
	for (size_t i = 0; i < b.n; i++)
		(void)printf("%02x", b.p[i]);
}

static int say(void *ctx, const char *path, const struct tree_node *node, struct error *err)
{
	static const char letters[CHANGE_KINDS] = { 'f', 'h', 'l', 'd', 'o' };
	const struct contents *layers = ctx;
	(void)err;
	(void)putchar(node->unread ? '?' : letters[node->kind]);
	say_hex(bytes_str(path));
	if (node->kind == CHANGE_SYMLINK)
		say_hex(bytes_str(node->target));
	if (node->kind == CHANGE_FILE && node->content != 0)
		say_hex(bytes_of(layers[node->content_layer].sums[node->content - 1].sha256,
				 SHA256_SIZE));
	(void)putchar('\n');
	return 0;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	struct interest everything;
	struct arena arena = arena_max(4 * GIB);
	struct contents *layers = calloc((size_t)argc, sizeof *layers);
	struct image_tree *tree = image_tree_new();
	interest_init(&everything);
	everything.all = true;
	must(layers != NULL && tree != NULL, "no memory");
	for (int i = 1; i < argc; i++) {
		struct layer l = { .reader = layer_reader_new(&everything),
				   .sum = sha256_new(),
				   .arena = &arena };
		must(l.reader != NULL, "no memory");
		read_layer(&l, argv[i]);
		must(image_tree_apply(tree, l.changes, l.n, (uint32_t)(i - 1), &err) == 0,
		     err.text);
		layers[i - 1] = l.contents;
		layer_reader_free(l.reader);
		sha256_free(l.sum);
		free(l.changes);
	}
	must(image_tree_each(tree, say, layers, &err) == 0, err.text);
	for (int i = 1; i < argc; i++)
		free(layers[i - 1].sums);
	free(layers);
	image_tree_free(tree);
	arena_free(&arena);
	interest_free(&everything);
	return EXIT_SUCCESS;
}
