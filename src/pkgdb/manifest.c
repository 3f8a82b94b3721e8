/* The package list of Azure Linux's and CBL-Mariner's distroless images, which
 * have no rpm database. container-manifest-2 is the output of
 *
 *	rpm -qa --qf '%{NAME}\t%{VERSION}-%{RELEASE}\t%{INSTALLTIME}\t%{BUILDTIME}\t
 *	%{VENDOR}\t%{EPOCH}\t%{SIZE}\t%{ARCH}\t%{EPOCHNUM}\t%{SOURCERPM}\n'
 *
 * (Azure Linux toolkit; container-manifest-1 names the same packages with less
 * and is not read). */
#include "pkgdb/text_internal.h"

enum { MANIFEST_LINE }; /* the one field of a record */

enum manifest_column {
	COLUMN_NAME,
	COLUMN_VERSION,
	COLUMN_INSTALL_TIME,
	COLUMN_BUILD_TIME,
	COLUMN_VENDOR,
	COLUMN_EPOCH,
	COLUMN_SIZE,
	COLUMN_ARCH,
	COLUMN_EPOCH_NUMBER,
	COLUMN_SOURCE_RPM,
	COLUMNS
};

static int manifest_field(struct bytes line, struct bytes *ret_value)
{
	*ret_value = line;
	return MANIFEST_LINE;
}

/* rpm writes "(none)" for a tag that a package does not have. */
static struct bytes unless_none(struct bytes b)
{
	return bytes_equal(b, BYTES_LIT("(none)")) ? bytes_of(NULL, 0) : b;
}

/* The place of the last c, or -1. */
static ptrdiff_t last_index(struct bytes b, uint8_t c)
{
	const uint8_t *at = b.n == 0 ? NULL : memrchr(b.p, c, b.n);
	return at == NULL ? -1 : at - b.p;
}

/* NAME-VERSION-RELEASE.src.rpm into its name and its version. */
static bool source_rpm_split(struct bytes file, struct bytes *ret_name, struct bytes *ret_version)
{
	ptrdiff_t dot = bytes_ends_with(file, BYTES_LIT(".rpm"))
				? last_index(bytes_sub(file, 0, file.n - 4), '.')
				: -1;
	struct bytes stem = bytes_sub(file, 0, dot < 0 ? 0 : (size_t)dot);
	ptrdiff_t release = last_index(stem, '-');
	ptrdiff_t version = release < 0 ? -1 : last_index(bytes_sub(stem, 0, (size_t)release), '-');
	if (version <= 0)
		return false;
	*ret_name = bytes_sub(stem, 0, (size_t)version);
	*ret_version = bytes_sub(stem, (size_t)version + 1, stem.n);
	return true;
}

/* "epoch:version" in scratch, which was reserved; the version alone when the
 * epoch is 0. */
static struct bytes with_epoch(struct buf *scratch, struct bytes epoch, struct bytes version)
{
	uint64_t number = 0;
	size_t from = scratch->n;
	if (!bytes_to_u64(epoch, &number) || number == 0)
		return version;
	(void)buf_append(scratch, epoch.p, epoch.n, NULL);
	(void)buf_append(scratch, ":", 1, NULL);
	(void)buf_append(scratch, version.p, version.n, NULL);
	return bytes_sub(buf_view(scratch), from, scratch->n);
}

static enum text_verdict manifest_package(struct text_record *r, struct pkg_record *ret,
					  const char **ret_why)
{
	struct bytes rest = text_value(r, MANIFEST_LINE), column[COLUMNS];
	int columns = 0;

	while (columns < COLUMNS && bytes_next_field(&rest, '\t', &column[columns]))
		columns++;
	if (columns < COLUMNS) {
		*ret_why = "a line of the manifest has fewer than ten columns";
		return TEXT_FAULTY;
	}
	/* A key that signs packages is listed as one; nothing is installed by it. */
	if (bytes_equal(column[COLUMN_NAME], BYTES_LIT("gpg-pubkey")))
		return TEXT_NOTHING;
	/* Twice the line holds both versions; reserved at once, it never moves. */
	if (buf_reserve(&r->scratch, 2 * text_value(r, MANIFEST_LINE).n, NULL) < 0) {
		*ret_why = "there is no memory for its version";
		return TEXT_FAULTY;
	}
	ret->type = PKG_RPM;
	ret->name = column[COLUMN_NAME];
	ret->version = with_epoch(&r->scratch, column[COLUMN_EPOCH_NUMBER], column[COLUMN_VERSION]);
	ret->arch = unless_none(column[COLUMN_ARCH]);
	ret->vendor = unless_none(column[COLUMN_VENDOR]);
	if (source_rpm_split(column[COLUMN_SOURCE_RPM], &ret->source_name, &ret->source_version))
		ret->source_version =
			with_epoch(&r->scratch, column[COLUMN_EPOCH_NUMBER], ret->source_version);
	return TEXT_PACKAGE;
}

const struct text_format text_format_manifest = {
	.field = manifest_field,
	.package = manifest_package,
	.name = MANIFEST_LINE,
	.needed = 1U << MANIFEST_LINE,
	.line_is_record = true,
};
