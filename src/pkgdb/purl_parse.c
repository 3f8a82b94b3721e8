/* Package URLs read back: what users and other tools write, for look-ups. */
#include "pkgdb/purl_internal.h"

enum qualifier { ARCH, DISTRO, EPOCH, RPMMOD, MODULARITYLABEL, UPSTREAM, QUALIFIERS };

static const char *const qualifier_keys[QUALIFIERS] = {
	[ARCH] = "arch",     [DISTRO] = "distro",     [EPOCH] = "epoch",
	[RPMMOD] = "rpmmod", [UPSTREAM] = "upstream", [MODULARITYLABEL] = "modularitylabel",
};

/* The parts as they stand between the separators, still encoded. */
struct purl_raw {
	struct purl_cut cut;
	struct bytes qualifiers[QUALIFIERS];
};

/* --- cutting -------------------------------------------------------------------- */

/* "composed of ASCII letters and numbers, period, dash and underscore" */
static bool is_key(struct bytes key)
{
	for (size_t i = 0; i < key.n; i++) {
		uint8_t c = purl_lower(key.p[i]);
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '-' &&
		    c != '_')
			return false;
	}
	return key.n > 0;
}

static int cut_qualifiers(struct bytes text, struct purl_raw *raw, struct error *err)
{
	struct bytes pair, key;
	while (bytes_next_field(&text, '&', &pair)) {
		if (!bytes_next_field(&pair, '=', &key) || !is_key(key))
			return error_set(err, ERR_MALFORMED,
					 "package URL: a qualifier has no key=value");
		for (int i = 0; i < QUALIFIERS; i++) {
			if (!purl_same_word(key, qualifier_keys[i]))
				continue;
			if (raw->qualifiers[i].n > 0)
				return error_set(err, ERR_MALFORMED,
						 "package URL: the qualifier %s is there twice",
						 qualifier_keys[i]);
			raw->qualifiers[i] = pair;
		}
	}
	return 0;
}

static int cut_parts(struct bytes purl, struct purl_raw *raw, struct error *err)
{
	struct bytes scheme, rest = purl;

	if (purl.n > PURL_MAX)
		return error_set(err, ERR_LIMIT, "a package URL of more than 64 KiB");
	if (!bytes_next_field(&rest, ':', &scheme) || !purl_same_word(scheme, "pkg"))
		return error_set(err, ERR_MALFORMED, "a package URL starts with \"pkg:\"");
	if (!purl_cut(purl, &raw->cut))
		return error_set(err, ERR_MALFORMED,
				 "a package URL needs a type and a name: pkg:deb/debian/curl@7.88");
	return cut_qualifiers(raw->cut.qualifiers, raw, err);
}

/* --- decoding --------------------------------------------------------------------- */

/* A copy with every %XX as its byte; it must be UTF-8 that can be shown. */
static int decode(struct bytes text, struct arena *arena, struct bytes *ret, struct error *err)
{
	uint8_t *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	if (out == NULL)
		return error_set(err, ERR_LIMIT, "package URL: no room for its parts");
	while (text.n > 0) {
		size_t left = text.n;
		int c = purl_next_char(&text);
		if (c == '%' && left - text.n == 1)
			return error_set(err, ERR_MALFORMED,
					 "package URL: a %% without two hexadecimal digits");
		if (c < ' ' || c == 0x7f)
			return error_set(err, ERR_MALFORMED, "package URL: a control character");
		out[n++] = (uint8_t)c;
	}
	if (!utf8_valid(bytes_of(out, n)))
		return error_set(err, ERR_MALFORMED, "package URL: not UTF-8");
	*ret = bytes_of(out, n); /* the arena zeroes: it is a C string too */
	return 0;
}

static const char *as_text(struct bytes decoded)
{
	return decoded.n == 0 ? "" : (const char *)decoded.p;
}

/* --- meaning ------------------------------------------------------------------------ */

/* Other writers' namespaces for what os-release calls otherwise. */
static const char *os_id_of(const char *namespace)
{
	const char *id = purl_os_id(bytes_str(namespace));
	return id != NULL ? id : namespace;
}

/* Not at its beginning. */
static bool has_dash(struct bytes b)
{
	return b.n > 1 && memchr(b.p + 1, '-', b.n - 1) != NULL;
}

/* "debian-12" in namespace debian: version 12. Of "rhel-9.4" in namespace
 * redhat the id counts; a bare code name ("jessie") is the version. */
static int take_distro(struct bytes distro, struct arena *arena, struct purl_parts *p,
		       struct error *err)
{
	struct bytes version = distro, id = { 0 };
	if (distro.n == 0)
		return 0;
	if (p->os_id != NULL && bytes_starts_with(distro, bytes_str(p->os_id)) &&
	    distro.n > strlen(p->os_id) && distro.p[strlen(p->os_id)] == '-') {
		version = bytes_sub(distro, strlen(p->os_id) + 1, distro.n);
	} else if (has_dash(distro)) {
		id = distro;
		version = purl_cut_last(&id, '-');
		p->os_id = arena_cstr(arena, id);
		if (p->os_id == NULL)
			return error_set(err, ERR_LIMIT, "package URL: no room for its parts");
		p->os_id = os_id_of(p->os_id);
	}
	p->os_version = as_text(version);
	return 0;
}

/* "name", "name@version", or for rpm the source package's file. */
static int take_upstream(struct bytes upstream, struct arena *arena, struct purl_parts *p,
			 struct error *err)
{
	struct bytes name = upstream, version = { 0 }, release;
	bool file = p->type == PKG_RPM && bytes_ends_with(upstream, BYTES_LIT(".src.rpm"));

	p->source_name = p->name;
	p->source_version = p->version;
	if (upstream.n == 0)
		return 0;
	if (file) {
		name = bytes_sub(upstream, 0, upstream.n - strlen(".src.rpm"));
		size_t end = name.n;
		release = purl_cut_last(&name, '-');
		(void)purl_cut_last(&name, '-');
		if (release.n > 0 && name.n + 1 < end)
			version = bytes_sub(upstream, name.n + 1, end);
	} else {
		ptrdiff_t at = bytes_index(upstream, '@');
		if (at > 0) {
			name = bytes_sub(upstream, 0, (size_t)at);
			version = bytes_sub(upstream, (size_t)at + 1, upstream.n);
		}
	}
	p->source_name = arena_cstr(arena, name);
	if (version.n > 0)
		p->source_version = arena_cstr(arena, version);
	if (p->source_name == NULL || p->source_version == NULL)
		return error_set(err, ERR_LIMIT, "package URL: no room for its parts");
	return 0;
}

/* rpm: "epoch:version" again. */
static int take_version(struct bytes version, struct bytes epoch, struct arena *arena,
			struct purl_parts *p, struct error *err)
{
	uint64_t number = 0;
	p->version = as_text(version);
	if (p->type != PKG_RPM || epoch.n == 0)
		return 0;
	if (!bytes_to_u64(epoch, &number))
		return error_set(err, ERR_MALFORMED, "package URL: the epoch is no number");
	if (number > 0)
		p->version = arena_printf(arena, "%llu:%s", (unsigned long long)number,
					  as_text(version));
	return p->version == NULL ? error_set(err, ERR_LIMIT, "package URL: no room for its parts")
				  : 0;
}

/* A copy in the canonical form of the type. */
static int decode_name(struct bytes text, enum pkg_type type, struct arena *arena,
		       struct bytes *ret, struct error *err)
{
	struct bytes name = { 0 };
	if (decode(text, arena, &name, err) < 0)
		return -1;
	uint8_t *out = arena_alloc(arena, name.n + 1);
	if (out == NULL)
		return error_set(err, ERR_LIMIT, "package URL: no room for its parts");
	for (size_t i = 0; i < name.n; i++)
		out[i] = purl_name_byte(type, name.p[i]);
	*ret = bytes_of(out, name.n);
	return 0;
}

/* Namespace and name in one, as enum pkg_type says; empty parts of the namespace
 * say nothing. */
static const char *joined_name(enum pkg_type type, struct bytes namespace, struct bytes name,
			       struct arena *arena)
{
	char *out = arena_alloc(arena, namespace.n + 1 + name.n + 1);
	struct bytes part;
	size_t n = 0;
	if (out == NULL)
		return NULL;
	while (bytes_next_field(&namespace, '/', &part)) {
		if (part.n == 0)
			continue;
		if (n > 0)
			out[n++] = '/';
		memcpy(out + n, part.p, part.n);
		n += part.n;
	}
	if (n > 0)
		out[n++] = purl_joint(type);
	if (name.n > 0)
		memcpy(out + n, name.p, name.n);
	return out; /* the arena zeroes */
}

/* swift: a host, an owner and a name. */
static bool is_repository(const char *name)
{
	const char *slash = strchr(name, '/');
	return slash != NULL && strchr(slash + 1, '/') != NULL;
}

static int take_app_name(struct bytes namespace, struct bytes name, struct arena *arena,
			 struct purl_parts *p, struct error *err)
{
	if (namespace.n > 0 && purl_joint(p->type) == 0)
		return error_set(err, ERR_MALFORMED,
				 "package URL: names of type %s have no namespace",
				 pkg_type_name(p->type));
	p->name = joined_name(p->type, namespace, name, arena);
	if (p->name == NULL)
		return error_set(err, ERR_LIMIT, "package URL: no room for its parts");
	if (p->type == PKG_SWIFT && !is_repository(p->name))
		return error_set(err, ERR_MALFORMED,
				 "package URL: a swift package is named by host, owner and name");
	p->source_name = p->source_version = "";
	return 0;
}

static int take_parts(const struct purl_raw *raw, struct arena *arena, struct purl_parts *p,
		      struct error *err)
{
	struct bytes namespace, name, version, q[QUALIFIERS];
	bool app = pkg_type_is_app(p->type);

	/* an os-release ID has no case, rpm names do */
	if (decode_name(raw->cut.namespace, app ? p->type : PKG_DEB, arena, &namespace, err) < 0 ||
	    decode_name(raw->cut.name, p->type, arena, &name, err) < 0 ||
	    decode(raw->cut.version, arena, &version, err) < 0)
		return -1;
	for (int i = 0; i < QUALIFIERS; i++) {
		if (decode(raw->qualifiers[i], arena, &q[i], err) < 0)
			return -1;
	}
	p->arch = as_text(app ? bytes_of(NULL, 0) : q[ARCH]);
	p->modularity = "";
	p->version = as_text(version);
	if (app)
		return take_app_name(namespace, name, arena, p, err);
	p->name = as_text(name);
	p->modularity = as_text(q[RPMMOD].n > 0 ? q[RPMMOD] : q[MODULARITYLABEL]);
	p->os_id = namespace.n == 0 ? NULL : os_id_of(as_text(namespace));
	if (take_distro(q[DISTRO], arena, p, err) < 0 ||
	    take_version(version, q[EPOCH], arena, p, err) < 0)
		return -1;
	return take_upstream(q[UPSTREAM], arena, p, err);
}

int purl_parse(struct bytes purl, struct arena *arena, struct purl_parts *ret, struct error *err)
{
	struct purl_raw raw = { 0 };
	struct purl_parts parts = { 0 };

	if (cut_parts(purl, &raw, err) < 0)
		return -1;
	if (!purl_type(raw.cut.type, &parts.type))
		return error_set(err, ERR_UNSUPPORTED,
				 "package URL: its type is none that Corten knows (deb, rpm, apk, "
				 "npm, pypi, maven, golang and others)");
	if (take_parts(&raw, arena, &parts, err) < 0)
		return -1;
	*ret = parts;
	return 0;
}
