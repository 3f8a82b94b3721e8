/* pnpm-lock.yaml. Packages are keyed by name and version, in three ways:
 *
 *	5	/name/1.0.0, /name/1.0.0_peer@2.0.0
 *	6	/name@1.0.0, /name@1.0.0(peer@2.0.0)
 *	9	name@1.0.0 in "packages"; with peers in "snapshots"
 *
 * 5 and 6 mark what is only for development; in 9 that follows from what the
 * importers need (pnpm's lockfile/types). */
#include "apps/internal.h"

enum form { FORM_5 = 5, FORM_6 = 6, FORM_9 = 9 };

struct pnpm {
	struct app_text *t;
	enum form form;
	uint32_t line; /* lines before this document */
	struct app_lines lines; /* of it */
	struct map asked; /* "name@version" that importers name */
	struct map needed; /* … that are reached from what they need at run time */
	struct map snapshots;
	struct app_reach reach;
	struct buf scratch; /* for app_join */
};

/* --- names -------------------------------------------------------------------------- */

static struct bytes without_slash(struct bytes key)
{
	return key.n > 0 && key.p[0] == '/' ? bytes_sub(key, 1, key.n) : key;
}

static bool is_digit(struct bytes b)
{
	return b.n > 0 && b.p[0] >= '0' && b.p[0] <= '9';
}

/* [HOST/][@SCOPE/]NAME/VERSION[_PEERS] or, in the oldest, …/VERSION[/PEERS]. Names
 * have dots as hosts have, but behind a name comes the version. */
static bool split_path(struct bytes key, struct bytes *ret_name, struct bytes *ret_version)
{
	struct bytes first, rest, version, peers;
	if (app_cut(key, '/', &first, &rest) && bytes_index(first, '.') >= 0 && first.p[0] != '@' &&
	    !is_digit(rest))
		key = rest;
	rest = key;
	if (key.n > 0 && key.p[0] == '@' && !app_cut(key, '/', &first, &rest))
		return false;
	if (!app_cut(rest, '/', &first, &version) || first.n == 0)
		return false;
	*ret_name = bytes_sub(key, 0, (size_t)(first.p + first.n - key.p));
	(void)app_cut(version, '/', &version, &peers);
	(void)app_cut(version, '_', &version, &peers);
	*ret_version = version;
	return is_digit(version);
}

/* Name and version of a key, without the peers that it was resolved with. */
static bool split_key(enum form form, struct bytes key, struct bytes *ret_name,
		      struct bytes *ret_version)
{
	struct bytes rest;
	key = without_slash(key);
	if (form == FORM_5)
		return split_path(key, ret_name, ret_version);
	(void)app_cut(key, '(', &key, &rest);
	ptrdiff_t at = bytes_index(bytes_sub(key, 1, key.n), '@');
	if (at < 0)
		return false;
	*ret_name = bytes_sub(key, 0, (size_t)at + 1);
	*ret_version = bytes_sub(key, (size_t)at + 2, key.n);
	return true;
}

/* The key that a dependency NAME: VERSION names. An alias has the whole key for its
 * version. Empty for folders of the project. */
static struct bytes dependency_key(struct pnpm *p, struct bytes name, struct bytes version)
{
	struct bytes plain = version, rest;
	if (version.n == 0 || bytes_starts_with(version, BYTES_LIT("link:")) ||
	    bytes_starts_with(version, BYTES_LIT("file:")))
		return bytes_of(NULL, 0);
	(void)app_cut(version, '(', &plain, &rest);
	bool alias = !is_digit(version) && bytes_index(plain, p->form == FORM_9 ? '@' : '/') >= 0;
	if (alias)
		return without_slash(version);
	return app_join(&p->scratch, name, p->form == FORM_5 ? '/' : '@', version);
}

/* Marks "name@version" of a key in a set. */
static int mark(const struct pnpm *p, struct map *set, struct bytes key, struct error *err)
{
	struct buf copy = buf_max(APP_TEXT_MEMORY);
	struct bytes name, version;
	if (!split_key(p->form, key, &name, &version))
		return 0;
	struct bytes joined = app_join(&copy, name, '@', version);
	uint8_t *kept = arena_alloc(&p->t->arena, joined.n + 1); /* the map borrows it */
	if (kept != NULL && joined.n > 0)
		memcpy(kept, joined.p, joined.n);
	buf_free(&copy);
	if (kept == NULL || map_put(set, bytes_of(kept, joined.n), NULL) == NULL)
		return error_set(err, ERR_LIMIT, "the file has more dependencies than are kept");
	return 0;
}

static bool marked(struct pnpm *p, const struct map *set, struct bytes name, struct bytes version)
{
	return map_get(set, app_join(&p->scratch, name, '@', version)) != NULL;
}

/* --- what the importers need ----------------------------------------------------------- */

/* A version is a text, in importers from version 6 on a map with one. */
static struct bytes dependency_version(const struct node *d)
{
	return d->kind == NODE_MAP ? node_text(d, "version") : d->text;
}

/* Snapshots of a section "dependencies" to be visited; asked (may be NULL) is
 * marked with them. */
static int need(struct pnpm *p, const struct node *section, bool visit, struct map *asked,
		struct error *err)
{
	if (section == NULL || section->kind != NODE_MAP)
		return 0;
	for (const struct node *d = section->first; d != NULL; d = d->next) {
		struct bytes key = dependency_key(p, d->key, dependency_version(d));
		if (key.n == 0)
			continue;
		if (asked != NULL && mark(p, asked, key, err) < 0)
			return -1;
		if (visit && app_reach_push(&p->reach, app_indexed(&p->snapshots, key), err) < 0)
			return -1;
	}
	return 0;
}

static int need_importer(struct pnpm *p, const struct node *importer, struct error *err)
{
	if (need(p, node_get(importer, "dependencies"), true, &p->asked, err) < 0 ||
	    need(p, node_get(importer, "optionalDependencies"), true, &p->asked, err) < 0)
		return -1;
	return need(p, node_get(importer, "devDependencies"), false, &p->asked, err);
}

static int follow(struct pnpm *p, const struct node *root, struct error *err)
{
	const struct node *importers = node_get(root, "importers"), *s;
	if (app_index(&p->snapshots, node_get(root, "snapshots"), err) < 0)
		return -1;
	if (importers == NULL && need_importer(p, root, err) < 0)
		return -1;
	if (importers != NULL && importers->kind == NODE_MAP)
		for (const struct node *i = importers->first; i != NULL; i = i->next)
			if (need_importer(p, i, err) < 0)
				return -1;
	while ((s = app_reach_next(&p->reach)) != NULL)
		if (mark(p, &p->needed, s->key, err) < 0 ||
		    need(p, node_get(s, "dependencies"), true, NULL, err) < 0 ||
		    need(p, node_get(s, "optionalDependencies"), true, NULL, err) < 0)
			return -1;
	return 0;
}

/* --- packages --------------------------------------------------------------------------- */

/* A package that was had from elsewhere tells its name and version itself; else its
 * "version" is where that was, and none. */
static bool name_package(const struct pnpm *p, const struct node *n, struct app_record *r)
{
	if (!split_key(p->form, n->key, &r->name, &r->version))
		r->name = r->version = bytes_of(NULL, 0);
	if (bytes_starts_with(n->key, BYTES_LIT("file:")) ||
	    bytes_starts_with(r->version, BYTES_LIT("file:")) ||
	    bytes_starts_with(r->version, BYTES_LIT("link:")))
		return false;
	struct bytes name = node_text(n, "name"), version = node_text(n, "version");
	if (name.n > 0)
		r->name = name;
	if (version.n > 0)
		r->version = version;
	else if (bytes_index(r->version, ':') >= 0 || bytes_index(r->version, '/') >= 0)
		r->version = version;
	return true;
}

static int add_package(struct pnpm *p, const struct node *n, struct error *err)
{
	struct app_record r = { .type = PKG_NPM, .line = p->line + app_key_line(&p->lines, n) };
	struct bytes name, version;
	if (!name_package(p, n, &r))
		return 0;
	if (split_key(p->form, n->key, &name, &version)) {
		r.direct = marked(p, &p->asked, name, version);
		r.dev = p->form == FORM_9 && !marked(p, &p->needed, name, version);
	}
	r.dev = r.dev || node_bool(n, "dev", false);
	return app_add(p->t, &r, err);
}

static int read_packages(struct pnpm *p, const struct node *root, struct error *err)
{
	const struct node *packages = node_get(root, "packages");
	if (follow(p, root, err) < 0)
		return -1;
	if (packages == NULL || packages->kind != NODE_MAP)
		return 0;
	for (const struct node *n = packages->first; n != NULL; n = n->next)
		if (add_package(p, n, err) < 0)
			return -1;
	return 0;
}

static bool form_of(struct bytes version, enum form *ret)
{
	struct bytes major = version, rest;
	uint64_t number;
	(void)app_cut(version, '.', &major, &rest);
	if (!bytes_to_u64(major, &number))
		return false;
	*ret = number >= 9 ? FORM_9 : number >= 6 ? FORM_6 : FORM_5;
	return true;
}

static int read_document(struct app_text *t, struct bytes text, const struct node *root,
			 uint32_t line, struct error *err)
{
	struct pnpm p = {
		.t = t,
		.line = line,
		.lines = app_lines_of(text),
		.scratch = buf_max(APP_LOCK_MAX),
	};
	struct bytes version = node_text(root, "lockfileVersion");
	if (!form_of(version, &p.form))
		return error_set(err, ERR_MALFORMED, "a lock file of pnpm without lockfileVersion");
	map_init(&p.asked);
	map_init(&p.needed);
	map_init(&p.snapshots);
	app_reach_init(&p.reach, &t->arena);
	int result = read_packages(&p, root, err);
	app_reach_free(&p.reach);
	buf_free(&p.scratch);
	map_free(&p.snapshots);
	map_free(&p.needed);
	map_free(&p.asked);
	return result;
}

static uint32_t count_lines(struct bytes text)
{
	uint32_t n = 0;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

/* From pnpm 11 on a first document may lock pnpm itself: the one that an ordinary
 * lock file is stands behind it. */
enum { DOCUMENTS_MAX = 8 };

int app_read_pnpm_lock(struct app_text *t, struct error *err)
{
	struct bytes rest = t->text;
	uint32_t line = 0;
	for (int i = 0; i == 0 || bytes_trim(rest).n > 0; i++) {
		const struct node *root;
		struct bytes before = rest;
		if (i == DOCUMENTS_MAX)
			return error_set(err, ERR_LIMIT, "more than %d documents in one file", i);
		if (yaml_parse(before, &t->arena, &root, &rest, err) < 0 ||
		    read_document(t, before, root, line, err) < 0)
			return -1;
		line += count_lines(bytes_sub(before, 0, before.n - rest.n));
	}
	return 0;
}
