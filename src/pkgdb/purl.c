/* Package URLs (ECMA-427, purl-spec): pkg:type/namespace/name@version?key=value.
 *
 * Beyond the specification's own words: the namespace is the os-release ID,
 * `distro` is ID-VERSION_ID, `upstream` is the source package ("name", or
 * "name@version" where the version differs), and `rpmmod` the module stream,
 * as other writers of such URLs have it. */
#include "pkgdb/pkgdb.h"

/* --- writing ----------------------------------------------------------------- */

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Everything but letters, digits, ".-_~" and the colon (specification, clause
 * "Character encoding"). */
static int put_encoded(struct buf *out, struct bytes text, bool lower, struct error *err)
{
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		if (lower && c >= 'A' && c <= 'Z')
			c |= 0x20;
		bool plain = is_alnum(c) || memchr(".-_~:", c, 5) != NULL;
		if (plain ? buf_append(out, &c, 1, err) < 0 : buf_printf(out, err, "%%%02X", c) < 0)
			return -1;
	}
	return 0;
}

/* "&key=value" (the first with "?"), nothing for an empty value. */
static int put_qualifier(struct buf *out, bool *first, const char *key, struct bytes value,
			 struct error *err)
{
	if (value.n == 0)
		return 0;
	if (buf_printf(out, err, "%c%s=", *first ? '?' : '&', key) < 0)
		return -1;
	*first = false;
	return put_encoded(out, value, false, err);
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
	return put_encoded(out, version, false, err);
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
	return buf_append_str(out, "%40", err) < 0 ? -1 : put_encoded(out, version, false, err);
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
	struct bytes version = bytes_str(p->version), os = bytes_str(p->os_id), epoch = { 0 };

	if (bytes_str(p->name).n == 0)
		return error_set(err, ERR_MALFORMED, "a package URL needs a package name");
	if (p->type == PKG_RPM)
		epoch = split_epoch(&version);
	if (buf_printf(out, err, "pkg:%s/", pkg_type_name(p->type)) < 0)
		return -1;
	if (os.n > 0 && (put_encoded(out, os, true, err) < 0 || buf_append_str(out, "/", err) < 0))
		return -1;
	/* deb and apk names have no case, rpm names do (purl-spec, types) */
	if (put_encoded(out, bytes_str(p->name), p->type != PKG_RPM, err) < 0)
		return -1;
	if (version.n > 0 &&
	    (buf_append_str(out, "@", err) < 0 || put_encoded(out, version, false, err) < 0))
		return -1;
	return put_qualifiers(out, p, epoch, err);
}
