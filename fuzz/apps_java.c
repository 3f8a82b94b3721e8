/* Java archives and archives in them; the same bytes as an egg. */
#include "apps_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes file = bytes_of(data, size);
	(void)fuzz_app_file(APP_JAVA_ARCHIVE, "lib/catalina.jar", file);
	(void)fuzz_app_file(APP_JAVA_ARCHIVE, "lib/spring-core-5.3.18.jar", file);
	(void)fuzz_app_file(APP_PYTHON_EGG, "a/idna-3.4-py3-none-any.whl", file);
	return 0;
}
