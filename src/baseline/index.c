#include "baseline/index.h"

#include <stdlib.h>

void path_index_init(struct path_index *x)
{
	*x = (struct path_index){ 0 };
	map_init(&x->names);
	map_init(&x->extensions);
	map_init(&x->folders);
}

void path_index_free(struct path_index *x)
{
	map_free(&x->names);
	map_free(&x->extensions);
	map_free(&x->folders);
	free(x->links);
}

static bool is_literal(struct bytes b)
{
	return bytes_index(b, '*') < 0 && bytes_index(b, '?') < 0;
}

/* From the last dot on; empty when there is none. */
static struct bytes extension_of(struct bytes name)
{
	for (size_t i = name.n; i-- > 0;)
		if (name.p[i] == '.')
			return bytes_sub(name, i, name.n);
	return bytes_of(NULL, 0);
}

/* Where the chain of the globs of this kind begins. */
static int chain_of(struct path_index *x, struct bytes glob, uint64_t **ret, struct error *err)
{
	struct bytes base = path_base(glob), extension = extension_of(base);
	struct map *in = NULL;
	struct bytes key = { 0 };
	if (is_literal(base)) {
		in = &x->names;
		key = base;
	} else if (is_literal(path_dir(glob)) && !bytes_equal(base, BYTES_LIT("**"))) {
		in = &x->folders;
		key = path_dir(glob);
	} else if (extension.n > 0 && is_literal(extension)) {
		in = &x->extensions;
		key = extension;
	}
	*ret = in == NULL ? NULL : map_put(in, key, NULL);
	if (in != NULL && *ret == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the rules");
	return 0;
}

int path_index_add(struct path_index *x, struct bytes glob, uint32_t rule, struct error *err)
{
	uint64_t *chain;
	if (x->n == x->cap) {
		size_t more = x->cap == 0 ? 256 : x->cap * 2;
		struct index_link *links = reallocarray(x->links, more, sizeof *links);
		if (links == NULL)
			return error_set(err, ERR_MEMORY, "no memory for the rules");
		x->links = links;
		x->cap = more;
	}
	if (chain_of(x, glob, &chain, err) < 0)
		return -1;
	x->links[x->n] = (struct index_link){ .rule = rule, .glob = glob };
	x->links[x->n].next = chain == NULL ? x->loose : (uint32_t)*chain;
	x->n++;
	if (chain == NULL)
		x->loose = (uint32_t)x->n;
	else
		*chain = x->n;
	return 0;
}

static void ask_chain(const struct path_index *x, uint64_t link, struct bytes path,
		      void (*found)(void *ctx, uint32_t rule), void *ctx)
{
	for (; link != 0; link = x->links[link - 1].next)
		if (base_glob(x->links[link - 1].glob, path, GLOB_PATH, false))
			found(ctx, x->links[link - 1].rule);
}

void path_index_ask(const struct path_index *x, struct bytes path,
		    void (*found)(void *ctx, uint32_t rule), void *ctx)
{
	struct bytes base = path_base(path), extension = extension_of(base);
	const uint64_t *link = map_get(&x->names, base);
	if (link != NULL)
		ask_chain(x, *link, path, found, ctx);
	link = extension.n == 0 ? NULL : map_get(&x->extensions, extension);
	if (link != NULL)
		ask_chain(x, *link, path, found, ctx);
	link = map_get(&x->folders, path_dir(path));
	if (link != NULL)
		ask_chain(x, *link, path, found, ctx);
	ask_chain(x, x->loose, path, found, ctx);
}
