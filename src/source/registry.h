/* What corten-fetch knows of each registry: who we are there, whether it
 * speaks TLS, how it wants to be asked, and the tokens that are still good. */
#ifndef CORTEN_SOURCE_REGISTRY_H
#define CORTEN_SOURCE_REGISTRY_H

#include "source/challenge.h"
#include "source/identity.h"
#include "source/secret.h"
#include "source/token.h"

/* Permission to pull one repository. */
struct registry_token {
	char *repository;
	char scope[1024];
	char *text; /* NULL: none yet, or no longer good */
	uint64_t until; /* clock_monotonic_ns */
	struct registry_token *next;
};

struct registry {
	char host[256];
	struct credential credential;
	struct identity *identity; /* of certs.d; NULL: none */
	struct error broken; /* why nothing can be got from it; code 0: fine */
	bool loopback;
	bool tls; /* the scheme to use, once known; else the one to try */
	bool tls_known;
	bool tls_switched; /* both schemes were tried */
	struct challenge challenge; /* CHALLENGE_NONE until a 401 told */
	struct registry_token *tokens;
	struct registry *next;
};

/* Takes over *c. Loopback is tried with plain HTTP first: a TLS server answers
 * a plain request at once, while a plain server may wait for ever for the line
 * end that a TLS greeting need not have. Everyone else gets TLS. */
struct registry *registry_new(const char *host, struct credential *c);
void registry_free(struct registry *r);

/* While the scheme is not known and both are allowed: sets the one that was
 * not `used`. True when it is worth a try at once. */
bool registry_switch_scheme(struct registry *r, bool used, bool plain_http);

/* "https://host/v2/"; the address of everything begins with it. */
int registry_base(const struct registry *r, struct buf *out, struct error *err);

/* The entry for a repository, made when new; NULL without memory. */
struct registry_token *registry_token_of(struct registry *r, const char *repository);
bool registry_token_good(const struct registry_token *t);
/* Takes over token->text. */
void registry_token_set(struct registry_token *t, struct token *token);
void registry_token_drop(struct registry_token *t);

/* Appends the Authorization header's value for a request to the repository:
 * 1, 0 when none is needed or known, -1 when a token must be got first. */
int registry_authorize(struct registry *r, const char *repository, struct buf *out);

/* Appends "Basic " and the encoded pair; false when there is none. */
bool credential_basic(const struct credential *c, struct buf *out);

#endif
