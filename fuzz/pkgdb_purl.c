/* A package URL that is understood, written and read again is the same. */
#include <stdlib.h>

#include "pkgdb/pkgdb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const char *a, const char *b)
{
	return bytes_equal(bytes_str(a), bytes_str(b));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = arena_max(4 * MIB);
	struct error err = { 0 };
	struct purl_parts a = { 0 }, b = { 0 };
	cleanup_buf struct buf text = buf_max(4 * MIB);

	if (purl_parse(bytes_of(data, size), &arena, &a, &err) == 0) {
		if (purl_write(&a, &text, &err) < 0 ||
		    purl_parse(buf_view(&text), &arena, &b, &err) < 0)
			abort();
		if (a.type != b.type || !same(a.name, b.name) || !same(a.arch, b.arch) ||
		    !same(a.modularity, b.modularity))
			abort();
	}
	arena_free(&arena);
	return 0;
}
