/* WWW-Authenticate: whatever comes, what is answered must be answerable. */
#include <stdlib.h>

#include "source/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What goes into addresses and scopes has no control characters. */
static void check(const char *s, size_t size)
{
	if (memchr(s, '\0', size) == NULL)
		abort();
	for (; *s != '\0'; s++)
		if ((uint8_t)*s < ' ' || *s == 0x7f)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct challenge c = { 0 };
	struct bytes rest = bytes_of(data, size), field;
	while (bytes_next_field(&rest, '\n', &field))
		challenge_add(&c, field);
	if (c.scheme == CHALLENGE_BEARER && c.realm[0] == '\0')
		abort();
	check(c.realm, sizeof c.realm);
	check(c.service, sizeof c.service);
	check(c.scope, sizeof c.scope);
	return 0;
}
