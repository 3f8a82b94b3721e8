#include "pkgdb/purl_internal.h"

char purl_joint(enum pkg_type type)
{
	switch (type) {
	case PKG_MAVEN:
		return ':';
	case PKG_NPM:
	case PKG_GOLANG:
	case PKG_COMPOSER:
	case PKG_CONAN:
	case PKG_SWIFT:
	case PKG_HEX:
	case PKG_GENERIC:
		return '/';
	default:
		return 0;
	}
}

/* pub: "Replace non-[a-z] letters, non-[0-9] digits with underscore". */
static uint8_t pub_byte(uint8_t c)
{
	c = purl_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
}

uint8_t purl_name_byte(enum pkg_type type, uint8_t c)
{
	switch (type) {
	case PKG_DEB:
	case PKG_APK:
	case PKG_GOLANG:
	case PKG_COMPOSER:
	case PKG_HEX:
		return purl_lower(c);
	case PKG_PYPI:
		return c == '_' ? '-' : purl_lower(c);
	case PKG_PUB:
		return pub_byte(c);
	default: /* kept, though some registries know no case: the specification says so */
		return c;
	}
}
