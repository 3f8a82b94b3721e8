/* A signed bundle: how a vulnerability database travels. doc/vulndb.md has the
 * layout. The header, which holds the digests of the content, is signed; the
 * signature is checked before the header is parsed, and the digest of the content
 * before it is decompressed. */
#ifndef CORTEN_TRUST_BUNDLE_H
#define CORTEN_TRUST_BUNDLE_H

#include "trust/key.h"

enum { BUNDLE_KIND = 32 };

struct bundle_header {
	char kind[BUNDLE_KIND]; /* of the content: "vulndb" */
	uint64_t generation; /* of the content: a reader refuses to go back */
	char created[RFC3339_TEXT];
	uint64_t size, stored_size; /* of the content, and of it compressed */
	struct digest digest, stored_digest;
	uint8_t signer[KEY_ID_SIZE]; /* the trusted key that signed */
};

/* Writes a bundle of what content_fd has, from its current place, to out_fd, an
 * empty file open for writing at any place. */
int bundle_write(const char *kind, uint64_t generation, int content_fd,
		 const struct secret_key *key, int out_fd, struct error *err);

/* Reads and checks the head of a bundle: ERR_SIGNATURE unless one of the keys
 * signed it; ERR_TRUNCATED, ERR_MALFORMED, ERR_UNSUPPORTED. fd then stands at
 * the content. */
int bundle_open(int fd, const struct public_key *keys, size_t key_count, struct bundle_header *ret,
		struct error *err);

/* Writes the content to out_fd, by way of scratch_fd, an empty file of nobody
 * else's: the stored bytes are copied there and their digest is checked before
 * one of them is decompressed. Only when this returns 0 is what out_fd has the
 * content: ERR_DIGEST, ERR_TRUNCATED, ERR_MALFORMED (bytes behind it). */
int bundle_extract(int fd, const struct bundle_header *header, int scratch_fd, int out_fd,
		   struct error *err);

#endif
