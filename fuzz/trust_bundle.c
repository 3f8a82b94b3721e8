/* Signed bundles. The input is tried as a bundle, and as header and content of
 * one that is signed by a key that is trusted: what comes behind a signature is
 * read with the same care. */
#include <sys/mman.h>

#include "trust/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 256 * 1024 };

static const struct secret_key secret = { { 1, 2, 3 } };

static void read_bundle(const uint8_t *p, size_t n)
{
	struct public_key key;
	struct bundle_header h;
	cleanup_close int in = memfd_create("bundle", MFD_CLOEXEC);
	cleanup_close int scratch = memfd_create("scratch", MFD_CLOEXEC);
	cleanup_close int out = memfd_create("content", MFD_CLOEXEC);
	if (in < 0 || scratch < 0 || out < 0 || key_public(&secret, &key, NULL) < 0 ||
	    fd_write_full(in, p, n) < 0 || lseek(in, 0, SEEK_SET) < 0)
		return;
	if (bundle_open(in, &key, 1, &h, NULL) == 0 && h.size < MIB)
		(void)bundle_extract(in, &h, scratch, out, NULL);
}

static void put_u32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

/* Magic, sizes, key id, signature, the first n bytes of data, which are signed,
 * and what is behind the byte that follows them. */
static void read_signed(const uint8_t *data, size_t size, size_t n)
{
	enum { MAGIC = 8, FRONT = 16 + KEY_ID_SIZE + SIGNATURE_SIZE };
	static uint8_t message[MAGIC + UINT16_MAX], bundle[FRONT + INPUT_MAX];
	struct public_key key;
	memcpy(message, "CORTENB1", MAGIC);
	memcpy(message + MAGIC, data, n);
	memcpy(bundle, message, MAGIC);
	put_u32(bundle + MAGIC, (uint32_t)n);
	put_u32(bundle + MAGIC + 4, 1);
	if (key_public(&secret, &key, NULL) < 0)
		return;
	key_id(&key, bundle + 16);
	if (key_sign(&secret, bytes_of(message, MAGIC + n), bundle + 16 + KEY_ID_SIZE, NULL) < 0)
		return;
	size_t rest = n < size ? size - n - 1 : 0;
	memcpy(bundle + FRONT, data, n);
	if (rest > 0)
		memcpy(bundle + FRONT + n, data + n + 1, rest);
	read_bundle(bundle, FRONT + n + rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret_key s;
	struct public_key p;
	if (size > INPUT_MAX)
		return 0;
	read_bundle(data, size);
	(void)key_secret_read(bytes_of(data, size), &s, NULL);
	(void)key_public_read(bytes_of(data, size), &p, NULL);
	/* The first line is the header, the content begins at its end. */
	const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
	size_t n = end == NULL ? size : (size_t)(end - data);
	if (n > 0 && n <= UINT16_MAX)
		read_signed(data, size, n);
	return 0;
}
