/* trust: digests, keys and signatures, and what is only read once they are
 * right. Ed25519 (RFC 8032) through OpenSSL; keys are PEM files as `openssl
 * genpkey -algorithm ed25519` and `openssl pkey -pubout` write them. */
#ifndef CORTEN_TRUST_KEY_H
#define CORTEN_TRUST_KEY_H

#include "base/base.h"

enum { KEY_SIZE = 32, SIGNATURE_SIZE = 64, KEY_ID_SIZE = 8, KEY_ID_TEXT = 2 * KEY_ID_SIZE + 1 };

/* RFC 8032's 32 bytes. A secret key is wiped by key_wipe when done with. */
struct public_key {
	uint8_t bytes[KEY_SIZE];
};
struct secret_key {
	uint8_t bytes[KEY_SIZE];
};

int key_generate(struct secret_key *ret, struct error *err);
int key_public(const struct secret_key *secret, struct public_key *ret, struct error *err);
void key_wipe(struct secret_key *secret);

/* The first bytes of the SHA-256 of the public key: tells keys apart, proves nothing. */
void key_id(const struct public_key *key, uint8_t out[static KEY_ID_SIZE]);
void key_id_text(const struct public_key *key, char out[static KEY_ID_TEXT]);

int key_sign(const struct secret_key *secret, struct bytes message,
	     uint8_t out[static SIGNATURE_SIZE], struct error *err);
/* True when signature is the key's over message. */
bool key_verify(const struct public_key *key, struct bytes message,
		const uint8_t signature[static SIGNATURE_SIZE]);

/* PEM: "PRIVATE KEY" (PKCS #8, RFC 8410) without a passphrase, "PUBLIC KEY".
 * ERR_MALFORMED when text is none of these or of another algorithm. */
int key_secret_read(struct bytes pem, struct secret_key *ret, struct error *err);
int key_public_read(struct bytes pem, struct public_key *ret, struct error *err);
int key_secret_write(const struct secret_key *secret, struct buf *out, struct error *err);
int key_public_write(const struct public_key *key, struct buf *out, struct error *err);

#endif
