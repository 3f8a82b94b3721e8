/* The importer of OSV records. */
#include "feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_import(import_osv, bytes_of(data, size));
	return 0;
}
