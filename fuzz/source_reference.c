/* Image references: what is taken must be safe in an address, and its familiar
 * form must mean the same. */
#include <stdlib.h>

#include "image/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *s, const char *allowed)
{
	if (s[strspn(s, allowed)] != '\0')
		abort();
}

#define LOWER "abcdefghijklmnopqrstuvwxyz0123456789"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_reference a, b;
	cleanup_buf struct buf text = buf_max(64 * KIB);
	if (buf_append(&text, data, size, NULL) < 0)
		return 0;
	const char *s = buf_cstr(&text, NULL);
	if (s == NULL || image_reference_parse(s, &a, NULL) < 0)
		return 0;
	check(a.host, LOWER UPPER ".-:[]");
	check(a.repository, LOWER "._-/");
	check(a.tag, LOWER UPPER "._-");
	if (image_reference_parse(a.familiar, &b, NULL) < 0 || strcmp(a.host, b.host) != 0 ||
	    strcmp(a.repository, b.repository) != 0 || strcmp(a.tag, b.tag) != 0 ||
	    !digest_equal(&a.digest, &b.digest) || a.has_digest != b.has_digest)
		abort();
	return 0;
}
