/* Docker's config.json and a credential helper's answer. */
#include <stdlib.h>

#include "source/docker_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct docker_config_entry e;
	struct credential c;
	if (docker_config_parse(bytes_of(data, size), "ghcr.io", &e, NULL) == 0) {
		if (strchr(e.helper, '/') != NULL || e.helper[0] == '.')
			abort();
		credential_wipe(&e.credential);
	}
	if (docker_helper_parse(bytes_of(data, size), &c, NULL) == 0) {
		if (c.password == NULL && c.identity_token == NULL)
			abort();
		credential_wipe(&c);
	}
	return 0;
}
