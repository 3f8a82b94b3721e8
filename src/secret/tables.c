/* From rules to the blob's tables. */
#include "secret/internal.h"

void tables_free(struct tables *t)
{
	struct buf *bufs[] = { &t->rules, &t->patterns, &t->allows,      &t->paths,
			       &t->index, &t->strings,  &t->string_bytes };
	for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++)
		buf_free(bufs[i]);
	map_free(&t->string_numbers);
	arena_free(&t->keys);
}

static void tables_init(struct tables *t)
{
	*t = (struct tables){ 0 };
	struct buf *bufs[] = { &t->rules, &t->patterns, &t->allows,      &t->paths,
			       &t->index, &t->strings,  &t->string_bytes };
	for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++)
		*bufs[i] = buf_max(LIMIT_SECRET_BLOB);
	map_init(&t->string_numbers);
	t->keys = arena_max(LIMIT_SECRET_BLOB);
}

/* --- numbers ----------------------------------------------------------------------------- */

int tables_string(struct tables *t, struct bytes text, uint32_t *ret, struct error *err)
{
	bool new;
	uint8_t *copy = arena_alloc(&t->keys, text.n + 1);
	if (copy == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the secret rules");
	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	uint64_t *number = map_put(&t->string_numbers, bytes_of(copy, text.n), &new);
	if (number == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the secret rules");
	if (new) {
		struct blob_string s = { .at = (uint32_t)t->string_bytes.n, .n = (uint32_t)text.n };
		*number = t->strings.n / sizeof s;
		if (buf_append(&t->strings, &s, sizeof s, err) < 0 ||
		    buf_append(&t->string_bytes, text.p, text.n, err) < 0)
			return -1;
	}
	*ret = (uint32_t)*number;
	return 0;
}

static int add_pattern(struct tables *t, const char *text, uint32_t *ret, struct error *err)
{
	struct blob_pattern p = { 0 };
	*ret = (uint32_t)(t->patterns.n / sizeof p);
	if (tables_string(t, bytes_str(text), &p.text, err) < 0)
		return -1;
	p.core = p.text;
	return buf_append(&t->patterns, &p, sizeof p, err);
}

static int add_path(struct tables *t, const char *text, uint32_t rule, bool skips, uint32_t *ret,
		    struct error *err)
{
	struct blob_path p = { .rule = rule, .skips_file = skips };
	*ret = (uint32_t)(t->paths.n / sizeof p);
	if (add_pattern(t, text, &p.pattern, err) < 0)
		return -1;
	return buf_append(&t->paths, &p, sizeof p, err);
}

enum word_kind { WORD_STRING, WORD_PATTERN, WORD_PATH, WORD_PATH_SKIPS };

/* A run of the index table; the numbers are gathered first, because adding one adds
 * nothing to the index itself. */
static int add_words(struct tables *t, const struct words *w, enum word_kind kind,
		     struct blob_run *ret, struct error *err)
{
	ret->first = (uint32_t)(t->index.n / sizeof(uint32_t));
	ret->n = (uint32_t)w->n;
	for (size_t i = 0; i < w->n; i++) {
		uint32_t number;
		int r = kind == WORD_STRING    ? tables_string(t, bytes_str(w->p[i]), &number, err)
			: kind == WORD_PATTERN ? add_pattern(t, w->p[i], &number, err)
					       : add_path(t, w->p[i], NO_PATTERN,
							  kind == WORD_PATH_SKIPS, &number, err);
		if (r < 0 || buf_append(&t->index, &number, sizeof number, err) < 0)
			return -1;
	}
	return 0;
}

/* --- records ------------------------------------------------------------------------------- */

static int add_allow(struct tables *t, const struct allow *a, bool everywhere, struct error *err)
{
	struct blob_allow out = { .all = a->all, .target = a->target };
	bool skips = everywhere && !a->all;
	out.skips_file = skips;
	if (add_words(t, &a->paths, skips ? WORD_PATH_SKIPS : WORD_PATH, &out.paths, err) < 0 ||
	    add_words(t, &a->patterns, WORD_PATTERN, &out.patterns, err) < 0 ||
	    add_words(t, &a->stopwords, WORD_STRING, &out.stopwords, err) < 0)
		return -1;
	return buf_append(&t->allows, &out, sizeof out, err);
}

static uint32_t allow_count(const struct tables *t)
{
	return (uint32_t)(t->allows.n / sizeof(struct blob_allow));
}

/* The rule's own lists become records here; those for all rules are the first ones. An
 * allow-list that several rules of a file share is written once for each: the tables
 * stay small, because only user files have such. */
static int add_allows(struct tables *t, const struct rule *rule, uint32_t everywhere,
		      struct blob_run *ret, struct error *err)
{
	uint32_t first = allow_count(t);
	for (size_t i = 0; i < rule->allows.n; i++)
		if (add_allow(t, rule->allows.p[i], false, err) < 0)
			return -1;
	uint32_t end = allow_count(t);
	ret->first = (uint32_t)(t->index.n / sizeof(uint32_t));
	ret->n = everywhere + end - first;
	for (uint32_t i = 0; i < everywhere; i++)
		if (buf_append(&t->index, &i, sizeof i, err) < 0)
			return -1;
	for (uint32_t i = first; i < end; i++)
		if (buf_append(&t->index, &i, sizeof i, err) < 0)
			return -1;
	return 0;
}

/* A rule for few files is surer than one for all. */
static uint32_t rank_of(const struct rule *rule)
{
	return 2 * (uint32_t)rule->info.confidence + (rule->path != NULL);
}

static int add_rule(struct tables *t, const struct rule *rule, uint32_t number, uint32_t everywhere,
		    struct error *err)
{
	struct blob_rule out = {
		.pattern = NO_PATTERN,
		.path = NO_PATTERN,
		.group = rule->group,
		.entropy_milli = rule->entropy_milli,
		.check = rule->check,
		.rank = rank_of(rule),
	};
	if (!rule->info.enabled)
		out.flags = RULE_DISABLED;
	if (rule->placeholders)
		out.flags |= RULE_PLACEHOLDERS;
	if (rule->pem_like)
		out.flags |= RULE_PEM_LIKE;
	if (tables_string(t, bytes_str(rule->info.id), &out.id, err) < 0 ||
	    tables_string(t, rule->magic, &out.magic, err) < 0)
		return -1;
	if (rule->info.enabled) {
		uint32_t alone = rule->pattern == NULL ? number : NO_PATTERN;
		if (rule->pattern != NULL && add_pattern(t, rule->pattern, &out.pattern, err) < 0)
			return -1;
		if (rule->path != NULL && add_path(t, rule->path, alone, false, &out.path, err) < 0)
			return -1;
		if (add_words(t, &rule->keywords, WORD_STRING, &out.keywords, err) < 0 ||
		    add_allows(t, rule, everywhere, &out.allows, err) < 0)
			return -1;
	}
	return buf_append(&t->rules, &out, sizeof out, err);
}

int tables_build(const struct secret_rules *r, struct tables *t, struct error *err)
{
	tables_init(t);
	for (size_t i = 0; i < r->everywhere.n; i++)
		if (add_allow(t, r->everywhere.p[i], true, err) < 0)
			return -1;
	uint32_t everywhere = allow_count(t);
	for (size_t i = 0; i < r->count; i++)
		if (add_rule(t, r->rules[i], (uint32_t)i, everywhere, err) < 0)
			return -1;
	return 0;
}

void tables_digest(const struct tables *t, struct digest *ret)
{
	const struct buf *bufs[] = { &t->rules, &t->patterns, &t->allows,      &t->paths,
				     &t->index, &t->strings,  &t->string_bytes };
	uint32_t version = SECRET_ENGINE_VERSION;
	struct sha256 *h = sha256_new();
	sha256_update(h, &version, sizeof version);
	for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++) {
		uint64_t n = bufs[i]->n;
		sha256_update(h, &n, sizeof n);
		sha256_update(h, bufs[i]->p, bufs[i]->n);
	}
	sha256_final(h, ret);
	sha256_free(h);
}

bool secret_check_parse(struct bytes name, enum secret_check *ret)
{
	static const char *const names[SECRET_CHECKS] = {
		[CHECK_NONE] = "none",
		[CHECK_GITHUB_CRC32] = "github-crc32",
		[CHECK_GRAFANA_CRC32] = "grafana-crc32",
		[CHECK_JWT] = "jwt",
		[CHECK_PRIVATE_KEY] = "private-key",
		[CHECK_AWS_KEY_ID] = "aws-key-id",
		[CHECK_BASE64_JSON] = "base64-json",
		[CHECK_BASIC_AUTH] = "basic-auth",
		[CHECK_JKS] = "jks",
		[CHECK_PKCS12] = "pkcs12",
	};
	for (size_t i = 0; i < SECRET_CHECKS; i++) {
		if (bytes_equal(name, bytes_str(names[i]))) {
			*ret = (enum secret_check)i;
			return true;
		}
	}
	return false;
}
