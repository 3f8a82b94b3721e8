/* Texts that tell a product's version, WordPress, JavaScript. */
#include "apps_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		enum app_kind kind;
		const char *path;
	} files[] = {
		{ APP_PRODUCT, "usr/lib/jvm/x/release" },
		{ APP_PRODUCT, "opt/tomcat/RELEASE-NOTES" },
		{ APP_PRODUCT, "usr/local/go/VERSION" },
		{ APP_PRODUCT, "srv/version.php" },
		{ APP_WORDPRESS, "srv/wp-includes/version.php" },
		{ APP_WORDPRESS, "srv/wp-content/plugins/a/a.php" },
		{ APP_WORDPRESS, "srv/wp-content/themes/t/style.css" },
		{ APP_JAVASCRIPT, "srv/www/jquery-3.3.1.min.js" },
	};
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (fuzz_app_file(files[i].kind, files[i].path, bytes_of(data, size)) > size)
			abort();
	return 0;
}
