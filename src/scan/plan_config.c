/* What the config of the chosen image says: diff-ids, history, labels, and the secrets
 * that the worker saw in it. */
#include "scan/plan_internal.h"

enum { CONFIG_SECRETS_MAX = 4096, CONFIG_CHECKS_MAX = 4096 };

/* A base image ends with its own CMD: all layers below the last such line that
 * has further layers above it belong to it. A guess, and told as one. */
static size_t guess_base(const struct records *config, size_t layers)
{
	size_t below = 0, base = 0;
	for (size_t i = 0; i < config->n; i++) {
		const struct doc_record *r = &config->list[i];
		if (r->kind != REC_HISTORY)
			continue;
		if (!r->flag)
			below++;
		bool is_cmd = bytes_starts_with(r->text, BYTES_LIT("/bin/sh -c #(nop)  CMD")) ||
			      bytes_starts_with(r->text, BYTES_LIT("CMD "));
		if (is_cmd && below < layers)
			base = below;
	}
	return base;
}

/* The blobs that the manifest names were unpacked and are no more; what can be had is
 * the tar stream in them. */
static void ask_for_content(struct image_plan *plan)
{
	for (size_t i = 0; i < plan->layer_count; i++)
		plan->layers[i].name =
			(struct blob_name){ .digest = plan->layers[i].diff_id, .has_digest = true };
}

static int add_config(struct planner *p, const struct records *config, struct error *err)
{
	struct image_plan *plan = p->plan;
	size_t diff_ids = 0, lines = 0;
	for (size_t i = 0; i < config->n; i++) {
		const struct doc_record *r = &config->list[i];
		if (r->kind == REC_DIFF_ID && diff_ids < plan->layer_count) {
			plan->layers[diff_ids].diff_id = r->digest;
			plan->layers[diff_ids].has_diff_id = true;
		}
		diff_ids += r->kind == REC_DIFF_ID;
		if (r->kind == REC_HISTORY && !r->flag && lines < plan->layer_count) {
			plan->layers[lines].created_by = (const char *)r->text.p;
			plan->layers[lines++].created =
				r->name.n > 0 ? (const char *)r->name.p : NULL;
		}
		if (r->kind == REC_USER)
			plan->user = (const char *)r->text.p;
		if (r->kind == REC_IMAGE) {
			plan->platform = plan_platform_text(r, p->st);
			plan->created = r->text.n > 0 ? (const char *)r->text.p : NULL;
		}
	}
	if (diff_ids != plan->layer_count)
		return error_set(err, ERR_MALFORMED,
				 "the manifest names %zu layers, the config %zu diff-ids",
				 plan->layer_count, diff_ids);
	if (input_wants_diff_ids(p->in))
		ask_for_content(plan);
	size_t base = guess_base(config, plan->layer_count);
	for (size_t i = 0; i < base; i++)
		plan->layers[i].base = true;
	return 0;
}

/* Of a name that is there twice the last counts, as for those who run the image. */
static int add_labels(struct planner *p, const struct records *config, struct error *err)
{
	struct image_plan *plan = p->plan;
	plan->labels = arena_array(&p->st->arena, config->n + 1, sizeof *plan->labels);
	if (plan->labels == NULL)
		return error_set(err, ERR_LIMIT, "too many labels");
	for (size_t i = 0; i < config->n; i++) {
		const struct doc_record *r = &config->list[i];
		size_t at = 0;
		if (r->kind != REC_LABEL)
			continue;
		while (at < plan->label_count &&
		       !bytes_equal(bytes_str(plan->labels[at].name), r->name))
			at++;
		plan->labels[at] =
			(struct scan_label){ (const char *)r->name.p, (const char *)r->text.p };
		plan->label_count += at == plan->label_count;
	}
	return 0;
}

static int keep_secret(void *ctx, struct msg_reader *m, struct error *err)
{
	struct planner *p = ctx;
	struct image_plan *plan = p->plan;
	struct secret_fact fact;
	if (secret_fact_take(&fact, p->st, m, err) < 0)
		return -1;
	if (plan->secret_count == CONFIG_SECRETS_MAX)
		return error_set(err, ERR_LIMIT, "more than %d secrets in the config",
				 CONFIG_SECRETS_MAX);
	if (plan->secrets == NULL)
		plan->secrets =
			arena_array(&p->st->arena, CONFIG_SECRETS_MAX, sizeof *plan->secrets);
	if (plan->secrets == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the config's secrets");
	plan->secrets[plan->secret_count++] = (struct plan_secret){ fact, LAYER_NONE };
	return 0;
}

static int keep_check(void *ctx, struct msg_reader *m, struct error *err)
{
	struct planner *p = ctx;
	struct image_plan *plan = p->plan;
	struct check_fact fact;
	if (check_fact_take(&fact, p->st, m, err) < 0)
		return -1;
	if (plan->check_count == CONFIG_CHECKS_MAX)
		return error_set(err, ERR_LIMIT, "more than %d findings in the config",
				 CONFIG_CHECKS_MAX);
	if (plan->checks == NULL)
		plan->checks = arena_array(&p->st->arena, CONFIG_CHECKS_MAX, sizeof *plan->checks);
	if (plan->checks == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the config's findings");
	plan->checks[plan->check_count++] = (struct plan_check){ fact, LAYER_NONE };
	return 0;
}

/* A line of history that made a layer tells which. */
static uint32_t layer_of(const struct image_plan *plan, const struct records *config,
			 const char *path)
{
	const struct bytes prefix = BYTES_LIT("history:");
	uint64_t number, line = 0;
	uint32_t layer = 0;
	if (!bytes_starts_with(bytes_str(path), prefix) ||
	    !bytes_to_u64(bytes_str(path + prefix.n), &number))
		return LAYER_NONE;
	for (size_t i = 0; i < config->n && line < number; i++) {
		const struct doc_record *r = &config->list[i];
		if (r->kind != REC_HISTORY)
			continue;
		if (++line == number && !r->flag && layer < plan->layer_count)
			return layer;
		layer += !r->flag;
	}
	return LAYER_NONE;
}

static void place_findings(struct image_plan *plan, const struct records *config)
{
	for (size_t i = 0; i < plan->secret_count; i++)
		plan->secrets[i].layer = layer_of(plan, config, plan->secrets[i].fact.path);
	for (size_t i = 0; i < plan->check_count; i++)
		plan->checks[i].layer = layer_of(plan, config, plan->checks[i].fact.path);
}

int plan_read_config(struct planner *p, const struct blob_name *name, struct error *err)
{
	cleanup_records struct records config = { .st = p->st };
	if (input_document(p->in, name, &p->doc, err) < 0)
		return error_wrap(err, "the image's config");
	sha256_of(buf_view(&p->doc), &p->plan->image_id);
	p->plan->has_image_id = true;
	p->in->meta.secret = keep_secret;
	p->in->meta.check = keep_check;
	p->in->meta.found_ctx = p;
	int r = plan_parse(p, DOC_CONFIG, &config, err);
	p->in->meta.secret = p->in->meta.check = NULL;
	if (r == 0)
		place_findings(p->plan, &config);
	if (r < 0 || add_config(p, &config, err) < 0 || add_labels(p, &config, err) < 0)
		return error_wrap(err, "the image's config");
	const struct doc_record *image = plan_find_record(&config, REC_IMAGE);
	const struct platform wanted = plan_wanted_platform(p);
	if (p->platform != NULL && image != NULL && plan_platform_text(image, p->st) != NULL &&
	    plan_fit_of(&wanted, image) == PLATFORM_OTHER)
		return error_set(err, ERR_NOT_FOUND, "the image is for %s, not for %s",
				 p->plan->platform, p->platform);
	return 0;
}
