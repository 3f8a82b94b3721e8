/* Application packages: their ecosystems and the one spelling of their names. */
#include "vuln/ecosystem.h"

struct os_ecosystem app_ecosystem_of(enum pkg_type type)
{
	struct os_ecosystem e = { .type = type, .scheme = vuln_version_scheme(type) };
	(void)snprintf(e.keys[0], sizeof e.keys[0], "%s", pkg_type_name(type));
	return e;
}

/* A release behind a colon is a distribution's, and those are most. */
enum pkg_type app_type_of(struct bytes ecosystem)
{
	if (bytes_index(ecosystem, ':') >= 0)
		return PKG_TYPES;
	for (int t = 0; t < PKG_TYPES; t++)
		if (pkg_type_is_app((enum pkg_type)t) &&
		    bytes_equal(ecosystem, bytes_str(pkg_type_name((enum pkg_type)t))))
			return (enum pkg_type)t;
	return PKG_TYPES;
}

static char lower(uint8_t c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static struct bytes lower_name(struct bytes name, char *room)
{
	for (size_t i = 0; i < name.n; i++)
		room[i] = lower(name.p[i]);
	return bytes_of(room, name.n);
}

/* PEP 503, "Normalized Names": lower case, one hyphen for each run of "-_." */
static struct bytes python_name(struct bytes name, char *room)
{
	size_t n = 0;
	for (size_t i = 0; i < name.n; i++) {
		bool mark = memchr("-_.", name.p[i], 3) != NULL;
		if (mark && n > 0 && room[n - 1] == '-')
			continue;
		room[n++] = mark ? '-' : lower(name.p[i]);
	}
	return bytes_of(room, n);
}

/* A name that is longer than any stays as it is: on both sides alike. */
struct bytes vuln_package_name(enum pkg_type type, struct bytes name, char room[VULN_NAME_ROOM])
{
	if (name.n > VULN_NAME_ROOM)
		return name;
	switch (type) {
	case PKG_PYPI:
		return python_name(name, room);
	case PKG_COMPOSER:
	case PKG_NUGET:
	case PKG_GOLANG:
	case PKG_SWIFT:
		return lower_name(name, room);
	default:
		return name;
	}
}
