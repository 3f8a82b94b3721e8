/* The importer of secdb. */
#include "feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_import(import_secdb, bytes_of(data, size));
	return 0;
}
