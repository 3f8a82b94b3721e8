/* What the kernel says of a container's process (proc(5)). */
#include <ctype.h>

#include "source/runtime_internal.h"

bool runtime_in_cgroup(struct bytes cgroups, const char *id)
{
	size_t n = strlen(id);
	for (size_t at = 0; n > 0 && at + n <= cgroups.n; at++) {
		const uint8_t *p = cgroups.p + at;
		if (memcmp(p, id, n) == 0 && (at == 0 || !isalnum(p[-1])) &&
		    (at + n == cgroups.n || !isalnum(p[n])))
			return true;
	}
	return false;
}
