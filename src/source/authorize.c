/* Answering a 401: Basic, or a token from the endpoint that the challenge names
 * (distribution, "Token Authentication", "OAuth2 Token Authentication"). */
#include <stdio.h>

#include "source/request.h"

/* A token may be asked for in two ways. */
enum { TOKEN_FIRST, TOKEN_SECOND };

static enum http_flow on_data(void *ctx, struct http_exchange *x, struct bytes data);
static void on_done(void *ctx, struct http_exchange *x, const struct http_result *result);

static struct challenge challenge_of(struct http_exchange *x)
{
	struct challenge c = { 0 };
	const char *value;
	for (size_t i = 0; i < 16 && (value = http_header(x, "WWW-Authenticate", i)) != NULL; i++)
		challenge_add(&c, bytes_str(value));
	return c;
}

/* Remembers what the registry wants; false when we cannot give it. */
static bool learn(struct request *r, const struct challenge *c)
{
	struct registry *reg = r->registry;
	struct registry_token *t = registry_token_of(reg, r->repository);
	bool sent = r->auth_sent;
	if (c->scheme == CHALLENGE_NONE || t == NULL || reg->credential.registry_token != NULL)
		return false;
	reg->challenge = *c;
	if (c->scheme == CHALLENGE_BASIC)
		return !sent && reg->credential.username != NULL;
	if (c->scope[0] != '\0')
		(void)snprintf(t->scope, sizeof t->scope, "%s", c->scope);
	/* A token that ran out or was refused is got anew, once. */
	registry_token_drop(t);
	return !r->token_fresh;
}

void authorize_answer(struct request *r, struct http_exchange *x)
{
	struct challenge c = challenge_of(x);
	if (++r->asked_auth > 8 || !learn(r, &c)) {
		request_refused(r, x, 401);
		return;
	}
	transfer_start(r);
}

/* --- the token endpoint --- */

/* GET with Basic (or as a stranger) is what every endpoint speaks; POST is for
 * identity tokens, and for endpoints that know no GET. */
static bool uses_post(const struct request *r)
{
	bool identity = r->registry->credential.identity_token != NULL;
	return identity == (r->token_step == TOKEN_FIRST);
}

static int token_query(const struct request *r, const char *scope, struct buf *out)
{
	const struct registry *reg = r->registry;
	bool more = strchr(reg->challenge.realm, '?') != NULL;
	if (buf_append_str(out, reg->challenge.realm, NULL) < 0 ||
	    url_add_pair(out, more ? '&' : '?', "scope", scope) < 0)
		return -1;
	if (reg->challenge.service[0] != '\0' &&
	    url_add_pair(out, '&', "service", reg->challenge.service) < 0)
		return -1;
	if (reg->credential.username != NULL &&
	    url_add_pair(out, '&', "account", reg->credential.username) < 0)
		return -1;
	return 0;
}

static int token_form(const struct request *r, const char *scope, struct buf *out)
{
	const struct credential *c = &r->registry->credential;
	bool refresh = c->identity_token != NULL;
	/* One allocation: growing would leave pieces of a secret behind. */
	if (buf_reserve(out, out->max, NULL) < 0 ||
	    url_add_pair(out, 0, "grant_type", refresh ? "refresh_token" : "password") < 0 ||
	    url_add_pair(out, '&', "service", r->registry->challenge.service) < 0 ||
	    url_add_pair(out, '&', "client_id", "corten") < 0 ||
	    url_add_pair(out, '&', "scope", scope) < 0)
		return -1;
	if (refresh)
		return url_add_pair(out, '&', "refresh_token", c->identity_token);
	if (c->username == NULL || c->password == NULL ||
	    url_add_pair(out, '&', "username", c->username) < 0)
		return -1;
	return url_add_pair(out, '&', "password", c->password);
}

static void token_call(struct request *r, const char *url, const char *form)
{
	cleanup_secret_buf struct buf header = buf_max(2 * SECRET_MAX);
	if (form == NULL && !r->foreign)
		r->auth_sent = credential_basic(&r->registry->credential, &header);
	else
		r->auth_sent = form != NULL;
	r->refusal.n = 0;
	r->refusal.max = FETCH_TOKEN_BODY_MAX;
	error_clear(&r->stop);
	struct http_call call = {
		.url = url,
		.authorization = header.n > 0 ? buf_cstr(&header, NULL) : NULL,
		.accept = "application/json",
		.form = form,
		.direct = host_is_loopback(r->here.host),
		.seconds = 60,
		.on_data = on_data,
		.on_done = on_done,
		.ctx = r,
	};
	struct error err;
	if (http_start(r->f->http, &call, &r->x, &err) < 0)
		request_fail(r, err.code, "%s", err.text);
}

/* The registry named the endpoint: it may send us there only as it may
 * redirect us. */
static bool endpoint_allowed(struct request *r)
{
	struct error err;
	if (url_origin(r->registry->challenge.realm, &r->here, &err) == 0 &&
	    origin_may_send(&r->first, &r->here, r->f->plain_http, &err) == 0)
		return true;
	request_fail(r, ERR_PROTOCOL, "the token endpoint: %s", err.text);
	return false;
}

static void ask(struct request *r, unsigned step)
{
	cleanup_buf struct buf url = buf_max(64 * KIB);
	cleanup_secret_buf struct buf form = buf_max(4 * SECRET_MAX);
	const struct registry_token *t = registry_token_of(r->registry, r->repository);
	r->token_step = step;
	r->hops = 0;
	r->foreign = false;
	if (!endpoint_allowed(r))
		return;
	bool post = uses_post(r);
	int made = t == NULL ? -1
		   : post    ? token_form(r, t->scope, &form)
			     : token_query(r, t->scope, &url);
	if (post && made == 0)
		made = buf_append_str(&url, r->registry->challenge.realm, NULL);
	if (made < 0)
		request_fail(r, ERR_AUTH, "no way to ask %s for a token", r->here.host);
	else
		token_call(r, buf_cstr(&url, NULL), post ? buf_cstr(&form, NULL) : NULL);
}

void authorize_get_token(struct request *r)
{
	ask(r, TOKEN_FIRST);
}

static enum http_flow on_data(void *ctx, struct http_exchange *x, struct bytes data)
{
	(void)x;
	return request_keep_refusal(ctx, data);
}

static void got_token(struct request *r)
{
	struct registry_token *t = registry_token_of(r->registry, r->repository);
	struct token token;
	struct error err;
	int parsed = token_parse(buf_view(&r->refusal), &token, &err);
	if (r->refusal.p != NULL)
		explicit_bzero(r->refusal.p, r->refusal.cap);
	r->refusal.n = 0;
	if (parsed < 0) {
		request_fail(r, err.code, "%s: %s", r->here.host, err.text);
		return;
	}
	if (t == NULL) {
		secret_free(token.text);
		request_fail(r, ERR_MEMORY, "no memory for a token");
		return;
	}
	registry_token_set(t, &token);
	r->token_fresh = true;
	r->hops = 0;
	r->foreign = false;
	transfer_start(r);
}

/* A redirect of a token request is followed like any other, but never with a
 * password in its body. */
static void follow(struct request *r, const char *location)
{
	struct origin to;
	struct error err;
	if (location == NULL || uses_post(r) || ++r->hops > FETCH_REDIRECTS_MAX) {
		request_fail(r, ERR_PROTOCOL, "the token endpoint %s sends us on and on",
			     r->here.host);
	} else if (url_origin(location, &to, &err) < 0 ||
		   origin_may_send(&r->here, &to, r->f->plain_http, &err) < 0) {
		request_fail(r, ERR_PROTOCOL, "the token endpoint: %s", err.text);
	} else {
		r->foreign = r->foreign || !origin_equal(&r->here, &to);
		r->here = to;
		token_call(r, location, NULL);
	}
}

static bool may_ask_otherwise(const struct request *r, unsigned status)
{
	const struct credential *c = &r->registry->credential;
	bool unknown = status == 404 || status == 405;
	return unknown && r->token_step == TOKEN_FIRST && c->username != NULL &&
	       c->password != NULL;
}

static void judge(struct request *r, struct http_exchange *x, unsigned status)
{
	if (status == 200) {
		got_token(r);
	} else if (status >= 300 && status < 400) {
		follow(r, http_redirect(x));
	} else if (may_ask_otherwise(r, status)) {
		ask(r, TOKEN_SECOND);
	} else if (status == 404 || status == 405) {
		request_fail(r, ERR_AUTH, "the token endpoint %s is not there (%u)", r->here.host,
			     status);
	} else {
		request_refused(r, x, status);
	}
}

static void on_done(void *ctx, struct http_exchange *x, const struct http_result *result)
{
	struct request *r = ctx;
	r->x = NULL;
	r->refusal.max = FETCH_ERROR_BODY_MAX;
	if (result->end == HTTP_COMPLETE) {
		judge(r, x, result->status);
		return;
	}
	/* Not the registry's own connection: its scheme is not in doubt. */
	r->foreign = true;
	request_broken(r, result);
}
