#include "pkgdb_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	text_parse_twice(PKGDB_APK_INSTALLED, data, size);
	return 0;
}
