#include <stdlib.h>

#include "buildstep/buildstep.h"
#include "scan/merge_baseline.h"
#include "scan/merge_checks.h"
#include "scan/merge_secrets.h"
#include "scan/scan_internal.h"

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
	scan_incomplete(s, p->purl, ERR_UNPARSABLE, "%s", why);
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
			scan_incomplete(
				s, "vulnerabilities", ERR_NO_ADVISORIES,
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
		scan_incomplete(
			s, "vulnerability database", ERR_DB_MISSING,
			"there is none, so vulnerabilities were not looked for; make one with "
			"`corten db update`");
		return;
	}
	r->os.package_tool = vuln_package_tool(&r->os, r->packages, r->package_count);
	if (vuln_match(s->o->db, &r->os, r->packages, r->package_count, &s->st.arena, sink, &stats,
		       &err) < 0)
		scan_incomplete_error(s, "vulnerabilities", &err);
	r->third_party_count = stats.third_party;
	if (stats.foreign > 0)
		scan_incomplete(
			s, "packages", ERR_OS_UNKNOWN,
			"%zu packages are of a kind that %s does not have: which distribution "
			"they come from cannot be told, nor their vulnerabilities",
			stats.foreign, r->os.id);
	tell_types_without_advisories(s, &stats);
	if (r->has_os && stats.no_advisories)
		scan_incomplete(s, "vulnerabilities", ERR_NO_ADVISORIES,
				"the database has no advisories for %s %s", r->os.id,
				r->os.version);
}

/* --- what files and the config tell -------------------------------------------------------------- */

static void add_secrets(struct scan *s, const struct layer_facts *const *layers, size_t n)
{
	struct error err = { 0 };
	struct secret_merge in = { .layers = layers,
				   .layer_count = n,
				   .layers_named = !scan_is_tree(s),
				   .config = s->plan.secrets,
				   .config_count = s->plan.secret_count,
				   .rules = s->o->secret_rules };
	if (merge_secrets(&in, &s->st, on_finding, s, &err) < 0)
		scan_incomplete_error(s, "secrets", &err);
}

static void add_checks(struct scan *s, const struct layer_facts *const *layers, size_t n,
		       const struct plan_check *config, size_t config_count)
{
	struct error err = { 0 };
	struct check_merge in = { .layers = layers,
				  .layer_count = n,
				  .layers_named = !scan_is_tree(s),
				  .config = config,
				  .config_count = config_count,
				  .rules = s->o->check_rules };
	if (merge_checks(&in, &s->st, on_finding, s, &err) < 0)
		scan_incomplete_error(s, "malware, baseline and build instructions", &err);
}

/* Accounts are judged over all layers; what is found stands with what the config tells. */
static void judge_accounts(struct scan *s, const struct layer_facts *const *layers, size_t n)
{
	struct error err = { 0 };
	if (merge_baseline(layers, n, s->o->check_rules, &s->st, &s->plan.checks,
			   &s->plan.check_count, &err) < 0)
		scan_incomplete_error(s, "accounts", &err);
}

static int on_package(void *ctx, uint32_t rule, const struct package *first, const char *names,
		      struct error *err)
{
	struct scan *s = ctx;
	struct plan_check c = { .fact = { .path = first->path, .fix = "", .key = "", .rule = rule },
				.layer = first->layer };
	c.fact.evidence = intern_bytes(&s->st.strings, bytes_str(names));
	if (c.fact.evidence == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the findings");
	add_checks(s, NULL, 0, &c, 1);
	return 0;
}

/* What the packages tell of how the image was built. */
static void add_leftovers(struct scan *s)
{
	struct error err = { 0 };
	if (buildstep_packages(s->o->check_rules, s->r->packages, s->r->package_count, on_package,
			       s, &err) < 0)
		scan_incomplete_error(s, "build instructions", &err);
}

static void add_findings_of_files(struct scan *s)
{
	size_t n = scan_is_tree(s) ? 1 : s->plan.layer_count;
	const struct layer_facts **layers = scan_layers(s, n);
	if (layers == NULL)
		return scan_incomplete(s, "layers", ERR_MEMORY, "no memory for %zu layers", n);
	if ((s->o->families & FAMILY_SECRET) != 0)
		add_secrets(s, layers, n);
	if ((s->o->families & FAMILY_BASELINE) != 0)
		judge_accounts(s, layers, n);
	if ((s->o->families & FAMILIES_CHECKS) != 0)
		add_checks(s, layers, n, s->plan.checks, s->plan.check_count);
	if ((s->o->families & FAMILY_BUILD) != 0)
		add_leftovers(s);
	free(layers);
}

void scan_fill_database(struct scan *s)
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

void scan_judge_instructions(struct scan *s)
{
	add_checks(s, NULL, 0, s->plan.checks, s->plan.check_count);
	sort_findings(s);
}

void scan_judge(struct scan *s)
{
	uint64_t before = clock_monotonic_ns();
	if ((s->o->families & FAMILY_VULNERABILITY) != 0)
		match(s);
	if (s->tasks != NULL)
		add_findings_of_files(s);
	sort_findings(s);
	s->r->match_ns = clock_monotonic_ns() - before;
	scan_fill_database(s);
}
