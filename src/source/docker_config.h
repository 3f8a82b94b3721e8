/* Docker's client configuration, config.json: what it says about one registry
 * (docker/cli, "docker login": auths, credsStore, credHelpers). */
#ifndef CORTEN_SOURCE_DOCKER_CONFIG_H
#define CORTEN_SOURCE_DOCKER_CONFIG_H

#include "source/secret.h"

enum { HELPER_NAME_MAX = 64 };

struct docker_config_entry {
	struct credential credential; /* from auths; caller wipes */
	char helper[HELPER_NAME_MAX]; /* X of docker-credential-X; "": none */
};

/* The name under which Docker keeps a registry's credentials: the host, but
 * for Docker Hub the address of its first index. */
const char *docker_config_server(const char *host);

/* What the file says about host ("ghcr.io", "localhost:5000"); an empty entry
 * when it says nothing. ERR_MALFORMED for a file that is not JSON or a helper
 * name that is not one. */
int docker_config_parse(struct bytes text, const char *host, struct docker_config_entry *ret,
			struct error *err);

/* What a credential helper answered to "get": {"Username", "Secret"}; the user
 * "<token>" marks an identity token (docker/docker-credential-helpers). */
int docker_helper_parse(struct bytes text, struct credential *ret, struct error *err);

#endif
