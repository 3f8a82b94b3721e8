/* Programs: sections, Go's and cargo's lists, words of products. Time is linear: no
 * byte is read more than a few times, whatever the tables say. */
#include "apps_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "usr/bin/tool", "usr/bin/python3.11",
					     "x/Microsoft.NETCore.App/8.0.1/libcoreclr.so" };
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (fuzz_app_file(APP_ELF, paths[i], bytes_of(data, size)) >
		    16 * (uint64_t)size + 64 * 1024)
			abort();
	return 0;
}
