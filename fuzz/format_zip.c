/* zip reader: walks the directory and reads every member. */
#include "base/base.h"
#include "format/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int memory_at(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	const struct bytes *b = ctx;
	if (at > b->n || n > b->n - at)
		__builtin_trap(); /* the reader must know the archive's end */
	(void)err;
	if (n > 0)
		memcpy(p, b->p + at, n);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes archive = bytes_of(data, size);
	struct zip_source src = { size, memory_at, &archive };
	struct zip *z = NULL;
	struct zip_entry e;
	static uint8_t piece[5000];
	if (zip_open(&src, &z, NULL) < 0)
		return 0;
	while (zip_next(z, &e, NULL) > 0) {
		if (zip_member_open(z, &e, NULL) < 0)
			continue;
		while (zip_member_read(z, piece, sizeof piece, NULL) > 0)
			;
	}
	zip_close(z);
	return 0;
}
