#include "scan/scan.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "scan/bom.h"
#include "scan/jobs.h"
#include "scan/merge.h"
#include "scan/merge_secrets.h"

enum { PASSES_MAX = 6, SILENCE_MS = 120 * 1000, INCOMPLETE_MAX = 10000 };

struct scan {
	const struct scan_options *o;
	struct scan_result *r;
	struct fact_store st;
	struct source_target target;
	struct scan_input in;
	struct cache *cache;
	struct layer_worker ahead;
	struct image_plan plan;
	struct layer_task *tasks; /* one for each different layer */
	size_t task_count;
	size_t *task_of; /* layer → task */
	struct extra_path *extras;
	size_t extra_count;
	struct merge_result merged;
	size_t incomplete_cap, finding_cap;
	uint64_t started_ns;
};

/* --- what is missing -------------------------------------------------------------- */

__attribute__((format(printf, 4, 5))) static void
incomplete(struct scan *s, const char *what, enum error_code code, const char *fmt, ...)
{
	struct scan_result *r = s->r;
	char text[ERROR_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (r->incomplete_count == INCOMPLETE_MAX)
		return;
	if (r->incomplete_count == s->incomplete_cap) {
		size_t cap = s->incomplete_cap == 0 ? 16 : s->incomplete_cap * 2;
		struct scan_incomplete *list = reallocarray(r->incomplete, cap, sizeof *list);
		if (list == NULL)
			abort(); /* a result that cannot say what is missing is a lie */
		r->incomplete = list;
		s->incomplete_cap = cap;
	}
	const char *kept_what = intern_bytes(&s->st.strings, bytes_str(what));
	const char *kept_text = intern_bytes(&s->st.strings, bytes_str(text));
	r->incomplete[r->incomplete_count++] = (struct scan_incomplete){
		.what = kept_what == NULL ? "image" : kept_what,
		.code = code,
		.text = kept_text == NULL ? "no memory to say more" : kept_text,
	};
}

static void incomplete_error(struct scan *s, const char *what, const struct error *e)
{
	incomplete(s, what, e->code, "%s", e->text);
}

/* One layer without a name, that is walked here. */
static bool is_tree(const struct scan *s)
{
	return s->target.kind == SOURCE_ROOTFS || s->target.kind == SOURCE_DIR;
}

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
				.extra_count = s->extra_count };
	if ((w.families & FAMILY_SECRET) != 0)
		secret_rules_digest(s->o->secret_rules, &w.rules);
	return w;
}

static int rules_fd(const struct scan *s)
{
	return (s->o->families & FAMILY_SECRET) != 0 ? s->o->secret_rules_fd : -1;
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
		.rules_fd = rules_fd(s),
	};
	o.deadline_ns = deadline_of(s);
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
	if (is_tree(s))
		return jobs_run_rootfs(&s->tasks[0], s->target.location, &s->st, &o, err);
	return jobs_run(s->tasks, s->task_count, &s->in, s->cache, &s->st, &o, err);
}

/* What is known of each layer; to be freed. NULL without memory. */
static const struct layer_facts **layers_of(const struct scan *s, size_t n)
{
	const struct layer_facts **facts = calloc(n + 1, sizeof *facts);
	for (size_t i = 0; facts != NULL && i < n; i++) {
		const struct layer_task *t = &s->tasks[s->task_of[i]];
		facts[i] = t->untrusted ? NULL : &t->facts;
	}
	return facts;
}

static int merge_once(struct scan *s, struct error *err)
{
	size_t n = is_tree(s) ? 1 : s->plan.layer_count;
	const struct layer_facts **facts = layers_of(s, n);
	if (facts == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu layers", n);
	struct merge_input in = { .layers = facts,
				  .layer_count = n,
				  .extras = s->extras,
				  .extra_count = s->extra_count,
				  .layers_named = !is_tree(s) };
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
		incomplete(s, (const char *)s->merged.missing[i].role.p, ERR_UNSUPPORTED,
			   "a link of the image leads to %.*s, which was not read: %s",
			   (int)s->merged.missing[i].path.n,
			   (const char *)s->merged.missing[i].path.p, why);
}

/* Reads and merges; again while links of the image lead to files that the pass
 * before had no reason to read. */
static int read_and_merge(struct scan *s, struct error *err)
{
	for (unsigned pass = 0; pass < PASSES_MAX; pass++) {
		if (read_layers(s, err) < 0 || merge_once(s, err) < 0)
			return -1;
		if (s->merged.missing_count == 0)
			return 0;
		if (s->in.streamed) {
			tell_unread_links(s, "an archive from a pipe can be read only once");
			return 0;
		}
		if (pass + 1 == PASSES_MAX || !want_more(s))
			break;
		reset_tasks(s);
	}
	tell_unread_links(s, "the links go on and on");
	return 0;
}

static void tell_refused_links(struct scan *s)
{
	for (size_t i = 0; i < s->merged.refused_count; i++)
		incomplete(s, (const char *)s->merged.refused[i].role.p, ERR_UNSUPPORTED,
			   "a link of the image leads to /%s, which is not read as that",
			   (const char *)s->merged.refused[i].path.p);
}

/* --- into the result --------------------------------------------------------------------- */

static const char *layer_label(struct scan *s, const struct layer_task *t, size_t number)
{
	char text[DIGEST_TEXT];
	if (is_tree(s))
		return s->target.kind == SOURCE_DIR ? "directory" : "root file system";
	if (t->has_diff_id || t->name.has_digest) {
		digest_text(t->has_diff_id ? &t->diff_id : &t->name.digest, text);
		return arena_printf(&s->st.arena, "layer %s", text);
	}
	return arena_printf(&s->st.arena, "layer %zu", number + 1);
}

static void tell_task(struct scan *s, const struct layer_task *t, size_t number)
{
	const char *label = layer_label(s, t, number);
	if (label == NULL)
		label = "layer";
	if (t->error.code != ERR_NONE)
		incomplete_error(s, label, &t->error);
	for (size_t i = 0; i < t->facts.problem_count && !t->untrusted; i++) {
		const struct problem_fact *p = &t->facts.problems[i];
		if (p->content != 0)
			continue; /* the merge knows whether it counts */
		incomplete(s, p->what, p->code, "%s: %s", label, p->text);
	}
}

static void tell_merged(struct scan *s)
{
	for (size_t i = 0; i < s->merged.problem_count; i++) {
		const struct merge_problem *p = &s->merged.problems[i];
		const struct layer_task *t = &s->tasks[s->task_of[p->layer]];
		const char *label = layer_label(s, t, p->layer);
		incomplete(s, p->fact.what, p->fact.code, "%s: %s", label == NULL ? "layer" : label,
			   p->fact.text);
	}
}

static void fill_layers(struct scan *s)
{
	struct scan_result *r = s->r;
	bool has_blobs = s->in.kind != SOURCE_DOCKER_ARCHIVE;
	r->layers = arena_array(&s->st.arena, s->plan.layer_count + 1, sizeof *r->layers);
	if (r->layers == NULL)
		return;
	r->layer_count = s->plan.layer_count;
	for (size_t i = 0; i < r->layer_count; i++) {
		const struct plan_layer *l = &s->plan.layers[i];
		/* Without tasks the plan failed half-way: it says what it knows. */
		const struct layer_facts *f =
			s->tasks == NULL ? NULL : &s->tasks[s->task_of[i]].facts;
		r->layers[i] = (struct scan_layer){
			.size = l->name.size,
			.created_by = l->created_by,
			.created = l->created,
			.base = l->base,
		};
		if (l->has_diff_id)
			r->layers[i].diff_id = l->diff_id;
		else if (f != NULL)
			r->layers[i].diff_id = f->diff_id;
		if (l->name.size == 0 && f != NULL)
			r->layers[i].size = f->stored;
		if (has_blobs && l->name.has_digest)
			r->layers[i].digest = l->name.digest;
	}
}

static void fill_image(struct scan *s)
{
	struct scan_result *r = s->r;
	r->source = source_kind_name(s->in.kind);
	const char *name = s->plan.name != NULL ? s->plan.name : s->in.name;
	r->name = name == NULL ? NULL : intern_bytes(&s->st.strings, bytes_str(name));
	r->has_digest = s->plan.has_digest && s->in.kind != SOURCE_DOCKER_ARCHIVE;
	r->digest = s->plan.digest;
	r->has_image_id = s->plan.has_image_id;
	r->image_id = s->plan.image_id;
	r->platform = s->plan.platform;
	r->created = s->plan.created;
	r->user = s->plan.user;
	fill_layers(s);
}

static void fill_tasks(struct scan *s)
{
	for (size_t t = 0; t < s->task_count; t++) {
		size_t number = 0;
		while (number < s->plan.layer_count && s->task_of[number] != t)
			number++;
		tell_task(s, &s->tasks[t], number);
		s->r->layers_cached += s->tasks[t].from_cache;
		s->r->bytes_read += s->tasks[t].from_cache ? 0 : s->tasks[t].facts.stored;
		s->r->bytes_raw += s->tasks[t].from_cache ? 0 : s->tasks[t].facts.raw;
	}
	tell_merged(s);
	s->r->has_os = s->merged.has_os;
	s->r->os = s->merged.os;
	s->r->packages = s->merged.packages;
	s->r->package_count = s->merged.package_count;
}

/* Whoever takes the database of a whole image away hides what is installed.
 * Runtimes also differ on what a whiteout beside a new directory takes away. */
static void check_removed(struct scan *s)
{
	unsigned gone = s->merged.had_packages;
	for (size_t i = 0; i < s->merged.package_count; i++)
		gone &= ~(1u << s->merged.packages[i].type);
	for (unsigned t = 0; t < PKG_TYPES; t++)
		if (gone >> t & 1)
			incomplete(s, "packages", ERR_PACKAGES_REMOVED,
				   "a lower layer has a database of %s packages that a later one "
				   "removed: what is installed cannot be told",
				   pkg_type_name(t));
}

static bool has_system_packages(const struct scan *s)
{
	for (size_t i = 0; i < s->r->package_count; i++)
		if (!pkg_type_is_app(s->r->packages[i].type))
			return true;
	return false;
}

static void check_packages(struct scan *s)
{
	if (has_system_packages(s) && !s->merged.has_os)
		incomplete(s, "operating system", ERR_OS_UNKNOWN,
			   "the image has system packages, but no file says of which distribution; "
			   "their vulnerabilities cannot be told");
	check_removed(s);
}

/* --- matching -------------------------------------------------------------------------------- */

static int on_finding(void *ctx, const struct finding *f, struct error *err)
{
	struct scan *s = ctx;
	struct scan_result *r = s->r;
	if (r->finding_count == s->finding_cap) {
		size_t cap = s->finding_cap == 0 ? 256 : s->finding_cap * 2;
		struct finding *list = reallocarray(r->findings, cap, sizeof *list);
		if (list == NULL)
			return error_set(err, ERR_MEMORY, "no memory for the findings");
		r->findings = list;
		s->finding_cap = cap;
	}
	r->findings[r->finding_count++] = *f;
	return 0;
}

static void on_degraded(void *ctx, const struct package *p, const char *why)
{
	struct scan *s = ctx;
	incomplete(s, p->purl, ERR_UNPARSABLE, "%s", why);
}

static int compare_findings(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	int d = strcmp(x->id, y->id);
	if (d == 0 && x->package != NULL && y->package != NULL)
		d = strcmp(x->package->purl, y->package->purl);
	if (d == 0)
		d = strcmp(x->path == NULL ? "" : x->path, y->path == NULL ? "" : y->path);
	if (d == 0)
		d = (x->line > y->line) - (x->line < y->line);
	return d;
}

/* Types that the feeds have advisories for. Of the others packages are listed only
 * (doc/matching.md). */
static void tell_types_without_advisories(struct scan *s, const struct match_stats *stats)
{
	static const enum pkg_type matched[] = { PKG_NPM,    PKG_PYPI,     PKG_MAVEN,
						 PKG_GOLANG, PKG_CARGO,    PKG_GEM,
						 PKG_NUGET,  PKG_COMPOSER, PKG_GENERIC };
	for (size_t i = 0; i < sizeof matched / sizeof matched[0]; i++)
		if ((stats->types_without_advisories >> matched[i] & 1) != 0)
			incomplete(s, "vulnerabilities", ERR_NO_ADVISORIES,
				   "the database has no advisories for %s packages; `corten db "
				   "update` fetches them",
				   pkg_type_name(matched[i]));
}

static void sort_findings(struct scan *s)
{
	if (s->r->finding_count > 0)
		qsort(s->r->findings, s->r->finding_count, sizeof *s->r->findings,
		      compare_findings);
}

static void match(struct scan *s)
{
	struct scan_result *r = s->r;
	struct match_stats stats = { 0 };
	struct error err = { 0 };
	struct match_sink sink = { on_finding, on_degraded, s };
	if (r->package_count == 0)
		return;
	if (s->o->db == NULL) {
		incomplete(s, "vulnerability database", ERR_DB_MISSING,
			   "there is none, so vulnerabilities were not looked for; make one with "
			   "`corten db update`");
		return;
	}
	r->os.package_tool = vuln_package_tool(&r->os, r->packages, r->package_count);
	if (vuln_match(s->o->db, &r->os, r->packages, r->package_count, &s->st.arena, sink, &stats,
		       &err) < 0)
		incomplete_error(s, "vulnerabilities", &err);
	r->third_party_count = stats.third_party;
	if (stats.foreign > 0)
		incomplete(s, "packages", ERR_OS_UNKNOWN,
			   "%zu packages are of a kind that %s does not have: which distribution "
			   "they come from cannot be told, nor their vulnerabilities",
			   stats.foreign, r->os.id);
	tell_types_without_advisories(s, &stats);
	if (r->has_os && stats.no_advisories)
		incomplete(s, "vulnerabilities", ERR_NO_ADVISORIES,
			   "the database has no advisories for %s %s", r->os.id, r->os.version);
}

/* --- secrets ---------------------------------------------------------------------------------- */

static void add_secrets(struct scan *s)
{
	struct error err = { 0 };
	size_t n = is_tree(s) ? 1 : s->plan.layer_count;
	const struct layer_facts **facts = layers_of(s, n);
	if (facts == NULL)
		return incomplete(s, "secrets", ERR_MEMORY, "no memory for %zu layers", n);
	struct secret_merge in = { .layers = facts,
				   .layer_count = n,
				   .layers_named = !is_tree(s),
				   .config = s->plan.secrets,
				   .config_count = s->plan.secret_count,
				   .rules = s->o->secret_rules };
	if (merge_secrets(&in, &s->st, on_finding, s, &err) < 0)
		incomplete_error(s, "secrets", &err);
	free(facts);
}

static void fill_database(struct scan *s)
{
	struct scan_result *r = s->r;
	if (s->o->db == NULL)
		return;
	vulndb_info(s->o->db, &r->db);
	r->db_source_count = vulndb_sources(s->o->db);
	r->db_sources = arena_array(&s->st.arena, r->db_source_count + 1, sizeof *r->db_sources);
	if (r->db_sources == NULL)
		r->db_source_count = 0;
	for (size_t i = 0; i < r->db_source_count; i++)
		(void)vulndb_source(s->o->db, i, &r->db_sources[i]);
}

/* --- the whole ------------------------------------------------------------------------------- */

/* For what has layers to read. Without one the first layer starts its own. */
static void start_ahead(struct scan *s)
{
	struct error why = { 0 };
	if (s->target.kind != SOURCE_STDIN)
		(void)layer_worker_start(&s->ahead, rules_fd(s), &why);
}

static int open_and_plan(struct scan *s, struct error *err)
{
	struct input_options io = { .work = work_of(s),
				    .rules_fd = rules_fd(s),
				    .fetch = s->o->fetch,
				    .timeout_ms = SILENCE_MS,
				    .deadline_ns = deadline_of(s) };
	if (s->target.kind == SOURCE_STDIN && isatty(STDIN_FILENO) == 0)
		io.timeout_ms = -1; /* what fills the pipe may be slow */
	if (input_open(&s->in, &s->target, &io, &s->st, err) < 0)
		return -1;
	if (is_tree(s)) {
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
	if (is_tree(s))
		s->task_count = 1;
	return 0;
}

static void decide(struct scan *s)
{
	uint64_t before = clock_monotonic_ns();
	if ((s->o->families & FAMILY_VULNERABILITY) != 0)
		match(s);
	if ((s->o->families & FAMILY_SECRET) != 0 && s->tasks != NULL)
		add_secrets(s);
	sort_findings(s);
	s->r->match_ns = clock_monotonic_ns() - before;
	fill_database(s);
}

/* What others found is held against the same database as what we find. */
static void scan_bom(struct scan *s)
{
	struct error err = { 0 };
	struct sbom bom;
	s->r->source = source_kind_name(s->target.kind);
	if (bom_fill(s->target.location, &s->st.arena, s->r, &bom, &err) < 0) {
		incomplete_error(s, "bill of materials", &err);
		fill_database(s);
		return;
	}
	for (size_t i = 0; i < bom.problem_count; i++)
		incomplete(s, bom.problems[i].what, ERR_UNPARSABLE, "%s", bom.problems[i].text);
	if (!s->r->has_os && has_system_packages(s))
		incomplete(s, "operating system", ERR_OS_UNKNOWN,
			   "the bill of materials has system packages, but does not say of which "
			   "distribution; their vulnerabilities cannot be told");
	decide(s);
}

static void scan_target(struct scan *s)
{
	struct error err = { 0 };
	uint64_t before = clock_monotonic_ns();
	start_ahead(s);
	int r = open_and_plan(s, &err);
	uint64_t planned = clock_monotonic_ns();
	s->r->fetch_ns = planned - before;
	if (r == 0)
		r = prepare_tasks(s, &err);
	if (r == 0)
		r = read_and_merge(s, &err);
	s->r->layers_ns = clock_monotonic_ns() - planned;
	fill_image(s);
	if (s->tasks != NULL)
		fill_tasks(s);
	if (r < 0)
		incomplete_error(s, "image", &err);
	else
		check_packages(s);
	tell_refused_links(s);
	decide(s);
}

static void scan_close(struct scan *s)
{
	for (size_t i = 0; i < s->task_count; i++)
		if (!s->tasks[i].streamed)
			layer_facts_free(&s->tasks[i].facts);
	free(s->tasks);
	free(s->task_of);
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
	arena_free(&r->arena);
	*r = (struct scan_result){ 0 };
}
