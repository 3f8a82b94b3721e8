/* From a package URL to a package, by the rules of its type. */
#include "pkgdb/purl.h"
#include "sbom/read.h"

static struct bytes decode(struct bytes b, struct arena *arena)
{
	uint8_t *out = arena_alloc(arena, b.n + 1);
	size_t n = 0;
	if (out == NULL)
		return BYTES_LIT("");
	for (int c; (c = purl_next_char(&b)) >= 0;)
		out[n++] = (uint8_t)c;
	return bytes_of(out, n);
}

static struct bytes join(struct bytes a, char between, struct bytes b, struct arena *arena)
{
	uint8_t *out = arena_alloc(arena, a.n + b.n + 1);
	if (a.n == 0 || out == NULL)
		return b;
	memcpy(out, a.p, a.n);
	out[a.n] = (uint8_t)between;
	if (b.n > 0)
		memcpy(out + a.n + 1, b.p, b.n);
	return bytes_of(out, a.n + b.n + 1);
}

/* deb, rpm, apk: room pkgdb knows all of their parts. */
static bool take_system(struct bytes purl, struct arena *arena, struct sbom_record *r,
			const char **why)
{
	struct purl_parts p;
	struct error err = { 0 };
	if (purl_parse(purl, arena, &p, &err) < 0) {
		const char *text = arena_cstr(arena, bytes_str(err.text));
		*why = text != NULL ? text : "its package URL cannot be read";
		return false;
	}
	r->name = bytes_str(p.name);
	r->version = bytes_str(p.version);
	r->arch = bytes_str(p.arch);
	r->source_name = bytes_str(p.source_name);
	r->source_version = bytes_str(p.source_version);
	r->modularity = bytes_str(p.modularity);
	r->os_id = bytes_str(p.os_id);
	r->os_version = bytes_str(p.os_version);
	return true;
}

static void take_app(const struct purl_cut *cut, struct arena *arena, struct sbom_record *r)
{
	struct bytes namespace = decode(cut->namespace, arena), name = decode(cut->name, arena);
	r->version = decode(cut->version, arena);
	switch (r->type) {
	case PKG_MAVEN:
		r->name = join(namespace, ':', name, arena);
		break;
	case PKG_NPM:
	case PKG_GOLANG:
	case PKG_COMPOSER:
	case PKG_SWIFT:
		r->name = join(namespace, '/', name, arena);
		break;
	default: /* a namespace says where it comes from, not what it is called */
		r->name = name;
	}
}

/* What was percent-encoded may be any bytes. */
static bool is_text(const struct sbom_record *r)
{
	return sbom_text_valid(r->name) && sbom_text_valid(r->version) &&
	       sbom_text_valid(r->arch) && sbom_text_valid(r->source_name) &&
	       sbom_text_valid(r->source_version) && sbom_text_valid(r->modularity) &&
	       sbom_text_valid(r->os_id) && sbom_text_valid(r->os_version);
}

bool record_of_purl(struct bytes purl, struct arena *arena, struct sbom_record *ret,
		    const char **why)
{
	struct purl_cut cut;
	struct sbom_record r = { .purl = purl };
	*why = "its package URL cannot be read";
	if (!purl_cut(purl, &cut))
		return false;
	if (!purl_type(cut.type, &r.type)) {
		*why = "its package URL is of a type that is not known here";
		return false;
	}
	if (!pkg_type_is_app(r.type) && !take_system(purl, arena, &r, why))
		return false;
	if (pkg_type_is_app(r.type))
		take_app(&cut, arena, &r);
	if (r.name.n == 0 || !is_text(&r)) {
		*why = "its package URL holds what is no text";
		return false;
	}
	*ret = r;
	return true;
}
