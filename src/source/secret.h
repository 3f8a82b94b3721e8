/* Passwords and tokens: text that is overwritten before its memory is given
 * back, and that never goes to arguments, environment, files or messages. */
#ifndef CORTEN_SOURCE_SECRET_H
#define CORTEN_SOURCE_SECRET_H

#include "base/base.h"

#define SECRET_MAX ((size_t)64 * KIB) /* identity tokens of cloud registries are a few KiB */

/* A copy as a C string; NULL for empty, over-long or NUL-carrying text. */
char *secret_dup(struct bytes b);
void secret_free(char *s);

static inline void cleanup_secret_fn(char **s)
{
	secret_free(*s);
}
#define cleanup_secret __attribute__((cleanup(cleanup_secret_fn)))

/* Overwrites all that was allocated, then frees. */
void secret_buf_free(struct buf *b);
#define cleanup_secret_buf __attribute__((cleanup(secret_buf_free)))

/* Who we are to one registry; members are NULL when not known. */
struct credential {
	char *username;
	char *password;
	char *identity_token; /* OAuth 2 refresh token for the token endpoint */
	char *registry_token; /* a bearer token for the registry itself */
};

void credential_wipe(struct credential *c);
#define cleanup_credential __attribute__((cleanup(credential_wipe)))
bool credential_is_empty(const struct credential *c);

#endif
