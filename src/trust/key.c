#include "trust/key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

static void free_pkey(EVP_PKEY **p)
{
	EVP_PKEY_free(*p);
}

static void free_md(EVP_MD_CTX **p)
{
	EVP_MD_CTX_free(*p);
}

static void free_bio(BIO **p)
{
	BIO_free(*p);
}

#define cleanup_pkey __attribute__((cleanup(free_pkey)))
#define cleanup_md __attribute__((cleanup(free_md)))
#define cleanup_bio __attribute__((cleanup(free_bio)))

static EVP_PKEY *pkey_of_secret(const struct secret_key *s)
{
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, s->bytes, sizeof s->bytes);
}

static EVP_PKEY *pkey_of_public(const struct public_key *k)
{
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, k->bytes, sizeof k->bytes);
}

static int crypto_error(struct error *err, const char *what)
{
	return error_set(err, ERR_INTERNAL, "OpenSSL refused to %s", what);
}

int key_generate(struct secret_key *ret, struct error *err)
{
	struct secret_key key;
	size_t n = sizeof key.bytes;
	cleanup_pkey EVP_PKEY *p = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (p == NULL || EVP_PKEY_get_raw_private_key(p, key.bytes, &n) != 1 ||
	    n != sizeof key.bytes)
		return crypto_error(err, "make an Ed25519 key");
	*ret = key;
	key_wipe(&key);
	return 0;
}

int key_public(const struct secret_key *secret, struct public_key *ret, struct error *err)
{
	struct public_key key;
	size_t n = sizeof key.bytes;
	cleanup_pkey EVP_PKEY *p = pkey_of_secret(secret);
	if (p == NULL || EVP_PKEY_get_raw_public_key(p, key.bytes, &n) != 1 ||
	    n != sizeof key.bytes)
		return crypto_error(err, "compute a public key");
	*ret = key;
	return 0;
}

void key_wipe(struct secret_key *secret)
{
	OPENSSL_cleanse(secret, sizeof *secret);
}

void key_id(const struct public_key *key, uint8_t out[static KEY_ID_SIZE])
{
	struct digest d;
	sha256_of(bytes_of(key->bytes, sizeof key->bytes), &d);
	memcpy(out, d.sha256, KEY_ID_SIZE);
}

void key_id_text(const struct public_key *key, char out[static KEY_ID_TEXT])
{
	uint8_t id[KEY_ID_SIZE];
	key_id(key, id);
	hex_text(id, sizeof id, out);
}

int key_sign(const struct secret_key *secret, struct bytes message,
	     uint8_t out[static SIGNATURE_SIZE], struct error *err)
{
	size_t n = SIGNATURE_SIZE;
	cleanup_pkey EVP_PKEY *p = pkey_of_secret(secret);
	cleanup_md EVP_MD_CTX *md = EVP_MD_CTX_new();
	if (p == NULL || md == NULL || EVP_DigestSignInit(md, NULL, NULL, NULL, p) != 1 ||
	    EVP_DigestSign(md, out, &n, message.p, message.n) != 1 || n != SIGNATURE_SIZE)
		return crypto_error(err, "sign");
	return 0;
}

bool key_verify(const struct public_key *key, struct bytes message,
		const uint8_t signature[static SIGNATURE_SIZE])
{
	cleanup_pkey EVP_PKEY *p = pkey_of_public(key);
	cleanup_md EVP_MD_CTX *md = EVP_MD_CTX_new();
	return p != NULL && md != NULL && EVP_DigestVerifyInit(md, NULL, NULL, NULL, p) == 1 &&
	       EVP_DigestVerify(md, signature, SIGNATURE_SIZE, message.p, message.n) == 1;
}

/* --- PEM -------------------------------------------------------------------- */

/* A passphrase is never asked for: nobody may be there to type it. */
static int no_passphrase(char *text, int size, int writing, void *ctx)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static BIO *bio_of(struct bytes text)
{
	return text.n > INT32_MAX ? NULL : BIO_new_mem_buf(text.p, (int)text.n);
}

int key_secret_read(struct bytes pem, struct secret_key *ret, struct error *err)
{
	struct secret_key key;
	size_t n = sizeof key.bytes;
	cleanup_bio BIO *bio = bio_of(pem);
	cleanup_pkey EVP_PKEY *p =
		bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	if (p == NULL || EVP_PKEY_get_id(p) != EVP_PKEY_ED25519 ||
	    EVP_PKEY_get_raw_private_key(p, key.bytes, &n) != 1 || n != sizeof key.bytes)
		return error_set(err, ERR_MALFORMED,
				 "not an Ed25519 private key in PEM without a passphrase; "
				 "`corten db keygen` makes one");
	*ret = key;
	key_wipe(&key);
	return 0;
}

int key_public_read(struct bytes pem, struct public_key *ret, struct error *err)
{
	struct public_key key;
	size_t n = sizeof key.bytes;
	cleanup_bio BIO *bio = bio_of(pem);
	cleanup_pkey EVP_PKEY *p =
		bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
	if (p == NULL || EVP_PKEY_get_id(p) != EVP_PKEY_ED25519 ||
	    EVP_PKEY_get_raw_public_key(p, key.bytes, &n) != 1 || n != sizeof key.bytes)
		return error_set(err, ERR_MALFORMED, "not an Ed25519 public key in PEM");
	*ret = key;
	return 0;
}

static int take_bio(BIO *bio, struct buf *out, struct error *err)
{
	char *text = NULL;
	long n = BIO_get_mem_data(bio, &text);
	return n <= 0 ? crypto_error(err, "write PEM") : buf_append(out, text, (size_t)n, err);
}

int key_secret_write(const struct secret_key *secret, struct buf *out, struct error *err)
{
	cleanup_pkey EVP_PKEY *p = pkey_of_secret(secret);
	cleanup_bio BIO *bio = BIO_new(BIO_s_secmem());
	if (p == NULL || bio == NULL ||
	    PEM_write_bio_PKCS8PrivateKey(bio, p, NULL, NULL, 0, NULL, NULL) != 1)
		return crypto_error(err, "write a private key");
	return take_bio(bio, out, err);
}

int key_public_write(const struct public_key *key, struct buf *out, struct error *err)
{
	cleanup_pkey EVP_PKEY *p = pkey_of_public(key);
	cleanup_bio BIO *bio = BIO_new(BIO_s_mem());
	if (p == NULL || bio == NULL || PEM_write_bio_PUBKEY(bio, p) != 1)
		return crypto_error(err, "write a public key");
	return take_bio(bio, out, err);
}
