/* CycloneDX 1.4 to 1.6 (ECMA-424), JSON. A component is a package when its package
 * URL, or our own property, says of what kind; components of other kinds
 * (applications, files, frameworks without one) are not. */
#include "sbom/read.h"

struct cyclonedx {
	struct document d;
	const struct sbom_sink *sink;
	bool is_about; /* the component at hand is what the document is about */
	bool has_os;
	struct error *err;
};

/* Trivy's SrcVersion is without epoch and release. */
static struct bytes whole_version(struct cyclonedx *x, const struct component *c)
{
	const char *epoch = is(c->source_epoch, "0") || c->source_epoch.n == 0 ? "" : ":";
	if (c->source_version.n == 0 || (c->source_release.n == 0 && epoch[0] == '\0'))
		return c->source_version;
	const char *text = arena_printf(
		&x->d.arena, "%.*s%s%.*s%s%.*s", (int)(epoch[0] == '\0' ? 0 : c->source_epoch.n),
		(const char *)c->source_epoch.p, epoch, (int)c->source_version.n,
		(const char *)c->source_version.p, c->source_release.n == 0 ? "" : "-",
		(int)c->source_release.n, (const char *)c->source_release.p);
	return text == NULL ? c->source_version : bytes_str(text);
}

static void prefer(struct bytes *field, struct bytes said)
{
	if (said.n > 0)
		*field = said;
}

static bool find_kind(const struct component *c, enum pkg_type *ret)
{
	for (int t = 0; t < PKG_TYPES; t++)
		if (is(c->kind, pkg_type_name((enum pkg_type)t))) {
			*ret = (enum pkg_type)t;
			return true;
		}
	return false;
}

/* A path in the image, as ours are: without the slash in front. */
static struct bytes clean_path(struct bytes path)
{
	while (path.n > 0 && path.p[0] == '/')
		path = bytes_sub(path, 1, path.n);
	return path;
}

static int take_package(struct cyclonedx *x, const struct component *c)
{
	struct sbom_record r = { 0 };
	const char *why = NULL;
	enum pkg_type kind;
	uint64_t line = 0;
	bool ours = find_kind(c, &kind);
	if ((c->purl.n == 0 && !ours) || purl_is_image(c->purl))
		return 0;
	if (c->purl.n > 0 && !record_of_purl(c->purl, &x->d.arena, &r, &why) && !ours)
		return x->sink->skipped(x->sink->ctx, c->purl, why, x->err);
	if (ours) { /* names and versions as we wrote them */
		r.type = kind;
		r.name = c->name;
		prefer(&r.version, c->version);
	}
	r.purl = c->purl;
	prefer(&r.arch, c->arch);
	prefer(&r.source_name, c->source_name);
	prefer(&r.source_version, whole_version(x, c));
	prefer(&r.modularity, c->module);
	r.vendor = c->supplier;
	r.license = c->license;
	r.path = clean_path(c->path);
	r.layer = c->layer;
	r.line = bytes_to_u64(c->line, &line) && line <= UINT32_MAX ? (uint32_t)line : 0;
	r.dev = c->dev;
	r.direct = c->direct;
	if (r.name.n == 0)
		return x->sink->skipped(x->sink->ctx, c->purl.n > 0 ? c->purl : c->ref,
					"it has no name", x->err);
	return x->sink->package(x->sink->ctx, &r, x->err);
}

static int on_component(void *ctx, const struct component *c, struct error *err)
{
	struct cyclonedx *x = ctx;
	if (!is(c->type, "operating-system"))
		return take_package(x, c);
	if (x->has_os)
		return 0;
	x->has_os = true;
	return x->sink->os(x->sink->ctx, c->name, c->version, c->description, err);
}

/* --- metadata ----------------------------------------------------------------------- */

static int on_about(void *ctx, const struct component *c, struct error *err)
{
	struct cyclonedx *x = ctx;
	struct sbom_about a = { .name = c->name, .digest = c->version };
	return x->sink->about(x->sink->ctx, &a, err);
}

static int on_property(void *ctx, struct bytes name, struct bytes value, struct error *err)
{
	struct cyclonedx *x = ctx;
	if (is(name, "corten:diff-id") || is(name, "aquasecurity:trivy:DiffID"))
		return x->sink->layer(x->sink->ctx, value, err);
	return 0;
}

static int read_metadata(struct cyclonedx *x)
{
	struct component_sink sink = { on_about, on_property, x };
	struct bytes key;
	if (!json_enter_object(x->d.json))
		return 0;
	while (json_next_key(x->d.json, &key)) {
		if (!is(key, "component"))
			json_skip(x->d.json);
		else if (component_read(&x->d, &sink) < 0)
			return -1;
	}
	return 0;
}

int sbom_cyclonedx(struct bytes json, const struct sbom_sink *sink, struct error *err)
{
	struct cyclonedx x = { .sink = sink, .err = err };
	struct component_sink components = { on_component, NULL, &x };
	struct bytes key;
	if (document_open(&x.d, json, err) < 0)
		return -1;
	int r = json_enter_object(x.d.json) ? 0 : -1;
	while (r == 0 && json_next_key(x.d.json, &key)) {
		if (is(key, "metadata"))
			r = read_metadata(&x);
		else if (is(key, "components"))
			r = components_read(&x.d, &components);
		else
			json_skip(x.d.json);
	}
	return document_close(&x.d, r);
}
