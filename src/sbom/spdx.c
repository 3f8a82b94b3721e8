/* SPDX 2.2 and 2.3, JSON (clause numbers are those of 2.3). What is a package of an
 * image has a package URL among its external references (7.21). */
#include "sbom/read.h"

struct spdx {
	struct document d;
	const struct sbom_sink *sink;
	struct error *err;
	bool has_os;
};

struct spdx_package {
	struct bytes id, name, version, supplier, license, description, purpose, purl, info;
	struct bytes checksum;
};

static void take_reference(struct spdx *x, struct spdx_package *p)
{
	struct bytes key, type = BYTES_LIT(""), locator = BYTES_LIT("");
	if (!json_enter_object(x->d.json))
		return;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "referenceType"))
			type = document_text(&x->d);
		else if (is(key, "referenceLocator"))
			locator = document_text(&x->d);
		else
			json_skip(x->d.json);
	}
	if (is(type, "purl") && p->purl.n == 0)
		p->purl = locator;
}

static void take_references(struct spdx *x, struct spdx_package *p)
{
	if (!json_enter_array(x->d.json))
		return;
	while (json_next_item(x->d.json))
		take_reference(x, p);
}

static void take_member(struct spdx *x, struct spdx_package *p, struct bytes key)
{
	const struct {
		const char *key;
		struct bytes *out;
	} texts[] = {
		{ "SPDXID", &p->id },
		{ "name", &p->name },
		{ "versionInfo", &p->version },
		{ "supplier", &p->supplier },
		{ "licenseDeclared", &p->license },
		{ "description", &p->description },
		{ "primaryPackagePurpose", &p->purpose },
		{ "sourceInfo", &p->info },
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (is(key, texts[i].key)) {
			*texts[i].out = document_text(&x->d);
			return;
		}
	if (is(key, "externalRefs"))
		take_references(x, p);
	else
		json_skip(x->d.json);
}

/* "Organization: NAME (mail)", "Person: NAME" (7.5) */
static struct bytes vendor_of(struct bytes supplier)
{
	static const char *const kinds[] = { "Organization: ", "Person: " };
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (bytes_starts_with(supplier, bytes_str(kinds[i])))
			return bytes_sub(supplier, strlen(kinds[i]), supplier.n);
	return BYTES_LIT("");
}

/* SPDX has no member for it: Corten says "listed in /PATH of layer DIFF-ID; …". */
static void take_place(struct bytes info, struct sbom_record *r)
{
	static const char listed[] = "listed in /", layer[] = " of layer sha256:";
	if (!bytes_starts_with(info, BYTES_LIT("listed in /")))
		return;
	struct bytes rest = bytes_sub(info, sizeof listed - 1, info.n);
	const uint8_t *at = memmem(rest.p, rest.n, layer, sizeof layer - 1);
	ptrdiff_t end = bytes_index(rest, ';');
	if (at != NULL) {
		size_t i = (size_t)(at - rest.p);
		r->path = bytes_sub(rest, 0, i);
		i += strlen(" of layer ");
		struct bytes digest = bytes_sub(rest, i, i + strlen("sha256:") + 64);
		struct digest d;
		if (digest_parse(digest, &d))
			r->layer = digest;
	} else {
		r->path = end < 0 ? rest : bytes_sub(rest, 0, (size_t)end);
	}
}

static int take_package(struct spdx *x, const struct spdx_package *p)
{
	struct sbom_record r;
	const char *why = NULL;
	if (!record_of_purl(p->purl, &x->d.arena, &r, &why))
		return x->sink->skipped(x->sink->ctx, p->purl, why, x->err);
	r.vendor = vendor_of(p->supplier);
	if (!is(p->license, "NOASSERTION") && !is(p->license, "NONE"))
		r.license = p->license;
	take_place(p->info, &r);
	return x->sink->package(x->sink->ctx, &r, x->err);
}

/* SPDX 2.2 has no purpose, but the tools' names are known. */
static bool is_os(const struct spdx_package *p)
{
	return is(p->purpose, "OPERATING_SYSTEM") || is(p->purpose, "OPERATING-SYSTEM") ||
	       bytes_starts_with(p->id, BYTES_LIT("SPDXRef-OperatingSystem"));
}

static int end_package(struct spdx *x, const struct spdx_package *p)
{
	if (is_os(p)) {
		bool first = !x->has_os;
		x->has_os = true;
		return first ? x->sink->os(x->sink->ctx, p->name, p->version, p->description,
					   x->err)
			     : 0;
	}
	if (is(p->purpose, "CONTAINER")) {
		struct sbom_about a = { .name = p->name, .digest = p->version };
		return x->sink->about(x->sink->ctx, &a, x->err);
	}
	return p->purl.n == 0 || purl_is_image(p->purl) ? 0 : take_package(x, p);
}

static int read_packages(struct spdx *x)
{
	struct bytes key;
	if (!json_enter_array(x->d.json))
		return 0;
	while (json_next_item(x->d.json)) {
		struct spdx_package p = { 0 };
		if (!json_enter_object(x->d.json))
			continue;
		document_next_record(&x->d);
		while (json_next_key(x->d.json, &key))
			take_member(x, &p, key);
		if (!json_failed(x->d.json) && end_package(x, &p) < 0)
			return -1;
	}
	return 0;
}

int sbom_spdx(struct bytes json, const struct sbom_sink *sink, struct error *err)
{
	struct spdx x = { .sink = sink, .err = err };
	struct bytes key;
	if (document_open(&x.d, json, err) < 0)
		return -1;
	int r = json_enter_object(x.d.json) ? 0 : -1;
	while (r == 0 && json_next_key(x.d.json, &key)) {
		if (is(key, "packages"))
			r = read_packages(&x);
		else
			json_skip(x.d.json);
	}
	return document_close(&x.d, r);
}
