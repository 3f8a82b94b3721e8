#include "source/tls.h"

#include <limits.h>

#include <openssl/err.h>
#include <openssl/pem.h>

enum { TLS_BAD_CERTIFICATES = 1000 };

/* Adds all that parse; a bundle with odd entries is still a bundle. */
static unsigned add_certificates(BIO *in, X509_STORE *store)
{
	unsigned good = 0, bad = 0;
	while (bad < TLS_BAD_CERTIFICATES) {
		X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);
		if (certificate != NULL) {
			good += X509_STORE_add_cert(store, certificate) == 1;
			X509_free(certificate);
			continue;
		}
		bad++;
		unsigned long code = ERR_peek_last_error();
		ERR_clear_error();
		if (ERR_GET_REASON(code) == PEM_R_NO_START_LINE || BIO_eof(in))
			break;
	}
	return good;
}

int tls_store(struct bytes pem, X509_STORE **ret, struct error *err)
{
	BIO *in = pem.n > INT_MAX ? NULL : BIO_new_mem_buf(pem.p, (int)pem.n);
	X509_STORE *store = X509_STORE_new();
	unsigned count = in != NULL && store != NULL ? add_certificates(in, store) : 0;
	(void)BIO_free(in);
	if (count > 0) {
		*ret = store;
		return 0;
	}
	X509_STORE_free(store);
	return error_set(err, ERR_TLS, "no certificate in PEM form among the trusted ones");
}
