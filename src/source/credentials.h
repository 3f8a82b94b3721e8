/* Finding the credentials for a registry, in the parent: $REGISTRY_AUTH_FILE,
 * Docker's client configuration ($DOCKER_CONFIG/config.json, else
 * ~/.docker/config.json), podman's auth.json (containers-auth.json(5)), and the
 * credential helpers that they name. The first file that knows the host counts. */
#ifndef CORTEN_SOURCE_CREDENTIALS_H
#define CORTEN_SOURCE_CREDENTIALS_H

#include "source/secret.h"

/* Empty when nothing is known about host; that is no error. An error (a broken
 * file, a helper that is missing or fails) need not be the end: the registry
 * may serve strangers. */
int credentials_find(const char *host, struct credential *ret, struct error *err);

/* Runs docker-credential-NAME get with server on its standard input
 * (docker/docker-credential-helpers, "Development"). Empty when the helper
 * says that it knows nothing. */
int credential_helper_get(const char *name, const char *server, struct credential *ret,
			  struct error *err);

#endif
