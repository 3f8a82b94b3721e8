/* Matching: the packages of one image against the facts of its distribution.
 *
 * For each package the facts of its name are read in the order of ids. Ranges
 * of one id are weighed together into one verdict, a verdict into at most one
 * finding. Ubuntu has two lists, the archive's and Ubuntu Pro's, which are
 * walked side by side. */
#include "vuln/ecosystem.h"
#include "vuln/explain.h"
#include "vuln/module.h"
#include "vuln/vulndb.h"

enum { LIST_MAIN, LIST_PRO, LISTS };

/* A package's facts share few bounds: one upload fixes many ids. A database
 * holds each string once, so a bound is known by its address. */
enum { COMPARED = 128 };
struct compared {
	const char *bound;
	uint32_t subject; /* whose version it was compared with */
	int result;
};

/* What is the same for all packages. */
struct matcher {
	const struct vulndb *db;
	struct os_identity os;
	struct os_ecosystem eco;
	struct vulndb_ecosystem lists[LISTS];
	struct arena *arena;
	struct match_sink sink;
	struct match_stats stats;
	struct compared compared[COMPARED];
	uint32_t subjects;
};

/* One package under comparison. */
struct subject {
	uint32_t number; /* from 1 */
	const struct package *package;
	const char *name, *version; /* source or binary, as the ecosystem lists them */
	const char *evidence, *fix; /* made when the first finding needs them */
	bool has_texts;
};

/* What the facts of one list say of one id. */
struct verdict {
	bool known; /* a fact is about this package */
	bool affected;
	const struct vulndb_fact *fact; /* the one that decides, in room; NULL: not known */
	struct vulndb_fact room[2]; /* the best so far and the next one, by turns */
};

static int no_memory(struct error *err)
{
	return error_set(err, ERR_LIMIT, "the findings need more memory than a scan may use");
}

/* --- one fact ---------------------------------------------------------------- */

static void degrade(struct matcher *m, const struct subject *s, const char *what,
		    const char *version)
{
	m->stats.unparsable++;
	if (m->sink.degraded == NULL)
		return;
	const char *why = arena_printf(m->arena, "%s \"%.100s\" is no %s version; not compared",
				       what, version, vercmp_scheme_name(m->eco.scheme));
	m->sink.degraded(m->sink.ctx, s->package, why == NULL ? what : why);
}

/* The package's version against one bound; false when the bound is no version. */
static bool against(struct matcher *m, const struct subject *s, const char *what, const char *bound,
		    int *ret)
{
	struct compared *c = &m->compared[(uintptr_t)bound % COMPARED];
	if (c->bound != bound || c->subject != s->number) {
		int result;
		if (!vercmp(m->eco.scheme, bytes_str(s->version), bytes_str(bound), &result)) {
			degrade(m, s, what, bound);
			return false;
		}
		*c = (struct compared){ bound, s->number, result };
	}
	*ret = c->result;
	return true;
}

/* Does the package's version lie in the fact's range? A bound that cannot be
 * read takes only its own fact out of the comparison, and says so. */
static bool in_range(struct matcher *m, const struct subject *s, const struct vulndb_fact *f)
{
	int c;
	m->stats.compared++;
	if (f->introduced[0] != '\0' &&
	    (!against(m, s, "the first affected version", f->introduced, &c) || c < 0))
		return false;
	if (f->fixed[0] != '\0' && (!against(m, s, "the fixed version", f->fixed, &c) || c >= 0))
		return false;
	if (f->last_affected[0] != '\0' &&
	    (!against(m, s, "the last affected version", f->last_affected, &c) || c > 0))
		return false;
	return true;
}

static bool is_about(const struct vulndb_fact *f, const struct subject *s)
{
	return (f->arch[0] == '\0' || strcmp(f->arch, s->package->arch) == 0) &&
	       module_fits(f, s->package, s->version);
}

/* Of two ranges that hold the version the one that takes longer to leave: no
 * end, then a last affected version without a fixed one, then the later fix. */
static bool outlasts(const struct matcher *m, const struct vulndb_fact *a,
		     const struct vulndb_fact *b)
{
	int rank_a = a->fixed[0] != '\0' ? 0 : a->last_affected[0] != '\0' ? 1 : 2;
	int rank_b = b->fixed[0] != '\0' ? 0 : b->last_affected[0] != '\0' ? 1 : 2;
	int c = 0;
	if (rank_a != rank_b)
		return rank_a > rank_b;
	return rank_a == 0 && vercmp(m->eco.scheme, bytes_str(a->fixed), bytes_str(b->fixed), &c) &&
	       c > 0;
}

/* Weighs the facts of one id, of which r->first is the first one, and steps
 * over them. */
static int weigh(struct matcher *m, const struct subject *s, uint32_t id, struct vulndb_range *r,
		 struct verdict *ret, struct error *err)
{
	ret->known = ret->affected = false;
	ret->fact = NULL;
	for (; r->count > 0; r->first++, r->count--) {
		struct vulndb_fact *f = &ret->room[ret->fact == &ret->room[0]];
		if (vulndb_fact_at(m->db, r->first, f, err) < 0)
			return -1;
		if (f->id != id)
			break;
		if (f->status == STATUS_NOT_AFFECTED || !is_about(f, s))
			continue;
		bool affected = in_range(m, s, f);
		if (!ret->known || (affected && !ret->affected) ||
		    (affected == ret->affected && outlasts(m, f, ret->fact)))
			ret->fact = f;
		ret->known = true;
		ret->affected |= affected;
	}
	return 0;
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

/* pro_only: only Ubuntu Pro has the fix, and the image does not get it. */
static int report(struct matcher *m, struct subject *s, const struct vulndb_fact *fact,
		  bool pro_only, struct error *err)
{
	struct vulndb_id id;
	if (vulndb_id_at(m->db, fact->id, &id, err) < 0 || subject_texts(m, s, err) < 0)
		return -1;
	const char *fixed = fact->fixed[0] == '\0' ? NULL : fact->fixed;
	struct finding f = {
		.id = vulndb_id_text(&id, m->arena),
		.family = "vulnerability",
		.class = "os",
		.severity = severity_of(fact, &id),
		.status = status_of(fact, pro_only),
		.package = s->package,
		.path = s->package->path,
		.fixed_version = pro_only ? NULL : fixed,
		.fix = pro_only || fixed == NULL ? NULL : s->fix,
		.layer = s->package->layer,
	};
	f.rule = f.id;
	if (f.id == NULL)
		return no_memory(err);
	if (fill_detail(m, &id, &f, err) < 0 ||
	    fill_advisory(m, fact, m->lists[LIST_MAIN].name, &f, err) < 0 ||
	    fill_sentences(m, s, fact, pro_only ? fixed : NULL, &f, err) < 0)
		return -1;
	fill_priority(s, &f);
	finding_fingerprint(&f);
	return m->sink.finding(m->sink.ctx, &f, err);
}

/* --- one id ------------------------------------------------------------------ */

/* Both lists know the id, or one of them does. A version that has Pro's fix is
 * not affected, whoever installed it. */
static int decide(struct matcher *m, struct subject *s, const struct verdict *plain,
		  const struct verdict *pro, struct error *err)
{
	bool pro_fixes = pro->known && pro->fact->fixed[0] != '\0';
	if (plain->affected && plain->fact->fixed[0] != '\0')
		return report(m, s, plain->fact, false, err);
	if (pro_fixes && !pro->affected)
		return 0;
	if (pro_fixes && m->eco.pro_in_force)
		return report(m, s, pro->fact, false, err);
	if (pro_fixes && (plain->affected || !plain->known))
		return report(m, s, pro->fact, true, err);
	if (plain->affected)
		return report(m, s, plain->fact, false, err);
	if (pro->affected && !plain->known)
		return report(m, s, pro->fact, false, err);
	return 0;
}

/* The smallest id that one of the lists goes on with. */
static int next_id(const struct matcher *m, const struct vulndb_range ranges[static LISTS],
		   uint32_t *ret, struct error *err)
{
	uint32_t smallest = UINT32_MAX, id;
	for (int l = 0; l < LISTS; l++) {
		if (ranges[l].count == 0)
			continue;
		if (vulndb_fact_id(m->db, ranges[l].first, &id, err) < 0)
			return -1;
		if (id < smallest)
			smallest = id;
	}
	*ret = smallest;
	return 0;
}

static int match_lists(struct matcher *m, struct subject *s,
		       struct vulndb_range ranges[static LISTS], struct error *err)
{
	struct verdict verdicts[LISTS]; /* not in the loop: they would be cleared there */
	uint32_t id;
	while (ranges[LIST_MAIN].count > 0 || ranges[LIST_PRO].count > 0) {
		if (next_id(m, ranges, &id, err) < 0)
			return -1;
		for (int l = 0; l < LISTS; l++)
			if (weigh(m, s, id, &ranges[l], &verdicts[l], err) < 0)
				return -1;
		if (decide(m, s, &verdicts[LIST_MAIN], &verdicts[LIST_PRO], err) < 0)
			return -1;
	}
	return 0;
}

/* --- one package -------------------------------------------------------------- */

static int match_package(struct matcher *m, const struct package *p, struct error *err)
{
	struct subject s = {
		.number = ++m->subjects, .package = p, .name = p->name, .version = p->version
	};
	struct vulndb_range ranges[LISTS];
	if (p->type != m->eco.type)
		return 0;
	if (os_third_party(&m->eco, p)) {
		m->stats.third_party++;
		return 0;
	}
	m->stats.packages++;
	if (m->eco.by_source && p->source_name[0] != '\0') {
		s.name = p->source_name;
		s.version = p->source_version[0] != '\0' ? p->source_version : p->version;
	}
	for (int l = 0; l < LISTS; l++)
		if (vulndb_find(m->db, &m->lists[l], bytes_str(s.name), &ranges[l], err) < 0)
			return -1;
	if (ranges[LIST_MAIN].count == 0 && ranges[LIST_PRO].count == 0)
		return 0;
	if (!vercmp_valid(m->eco.scheme, bytes_str(s.version))) {
		degrade(m, &s, "the package's version", s.version);
		return 0;
	}
	return match_lists(m, &s, ranges, err);
}

/* The lists of the system; *ret_any is false when the database has none. */
static int find_lists(struct matcher *m, bool *ret_any, struct error *err)
{
	*ret_any = false;
	if (!os_ecosystem_of(&m->os, &m->eco))
		return 0;
	for (int k = 0; k < ECOSYSTEM_KEYS && m->lists[LIST_MAIN].packages == 0; k++) {
		struct bytes key = bytes_str(m->eco.keys[k]);
		if (key.n > 0 && vulndb_ecosystem_find(m->db, key, &m->lists[LIST_MAIN], err) < 0)
			return -1;
	}
	if (m->eco.pro[0] != '\0' &&
	    vulndb_ecosystem_find(m->db, bytes_str(m->eco.pro), &m->lists[LIST_PRO], err) < 0)
		return -1;
	*ret_any = m->lists[LIST_MAIN].packages > 0 || m->lists[LIST_PRO].packages > 0;
	if (m->lists[LIST_MAIN].packages == 0)
		m->lists[LIST_MAIN].name = m->eco.keys[0];
	return 0;
}

int vuln_match(const struct vulndb *db, const struct os_identity *os,
	       const struct package *packages, size_t count, struct arena *arena,
	       struct match_sink sink, struct match_stats *ret_stats, struct error *err)
{
	struct matcher m = { .db = db, .os = *os, .arena = arena, .sink = sink };
	bool any;
	if (find_lists(&m, &any, err) < 0)
		return -1;
	m.stats.no_advisories = !any;
	if (any && m.os.package_tool == NULL)
		m.os.package_tool = vuln_package_tool(os, packages, count);
	for (size_t i = 0; any && i < count; i++)
		if (match_package(&m, &packages[i], err) < 0)
			return -1;
	*ret_stats = m.stats;
	return 0;
}
