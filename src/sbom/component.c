/* Components of CycloneDX, which may lie within each other (ECMA-424, "component"). */
#include <stdlib.h>

#include "sbom/read.h"

struct walk {
	struct document *d;
	const struct component_sink *sink;
	struct component frames[COMPONENT_DEPTH];
};

/* --- properties ------------------------------------------------------------------- */

static bool is_true(struct bytes b)
{
	return bytes_equal(b, BYTES_LIT("true"));
}

/* Ours, then what other tools call the same (Trivy's and Syft's CycloneDX). */
static bool take_property(struct component *c, struct bytes name, struct bytes value)
{
	const struct {
		const char *name;
		struct bytes *out;
	} texts[] = {
		{ "corten:type", &c->kind },
		{ "corten:arch", &c->arch },
		{ "corten:source-name", &c->source_name },
		{ "corten:source-version", &c->source_version },
		{ "corten:module", &c->module },
		{ "corten:path", &c->path },
		{ "corten:layer", &c->layer },
		{ "corten:line", &c->line },
		{ "aquasecurity:trivy:SrcName", &c->source_name },
		{ "aquasecurity:trivy:SrcVersion", &c->source_version },
		{ "aquasecurity:trivy:SrcRelease", &c->source_release },
		{ "aquasecurity:trivy:SrcEpoch", &c->source_epoch },
		{ "aquasecurity:trivy:Modularitylabel", &c->module },
		{ "aquasecurity:trivy:FilePath", &c->path },
		{ "aquasecurity:trivy:LayerDiffID", &c->layer },
		{ "syft:location:0:path", &c->path },
		{ "syft:location:0:layerID", &c->layer },
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (bytes_equal(name, bytes_str(texts[i].name))) {
			*texts[i].out = value;
			return true;
		}
	if (bytes_equal(name, BYTES_LIT("corten:dev")))
		c->dev = is_true(value);
	else if (bytes_equal(name, BYTES_LIT("corten:direct")))
		c->direct = is_true(value);
	else
		return false;
	return true;
}

static int take_properties(struct walk *w, struct component *c)
{
	struct json_reader *r = w->d->json;
	struct bytes key;
	if (!json_enter_array(r))
		return 0;
	while (json_next_item(r)) {
		struct bytes name = BYTES_LIT(""), value = BYTES_LIT("");
		if (!json_enter_object(r))
			continue;
		while (json_next_key(r, &key)) {
			if (bytes_equal(key, BYTES_LIT("name")))
				name = document_text(w->d);
			else if (bytes_equal(key, BYTES_LIT("value")))
				value = document_text(w->d);
			else
				json_skip(r);
		}
		if (!take_property(c, name, value) && w->sink->property != NULL &&
		    w->sink->property(w->sink->ctx, name, value, w->d->err) < 0)
			return -1;
	}
	return 0;
}

/* --- licences and the supplier --------------------------------------------------------- */

/* {"license": {"id" | "name"}} or {"expression"} */
static struct bytes license_of(struct document *d)
{
	struct bytes key, text = BYTES_LIT("");
	if (!json_enter_object(d->json))
		return text;
	while (json_next_key(d->json, &key)) {
		if (bytes_equal(key, BYTES_LIT("expression"))) {
			text = document_text(d);
		} else if (bytes_equal(key, BYTES_LIT("license")) && json_enter_object(d->json)) {
			while (json_next_key(d->json, &key)) {
				if (bytes_equal(key, BYTES_LIT("id")) ||
				    bytes_equal(key, BYTES_LIT("name")))
					text = document_text(d);
				else
					json_skip(d->json);
			}
		} else if (!bytes_equal(key, BYTES_LIT("license"))) {
			json_skip(d->json);
		}
	}
	return text;
}

/* Several licences of one component are all in force. */
static struct bytes licenses(struct document *d)
{
	cleanup_buf struct buf all = buf_max(SBOM_STRING_MAX);
	if (!json_enter_array(d->json))
		return BYTES_LIT("");
	while (json_next_item(d->json)) {
		struct bytes one = license_of(d);
		if (one.n > 0 && all.n > 0)
			(void)buf_append_str(&all, " AND ", NULL);
		(void)buf_append(&all, one.p, one.n, NULL);
	}
	return document_copy(d, buf_view(&all));
}

static struct bytes supplier(struct document *d)
{
	struct bytes key, name = BYTES_LIT("");
	if (!json_enter_object(d->json))
		return name;
	while (json_next_key(d->json, &key)) {
		if (bytes_equal(key, BYTES_LIT("name")))
			name = document_text(d);
		else
			json_skip(d->json);
	}
	return name;
}

/* --- a component ---------------------------------------------------------------------------- */

static int take_member(struct walk *w, struct component *c, struct bytes key)
{
	const struct {
		const char *key;
		struct bytes *out;
	} texts[] = {
		{ "bom-ref", &c->ref },
		{ "type", &c->type },
		{ "group", &c->group },
		{ "name", &c->name },
		{ "version", &c->version },
		{ "purl", &c->purl },
		{ "description", &c->description },
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (bytes_equal(key, bytes_str(texts[i].key))) {
			*texts[i].out = document_text(w->d);
			return 0;
		}
	if (bytes_equal(key, BYTES_LIT("properties")))
		return take_properties(w, c);
	if (bytes_equal(key, BYTES_LIT("licenses")))
		c->license = licenses(w->d);
	else if (bytes_equal(key, BYTES_LIT("supplier")))
		c->supplier = supplier(w->d);
	else
		json_skip(w->d->json);
	return 0;
}

/* The inner components of the one at hand follow. */
static bool goes_deeper(struct walk *w, struct bytes key)
{
	return bytes_equal(key, BYTES_LIT("components")) && json_enter_array(w->d->json);
}

/* One step within the component of frames[*depth]: 1 when it has ended. */
static int step(struct walk *w, size_t *depth, bool *in_array)
{
	struct component *c = &w->frames[*depth];
	struct bytes key;
	if (!json_next_key(w->d->json, &key))
		return w->sink->component(w->sink->ctx, c, w->d->err) < 0 ? -1 : 1;
	if (!bytes_equal(key, BYTES_LIT("components")))
		return take_member(w, c, key);
	*in_array = goes_deeper(w, key);
	if (*in_array && ++*depth == COMPONENT_DEPTH)
		return error_set(w->d->err, ERR_LIMIT, "components within components, %d deep",
				 COMPONENT_DEPTH);
	return 0;
}

/* The reader stands in an array of components (in_array), or in frames[0]; each
 * level has its frame, because what is behind the inner ones belongs to the outer. */
static int walk_components(struct walk *w, bool in_array)
{
	size_t depth = 0;
	bool one = !in_array;
	while (!json_failed(w->d->json)) {
		if (!in_array) {
			int r = step(w, &depth, &in_array);
			if (r < 0 || (r == 1 && one && depth == 0))
				return r < 0 ? -1 : 0;
			in_array = in_array || r == 1;
		} else if (!json_next_item(w->d->json)) {
			if (depth == 0)
				return 0;
			depth--;
			in_array = false;
		} else if (json_enter_object(w->d->json)) {
			if (depth == 0)
				document_next_record(w->d);
			w->frames[depth] = (struct component){ 0 };
			in_array = false;
		}
	}
	return 0; /* document_close tells */
}

static int start(struct document *d, const struct component_sink *sink, bool in_array)
{
	struct walk *w = calloc(1, sizeof *w);
	if (w == NULL)
		return error_set(d->err, ERR_MEMORY, "no memory for components");
	*w = (struct walk){ .d = d, .sink = sink };
	int r = walk_components(w, in_array);
	free(w);
	return r;
}

int components_read(struct document *d, const struct component_sink *sink)
{
	return json_enter_array(d->json) ? start(d, sink, true) : 0;
}

int component_read(struct document *d, const struct component_sink *sink)
{
	return json_enter_object(d->json) ? start(d, sink, false) : 0;
}
