/* The blob: tables, and two Vectorscan databases of the patterns in them. */
#include "base/keep.h"
#include "secret/compiler.h"
#include "secret/internal.h"

enum {
	/* A match of a pattern without bound is looked for in this much before its end. */
	BACK_MOST = 16 * 1024,
	/* Patterns that must be loosened before a set is given up. */
	RETRIES = 64,
};

/* Expressions as hs_compile_multi wants them. */
struct expressions {
	const char **text;
	unsigned *flags, *ids;
	uint32_t *patterns; /* where they come from in the pattern table */
	unsigned n;
};

struct builder {
	const struct secret_rules *r;
	struct tables t;
	struct arena arena;
	struct hs_compiler hs;
	struct error *err;
};

static struct blob_pattern *pattern_at(struct builder *b, uint32_t i)
{
	return (struct blob_pattern *)(void *)b->t.patterns.p + i;
}

static const char *pattern_text(struct builder *b, uint32_t i)
{
	const struct blob_string *s =
		(const struct blob_string *)(const void *)b->t.strings.p + pattern_at(b, i)->text;
	return arena_cstr(&b->arena, bytes_of(b->t.string_bytes.p + s->at, s->n));
}

/* --- patterns -------------------------------------------------------------------------- */

/* Whether PCRE2 takes a pattern, how wide its matches are, and with which flags
 * Vectorscan takes it: with HS_FLAG_PREFILTER it finds more than it should. */
static int measure(struct builder *b, uint32_t i, const char *text, const char *search,
		   unsigned *ret_flags)
{
	hs_expr_info_t *info = NULL;
	hs_compile_error_t *error = NULL;
	struct blob_pattern *p = pattern_at(b, i);
	if (pattern_check(text, b->err) < 0)
		return -1;
	*ret_flags = HS_FLAG_ALLOWEMPTY;
	if (b->hs.expression_info(search, *ret_flags, &info, &error) != HS_SUCCESS) {
		(void)b->hs.free_compile_error(error);
		error = NULL;
		p->loose = 1;
		*ret_flags |= HS_FLAG_PREFILTER;
		if (b->hs.expression_info(search, *ret_flags, &info, &error) != HS_SUCCESS) {
			(void)error_set(b->err, ERR_UNSUPPORTED, "%s", error->message);
			(void)b->hs.free_compile_error(error);
			return -1;
		}
	}
	free(info);
	info = NULL;
	/* The width of all of it, not of what is searched for. */
	p->back = BACK_MOST;
	if (b->hs.expression_info(text, *ret_flags, &info, &error) == HS_SUCCESS && p->loose == 0 &&
	    info->max_width < BACK_MOST)
		p->back = info->max_width;
	free(info);
	(void)b->hs.free_compile_error(error);
	return 0;
}

static int expressions_alloc(struct builder *b, struct expressions *x, size_t n)
{
	x->text = arena_array(&b->arena, n + 1, sizeof *x->text);
	x->flags = arena_array(&b->arena, n + 1, sizeof *x->flags);
	x->ids = arena_array(&b->arena, n + 1, sizeof *x->ids);
	x->patterns = arena_array(&b->arena, n + 1, sizeof *x->patterns);
	if (x->text == NULL || x->flags == NULL || x->ids == NULL || x->patterns == NULL)
		return error_set(b->err, ERR_MEMORY, "no memory for the secret rules");
	return 0;
}

/* What Vectorscan searches for; the core is for PCRE2. NULL: no memory. */
static const char *search_form(struct builder *b, uint32_t pattern, const char *text)
{
	uint32_t lead, number;
	const char *core = pattern_core(&b->arena, text, &lead);
	if (core == NULL || tables_string(&b->t, bytes_str(core), &number, b->err) < 0)
		return NULL;
	pattern_at(b, pattern)->core = number;
	pattern_at(b, pattern)->lead = lead;
	return pattern_for_search(&b->arena, core);
}

static int expressions_add(struct builder *b, struct expressions *x, uint32_t pattern, unsigned id,
			   bool whole)
{
	const char *text = pattern_text(b, pattern), *search = text;
	if (text != NULL && !whole)
		search = search_form(b, pattern, text);
	if (search == NULL)
		return error_set(b->err, ERR_MEMORY, "no memory for the secret rules");
	if (measure(b, pattern, text, search, &x->flags[x->n]) < 0)
		return -1;
	if (whole)
		x->flags[x->n] |= HS_FLAG_SINGLEMATCH;
	x->text[x->n] = search;
	x->ids[x->n] = id;
	x->patterns[x->n++] = pattern;
	return 0;
}

/* --- databases ------------------------------------------------------------------------------ */

/* Patterns that turn out to be too large are loosened, one after the other. */
static int database_compile(struct builder *b, struct expressions *x, hs_database_t **ret)
{
	for (int i = 0; i < RETRIES; i++) {
		hs_compile_error_t *error = NULL;
		if (b->hs.compile_multi(x->text, x->flags, x->ids, x->n, HS_MODE_BLOCK, NULL, ret,
					&error) == HS_SUCCESS)
			return 0;
		int bad = error->expression;
		if (bad < 0 || (x->flags[bad] & HS_FLAG_PREFILTER) != 0) {
			(void)error_set(b->err, ERR_UNSUPPORTED,
					"the secret rules cannot be compiled: %s: %s",
					bad < 0 ? "all together" : x->text[bad], error->message);
			(void)b->hs.free_compile_error(error);
			return -1;
		}
		(void)b->hs.free_compile_error(error);
		x->flags[bad] |= HS_FLAG_PREFILTER;
		pattern_at(b, x->patterns[bad])->loose = 1;
		pattern_at(b, x->patterns[bad])->back = BACK_MOST;
	}
	return error_set(b->err, ERR_UNSUPPORTED, "too many secret rules have large expressions");
}

static int database_bytes(struct builder *b, struct expressions *x, struct buf *out)
{
	hs_database_t *db = NULL;
	char *bytes = NULL;
	size_t n = 0;
	if (x->n == 0)
		return 0;
	if (database_compile(b, x, &db) < 0)
		return -1;
	hs_error_t r = hs_serialize_database(db, &bytes, &n);
	(void)hs_free_database(db);
	if (r != HS_SUCCESS)
		return error_set(b->err, ERR_MEMORY, "no memory for the compiled secret rules");
	int result = buf_append(out, bytes, n, b->err);
	free(bytes);
	return result;
}

static int content_database(struct builder *b, struct buf *out)
{
	struct expressions x = { 0 };
	const struct blob_rule *rules = (const void *)b->t.rules.p;
	size_t n = b->t.rules.n / sizeof *rules;
	if (expressions_alloc(b, &x, n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct secret_rule_info *info = &b->r->rules[i]->info;
		if (rules[i].pattern != NO_PATTERN &&
		    expressions_add(b, &x, rules[i].pattern, (unsigned)i, false) < 0)
			return error_wrap(b->err, "%s:%u: the regex of %s", info->origin,
					  info->line, info->id);
	}
	return database_bytes(b, &x, out);
}

static int path_database(struct builder *b, struct buf *out)
{
	struct expressions x = { 0 };
	const struct blob_path *paths = (const void *)b->t.paths.p;
	size_t n = b->t.paths.n / sizeof *paths;
	if (expressions_alloc(b, &x, n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (expressions_add(b, &x, paths[i].pattern, (unsigned)i, true) < 0)
			return error_wrap(b->err, "the expression for paths \"%s\"",
					  pattern_text(b, paths[i].pattern));
	return database_bytes(b, &x, out);
}

/* Patterns of allow-lists are only for PCRE2. */
static int check_allows(struct builder *b)
{
	const struct blob_allow *allows = (const void *)b->t.allows.p;
	const uint32_t *index = (const void *)b->t.index.p;
	for (size_t i = 0; i < b->t.allows.n / sizeof *allows; i++)
		for (uint32_t k = 0; k < allows[i].patterns.n; k++) {
			const char *text = pattern_text(b, index[allows[i].patterns.first + k]);
			if (text == NULL)
				return error_set(b->err, ERR_MEMORY,
						 "no memory for the secret rules");
			if (pattern_check(text, b->err) < 0)
				return error_wrap(b->err, "the expression \"%s\" of an allow-list",
						  text);
		}
	return 0;
}

/* --- the blob -------------------------------------------------------------------------------- */

static int put_part(struct buf *out, const struct buf *part, struct blob_span *ret,
		    struct error *err)
{
	static const uint8_t zero[8] = { 0 };
	if (buf_append(out, zero, (8 - out->n % 8) % 8, err) < 0)
		return -1;
	*ret = (struct blob_span){ .at = out->n, .n = part->n };
	return part->n == 0 ? 0 : buf_append(out, part->p, part->n, err);
}

static int put_all(struct builder *b, const struct buf *content, const struct buf *paths,
		   struct buf *out)
{
	static const uint8_t zero[8] = { 0 };
	struct blob_header h = { .engine_version = SECRET_ENGINE_VERSION, .rules = b->r->digest };
	memcpy(h.magic, BLOB_MAGIC, sizeof h.magic);
	if (buf_append(out, &h, sizeof h, b->err) < 0 ||
	    put_part(out, &b->t.rules, &h.rule_table, b->err) < 0 ||
	    put_part(out, &b->t.patterns, &h.pattern_table, b->err) < 0 ||
	    put_part(out, &b->t.allows, &h.allow_table, b->err) < 0 ||
	    put_part(out, &b->t.paths, &h.path_table, b->err) < 0 ||
	    put_part(out, &b->t.index, &h.index_table, b->err) < 0 ||
	    put_part(out, &b->t.strings, &h.string_table, b->err) < 0 ||
	    put_part(out, &b->t.string_bytes, &h.string_bytes, b->err) < 0 ||
	    put_part(out, content, &h.content_db, b->err) < 0 ||
	    put_part(out, paths, &h.path_db, b->err) < 0 ||
	    buf_append(out, zero, (8 - out->n % 8) % 8, b->err) < 0)
		return -1;
	h.size = out->n + SHA256_SIZE;
	memcpy(out->p, &h, sizeof h);
	return keep_seal(out, b->err);
}

int blob_build(const struct secret_rules *r, struct buf *out, struct error *err)
{
	struct builder b = { .r = r, .arena = arena_max(LIMIT_SECRET_BLOB), .err = err };
	cleanup_buf struct buf content = buf_max(LIMIT_SECRET_BLOB);
	cleanup_buf struct buf paths = buf_max(LIMIT_SECRET_BLOB);
	int result = hs_compiler_load(&b.hs, err);
	if (result == 0)
		result = tables_build(r, &b.t, err);
	if (result == 0 &&
	    (check_allows(&b) < 0 || content_database(&b, &content) < 0 ||
	     path_database(&b, &paths) < 0 || put_all(&b, &content, &paths, out) < 0))
		result = -1;
	hs_compiler_unload(&b.hs);
	tables_free(&b.t);
	arena_free(&b.arena);
	return result;
}
