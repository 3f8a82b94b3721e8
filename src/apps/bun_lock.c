/* bun.lock: JSON with comments and trailing commas. "workspaces" says what the
 * project asks for, "packages" has for each folder of node_modules ("a", "a/b" for a
 * b that only a sees) an array: "name@version", then where from, what it needs, its
 * sum (bun's src/install/lockfile/bun.lock.zig). */
#include "apps/internal.h"

struct bun {
	struct app_text *t;
	struct map packages;
	struct map asked; /* names */
	struct app_reach reach;
	struct buf scratch; /* for app_join */
	size_t joined; /* bytes that went through it */
};

/* Folders in folders, the length of their names, and all bytes of names that are put
 * together to look one up: a project of 5,000 packages has seldom more than five
 * folders in each other and needs some megabytes. What is beyond is looked for at
 * the top. */
enum { NESTED_MAX = 16, FOLDER_MAX = 1024, JOINED_MAX = 128 * 1024 * 1024 };

/* --- JSON without its comforts ------------------------------------------------------- */

/* The place behind a string's end, which is no concern of ours if there is none. */
static size_t skip_string(struct bytes b, size_t at)
{
	for (at++; at < b.n && b.p[at] != '"'; at++)
		if (b.p[at] == '\\')
			at++;
	return at + 1;
}

/* Blanks over a comment at `at`, but not over its line ends; the place behind. */
static size_t blank_comment(uint8_t *p, size_t n, size_t at)
{
	bool block = p[at + 1] == '*';
	for (; at < n; at++) {
		bool end = block && p[at] == '*' && at + 1 < n && p[at + 1] == '/';
		if (p[at] == '\n' && !block)
			return at;
		if (p[at] != '\n')
			p[at] = ' ';
		if (end) {
			p[at + 1] = ' ';
			return at + 2;
		}
	}
	return at;
}

/* A copy where comments and trailing commas are blanks: lines stay where they are. */
static int plain_json(struct app_text *t, struct bytes *ret, struct error *err)
{
	struct bytes b = t->text;
	uint8_t *p = arena_alloc(&t->arena, b.n + 1);
	size_t comma = SIZE_MAX; /* the last one with nothing behind it */
	if (p == NULL)
		return error_set(err, ERR_LIMIT, "the file is larger than what is kept");
	if (b.n > 0)
		memcpy(p, b.p, b.n);
	*ret = bytes_of(p, b.n);
	for (size_t at = 0; at < b.n;) {
		uint8_t c = p[at];
		if (c == '/' && at + 1 < b.n && (p[at + 1] == '/' || p[at + 1] == '*')) {
			at = blank_comment(p, b.n, at);
			continue;
		}
		if ((c == '}' || c == ']') && comma != SIZE_MAX)
			p[comma] = ' ';
		if (c == ',')
			comma = at;
		else if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
			comma = SIZE_MAX;
		at = c == '"' ? skip_string(*ret, at) : at + 1;
	}
	return 0;
}

/* --- what needs what ------------------------------------------------------------------- */

/* As node looks for a module: in the folder's own modules, then one folder up. */
static int need_name(struct bun *b, struct bytes folder, struct bytes name, struct error *err)
{
	const struct node *n = NULL;
	if (folder.n > FOLDER_MAX || b->joined > JOINED_MAX)
		folder.n = 0;
	for (int i = 0; n == NULL && folder.n > 0 && i < NESTED_MAX; i++) {
		n = app_indexed(&b->packages, app_join(&b->scratch, folder, '/', name));
		b->joined += folder.n + name.n;
		folder = path_dir(folder);
	}
	if (n == NULL)
		n = app_indexed(&b->packages, name);
	return app_reach_push(&b->reach, n, err);
}

static int need(struct bun *b, struct bytes folder, const struct node *section, struct error *err)
{
	if (section == NULL || section->kind != NODE_MAP)
		return 0;
	for (const struct node *d = section->first; d != NULL; d = d->next)
		if (need_name(b, folder, d->key, err) < 0)
			return -1;
	return 0;
}

/* The item of a package's array that is a map: what it needs. */
static const struct node *package_facts(const struct node *package)
{
	const struct node *n = package->first;
	while (n != NULL && n->kind != NODE_MAP)
		n = n->next;
	return n;
}

static int follow(struct bun *b, const struct node *workspaces, struct error *err)
{
	static const char *const sections[] = { "dependencies", "optionalDependencies",
						"peerDependencies" };
	const struct node *n = workspaces == NULL ? NULL : workspaces->first;
	for (; n != NULL; n = n->next) {
		if (app_index(&b->asked, node_get(n, "devDependencies"), err) < 0)
			return -1;
		for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
			const struct node *s = node_get(n, sections[i]);
			if (app_index(&b->asked, s, err) < 0 ||
			    need(b, bytes_of(NULL, 0), s, err) < 0)
				return -1;
		}
	}
	while ((n = app_reach_next(&b->reach)) != NULL)
		for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
			if (need(b, n->key, node_get(package_facts(n), sections[i]), err) < 0)
				return -1;
	return 0;
}

/* --- packages --------------------------------------------------------------------------- */

static int add_package(struct bun *b, const struct node *n, struct error *err)
{
	struct bytes id = n->first == NULL ? bytes_of(NULL, 0) : n->first->text, version;
	struct app_record r = { .type = PKG_NPM, .line = n->line };
	ptrdiff_t at = bytes_index(bytes_sub(id, 1, id.n), '@');
	if (n->kind != NODE_LIST || at < 0) {
		app_skip(b->t, "line %u: an entry without name@version", n->line);
		return 0;
	}
	r.name = bytes_sub(id, 0, (size_t)at + 1);
	version = bytes_sub(id, (size_t)at + 2, id.n);
	if (bytes_starts_with(version, BYTES_LIT("workspace:")) ||
	    bytes_starts_with(version, BYTES_LIT("root:")) ||
	    bytes_starts_with(version, BYTES_LIT("link:")) ||
	    bytes_starts_with(version, BYTES_LIT("file:")))
		return 0;
	if (bytes_index(version, ':') < 0) /* else: where it was had from */
		r.version = version;
	r.dev = !app_reached(&b->reach, n);
	r.direct = map_get(&b->asked, n->key) != NULL;
	return app_add(b->t, &r, err);
}

static int read_packages(struct bun *b, const struct node *root, struct error *err)
{
	const struct node *packages = node_get(root, "packages");
	if (packages == NULL || packages->kind != NODE_MAP)
		return 0;
	if (app_index(&b->packages, packages, err) < 0 ||
	    follow(b, node_get(root, "workspaces"), err) < 0)
		return -1;
	for (const struct node *n = packages->first; n != NULL; n = n->next)
		if (add_package(b, n, err) < 0)
			return -1;
	return 0;
}

int app_read_bun_lock(struct app_text *t, struct error *err)
{
	struct bun b = { .t = t, .scratch = buf_max(APP_LOCK_MAX) };
	const struct node *root;
	struct bytes json = { 0 };
	if (bytes_equal(t->base, BYTES_LIT("bun.lockb")))
		return error_set(err, ERR_UNSUPPORTED,
				 "the binary lock file of bun is not read; `bun install "
				 "--save-text-lockfile` writes the one that is");
	if (plain_json(t, &json, err) < 0 || app_json_tree(json, &t->arena, &root, err) < 0)
		return -1;
	map_init(&b.packages);
	map_init(&b.asked);
	app_reach_init(&b.reach, &t->arena);
	int result = read_packages(&b, root, err);
	app_reach_free(&b.reach);
	buf_free(&b.scratch);
	map_free(&b.asked);
	map_free(&b.packages);
	return result;
}
