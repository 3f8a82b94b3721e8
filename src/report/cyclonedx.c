/* CycloneDX 1.6 (ECMA-424), JSON: what is in the image and what is known to be
 * wrong with it. Corten's own facts are properties named "corten:…"; they are
 * listed in doc/reports.md. */
#include "format/json.h"
#include "report/group.h"
#include "report/ident.h"
#include "report/internal.h"
#include "report/purl_oci.h"
#include "report/summary.h"
#include "report/suppressed.h"

enum { SCRATCH_MAX = 64 * 1024, SECONDS_OF_DAY = 86400 };

struct cyclonedx {
	struct json_writer w;
	const struct scan_result *r;
	const struct report_options *o;
	struct arena arena;
	bool *again; /* by package: an earlier one has the same purl */
	struct buf scratch, why;
};

static const char image_ref[] = "image";

static void optional(struct json_writer *w, const char *key, const char *s)
{
	if (s != NULL && s[0] != '\0')
		json_member_string(w, key, s);
}

static void property(struct json_writer *w, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	json_object_begin(w);
	json_member_string(w, "name", name);
	json_member_string(w, "value", value);
	json_object_end(w);
}

/* --- references ------------------------------------------------------------------ */

static int compare_purls(const void *pa, const void *pb)
{
	const struct package *a = *(const struct package *const *)pa;
	const struct package *b = *(const struct package *const *)pb;
	int c = strcmp(a->purl, b->purl);
	return c != 0 ? c : (a > b) - (a < b);
}

/* A purl is a name that readers know, but one package may be there twice. */
static int find_twins(struct cyclonedx *c, struct error *err)
{
	size_t n = c->r->package_count;
	const struct package **list = arena_array(&c->arena, n, sizeof(struct package *));
	c->again = arena_array(&c->arena, n, sizeof *c->again);
	if (list == NULL || c->again == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu packages", n);
	for (size_t i = 0; i < n; i++)
		list[i] = &c->r->packages[i];
	if (n > 0)
		qsort(list, n, sizeof(struct package *), compare_purls);
	for (size_t i = 1; i < n; i++)
		c->again[list[i] - c->r->packages] = strcmp(list[i - 1]->purl, list[i]->purl) == 0;
	return 0;
}

/* The name of a component in this document: its purl, or with its number the
 * purl of a twin. */
static void reference(struct cyclonedx *c, const struct package *p)
{
	size_t index = (size_t)(p - c->r->packages);
	c->scratch.n = 0;
	if (!c->again[index] && p->purl[0] != '\0')
		json_string(&c->w, p->purl);
	else if (buf_printf(&c->scratch, NULL, "%s#%zu", p->purl, index) == 0)
		json_string_bytes(&c->w, buf_view(&c->scratch));
	else
		json_u64(&c->w, index); /* a purl of 64 KiB: the schema test would tell */
}

/* --- metadata ---------------------------------------------------------------------- */

static void tools(struct cyclonedx *c)
{
	struct json_writer *w = &c->w;
	json_key(w, "tools");
	json_object_begin(w);
	json_key(w, "components");
	json_array_begin(w);
	json_object_begin(w);
	json_member_string(w, "type", "application");
	json_member_string(w, "name", "corten");
	optional(w, "version", c->o->tool_version);
	json_object_end(w);
	json_array_end(w);
	json_object_end(w);
}

static void image_properties(struct cyclonedx *c)
{
	struct json_writer *w = &c->w;
	char text[DIGEST_TEXT];
	json_key(w, "properties");
	json_array_begin(w);
	property(w, "corten:source", c->r->source);
	property(w, "corten:reference", c->r->reference);
	property(w, "corten:platform", c->r->platform);
	if (c->r->has_image_id) {
		digest_text(&c->r->image_id, text);
		property(w, "corten:image-id", text);
	}
	for (size_t i = 0; i < c->r->layer_count; i++)
		property(w, "corten:diff-id", ident_layer(c->r, (uint32_t)i, text));
	json_array_end(w);
}

static void image_component(struct cyclonedx *c)
{
	struct json_writer *w = &c->w;
	char digest[DIGEST_TEXT];
	bool rootfs = c->r->source != NULL && strcmp(c->r->source, "rootfs") == 0;
	json_key(w, "component");
	json_object_begin(w);
	json_member_string(w, "bom-ref", image_ref);
	json_member_string(w, "type", rootfs ? "operating-system" : "container");
	json_member_string(w, "name", ident_target(c->r));
	optional(w, "version", ident_digest(c->r, digest));
	if (purl_oci_write(c->r, &c->scratch)) {
		json_key(w, "purl");
		json_string_bytes(w, buf_view(&c->scratch));
	}
	image_properties(c);
	json_object_end(w);
}

/* What a reader must know before trusting the list. */
static void scan_properties(struct cyclonedx *c)
{
	struct json_writer *w = &c->w;
	char text[1024];
	json_key(w, "properties");
	json_array_begin(w);
	property(w, "corten:complete", c->r->incomplete_count == 0 ? "true" : "false");
	for (size_t i = 0; i < c->r->incomplete_count; i++) {
		const struct scan_incomplete *e = &c->r->incomplete[i];
		(void)snprintf(text, sizeof text, "%s: %s: %s", error_code_name(e->code),
			       e->what == NULL ? "" : e->what, e->text == NULL ? "" : e->text);
		property(w, "corten:incomplete", text);
	}
	if (c->r->db.generation > 0) {
		(void)snprintf(text, sizeof text, "%llu", (unsigned long long)c->r->db.generation);
		property(w, "corten:database-generation", text);
		rfc3339_text(c->r->db.oldest_snapshot, text);
		property(w, "corten:database-snapshot", text);
	}
	json_array_end(w);
}

static void metadata(struct cyclonedx *c)
{
	struct json_writer *w = &c->w;
	char now[RFC3339_TEXT];
	rfc3339_text(clock_now(), now);
	json_key(w, "metadata");
	json_object_begin(w);
	json_member_string(w, "timestamp", now);
	tools(c);
	image_component(c);
	scan_properties(c);
	json_object_end(w);
}

/* --- components ---------------------------------------------------------------------- */

static bool has_os(const struct scan_result *r)
{
	return r->has_os && r->os.id != NULL;
}

static void os_component(struct cyclonedx *c)
{
	struct json_writer *w = &c->w;
	if (!has_os(c->r))
		return;
	json_object_begin(w);
	json_member_string(w, "bom-ref", "os");
	json_member_string(w, "type", "operating-system");
	json_member_string(w, "name", c->r->os.id);
	optional(w, "version", c->r->os.version);
	optional(w, "description", c->r->os.name);
	json_object_end(w);
}

static void license(struct json_writer *w, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	json_key(w, "licenses");
	json_array_begin(w);
	json_object_begin(w);
	json_key(w, "license");
	json_object_begin(w);
	json_member_string(w, "name", text);
	json_object_end(w);
	json_object_end(w);
	json_array_end(w);
}

static void supplier(struct json_writer *w, const char *name)
{
	if (name == NULL || name[0] == '\0')
		return;
	json_key(w, "supplier");
	json_object_begin(w);
	json_member_string(w, "name", name);
	json_object_end(w);
}

static void package_component(struct cyclonedx *c, const struct package *p)
{
	struct json_writer *w = &c->w;
	char layer[DIGEST_TEXT];
	json_object_begin(w);
	json_key(w, "bom-ref");
	reference(c, p);
	json_member_string(w, "type", "library");
	supplier(w, p->vendor);
	json_member_string(w, "name", p->name);
	optional(w, "version", p->version);
	license(w, p->license);
	optional(w, "purl", p->purl);
	json_key(w, "properties");
	json_array_begin(w);
	property(w, "corten:type", pkg_type_name(p->type));
	property(w, "corten:arch", p->arch);
	property(w, "corten:source-name", p->source_name);
	property(w, "corten:source-version", p->source_version);
	property(w, "corten:module", p->modularity);
	property(w, "corten:path", p->path);
	property(w, "corten:layer", ident_layer(c->r, p->layer, layer));
	property(w, "corten:origin", origin_name(p->origin));
	json_array_end(w);
	json_object_end(w);
}

static void components(struct cyclonedx *c)
{
	json_key(&c->w, "components");
	json_array_begin(&c->w);
	os_component(c);
	for (size_t i = 0; i < c->r->package_count; i++)
		package_component(c, &c->r->packages[i]);
	json_array_end(&c->w);
}

static void dependencies(struct cyclonedx *c)
{
	struct json_writer *w = &c->w;
	json_key(w, "dependencies");
	json_array_begin(w);
	json_object_begin(w);
	json_member_string(w, "ref", image_ref);
	json_key(w, "dependsOn");
	json_array_begin(w);
	if (has_os(c->r))
		json_string(w, "os");
	for (size_t i = 0; i < c->r->package_count; i++)
		reference(c, &c->r->packages[i]);
	json_array_end(w);
	json_object_end(w);
	json_array_end(w);
}

/* Whether the list is whole is a statement of the document. Only system
 * packages are looked for, so it is never called complete. */
static void compositions(struct cyclonedx *c)
{
	struct json_writer *w = &c->w;
	json_key(w, "compositions");
	json_array_begin(w);
	json_object_begin(w);
	json_member_string(w, "aggregate", c->r->incomplete_count > 0 ? "incomplete" : "unknown");
	json_key(w, "assemblies");
	json_array_begin(w);
	json_string(w, image_ref);
	json_array_end(w);
	json_object_end(w);
	json_array_end(w);
}

/* --- vulnerabilities -------------------------------------------------------------------- */

static const char *rating_severity(enum severity s)
{
	if (s == SEVERITY_NEGLIGIBLE)
		return "info"; /* CycloneDX has no "negligible" */
	return severity_name(s);
}

static const char *cvss_method(const char *vector)
{
	static const struct {
		const char *start, *method;
	} methods[] = {
		{ "CVSS:3.0/", "CVSSv3" },
		{ "CVSS:3.1/", "CVSSv31" },
		{ "CVSS:4.0/", "CVSSv4" },
		{ "AV:", "CVSSv2" },
	};
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		if (bytes_starts_with(bytes_str(vector), bytes_str(methods[i].start)))
			return methods[i].method;
	}
	return "other";
}

static void source(struct json_writer *w, const char *key, const char *name, const char *url)
{
	if (name == NULL || name[0] == '\0')
		return;
	json_key(w, key);
	json_object_begin(w);
	optional(w, "url", url);
	json_member_string(w, "name", name);
	json_object_end(w);
}

static void ratings(struct json_writer *w, const struct finding *f)
{
	json_key(w, "ratings");
	json_array_begin(w);
	json_object_begin(w);
	source(w, "source", f->advisory.source, NULL);
	json_member_string(w, "severity", rating_severity(f->severity));
	json_member_string(w, "method", "other");
	json_object_end(w);
	if (f->cvss_score >= 0) {
		json_object_begin(w);
		json_key(w, "score");
		json_double(w, f->cvss_score, 3);
		json_member_string(w, "method", cvss_method(f->cvss_vector));
		optional(w, "vector", f->cvss_vector);
		json_object_end(w);
	}
	json_array_end(w);
}

/* What the distribution does about it. Nobody has looked at this image yet. */
static void analysis(struct json_writer *w, const struct finding *f)
{
	static const char *const responses[STATUSES] = {
		[STATUS_FIXED] = "update",
		[STATUS_WILL_NOT_FIX] = "will_not_fix",
		[STATUS_END_OF_LIFE] = "can_not_fix",
	};
	if (responses[f->status] == NULL)
		return;
	json_key(w, "analysis");
	json_object_begin(w);
	json_member_string(w, "state", "in_triage");
	json_key(w, "response");
	json_array_begin(w);
	json_string(w, responses[f->status]);
	json_array_end(w);
	json_object_end(w);
}

/* Their words in CycloneDX's; NULL: it has none for it, and the detail says it. OpenVEX
 * 0.2 "Status Justifications", which CSAF 2.0 section 3.2.3.5 shares. */
static const char *justification_of(const char *word)
{
	static const struct {
		const char *word, *ours;
	} words[] = {
		{ "component_not_present", "code_not_present" },
		{ "vulnerable_code_not_present", "code_not_present" },
		{ "vulnerable_code_not_in_execute_path", "code_not_reachable" },
		{ "inline_mitigations_already_exist", "protected_by_mitigating_control" },
		{ "code_not_present", "code_not_present" },
		{ "code_not_reachable", "code_not_reachable" },
		{ "requires_configuration", "requires_configuration" },
		{ "requires_dependency", "requires_dependency" },
		{ "requires_environment", "requires_environment" },
		{ "protected_by_compiler", "protected_by_compiler" },
		{ "protected_at_runtime", "protected_at_runtime" },
		{ "protected_at_perimeter", "protected_at_perimeter" },
		{ "protected_by_mitigating_control", "protected_by_mitigating_control" },
	};
	for (size_t i = 0; word != NULL && i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].ours;
	return NULL;
}

/* An exception is a decision, no analysis: whoever made it did not say that the image is
 * not affected, so the state stays open. */
static void suppressed_analysis(struct cyclonedx *c, const struct scan_suppressed *s)
{
	struct json_writer *w = &c->w;
	const char *state = s->by == SCAN_BY_EXCEPTION                 ? "in_triage"
			    : strcmp(s->status, "false-positive") == 0 ? "false_positive"
			    : strcmp(s->status, "fixed") == 0          ? "resolved"
			    : s->by == SCAN_BY_STATE                   ? "in_triage"
								       : "not_affected";
	json_key(w, "analysis");
	json_object_begin(w);
	json_member_string(w, "state", state);
	optional(w, "justification", justification_of(s->justification));
	json_member_string(w, "detail", suppressed_text(s, &c->why));
	json_object_end(w);
}

static void affects(struct cyclonedx *c, const struct issue *i)
{
	struct json_writer *w = &c->w;
	json_key(w, "affects");
	json_array_begin(w);
	for (size_t k = 0; k < i->count; k++) {
		const struct package *p = i->findings[k]->package;
		if (k > 0 && p == i->findings[k - 1]->package)
			continue;
		json_object_begin(w);
		json_key(w, "ref");
		if (p == NULL)
			json_string(w, image_ref);
		else
			reference(c, p);
		json_object_end(w);
	}
	json_array_end(w);
}

static void vulnerability_properties(struct json_writer *w, const struct issue *i,
				     const struct scan_suppressed *by)
{
	const struct finding *f = i->findings[0];
	char number[32] = "";
	json_key(w, "properties");
	json_array_begin(w);
	property(w, "corten:severity", severity_name(f->severity));
	property(w, "corten:priority", priority_name(f->priority));
	property(w, "corten:status", finding_status_name(f->status));
	property(w, "corten:fixed-version", f->fixed_version);
	if (f->epss >= 0)
		(void)snprintf(number, sizeof number, "%.6g", f->epss);
	property(w, "corten:epss", number);
	property(w, "corten:kev-added", f->kev_added);
	property(w, "corten:kev-due", f->kev_due);
	if (f->kev_added != NULL)
		property(w, "corten:kev-ransomware", f->kev_ransomware ? "true" : "false");
	if (by != NULL)
		property(w, "corten:suppressed", suppressed_by(by));
	for (size_t k = 0; k < i->count; k++)
		property(w, "corten:fingerprint", i->findings[k]->fingerprint);
	json_array_end(w);
}

static void references(struct json_writer *w, const struct finding *f)
{
	if (f->alias_count == 0)
		return;
	json_key(w, "references");
	json_array_begin(w);
	for (size_t i = 0; i < f->alias_count; i++) {
		json_object_begin(w);
		json_member_string(w, "id", f->aliases[i]);
		source(w, "source", f->advisory.source == NULL ? "corten" : f->advisory.source,
		       NULL);
		json_object_end(w);
	}
	json_array_end(w);
}

static void recommendation(struct cyclonedx *c, const struct finding *f)
{
	c->scratch.n = 0;
	if (f->fixed_version != NULL && buf_printf(&c->scratch, NULL, "Update %s to %s.",
						   group_name(f), f->fixed_version) == 0) {
		json_key(&c->w, "recommendation");
		json_string_bytes(&c->w, buf_view(&c->scratch));
	} else {
		optional(&c->w, "recommendation", f->advice);
	}
}

static void advisories(struct cyclonedx *c, const struct finding *f)
{
	struct json_writer *w = &c->w;
	const char *url = ident_url(f, &c->scratch);
	if (url == NULL)
		return;
	json_key(w, "advisories");
	json_array_begin(w);
	json_object_begin(w);
	optional(w, "title", f->advisory.id);
	json_member_string(w, "url", url);
	json_object_end(w);
	json_array_end(w);
}

static void published(struct json_writer *w, const struct finding *f)
{
	char time[RFC3339_TEXT];
	if (f->published == 0)
		return;
	rfc3339_text((int64_t)f->published * SECONDS_OF_DAY, time);
	json_member_string(w, "published", time);
}

/* by: who says that it is none; NULL: nobody. */
static void vulnerability(struct cyclonedx *c, const struct issue *i,
			  const struct scan_suppressed *by)
{
	struct json_writer *w = &c->w;
	const struct finding *f = i->findings[0];
	json_object_begin(w);
	json_member_string(w, "id", f->id);
	source(w, "source", f->advisory.source, NULL);
	references(w, f);
	ratings(w, f);
	recommendation(c, f);
	advisories(c, f);
	published(w, f);
	if (by == NULL)
		analysis(w, f);
	else
		suppressed_analysis(c, by);
	affects(c, i);
	vulnerability_properties(w, i, by);
	json_object_end(w);
}

static int vulnerabilities(struct cyclonedx *c, struct error *err)
{
	struct grouping g;
	if (group_make(c->r, c->o, FOLD_ALL_PACKAGES, &g, err) < 0)
		return -1;
	json_key(&c->w, "vulnerabilities");
	json_array_begin(&c->w);
	for (size_t i = 0; i < g.count; i++) {
		for (size_t k = 0; k < g.groups[i].count; k++)
			vulnerability(c, &g.groups[i].issues[k], NULL);
	}
	for (size_t i = 0; i < c->r->suppressed_count; i++) {
		const struct scan_suppressed *by = &c->r->suppressed[i];
		const struct finding *f = &by->finding;
		if (f->package != NULL && report_shows(c->o, f))
			vulnerability(c, &(struct issue){ &f, 1 }, by);
	}
	json_array_end(&c->w);
	group_free(&g);
	return 0;
}

static int document(struct cyclonedx *c, struct error *err)
{
	struct json_writer *w = &c->w;
	char uuid[UUID_TEXT], serial[64];
	ident_uuid(c->r, "cyclonedx", uuid);
	(void)snprintf(serial, sizeof serial, "urn:uuid:%s", uuid);
	json_object_begin(w);
	json_member_string(w, "$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
	json_member_string(w, "bomFormat", "CycloneDX");
	json_member_string(w, "specVersion", "1.6");
	json_member_string(w, "serialNumber", serial);
	json_member_u64(w, "version", 1);
	metadata(c);
	components(c);
	dependencies(c);
	compositions(c);
	if (vulnerabilities(c, err) < 0)
		return -1;
	json_object_end(w);
	(void)fputc('\n', w->out);
	return 0;
}

int report_cyclonedx(const struct scan_result *r, const struct report_options *o, FILE *out,
		     struct error *err)
{
	struct cyclonedx c = { .r = r,
			       .o = o,
			       .arena = arena_max(SIZE_MAX / 2),
			       .scratch = buf_max(SCRATCH_MAX),
			       .why = buf_max(SUPPRESSED_TEXT_MAX) };
	json_write_init(&c.w, out, true);
	int status = find_twins(&c, err);
	if (status == 0)
		status = document(&c, err);
	buf_free(&c.why);
	buf_free(&c.scratch);
	arena_free(&c.arena);
	return status;
}
