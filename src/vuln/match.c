/* Matching: the packages of one image against the facts of its distribution.
 * weigh.c says which facts touch a package; here they become findings. */
#include "vuln/explain.h"
#include "vuln/weigh.h"

/* What is the same for all packages. */
struct matcher {
	const struct vulndb *db;
	struct os_identity os;
	struct os_ecosystem eco;
	struct arena *arena;
	struct match_sink sink;
	struct match_stats stats;
	struct weigher weigher;
};

/* One package on its way to findings. */
struct subject {
	const struct package *package;
	const char *name, *version; /* source or binary, as the ecosystem lists them */
	const char *evidence, *fix; /* made when the first finding needs them */
	bool has_texts;
};

static int no_memory(struct error *err)
{
	return error_set(err, ERR_LIMIT, "the findings need more memory than a scan may use");
}

static void degraded(void *ctx, const struct package *p, const char *what, const char *version)
{
	struct matcher *m = ctx;
	if (m->sink.degraded == NULL)
		return;
	const char *why = arena_printf(m->arena, "%s \"%.100s\" is no %s version; not compared",
				       what, version, vercmp_scheme_name(m->eco.scheme));
	m->sink.degraded(m->sink.ctx, p, why == NULL ? what : why);
}

/* --- one finding ------------------------------------------------------------- */

static enum severity severity_of(const struct vulndb_fact *f, const struct vulndb_id *id)
{
	if (f->status == STATUS_UNIMPORTANT)
		return SEVERITY_NEGLIGIBLE;
	return f->severity != SEVERITY_UNKNOWN ? f->severity : id->severity;
}

/* The word that reports show: a fixed version beats what stands beside it. */
static enum finding_status status_of(const struct vulndb_fact *f, bool pro_only)
{
	if (f->status == STATUS_UNIMPORTANT)
		return STATUS_UNIMPORTANT;
	if (f->fixed[0] != '\0' && !pro_only)
		return STATUS_FIXED;
	return f->status == STATUS_FIXED ? STATUS_AFFECTED : f->status;
}

static int subject_texts(struct matcher *m, struct subject *s, struct error *err)
{
	if (s->has_texts)
		return 0;
	s->evidence = explain_evidence(s->package, m->arena);
	s->fix = vuln_update_command(&m->os, &s->package->name, NULL, 1, m->arena);
	s->has_texts = true;
	return s->evidence == NULL ? no_memory(err) : 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int fill_aliases(struct matcher *m, const struct vulndb_id *id, struct finding *f,
			struct error *err)
{
	const char **all = arena_array(m->arena, id->aliases, sizeof *all);
	if (id->aliases == 0)
		return 0;
	if (all == NULL)
		return no_memory(err);
	for (size_t i = 0; i < id->aliases; i++)
		if (vulndb_id_alias(m->db, id, i, &all[i], err) < 0)
			return -1;
	qsort(all, id->aliases, sizeof *all, by_text);
	f->aliases = all;
	f->alias_count = id->aliases;
	return 0;
}

/* "2022-03-03"; NULL for none. */
static const char *date_text(int64_t seconds, struct arena *arena)
{
	char text[RFC3339_TEXT];
	if (seconds == 0)
		return NULL;
	rfc3339_text(seconds, text);
	return arena_cstr(arena, bytes_sub(bytes_str(text), 0, strlen("2022-03-03")));
}

static int fill_detail(struct matcher *m, const struct vulndb_id *id, struct finding *f,
		       struct error *err)
{
	f->cvss_score = id->cvss_score;
	f->cvss_vector = id->cvss_vector[0] == '\0' ? NULL : id->cvss_vector;
	f->epss = id->epss;
	f->epss_percentile = id->epss_percentile;
	f->kev_added = date_text(id->kev_added, m->arena);
	f->kev_due = date_text(id->kev_due, m->arena);
	f->kev_ransomware = id->kev_ransomware;
	if ((id->kev_added != 0 && f->kev_added == NULL) ||
	    (id->kev_due != 0 && f->kev_due == NULL))
		return no_memory(err);
	return fill_aliases(m, id, f, err);
}

static int fill_advisory(struct matcher *m, const struct vulndb_fact *fact, const char *ecosystem,
			 struct finding *f, struct error *err)
{
	struct vulndb_source source;
	if (!vulndb_source(m->db, fact->source, &source))
		return error_set(err, ERR_DB_CORRUPT,
				 "the vulnerability database is damaged (source)");
	f->advisory = (struct advisory_ref){
		.id = fact->advisory[0] != '\0' ? fact->advisory : f->id,
		.source = source.name,
		.snapshot = source.snapshot,
	};
	f->advisory.url = advisory_url(f->advisory.id, ecosystem, m->arena);
	return f->advisory.url == NULL ? no_memory(err) : 0;
}

static int fill_sentences(struct matcher *m, const struct subject *s,
			  const struct vulndb_fact *fact, const char *pro_fixed, struct finding *f,
			  struct error *err)
{
	const struct explained x = {
		.package = s->package,
		.name = s->name,
		.version = s->version,
		.by_source = m->eco.by_source,
		.fact = fact,
		.status = f->status,
		.fixed = f->fixed_version,
		.pro_fixed = pro_fixed,
		.source = f->advisory.source,
		.fix = f->fix,
	};
	f->reason = explain_reason(&x, m->arena);
	f->evidence = s->evidence;
	f->advice = explain_advice(&x, m->arena);
	return f->reason == NULL || f->advice == NULL ? no_memory(err) : 0;
}

static void fill_priority(const struct subject *s, struct finding *f)
{
	const struct priority_facts p = {
		.severity = f->severity,
		.status = f->status,
		.kev = f->kev_added != NULL,
		.fix_available = f->fixed_version != NULL,
		.exposed = !vuln_package_unexposed(s->package),
		.epss = f->epss,
	};
	f->priority = vuln_priority(&p);
}

static int report(struct matcher *m, struct subject *s, const struct touch *t, struct error *err)
{
	struct vulndb_fact fact;
	struct vulndb_id id;
	if (vulndb_fact_at(m->db, t->fact, &fact, err) < 0 ||
	    vulndb_id_at(m->db, fact.id, &id, err) < 0 || subject_texts(m, s, err) < 0)
		return -1;
	const char *fixed = fact.fixed[0] == '\0' ? NULL : fact.fixed;
	struct finding f = {
		.id = vulndb_id_text(&id, m->arena),
		.family = "vulnerability",
		.class = "os",
		.severity = severity_of(&fact, &id),
		.status = status_of(&fact, t->pro_only),
		.package = s->package,
		.path = s->package->path,
		.fixed_version = t->pro_only ? NULL : fixed,
		.fix = t->pro_only || fixed == NULL ? NULL : s->fix,
		.layer = s->package->layer,
	};
	f.rule = f.id;
	if (f.id == NULL)
		return no_memory(err);
	if (fill_detail(m, &id, &f, err) < 0 ||
	    fill_advisory(m, &fact, m->weigher.lists[LIST_MAIN].name, &f, err) < 0 ||
	    fill_sentences(m, s, &fact, t->pro_only ? fixed : NULL, &f, err) < 0)
		return -1;
	fill_priority(s, &f);
	finding_fingerprint(&f);
	return m->sink.finding(m->sink.ctx, &f, err);
}

/* --- one package -------------------------------------------------------------- */

static int match_package(struct matcher *m, const struct package *p, struct error *err)
{
	struct subject s = { .package = p, .name = p->name, .version = p->version };
	struct touched touched;
	if (p->type != m->eco.type) {
		m->stats.foreign++;
		return 0;
	}
	if (os_third_party(&m->eco, p)) {
		m->stats.third_party++;
		return 0;
	}
	m->stats.packages++;
	if (m->eco.by_source && p->source_name[0] != '\0') {
		s.name = p->source_name;
		s.version = p->source_version[0] != '\0' ? p->source_version : p->version;
	}
	if (weigh(&m->weigher, p, s.name, s.version, &touched, err) < 0)
		return -1;
	for (size_t i = 0; i < touched.count; i++)
		if (report(m, &s, &m->weigher.touches[touched.first + i], err) < 0)
			return -1;
	return 0;
}

/* The lists of the system; *ret_any is false when the database has none. */
static int find_lists(struct matcher *m, bool *ret_any, struct error *err)
{
	struct vulndb_ecosystem *lists = m->weigher.lists;
	*ret_any = false;
	if (!os_ecosystem_of(&m->os, &m->eco))
		return 0;
	for (int k = 0; k < ECOSYSTEM_KEYS && lists[LIST_MAIN].packages == 0; k++) {
		struct bytes key = bytes_str(m->eco.keys[k]);
		if (key.n > 0 && vulndb_ecosystem_find(m->db, key, &lists[LIST_MAIN], err) < 0)
			return -1;
	}
	if (m->eco.pro[0] != '\0' &&
	    vulndb_ecosystem_find(m->db, bytes_str(m->eco.pro), &lists[LIST_PRO], err) < 0)
		return -1;
	*ret_any = lists[LIST_MAIN].packages > 0 || lists[LIST_PRO].packages > 0;
	if (lists[LIST_MAIN].packages == 0)
		lists[LIST_MAIN].name = m->eco.keys[0];
	return 0;
}

static int match_all(struct matcher *m, const struct package *packages, size_t count,
		     struct error *err)
{
	bool any;
	if (find_lists(m, &any, err) < 0)
		return -1;
	m->stats.no_advisories = !any;
	if (any && m->os.package_tool == NULL)
		m->os.package_tool = vuln_package_tool(&m->os, packages, count);
	for (size_t i = 0; any && i < count; i++)
		if (match_package(m, &packages[i], err) < 0)
			return -1;
	return 0;
}

int vuln_match(const struct vulndb *db, const struct os_identity *os,
	       const struct package *packages, size_t count, struct arena *arena,
	       struct match_sink sink, struct match_stats *ret_stats, struct error *err)
{
	struct matcher m = { .db = db, .os = *os, .arena = arena, .sink = sink };
	m.weigher = (struct weigher){
		.db = db, .eco = &m.eco, .stats = &m.stats, .degraded = degraded, .ctx = &m
	};
	weigher_init(&m.weigher);
	int result = match_all(&m, packages, count, err);
	weigher_free(&m.weigher);
	if (result == 0)
		*ret_stats = m.stats;
	return result;
}
