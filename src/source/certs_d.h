/* The certificates that users keep for one registry, as Docker and podman look for
 * them (docs.docker.com "Verify repository client with certificates",
 * containers-certs.d(5)): HOST/NAME.crt authorities, HOST/NAME.cert with NAME.key
 * who we are. */
#ifndef CORTEN_SOURCE_CERTS_D_H
#define CORTEN_SOURCE_CERTS_D_H

#include "base/base.h"

enum { CERTS_D_AUTHORITIES = 8 };

struct certs_d {
	int authorities[CERTS_D_AUTHORITIES];
	size_t authority_count;
	int certificate, key; /* -1: none */
};

/* Opens the files of the first folder that is there: ~/.config/containers/certs.d,
 * /etc/containers/certs.d, /etc/docker/certs.d. Nothing there is no error;
 * a certificate without its key is. */
int certs_d_open(const char *host, struct certs_d *ret, struct error *err);
void certs_d_close(struct certs_d *c);

#endif
