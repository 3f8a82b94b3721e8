/* The low-level functions of libcrypto are marked deprecated in favour of EVP.
 * EVP loads providers and a configuration file first, which costs every worker
 * about 1 ms and needs files that a worker may not open; the code that sums is
 * the same. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/digest.h"

#include <stdlib.h>

#include <openssl/md5.h>
#include <openssl/sha.h>

struct sha256 {
	SHA256_CTX ctx;
};

struct md5 {
	MD5_CTX ctx;
};

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool digest_parse(struct bytes text, struct digest *ret)
{
	const struct bytes prefix = BYTES_LIT("sha256:");
	struct digest d;
	if (text.n != prefix.n + 64 || !bytes_starts_with(text, prefix))
		return false;
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		int hi = hex_value(text.p[prefix.n + 2 * i]);
		int lo = hex_value(text.p[prefix.n + 2 * i + 1]);
		if (hi < 0 || lo < 0)
			return false;
		d.sha256[i] = (uint8_t)(hi << 4 | lo);
	}
	*ret = d;
	return true;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->sha256, b->sha256, SHA256_SIZE) == 0;
}

bool digest_is_zero(const struct digest *d)
{
	static const struct digest zero;
	return digest_equal(d, &zero);
}

void hex_text(const uint8_t *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}

void digest_text(const struct digest *d, char out[static DIGEST_TEXT])
{
	memcpy(out, "sha256:", 7);
	hex_text(d->sha256, SHA256_SIZE, out + 7);
}

struct sha256 *sha256_new(void)
{
	struct sha256 *h = calloc(1, sizeof *h);
	if (h == NULL)
		abort();
	sha256_reset(h);
	return h;
}

void sha256_free(struct sha256 *h)
{
	free(h);
}

/* These functions fail for no input; they return 1. */
void sha256_reset(struct sha256 *h)
{
	(void)SHA256_Init(&h->ctx);
}

void sha256_update(struct sha256 *h, const void *p, size_t n)
{
	(void)SHA256_Update(&h->ctx, p, n);
}

void sha256_final(struct sha256 *h, struct digest *ret)
{
	(void)SHA256_Final(ret->sha256, &h->ctx);
}

void sha256_of(struct bytes b, struct digest *ret)
{
	struct sha256 *h = sha256_new();
	sha256_update(h, b.p, b.n);
	sha256_final(h, ret);
	sha256_free(h);
}

struct md5 *md5_new(void)
{
	struct md5 *h = calloc(1, sizeof *h);
	if (h == NULL)
		abort();
	md5_reset(h);
	return h;
}

void md5_free(struct md5 *h)
{
	free(h);
}

void md5_reset(struct md5 *h)
{
	(void)MD5_Init(&h->ctx);
}

void md5_update(struct md5 *h, const void *p, size_t n)
{
	(void)MD5_Update(&h->ctx, p, n);
}

void md5_final(struct md5 *h, uint8_t ret[static MD5_SIZE])
{
	(void)MD5_Final(ret, &h->ctx);
}
