/* Runs the samples that stand beside the rules. */
#include "secret/engine.h"
#include "secret/internal.h"

struct trial {
	uint32_t rule;
	bool told;
};

static int on_match(void *ctx, const struct secret_match *m, struct error *err)
{
	struct trial *t = ctx;
	(void)err;
	t->told = t->told || m->rule == t->rule;
	return 0;
}

/* A rule that goes by the path has paths for samples; its check of the file's bytes is
 * tried elsewhere. */
static int try_sample(struct secret_engine *e, const struct rule *rule, struct trial *t,
		      const char *sample, struct error *err)
{
	struct secret_sink sink = { .match = on_match, .ctx = t };
	struct bytes text = bytes_str(sample), path = bytes_str(rule->test_path);
	if (rule->info.by_path) {
		path = text;
		text = BYTES_LIT("-");
	}
	if (path.n == 0)
		path = BYTES_LIT("sample");
	if (!secret_begin(e, path, text.n, sink, err))
		return 0;
	return secret_feed(e, text, err) < 0 ? -1 : secret_end(e, err);
}

struct told {
	int (*told)(void *ctx, const struct secret_sample_result *s, struct error *err);
	void *ctx;
};

static int try_samples(struct secret_engine *e, const struct rule *rule, uint32_t number,
		       const struct words *samples, bool fires, const struct told *told,
		       struct error *err)
{
	for (size_t i = 0; i < samples->n; i++) {
		struct trial t = { .rule = number };
		e->only = number;
		e->names_only = true;
		if (try_sample(e, rule, &t, samples->p[i], err) < 0)
			return -1;
		struct secret_sample_result s = { .rule = number,
						  .fires = fires,
						  .passed = t.told == fires,
						  .number = (uint32_t)i + 1 };
		if (told->told(told->ctx, &s, err) < 0)
			return -1;
	}
	return 0;
}

static int test_all(const struct secret_rules *r, struct secret_engine *e, uint32_t only,
		    const struct told *told, struct error *err)
{
	for (uint32_t i = 0; i < r->count; i++) {
		const struct rule *rule = r->rules[i];
		if (!rule->info.enabled || (only != UINT32_MAX && only != i))
			continue;
		if (try_samples(e, rule, i, &rule->fire, true, told, err) < 0 ||
		    try_samples(e, rule, i, &rule->silent, false, told, err) < 0)
			return -1;
	}
	return 0;
}

int secret_rules_test(const struct secret_rules *r, uint32_t only,
		      int (*told)(void *ctx, const struct secret_sample_result *s,
				  struct error *err),
		      void *ctx, struct error *err)
{
	cleanup_close int fd = -1;
	struct secret_engine *e = NULL;
	const struct told t = { told, ctx };
	if (secret_rules_compile(r, NULL, &fd, NULL, err) < 0 ||
	    secret_engine_open(fd, &e, err) < 0)
		return -1;
	int result = test_all(r, e, only, &t, err);
	secret_engine_close(e);
	return result;
}
