#include "sbom/read.h"

int document_open(struct document *d, struct bytes json, struct error *err)
{
	*d = (struct document){ .json = json_open_bytes(json),
				.arena = arena_max(DOCUMENT_RECORD_MEMORY),
				.err = err };
	return d->json != NULL ? 0 : error_set(err, ERR_MEMORY, "no memory to read JSON");
}

int document_close(struct document *d, int r)
{
	if (r == 0 || d->err->code == ERR_NONE)
		r = json_finish(d->json, d->err) < 0 ? -1 : r;
	json_close(d->json);
	arena_free(&d->arena);
	return r;
}

void document_next_record(struct document *d)
{
	arena_free(&d->arena);
	d->arena = arena_max(DOCUMENT_RECORD_MEMORY);
}

struct bytes document_copy(struct document *d, struct bytes b)
{
	bool keeps = b.n > 0 && b.n <= SBOM_STRING_MAX && bytes_index(b, 0) < 0;
	uint8_t *copy = keeps ? arena_alloc(&d->arena, b.n) : NULL;
	if (copy == NULL)
		return BYTES_LIT("");
	memcpy(copy, b.p, b.n);
	return bytes_of(copy, b.n);
}

struct bytes document_text(struct document *d)
{
	struct bytes text;
	return json_get_string(d->json, &text) ? document_copy(d, text) : BYTES_LIT("");
}

static int each_object(struct document *d, int (*record)(void *ctx), void *ctx)
{
	if (!json_enter_array(d->json))
		return 0;
	while (json_next_item(d->json)) {
		if (!json_enter_object(d->json))
			continue;
		document_next_record(d);
		if (record(ctx) < 0)
			return -1;
	}
	return 0;
}

int document_each(struct document *d, struct bytes json, const char *list, int (*record)(void *ctx),
		  void *ctx, struct error *err)
{
	struct bytes key;
	if (document_open(d, json, err) < 0)
		return -1;
	int r = json_enter_object(d->json) ? 0 : -1;
	while (r == 0 && json_next_key(d->json, &key)) {
		if (is(key, list))
			r = each_object(d, record, ctx);
		else
			json_skip(d->json);
	}
	return document_close(d, r);
}

/* --- the format --------------------------------------------------------------------- */

static void take(struct json_reader *r, char *out, size_t n)
{
	struct bytes text;
	if (!json_get_string(r, &text) || text.n >= n || bytes_index(text, 0) >= 0)
		return;
	memcpy(out, text.p, text.n);
	out[text.n] = '\0';
}

/* OpenVEX allows a list of contexts; the first is its own. */
static void take_context(struct json_reader *r, struct document_format *f)
{
	if (json_peek(r) != JSON_ARRAY) {
		take(r, f->context, sizeof f->context);
		return;
	}
	(void)json_enter_array(r);
	while (json_next_item(r)) {
		if (f->context[0] == '\0')
			take(r, f->context, sizeof f->context);
		else
			json_skip(r);
	}
}

static void take_csaf(struct json_reader *r, struct document_format *f)
{
	struct bytes key;
	if (!json_enter_object(r))
		return;
	while (json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("csaf_version")))
			take(r, f->csaf_version, sizeof f->csaf_version);
		else if (bytes_equal(key, BYTES_LIT("category")))
			take(r, f->category, sizeof f->category);
		else
			json_skip(r);
	}
}

static void take_member(struct json_reader *r, struct bytes key, struct document_format *f)
{
	const struct {
		const char *key;
		char *out;
		size_t n;
	} members[] = {
		{ "bomFormat", f->bom_format, sizeof f->bom_format },
		{ "specVersion", f->spec_version, sizeof f->spec_version },
		{ "spdxVersion", f->spdx_version, sizeof f->spdx_version },
		{ "schema", f->schema, sizeof f->schema },
	};
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (bytes_equal(key, bytes_str(members[i].key))) {
			take(r, members[i].out, members[i].n);
			return;
		}
	if (bytes_equal(key, BYTES_LIT("@context")))
		take_context(r, f);
	else if (bytes_equal(key, BYTES_LIT("document")))
		take_csaf(r, f);
	else
		json_skip(r);
}

int document_format(struct bytes json, struct document_format *ret, struct error *err)
{
	struct document d;
	struct bytes key;
	*ret = (struct document_format){ 0 };
	if (document_open(&d, json, err) < 0)
		return -1;
	int r = json_enter_object(d.json) ? 0
		: json_failed(d.json)     ? 0
					  : error_set(err, ERR_UNSUPPORTED, "it is no JSON object");
	while (r == 0 && json_next_key(d.json, &key))
		take_member(d.json, key, ret);
	return document_close(&d, r);
}

/* --- which it is ------------------------------------------------------------------------ */

static bool same(const char *text, const char *wanted)
{
	return strcmp(text, wanted) == 0;
}

static int unsupported_version(const char *what, const char *version, struct error *err)
{
	return error_set(err, ERR_UNSUPPORTED, "%s of version %s is not read", what, version);
}

static bool is_cyclonedx(const struct document_format *f)
{
	return same(f->spec_version, "1.4") || same(f->spec_version, "1.5") ||
	       same(f->spec_version, "1.6");
}

int sbom_parse(struct bytes json, const struct sbom_sink *sink, struct error *err)
{
	struct document_format f;
	if (document_format(json, &f, err) < 0)
		return -1;
	if (same(f.bom_format, "CycloneDX"))
		return is_cyclonedx(&f) ? sbom_cyclonedx(json, sink, err)
					: unsupported_version("CycloneDX", f.spec_version, err);
	if (f.spdx_version[0] != '\0')
		return same(f.spdx_version, "SPDX-2.3") || same(f.spdx_version, "SPDX-2.2")
			       ? sbom_spdx(json, sink, err)
			       : unsupported_version("SPDX", f.spdx_version, err);
	if (same(f.schema, "corten.scan/1"))
		return sbom_own(json, sink, err);
	return error_set(err, ERR_UNSUPPORTED,
			 "it is no bill of materials that is read here: CycloneDX 1.4 to 1.6, SPDX "
			 "2.2 and 2.3 (both JSON), or a scan result of Corten (JSON)");
}

int vex_parse(struct bytes json, struct vex_sink *sink, struct error *err)
{
	static const char openvex[] = "https://openvex.dev/ns";
	struct document_format f;
	if (document_format(json, &f, err) < 0)
		return -1;
	if (strncmp(f.context, openvex, sizeof openvex - 1) == 0)
		return vex_openvex(json, sink, err);
	if (same(f.bom_format, "CycloneDX"))
		return is_cyclonedx(&f) ? vex_cyclonedx(json, sink, err)
					: unsupported_version("CycloneDX", f.spec_version, err);
	if (f.csaf_version[0] != '\0')
		return same(f.csaf_version, "2.0")
			       ? vex_csaf(json, sink, err)
			       : unsupported_version("CSAF", f.csaf_version, err);
	return error_set(
		err, ERR_UNSUPPORTED,
		"it is no VEX document that is read here: OpenVEX, CycloneDX 1.4 to 1.6 or "
		"CSAF 2.0 (all JSON)");
}
