/* rpm databases -> packages: which form it is, and what a header says. */
#include "pkgdb/rpm_internal.h"

/* Links to pages that cannot be used, after which the rest is not tried. */
enum { DAMAGED_MAX = 1000 };

/* "1:" for an epoch that is not 0, then version-release: as rpm prints it. */
static int put_version(struct buf *out, uint32_t epoch, struct bytes version, struct bytes release,
		       struct error *err)
{
	out->n = 0;
	if (epoch != 0 && buf_printf(out, err, "%u:", epoch) < 0)
		return -1;
	if (buf_append(out, version.p, version.n, err) < 0 || buf_append_str(out, "-", err) < 0)
		return -1;
	return buf_append(out, release.p, release.n, err);
}

/* Cuts b at its last '-'; false where there is none or a side is empty. */
static bool cut_last_dash(struct bytes *b, struct bytes *ret_behind)
{
	size_t at = b->n;
	while (at > 0 && b->p[at - 1] != '-')
		at--;
	if (at < 2 || at == b->n)
		return false;
	*ret_behind = bytes_sub(*b, at, b->n);
	*b = bytes_sub(*b, 0, at - 1);
	return true;
}

/* SOURCERPM is NAME-VERSION-RELEASE.src.rpm, or .nosrc.rpm where the sources
 * may not be given away. A source package itself, and some by other builders,
 * have none or "(none)": the source fields then stay empty. */
static int put_source(struct rpm_reader *r, struct pkg_record *pkg, struct error *err)
{
	static const struct bytes suffixes[] = { { (const uint8_t *)".src.rpm", 8 },
						 { (const uint8_t *)".nosrc.rpm", 10 } };
	struct bytes name = rpm_header_text(&r->header, RPM_SOURCERPM), version, release;
	size_t full = name.n;

	for (size_t i = 0; i < 2 && name.n == full; i++)
		if (bytes_ends_with(name, suffixes[i]))
			name.n -= suffixes[i].n;
	if (name.n == full || !cut_last_dash(&name, &release) || !cut_last_dash(&name, &version))
		return 0;
	if (put_version(&r->source_version, rpm_header_epoch(&r->header), version, release, err) <
	    0)
		return -1;
	pkg->source_name = name;
	pkg->source_version = buf_view(&r->source_version);
	return 0;
}

static int tell_package(struct rpm_reader *r, struct error *err)
{
	const struct rpm_header *h = &r->header;
	struct pkg_record pkg = {
		.type = PKG_RPM,
		.name = rpm_header_text(h, RPM_NAME),
		.arch = rpm_header_text(h, RPM_ARCH),
		.vendor = rpm_header_text(h, RPM_VENDOR),
		.modularity = rpm_header_text(h, RPM_MODULARITY),
		.maintainer = rpm_header_text(h, RPM_PACKAGER),
		.license = rpm_header_text(h, RPM_LICENSE),
	};
	/* A key that signs packages is kept as one; nothing is installed by it. */
	if (bytes_equal(pkg.name, BYTES_LIT("gpg-pubkey")))
		return 0;
	if (put_version(&r->version, rpm_header_epoch(h), rpm_header_text(h, RPM_VERSION),
			rpm_header_text(h, RPM_RELEASE), err) < 0 ||
	    put_source(r, &pkg, err) < 0)
		return -1;
	pkg.version = buf_view(&r->version);
	if (r->sink.package(r->sink.ctx, &pkg, err) < 0)
		return -1;
	if (r->sink.file != NULL)
		rpm_files_tell(&h->files, r->sink.file, r->sink.ctx);
	return 0;
}

static int count_record(struct rpm_reader *r, struct error *err)
{
	if (r->records >= LIMIT_PACKAGES)
		return error_set(err, ERR_LIMIT, "more than %d packages", LIMIT_PACKAGES);
	r->records++;
	return 0;
}

static void tell_skipped(struct rpm_reader *r, uint64_t number, const char *why)
{
	struct error text;
	error_set(&text, ERR_UNPARSABLE, "package number %llu: %s", (unsigned long long)number,
		  why);
	if (r->sink.skipped != NULL)
		r->sink.skipped(r->sink.ctx, text.text);
}

int rpm_reader_skip(struct rpm_reader *r, uint64_t number, const char *why, struct error *err)
{
	if (count_record(r, err) < 0)
		return -1;
	tell_skipped(r, number, why);
	return 0;
}

static const char *missing_field(const struct rpm_header *h)
{
	if (rpm_header_text(h, RPM_NAME).n == 0)
		return "its header has no NAME";
	if (rpm_header_text(h, RPM_VERSION).n == 0)
		return "its header has no VERSION";
	if (rpm_header_text(h, RPM_RELEASE).n == 0)
		return "its header has no RELEASE";
	return NULL;
}

int rpm_reader_package(struct rpm_reader *r, uint64_t number, struct error *err)
{
	struct error why;
	if (rpm_header_end(&r->header, &why) < 0) {
		if (why.code != ERR_MEMORY)
			return rpm_reader_skip(r, number, why.text, err);
		*err = why;
		return -1;
	}
	const char *missing = missing_field(&r->header);
	if (missing != NULL)
		return rpm_reader_skip(r, number, missing, err);
	if (count_record(r, err) < 0)
		return -1;
	return tell_package(r, err);
}

int rpm_reader_damaged(struct rpm_reader *r, const struct error *err)
{
	if (err->code != ERR_MALFORMED && err->code != ERR_TRUNCATED)
		return -1;
	if (r->damage.code == ERR_NONE)
		r->damage = *err;
	return ++r->damaged > DAMAGED_MAX ? -1 : 0;
}

typedef int form_fn(struct rpm_reader *r, struct error *err);

static form_fn *form_of(struct bytes head)
{
	struct cursor c = cursor_of(head);
	if (bytes_starts_with(head, bytes_of("SQLite format 3", 16)))
		return rpm_sqlite_read;
	if (bytes_starts_with(head, BYTES_LIT("RpmP")))
		return rpm_ndb_read;
	cursor_seek(&c, 12);
	switch (cursor_le32(&c)) {
	case 0x00061561: /* hash, as both byte orders show it */
	case 0x61150600:
	case 0x00053162: /* b-tree */
	case 0x62310500:
		return rpm_bdb_read;
	default:
		return NULL;
	}
}

static int read_database(struct rpm_reader *r, struct error *err)
{
	struct bytes head;
	if (rpm_pager_view(&r->pager, 0, 16, &head, err) < 0)
		return -1;
	form_fn *form = form_of(head);
	if (form == NULL)
		return error_set(err, ERR_MALFORMED,
				 "it is neither SQLite nor ndb nor Berkeley DB");
	if (form(r, err) < 0)
		return -1;
	if (r->damage.code != ERR_NONE) {
		*err = r->damage;
		return -1;
	}
	return 0;
}

int pkg_rpm_read(const struct pkg_file *file, struct pkg_sink sink, struct error *err)
{
	struct rpm_reader r = {
		.sink = sink,
		/* Three fields and an epoch. */
		.version = buf_max(4 * LIMIT_PKG_FIELD),
		.source_version = buf_max(4 * LIMIT_PKG_FIELD),
	};
	struct error why = { 0 };
	rpm_header_init(&r.header);
	r.header.files.wanted = sink.file != NULL;
	int rc = rpm_pager_init(&r.pager, file, &why);
	if (rc == 0)
		rc = read_database(&r, &why);
	rpm_pager_free(&r.pager);
	rpm_header_free(&r.header);
	buf_free(&r.version);
	buf_free(&r.source_version);
	if (rc < 0 && err != NULL) {
		*err = why;
		error_wrap(err, "rpm database");
	}
	return rc;
}
