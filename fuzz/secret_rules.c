/* A file of rules of any bytes: read, and its tables built. Expressions are not
 * compiled: their compilers are others', and slow. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "secret/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	struct secret_rules *rules = NULL;
	char path[64];
	int fd = memfd_create("rules", MFD_CLOEXEC);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	const char *file = path;
	struct secret_rule_options o = { .files = &file, .file_count = 1 };
	if (fd >= 0 && fd_write_full(fd, data, size) == 0 &&
	    secret_rules_load(&o, &rules, &err) == 0) {
		struct secret_rule_info info;
		for (size_t i = 0; i < secret_rules_count(rules); i++)
			secret_rule_info(rules, i, &info);
		secret_rules_free(rules);
	}
	if (fd >= 0)
		(void)close(fd);
	return 0;
}
