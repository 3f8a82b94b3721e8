/* Packages.db, with the checksums of its blobs put right first: no fuzzer
 * guesses an Adler-32. */
#include <isa-l/igzip_lib.h>

#include "pkgdb_rpm.h"

static uint32_t le32(const uint8_t *p)
{
	struct cursor c = cursor_of(bytes_of(p, 4));
	return cursor_le32(&c);
}

/* Of the blob that a slot at p[slot] names, if it lies in the file. */
static void mend_checksum(uint8_t *p, size_t n, size_t slot)
{
	uint64_t at = (uint64_t)le32(p + slot + 8) * 16;
	uint64_t end = at + (uint64_t)le32(p + slot + 12) * 16;
	if (end > n || end < at + 32)
		return;
	uint32_t sum = isal_adler32(1, p + at, end - 12 - at);
	for (size_t i = 0; i < 4; i++)
		p[end - 12 + i] = (uint8_t)(sum >> (8 * i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 64)
		return 0;
	cleanup_free uint8_t *copy = malloc(size);
	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	for (size_t slot = 32; slot + 16 <= size && slot < 4096; slot += 16)
		mend_checksum(copy, size, slot);
	fuzz_rpm_database(bytes_of(copy, size));
	return 0;
}
