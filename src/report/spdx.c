/* SPDX 2.3, JSON. The document describes the image; the image contains the
 * packages; what is known to be wrong with a package stands in its external
 * references of the category SECURITY (Annex F). */
#include "format/json.h"
#include "report/escape.h"
#include "report/ident.h"
#include "report/internal.h"
#include "report/purl_oci.h"
#include "report/spdx_license.h"

enum { SCRATCH_MAX = 64 * 1024, ID_NAME_MAX = 64 };

struct spdx {
	struct json_writer w;
	const struct scan_result *r;
	const struct report_options *o;
	struct arena arena;
	const struct finding **findings; /* shown, by package */
	size_t finding_count, next; /* the first of the package to come */
	struct buf scratch;
};

/* --- ids ---------------------------------------------------------------------------- */

/* "SPDXRef-Package-12-libc6": letters, digits, '.' and '-' only (section 7.2);
 * the number keeps packages of one name apart. */
static void package_id(struct json_writer *w, const char *key, size_t index, const char *name)
{
	char id[ID_NAME_MAX + 64];
	size_t n = (size_t)snprintf(id, sizeof id, "SPDXRef-Package-%zu-", index);
	for (size_t i = 0; name[i] != '\0' && i < ID_NAME_MAX; i++) {
		char c = name[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '.' || c == '-';
		id[n++] = plain ? c : '-';
	}
	id[n] = '\0';
	json_member_string(w, key, id);
}

/* --- the document ------------------------------------------------------------------------ */

static void document_name(struct spdx *s)
{
	char uuid[UUID_TEXT];
	struct json_writer *w = &s->w;
	const char *name = ident_target(s->r);
	json_member_string(w, "name", name[0] == '\0' ? "image" : name);
	/* For who has no web site: section 6.5.3 */
	ident_uuid(s->r, "spdx", uuid);
	s->scratch.n = 0;
	(void)buf_append_str(&s->scratch, "https://spdx.org/spdxdocs/corten-", NULL);
	(void)buf_append_str(&s->scratch, uuid, NULL);
	json_key(w, "documentNamespace");
	json_string_bytes(w, buf_view(&s->scratch));
}

static void creation_info(struct spdx *s)
{
	struct json_writer *w = &s->w;
	char now[RFC3339_TEXT], creator[128];
	rfc3339_text(clock_now(), now);
	(void)snprintf(creator, sizeof creator, "Tool: corten-%s",
		       s->o->tool_version == NULL ? "unknown" : s->o->tool_version);
	json_key(w, "creationInfo");
	json_object_begin(w);
	json_member_string(w, "created", now);
	json_key(w, "creators");
	json_array_begin(w);
	json_string(w, creator);
	json_array_end(w);
	json_object_end(w);
}

/* An SBOM that is not whole says so where a reader looks first. */
static void comment(struct spdx *s)
{
	s->scratch.n = 0;
	if (s->r->incomplete_count == 0)
		return;
	(void)buf_append_str(&s->scratch, "NOT COMPLETE. Could not be checked:", NULL);
	for (size_t i = 0; i < s->r->incomplete_count; i++) {
		const struct scan_incomplete *e = &s->r->incomplete[i];
		(void)buf_printf(&s->scratch, NULL, " %s: %s [%s].", e->what == NULL ? "" : e->what,
				 e->text == NULL ? "" : e->text, error_code_name(e->code));
	}
	json_key(&s->w, "comment");
	json_string_bytes(&s->w, buf_view(&s->scratch));
}

/* --- packages ------------------------------------------------------------------------------ */

static void external_ref(struct json_writer *w, const char *category, const char *type,
			 struct bytes locator, const char *note)
{
	json_object_begin(w);
	json_member_string(w, "referenceCategory", category);
	json_member_string(w, "referenceType", type);
	json_key(w, "referenceLocator");
	json_string_bytes(w, locator);
	if (note != NULL)
		json_member_string(w, "comment", note);
	json_object_end(w);
}

/* What every package must say and we do not claim. */
static void claims(struct json_writer *w, const char *license)
{
	json_member_string(w, "downloadLocation", "NOASSERTION");
	json_member_bool(w, "filesAnalyzed", false);
	json_member_string(w, "licenseConcluded", "NOASSERTION");
	json_member_string(w, "licenseDeclared",
			   spdx_license_valid(license) ? license : "NOASSERTION");
	json_member_string(w, "copyrightText", "NOASSERTION");
}

static void image_package(struct spdx *s)
{
	struct json_writer *w = &s->w;
	char digest[DIGEST_TEXT];
	const char *name = ident_target(s->r);
	json_object_begin(w);
	json_member_string(w, "SPDXID", "SPDXRef-Image");
	json_member_string(w, "name", name[0] == '\0' ? "image" : name);
	if (ident_digest(s->r, digest) != NULL)
		json_member_string(w, "versionInfo", digest);
	claims(w, NULL);
	json_member_string(w, "primaryPackagePurpose", "CONTAINER");
	if (s->r->has_digest) {
		digest_text(&s->r->digest, digest);
		json_key(w, "checksums");
		json_array_begin(w);
		json_object_begin(w);
		json_member_string(w, "algorithm", "SHA256");
		json_member_string(w, "checksumValue", digest + strlen("sha256:"));
		json_object_end(w);
		json_array_end(w);
	}
	if (purl_oci_write(s->r, &s->scratch)) {
		json_key(w, "externalRefs");
		json_array_begin(w);
		external_ref(w, "PACKAGE-MANAGER", "purl", buf_view(&s->scratch), NULL);
		json_array_end(w);
	}
	json_object_end(w);
}

static void os_package(struct spdx *s)
{
	struct json_writer *w = &s->w;
	json_object_begin(w);
	json_member_string(w, "SPDXID", "SPDXRef-OperatingSystem");
	json_member_string(w, "name", s->r->os.id);
	if (s->r->os.version != NULL && s->r->os.version[0] != '\0')
		json_member_string(w, "versionInfo", s->r->os.version);
	if (s->r->os.name != NULL)
		json_member_string(w, "description", s->r->os.name);
	claims(w, NULL);
	json_member_string(w, "primaryPackagePurpose", "OPERATING_SYSTEM");
	json_object_end(w);
}

static void security_ref(struct spdx *s, const struct finding *f)
{
	char note[512];
	const char *url = ident_url(f, &s->scratch);
	if (url == NULL)
		return;
	(void)snprintf(note, sizeof note, "%s, %s, %s%s", f->id, severity_name(f->severity),
		       f->fixed_version == NULL ? finding_status_name(f->status) : "fixed in ",
		       f->fixed_version == NULL ? "" : f->fixed_version);
	external_ref(&s->w, "SECURITY", "advisory", bytes_str(url), note);
}

/* The findings of p are next in the list, which is in the packages' order. */
static void external_refs(struct spdx *s, const struct package *p)
{
	struct json_writer *w = &s->w;
	json_key(w, "externalRefs");
	json_array_begin(w);
	if (p->purl != NULL && p->purl[0] != '\0')
		external_ref(w, "PACKAGE-MANAGER", "purl", bytes_str(p->purl), NULL);
	for (; s->next < s->finding_count && s->findings[s->next]->package == p; s->next++)
		security_ref(s, s->findings[s->next]);
	json_array_end(w);
}

/* "Organization: …" must fit a line of its own format (section 7.5). */
static void supplier(struct spdx *s, const char *vendor)
{
	s->scratch.n = 0;
	if (vendor == NULL || vendor[0] == '\0' || !utf8_valid(bytes_str(vendor)) ||
	    buf_append_str(&s->scratch, "Organization: ", NULL) < 0 ||
	    text_escape(&s->scratch, bytes_str(vendor), NULL) < 0) {
		json_member_string(&s->w, "supplier", "NOASSERTION");
		return;
	}
	json_key(&s->w, "supplier");
	json_string_bytes(&s->w, buf_view(&s->scratch));
}

/* Where the package was found and what it was built from. */
static void source_info(struct spdx *s, const struct package *p)
{
	char layer[DIGEST_TEXT];
	const char *found = ident_layer(s->r, p->layer, layer);
	s->scratch.n = 0;
	if (p->path != NULL)
		(void)buf_printf(&s->scratch, NULL, "listed in /%s", p->path);
	if (found != NULL)
		(void)buf_printf(&s->scratch, NULL, " of layer %s", found);
	if (p->source_name != NULL && p->source_name[0] != '\0')
		(void)buf_printf(&s->scratch, NULL, "; built from %s %s", p->source_name,
				 p->source_version == NULL ? "" : p->source_version);
	json_key(&s->w, "sourceInfo");
	json_string_bytes(&s->w, buf_view(&s->scratch));
}

static void package(struct spdx *s, size_t index)
{
	struct json_writer *w = &s->w;
	const struct package *p = &s->r->packages[index];
	json_object_begin(w);
	package_id(w, "SPDXID", index, p->name);
	json_member_string(w, "name", p->name);
	if (p->version != NULL && p->version[0] != '\0')
		json_member_string(w, "versionInfo", p->version);
	supplier(s, p->vendor);
	source_info(s, p);
	claims(w, p->license);
	external_refs(s, p);
	json_object_end(w);
}

static bool has_os(const struct scan_result *r)
{
	return r->has_os && r->os.id != NULL && r->os.id[0] != '\0';
}

static void packages(struct spdx *s)
{
	json_key(&s->w, "packages");
	json_array_begin(&s->w);
	image_package(s);
	if (has_os(s->r))
		os_package(s);
	for (size_t i = 0; i < s->r->package_count; i++)
		package(s, i);
	json_array_end(&s->w);
}

/* --- relationships -------------------------------------------------------------------------- */

static void relationship(struct json_writer *w, const char *from, const char *type)
{
	json_object_begin(w);
	json_member_string(w, "spdxElementId", from);
	json_member_string(w, "relationshipType", type);
}

static void relationships(struct spdx *s)
{
	struct json_writer *w = &s->w;
	json_key(w, "relationships");
	json_array_begin(w);
	relationship(w, "SPDXRef-DOCUMENT", "DESCRIBES");
	json_member_string(w, "relatedSpdxElement", "SPDXRef-Image");
	json_object_end(w);
	if (has_os(s->r)) {
		relationship(w, "SPDXRef-Image", "CONTAINS");
		json_member_string(w, "relatedSpdxElement", "SPDXRef-OperatingSystem");
		json_object_end(w);
	}
	for (size_t i = 0; i < s->r->package_count; i++) {
		relationship(w, "SPDXRef-Image", "CONTAINS");
		package_id(w, "relatedSpdxElement", i, s->r->packages[i].name);
		json_object_end(w);
	}
	json_array_end(w);
}

/* --- order ------------------------------------------------------------------------------------ */

static int compare_by_package(const void *pa, const void *pb)
{
	const struct finding *a = *(const struct finding *const *)pa;
	const struct finding *b = *(const struct finding *const *)pb;
	int c = (a->package > b->package) - (a->package < b->package);
	return c != 0 ? c : (a > b) - (a < b);
}

static int collect_findings(struct spdx *s, struct error *err)
{
	s->findings = arena_array(&s->arena, s->r->finding_count, sizeof(struct finding *));
	if (s->findings == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu findings",
				 s->r->finding_count);
	for (size_t i = 0; i < s->r->finding_count; i++) {
		const struct finding *f = &s->r->findings[i];
		if (f->package != NULL && report_shows(s->o, f))
			s->findings[s->finding_count++] = f;
	}
	if (s->finding_count > 0)
		qsort(s->findings, s->finding_count, sizeof(struct finding *), compare_by_package);
	return 0;
}

static void document(struct spdx *s)
{
	struct json_writer *w = &s->w;
	json_object_begin(w);
	json_member_string(w, "spdxVersion", "SPDX-2.3");
	json_member_string(w, "dataLicense", "CC0-1.0");
	json_member_string(w, "SPDXID", "SPDXRef-DOCUMENT");
	document_name(s);
	creation_info(s);
	comment(s);
	packages(s);
	relationships(s);
	json_object_end(w);
	(void)fputc('\n', w->out);
}

int report_spdx(const struct scan_result *r, const struct report_options *o, FILE *out,
		struct error *err)
{
	struct spdx s = {
		.r = r, .o = o, .arena = arena_max(SIZE_MAX / 2), .scratch = buf_max(SCRATCH_MAX)
	};
	json_write_init(&s.w, out, true);
	int status = collect_findings(&s, err);
	if (status == 0)
		document(&s);
	buf_free(&s.scratch);
	arena_free(&s.arena);
	return status;
}
