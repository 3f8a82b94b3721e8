/* A token endpoint's answer, and a registry's error message. */
#include <stdlib.h>

#include "source/remote_error.h"
#include "source/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char said[REMOTE_TEXT_MAX];
	struct token t;
	remote_error_text(bytes_of(data, size), said);
	if (memchr(said, '\0', sizeof said) == NULL)
		abort();
	if (token_parse(bytes_of(data, size), &t, NULL) < 0)
		return 0;
	/* It will stand in a header line. */
	for (const char *s = t.text; *s != '\0'; s++)
		if (*s <= ' ' || *s >= 0x7f)
			abort();
	if (t.text[0] == '\0' || t.seconds < TOKEN_SECONDS_DEFAULT || t.seconds > TOKEN_SECONDS_MAX)
		abort();
	secret_free(t.text);
	return 0;
}
