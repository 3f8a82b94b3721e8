/* rpmdb.sqlite. */
#include "pkgdb_rpm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_rpm_database(bytes_of(data, size));
	return 0;
}
