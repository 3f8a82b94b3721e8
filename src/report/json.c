/* corten.scan/1, the format of doc/scan-json.md: everything that is known,
 * nothing folded, members in a fixed order. What is not known is null. */
#include "format/json.h"
#include "report/ident.h"
#include "report/internal.h"
#include "report/summary.h"
#include "report/suppressed.h"

/* An absent string is "" in a result and null in a document. */
static void text(struct json_writer *w, const char *key, const char *s)
{
	json_member_string(w, key, s == NULL || s[0] == '\0' ? NULL : s);
}

static void digest(struct json_writer *w, const char *key, bool has, const struct digest *d)
{
	char s[DIGEST_TEXT];
	digest_text(d, s);
	json_member_string(w, key, has && !digest_is_zero(d) ? s : NULL);
}

static void layer_of(struct json_writer *w, const struct scan_result *r, uint32_t layer)
{
	char s[DIGEST_TEXT];
	json_member_string(w, "layer", ident_layer(r, layer, s));
}

static void time_of(struct json_writer *w, const char *key, int64_t seconds)
{
	char s[RFC3339_TEXT];
	rfc3339_text(seconds, s);
	json_member_string(w, key, s);
}

/* A number that is null below zero. */
static void number(struct json_writer *w, const char *key, double v, int digits)
{
	json_key(w, key);
	if (v < 0)
		json_null(w);
	else
		json_double(w, v, digits);
}

static void target(struct json_writer *w, const struct scan_result *r)
{
	json_key(w, "target");
	json_object_begin(w);
	text(w, "source", r->source);
	text(w, "reference", r->reference);
	text(w, "name", r->name);
	digest(w, "digest", r->has_digest, &r->digest);
	digest(w, "image_id", r->has_image_id, &r->image_id);
	text(w, "platform", r->platform);
	json_object_end(w);
}

static void image(struct json_writer *w, const struct scan_result *r)
{
	json_key(w, "image");
	json_object_begin(w);
	text(w, "created", r->created);
	json_key(w, "labels");
	json_object_begin(w);
	for (size_t i = 0; i < r->label_count; i++)
		json_member_string(w, r->labels[i].name, r->labels[i].value);
	json_object_end(w);
	json_key(w, "layers");
	json_array_begin(w);
	for (size_t i = 0; i < r->layer_count; i++) {
		const struct scan_layer *l = &r->layers[i];
		json_object_begin(w);
		digest(w, "digest", true, &l->digest);
		digest(w, "diff_id", true, &l->diff_id);
		json_member_u64(w, "size", l->size);
		text(w, "created_by", l->created_by);
		json_member_bool(w, "base", l->base);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

static void os(struct json_writer *w, const struct scan_result *r)
{
	json_key(w, "os");
	if (!r->has_os || r->os.id == NULL) {
		json_null(w);
		return;
	}
	json_object_begin(w);
	text(w, "id", r->os.id);
	text(w, "version", r->os.version);
	text(w, "name", r->os.name);
	json_object_end(w);
}

/* null: not told. */
static void line_of(struct json_writer *w, uint32_t line)
{
	json_key(w, "line");
	if (line == 0)
		json_null(w);
	else
		json_u64(w, line);
}

static void package(struct json_writer *w, const struct scan_result *r, const struct package *p)
{
	json_object_begin(w);
	text(w, "purl", p->purl);
	text(w, "type", pkg_type_name(p->type));
	text(w, "name", p->name);
	text(w, "version", p->version);
	text(w, "arch", p->arch);
	json_key(w, "source");
	json_object_begin(w);
	text(w, "name", p->source_name);
	text(w, "version", p->source_version);
	json_object_end(w);
	text(w, "vendor", p->vendor);
	text(w, "license", p->license);
	text(w, "path", p->path);
	line_of(w, p->line);
	json_member_bool(w, "dev", p->dev);
	json_member_bool(w, "direct", p->direct);
	layer_of(w, r, p->layer);
	text(w, "origin", origin_name(p->origin));
	json_object_end(w);
}

static void packages(struct json_writer *w, const struct scan_result *r)
{
	json_key(w, "packages");
	json_array_begin(w);
	for (size_t i = 0; i < r->package_count; i++)
		package(w, r, &r->packages[i]);
	json_array_end(w);
}

static void finding_package(struct json_writer *w, const struct package *p)
{
	json_key(w, "package");
	if (p == NULL) {
		json_null(w);
		return;
	}
	json_object_begin(w);
	text(w, "purl", p->purl);
	text(w, "name", p->name);
	text(w, "version", p->version);
	text(w, "path", p->path);
	json_object_end(w);
}

static void cvss(struct json_writer *w, const struct finding *f)
{
	json_key(w, "cvss");
	if (f->cvss_score < 0 && f->cvss_vector == NULL) {
		json_null(w);
		return;
	}
	json_object_begin(w);
	number(w, "score", f->cvss_score, 3);
	text(w, "vector", f->cvss_vector);
	json_object_end(w);
}

static void epss(struct json_writer *w, const struct finding *f)
{
	json_key(w, "epss");
	if (f->epss < 0) {
		json_null(w);
		return;
	}
	json_object_begin(w);
	number(w, "score", f->epss, 6);
	number(w, "percentile", f->epss_percentile, 6);
	json_object_end(w);
}

static void kev(struct json_writer *w, const struct finding *f)
{
	json_key(w, "kev");
	if (f->kev_added == NULL) {
		json_null(w);
		return;
	}
	json_object_begin(w);
	text(w, "added", f->kev_added);
	text(w, "due", f->kev_due);
	json_member_bool(w, "ransomware", f->kev_ransomware);
	json_object_end(w);
}

static void published(struct json_writer *w, const struct finding *f)
{
	char day[DAY_TEXT];
	json_member_string(w, "published", ident_published(f, day));
}

static void advisory(struct json_writer *w, const struct advisory_ref *a)
{
	json_key(w, "advisory");
	json_object_begin(w);
	text(w, "id", a->id);
	text(w, "source", a->source);
	text(w, "snapshot", a->snapshot);
	text(w, "url", a->url);
	json_object_end(w);
}

static void aliases(struct json_writer *w, const struct finding *f)
{
	json_key(w, "aliases");
	json_array_begin(w);
	for (size_t i = 0; i < f->alias_count; i++)
		json_string(w, f->aliases[i]);
	json_array_end(w);
}

static void file_sums(struct json_writer *w, const struct finding *f)
{
	json_key(w, "file");
	if (f->file_sha256 == NULL) {
		json_null(w);
		return;
	}
	json_object_begin(w);
	text(w, "sha256", f->file_sha256);
	text(w, "md5", f->file_md5);
	json_object_end(w);
}

static void finding(struct json_writer *w, const struct scan_result *r, const struct finding *f)
{
	json_object_begin(w);
	text(w, "fingerprint", f->fingerprint);
	text(w, "id", f->id);
	text(w, "family", f->family);
	text(w, "class", f->class);
	text(w, "rule", f->rule);
	text(w, "severity", severity_name(f->severity));
	text(w, "priority", priority_name(f->priority));
	text(w, "status", finding_status_name(f->status));
	finding_package(w, f->package);
	text(w, "path", f->path);
	line_of(w, f->line);
	file_sums(w, f);
	text(w, "fixed_version", f->fixed_version);
	text(w, "fix", f->fix);
	text(w, "reason", f->reason);
	text(w, "evidence", f->evidence);
	text(w, "advice", f->advice);
	layer_of(w, r, f->layer);
	text(w, "origin", origin_name(f->origin));
	aliases(w, f);
	cvss(w, f);
	epss(w, f);
	kev(w, f);
	published(w, f);
	advisory(w, &f->advisory);
	json_object_end(w);
}

static void findings(struct json_writer *w, const struct scan_result *r,
		     const struct report_options *o)
{
	json_key(w, "findings");
	json_array_begin(w);
	for (size_t i = 0; i < r->finding_count; i++) {
		if (report_shows(o, &r->findings[i]))
			finding(w, r, &r->findings[i]);
	}
	json_array_end(w);
}

/* What would be findings, had nobody said that they are none. */
static void suppressed(struct json_writer *w, const struct scan_result *r,
		       const struct report_options *o)
{
	json_key(w, "suppressed");
	json_array_begin(w);
	for (size_t i = 0; i < r->suppressed_count; i++) {
		const struct scan_suppressed *s = &r->suppressed[i];
		if (!report_shows(o, &s->finding))
			continue;
		json_object_begin(w);
		text(w, "by", suppressed_by(s));
		text(w, "status", s->status);
		text(w, "justification", s->justification);
		text(w, "reason", s->reason);
		text(w, "author", s->author);
		text(w, "file", s->file);
		line_of(w, s->line);
		text(w, "until", s->until);
		json_key(w, "finding");
		finding(w, r, &s->finding);
		json_object_end(w);
	}
	json_array_end(w);
}

static void incomplete(struct json_writer *w, const struct scan_result *r)
{
	json_key(w, "incomplete");
	json_array_begin(w);
	for (size_t i = 0; i < r->incomplete_count; i++) {
		json_object_begin(w);
		text(w, "what", r->incomplete[i].what);
		text(w, "code", error_code_name(r->incomplete[i].code));
		text(w, "text", r->incomplete[i].text);
		json_object_end(w);
	}
	json_array_end(w);
}

static void notes(struct json_writer *w, const struct scan_result *r)
{
	json_key(w, "notes");
	json_array_begin(w);
	for (size_t i = 0; i < r->note_count; i++) {
		const struct scan_note *n = &r->notes[i];
		json_object_begin(w);
		text(w, "path", n->path);
		line_of(w, n->line);
		text(w, "text", n->text);
		json_object_end(w);
	}
	json_array_end(w);
}

/* Whose word it was that some findings are none. */
static void vex(struct json_writer *w, const struct scan_result *r)
{
	json_key(w, "vex");
	json_array_begin(w);
	for (size_t i = 0; i < r->vex_count; i++) {
		const struct scan_vex *v = &r->vex[i];
		json_object_begin(w);
		text(w, "file", v->file);
		text(w, "format", v->format);
		text(w, "author", v->author);
		json_member_u64(w, "statements", v->statements);
		json_member_u64(w, "unusable", v->unusable);
		json_member_u64(w, "removed", v->removed);
		json_member_u64(w, "under_investigation", v->investigated);
		json_object_end(w);
	}
	json_array_end(w);
}

static void severity_counts(struct json_writer *w, const struct summary *s)
{
	json_key(w, "severity");
	json_object_begin(w);
	for (int i = SEVERITIES - 1; i >= 0; i--)
		json_member_u64(w, severity_name((enum severity)i), s->severity[i]);
	json_object_end(w);
}

static void status_counts(struct json_writer *w, const struct summary *s)
{
	json_key(w, "status");
	json_object_begin(w);
	for (int i = 0; i < STATUS_NOT_AFFECTED; i++)
		json_member_u64(w, finding_status_name((enum finding_status)i), s->status[i]);
	json_object_end(w);
}

static void priority_counts(struct json_writer *w, const struct summary *s)
{
	json_key(w, "priority");
	json_object_begin(w);
	for (int i = 0; i < PRIORITIES; i++)
		json_member_u64(w, priority_name((enum priority)i), s->priority[i]);
	json_object_end(w);
}

static void family_counts(struct json_writer *w, const struct summary *s)
{
	json_key(w, "family");
	json_object_begin(w);
	for (size_t i = 0; i < s->family_count; i++)
		json_member_u64(w, s->families[i].name, s->families[i].count);
	json_object_end(w);
}

static void summary(struct json_writer *w, const struct scan_result *r,
		    const struct report_options *o)
{
	struct summary s;
	summary_of(r, o, &s);
	json_key(w, "summary");
	json_object_begin(w);
	json_member_bool(w, "complete", s.complete);
	json_member_u64(w, "packages", s.packages);
	json_member_u64(w, "third_party", r->third_party_count);
	json_member_u64(w, "findings", s.findings);
	json_member_u64(w, "shown", s.shown);
	json_member_u64(w, "suppressed", r->suppressed_count);
	json_member_u64(w, "fixable", s.fixable);
	json_member_u64(w, "kev", s.kev);
	severity_counts(w, &s);
	status_counts(w, &s);
	priority_counts(w, &s);
	family_counts(w, &s);
	json_object_end(w);
}

static void database(struct json_writer *w, const struct scan_result *r)
{
	json_key(w, "database");
	if (r->db.generation == 0) {
		json_null(w);
		return;
	}
	json_object_begin(w);
	json_member_u64(w, "generation", r->db.generation);
	time_of(w, "built", r->db.built);
	time_of(w, "oldest_snapshot", r->db.oldest_snapshot);
	json_key(w, "sources");
	json_array_begin(w);
	for (size_t i = 0; i < r->db_source_count; i++) {
		json_object_begin(w);
		text(w, "name", r->db_sources[i].name);
		text(w, "snapshot", r->db_sources[i].snapshot);
		text(w, "url", r->db_sources[i].url);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

static void milliseconds(struct json_writer *w, const char *key, uint64_t ns)
{
	json_key(w, key);
	uint64_t us = ns / 1000;
	json_double(w, (double)us / 1000, 15);
}

static void timing(struct json_writer *w, const struct scan_result *r)
{
	json_key(w, "timing");
	json_object_begin(w);
	time_of(w, "finished", clock_now());
	milliseconds(w, "total_ms", r->total_ns);
	milliseconds(w, "fetch_ms", r->fetch_ns);
	milliseconds(w, "layers_ms", r->layers_ns);
	milliseconds(w, "match_ms", r->match_ns);
	json_member_u64(w, "layers_cached", r->layers_cached);
	json_member_u64(w, "bytes_read", r->bytes_read);
	json_member_u64(w, "bytes_raw", r->bytes_raw);
	json_object_end(w);
}

int report_json(const struct scan_result *r, const struct report_options *o, FILE *out,
		struct error *err)
{
	(void)err;
	struct json_writer w;
	json_write_init(&w, out, true);
	json_object_begin(&w);
	text(&w, "schema", "corten.scan/1");
	target(&w, r);
	image(&w, r);
	os(&w, r);
	packages(&w, r);
	findings(&w, r, o);
	suppressed(&w, r, o);
	incomplete(&w, r);
	notes(&w, r);
	vex(&w, r);
	summary(&w, r, o);
	database(&w, r);
	timing(&w, r);
	json_object_end(&w);
	(void)fputc('\n', out);
	return 0;
}
