/* The importer of Debian's tracker. */
#include "feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_import(import_debian, bytes_of(data, size));
	return 0;
}
