/* Paths and first bytes: a kind has a name, an empty file has no kind, and nothing
 * begins like a file of none. */
#include <stdlib.h>

#include "apps/apps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t clean[4096];
	if (size < 1 || size > sizeof clean)
		return 0;
	size_t n = path_clean(bytes_of(data + 1, size - 1), clean);
	struct bytes path = bytes_of(clean, n);
	enum app_kind kind = apps_classify(path, data[0] & 1 ? 0755 : 0644, data[0] >> 1);
	if ((unsigned)kind >= APP_KINDS || (kind == APP_NONE) != (app_kind_name(kind)[0] == '\0'))
		abort();
	if (data[0] >> 1 == 0 && kind != APP_NONE)
		abort();
	for (int k = APP_NONE; k <= APP_KINDS; k++)
		if (apps_fits((enum app_kind)k, bytes_of(data, size)) && k == APP_NONE)
			abort();
	return 0;
}
