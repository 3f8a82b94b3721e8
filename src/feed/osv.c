/* OSV records (ossf.github.io/osv-schema, 1.7.5) to facts: which vulnerabilities
 * a record is about, and what it says of each package. */
#include "feed/osv.h"
#include "feed/apps.h"
#include "pkgdb/purl.h"

enum { IDS_MAX = 4096 };

struct ids {
	struct bytes *id;
	size_t n, room;
};

/* A record on its way out. */
struct outgoing {
	struct import *im;
	const struct osv_record *o;
	bool system; /* a distribution's record */
	struct ids ids;
	const char *told; /* the reason told last why a part was left out */
};

/* --- which vulnerabilities ---------------------------------------------------- */

static void add_id(struct ids *ids, struct bytes id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (bytes_equal(ids->id[i], id))
			return;
	if (ids->n < ids->room)
		ids->id[ids->n++] = id;
}

static size_t count(const struct osv_list *l)
{
	size_t n = 0;
	for (const struct osv_text *t = l->first; t != NULL; t = t->next)
		n++;
	return n;
}

static void add_cves(struct ids *ids, const struct osv_list *l)
{
	for (const struct osv_text *list = l->first; list != NULL; list = list->next)
		if (cve_of(list->text).n > 0)
			add_id(ids, cve_of(list->text));
}

static void add_ghsas(struct ids *ids, const struct osv_list *l)
{
	for (const struct osv_text *list = l->first; list != NULL; list = list->next)
		if (bytes_starts_with(list->text, BYTES_LIT("GHSA-")))
			add_id(ids, list->text);
}

/* A record that is or holds a CVE's id is about that CVE alone. An advisory
 * names what it mends in `upstream`, in `aliases`, and before schema 1.7 in
 * `related`; but only a system's records use `related` so: elsewhere it means
 * what it says. NULL, or why the record cannot be used. */
static const char *find_ids(struct outgoing *x)
{
	const struct osv_record *o = x->o;
	struct ids *ids = &x->ids;
	struct bytes own = cve_of(o->id);
	ids->room = count(&o->aliases) + count(&o->upstream) + count(&o->related) + 1;
	if (ids->room > IDS_MAX)
		return "it names more vulnerabilities than a record may";
	ids->id = arena_array(&x->im->record, ids->room, sizeof *ids->id);
	if (ids->id == NULL)
		return "it is larger than a record may be";
	if (own.n > 0)
		add_id(ids, own);
	if (ids->n == 0) {
		add_cves(ids, &o->aliases);
		add_cves(ids, &o->upstream);
	}
	if (ids->n == 0 && x->system)
		add_cves(ids, &o->related);
	if (ids->n == 0) {
		add_ghsas(ids, &o->aliases);
		add_ghsas(ids, &o->upstream);
	}
	if (ids->n == 0 && x->system)
		add_ghsas(ids, &o->related);
	if (ids->n == 0)
		add_id(ids, o->id);
	return NULL;
}

/* --- what is said of them ---------------------------------------------------------- */

/* "Important: kernel security update": AlmaLinux and Rocky. */
static enum severity severity_of_summary(struct bytes summary)
{
	ptrdiff_t colon = bytes_index(summary, ':');
	return colon < 0 ? SEVERITY_UNKNOWN
			 : severity_of_word(bytes_sub(summary, 0, (size_t)colon));
}

/* The publisher's word for this package, else for the record. The score of a
 * bundle stands for a word that is missing; that of a single vulnerability is
 * no publisher's opinion but a detail, and sent as one. */
static enum severity fact_severity(const struct outgoing *x, const struct osv_affected *a)
{
	const struct osv_severity *whole = &x->o->severity;
	enum severity words[] = { severity_of_word(a->urgency), a->severity.word, whole->word,
				  severity_of_summary(x->o->summary) };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i] != SEVERITY_UNKNOWN)
			return words[i];
	if (bytes_starts_with(x->o->id, BYTES_LIT("MAL-")))
		return SEVERITY_CRITICAL; /* the package itself is the attack */
	return x->ids.n > 1 ? whole->cvss.severity : SEVERITY_UNKNOWN;
}

/* Of the package URL, decoded. */
static struct bytes qualifier(struct import *im, struct bytes purl, const char *name)
{
	struct purl_cut cut;
	if (!purl_cut(purl, &cut))
		return BYTES_LIT("");
	return record_decoded(im, purl_qualifier(cut.qualifiers, name));
}

static struct bytes arch_of(struct import *im, struct bytes purl)
{
	struct bytes arch = qualifier(im, purl, "arch");
	bool source = bytes_starts_with(arch, BYTES_LIT("src")) ||
		      bytes_starts_with(arch, BYTES_LIT("source"));
	return source ? BYTES_LIT("") : arch;
}

static enum finding_status span_status(const struct osv_affected *a, const struct osv_span *s)
{
	if (bytes_equal(a->urgency, BYTES_LIT("unimportant")))
		return STATUS_UNIMPORTANT;
	if (bytes_equal(s->fixed, BYTES_LIT("0")))
		return STATUS_NOT_AFFECTED;
	if (s->fixed.n > 0)
		return STATUS_FIXED;
	return bytes_equal(a->urgency, BYTES_LIT("end-of-life")) ? STATUS_END_OF_LIFE
								 : STATUS_AFFECTED;
}

static bool send_span(struct outgoing *x, struct vuln_fact *f, const struct osv_affected *a,
		      const struct osv_span *s)
{
	bool all = bytes_equal(s->introduced, BYTES_LIT("0"));
	f->introduced = all ? BYTES_LIT("") : s->introduced;
	f->status = span_status(a, s);
	f->fixed = f->status == STATUS_NOT_AFFECTED ? BYTES_LIT("") : s->fixed;
	f->last_affected = s->fixed.n == 0 ? s->last : BYTES_LIT("");
	for (size_t i = 0; i < x->ids.n; i++) {
		f->id = x->ids.id[i];
		f->advisory = bytes_equal(x->o->id, f->id) ? BYTES_LIT("") : x->o->id;
		if (!import_fact(x->im, f))
			return false;
	}
	return true;
}

/* Packages that hold only symbols for debuggers run nowhere. */
static bool is_debug_package(struct bytes name)
{
	return bytes_ends_with(name, BYTES_LIT("-debuginfo")) ||
	       bytes_ends_with(name, BYTES_LIT("-debugsource"));
}

/* NULL, or why nothing is taken from this part of a record. Distributions list
 * the versions that they once had; what counts there is which one mends it. */
static const char *part_why_not(const struct outgoing *x, const struct osv_affected *a, char *key)
{
	const char *why = ecosystem_of_osv(a->ecosystem, key);
	if (why == NULL && a->informational)
		return "a notice about a package, of no vulnerability";
	if (why == NULL && a->spans == NULL && (x->system || a->versions.first == NULL))
		return a->versions.first != NULL ? "it lists versions but no range of them"
						 : "it has no range of versions";
	return why;
}

/* Versions that are listed one by one. */
static bool send_versions(struct outgoing *x, struct vuln_fact *f, const struct osv_affected *a)
{
	for (const struct osv_text *t = a->versions.first; t != NULL; t = t->next) {
		struct osv_span one = { .started = true, .introduced = t->text, .last = t->text };
		if (!send_span(x, f, a, &one))
			return false;
	}
	return true;
}

static bool send_spans(struct outgoing *x, struct vuln_fact *f, const struct osv_affected *a)
{
	for (const struct osv_span *s = a->spans; s != NULL; s = s->next)
		if (s->started && !send_span(x, f, a, s))
			return false;
	return a->spans != NULL || send_versions(x, f, a);
}

static bool send_affected(struct outgoing *x, const struct osv_affected *a)
{
	char key[ECOSYSTEM_KEY_MAX];
	if (a->ecosystem.n == 0)
		return true; /* commits of a source repository */
	const char *why = part_why_not(x, a, key);
	if (why != NULL && why != x->told) {
		import_skip(x->im, x->o->id, why);
		x->told = why;
	}
	if (why != NULL || (x->system && is_debug_package(a->name)))
		return true;
	struct bytes publisher = x->o->publisher;
	if (publisher.n == 0 && !x->system)
		publisher = app_publisher(x->o->id);
	if (publisher.n == 0)
		publisher = ecosystem_publisher(bytes_str(key));
	if (!import_source(x->im, publisher, BYTES_LIT("")))
		return false;
	import_dated(x->im, x->o->modified);
	struct vuln_fact f = { .ecosystem = bytes_str(key),
			       .package = x->system ? a->name : app_name(x->im, key, a->name),
			       .severity = fact_severity(x, a),
			       .module = qualifier(x->im, a->purl, "rpmmod"),
			       .arch = arch_of(x->im, a->purl) };
	return send_spans(x, &f, a);
}

static bool send_alias(struct import *im, struct bytes id, struct bytes alias)
{
	struct vuln_detail d = {
		.id = id, .cvss_score = -1, .epss = -1, .epss_percentile = -1, .alias = alias
	};
	return bytes_equal(id, alias) || import_detail(im, &d);
}

/* The record's, or where it has none its first package's (Bitnami). */
static const struct osv_severity *detail_severity(const struct osv_record *o)
{
	bool first = o->severity.cvss.version == 0 && o->affected != NULL;
	return first ? &o->affected->severity : &o->severity;
}

/* A bundle is published at the day of its vulnerabilities, or later. */
static bool send_published(struct outgoing *x)
{
	for (size_t i = 0; i < x->ids.n; i++)
		if (!import_published(x->im, x->ids.id[i], x->o->published))
			return false;
	return true;
}

/* A score and other names belong to one vulnerability: what a bundle says is
 * about its worst one. */
static bool send_details(struct outgoing *x)
{
	const struct osv_record *o = x->o;
	const struct osv_severity *s = detail_severity(o);
	struct bytes id = x->ids.id[0];
	if (x->ids.n > 1)
		return send_published(x);
	struct vuln_detail d = detail_of(id);
	d.published = day_of_time(o->published);
	if (s->cvss.version != 0) {
		d.severity = s->cvss.severity;
		d.cvss_score = s->cvss.tenths / 10.0;
		d.cvss_vector = s->vector;
	}
	if ((s->cvss.version != 0 || d.published.n > 0) && !import_detail(x->im, &d))
		return false;
	for (const struct osv_text *t = o->aliases.first; t != NULL; t = t->next)
		if (cve_of(t->text).n == 0 && !send_alias(x->im, id, t->text))
			return false;
	return x->system || send_alias(x->im, id, o->id);
}

/* Notices of plain bug fixes and enhancements are published in the same way. */
static bool is_no_vulnerability(struct bytes id)
{
	static const char *const fronts[] = { "ALBA-",    "ALEA-",       "RHBA-",    "RHEA-",
					      "RLBA-",    "RLEA-",       "SUSE-RU-", "SUSE-FU-",
					      "SUSE-OU-", "openSUSE-RU-" };
	for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++)
		if (bytes_starts_with(id, bytes_str(fronts[i])))
			return true;
	return false;
}

/* NULL, or why nothing is taken from a record. */
static const char *why_not(struct outgoing *x)
{
	const struct osv_record *o = x->o;
	if (record_full(x->im))
		return "it is larger than a record may be";
	if (o->id.n == 0)
		return "it has no id";
	if (o->withdrawn.n > 0)
		return "it was withdrawn";
	if (bytes_starts_with(o->id, BYTES_LIT("LSN-")))
		return "a live patch mends the running kernel, not a package";
	const char *why = find_ids(x);
	if (why == NULL && bytes_equal(x->ids.id[0], o->id) && is_no_vulnerability(o->id))
		why = "a bug fix or enhancement that names no vulnerability";
	return why;
}

bool osv_send(struct import *im, const struct osv_record *o)
{
	struct outgoing x = { .im = im, .o = o };
	for (const struct osv_affected *a = o->affected; a != NULL; a = a->next)
		x.system |= ecosystem_is_system(a->ecosystem);
	im->stats.records++;
	const char *why = why_not(&x);
	if (why != NULL) {
		import_skip(im, o->id, why);
		return true;
	}
	struct feed_stats before = im->stats;
	for (const struct osv_affected *a = o->affected; a != NULL; a = a->next)
		if (!send_affected(&x, a))
			return false;
	bool silent = im->stats.facts == before.facts && im->stats.skipped == before.skipped;
	if (silent)
		import_skip(im, o->id, "it names no package");
	return im->stats.facts == before.facts || send_details(&x);
}

static void one(struct import *im, struct json_reader *r)
{
	struct osv_record o;
	osv_read(im, r, &o);
	if (!json_failed(r))
		(void)osv_send(im, &o);
}

static void many(struct import *im, struct json_reader *r)
{
	if (!json_enter_array(r))
		return;
	while (!im->failed && json_next_item(r))
		one(im, r);
}

/* {"vulns": [record, …]}, as the API of osv.dev answers. */
static void answer(struct import *im, struct json_reader *r)
{
	struct bytes key;
	if (!json_enter_object(r))
		return;
	while (!im->failed && json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("vulns")))
			many(im, r);
		else
			json_skip(r);
	}
}

static bool is_answer(struct bytes prefix)
{
	struct json_reader *r = json_open_bytes(prefix);
	struct bytes key;
	bool is = r != NULL && json_enter_object(r) && json_next_key(r, &key) &&
		  bytes_equal(key, BYTES_LIT("vulns"));
	json_close(r);
	return is;
}

int import_osv(struct import *im, struct feed_input *in)
{
	bool wrapped = is_answer(feed_input_prefix(in));
	struct json_reader *r = import_json(im, in);
	if (r == NULL)
		return -1;
	if (wrapped)
		answer(im, r);
	else if (json_peek(r) == JSON_ARRAY)
		many(im, r);
	else
		one(im, r);
	return import_json_end(im, r);
}
