/* apk's installed database: paragraphs of "X:value" lines, one letter a field;
 * the files of a package follow in the same paragraph (apk-tools, apk-v2(5)). */
#include "pkgdb/text_internal.h"

enum apk_field { APK_NAME, APK_VERSION, APK_ARCH, APK_ORIGIN, APK_LICENSE, APK_MAINTAINER };

static int apk_field(struct bytes line, struct bytes *ret_value)
{
	if (line.n < 2 || line.p[1] != ':')
		return TEXT_MALFORMED;
	*ret_value = bytes_sub(line, 2, line.n);
	switch (line.p[0]) { /* case matters: m is the maintainer, M a directory's mode */
	case 'P':
		return APK_NAME;
	case 'V':
		return APK_VERSION;
	case 'A':
		return APK_ARCH;
	case 'o':
		return APK_ORIGIN;
	case 'L':
		return APK_LICENSE;
	case 'm':
		return APK_MAINTAINER;
	default:
		return TEXT_OTHER;
	}
}

/* All packages of one origin are built together and have its version. */
static enum text_verdict apk_package(struct text_record *r, struct pkg_record *ret,
				     const char **ret_why)
{
	(void)ret_why;
	ret->type = PKG_APK;
	ret->name = text_value(r, APK_NAME);
	ret->version = text_value(r, APK_VERSION);
	ret->arch = text_value(r, APK_ARCH);
	ret->license = text_value(r, APK_LICENSE);
	ret->maintainer = text_value(r, APK_MAINTAINER);
	ret->source_name = text_value(r, APK_ORIGIN);
	if (ret->source_name.n == 0)
		ret->source_name = ret->name;
	ret->source_version = ret->version;
	return TEXT_PACKAGE;
}

const struct text_format text_format_apk = {
	.field = apk_field,
	.package = apk_package,
	.name = APK_NAME,
	.needed = 1U << APK_NAME | 1U << APK_VERSION | 1U << APK_ARCH | 1U << APK_ORIGIN,
};
