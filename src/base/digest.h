/* Digests as OCI writes them: "sha256:" and 64 lower-case hexadecimal digits
 * (OCI image-spec 1.1, descriptor.md#digests). Only sha256 is accepted. */
#ifndef CORTEN_BASE_DIGEST_H
#define CORTEN_BASE_DIGEST_H

#include "base/bytes.h"
#include "base/error.h"

enum { SHA256_SIZE = 32, DIGEST_TEXT = 7 + 64 + 1 };

struct digest {
	uint8_t sha256[SHA256_SIZE];
};

bool digest_parse(struct bytes text, struct digest *ret);
bool digest_equal(const struct digest *a, const struct digest *b);
bool digest_is_zero(const struct digest *d);

/* Writes "sha256:…" with its NUL. */
void digest_text(const struct digest *d, char out[static DIGEST_TEXT]);

/* n bytes as 2n lower-case digits and a NUL. */
void hex_text(const uint8_t *p, size_t n, char *out);

/* A running SHA-256 (OpenSSL, which uses the CPU's instructions). */
struct sha256;
struct sha256 *sha256_new(void);
void sha256_free(struct sha256 *h);
void sha256_update(struct sha256 *h, const void *p, size_t n);
/* Ends the sum; sha256_reset starts another. */
void sha256_final(struct sha256 *h, struct digest *ret);
void sha256_reset(struct sha256 *h);

/* Of one piece of memory. */
void sha256_of(struct bytes b, struct digest *ret);

/* A running MD5: to know files of lists that others keep. It proves nothing, since
 * whoever wants to makes two files of one sum. */
enum { MD5_SIZE = 16 };
struct md5;
struct md5 *md5_new(void);
void md5_free(struct md5 *h);
void md5_update(struct md5 *h, const void *p, size_t n);
/* Ends the sum; md5_reset starts another. */
void md5_final(struct md5 *h, uint8_t ret[static MD5_SIZE]);
void md5_reset(struct md5 *h);

#endif
