/* corten.scan/1 (doc/scan-json.md): the result of a scan, read back. */
#include "sbom/read.h"

struct own {
	struct document d;
	const struct sbom_sink *sink;
	struct error *err;
};

/* --- target, image, os ------------------------------------------------------------ */

static int read_target(struct own *x)
{
	struct sbom_about a = { 0 };
	struct bytes key;
	if (!json_enter_object(x->d.json))
		return 0;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "name"))
			a.name = document_text(&x->d);
		else if (is(key, "digest"))
			a.digest = document_text(&x->d);
		else
			json_skip(x->d.json);
	}
	return x->sink->about(x->sink->ctx, &a, x->err);
}

static int read_layer(struct own *x)
{
	struct bytes key, diff_id = BYTES_LIT("");
	if (!json_enter_object(x->d.json))
		return 0;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "diff_id"))
			diff_id = document_text(&x->d);
		else
			json_skip(x->d.json);
	}
	return x->sink->layer(x->sink->ctx, diff_id, x->err);
}

static int read_image(struct own *x)
{
	struct bytes key;
	if (!json_enter_object(x->d.json))
		return 0;
	while (json_next_key(x->d.json, &key)) {
		if (!is(key, "layers") || !json_enter_array(x->d.json)) {
			if (!is(key, "layers"))
				json_skip(x->d.json);
			continue;
		}
		while (json_next_item(x->d.json))
			if (read_layer(x) < 0)
				return -1;
	}
	return 0;
}

static int read_os(struct own *x)
{
	struct bytes key, id = BYTES_LIT(""), version = id, name = id;
	if (!json_enter_object(x->d.json))
		return 0;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "id"))
			id = document_text(&x->d);
		else if (is(key, "version"))
			version = document_text(&x->d);
		else if (is(key, "name"))
			name = document_text(&x->d);
		else
			json_skip(x->d.json);
	}
	return id.n == 0 ? 0 : x->sink->os(x->sink->ctx, id, version, name, x->err);
}

/* --- packages ------------------------------------------------------------------------ */

static void read_source(struct own *x, struct sbom_record *r)
{
	struct bytes key;
	if (!json_enter_object(x->d.json))
		return;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "name"))
			r->source_name = document_text(&x->d);
		else if (is(key, "version"))
			r->source_version = document_text(&x->d);
		else
			json_skip(x->d.json);
	}
}

static bool take_text(struct own *x, struct sbom_record *r, struct bytes key)
{
	const struct {
		const char *key;
		struct bytes *out;
	} texts[] = {
		{ "name", &r->name },     { "version", &r->version }, { "arch", &r->arch },
		{ "vendor", &r->vendor }, { "license", &r->license }, { "path", &r->path },
		{ "layer", &r->layer },   { "purl", &r->purl },
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (is(key, texts[i].key)) {
			*texts[i].out = document_text(&x->d);
			return true;
		}
	return false;
}

static void take_member(struct own *x, struct sbom_record *r, struct bytes *type, struct bytes key)
{
	int64_t line;
	if (take_text(x, r, key))
		return;
	if (is(key, "type"))
		*type = document_text(&x->d);
	else if (is(key, "source"))
		read_source(x, r);
	else if (is(key, "dev"))
		(void)json_get_bool(x->d.json, &r->dev);
	else if (is(key, "direct"))
		(void)json_get_bool(x->d.json, &r->direct);
	else if (is(key, "line") && json_get_i64(x->d.json, &line))
		r->line = line > 0 && line <= UINT32_MAX ? (uint32_t)line : 0;
	else if (!is(key, "line"))
		json_skip(x->d.json);
}

/* The module stream has no member of its own, but is in the package URL. */
static void add_from_purl(struct own *x, struct sbom_record *r)
{
	struct sbom_record p;
	const char *why;
	if (r->purl.n > 0 && record_of_purl(r->purl, &x->d.arena, &p, &why))
		r->modularity = p.modularity;
}

static int read_package(struct own *x)
{
	struct sbom_record r = { 0 };
	struct bytes key, type = BYTES_LIT("");
	if (!json_enter_object(x->d.json))
		return 0;
	document_next_record(&x->d);
	while (json_next_key(x->d.json, &key))
		take_member(x, &r, &type, key);
	if (json_failed(x->d.json))
		return 0;
	add_from_purl(x, &r);
	for (int t = 0; t < PKG_TYPES; t++)
		if (is(type, pkg_type_name((enum pkg_type)t)) && r.name.n > 0) {
			r.type = (enum pkg_type)t;
			return x->sink->package(x->sink->ctx, &r, x->err);
		}
	return x->sink->skipped(x->sink->ctx, r.purl, "its type is not known here", x->err);
}

static int read_packages(struct own *x)
{
	if (!json_enter_array(x->d.json))
		return 0;
	while (json_next_item(x->d.json))
		if (read_package(x) < 0)
			return -1;
	return 0;
}

int sbom_own(struct bytes json, const struct sbom_sink *sink, struct error *err)
{
	struct own x = { .sink = sink, .err = err };
	struct bytes key;
	if (document_open(&x.d, json, err) < 0)
		return -1;
	int r = json_enter_object(x.d.json) ? 0 : -1;
	while (r == 0 && json_next_key(x.d.json, &key)) {
		if (is(key, "target"))
			r = read_target(&x);
		else if (is(key, "image"))
			r = read_image(&x);
		else if (is(key, "os"))
			r = read_os(&x);
		else if (is(key, "packages"))
			r = read_packages(&x);
		else
			json_skip(x.d.json);
	}
	return document_close(&x.d, r);
}
