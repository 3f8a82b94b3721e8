/* CycloneDX 1.4 to 1.6 (ECMA-424), "vulnerabilities": what their analysis says of the
 * components that they affect. A component is named by its bom-ref, in this document
 * or in another (BOM-Link, "urn:cdx:SERIAL/VERSION#REF"); many tools use the package
 * URL as the name. */
#include "pkgdb/purl.h"
#include "sbom/refs.h"
#include "sbom/vex_emit.h"

struct cyclonedx {
	struct document d;
	struct refs refs;
	struct vex_sink *sink;
	struct error *err;
	struct bytes time, author;
};

/* --- components -------------------------------------------------------------------- */

static int on_component(void *ctx, const struct component *c, struct error *err)
{
	struct cyclonedx *x = ctx;
	(void)err;
	if (c->ref.n == 0 || c->purl.n == 0)
		return 0;
	struct ref *ref = refs_put(&x->refs, c->ref);
	if (ref != NULL)
		ref->purl = refs_copy(&x->refs, c->purl);
	return 0;
}

static int read_metadata(struct cyclonedx *x, const struct component_sink *sink)
{
	struct bytes key;
	if (!json_enter_object(x->d.json))
		return 0;
	while (json_next_key(x->d.json, &key)) {
		int r = 0;
		if (is(key, "timestamp"))
			x->time = refs_copy(&x->refs, document_text(&x->d));
		else if (is(key, "component"))
			r = component_read(&x->d, sink);
		else
			json_skip(x->d.json);
		if (r < 0)
			return -1;
	}
	return 0;
}

static int read_components(struct cyclonedx *x, struct bytes json)
{
	struct component_sink sink = { on_component, NULL, x };
	struct bytes key;
	if (document_open(&x->d, json, x->err) < 0)
		return -1;
	int r = json_enter_object(x->d.json) ? 0 : -1;
	while (r == 0 && json_next_key(x->d.json, &key)) {
		if (is(key, "metadata"))
			r = read_metadata(x, &sink);
		else if (is(key, "components"))
			r = components_read(&x->d, &sink);
		else
			json_skip(x->d.json);
	}
	if (r == 0)
		r = x->sink->about(x->sink->ctx, BYTES_LIT("CycloneDX VEX"), BYTES_LIT(""), x->err);
	return document_close(&x->d, r);
}

/* --- what is affected ------------------------------------------------------------------ */

static struct bytes decode(struct cyclonedx *x, struct bytes b)
{
	uint8_t *out = arena_alloc(&x->d.arena, b.n + 1);
	size_t n = 0;
	for (int c; out != NULL && (c = purl_next_char(&b)) >= 0;)
		out[n++] = (uint8_t)c;
	return bytes_of(out, n);
}

static struct bytes resolve(struct cyclonedx *x, struct bytes name)
{
	const struct ref *ref = refs_get(&x->refs, name);
	if (ref == NULL && bytes_starts_with(name, BYTES_LIT("urn:cdx:"))) {
		ptrdiff_t at = bytes_index(name, '#');
		name = at < 0 ? BYTES_LIT("") : decode(x, bytes_sub(name, (size_t)at + 1, name.n));
		ref = refs_get(&x->refs, name);
	}
	return ref != NULL ? ref->purl : name;
}

/* The package URL with another version. */
static struct bytes with_version(struct cyclonedx *x, struct bytes purl, struct bytes version)
{
	struct purl_cut cut;
	if (!purl_cut(purl, &cut))
		return BYTES_LIT("");
	const char *text = arena_printf(
		&x->d.arena, "pkg:%.*s/%.*s%s%.*s@%.*s%s%.*s", (int)cut.type.n,
		(const char *)cut.type.p, (int)cut.namespace.n, (const char *)cut.namespace.p,
		cut.namespace.n == 0 ? "" : "/", (int)cut.name.n, (const char *)cut.name.p,
		(int)version.n, (const char *)version.p, cut.qualifiers.n == 0 ? "" : "?",
		(int)cut.qualifiers.n, (const char *)cut.qualifiers.p);
	return text == NULL ? BYTES_LIT("") : bytes_str(text);
}

struct version {
	struct bytes version;
	struct version *next;
};

/* "versions" narrow what is said; ranges are not read, so they say nothing. */
static struct version *read_versions(struct cyclonedx *x)
{
	struct version *list = NULL;
	struct bytes key;
	if (!json_enter_array(x->d.json))
		return NULL;
	while (json_next_item(x->d.json)) {
		struct version *v = arena_alloc(&x->d.arena, sizeof *v);
		if (!json_enter_object(x->d.json))
			continue;
		struct bytes version = BYTES_LIT("");
		while (json_next_key(x->d.json, &key)) {
			if (is(key, "version"))
				version = document_text(&x->d);
			else
				json_skip(x->d.json);
		}
		if (v == NULL)
			continue;
		*v = (struct version){ version, list };
		list = v;
	}
	return list;
}

static void read_affected(struct cyclonedx *x, struct vex_draft *draft)
{
	struct bytes key, name = BYTES_LIT("");
	const struct version *versions = NULL;
	if (!json_enter_object(x->d.json))
		return;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "ref"))
			name = document_text(&x->d);
		else if (is(key, "versions"))
			versions = read_versions(x);
		else
			json_skip(x->d.json);
	}
	struct bytes purl = resolve(x, name);
	if (versions == NULL)
		vex_draft_product(draft, purl, BYTES_LIT(""));
	for (const struct version *v = versions; v != NULL; v = v->next)
		if (v->version.n > 0)
			vex_draft_product(draft, with_version(x, purl, v->version), BYTES_LIT(""));
}

/* --- vulnerabilities ------------------------------------------------------------------------ */

static void read_analysis(struct cyclonedx *x, struct vex_draft *v)
{
	struct bytes key;
	if (!json_enter_object(x->d.json))
		return;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "state"))
			v->has_status = vex_status_parse(document_text(&x->d), &v->status);
		else if (is(key, "justification"))
			v->why.justification = document_text(&x->d);
		else if (is(key, "detail"))
			v->why.detail = document_text(&x->d);
		else if (is(key, "lastUpdated"))
			v->time = document_text(&x->d);
		else
			json_skip(x->d.json);
	}
}

static void read_references(struct cyclonedx *x, struct vex_draft *v)
{
	struct bytes key;
	if (!json_enter_array(x->d.json))
		return;
	while (json_next_item(x->d.json)) {
		if (!json_enter_object(x->d.json))
			continue;
		while (json_next_key(x->d.json, &key)) {
			if (is(key, "id"))
				vex_draft_id(v, document_text(&x->d));
			else
				json_skip(x->d.json);
		}
	}
}

static void take_member(struct cyclonedx *x, struct vex_draft *v, struct bytes key)
{
	if (is(key, "id")) {
		vex_draft_id(v, document_text(&x->d));
	} else if (is(key, "references")) {
		read_references(x, v);
	} else if (is(key, "analysis")) {
		read_analysis(x, v);
	} else if (is(key, "affects") && json_enter_array(x->d.json)) {
		while (json_next_item(x->d.json))
			read_affected(x, v);
	} else if (!is(key, "affects")) {
		json_skip(x->d.json);
	}
}

/* A vulnerability without an analysis is what a scanner found: no statement. */
static int read_vulnerability(void *ctx)
{
	struct cyclonedx *x = ctx;
	struct vex_draft v;
	struct bytes key;
	vex_draft_begin(&v, &x->d);
	v.time = x->time;
	while (json_next_key(x->d.json, &key))
		take_member(x, &v, key);
	if (json_failed(x->d.json) || !v.has_status)
		return 0;
	return vex_draft_end(&v, x->sink, x->err);
}

int vex_cyclonedx(struct bytes json, struct vex_sink *sink, struct error *err)
{
	struct cyclonedx x = { .sink = sink, .err = err };
	refs_init(&x.refs);
	int r = read_components(&x, json);
	if (r == 0)
		r = document_each(&x.d, json, "vulnerabilities", read_vulnerability, &x, err);
	refs_free(&x.refs);
	return r;
}
