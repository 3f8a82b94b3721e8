/* A token endpoint's answer (distribution, "Token Authentication" and "OAuth2
 * Token Authentication"; RFC 6749 section 5.1, RFC 6750 section 2.1). */
#ifndef CORTEN_SOURCE_TOKEN_H
#define CORTEN_SOURCE_TOKEN_H

#include "source/secret.h"

enum {
	TOKEN_SECONDS_DEFAULT = 60, /* when the answer does not say */
	TOKEN_SECONDS_MAX = 86400
};

struct token {
	char *text; /* caller gives it to secret_free */
	uint32_t seconds; /* how long it is good */
};

/* ERR_PROTOCOL when there is no token, or one that cannot stand in a header. */
int token_parse(struct bytes body, struct token *ret, struct error *err);

#endif
