#include "report/ident.h"

#include "report/escape.h"

const char *ident_layer(const struct scan_result *r, uint32_t layer, char out[static DIGEST_TEXT])
{
	if (layer >= r->layer_count || digest_is_zero(&r->layers[layer].diff_id))
		return NULL;
	digest_text(&r->layers[layer].diff_id, out);
	return out;
}

const char *ident_target(const struct scan_result *r)
{
	if (r->name != NULL && r->name[0] != '\0')
		return r->name;
	return r->reference == NULL ? "" : r->reference;
}

const char *ident_digest(const struct scan_result *r, char out[static DIGEST_TEXT])
{
	if (!r->has_digest && !r->has_image_id)
		return NULL;
	digest_text(r->has_digest ? &r->digest : &r->image_id, out);
	return out;
}

/* Each field with its end, so that ("ab","c") and ("a","bc") differ. */
static void add(struct sha256 *h, const char *s)
{
	struct bytes b = bytes_str(s);
	if (b.n > 0)
		sha256_update(h, b.p, b.n);
	sha256_update(h, "", 1);
}

static void add_findings(struct sha256 *h, const struct scan_result *r)
{
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		add(h, f->fingerprint);
		add(h, severity_name(f->severity));
		add(h, finding_status_name(f->status));
		add(h, f->fixed_version);
	}
}

static void add_content(struct sha256 *h, const struct scan_result *r)
{
	char text[DIGEST_TEXT];
	add(h, ident_target(r));
	add(h, ident_digest(r, text));
	add(h, r->platform);
	for (size_t i = 0; i < r->layer_count; i++)
		add(h, ident_layer(r, (uint32_t)i, text));
	for (size_t i = 0; i < r->package_count; i++) {
		add(h, r->packages[i].purl);
		add(h, r->packages[i].path);
	}
	add_findings(h, r);
	for (size_t i = 0; i < r->suppressed_count; i++) {
		add(h, r->suppressed[i].finding.fingerprint);
		add(h, r->suppressed[i].status);
	}
	for (size_t i = 0; i < r->incomplete_count; i++) {
		add(h, r->incomplete[i].what);
		add(h, error_code_name(r->incomplete[i].code));
	}
}

const char *ident_published(const struct finding *f, char out[static DAY_TEXT])
{
	enum { DAY = 86400 };
	char time[RFC3339_TEXT];
	if (f->published == 0)
		return NULL;
	rfc3339_text((int64_t)f->published * DAY, time);
	(void)snprintf(out, DAY_TEXT, "%.10s", time);
	return out;
}

void ident_uuid(const struct scan_result *r, const char *kind, char out[static UUID_TEXT])
{
	struct digest d;
	struct sha256 *h = sha256_new();
	add(h, kind);
	add_content(h, r);
	sha256_final(h, &d);
	sha256_free(h);
	d.sha256[6] = (uint8_t)((d.sha256[6] & 0x0f) | 0x80); /* version 8 */
	d.sha256[8] = (uint8_t)((d.sha256[8] & 0x3f) | 0x80); /* variant of RFC 9562 */
	char hex[33];
	hex_text(d.sha256, 16, hex);
	(void)snprintf(out, UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
		       hex + 16, hex + 20);
}

const char *ident_url(const struct finding *f, struct buf *buf)
{
	static const struct {
		const char *prefix, *page;
	} registries[] = {
		{ "CVE-", "https://www.cve.org/CVERecord?id=" },
		{ "GHSA-", "https://github.com/advisories/" },
	};
	/* Only a web address becomes a link: `javascript:` and its like do not. */
	const char *url = f->advisory.url;
	if (url != NULL && (bytes_starts_with(bytes_str(url), BYTES_LIT("https://")) ||
			    bytes_starts_with(bytes_str(url), BYTES_LIT("http://")))) {
		buf->n = 0;
		/* Encoded again where it holds what no URI may hold. */
		if (escape_uri(buf, url, ":/?#@!$&'()*+,;=%", NULL) == 0)
			return buf_cstr(buf, NULL);
	}
	for (size_t i = 0; i < sizeof registries / sizeof registries[0]; i++) {
		if (!bytes_starts_with(bytes_str(f->id), bytes_str(registries[i].prefix)))
			continue;
		buf->n = 0;
		if (buf_append_str(buf, registries[i].page, NULL) == 0 &&
		    escape_uri(buf, f->id, "", NULL) == 0)
			return buf_cstr(buf, NULL);
	}
	return NULL;
}
