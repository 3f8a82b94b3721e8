/* SARIF 2.1.0 (OASIS Standard, errata 01): one run, one rule for each
 * vulnerability, one result for each finding. Code scanning services sort by
 * the rule property "security-severity", which follows the severity that all
 * our outputs show; an incomplete scan is an unsuccessful invocation. */
#include "format/json.h"
#include "report/escape.h"
#include "report/group.h"
#include "report/ident.h"
#include "report/internal.h"
#include "report/suppressed.h"

enum { URI_MAX = 64 * 1024 };

struct sarif {
	struct json_writer w;
	const struct scan_result *r;
	const struct report_options *o;
	struct arena arena;
	const struct finding **rules; /* by id; of each id the worst finding */
	size_t rule_count;
	struct buf uri; /* scratch */
	struct buf why; /* scratch */
};

static void text_message(struct json_writer *w, const char *key, const char *text)
{
	json_key(w, key);
	json_object_begin(w);
	json_member_string(w, "text", text);
	json_object_end(w);
}

static void optional(struct json_writer *w, const char *key, const char *s)
{
	if (s != NULL && s[0] != '\0')
		json_member_string(w, key, s);
}

/* --- severity ------------------------------------------------------------------ */

static const char *level(enum severity s)
{
	switch (s) {
	case SEVERITY_CRITICAL:
	case SEVERITY_HIGH:
		return "error";
	case SEVERITY_MEDIUM:
	case SEVERITY_UNKNOWN:
		return "warning";
	default:
		return "note";
	}
}

/* The CVSS score, kept within the band of the severity (CVSS 3.1 section 5): a
 * distribution that calls a 9.8 low has its reasons, and the reader of one
 * output must not see another severity than the reader of the next. */
static double security_severity(const struct finding *f)
{
	static const struct {
		double least, middle, most;
	} bands[SEVERITIES] = {
		[SEVERITY_CRITICAL] = { 9.0, 9.5, 10.0 },  [SEVERITY_HIGH] = { 7.0, 8.0, 8.9 },
		[SEVERITY_MEDIUM] = { 4.0, 5.5, 6.9 },     [SEVERITY_LOW] = { 0.1, 2.0, 3.9 },
		[SEVERITY_NEGLIGIBLE] = { 0.0, 0.0, 0.0 },
	};
	double score = f->cvss_score;
	if (score < 0)
		return bands[f->severity].middle;
	if (f->severity == SEVERITY_UNKNOWN)
		return score;
	if (score < bands[f->severity].least)
		return bands[f->severity].least;
	return score > bands[f->severity].most ? bands[f->severity].most : score;
}

/* --- rules ---------------------------------------------------------------------- */

static int compare_rules(const void *pa, const void *pb)
{
	const struct finding *a = *(const struct finding *const *)pa;
	const struct finding *b = *(const struct finding *const *)pb;
	int c = strcmp(a->id, b->id);
	if (c == 0 && a->severity != b->severity)
		c = a->severity > b->severity ? -1 : 1;
	return c != 0 ? c : strcmp(group_name(a), group_name(b));
}

static int collect_rules(struct sarif *s, struct error *err)
{
	size_t n = 0, most = s->r->finding_count + s->r->suppressed_count;
	s->rules = arena_array(&s->arena, most, sizeof(struct finding *));
	if (s->rules == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu rules", most);
	for (size_t i = 0; i < s->r->finding_count; i++) {
		if (report_shows(s->o, &s->r->findings[i]))
			s->rules[n++] = &s->r->findings[i];
	}
	for (size_t i = 0; i < s->r->suppressed_count; i++) {
		if (report_shows(s->o, &s->r->suppressed[i].finding))
			s->rules[n++] = &s->r->suppressed[i].finding;
	}
	qsort(s->rules, n, sizeof(struct finding *), compare_rules);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(s->rules[s->rule_count - 1]->id, s->rules[i]->id) != 0)
			s->rules[s->rule_count++] = s->rules[i];
	}
	return 0;
}

/* The index of the rule for an id that collect_rules has seen. */
static size_t rule_index(const struct sarif *s, const char *id)
{
	size_t low = 0, high = s->rule_count;
	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(s->rules[middle]->id, id) <= 0)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void rule_properties(struct json_writer *w, const struct finding *f)
{
	char score[32];
	json_key(w, "properties");
	json_object_begin(w);
	if (f->severity != SEVERITY_UNKNOWN || f->cvss_score >= 0) {
		(void)snprintf(score, sizeof score, "%.1f", security_severity(f));
		json_member_string(w, "security-severity", score);
	}
	json_member_string(w, "precision", "very-high");
	json_key(w, "tags");
	json_array_begin(w);
	json_string(w, "security");
	json_string(w, f->family);
	json_string(w, severity_name(f->severity));
	json_array_end(w);
	json_object_end(w);
}

static void rule(struct sarif *s, const struct finding *f)
{
	struct json_writer *w = &s->w;
	char text[512];
	json_object_begin(w);
	json_member_string(w, "id", f->id);
	(void)snprintf(text, sizeof text, "%s in %s", f->id, group_name(f));
	text_message(w, "shortDescription", text);
	(void)snprintf(text, sizeof text, "%s affects %s. Severity: %s. Source: %s %s.", f->id,
		       group_name(f), severity_name(f->severity),
		       f->advisory.source == NULL ? "" : f->advisory.source,
		       f->advisory.id == NULL ? "" : f->advisory.id);
	text_message(w, "help", text);
	optional(w, "helpUri", ident_url(f, &s->uri));
	json_key(w, "defaultConfiguration");
	json_object_begin(w);
	json_member_string(w, "level", level(f->severity));
	json_object_end(w);
	rule_properties(w, f);
	json_object_end(w);
}

static void tool(struct sarif *s)
{
	struct json_writer *w = &s->w;
	json_key(w, "tool");
	json_object_begin(w);
	json_key(w, "driver");
	json_object_begin(w);
	json_member_string(w, "name", "Corten");
	optional(w, "version", s->o->tool_version);
	optional(w, "semanticVersion", s->o->tool_version);
	json_key(w, "rules");
	json_array_begin(w);
	for (size_t i = 0; i < s->rule_count; i++)
		rule(s, s->rules[i]);
	json_array_end(w);
	json_object_end(w);
	json_object_end(w);
}

/* --- the run ---------------------------------------------------------------------- */

static void notification(struct json_writer *w, const struct scan_incomplete *i)
{
	char text[1024];
	json_object_begin(w);
	json_key(w, "descriptor");
	json_object_begin(w);
	json_member_string(w, "id", error_code_name(i->code));
	json_object_end(w);
	json_member_string(w, "level", "error");
	(void)snprintf(text, sizeof text, "%s: %s", i->what == NULL ? "" : i->what,
		       i->text == NULL ? "" : i->text);
	text_message(w, "message", text);
	json_object_end(w);
}

/* Nothing failed: a note (section 3.58.6). */
static void note(struct json_writer *w, const struct scan_note *n)
{
	char text[1024];
	json_object_begin(w);
	json_member_string(w, "level", "note");
	if (n->line == 0)
		(void)snprintf(text, sizeof text, "%s: %s", n->path, n->text);
	else
		(void)snprintf(text, sizeof text, "%s:%u: %s", n->path, n->line, n->text);
	text_message(w, "message", text);
	json_object_end(w);
}

static void invocation(struct sarif *s)
{
	struct json_writer *w = &s->w;
	char now[RFC3339_TEXT];
	rfc3339_text(clock_now(), now);
	json_key(w, "invocations");
	json_array_begin(w);
	json_object_begin(w);
	json_member_bool(w, "executionSuccessful", s->r->incomplete_count == 0);
	json_member_string(w, "endTimeUtc", now);
	json_key(w, "toolExecutionNotifications");
	json_array_begin(w);
	for (size_t i = 0; i < s->r->incomplete_count; i++)
		notification(w, &s->r->incomplete[i]);
	for (size_t i = 0; i < s->r->note_count; i++)
		note(w, &s->r->notes[i]);
	json_array_end(w);
	json_object_end(w);
	json_array_end(w);
}

/* The id without the last component names the series that a service compares
 * runs of (section 3.17.3): the target, whatever its digest. */
static void automation(struct sarif *s)
{
	char text[1024];
	json_key(&s->w, "automationDetails");
	json_object_begin(&s->w);
	(void)snprintf(text, sizeof text, "corten/%s/", ident_target(s->r));
	json_member_string(&s->w, "id", text);
	json_object_end(&s->w);
}

/* Paths are relative to the root of the image, which has no address of its own. */
static void base(struct sarif *s)
{
	struct json_writer *w = &s->w;
	json_key(w, "originalUriBaseIds");
	json_object_begin(w);
	json_key(w, "IMAGE");
	json_object_begin(w);
	text_message(w, "description", "The root directory of the image.");
	json_object_end(w);
	json_object_end(w);
}

static void run_properties(struct sarif *s)
{
	struct json_writer *w = &s->w;
	char text[DIGEST_TEXT];
	json_key(w, "properties");
	json_object_begin(w);
	json_member_string(w, "target", ident_target(s->r));
	if (s->r->has_digest) {
		digest_text(&s->r->digest, text);
		json_member_string(w, "digest", text);
	}
	if (s->r->has_image_id) {
		digest_text(&s->r->image_id, text);
		json_member_string(w, "imageId", text);
	}
	optional(w, "platform", s->r->platform);
	if (s->r->has_os)
		optional(w, "os", s->r->os.name);
	json_member_u64(w, "packages", s->r->package_count);
	json_member_u64(w, "databaseGeneration", s->r->db.generation);
	json_object_end(w);
}

/* --- results ------------------------------------------------------------------------ */

static int physical_location(struct sarif *s, const char *path, struct error *err)
{
	struct json_writer *w = &s->w;
	s->uri.n = 0;
	if (path == NULL || path[0] == '\0')
		return 0;
	if (escape_uri(&s->uri, path, "/", err) < 0)
		return -1;
	json_key(w, "physicalLocation");
	json_object_begin(w);
	json_key(w, "artifactLocation");
	json_object_begin(w);
	json_key(w, "uri");
	json_string_bytes(w, buf_view(&s->uri));
	json_member_string(w, "uriBaseId", "IMAGE");
	json_object_end(w);
	/* The file as a whole; services show no result without a line. */
	json_key(w, "region");
	json_object_begin(w);
	json_member_u64(w, "startLine", 1);
	json_object_end(w);
	json_object_end(w);
	return 0;
}

static void logical_location(struct json_writer *w, const struct package *p)
{
	if (p == NULL)
		return;
	json_key(w, "logicalLocations");
	json_array_begin(w);
	json_object_begin(w);
	json_member_string(w, "name", p->name);
	optional(w, "fullyQualifiedName", p->purl);
	json_member_string(w, "kind", "package");
	json_object_end(w);
	json_array_end(w);
}

static int location(struct sarif *s, const struct finding *f, struct error *err)
{
	const char *path = f->path;
	if ((path == NULL || path[0] == '\0') && f->package != NULL)
		path = f->package->path;
	json_key(&s->w, "locations");
	json_array_begin(&s->w);
	json_object_begin(&s->w);
	int r = physical_location(s, path, err);
	logical_location(&s->w, f->package);
	json_object_end(&s->w);
	json_array_end(&s->w);
	return r;
}

static void message(struct sarif *s, const struct finding *f)
{
	char text[2048];
	const char *name = f->package == NULL ? f->path : f->package->name;
	(void)snprintf(text, sizeof text, "%s %s: %s (%s), %s%s. %s", name == NULL ? "" : name,
		       f->package == NULL ? "" : f->package->version, f->id,
		       severity_name(f->severity),
		       f->fixed_version == NULL ? finding_status_name(f->status) : "fixed in ",
		       f->fixed_version == NULL ? "" : f->fixed_version,
		       f->advice == NULL ? "" : f->advice);
	text_message(&s->w, "message", text);
}

static void result_properties(struct sarif *s, const struct finding *f)
{
	struct json_writer *w = &s->w;
	char layer[DIGEST_TEXT], day[DAY_TEXT];
	json_key(w, "properties");
	json_object_begin(w);
	json_member_string(w, "severity", severity_name(f->severity));
	json_member_string(w, "priority", priority_name(f->priority));
	json_member_string(w, "status", finding_status_name(f->status));
	json_member_string(w, "layer", ident_layer(s->r, f->layer, layer));
	optional(w, "origin", origin_name(f->origin));
	optional(w, "published", ident_published(f, day));
	if (f->package != NULL)
		json_member_string(w, "installedVersion", f->package->version);
	json_member_string(w, "fixedVersion", f->fixed_version);
	optional(w, "fix", f->fix);
	optional(w, "reason", f->reason);
	optional(w, "cvss", f->cvss_vector);
	if (f->epss >= 0) {
		json_key(w, "epss");
		json_double(w, f->epss, 6);
	}
	json_member_bool(w, "knownExploited", f->kev_added != NULL);
	optional(w, "advisory", f->advisory.id);
	json_object_end(w);
}

/* Section 3.27.23: where one result tells whether it is suppressed, all do; those that
 * are not have an empty list. */
static void suppressions(struct sarif *s, const struct scan_suppressed *by)
{
	struct json_writer *w = &s->w;
	if (s->r->suppressed_count == 0)
		return;
	json_key(w, "suppressions");
	json_array_begin(w);
	if (by != NULL) {
		json_object_begin(w);
		json_member_string(w, "kind", "external"); /* 3.35.2: not in the image */
		json_member_string(w, "status", "accepted");
		json_member_string(w, "justification", suppressed_text(by, &s->why));
		json_object_end(w);
	}
	json_array_end(w);
}

/* by: who says that it is none; NULL: nobody. */
static int result(struct sarif *s, const struct finding *f, const struct scan_suppressed *by,
		  struct error *err)
{
	struct json_writer *w = &s->w;
	json_object_begin(w);
	json_member_string(w, "ruleId", f->id);
	json_member_u64(w, "ruleIndex", rule_index(s, f->id));
	json_member_string(w, "level", level(f->severity));
	message(s, f);
	int r = location(s, f, err);
	json_key(w, "partialFingerprints");
	json_object_begin(w);
	json_member_string(w, "corten/v1", f->fingerprint);
	json_object_end(w);
	suppressions(s, by);
	result_properties(s, f);
	json_object_end(w);
	return r;
}

static int results(struct sarif *s, struct error *err)
{
	json_key(&s->w, "results");
	json_array_begin(&s->w);
	for (size_t i = 0; i < s->r->finding_count; i++) {
		const struct finding *f = &s->r->findings[i];
		if (report_shows(s->o, f) && result(s, f, NULL, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < s->r->suppressed_count; i++) {
		const struct scan_suppressed *by = &s->r->suppressed[i];
		if (report_shows(s->o, &by->finding) && result(s, &by->finding, by, err) < 0)
			return -1;
	}
	json_array_end(&s->w);
	return 0;
}

static int document(struct sarif *s, struct error *err)
{
	struct json_writer *w = &s->w;
	json_object_begin(w);
	json_member_string(w, "$schema",
			   "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
			   "sarif-schema-2.1.0.json");
	json_member_string(w, "version", "2.1.0");
	json_key(w, "runs");
	json_array_begin(w);
	json_object_begin(w);
	tool(s);
	invocation(s);
	automation(s);
	base(s);
	if (results(s, err) < 0)
		return -1;
	run_properties(s);
	json_object_end(w);
	json_array_end(w);
	json_object_end(w);
	(void)fputc('\n', w->out);
	return 0;
}

int report_sarif(const struct scan_result *r, const struct report_options *o, FILE *out,
		 struct error *err)
{
	struct sarif s = { .r = r,
			   .o = o,
			   .arena = arena_max(SIZE_MAX / 2),
			   .uri = buf_max(URI_MAX),
			   .why = buf_max(SUPPRESSED_TEXT_MAX) };
	json_write_init(&s.w, out, true);
	int status = collect_rules(&s, err);
	if (status == 0)
		status = document(&s, err);
	buf_free(&s.why);
	buf_free(&s.uri);
	arena_free(&s.arena);
	return status;
}
