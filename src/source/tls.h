/* Which certificates are trusted. */
#ifndef CORTEN_SOURCE_TLS_H
#define CORTEN_SOURCE_TLS_H

#include <openssl/x509.h>

#include "base/base.h"

/* A store of the certificates in PEM text, parsed once for all connections;
 * ERR_TLS when there is none in it. Caller frees (X509_STORE_free). */
int tls_store(struct bytes pem, X509_STORE **ret, struct error *err);

#endif
