/* GitLab's security report, schema 15.0.7: container_scanning of images,
 * dependency_scanning of directories. It has findings in packages only; how many
 * others there are is a message, and how many VEX or an exception took away: the
 * schema has no place for what is dismissed (its flags know a "likely false positive"
 * only, which nobody said). What could not be checked makes the scan a
 * failure. */
#include "format/json.h"
#include "report/ident.h"
#include "report/internal.h"
#include "report/suppressed.h"

enum { NAME_MAX_BYTES = 255, SOLUTION_MAX_BYTES = 7000, URL_MAX = 16 * 1024 };

struct gitlab {
	struct json_writer w;
	const struct scan_result *r;
	const struct report_options *o;
	bool of_files; /* a directory: files and lines, no image */
	struct buf url;
};

static void optional(struct json_writer *w, const char *key, const char *s)
{
	if (s != NULL && s[0] != '\0')
		json_member_string(w, key, s);
}

/* At most n bytes, cut between characters. */
static void short_text(struct json_writer *w, const char *key, const char *s, size_t n)
{
	struct bytes b = bytes_str(s);
	if (b.n == 0)
		return;
	size_t cut = b.n > n ? n : b.n;
	while (cut > 0 && cut < b.n && (b.p[cut] & 0xc0) == 0x80)
		cut--;
	json_key(w, key);
	json_string_bytes(w, bytes_sub(b, 0, cut));
}

static bool is_url(const char *s)
{
	return s != NULL && (strncmp(s, "https://", 8) == 0 || strncmp(s, "http://", 7) == 0) &&
	       strlen(s) > 8;
}

/* --- the scan ----------------------------------------------------------------- */

/* "2026-01-02T03:04:05": UTC without saying so. */
static void time_of(struct json_writer *w, const char *key, int64_t seconds)
{
	char text[RFC3339_TEXT];
	rfc3339_text(seconds, text);
	text[strcspn(text, "Z")] = '\0';
	json_member_string(w, key, text);
}

static void tool(struct gitlab *g, const char *key)
{
	struct json_writer *w = &g->w;
	json_key(w, key);
	json_object_begin(w);
	json_member_string(w, "id", "corten");
	json_member_string(w, "name", "Corten");
	json_member_string(w, "version", g->o->tool_version == NULL ? "0" : g->o->tool_version);
	json_key(w, "vendor");
	json_object_begin(w);
	json_member_string(w, "name", "Corten");
	json_object_end(w);
	json_object_end(w);
}

static void message(struct json_writer *w, const char *level, const char *text)
{
	json_object_begin(w);
	json_member_string(w, "level", level);
	json_member_string(w, "value", text);
	json_object_end(w);
}

static size_t without_package(const struct gitlab *g)
{
	size_t n = 0;
	for (size_t i = 0; i < g->r->finding_count; i++)
		n += g->r->findings[i].package == NULL && report_shows(g->o, &g->r->findings[i]);
	return n;
}

static void messages(struct gitlab *g)
{
	struct json_writer *w = &g->w;
	char text[ERROR_TEXT_MAX + 256];
	size_t others = without_package(g), gone = suppressed_shown(g->r, g->o);
	json_key(w, "messages");
	json_array_begin(w);
	for (size_t i = 0; i < g->r->incomplete_count; i++) {
		const struct scan_incomplete *e = &g->r->incomplete[i];
		(void)snprintf(text, sizeof text, "could not be checked: %s: %s [%s]", e->what,
			       e->text, error_code_name(e->code));
		message(w, "fatal", text);
	}
	if (others > 0) {
		(void)snprintf(text, sizeof text,
			       "%zu findings are about no package; this report has no place for "
			       "them, the SARIF and JSON reports have",
			       others);
		message(w, "warn", text);
	}
	if (gone > 0) {
		(void)snprintf(text, sizeof text,
			       "%zu findings are left out because of VEX documents or exceptions; "
			       "the SARIF and JSON reports list them",
			       gone);
		message(w, "info", text);
	}
	json_array_end(w);
}

static void scan(struct gitlab *g)
{
	struct json_writer *w = &g->w;
	int64_t now = clock_now();
	json_key(w, "scan");
	json_object_begin(w);
	tool(g, "analyzer");
	tool(g, "scanner");
	json_member_string(w, "type", g->of_files ? "dependency_scanning" : "container_scanning");
	time_of(w, "start_time", now - (int64_t)(g->r->total_ns / 1000000000));
	time_of(w, "end_time", now);
	json_member_string(w, "status", g->r->incomplete_count == 0 ? "success" : "failure");
	messages(g);
	json_object_end(w);
}

/* --- findings --------------------------------------------------------------------- */

static const char *severity(enum severity s)
{
	static const char *const names[SEVERITIES] = {
		[SEVERITY_UNKNOWN] = "Unknown", [SEVERITY_NEGLIGIBLE] = "Info",
		[SEVERITY_LOW] = "Low",         [SEVERITY_MEDIUM] = "Medium",
		[SEVERITY_HIGH] = "High",       [SEVERITY_CRITICAL] = "Critical",
	};
	return names[s];
}

/* One finding of one image: the fingerprint leaves the version and the place of a
 * package out, of which an image may have several. */
static void id(struct json_writer *w, const struct finding *f)
{
	char hex[2 * SHA256_SIZE + 1], text[UUID_TEXT];
	const char *const parts[] = { f->fingerprint, f->package->version, f->package->arch,
				      f->package->path };
	struct sha256 *h = sha256_new();
	struct digest d;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		sha256_update(h, parts[i] == NULL ? "" : parts[i],
			      parts[i] == NULL ? 1 : strlen(parts[i]) + 1);
	sha256_final(h, &d);
	sha256_free(h);
	d.sha256[6] = (uint8_t)((d.sha256[6] & 0x0f) | 0x80); /* RFC 9562, version 8 */
	d.sha256[8] = (uint8_t)((d.sha256[8] & 0x3f) | 0x80);
	hex_text(d.sha256, SHA256_SIZE, hex);
	(void)snprintf(text, sizeof text, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
		       hex + 16, hex + 20);
	json_member_string(w, "id", text);
}

/* "cve" of "CVE-2024-1", "ghsa" of "GHSA-…". */
static void identifier(struct json_writer *w, const char *name, const char *url)
{
	char type[32];
	size_t n = strcspn(name, "-");
	if (name[0] == '\0')
		return;
	(void)snprintf(type, sizeof type, "%.*s", (int)(n < sizeof type ? n : 0), name);
	for (char *c = type; *c != '\0'; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
	json_object_begin(w);
	json_member_string(w, "type", type[0] == '\0' ? "corten" : type);
	json_member_string(w, "name", name);
	json_member_string(w, "value", name);
	if (is_url(url))
		json_member_string(w, "url", url);
	json_object_end(w);
}

static void identifiers(struct gitlab *g, const struct finding *f)
{
	struct json_writer *w = &g->w;
	json_key(w, "identifiers");
	json_array_begin(w);
	identifier(w, f->id, ident_url(f, &g->url));
	for (size_t i = 0; i < f->alias_count; i++)
		identifier(w, f->aliases[i], NULL);
	json_array_end(w);
}

static void links(struct json_writer *w, const struct finding *f)
{
	json_key(w, "links");
	json_array_begin(w);
	if (is_url(f->advisory.url)) {
		json_object_begin(w);
		optional(w, "name", f->advisory.id);
		json_member_string(w, "url", f->advisory.url);
		json_object_end(w);
	}
	json_array_end(w);
}

/* The schema takes CVSS 2 and 3 of a certain length, and no other. */
static void vectors(struct json_writer *w, const struct finding *f)
{
	const char *v = f->cvss_vector;
	if (v == NULL || strncmp(v, "CVSS:3.", 7) != 0 || strlen(v) < 32 || strlen(v) > 128)
		return;
	json_key(w, "cvss_vectors");
	json_array_begin(w);
	json_object_begin(w);
	json_member_string(w, "vendor",
			   f->advisory.source == NULL || f->advisory.source[0] == '\0'
				   ? "unknown"
				   : f->advisory.source);
	json_member_string(w, "vector", v);
	json_object_end(w);
	json_array_end(w);
}

static void location(struct gitlab *g, const struct package *p)
{
	struct json_writer *w = &g->w;
	const char *image = ident_target(g->r);
	bool has_os = g->r->has_os && g->r->os.name != NULL && g->r->os.name[0] != '\0';
	json_key(w, "location");
	json_object_begin(w);
	json_key(w, "dependency");
	json_object_begin(w);
	json_key(w, "package");
	json_object_begin(w);
	json_member_string(w, "name", p->name);
	json_object_end(w);
	json_member_string(w, "version", p->version == NULL ? "" : p->version);
	if (p->direct)
		json_member_bool(w, "direct", true);
	json_object_end(w);
	if (g->of_files) {
		json_member_string(w, "file", p->path == NULL ? "" : p->path);
	} else {
		json_member_string(w, "operating_system", has_os ? g->r->os.name : "Unknown");
		json_member_string(w, "image", image[0] == '\0' ? "image" : image);
	}
	json_object_end(w);
}

static void solution(struct json_writer *w, const struct finding *f)
{
	char text[1024];
	if (f->fixed_version == NULL) {
		short_text(w, "solution", f->advice, SOLUTION_MAX_BYTES);
		return;
	}
	(void)snprintf(text, sizeof text, "Upgrade %s to %s%s%s", f->package->name,
		       f->fixed_version, f->fix == NULL ? "" : ": ", f->fix == NULL ? "" : f->fix);
	json_member_string(w, "solution", text);
}

static void vulnerability(struct gitlab *g, const struct finding *f)
{
	struct json_writer *w = &g->w;
	json_object_begin(w);
	id(w, f);
	short_text(w, "name", f->id, NAME_MAX_BYTES);
	optional(w, "description", f->reason);
	json_member_string(w, "severity", severity(f->severity));
	solution(w, f);
	identifiers(g, f);
	vectors(w, f);
	links(w, f);
	location(g, f->package);
	json_object_end(w);
}

/* Required of dependency scans; which files told packages shows in the findings. */
static void dependency_files(struct gitlab *g)
{
	if (!g->of_files)
		return;
	json_key(&g->w, "dependency_files");
	json_array_begin(&g->w);
	json_array_end(&g->w);
}

int report_gitlab(const struct scan_result *r, const struct report_options *o, FILE *out,
		  struct error *err)
{
	(void)err;
	struct gitlab g = { .r = r, .o = o, .url = buf_max(URL_MAX) };
	g.of_files = r->source != NULL && strcmp(r->source, "dir") == 0;
	json_write_init(&g.w, out, true);
	json_object_begin(&g.w);
	json_member_string(&g.w, "version", "15.0.7");
	scan(&g);
	json_key(&g.w, "vulnerabilities");
	json_array_begin(&g.w);
	for (size_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].package != NULL && report_shows(o, &r->findings[i]))
			vulnerability(&g, &r->findings[i]);
	json_array_end(&g.w);
	dependency_files(&g);
	json_object_end(&g.w);
	(void)fputc('\n', out);
	buf_free(&g.url);
	return 0;
}
