/* Whom one registry is told to trust and to whom it is shown who we are, in TLS. */
#ifndef CORTEN_SOURCE_IDENTITY_H
#define CORTEN_SOURCE_IDENTITY_H

#include <openssl/ssl.h>

#include "base/base.h"

struct identity;

/* PEM, empty: none. ERR_TLS for what is no certificate, no key, or no pair. */
int identity_new(struct bytes authorities, struct bytes certificate, struct bytes key,
		 struct identity **ret, struct error *err);
void identity_free(struct identity *i); /* NULL is allowed */

/* Sets ctx up: `trusted` counts besides the identity's own authorities. */
bool identity_use(struct identity *i, X509_STORE *trusted, SSL_CTX *ctx);

#endif
