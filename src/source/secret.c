#include "source/secret.h"

#include <stdlib.h>

#include <openssl/crypto.h>

char *secret_dup(struct bytes b)
{
	if (b.n == 0 || b.n > SECRET_MAX || memchr(b.p, '\0', b.n) != NULL)
		return NULL;
	char *s = malloc(b.n + 1);
	if (s == NULL)
		return NULL;
	memcpy(s, b.p, b.n);
	s[b.n] = '\0';
	return s;
}

void secret_free(char *s)
{
	if (s != NULL)
		OPENSSL_cleanse(s, strlen(s));
	free(s);
}

void secret_buf_free(struct buf *b)
{
	if (b->p != NULL)
		OPENSSL_cleanse(b->p, b->cap);
	buf_free(b);
}

void credential_wipe(struct credential *c)
{
	secret_free(c->username);
	secret_free(c->password);
	secret_free(c->identity_token);
	secret_free(c->registry_token);
	*c = (struct credential){ 0 };
}

bool credential_is_empty(const struct credential *c)
{
	return c->username == NULL && c->password == NULL && c->identity_token == NULL &&
	       c->registry_token == NULL;
}
