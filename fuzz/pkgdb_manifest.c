#include "pkgdb_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	text_parse_twice(PKGDB_RPM_MANIFEST, data, size);
	return 0;
}
