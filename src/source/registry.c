#include "source/registry.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "source/protocol.h"
#include "source/url.h"

/* The host's name without its port. */
static void name_of(const char *host, char *out, size_t size)
{
	struct bytes b = bytes_str(host);
	ptrdiff_t bracket = bytes_index(b, ']');
	ptrdiff_t colon = bytes_index(b, ':');
	size_t n = bracket >= 0 ? (size_t)bracket + 1 : colon >= 0 ? (size_t)colon : b.n;
	(void)snprintf(out, size, "%.*s", (int)n, host);
}

struct registry *registry_new(const char *host, struct credential *c)
{
	char name[sizeof((struct registry *)0)->host];
	struct registry *r = calloc(1, sizeof *r);
	if (r == NULL)
		return NULL;
	(void)snprintf(r->host, sizeof r->host, "%s", host);
	name_of(r->host, name, sizeof name);
	r->credential = *c;
	*c = (struct credential){ 0 };
	r->loopback = host_is_loopback(name);
	r->tls = !r->loopback;
	return r;
}

static void token_free(struct registry_token *t)
{
	secret_free(t->text);
	free(t->repository);
	free(t);
}

static void tokens_free(struct registry *r)
{
	while (r->tokens != NULL) {
		struct registry_token *t = r->tokens;
		r->tokens = t->next;
		token_free(t);
	}
}

void registry_free(struct registry *r)
{
	if (r == NULL)
		return;
	tokens_free(r);
	credential_wipe(&r->credential);
	identity_free(r->identity);
	free(r);
}

bool registry_switch_scheme(struct registry *r, bool used, bool plain_http)
{
	if (r->tls_known || (!r->loopback && !plain_http))
		return false;
	if (r->tls != used)
		return true;
	/* Once at once; after that the attempts take turns. */
	bool first = !r->tls_switched;
	r->tls_switched = true;
	r->tls = !r->tls;
	return first;
}

int registry_base(const struct registry *r, struct buf *out, struct error *err)
{
	return buf_printf(out, err, "%s://%s/v2/", r->tls ? "https" : "http", r->host);
}

static struct registry_token *token_new(const char *repository)
{
	struct registry_token *t = calloc(1, sizeof *t);
	if (t == NULL)
		return NULL;
	t->repository = strdup(repository);
	(void)snprintf(t->scope, sizeof t->scope, "repository:%s:pull", repository);
	if (t->repository != NULL)
		return t;
	free(t);
	return NULL;
}

struct registry_token *registry_token_of(struct registry *r, const char *repository)
{
	unsigned count = 0;
	for (struct registry_token *t = r->tokens; t != NULL; t = t->next, count++)
		if (strcmp(t->repository, repository) == 0)
			return t;
	if (count >= FETCH_TOKENS_MAX)
		tokens_free(r); /* they can be had again */
	struct registry_token *t = token_new(repository);
	if (t == NULL)
		return NULL;
	t->next = r->tokens;
	r->tokens = t;
	return t;
}

bool registry_token_good(const struct registry_token *t)
{
	return t->text != NULL && clock_monotonic_ns() < t->until;
}

void registry_token_drop(struct registry_token *t)
{
	secret_free(t->text);
	t->text = NULL;
}

void registry_token_set(struct registry_token *t, struct token *token)
{
	registry_token_drop(t);
	t->text = token->text;
	token->text = NULL;
	/* Not to its last moment: it has to arrive there. */
	t->until = clock_monotonic_ns() + (uint64_t)token->seconds * 9 / 10 * 1000000000;
}

bool credential_basic(const struct credential *c, struct buf *out)
{
	cleanup_secret_buf struct buf pair = buf_max(SECRET_MAX);
	if (c->username == NULL || c->password == NULL ||
	    buf_reserve(&pair, strlen(c->username) + strlen(c->password) + 2, NULL) < 0 ||
	    buf_printf(&pair, NULL, "%s:%s", c->username, c->password) < 0)
		return false;
	if (buf_append_str(out, "Basic ", NULL) < 0 ||
	    buf_reserve(out, (pair.n + 2) / 3 * 4 + 1, NULL) < 0)
		return false;
	int n = EVP_EncodeBlock(out->p + out->n, pair.p, (int)pair.n);
	out->n += n > 0 ? (size_t)n : 0;
	return true;
}

static bool bearer(const char *token, struct buf *out)
{
	return buf_reserve(out, strlen(token) + 16, NULL) == 0 &&
	       buf_printf(out, NULL, "Bearer %s", token) == 0;
}

int registry_authorize(struct registry *r, const char *repository, struct buf *out)
{
	if (r->credential.registry_token != NULL)
		return bearer(r->credential.registry_token, out);
	if (r->challenge.scheme == CHALLENGE_BASIC)
		return credential_basic(&r->credential, out);
	if (r->challenge.scheme != CHALLENGE_BEARER)
		return 0;
	struct registry_token *t = registry_token_of(r, repository);
	if (t == NULL || !registry_token_good(t))
		return -1;
	return bearer(t->text, out);
}
