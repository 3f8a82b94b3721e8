/* Package URLs (ECMA-427, purl-spec): pkg:type/namespace/name@version?key=value.
 *
 * Beyond the specification's own words: the namespace is the os-release ID,
 * `distro` is ID-VERSION_ID, `upstream` is the source package ("name", or
 * "name@version" where the version differs), and `rpmmod` the module stream,
 * as other writers of such URLs have it. */
#include "pkgdb/purl_internal.h"

/* --- writing ----------------------------------------------------------------- */

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static int put_byte(struct buf *out, uint8_t c, struct error *err)
{
	bool plain = is_alnum(c) || memchr(".-_~:", c, 5) != NULL;
	return plain ? buf_append(out, &c, 1, err) : buf_printf(out, err, "%%%02X", c);
}

/* Everything but letters, digits, ".-_~" and the colon (specification, clause
 * "Character encoding"). */
static int put_encoded(struct buf *out, struct bytes text, struct error *err)
{
	for (size_t i = 0; i < text.n; i++) {
		if (put_byte(out, text.p[i], err) < 0)
			return -1;
	}
	return 0;
}

/* --- names ------------------------------------------------------------------- */

/* slashes: they separate the segments of a namespace and stay as they are. */
static int put_name(struct buf *out, enum pkg_type type, struct bytes name, bool slashes,
		    struct error *err)
{
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = purl_name_byte(type, name.p[i]);
		if (slashes && c == '/' ? buf_append(out, &c, 1, err) < 0
					: put_byte(out, c, err) < 0)
			return -1;
	}
	return 0;
}

/* None of the parts between slashes is empty. */
static bool is_path(struct bytes text)
{
	struct bytes part;
	if (text.n == 0 || text.p[text.n - 1] == '/')
		return false;
	while (bytes_next_field(&text, '/', &part)) {
		if (part.n == 0)
			return false;
	}
	return true;
}

/* "group:artifact" at its first colon, "@scope/name" and paths at their last
 * slash. False: what stands there is no namespace. */
static bool split_name(enum pkg_type type, struct bytes name, struct bytes *ret_namespace,
		       struct bytes *ret_name)
{
	char joint = purl_joint(type);
	const uint8_t *at = joint == 0 || name.n == 0 ? NULL
			    : joint == ':'            ? memchr(name.p, joint, name.n)
						      : memrchr(name.p, joint, name.n);
	if (at == NULL)
		return false;
	*ret_namespace = bytes_sub(name, 0, (size_t)(at - name.p));
	*ret_name = bytes_sub(name, (size_t)(at - name.p) + 1, name.n);
	return ret_name->n > 0 && is_path(*ret_namespace);
}

/* namespace/name; of a system's package the system is the namespace. */
static int put_full_name(struct buf *out, const struct purl_parts *p, struct error *err)
{
	struct bytes name = bytes_str(p->name), namespace = { 0 };

	if (!pkg_type_is_app(p->type)) {
		namespace = bytes_str(p->os_id);
	} else if (!split_name(p->type, bytes_str(p->name), &namespace, &name)) {
		namespace = bytes_of(NULL, 0);
		name = bytes_str(p->name);
	}
	/* an os-release ID has no case, rpm names do */
	enum pkg_type like = p->type == PKG_RPM ? PKG_DEB : p->type;
	if (namespace.n > 0 && (put_name(out, like, namespace, pkg_type_is_app(p->type), err) < 0 ||
				buf_append_str(out, "/", err) < 0))
		return -1;
	return put_name(out, p->type, name, false, err);
}

/* --- qualifiers --------------------------------------------------------------- */

/* "&key=value" (the first with "?"), nothing for an empty value. */
static int put_qualifier(struct buf *out, bool *first, const char *key, struct bytes value,
			 struct error *err)
{
	if (value.n == 0)
		return 0;
	if (buf_printf(out, err, "%c%s=", *first ? '?' : '&', key) < 0)
		return -1;
	*first = false;
	return put_encoded(out, value, err);
}

/* rpm's epoch is a qualifier, deb's belongs to the version. An epoch of 0 is
 * none; what is no number is none either, but a part of the version. */
static struct bytes split_epoch(struct bytes *version)
{
	ptrdiff_t colon = bytes_index(*version, ':');
	struct bytes epoch = bytes_sub(*version, 0, colon < 0 ? 0 : (size_t)colon);
	uint64_t number = 0;

	if (!bytes_to_u64(epoch, &number))
		return bytes_of(NULL, 0);
	*version = bytes_sub(*version, (size_t)colon + 1, version->n);
	return number == 0 ? bytes_of(NULL, 0) : epoch;
}

static int put_distro(struct buf *out, bool *first, const struct purl_parts *p, struct error *err)
{
	struct bytes id = bytes_str(p->os_id), version = bytes_str(p->os_version);
	if (id.n == 0 || version.n == 0)
		return 0;
	if (put_qualifier(out, first, "distro", id, err) < 0 || buf_append_str(out, "-", err) < 0)
		return -1;
	return put_encoded(out, version, err);
}

/* Only what the package's own name and version do not say already. */
static int put_upstream(struct buf *out, bool *first, const struct purl_parts *p, struct error *err)
{
	struct bytes name = bytes_str(p->source_name), version = bytes_str(p->source_version);
	bool other_name = !bytes_equal(name, bytes_str(p->name));
	bool other_version = version.n > 0 && !bytes_equal(version, bytes_str(p->version));

	if (name.n == 0 || (!other_name && !other_version))
		return 0;
	if (put_qualifier(out, first, "upstream", name, err) < 0)
		return -1;
	if (!other_version)
		return 0;
	return buf_append_str(out, "%40", err) < 0 ? -1 : put_encoded(out, version, err);
}

/* In the order of their keys, as the canonical form wants. */
static int put_qualifiers(struct buf *out, const struct purl_parts *p, struct bytes epoch,
			  struct error *err)
{
	bool first = true;
	if (put_qualifier(out, &first, "arch", bytes_str(p->arch), err) < 0 ||
	    put_distro(out, &first, p, err) < 0 ||
	    put_qualifier(out, &first, "epoch", epoch, err) < 0 ||
	    put_qualifier(out, &first, "rpmmod", bytes_str(p->modularity), err) < 0)
		return -1;
	return put_upstream(out, &first, p, err);
}

int purl_write(const struct purl_parts *p, struct buf *out, struct error *err)
{
	struct bytes version = bytes_str(p->version), epoch = { 0 };

	if (bytes_str(p->name).n == 0)
		return error_set(err, ERR_MALFORMED, "a package URL needs a package name");
	if (p->type == PKG_RPM)
		epoch = split_epoch(&version);
	if (buf_printf(out, err, "pkg:%s/", pkg_type_name(p->type)) < 0 ||
	    put_full_name(out, p, err) < 0)
		return -1;
	if (version.n > 0 &&
	    (buf_append_str(out, "@", err) < 0 || put_encoded(out, version, err) < 0))
		return -1;
	return pkg_type_is_app(p->type) ? 0 : put_qualifiers(out, p, epoch, err);
}
