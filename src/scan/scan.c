#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "scan/bom.h"
#include "scan/origin.h"
#include "scan/scan_internal.h"

enum { PASSES_MAX = 6, SILENCE_MS = 120 * 1000 };

/* --- layers --------------------------------------------------------------------------- */

static void tell_layers(void *ctx, size_t done, size_t total, uint64_t raw)
{
	const struct scan *s = ctx;
	s->o->progress(s->o->progress_ctx, "reading layers", done, total, raw);
}

static uint64_t deadline_of(const struct scan *s)
{
	return s->o->timeout_seconds == 0
		       ? 0
		       : s->started_ns + s->o->timeout_seconds * UINT64_C(1000000000);
}

static struct layer_work work_of(const struct scan *s)
{
	struct layer_work w = { .families = s->o->families,
				.locks = s->target.kind == SOURCE_DIR,
				.extras = s->extras,
				.extra_count = s->extra_count,
				.rules = s->o->rules_digest };
	return w;
}

static struct jobs_options jobs_options(struct scan *s)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned parallel = s->o->parallel;
	if (parallel == 0)
		parallel = processors < 1 ? 1 : processors > 8 ? 8 : (unsigned)processors;
	struct jobs_options o = {
		.ahead = &s->ahead,
		.parallel = parallel,
		.timeout_ms = SILENCE_MS,
		.work = work_of(s),
		.rules = s->o->rules,
	};
	o.deadline_ns = deadline_of(s);
	if (s->o->enough != NULL && s->in.kind == SOURCE_REGISTRY && s->extra_count == 0) {
		o.enough = scan_part_enough;
		o.enough_ctx = s;
	}
	if (s->o->progress != NULL) {
		o.progress = tell_layers;
		o.progress_ctx = s;
	}
	return o;
}

static bool same_layer(const struct layer_task *t, const struct plan_layer *l)
{
	if (t->has_diff_id != l->has_diff_id || t->name.has_digest != l->name.has_digest)
		return false;
	if (l->has_diff_id && !digest_equal(&t->diff_id, &l->diff_id))
		return false;
	if (l->name.has_digest && !digest_equal(&t->name.digest, &l->name.digest))
		return false;
	const char *a = t->name.path, *b = l->name.path;
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* An image may name one layer many times; it is read once. */
static int make_tasks(struct scan *s, struct error *err)
{
	size_t n = s->plan.layer_count;
	s->tasks = calloc(n + 1, sizeof *s->tasks);
	s->task_of = calloc(n + 1, sizeof *s->task_of);
	if (s->tasks == NULL || s->task_of == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu layers", n);
	for (size_t i = 0; i < n; i++) {
		const struct plan_layer *l = &s->plan.layers[i];
		size_t t = 0;
		while (t < s->task_count && !same_layer(&s->tasks[t], l))
			t++;
		s->task_of[i] = t;
		if (t < s->task_count)
			continue;
		s->tasks[s->task_count++] = (struct layer_task){ .name = l->name,
								 .has_diff_id = l->has_diff_id,
								 .diff_id = l->diff_id };
	}
	return 0;
}

static void reset_tasks(struct scan *s)
{
	s->st.packages = s->st.changes = 0;
	for (size_t i = 0; i < s->task_count; i++) {
		layer_facts_free(&s->tasks[i].facts);
		s->tasks[i].error.code = ERR_NONE;
		s->tasks[i].untrusted = s->tasks[i].from_cache = false;
	}
}

static int read_layers(struct scan *s, struct error *err)
{
	struct jobs_options o = jobs_options(s);
	if (scan_is_tree(s))
		return jobs_run_rootfs(&s->tasks[0], s->target.location, &s->st, &o, err);
	return jobs_run(s->tasks, s->task_count, &s->in, s->cache, &s->st, &o, err);
}

static int merge_once(struct scan *s, struct error *err)
{
	size_t n = scan_is_tree(s) ? 1 : s->plan.layer_count;
	const struct layer_facts **facts = scan_layers(s, n);
	if (facts == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu layers", n);
	struct merge_input in = { .layers = facts,
				  .layer_count = n,
				  .extras = s->extras,
				  .extra_count = s->extra_count,
				  .layers_named = !scan_is_tree(s) };
	int r = merge_layers(&in, &s->st, &s->merged, err);
	free(facts);
	return r;
}

/* Adds what links led to; false when nothing is new. */
static bool want_more(struct scan *s)
{
	size_t n = s->extra_count + s->merged.missing_count;
	struct extra_path *all = arena_array(&s->st.arena, n + 1, sizeof *all);
	if (s->merged.missing_count == 0 || all == NULL)
		return false;
	for (size_t i = 0; i < s->extra_count; i++)
		all[i] = s->extras[i];
	for (size_t i = 0; i < s->merged.missing_count; i++)
		all[s->extra_count + i] = s->merged.missing[i];
	s->extras = all;
	s->extra_count = n;
	return true;
}

static void tell_unread_links(struct scan *s, const char *why)
{
	for (size_t i = 0; i < s->merged.missing_count; i++)
		scan_incomplete(s, (const char *)s->merged.missing[i].role.p, ERR_UNSUPPORTED,
				"a link of the image leads to %.*s, which was not read: %s",
				(int)s->merged.missing[i].path.n,
				(const char *)s->merged.missing[i].path.p, why);
}

/* For what has layers to read, while the worker that reads the documents, started
 * before it, gets ready. Without one the first layer starts its own. */
static void start_ahead(struct scan *s)
{
	struct error why = { 0 };
	if (s->target.kind != SOURCE_STDIN && s->ahead.sock < 0)
		(void)layer_worker_start(&s->ahead, &s->o->rules, &why);
}

static int open_and_plan(struct scan *s, struct error *err)
{
	struct input_options io = { .container = s->o->container,
				    .work = work_of(s),
				    .rules = s->o->rules,
				    .fetch = s->o->fetch,
				    .timeout_ms = SILENCE_MS,
				    .deadline_ns = deadline_of(s) };
	if (s->target.kind == SOURCE_STDIN && isatty(STDIN_FILENO) == 0)
		io.timeout_ms = -1; /* what fills the pipe may be slow */
	if (input_open(&s->in, &s->target, &io, &s->st, err) < 0)
		return -1;
	start_ahead(s);
	if (scan_is_tree(s)) {
		s->plan.layer_count = 0;
		return 0;
	}
	int r = plan_make(&s->plan, &s->in, s->target.reference, s->o->platform, &s->st, err);
	meta_finish(&s->in.meta);
	return r;
}

static int prepare_tasks(struct scan *s, struct error *err)
{
	if (make_tasks(s, err) < 0)
		return -1;
	if (scan_is_tree(s))
		s->task_count = 1;
	return 0;
}

static void free_tasks(struct scan *s)
{
	for (size_t i = 0; i < s->task_count; i++)
		if (!s->tasks[i].streamed)
			layer_facts_free(&s->tasks[i].facts);
	free(s->tasks);
	free(s->task_of);
	s->tasks = NULL;
	s->task_of = NULL;
	s->task_count = 0;
}

/* A stream goes by once: what made it is asked for another, of the same image. */
static int stream_again(struct scan *s, struct error *err)
{
	const struct image_plan before = s->plan;
	free_tasks(s);
	input_close(&s->in);
	s->st.packages = s->st.changes = 0;
	if (open_and_plan(s, err) < 0)
		return -1;
	if (before.has_image_id != s->plan.has_image_id ||
	    !digest_equal(&before.image_id, &s->plan.image_id))
		return error_set(err, ERR_CHANGED, "the image was replaced while it was read");
	return prepare_tasks(s, err);
}

/* Reads and merges; again while links of the image lead to files that the pass
 * before had no reason to read. */
static int read_and_merge(struct scan *s, struct error *err)
{
	for (unsigned pass = 0; pass < PASSES_MAX; pass++) {
		if (read_layers(s, err) < 0 || (!s->stopped && merge_once(s, err) < 0))
			return -1;
		if (s->stopped || s->merged.missing_count == 0)
			return 0;
		if (s->in.streamed && s->target.kind == SOURCE_STDIN) {
			tell_unread_links(s, "an archive from a pipe can be read only once");
			return 0;
		}
		if (pass + 1 == PASSES_MAX || !want_more(s))
			break;
		if (!s->in.streamed)
			reset_tasks(s);
		else if (stream_again(s, err) < 0)
			return -1;
	}
	tell_unread_links(s, "the links go on and on");
	return 0;
}

static void tell_refused_links(struct scan *s)
{
	for (size_t i = 0; i < s->merged.refused_count; i++)
		scan_incomplete(s, (const char *)s->merged.refused[i].role.p, ERR_UNSUPPORTED,
				"a link of the image leads to /%s, which is not read as that",
				(const char *)s->merged.refused[i].path.p);
}

/* --- the whole ------------------------------------------------------------------------------- */

/* What others found is held against the same database as what we find. */
static void scan_bom(struct scan *s)
{
	struct error err = { 0 };
	struct sbom bom;
	s->r->source = source_kind_name(s->target.kind);
	if (bom_fill(s->target.location, &s->st.arena, s->r, &bom, &err) < 0) {
		scan_incomplete_error(s, "bill of materials", &err);
		scan_fill_database(s);
		return;
	}
	for (size_t i = 0; i < bom.problem_count; i++)
		scan_incomplete(s, bom.problems[i].what, ERR_UNPARSABLE, "%s",
				bom.problems[i].text);
	if (!s->r->has_os && scan_has_system_packages(s))
		scan_incomplete(
			s, "operating system", ERR_OS_UNKNOWN,
			"the bill of materials has system packages, but does not say of which "
			"distribution; their vulnerabilities cannot be told");
	scan_judge(s);
}

/* The scan was ended before its time. Reports say so. */
static void tell_part(struct scan *s)
{
	struct error err = { 0 };
	if (scan_part_fill(s, &err) < 0)
		scan_incomplete_error(s, "image", &err);
	scan_incomplete(s, "layers", ERR_CANCELLED, "%zu of %zu were not read: %s",
			s->r->layer_count - s->r->layers_read, s->r->layer_count,
			s->listed ? "the image is on the list of malicious images"
				  : "what the others hold was enough for a verdict");
}

/* Of a container whose image lies under it. */
static void tell_origins(struct scan *s)
{
	struct error err = { 0 };
	struct jobs_options jobs = jobs_options(s);
	struct origin_input in = { .overlay = &s->in.overlay,
				   .rules = s->o->secret_rules,
				   .check_rules = s->o->check_rules,
				   .jobs = &jobs };
	if (s->in.overlay.upper < 0)
		return;
	jobs.progress = NULL;
	if (origin_mark(&in, s->r, &s->st, &err) < 0)
		scan_incomplete(s, "origin", err.code,
				"what the container has from its image cannot be told: %s",
				err.text);
}

static void scan_target(struct scan *s)
{
	struct error err = { 0 };
	uint64_t before = clock_monotonic_ns();
	int r = open_and_plan(s, &err);
	uint64_t planned = clock_monotonic_ns();
	s->r->fetch_ns = planned - before;
	if (r == 0)
		r = prepare_tasks(s, &err);
	s->listed = s->stopped = r == 0 && scan_listed(s);
	if (r == 0 && !s->listed)
		r = read_and_merge(s, &err);
	s->r->layers_ns = clock_monotonic_ns() - planned;
	if (s->stopped) {
		tell_part(s);
		return;
	}
	scan_fill_image(s);
	if (s->tasks != NULL)
		scan_fill_tasks(s);
	if (r < 0)
		scan_incomplete_error(s, "image", &err);
	else
		scan_check_packages(s);
	tell_refused_links(s);
	scan_judge(s);
	tell_origins(s);
}

static void scan_close(struct scan *s)
{
	free_tasks(s);
	layer_worker_stop(&s->ahead);
	cache_close(s->cache);
	input_close(&s->in);
	intern_free(&s->st.strings);
	s->r->arena = s->st.arena;
}

int scan_run(const struct scan_options *o, struct scan_result *ret, struct error *err)
{
	struct scan s = { .o = o, .r = ret, .started_ns = clock_monotonic_ns() };
	struct error no_cache = { 0 };
	*ret = (struct scan_result){ .families = o->families };
	s.in.layout.dirfd = s.ahead.sock = -1;
	s.in.overlay = OVERLAY_NONE;
	if (source_target_parse(o->target, &s.target, err) < 0)
		return -1;
	/* A worker or server that goes away is an error of a write, not our end. */
	(void)signal(SIGPIPE, SIG_IGN);
	fact_store_init(&s.st);
	ret->reference = intern_bytes(&s.st.strings, bytes_str(o->target));
	s.in.kind = s.target.kind;
	if (!o->no_cache)
		cache_open(o->cache_dir, &s.cache, &no_cache);
	if (s.target.kind == SOURCE_SBOM)
		scan_bom(&s);
	else
		scan_target(&s);
	ret->total_ns = clock_monotonic_ns() - s.started_ns;
	scan_close(&s);
	return 0;
}

void scan_result_free(struct scan_result *r)
{
	free(r->findings);
	free(r->incomplete);
	free(r->notes);
	arena_free(&r->arena);
	*r = (struct scan_result){ 0 };
}
