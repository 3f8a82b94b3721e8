#include "scan/merge_secrets.h"

struct merging {
	const struct secret_merge *in;
	struct fact_store *st;
	struct shadow_index hidden; /* by layers above */
	struct map told; /* path, rule and sum of each secret told */
	int (*add)(void *ctx, const struct finding *f, struct error *err);
	void *ctx;
};

static int no_memory(struct error *err)
{
	return error_set(err, ERR_LIMIT, "the image's secrets need too much memory");
}

static int ask(struct merging *m, struct error *err)
{
	for (size_t layer = 0; layer < m->in->layer_count; layer++) {
		const struct layer_facts *f = m->in->layers[layer];
		for (size_t i = 0; f != NULL && i < f->secret_count; i++)
			if (shadow_ask_file(&m->hidden, bytes_str(f->secrets[i].path), err) < 0)
				return -1;
	}
	for (size_t layer = 0; layer < m->in->layer_count; layer++) {
		const struct layer_facts *f = m->in->layers[layer];
		if (f != NULL)
			shadow_note(&m->hidden, f->shadow.hashes, f->shadow.n, (uint32_t)layer);
	}
	return 0;
}

/* 1: it was not told yet. The same secret in the same file of several layers is one:
 * the lowest brought it. */
static int is_new(struct merging *m, const struct secret_fact *s, struct error *err)
{
	char sum[2 * SHA256_SIZE + 1];
	bool fresh;
	hex_text(s->hash.sha256, SHA256_SIZE, sum);
	const char *key = arena_printf(&m->st->arena, "%u:%s:%s", s->rule, sum, s->path);
	if (key == NULL || map_put(&m->told, bytes_str(key), &fresh) == NULL)
		return no_memory(err);
	return fresh;
}

static enum priority priority_of(enum severity s)
{
	if (s >= SEVERITY_HIGH)
		return PRIORITY_ASAP;
	return s == SEVERITY_MEDIUM ? PRIORITY_LATER : PRIORITY_NNTF;
}

static const char *reason_of(struct merging *m, const struct secret_rule_info *rule,
			     const struct secret_fact *s, bool is_gone)
{
	return arena_printf(&m->st->arena, "%s%s%s", rule->title,
			    s->valid ? "; its form is checked" : "",
			    is_gone ? "; a later layer removes or replaces the file, but whoever "
				      "pulls the image gets this layer, too"
				    : "");
}

static const char *evidence_of(struct merging *m, const struct secret_fact *s)
{
	const char *text = s->context[0] != '\0' ? s->context : s->masked;
	if (s->line == 0)
		return arena_printf(&m->st->arena, "%s: %s", s->path, text);
	return arena_printf(&m->st->arena, "%s:%u: %s", s->path, s->line, text);
}

void secret_key_text(const struct secret_fact *s, char out[static SECRET_KEY_TEXT])
{
	hex_text(s->hash.sha256, SECRET_KEY_BYTES, out);
}

static const char *key_of(struct merging *m, const struct secret_fact *s)
{
	char text[SECRET_KEY_TEXT];
	secret_key_text(s, text);
	return intern_bytes(&m->st->strings, bytes_str(text));
}

static int fill_sums(struct merging *m, const struct secret_fact *s, struct finding *f)
{
	char sha256[DIGEST_TEXT], md5[2 * MD5_SIZE + 1];
	if (s->sums == NULL)
		return 0;
	digest_text(&s->sums->sha256, sha256);
	hex_text(s->sums->md5, MD5_SIZE, md5);
	f->file_sha256 = intern_bytes(&m->st->strings, bytes_str(sha256));
	f->file_md5 = arena_printf(&m->st->arena, "md5:%s", md5);
	return f->file_sha256 == NULL || f->file_md5 == NULL ? -1 : 0;
}

static int tell(struct merging *m, const struct secret_fact *s, uint32_t layer, bool is_gone,
		struct error *err)
{
	struct secret_rule_info rule;
	if (s->rule >= secret_rules_count(m->in->rules))
		return error_set(err, ERR_PROTOCOL, "a secret of a rule that is not there");
	int fresh = is_new(m, s, err);
	if (fresh <= 0)
		return fresh;
	secret_rule_info(m->in->rules, s->rule, &rule);
	struct finding f = { .id = intern_bytes(&m->st->strings, bytes_str(rule.id)),
			     .family = "secret",
			     .class = intern_bytes(&m->st->strings, bytes_str(rule.class)),
			     .severity = rule.severity,
			     .priority = priority_of(rule.severity),
			     .status = STATUS_AFFECTED,
			     .path = s->path,
			     .line = s->line,
			     .key = key_of(m, s),
			     .reason = reason_of(m, &rule, s, is_gone),
			     .evidence = evidence_of(m, s),
			     .advice = intern_bytes(&m->st->strings, bytes_str(rule.advice)),
			     .layer = m->in->layers_named ? layer : LAYER_NONE,
			     .cvss_score = -1,
			     .epss = -1,
			     .epss_percentile = -1,
			     .advisory = { "", "", "", "" } };
	f.rule = f.id;
	if (f.id == NULL || f.class == NULL || f.key == NULL || f.reason == NULL ||
	    f.evidence == NULL || f.advice == NULL || fill_sums(m, s, &f) < 0)
		return no_memory(err);
	finding_fingerprint(&f);
	return m->add(m->ctx, &f, err);
}

static int tell_layer(struct merging *m, const struct layer_facts *f, uint32_t layer,
		      struct error *err)
{
	for (size_t i = 0; i < f->secret_count; i++) {
		const struct secret_fact *s = &f->secrets[i];
		bool is_gone = shadow_hides(&m->hidden, bytes_str(s->path), layer);
		if (tell(m, s, layer, is_gone, err) < 0)
			return -1;
	}
	return 0;
}

int merge_secrets(const struct secret_merge *in, struct fact_store *st,
		  int (*add)(void *ctx, const struct finding *f, struct error *err), void *ctx,
		  struct error *err)
{
	struct merging m = { .in = in, .st = st, .add = add, .ctx = ctx };
	map_init(&m.told);
	int r = ask(&m, err);
	for (uint32_t i = 0; r == 0 && i < in->layer_count; i++)
		if (in->layers[i] != NULL)
			r = tell_layer(&m, in->layers[i], i, err);
	for (size_t i = 0; r == 0 && i < in->config_count; i++)
		r = tell(&m, &in->config[i].fact, in->config[i].layer, false, err);
	shadow_index_free(&m.hidden);
	map_free(&m.told);
	return r;
}
