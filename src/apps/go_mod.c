/* go.mod (The Go Modules Reference, "go.mod files"): what a module requires, after
 * its own replacements. Since Go 1.17 all modules that a build needs are listed. */
#include "apps/internal.h"

struct replacement {
	struct bytes to, version; /* no version: a folder */
};

struct go_mod {
	struct app_text *t;
	struct bytes block; /* the directive of "require (" … ")"; empty outside */
	struct map replaced; /* "path" or "path version" -> place in replacements */
	struct replacement *replacements;
	size_t n, cap;
	struct buf scratch; /* for app_join */
	bool has_module; /* every go.mod says which it is */
	bool replace_pass; /* replacements may stand behind what they replace */
};

/* The next word: blanks around it, quotes ("…", `…`) off. */
static struct bytes take_word(struct bytes *rest)
{
	size_t n = 0;
	*rest = bytes_trim(*rest);
	uint8_t quote = rest->n > 0 && (rest->p[0] == '"' || rest->p[0] == '`') ? rest->p[0] : 0;
	if (quote != 0) {
		struct bytes word = { 0 };
		*rest = bytes_sub(*rest, 1, rest->n);
		if (!app_cut(*rest, quote, &word, rest))
			*rest = bytes_of(NULL, 0);
		return word;
	}
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	struct bytes word = bytes_sub(*rest, 0, n);
	*rest = bytes_sub(*rest, n, rest->n);
	return word;
}

/* --- replace OLD [VERSION] => NEW [VERSION] ------------------------------------------- */

static struct replacement *new_replacement(struct go_mod *g, struct error *err)
{
	size_t cap = g->cap == 0 ? 16 : 2 * g->cap, size;
	if (g->n == g->cap) {
		struct replacement *more = NULL;
		if (!checked_mul(cap, sizeof *more, &size))
			more = realloc(g->replacements, size);
		if (more == NULL) {
			(void)error_set(err, ERR_MEMORY, "no memory for %zu replacements", cap);
			return NULL;
		}
		g->replacements = more;
		g->cap = cap;
	}
	return &g->replacements[g->n++];
}

/* "path version" in the arena, since the map borrows it; "path" without a version. */
static struct bytes replaced_key(struct go_mod *g, struct bytes path, struct bytes version)
{
	const char *key =
		arena_printf(&g->t->arena, "%.*s%s%.*s", (int)path.n, (const char *)path.p,
			     version.n > 0 ? " " : "", (int)version.n, (const char *)version.p);
	return bytes_str(key);
}

static int replace(struct go_mod *g, struct bytes line, struct error *err)
{
	struct bytes path = take_word(&line), word = take_word(&line), version = { 0 };
	if (!bytes_equal(word, BYTES_LIT("=>"))) {
		version = word;
		word = take_word(&line);
	}
	struct bytes to = take_word(&line);
	if (!bytes_equal(word, BYTES_LIT("=>")) || path.n == 0 || to.n == 0)
		return 0;
	struct replacement *r = new_replacement(g, err);
	uint64_t *place = map_put(&g->replaced, replaced_key(g, path, version), NULL);
	if (place == NULL || r == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the replacements");
	*r = (struct replacement){ .to = to, .version = take_word(&line) };
	*place = g->n - 1;
	return 0;
}

/* --- require PATH VERSION ---------------------------------------------------------------- */

/* One for this version goes before one for every. False when a folder stands in
 * for the module. */
static bool follow_replacement(struct go_mod *g, struct app_record *r)
{
	const uint64_t *place =
		map_get(&g->replaced, app_join(&g->scratch, r->name, ' ', r->version));
	if (place == NULL)
		place = map_get(&g->replaced, r->name);
	if (place == NULL)
		return true;
	r->name = g->replacements[*place].to;
	r->version = g->replacements[*place].version;
	return r->version.n > 0;
}

static int require(struct go_mod *g, struct bytes line, bool indirect, uint32_t number,
		   struct error *err)
{
	struct app_record r = { .type = PKG_GOLANG, .line = number, .direct = !indirect };
	r.name = take_word(&line);
	r.version = take_word(&line);
	if (r.version.n == 0 || bytes_trim(line).n > 0) {
		app_skip(g->t, "line %u: a requirement that is not PATH VERSION", number);
		return 0;
	}
	return follow_replacement(g, &r) ? app_add(g->t, &r, err) : 0;
}

/* The standard library is that of the tool chain; the go directive is only the
 * least that will do. */
static int toolchain(struct go_mod *g, struct bytes line, uint32_t number, struct error *err)
{
	struct bytes word = take_word(&line);
	struct app_record r = {
		.type = PKG_GOLANG, .name = BYTES_LIT("stdlib"), .line = number, .direct = true
	};
	if (!bytes_starts_with(word, BYTES_LIT("go1")))
		return 0; /* "default", "local" */
	r.version = bytes_sub(word, 2, word.n);
	return app_add(g->t, &r, err);
}

static int directive(struct go_mod *g, struct bytes verb, struct bytes line, bool indirect,
		     uint32_t number, struct error *err)
{
	if (bytes_equal(verb, BYTES_LIT("module")))
		g->has_module = true;
	if (g->replace_pass)
		return bytes_equal(verb, BYTES_LIT("replace")) ? replace(g, line, err) : 0;
	if (bytes_equal(verb, BYTES_LIT("require")))
		return require(g, line, indirect, number, err);
	if (bytes_equal(verb, BYTES_LIT("toolchain")))
		return toolchain(g, line, number, err);
	return 0;
}

static int read_line(struct go_mod *g, struct bytes line, uint32_t number, struct error *err)
{
	ptrdiff_t comment = app_find(line, BYTES_LIT("//"));
	struct bytes remark = { 0 };
	if (comment >= 0) {
		remark = bytes_trim(bytes_sub(line, (size_t)comment + 2, line.n));
		line = bytes_sub(line, 0, (size_t)comment);
	}
	bool indirect = bytes_equal(remark, BYTES_LIT("indirect")) ||
			bytes_starts_with(remark, BYTES_LIT("indirect;"));
	line = bytes_trim(line);
	if (line.n == 0)
		return 0;
	if (g->block.n > 0) {
		if (line.p[0] == ')') {
			g->block.n = 0;
			return 0;
		}
		return directive(g, g->block, line, indirect, number, err);
	}
	struct bytes verb = take_word(&line);
	line = bytes_trim(line);
	if (bytes_equal(line, BYTES_LIT("("))) {
		g->block = verb;
		return 0;
	}
	return directive(g, verb, line, indirect, number, err);
}

static int read_pass(struct go_mod *g, bool replace_pass, struct error *err)
{
	struct app_lines lines = app_lines_of(g->t->text);
	struct bytes line;
	g->replace_pass = replace_pass;
	g->block.n = 0;
	while (app_next_line(&lines, &line))
		if (read_line(g, line, lines.number, err) < 0)
			return -1;
	return 0;
}

int app_read_go_mod(struct app_text *t, struct error *err)
{
	struct go_mod g = { .t = t, .scratch = buf_max(APP_MANIFEST_MAX) };
	map_init(&g.replaced);
	int result = read_pass(&g, true, err);
	if (result == 0)
		result = read_pass(&g, false, err);
	if (result == 0 && !g.has_module)
		result = error_set(err, ERR_MALFORMED, "a go.mod that names no module");
	buf_free(&g.scratch);
	map_free(&g.replaced);
	free(g.replacements);
	return result;
}
