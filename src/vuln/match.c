/* Matching: the packages of one image against the facts of its distribution, and
 * those of applications against the facts of their ecosystems. weigh.c says which
 * facts touch a package; here they become findings. */
#include "vuln/explain.h"
#include "vuln/weigh.h"

/* What is the same for all packages of the system, or of one type of application
 * packages. */
struct lane {
	struct os_ecosystem eco;
	struct weigher weigher;
	bool any; /* the database has facts for it */
};

struct matcher {
	const struct vulndb *db;
	struct os_identity os;
	struct arena *arena;
	struct match_sink sink;
	struct match_stats stats;
	struct lane *system; /* NULL: it cannot be told */
	struct lane *apps[PKG_TYPES]; /* made when the first package asks */
};

/* One package on its way to findings. */
struct subject {
	const struct package *package;
	struct lane *lane;
	const char *name, *version; /* source or binary, as the ecosystem lists them */
	const char *evidence, *fix; /* made when the first finding needs them */
	const char *place; /* of an application package */
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
	const char *why =
		arena_printf(m->arena, "%s \"%.100s\" is no %s version; not compared", what,
			     version, vercmp_scheme_name(vuln_version_scheme(p->type)));
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
	bool app = pkg_type_is_app(s->package->type);
	if (s->has_texts)
		return 0;
	s->evidence = app ? explain_app_evidence(s->package, m->arena)
			  : explain_evidence(s->package, m->arena);
	if (app)
		s->place = explain_app_place(s->package, m->arena);
	else
		s->fix = vuln_update_command(&m->os, &s->package->name, NULL, 1, m->arena);
	s->has_texts = true;
	return s->evidence == NULL || (app && s->place == NULL) ? no_memory(err) : 0;
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
	f->published = id->published;
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
		.by_source = s->lane->eco.by_source,
		.fact = fact,
		.status = f->status,
		.fixed = f->fixed_version,
		.pro_fixed = pro_fixed,
		.source = f->advisory.source,
		.fix = f->fix,
	};
	bool app = pkg_type_is_app(s->package->type);
	f->reason = app ? explain_app_reason(&x, m->arena) : explain_reason(&x, m->arena);
	f->evidence = s->evidence;
	f->advice = app ? explain_app_advice(&x, m->arena) : explain_advice(&x, m->arena);
	return f->reason == NULL || f->advice == NULL ? no_memory(err) : 0;
}

/* What only application packages have: their fix is words of their own for each
 * version to go to, and the same package may be in an image several times. */
static int fill_app(struct matcher *m, const struct subject *s, struct finding *f,
		    struct error *err)
{
	if (!pkg_type_is_app(s->package->type))
		return 0;
	f->class = "app";
	f->line = s->package->line;
	f->key = s->place;
	if (f->fixed_version == NULL)
		return 0;
	f->fix = explain_app_fix(s->package, f->fixed_version, m->arena);
	return f->fix == NULL ? no_memory(err) : 0;
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
	if (fill_detail(m, &id, &f, err) < 0 || fill_app(m, s, &f, err) < 0 ||
	    fill_advisory(m, &fact, s->lane->weigher.lists[LIST_MAIN].name, &f, err) < 0 ||
	    fill_sentences(m, s, &fact, t->pro_only ? fixed : NULL, &f, err) < 0)
		return -1;
	fill_priority(s, &f);
	finding_fingerprint(&f);
	return m->sink.finding(m->sink.ctx, &f, err);
}

/* --- one package -------------------------------------------------------------- */

static int match_subject(struct matcher *m, struct subject *s, struct error *err)
{
	struct weigher *w = &s->lane->weigher;
	struct touched touched;
	m->stats.packages++;
	if (weigh(w, s->package, s->name, s->version, &touched, err) < 0)
		return -1;
	for (size_t i = 0; i < touched.count; i++)
		if (report(m, s, &w->touches[touched.first + i], err) < 0)
			return -1;
	return 0;
}

static int match_system(struct matcher *m, const struct package *p, struct error *err)
{
	struct subject s = { .package = p, .name = p->name, .version = p->version };
	s.lane = m->system;
	if (s.lane == NULL || !s.lane->any) {
		m->stats.no_advisories = true;
		return 0;
	}
	if (p->type != s.lane->eco.type) {
		m->stats.foreign++;
		return 0;
	}
	if (os_third_party(&s.lane->eco, p)) {
		m->stats.third_party++;
		return 0;
	}
	if (s.lane->eco.by_source && p->source_name[0] != '\0') {
		s.name = p->source_name;
		s.version = p->source_version[0] != '\0' ? p->source_version : p->version;
	}
	return match_subject(m, &s, err);
}

/* --- lanes ---------------------------------------------------------------------- */

/* The lists of the ecosystem; `any` stays false when the database has none. */
static int find_lists(const struct vulndb *db, struct lane *l, struct error *err)
{
	struct vulndb_ecosystem *lists = l->weigher.lists;
	for (int k = 0; k < ECOSYSTEM_KEYS && lists[LIST_MAIN].packages == 0; k++) {
		struct bytes key = bytes_str(l->eco.keys[k]);
		if (key.n > 0 && vulndb_ecosystem_find(db, key, &lists[LIST_MAIN], err) < 0)
			return -1;
	}
	if (l->eco.pro[0] != '\0' &&
	    vulndb_ecosystem_find(db, bytes_str(l->eco.pro), &lists[LIST_PRO], err) < 0)
		return -1;
	l->any = lists[LIST_MAIN].packages > 0 || lists[LIST_PRO].packages > 0;
	if (lists[LIST_MAIN].packages == 0)
		lists[LIST_MAIN].name = l->eco.keys[0];
	return 0;
}

static void lane_free(struct lane *l)
{
	if (l != NULL)
		weigher_free(&l->weigher);
	free(l);
}

static struct lane *lane_new(struct matcher *m, const struct os_ecosystem *eco, struct error *err)
{
	struct lane *l = calloc(1, sizeof *l);
	if (l == NULL) {
		(void)error_set(err, ERR_MEMORY, "no memory to match packages");
		return NULL;
	}
	l->eco = *eco;
	l->weigher.db = m->db;
	l->weigher.eco = &l->eco;
	l->weigher.stats = &m->stats;
	l->weigher.degraded = degraded;
	l->weigher.ctx = m;
	if (find_lists(m->db, l, err) == 0)
		return l;
	lane_free(l);
	return NULL;
}

static int match_app(struct matcher *m, const struct package *p, struct error *err)
{
	char room[VULN_NAME_ROOM + 1];
	struct lane **lane = &m->apps[p->type];
	struct bytes name = vuln_package_name(p->type, bytes_str(p->name), room);
	if (*lane == NULL) {
		const struct os_ecosystem eco = app_ecosystem_of(p->type);
		*lane = lane_new(m, &eco, err);
		if (*lane == NULL)
			return -1;
	}
	if (!(*lane)->any) {
		m->stats.types_without_advisories |= 1u << p->type;
		return 0;
	}
	if (p->version[0] == '\0') {
		m->stats.unversioned++;
		return 0;
	}
	struct subject s = { .package = p, .lane = *lane, .name = p->name, .version = p->version };
	if (name.p == (const uint8_t *)room) {
		room[name.n] = '\0';
		s.name = room;
	}
	return match_subject(m, &s, err);
}

/* --- all of them ------------------------------------------------------------------ */

static int prepare_system(struct matcher *m, const struct package *packages, size_t count,
			  struct error *err)
{
	struct os_ecosystem eco;
	if (m->os.id == NULL)
		return 0;
	m->stats.no_advisories = true;
	if (!os_ecosystem_of(&m->os, &eco))
		return 0;
	m->system = lane_new(m, &eco, err);
	if (m->system == NULL)
		return -1;
	m->stats.no_advisories = !m->system->any;
	if (m->system->any && m->os.package_tool == NULL)
		m->os.package_tool = vuln_package_tool(&m->os, packages, count);
	return 0;
}

static int match_all(struct matcher *m, const struct package *packages, size_t count,
		     struct error *err)
{
	if (prepare_system(m, packages, count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct package *p = &packages[i];
		int result =
			pkg_type_is_app(p->type) ? match_app(m, p, err) : match_system(m, p, err);
		if (result < 0)
			return -1;
	}
	return 0;
}

int vuln_match(const struct vulndb *db, const struct os_identity *os,
	       const struct package *packages, size_t count, struct arena *arena,
	       struct match_sink sink, struct match_stats *ret_stats, struct error *err)
{
	struct matcher m = { .db = db, .arena = arena, .sink = sink };
	if (os != NULL)
		m.os = *os;
	int result = match_all(&m, packages, count, err);
	lane_free(m.system);
	for (int t = 0; t < PKG_TYPES; t++)
		lane_free(m.apps[t]);
	if (result == 0)
		*ret_stats = m.stats;
	return result;
}
