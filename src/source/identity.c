#include "source/identity.h"

#include <limits.h>

#include <openssl/pem.h>

#include "source/tls.h"

struct identity {
	X509_STORE *authorities; /* NULL: none of its own */
	bool has_trusted; /* the common ones were added */
	X509 *certificate;
	EVP_PKEY *key;
};

static BIO *pem_of(struct bytes pem)
{
	return pem.n > INT_MAX ? NULL : BIO_new_mem_buf(pem.p, (int)pem.n);
}

/* No questions: a key with a pass phrase cannot be used here. */
static int no_pass_phrase(char *out, int size, int writing, void *ctx)
{
	(void)out, (void)size, (void)writing, (void)ctx;
	return -1;
}

static bool read_pair(struct identity *i, struct bytes certificate, struct bytes key)
{
	BIO *a = pem_of(certificate), *b = pem_of(key);
	if (a != NULL && b != NULL) {
		i->certificate = PEM_read_bio_X509(a, NULL, no_pass_phrase, NULL);
		i->key = PEM_read_bio_PrivateKey(b, NULL, no_pass_phrase, NULL);
	}
	(void)BIO_free(a);
	(void)BIO_free(b);
	return i->certificate != NULL && i->key != NULL &&
	       X509_check_private_key(i->certificate, i->key) == 1;
}

int identity_new(struct bytes authorities, struct bytes certificate, struct bytes key,
		 struct identity **ret, struct error *err)
{
	struct identity *i = calloc(1, sizeof *i);
	if (i == NULL)
		return error_set(err, ERR_MEMORY, "no memory for certificates");
	int r = authorities.n == 0 ? 0 : tls_store(authorities, &i->authorities, err);
	if (r == 0 && certificate.n > 0 && !read_pair(i, certificate, key))
		r = error_set(err, ERR_TLS,
			      "the client certificate and its key in certs.d are no pair in PEM "
			      "form without pass phrase");
	if (r < 0) {
		identity_free(i);
		return -1;
	}
	*ret = i;
	return 0;
}

void identity_free(struct identity *i)
{
	if (i == NULL)
		return;
	X509_STORE_free(i->authorities);
	X509_free(i->certificate);
	EVP_PKEY_free(i->key);
	free(i);
}

static void add_trusted(struct identity *i, X509_STORE *trusted)
{
	STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(trusted);
	for (int k = 0; k < sk_X509_OBJECT_num(all); k++) {
		X509 *one = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, k));
		if (one != NULL)
			(void)X509_STORE_add_cert(i->authorities, one);
	}
	i->has_trusted = true;
}

bool identity_use(struct identity *i, X509_STORE *trusted, SSL_CTX *ctx)
{
	if (i->authorities != NULL) {
		if (trusted != NULL && !i->has_trusted)
			add_trusted(i, trusted);
		SSL_CTX_set1_cert_store(ctx, i->authorities);
	}
	return i->certificate == NULL || (SSL_CTX_use_certificate(ctx, i->certificate) == 1 &&
					  SSL_CTX_use_PrivateKey(ctx, i->key) == 1);
}
