/* dpkg's status file and the status.d files of distroless images: paragraphs
 * of "Field: value" lines (deb822(5), dpkg's doc/spec and dpkg-query(1)). */
#include "pkgdb/text_internal.h"

enum dpkg_field {
	DPKG_PACKAGE,
	DPKG_STATUS,
	DPKG_VERSION,
	DPKG_ARCHITECTURE,
	DPKG_SOURCE,
	DPKG_MAINTAINER,
	DPKG_ORIGIN,
	DPKG_FIELDS
};

static const char *const field_names[DPKG_FIELDS] = {
	[DPKG_PACKAGE] = "package", [DPKG_STATUS] = "status",
	[DPKG_VERSION] = "version", [DPKG_ARCHITECTURE] = "architecture",
	[DPKG_SOURCE] = "source",   [DPKG_MAINTAINER] = "maintainer",
	[DPKG_ORIGIN] = "origin",
};

static uint8_t ascii_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Field names have no case (Policy 5.1). */
static bool is_name(struct bytes text, const char *name)
{
	size_t i = 0;
	while (i < text.n && name[i] != '\0' && ascii_lower(text.p[i]) == (uint8_t)name[i])
		i++;
	return i == text.n && name[i] == '\0';
}

static int dpkg_field(struct bytes line, struct bytes *ret_value)
{
	ptrdiff_t colon = bytes_index(line, ':');
	if (colon <= 0)
		return TEXT_MALFORMED;
	/* dpkg allows blanks in front of the colon. */
	struct bytes name = bytes_trim(bytes_sub(line, 0, (size_t)colon));
	if (name.n == 0)
		return TEXT_MALFORMED;
	uint8_t first = ascii_lower(name.p[0]);

	for (int i = 0; i < DPKG_FIELDS; i++) {
		if (first == (uint8_t)field_names[i][0] && is_name(name, field_names[i])) {
			*ret_value = bytes_sub(line, (size_t)colon + 1, line.n);
			return i;
		}
	}
	return TEXT_OTHER;
}

/* "want flag state", of which the state counts: it tells whether files are
 * there. No Status field at all: the status.d files of distroless. */
static enum text_verdict dpkg_installed(struct bytes status, const char **ret_why)
{
	static const char *const present[] = { "installed",        "unpacked",
					       "half-configured",  "half-installed",
					       "triggers-awaited", "triggers-pending" };
	static const char *const absent[] = { "not-installed", "config-files" };
	struct bytes want, flag, state = { 0 };

	if (!bytes_next_field(&status, ' ', &want))
		return TEXT_PACKAGE;
	if (bytes_next_field(&status, ' ', &flag))
		state = bytes_trim(status);
	for (size_t i = 0; i < sizeof(present) / sizeof(present[0]); i++) {
		if (bytes_equal(state, bytes_str(present[i])))
			return TEXT_PACKAGE;
	}
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		if (bytes_equal(state, bytes_str(absent[i])))
			return TEXT_NOTHING;
	}
	*ret_why = "its Status is none that dpkg knows";
	return TEXT_FAULTY;
}

/* "Source: name" or "Source: name (version)"; without it the source is called
 * as the package and has its version (Policy 5.6.1). False when it is neither. */
static bool dpkg_source(struct bytes source, struct pkg_record *pkg)
{
	ptrdiff_t open = bytes_index(source, '(');

	pkg->source_name = source.n > 0 ? source : pkg->name;
	pkg->source_version = pkg->version;
	if (open < 0)
		return true;
	pkg->source_name = bytes_trim(bytes_sub(source, 0, (size_t)open));
	source = bytes_sub(source, (size_t)open + 1, source.n);
	if (!bytes_ends_with(source, BYTES_LIT(")")))
		return false;
	pkg->source_version = bytes_trim(bytes_sub(source, 0, source.n - 1));
	return pkg->source_name.n > 0 && pkg->source_version.n > 0;
}

static enum text_verdict dpkg_package(struct text_record *r, struct pkg_record *ret,
				      const char **ret_why)
{
	enum text_verdict verdict = dpkg_installed(text_value(r, DPKG_STATUS), ret_why);
	if (verdict != TEXT_PACKAGE)
		return verdict;
	ret->type = PKG_DEB;
	ret->name = text_value(r, DPKG_PACKAGE);
	ret->version = text_value(r, DPKG_VERSION);
	ret->arch = text_value(r, DPKG_ARCHITECTURE);
	ret->maintainer = text_value(r, DPKG_MAINTAINER);
	ret->vendor = text_value(r, DPKG_ORIGIN);
	if (ret->vendor.n == 0)
		ret->vendor = ret->maintainer;
	if (!dpkg_source(text_value(r, DPKG_SOURCE), ret)) {
		*ret_why = "its Source field has no closing bracket or an empty part";
		return TEXT_FAULTY;
	}
	return TEXT_PACKAGE;
}

const struct text_format text_format_dpkg = {
	.field = dpkg_field,
	.package = dpkg_package,
	.name = DPKG_PACKAGE,
	.needed = 1U << DPKG_PACKAGE | 1U << DPKG_STATUS | 1U << DPKG_VERSION |
		  1U << DPKG_ARCHITECTURE | 1U << DPKG_SOURCE,
	.folded = true,
};
